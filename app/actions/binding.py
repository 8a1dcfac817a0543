"""Which person a sign-in provider means by its own name for somebody: bound once, and by nothing else from then on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import people, providers
from app.rules import providerletters
from app.rules.idtokens import ProvedPerson
from app.rules.providers import SignInProvider


def whom(connection: Connection, provider: SignInProvider, proved: ProvedPerson) -> tuple[str | None, str | None]:
    """Give the person whom the provider means, and what stands in the way; None where nothing does."""
    if not provider.stands:
        return None, "the provider has ended"
    person_id = providers.find_account(connection, provider.issuer, proved.subject)
    if person_id is None:
        return _whom_at_first(connection, provider, proved)
    if not provider.answers_for(people.get(connection, person_id).email):
        return person_id, "this provider does not answer for the person's address"
    return person_id, None


def _whom_at_first(
    connection: Connection, provider: SignInProvider, proved: ProvedPerson
) -> tuple[str | None, str | None]:
    if not proved.email:
        return None, "the first time, and without a verified address"
    if not provider.answers_for(proved.email):
        return None, "this provider does not answer for that address"
    person = people.find_by_email(connection, proved.email)
    if person is None:
        return None, "for nobody we know"
    if providers.has_account(connection, provider.issuer, person.person_id):
        # Addresses pass from one human to the next; a provider's own names for them do not.
        return person.person_id, "the person is bound to another account there"
    return person.person_id, None


def bind(
    tools: Tools, tx: Transaction, provider: SignInProvider, proved: ProvedPerson, person_id: str, at: datetime
) -> None:
    """Bind the provider's own name for somebody to a person, and tell them; where it is theirs already, do nothing.

    Args:
        proved: Whom the provider named.
        person_id: Whom that means, by ``whom``.
        at: Now. Aware, UTC.
    """
    if providers.find_account(tx.connection, provider.issuer, proved.subject) is not None:
        return
    subject, body = providerletters.bound(tools.policy.public_address, provider.organisation)
    account_id, person = tools.new_id("acc"), people.get(tx.connection, person_id)
    providers.bind(
        tx.connection,
        account_id=account_id,
        issuer=provider.issuer,
        subject=proved.subject,
        person_id=person_id,
        at=at,
    )
    tx.append(
        Entry(
            EntryKind.PROVIDER_ACCOUNT_BOUND,
            at,
            actor_id=person_id,
            person_id=person_id,
            said={"provider_id": provider.provider_id, "account_id": account_id},
            sealed={"subject": proved.subject},
        )
    )
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=person.email,
        person_id=person_id,
        kind="provider_account_bound",
        reason_key=f"provider_account_bound:{account_id}",
        subject=subject,
        body=body,
    )
