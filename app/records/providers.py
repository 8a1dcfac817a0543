"""Sign-in providers of organisations, the accounts there that are bound to people here, and sign-ins under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import (
    organisations,
    people,
    provider_accounts,
    provider_attempts,
    provider_domains,
    sign_in_providers,
)
from app.rules.providers import SignInProvider, domain_of


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A sign-in under way at a provider. Instants aware UTC.

    Attributes:
        browser_hash: Keyed hash of what the browser that began it holds, 64 hexadecimal digits.
        place: Where the person goes on afterwards.
        fresh: The person must prove anew who they are.
    """

    attempt_id: str
    provider_id: str
    browser_hash: str
    place: str
    fresh: bool
    begun_at: datetime
    expires_at: datetime
    used_at: datetime | None


def add(connection: Connection, provider: SignInProvider, wrapped_secret: bytes | None) -> None:
    """Add a proposed provider; it answers for nobody until it is approved.

    Args:
        wrapped_secret: Its secret for us, wrapped for its id; None where it asks for none.
    """
    connection.execute(
        insert(sign_in_providers).values(
            provider_id=provider.provider_id,
            organisation_id=provider.organisation_id,
            issuer=provider.issuer,
            client_id=provider.client_id,
            wrapped_secret=wrapped_secret,
            domains=" ".join(provider.domains),
            required=provider.required,
            acr=" ".join(provider.acr),
            amr=" ".join(provider.amr),
            made_at=provider.made_at,
            made_by=provider.made_by,
        )
    )


def approve(connection: Connection, provider: SignInProvider, *, at: datetime, by: str) -> bool:
    """Let a proposed provider answer for its domains from now on.

    Returns:
        False when it was approved, or ended, already.

    Raises:
        Conflict: Another one answers for one of its domains.
    """
    of = sign_in_providers.c
    proposed = update(sign_in_providers).where(
        is_row(sign_in_providers, provider.provider_id), of.approved_at.is_(None), of.ended_at.is_(None)
    )
    if connection.execute(proposed.values(approved_at=at, approved_by=by)).rowcount != 1:
        return False
    for domain in provider.domains:
        what = f"sign-in provider that answers for {domain}"
        add_row(connection, provider_domains, what, domain=domain, provider_id=provider.provider_id)
    return True


def set_required(connection: Connection, provider_id: str, *, required: bool) -> None:
    """Say whether a provider is required: people of its domains sign in by it alone."""
    changed = update(sign_in_providers).where(is_row(sign_in_providers, provider_id))
    connection.execute(changed.values(required=required))


def set_secret(connection: Connection, provider_id: str, wrapped_secret: bytes | None) -> None:
    """Put another wrapped_secret, bound to the provider's id, in place of the one there is."""
    changed = update(sign_in_providers).where(is_row(sign_in_providers, provider_id))
    connection.execute(changed.values(wrapped_secret=wrapped_secret))


def end(connection: Connection, provider_id: str, at: datetime) -> bool:
    """End a provider: it answers for nobody any more, and its secret goes.

    Returns:
        False when it had ended already.
    """
    standing = update(sign_in_providers).where(
        is_row(sign_in_providers, provider_id), sign_in_providers.c.ended_at.is_(None)
    )
    ended = connection.execute(standing.values(ended_at=at, wrapped_secret=None)).rowcount == 1
    connection.execute(delete(provider_domains).where(provider_domains.c.provider_id == provider_id))
    return ended


def get(connection: Connection, provider_id: str) -> SignInProvider:
    """Give a provider, ended or not.

    Raises:
        NotFound: There is none with this id.
    """
    row = one_row(connection, _providers().where(is_row(sign_in_providers, provider_id)))
    return _provider(row)


def hold(connection: Connection, provider_id: str) -> SignInProvider:
    """Give a provider, and keep it from being changed or ended until this transaction is over.

    Raises:
        NotFound: There is none with this id.
    """
    held = select(sign_in_providers.c.provider_id).where(is_row(sign_in_providers, provider_id))
    one_row(connection, held.with_for_update(read=True))
    return get(connection, provider_id)


def get_secret(connection: Connection, provider_id: str) -> bytes | None:
    """Give a provider's secret for us, wrapped for its id; None where it asks for none.

    Raises:
        NotFound: There is no such provider.
    """
    asked = select(sign_in_providers.c.wrapped_secret).where(is_row(sign_in_providers, provider_id))
    wrapped: bytes | None = one_row(connection, asked)[0]
    return wrapped


def find_for(connection: Connection, domain: str) -> SignInProvider | None:
    """Give the standing provider that answers for a domain; None where none does.

    Args:
        domain: Of an e-mail address, in small letters.
    """
    asked = select(provider_domains.c.provider_id).where(provider_domains.c.domain == domain)
    provider_id = connection.execute(asked).scalar_one_or_none()
    return get(connection, provider_id) if provider_id else None


def any_answers(connection: Connection) -> bool:
    """Say whether there is a standing provider at all."""
    return connection.execute(select(provider_domains.c.domain).limit(1)).first() is not None


def every(connection: Connection) -> tuple[SignInProvider, ...]:
    """Give every provider, ended ones too, by the organisation's name, the earliest first."""
    rows = connection.execute(
        _providers().order_by(organisations.c.name, sign_in_providers.c.made_at, sign_in_providers.c.provider_id)
    ).all()
    return tuple(_provider(row) for row in rows)


# --- accounts --------------------------------------------------------------------------------------------------------


def find_account(connection: Connection, issuer: str, subject: str) -> str | None:
    """Give the person whom a provider's own name for somebody means here; None where none is bound to it.

    Args:
        issuer: The provider's.
        subject: Its own name for them.
    """
    asked = select(provider_accounts.c.person_id).where(
        provider_accounts.c.issuer == issuer, provider_accounts.c.subject == subject
    )
    found: str | None = connection.execute(asked).scalar_one_or_none()
    return found


def has_account(connection: Connection, issuer: str, person_id: str) -> bool:
    """Say whether a person is bound to an account of the provider that this issuer names."""
    asked = select(provider_accounts.c.account_id).where(
        provider_accounts.c.issuer == issuer, provider_accounts.c.person_id == person_id
    )
    return connection.execute(asked).one_or_none() is not None


def bind(connection: Connection, *, account_id: str, issuer: str, subject: str, person_id: str, at: datetime) -> None:
    """Bind a provider's own name for somebody to a person.

    Args:
        issuer: The provider's.
        subject: Its own name for them.

    Raises:
        Conflict: It is bound already, or the person is bound to another one of this provider.
    """
    add_row(
        connection,
        provider_accounts,
        "person bound to this account",
        account_id=account_id,
        issuer=issuer,
        subject=subject,
        person_id=person_id,
        bound_at=at,
    )


def unbind_all_of(connection: Connection, person_id: str) -> int:
    """Take away every account that a person is bound to; gives how many there were.

    Returns:
        How many there were.
    """
    return connection.execute(delete(provider_accounts).where(provider_accounts.c.person_id == person_id)).rowcount


def unbind_all_at(connection: Connection, issuer: str) -> tuple[str, ...]:
    """Take away the accounts at an issuer of everybody for whom no other standing provider of it answers.

    Args:
        issuer: Of the provider that has ended.

    Returns:
        The people who were bound to them.
    """
    bound = select(provider_accounts.c.person_id, people.c.email).join(
        people, people.c.person_id == provider_accounts.c.person_id
    )
    kept = select(provider_domains.c.domain).join(
        sign_in_providers, sign_in_providers.c.provider_id == provider_domains.c.provider_id
    )
    domains = set(connection.execute(kept.where(sign_in_providers.c.issuer == issuer)).scalars())
    rows = connection.execute(bound.where(provider_accounts.c.issuer == issuer)).all()
    gone = sorted(row.person_id for row in rows if domain_of(row.email) not in domains)
    for person_id in gone:
        theirs = (provider_accounts.c.issuer == issuer, provider_accounts.c.person_id == person_id)
        connection.execute(delete(provider_accounts).where(*theirs))
    return tuple(gone)


# --- sign-ins under way ----------------------------------------------------------------------------------------------


def add_attempt(connection: Connection, attempt: AttemptRow, *, forget_before: datetime) -> None:
    """Keep a sign-in that begins, and forget those that ended long ago.

    Args:
        forget_before: Those that began before it. Aware, UTC.
    """
    connection.execute(delete(provider_attempts).where(provider_attempts.c.begun_at < forget_before))
    connection.execute(
        insert(provider_attempts).values(
            attempt_id=attempt.attempt_id,
            provider_id=attempt.provider_id,
            browser_hash=attempt.browser_hash,
            place=attempt.place,
            fresh=attempt.fresh,
            begun_at=attempt.begun_at,
            expires_at=attempt.expires_at,
        )
    )


def find_attempt(connection: Connection, attempt_id: str) -> AttemptRow | None:
    """Give a sign-in that began, used or not; None where there is none with this id."""
    row = connection.execute(select(provider_attempts).where(is_row(provider_attempts, attempt_id))).one_or_none()
    return AttemptRow(*row) if row else None


def use_attempt(connection: Connection, attempt_id: str, at: datetime) -> bool:
    """Use a sign-in up; False when it was used already, by whoever came first.

    Returns:
        Whether it had not been used.
    """
    unused = update(provider_attempts).where(
        is_row(provider_attempts, attempt_id), provider_attempts.c.used_at.is_(None)
    )
    return connection.execute(unused.values(used_at=at)).rowcount == 1


def _providers() -> Select[Any]:
    of = sign_in_providers.c
    return select(
        *(of.provider_id, of.organisation_id, organisations.c.name, of.issuer, of.client_id, of.required),
        *(of.domains, of.acr, of.amr, of.made_at, of.made_by, of.approved_at, of.ended_at),
    ).join(organisations, organisations.c.organisation_id == of.organisation_id)


def _provider(row: Row[Any]) -> SignInProvider:
    return SignInProvider(
        provider_id=row.provider_id,
        organisation_id=row.organisation_id,
        organisation=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        domains=tuple(row.domains.split()),
        required=row.required,
        acr=tuple(row.acr.split()),
        amr=tuple(row.amr.split()),
        made_at=row.made_at,
        made_by=row.made_by,
        approved_at=row.approved_at,
        ended_at=row.ended_at,
    )
