"""Letters about the day of a corrective action: to its owner and to those who answer for the incident. By the clock.

Each is marked in the transaction that owes it, so it goes once however many of us there are.
"""

from __future__ import annotations

from app.actions import desk
from app.actions.drafting import answering, may_own
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import breaches, corrective_actions
from app.rules import actionletters
from app.rules.actionletters import Letter


def actions_to_write_of(tools: Tools) -> tuple[str, ...]:
    """Give the ids of the corrective actions about whose day a letter is due."""
    at = tools.clock.now()
    with tools.reading() as connection:
        still = corrective_actions.open_until(connection, actionletters.latest_due_on(at))
    return tuple(one.corrective_action_id for one in still if actionletters.letter_due(one, at) is not None)


def write_of_action(tools: Tools, corrective_action_id: str) -> None:
    """Write to the owner of an action and to those who answer for the incident, once for each of its days.

    An owner who is no longer of the producer's staff gets none; the others are told so.

    Args:
        corrective_action_id: As ``actions_to_write_of`` found it.

    Source:
        Producer policy: incidents
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        action = corrective_actions.get(tx.connection, corrective_action_id)
        letter = actionletters.letter_due(action, at)
        if letter is None or not corrective_actions.mark_letter(tx.connection, corrective_action_id, letter):
            return
        card = breaches.get(tx.connection, action.incident_id)
        told = {one.person_id: one for one in answering(tx.connection, card, at, head=letter is Letter.LONG_OVERDUE)}
        staff = may_own(tx.connection, card, at)  # whoever has left is told nothing more of it
        owner = next((one for one in staff if one.person_id == action.owner_id), None)
        if owner is not None:
            told.setdefault(owner.person_id, owner)
        waited_for = corrective_actions.is_waited_for(tx.connection, corrective_action_id)
        where = f"{tools.policy.public_address}/producer/incidents/{card.incident_id}"
        for person in told.values():
            only_owner = owner is not None and person.person_id == owner.person_id
            desk.queue_notice(
                tools,
                tx,
                at=at,
                email=person.email,
                person_id=person.person_id,
                kind="corrective_action",
                reason_key=f"corrective_action:{corrective_action_id}:{letter.value}:{person.person_id}",
                subject=actionletters.subject_of(letter, card.number, rehearsal="rehearsal" in card.facts),
                body=actionletters.body_of(
                    letter,
                    action,
                    number=card.number,
                    where=where,
                    waited_for=waited_for,
                    is_owner=only_owner,
                    owner_told=owner is not None,
                ),
            )
        tx.append(
            Entry(
                EntryKind.CORRECTIVE_ACTION_CHASED,
                at,
                producer_id=card.producer_id,
                release_id=card.release_id,
                said={
                    "incident_id": card.incident_id,
                    "corrective_action_id": corrective_action_id,
                    "step": letter.name.lower(),
                    "people": len(told),
                },
            )
        )
