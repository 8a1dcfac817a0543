"""Credentials of programs, and the short-lived tokens they are exchanged for.

A program has one role and is no person: it can never open a document, sign, or approve.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.actions import desk
from app.actions.tools import Actor, Tools, require_service_role
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import credentials, organisations, sessions
from app.records.credentials import CredentialRow
from app.records.credentials import CredentialSeen as CredentialSeen
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, NotSignedIn, OutOfOrder
from app.rules.facts import Role

TOKEN_LIFETIME = timedelta(minutes=10)
NOT_ACCEPTED = "The credential was not accepted."
FOR_PROGRAMS = (Role.AUDITOR, Role.STATISTICIAN)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential that was made; its secret is told this once."""

    client_id: str
    secret: str
    name: str
    role: Role
    organisation_id: str | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token for a program. ``expires_at`` aware UTC."""

    token: str
    expires_at: datetime


def make_credential(tools: Tools, actor: Actor, *, name: str, role: Role, organisation_id: str | None) -> NewCredential:
    """Make a credential for a program; its secret is told once, and only its keyed hash is kept.

    Args:
        role: Auditor or statistician.
        organisation_id: Where; None is the whole service, for an auditor only.

    Raises:
        Refused: The actor is no administrator.
        Malformed: A program cannot have this role, or not there.
        NotFound: There is no such organisation.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    if role not in FOR_PROGRAMS:
        why = "A program can be an auditor or a statistician, nothing else."
        raise Malformed(why, errors=[{"where": "body.role", "what": why}])
    if role is Role.STATISTICIAN and organisation_id is None:
        why = "A program that prepares lists does so for one producer. Say in which organisation."
        raise Malformed(why, errors=[{"where": "body.organisation_id", "what": why}])
    at = tools.clock.now()
    client_id = tools.new_id("cli")
    made = NewCredential(client_id, _new_secret(tools), name, role, organisation_id)
    with tools.transaction(once=True) as tx:
        if organisation_id is not None:
            organisations.get(tx.connection, organisation_id)
        credentials.add(
            tx.connection,
            client_id=client_id,
            secret_hash=_secret_hash(tools, client_id, made.secret),
            name=name,
            organisation_id=organisation_id,
            role=role,
            at=at,
        )
        said = {"client_id": client_id, "role": role.value, "organisation_id": organisation_id}
        tx.append(Entry(EntryKind.CREDENTIAL_MADE, at, actor_id=actor.actor_id, said=said, sealed={"name": name}))
    return made


def list_credentials(tools: Tools, actor: Actor) -> tuple[CredentialSeen, ...]:
    """Give every credential, the newest first, ended ones last: what it may do, and when it was last used.

    Raises:
        Refused: The actor is no administrator.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    with tools.reading() as connection:
        return credentials.newest(connection)


def renew_secret(tools: Tools, actor: Actor, client_id: str) -> NewCredential:
    """Give a credential a new secret, told once. The one before is taken no more; a token it was given runs out.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such credential.
        OutOfOrder: It has ended.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        row = credentials.find(tx.connection, client_id)
        if row is None:
            raise NotFound(NOTHING_THERE)
        renewed = NewCredential(client_id, _new_secret(tools), row.name, row.role, row.organisation_id)
        if not credentials.renew(tx.connection, client_id, _secret_hash(tools, client_id, renewed.secret)):
            raise OutOfOrder("This credential has ended. Make another one.", code=Code.ALREADY_ENDED)
        tx.append(Entry(EntryKind.CREDENTIAL_RENEWED, at, actor_id=actor.actor_id, said={"client_id": client_id}))
    return renewed


def end_credential(tools: Tools, actor: Actor, client_id: str) -> CredentialRow:
    """End a credential; tokens made from it count no more from the next request on.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such credential.
        OutOfOrder: It has ended already.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction() as tx:
        if not credentials.end(tx.connection, client_id, at):
            if credentials.find(tx.connection, client_id) is None:
                raise NotFound(NOTHING_THERE)
            raise OutOfOrder("This credential has ended already.", code=Code.ALREADY_ENDED)
        tx.append(Entry(EntryKind.CREDENTIAL_ENDED, at, actor_id=actor.actor_id, said={"client_id": client_id}))
        ended = credentials.find(tx.connection, client_id)
    if ended is None:
        raise NotFound(NOTHING_THERE)
    return ended


def issue_token(tools: Tools, client_id: str, secret: str, *, network: str) -> IssuedToken:
    """Exchange a program's secret for a token of ten minutes. It carries no permission: each request asks the records.

    Args:
        network: Network address that asks, as text; only its keyed hash is kept.

    Raises:
        NotSignedIn: The credential is not known, has ended, or the secret is wrong; it is not said which.
        TooManyTries: Too many credentials from this network were not accepted within the hour.
    """
    at = tools.clock.now()
    presented = _secret_hash(tools, client_id, secret)
    network_hash = tools.keys.keyed_hash("network", network)
    with tools.transaction() as tx:
        limit = tools.policy.codes_per_network_per_hour * tools.policy.code_tries
        desk.demand_fewer_tries(tx, "refused_from_network", network_hash, at, limit=limit)
        known = credentials.find(tx.connection, client_id)
        matches = hmac.compare_digest(known.secret_hash if known else "0" * 64, presented)
        if known is not None and matches and known.ended_at is None:
            tx.append(Entry(EntryKind.TOKEN_ISSUED, at, actor_id=client_id, said={"client_id": client_id}))
            return _token(tools, client_id, at)
        sessions.add_attempt(
            tx.connection, "refused_from_network", network_hash, at, forget_before=at - desk.TRIES_SPAN
        )
        receipt = tx.append(
            Entry(
                EntryKind.TOKEN_REFUSED,
                at,
                Outcome.REFUSED,
                actor_id="nobody",
                said={"why": "unknown" if known is None else "ended" if matches else "wrong"},
                sealed={"client_id": known.client_id if known else "unknown", "network_hash": network_hash},
            )
        )
    # Raised only now: inside the transaction it would have taken the counted try back with it.
    raise NotSignedIn(NOT_ACCEPTED, receipt=receipt)


def _token(tools: Tools, client_id: str, at: datetime) -> IssuedToken:
    origin = tools.policy.origin
    token = tools.keys.issue_token(subject=client_id, audience=origin, issuer=origin, at=at, lifetime=TOKEN_LIFETIME)
    return IssuedToken(token, at.replace(microsecond=0) + TOKEN_LIFETIME)


def _new_secret(tools: Tools) -> str:
    return f"prac_{tools.keys.new_secret_token()}"


def _secret_hash(tools: Tools, client_id: str, secret: str) -> str:
    hashed: str = tools.keys.keyed_hash("client_secret", f"{client_id}\n{secret}")
    return hashed
