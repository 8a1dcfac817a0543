"""Signing in by one-time code, and out.

Known and unknown addresses get the same answer after the same work, so nobody can learn from us who is known.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.actions import desk
from app.actions.admitting import KNOWN_SPAN, NewSession, admit, demand_patience, turn_away
from app.actions.tools import Actor, Tools, Transaction, require_service_role
from app.audit.entries import Entry, EntryKind
from app.records import notices, people, providers, sessions
from app.records.sessions import CodeRow
from app.rules import personletters
from app.rules.deliveries import BY_CODE
from app.rules.errors import Code, NotSignedIn, OutOfOrder, Refused
from app.rules.facts import Person, Role
from app.rules.mailboxes import normalise_address
from app.rules.providers import domain_of

CODE_DIGITS = 8
CODE_NOTICE = "sign_in_code"
PROVIDER_ALONE = (
    "People of this address's organisation sign in through the organisation itself, and get no codes by e-mail. Use a "
    "browser, and begin at the sign-in page of this service."
)
NOT_ACCEPTED = "That code was not accepted. Ask for a new one."


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """What somebody is told who asked for a code: nothing about whether one was sent. ``expires_at`` aware UTC."""

    code_id: str
    expires_at: datetime


def ask_for_code(tools: Tools, email: str, *, network: str) -> CodeAsked:
    """Make a one-time code and owe its owner a notice with it; an earlier one asked for from there counts no more.

    The code itself is kept nowhere in clear: its keyed hash here, the code wrapped in the notice until that is sent.
    What a stranger asks for elsewhere neither replaces a code nor uses up the tries of the network where its owner is.
    The limit over all networks counts by itself for networks from which anybody signed in lately: a stranger from many
    others uses up none of that. It goes by the network and not by the person, so that it tells nothing of an address.

    Args:
        email: As typed.
        network: Network address that asks, as text; only its keyed hash is kept.

    Raises:
        Malformed: That is no e-mail address.
        Refused: People of that address's domain, known or not, sign in by their organisation's provider alone.
        TooManyTries: Too many codes were asked for this address, or from this network, within the hour.

    Source:
        NIST SP 800-63B section 5.1.3.2 (short life, single use, rate limit)
    """
    at = tools.clock.now()
    address = normalise_address(email)
    asked = CodeAsked(tools.new_id("cod"), at + timedelta(minutes=tools.policy.code_minutes))
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    address_hash, network_hash = tools.keys.keyed_hash("address", address), tools.keys.keyed_hash("network", network)
    with tools.transaction() as tx:
        if _by_provider_alone(tx, address):
            raise Refused(PROVIDER_ALONE, code=Code.PROVIDER_REQUIRED)
        here = tools.keys.keyed_hash("address_in_network", f"{address}\n{network}")
        _count(tx, "code_for_address_here", here, at, limit=tools.policy.codes_per_address_per_hour)
        everywhere = "code_for_address_known" if _is_known(tx, network_hash, at) else "code_for_address"
        _count(tx, everywhere, address_hash, at, limit=tools.policy.codes_per_address_everywhere_per_hour)
        _count(tx, "code_from_network", network_hash, at, limit=tools.policy.codes_per_network_per_hour)
        person = people.find_by_email(tx.connection, address)
        replaced = sessions.add_code(
            tx.connection,
            code_id=asked.code_id,
            person_id=person.person_id if person else None,
            address_hash=address_hash,
            network_hash=network_hash,
            code_hash=_code_hash(tools, asked.code_id, code),
            at=at,
            expires_at=asked.expires_at,
        )
        # A code that has been replaced would only confuse whoever gets it.
        notices.give_up_unsent(tx.connection, reason_keys=[_reason_key(code_id) for code_id in replaced], at=at)
        _queue_code(tools, tx, asked, code, address, person, at)
        tx.append(
            Entry(
                EntryKind.SIGN_IN_CODE_ASKED,
                at,
                actor_id="nobody",
                person_id=person.person_id if person else None,
                # Leaves of known and unknown addresses have the same shape.
                sealed={
                    "code_id": asked.code_id,
                    "address_hash": address_hash,
                    "network_hash": network_hash,
                    "person": person.person_id if person else "nobody",
                },
            )
        )
    return asked


def sign_in(tools: Tools, code_id: str, code: str, *, network: str) -> NewSession:
    """Begin a session for whoever can show the code that was sent to them.

    Args:
        code_id: As told by ``ask_for_code``.
        code: As typed; blanks and hyphens between its digits do not matter.

    Raises:
        NotSignedIn: The code is wrong, used, replaced, too old, or was tried too often; it is not said which.
        TooManyTries: Too many codes from this network were not accepted within the hour.
    """
    at = tools.clock.now()
    code_hash = _code_hash(tools, code_id, "".join(code.replace("-", " ").split()))
    network_hash = tools.keys.keyed_hash("network", network)
    with tools.transaction() as tx:
        demand_patience(tools, tx, network_hash, at)
        row = sessions.find_code(tx.connection, code_id)
        why = _why_not(tools, row, code_hash, at)
        if why is None and row is not None and row.person_id is not None:
            # Mailed before the organisation asked for its provider alone.
            owner = people.get(tx.connection, row.person_id)
            why = "by the provider alone" if _by_provider_alone(tx, owner.email) else None
        if why is None and row is not None and row.person_id is not None:
            return _begin_session(tools, tx, row.code_id, row.person_id, at, network_hash)
        receipt = _record_refusal(tx, row, why or "unknown", network_hash, at)
    # Raised only now: inside the transaction it would have taken the counted try back with it.
    refused = NotSignedIn(
        "That code was not accepted. Ask for a new one.", code=Code.CODE_NOT_ACCEPTED, receipt=receipt
    )
    refused.log_reason = why or "unknown"
    raise refused


def sign_out(tools: Tools, actor: Actor) -> None:
    """End the session that this request came with, at once.

    Raises:
        OutOfOrder: A program has no session; its token ends by itself.
    """
    if not actor.session_id:
        raise OutOfOrder("A program has no session to end. Its token ends by itself within minutes.", allowed=[])
    at = tools.clock.now()
    with tools.transaction() as tx:
        sessions.end(tx.connection, actor.session_id, at)
        tx.append(
            Entry(
                EntryKind.SIGNED_OUT,
                at,
                actor_id=actor.actor_id,
                person_id=actor.person_id,
                sealed={"session_id": actor.session_id},
            )
        )


def end_sessions_of(tools: Tools, actor: Actor, person_id: str) -> int:
    """End every session of a person, at once, e.g. when a machine was lost.

    Returns:
        How many there were.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such person.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction() as tx:
        people.get(tx.connection, person_id)
        ended = sessions.end_all_of(tx.connection, person_id, at)
        tx.append(
            Entry(
                EntryKind.SIGNED_OUT, at, actor_id=actor.actor_id, person_id=person_id, said={"sessions_ended": ended}
            )
        )
    return ended


def _queue_code(
    tools: Tools, tx: Transaction, asked: CodeAsked, code: str, address: str, person: Person | None, at: datetime
) -> None:
    reason_key = _reason_key(asked.code_id)
    # The same work is done for an address nobody has, and then taken back.
    savepoint = tx.connection.begin_nested()
    subject, body = personletters.sign_in_code(asked.expires_at, tools.policy.public_address)
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=address,
        person_id=person.person_id if person else None,
        kind=CODE_NOTICE,
        reason_key=reason_key,
        subject=subject,
        body=body,
        secret=tools.keys.wrap(code.encode(), reason_key),
    )
    if person is None:
        savepoint.rollback()
    else:
        savepoint.commit()


def _reason_key(code_id: str) -> str:
    return f"sign_in_code:{code_id}"


def _count(tx: Transaction, kind: str, subject_hash: str, at: datetime, *, limit: int) -> None:
    desk.demand_fewer_tries(tx, kind, subject_hash, at, limit=limit)
    sessions.add_attempt(tx.connection, kind, subject_hash, at, forget_before=at - desk.TRIES_SPAN)


def _is_known(tx: Transaction, network_hash: str, at: datetime) -> bool:
    """Say whether anybody has signed in from this network lately."""
    times, _ = sessions.count_attempts(tx.connection, "signed_in_from", network_hash, at - KNOWN_SPAN)
    return times > 0


def _by_provider_alone(tx: Transaction, address: str) -> bool:
    """Say whether people of this address's domain sign in by their organisation's provider alone; tells of nobody."""
    provider = providers.find_for(tx.connection, domain_of(address))
    return provider is not None and provider.required


def _code_hash(tools: Tools, code_id: str, code: str) -> str:
    hashed: str = tools.keys.keyed_hash("one_time_code", f"{code_id}\n{code}")
    return hashed


def _why_not(tools: Tools, row: CodeRow | None, code_hash: str, at: datetime) -> str | None:
    matches = hmac.compare_digest(row.code_hash if row else "0" * 64, code_hash)
    if row is None:
        return "unknown"
    checks = (
        (row.used_at is not None, "used or replaced"),
        (row.tries >= tools.policy.code_tries, "tried too often"),
        (at >= row.expires_at, "too old"),
        (not matches, "wrong"),
        (row.person_id is None, "for nobody we know"),
    )
    return next((why for failed, why in checks if failed), None)


def _begin_session(
    tools: Tools, tx: Transaction, code_id: str, person_id: str, at: datetime, network_hash: str
) -> NewSession:
    sessions.use_code(tx.connection, code_id, at)
    return admit(tools, tx, person_id, how=BY_CODE, authenticated_at=at, at=at, network_hash=network_hash)


def _record_refusal(tx: Transaction, row: CodeRow | None, why: str, network_hash: str, at: datetime) -> str:
    if row is not None:
        sessions.count_try(tx.connection, row.code_id)
    return turn_away(
        tx,
        why=why,
        at=at,
        network_hash=network_hash,
        person_id=row.person_id if row else None,
        sealed={"code_id": row.code_id if row else "unknown"},
    )
