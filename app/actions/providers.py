"""The sign-in providers of organisations: proposed by one administrator, approved by another, ended by either.

A provider's word opens sessions for everybody of its domains. So a second administrator approves it, who was one before
it was proposed, or the operator at the machine, who holds every key anyhow; and every administrator gets a letter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from app.actions import desk, discovering
from app.actions.tools import Actor, Tools, require_fresh_sign_in, require_service_role
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people, providers, sessions
from app.rules import providerletters
from app.rules.errors import Broken, Code, Malformed, NotSignedIn, OutOfOrder, Refused
from app.rules.facts import Role
from app.rules.providers import BY_PROVIDER, read_domains
from app.rules.providers import SignInProvider as SignInProvider
from app.rules.reasons import Reason, ReasonCode

_METHOD = re.compile(r"[\x21-\x7e]{1,200}")


def propose_provider(
    tools: Tools,
    actor: Actor,
    *,
    organisation_id: str,
    issuer: str,
    client_id: str,
    secret: str,
    domains: tuple[str, ...],
    required: bool,
    acr: tuple[str, ...] = (),
    amr: tuple[str, ...] = (),
) -> SignInProvider:
    """Put an organisation's provider on record. It answers for nobody until it is approved.

    Args:
        issuer: Its name, an HTTPS address, letter by letter as it describes itself.
        client_id: As whom it knows us.
        secret: What it gave us to prove that; empty where it gave none. Kept wrapped.
        domains: Of the e-mail addresses that it answers for.
        required: Its people sign in by it alone.
        acr: One of these ways of authentication must have been used; empty asks for none.
        amr: All of these methods must have been used; empty asks for none.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such organisation.
        Malformed: An issuer that may not be asked, no domain, or what cannot be a value of acr or amr.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    _demand_issuer(tools, issuer)
    _demand_methods(acr=acr, amr=amr)
    at, provider_id = tools.clock.now(), tools.new_id("idp")
    with tools.transaction(once=True) as tx:
        proposed = SignInProvider(
            provider_id=provider_id,
            organisation_id=organisation_id,
            organisation=organisations.get(tx.connection, organisation_id).name,
            issuer=issuer,
            client_id=client_id,
            domains=read_domains(domains),
            required=required,
            acr=acr,
            amr=amr,
            made_at=at,
            made_by=actor.actor_id,
        )
        providers.add(tx.connection, proposed, tools.keys.wrap(secret.encode("ascii"), provider_id) if secret else None)
        said = {
            "provider_id": provider_id,
            "organisation_id": organisation_id,
            "issuer": issuer,
            "client_id": client_id,
            "domains": list(proposed.domains),
            "required": required,
        }
        entry_id = tx.append(Entry(EntryKind.PROVIDER_PROPOSED, at, actor_id=actor.actor_id, said=said))
        letter = providerletters.proposed(*_named(tools, actor, proposed))
        desk.tell_administrators(tools, tx, letter, kind="sign_in_provider", about=entry_id, at=at)
    return proposed


def approve_provider(tools: Tools, actor: Actor, provider_id: str) -> SignInProvider:
    """Let a proposed provider answer for its domains, as another administrator than the one who proposed it.

    Every administrator gets a letter, so that two who are one cannot do it in silence.

    Raises:
        Refused: The actor is no administrator, proposed it, became one afterwards, or signed in too long ago.
        NotFound: There is no such provider.
        OutOfOrder: It was approved, or has ended, already.
        Conflict: Another one answers for one of its domains.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    _demand_present(tools, actor, at)
    with tools.transaction() as tx:
        proposed = providers.get(tx.connection, provider_id)
        _demand_other(tx.connection, actor, proposed, at)
        if not providers.approve(tx.connection, proposed, at=at, by=actor.actor_id):
            raise OutOfOrder("This provider was approved, or has ended, already.")
        said = {"provider_id": provider_id, "domains": list(proposed.domains)}
        entry_id = tx.append(Entry(EntryKind.PROVIDER_APPROVED, at, actor_id=actor.actor_id, said=said))
        letter = providerletters.approved(*_named(tools, actor, proposed))
        desk.tell_administrators(tools, tx, letter, kind="sign_in_provider", about=entry_id, at=at)
    return replace(proposed, approved_at=at)


def change_provider(
    tools: Tools, actor: Actor, provider_id: str, *, required: bool | None = None, secret: str | None = None
) -> SignInProvider:
    """Say whether its people sign in by it alone, or give its new secret. For anything else propose another one.

    Args:
        required: None leaves it.
        secret: The new one; None leaves it.

    Raises:
        Refused: The actor is no administrator, or signed in too long ago.
        NotFound: There is no such provider.
        OutOfOrder: It has ended.
        Malformed: Neither is given.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    if required is None and secret is None:
        why = "Say whether it is required, or give its new secret."
        raise Malformed(why, code=Code.NO_CHANGE, errors=[{"where": "body", "what": why}])
    at = tools.clock.now()
    _demand_present(tools, actor, at)
    with tools.transaction() as tx:
        known = providers.get(tx.connection, provider_id)
        if known.ended_at is not None:
            raise OutOfOrder("This provider has ended.", code=Code.ALREADY_ENDED)
        if required is not None:
            providers.set_required(tx.connection, provider_id, required=required)
        if secret is not None:
            providers.set_secret(tx.connection, provider_id, tools.keys.wrap(secret.encode("ascii"), provider_id))
        changed = providers.get(tx.connection, provider_id)
        said = {"provider_id": provider_id, "required": changed.required, "new_secret": secret is not None}
        entry_id = tx.append(Entry(EntryKind.PROVIDER_CHANGED, at, actor_id=actor.actor_id, said=said))
        what = ["its people have no other way" if required else "its people can have codes by e-mail too"]
        now = [*(what if required is not None else ()), *(["it has another secret"] if secret is not None else ())]
        letter = providerletters.changed(changed.organisation, now, actor.name, _page(tools))
        desk.tell_administrators(tools, tx, letter, kind="sign_in_provider", about=entry_id, at=at)
    return changed


def end_provider(tools: Tools, actor: Actor, provider_id: str) -> SignInProvider:
    """End a provider: nobody signs in by it any more, and what it has opened and bound is over.

    Its people's sessions by a provider end, and its accounts are theirs no more: what a provider bound that should
    never have been let in must not outlive it. Whoever signs in by another one later is bound anew, and told so.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such provider.
        OutOfOrder: It has ended already.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction() as tx:
        known = providers.get(tx.connection, provider_id)
        if not providers.end(tx.connection, provider_id, at):
            raise OutOfOrder("This provider has ended already.", code=Code.ALREADY_ENDED)
        bound = providers.unbind_all_at(tx.connection, known.issuer) if known.stands else ()
        ended = sum(sessions.end_all_by(tx.connection, person_id, BY_PROVIDER, at) for person_id in bound)
        said = {
            "provider_id": provider_id,
            "domains": list(known.domains),
            "accounts": len(bound),
            "sessions_ended": ended,
        }
        tx.append(Entry(EntryKind.PROVIDER_ENDED, at, actor_id=actor.actor_id, said=said))
    return replace(known, ended_at=at)


def list_providers(tools: Tools, actor: Actor) -> tuple[SignInProvider, ...]:
    """Give every provider, ended ones too, for administrators.

    Raises:
        Refused: The actor is none.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    with tools.reading() as connection:
        return providers.every(connection)


def unbind_accounts(tools: Tools, actor: Actor, person_id: str) -> int:
    """Take away the accounts at providers that a person is bound to; the next sign-in binds by address again.

    Sessions that began by one of them end.

    For when somebody's account was made anew, and never because an address has passed to somebody else: then the
    person is another one.

    Returns:
        How many there were.

    Raises:
        Refused: The actor is no administrator, or signed in too long ago.
        NotFound: There is no such person.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    _demand_present(tools, actor, at)
    with tools.transaction() as tx:
        person = people.get(tx.connection, person_id)
        gone = providers.unbind_all_of(tx.connection, person_id)
        ended = sessions.end_all_by(tx.connection, person_id, BY_PROVIDER, at)
        said = {"accounts": gone, "sessions_ended": ended}
        kind = EntryKind.PROVIDER_ACCOUNTS_UNBOUND
        entry_id = tx.append(Entry(kind, at, actor_id=actor.actor_id, person_id=person_id, said=said))
        where = f"{tools.policy.public_address}/admin/people/{person_id}"
        letter = providerletters.unbound(person.name, actor.name, where)
        desk.tell_administrators(tools, tx, letter, kind="sign_in_provider", about=entry_id, at=at)
    return gone


def check_providers(tools: Tools) -> str:
    """Ask every standing provider what it publishes, for the operator.

    Raises:
        Broken: One of them does not answer as it should; says which, and what it did.
    """
    with tools.reading() as connection:
        standing = [one for one in providers.every(connection) if one.stands]
    if not standing:
        return "none is configured"
    said, wrong = [], False
    for one in standing:
        try:
            found = discovering.published(tools, one.issuer)
            said.append(f"{one.organisation} ({one.issuer}): {len(found.jwk_set.get('keys', ()))} keys")
        except NotSignedIn as silent:
            wrong = True
            said.append(f"{one.organisation} ({one.issuer}): {silent.log_reason}")
    if wrong:
        raise Broken("; ".join(said))
    return "; ".join(said)


def _demand_issuer(tools: Tools, issuer: str) -> None:
    if not tools.provider_post.is_usable(issuer) or urlsplit(issuer).query:
        why = (
            "An issuer is an address that begins with https:// and has no query, such as https://login.example.gov.uk."
        )
        raise Malformed(why, errors=[{"where": "body.issuer", "what": why}])


def _demand_methods(**asked: tuple[str, ...]) -> None:
    """Stop at what cannot be one value: they are kept, and sent, with blanks between them."""
    for name, values in asked.items():
        if not all(_METHOD.fullmatch(value) for value in values):
            why = f"A value of {name} has 1 to 200 letters, digits and signs, and no blank."
            raise Malformed(why, errors=[{"where": f"body.{name}", "what": why}])


def _demand_present(tools: Tools, actor: Actor, at: datetime) -> None:
    """Ask for a fresh sign-in of a person; the operator at the machine has no session."""
    if actor.session_id or actor.person_id is not None:
        require_fresh_sign_in(actor, at, tools.policy)


def _demand_other(connection: Connection, actor: Actor, proposed: SignInProvider, at: datetime) -> None:
    if actor.person_id is None:
        return
    remedy = "Ask another administrator, or the operator at the machine, to do it."
    detail = ""
    if actor.person_id == proposed.made_by:
        detail = "Whoever proposed a sign-in provider cannot approve it."
    elif not _was_administrator(connection, actor.person_id, proposed.made_at, at):
        # Otherwise whoever proposes one makes an administrator of their own to approve it.
        detail = "Whoever became an administrator after a sign-in provider was proposed cannot approve it."
    if detail:
        reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
        raise Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def _was_administrator(connection: Connection, person_id: str, then: datetime, at: datetime) -> bool:
    held = people.roles_of(connection, person_id, at)
    return any(one.role is Role.ADMINISTRATOR and one.from_at <= then for one in held)


def _named(tools: Tools, actor: Actor, one: SignInProvider) -> tuple[str, str, tuple[str, ...], str, str]:
    return one.organisation, one.issuer, one.domains, actor.name, _page(tools)


def _page(tools: Tools) -> str:
    return f"{tools.policy.public_address}/admin/providers"
