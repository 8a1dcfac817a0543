"""A person's own age key, to which they may have their copies sealed instead of getting a passphrase."""

from __future__ import annotations

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import age_keys
from app.records.age_keys import AgeKeyRow as AgeKeyRow
from app.rules.errors import Code, Conflict, NotFound, OutOfOrder
from app.vault.copies.aged import check_recipient


def register_age_key(tools: Tools, actor: Actor, recipient: str) -> AgeKeyRow:
    """Register the public half of an age key of the person who asks. Nobody can do it for somebody else.

    Args:
        tools: What this is done with.
        actor: Who asks; signed in freshly.
        recipient: ``age1…``.

    Raises:
        Refused: The last sign-in is too long ago, or a program asks.
        Malformed: It is no such key (code ``key_not_valid``).
        Conflict: It is registered already, or was once; or the person has one that stands.
    """
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    registered = AgeKeyRow(tools.new_id("agk"), _person_id(actor), check_recipient(recipient), at)
    with tools.transaction(once=True) as tx:
        if age_keys.standing(tx.connection, registered.person_id) is not None:
            raise Conflict("You have an age key already. End it first.", code=Code.ALREADY_EXISTS)
        age_keys.add(tx.connection, registered)
        tx.append(
            Entry(
                EntryKind.AGE_KEY_REGISTERED,
                at,
                actor_id=actor.actor_id,
                person_id=registered.person_id,
                said={"age_key_id": registered.age_key_id},
                sealed={"recipient": registered.recipient},
            )
        )
    return registered


def list_age_keys(tools: Tools, actor: Actor) -> tuple[AgeKeyRow, ...]:
    """Give every age key the person who asks has registered, those ended too.

    Raises:
        NotFound: A program asks.
    """
    with tools.reading() as connection:
        return age_keys.of_person(connection, _person_id(actor))


def end_age_key(tools: Tools, actor: Actor, age_key_id: str) -> None:
    """End one's own age key: no copy is begun for it any more. One that runs goes on.

    Raises:
        NotFound: The person has no such key.
        OutOfOrder: It has ended already (code ``already_ended``).
    """
    at = tools.clock.now()
    person_id = _person_id(actor)
    with tools.transaction() as tx:
        if age_keys.get(tx.connection, age_key_id).person_id != person_id:
            raise NotFound(NOTHING_THERE)
        if not age_keys.end(tx.connection, age_key_id, at):
            raise OutOfOrder("This key has ended already.", code=Code.ALREADY_ENDED)
        said = {"age_key_id": age_key_id}
        tx.append(Entry(EntryKind.AGE_KEY_ENDED, at, actor_id=actor.actor_id, person_id=person_id, said=said))


def _person_id(actor: Actor) -> str:
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    return actor.person_id
