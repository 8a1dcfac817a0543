"""A person's own public keys, with which they may sign declarations instead of having them sealed by the service."""

from __future__ import annotations

from typing import Any

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import sessions
from app.records.sessions import KeyRow as KeyRow
from app.rules.errors import Code, Conflict, NotFound, OutOfOrder

MOST_KEYS = 10


def register_key(tools: Tools, actor: Actor, jwk: dict[str, Any]) -> KeyRow:
    """Register a public key of the person who asks.

    Args:
        jwk: A public key on the curve P-256, as its JSON object.

    Raises:
        Refused: The last sign-in is too long ago, or a program asks.
        Malformed: It is no such key, or it is a private one.
        Conflict: It is registered already, or was once; or the person has as many as anybody may have.
    """
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    person_id = _person_id(actor)
    key = tools.keys.check_public_jwk(jwk)
    registered = KeyRow(tools.new_id("key"), person_id, key["kid"], key, at, None)
    with tools.transaction(once=True) as tx:
        if len(sessions.keys_of(tx.connection, person_id)) >= MOST_KEYS:
            raise Conflict(f"You have {MOST_KEYS} keys already. End one first.", code=Code.ALREADY_EXISTS)
        sessions.add_key(tx.connection, key_id=registered.key_id, person_id=person_id, jwk=key, at=at)
        tx.append(
            Entry(
                EntryKind.KEY_REGISTERED,
                at,
                actor_id=actor.actor_id,
                person_id=person_id,
                said={"key_id": registered.key_id},
                sealed={"thumbprint": registered.thumbprint},
            )
        )
    return registered


def list_keys(tools: Tools, actor: Actor) -> tuple[KeyRow, ...]:
    """Give every key the person who asks has registered, those ended too.

    Raises:
        NotFound: A program asks.
    """
    with tools.reading() as connection:
        return sessions.keys_of(connection, _person_id(actor), ended_too=True)


def end_key(tools: Tools, actor: Actor, key_id: str) -> None:
    """End one of one's own keys: nothing more can be signed with it; what was signed stays verifiable.

    Raises:
        NotFound: The person has no such key.
        OutOfOrder: It has ended already.
    """
    at = tools.clock.now()
    person_id = _person_id(actor)
    with tools.transaction() as tx:
        if sessions.get_key(tx.connection, key_id).person_id != person_id:
            raise NotFound(NOTHING_THERE)
        if not sessions.end_key(tx.connection, key_id, at):
            raise OutOfOrder("This key has ended already.", code=Code.ALREADY_ENDED)
        said = {"key_id": key_id}
        tx.append(Entry(EntryKind.KEY_ENDED, at, actor_id=actor.actor_id, person_id=person_id, said=said))


def _person_id(actor: Actor) -> str:
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    return actor.person_id
