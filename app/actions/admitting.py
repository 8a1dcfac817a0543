"""A session begins, or a sign-in is refused, inside its transaction: by whichever way somebody proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.actions import desk
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import people, sessions
from app.rules.facts import Person

SESSION_PREFIX = "pras_"
KNOWN_SPAN = timedelta(days=90)
"""For how long a network counts as known from which somebody signed in."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that has begun; its token is told this once. ``expires_at`` aware UTC."""

    token: str
    session_id: str
    person: Person
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What the log keeps of how somebody proved who they are; ``sealed`` is what tells of the person."""

    said: dict[str, Any]
    sealed: dict[str, str]


def admit(
    tools: Tools,
    tx: Transaction,
    person_id: str,
    *,
    how: str,
    authenticated_at: datetime,
    at: datetime,
    network_hash: str,
    by: Proof | None = None,
) -> NewSession:
    """Begin a session.

    Args:
        how: By which way the person proved who they are, in words.
        by: What the log keeps of the proof besides; None where ``how`` says it all.
        authenticated_at: When they did. Aware, UTC.
        at: Now. Aware, UTC.
        network_hash: Keyed hash of the network it begins from, 64 hexadecimal digits.
    """
    sessions.add_attempt(tx.connection, "signed_in_from", network_hash, at, forget_before=at - KNOWN_SPAN)
    begun = NewSession(
        token=SESSION_PREFIX + tools.keys.new_secret_token(),
        session_id=tools.new_id("ses"),
        person=people.get(tx.connection, person_id),
        expires_at=at + timedelta(minutes=tools.policy.session_minutes),
    )
    sessions.add(
        tx.connection,
        session_id=begun.session_id,
        token_hash=tools.keys.keyed_hash("session", begun.token),
        person_id=person_id,
        how=how,
        at=authenticated_at,
        expires_at=begun.expires_at,
    )
    tx.append(
        Entry(
            EntryKind.SIGNED_IN,
            at,
            actor_id=person_id,
            person_id=person_id,
            said={"how": how, **(by.said if by else {})},
            sealed={"session_id": begun.session_id, "network_hash": network_hash, **(by.sealed if by else {})},
        )
    )
    return begun


def demand_patience(tools: Tools, tx: Transaction, network_hash: str, at: datetime) -> None:
    """Stop where too many sign-ins from this network were not accepted within the hour.

    Raises:
        TooManyTries: With how long to wait.
    """
    limit = tools.policy.codes_per_network_per_hour * tools.policy.code_tries
    desk.demand_fewer_tries(tx, "refused_from_network", network_hash, at, limit=limit)


def turn_away(
    tx: Transaction, *, why: str, at: datetime, network_hash: str, person_id: str | None, sealed: dict[str, str]
) -> str:
    """Count and record a sign-in that was not accepted; gives the entry's id, which is its receipt.

    Args:
        why: For the log; the person is not told.
        at: Now. Aware, UTC.
        network_hash: Keyed hash of the network it came from, 64 hexadecimal digits.
        person_id: Whose sign-in it was, where that is known.
        sealed: What was presented, by name.
    """
    sessions.add_attempt(tx.connection, "refused_from_network", network_hash, at, forget_before=at - desk.TRIES_SPAN)
    return tx.append(
        Entry(
            EntryKind.SIGN_IN_REFUSED,
            at,
            Outcome.REFUSED,
            actor_id="nobody",
            person_id=person_id,
            said={"why": why},
            sealed={"network_hash": network_hash, **sealed},
        )
    )


def note_stray(
    tools: Tools, tx: Transaction, *, why: str, at: datetime, network_hash: str, sealed: dict[str, str]
) -> str | None:
    """Record that somebody came with what no sign-in of theirs fits, and count it against nobody.

    Any page on the web can make a browser do that. So only a few are recorded here for each network and hour; of what
    goes beyond them the door counts how many there were.

    Args:
        why: For the log; the person is not told.
        at: Now. Aware, UTC.
        network_hash: Keyed hash of the network it came from, 64 hexadecimal digits.
        sealed: What was presented, by name.

    Returns:
        The entry's id, which is its receipt; None where there were too many.
    """
    noted, _ = sessions.count_attempts(tx.connection, "stray_from_network", network_hash, at - desk.TRIES_SPAN)
    if noted >= tools.policy.codes_per_network_per_hour:
        return None
    sessions.add_attempt(tx.connection, "stray_from_network", network_hash, at, forget_before=at - desk.TRIES_SPAN)
    sealed = {"network_hash": network_hash, **sealed}
    kind = EntryKind.SIGN_IN_REFUSED
    return tx.append(Entry(kind, at, Outcome.REFUSED, actor_id="nobody", said={"why": why}, sealed=sealed))
