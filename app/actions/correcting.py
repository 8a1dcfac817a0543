"""What is to be done because of an incident: put on record with an owner and a date, and followed to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from app.actions.drafting import require_changer, require_no_names, require_not_involved, seen
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.records import breaches, corrective_actions
from app.records.breaches import IncidentCard
from app.rules.errors import Malformed, OutOfOrder
from app.rules.facts import london_date
from app.rules.incidents import ENDED
from app.rules.reportparts import CorrectiveAction as CorrectiveAction


def add_action(
    tools: Tools, actor: Actor, incident_id: str, *, what: str, owner: str, due_on: date, long_term: bool
) -> CorrectiveAction:
    """Put on record what is to be done because of an incident.

    Args:
        what: In a sentence.
        owner: Who does it: a post or a role.
        due_on: Until when, London day; not before today.
        long_term: It changes something for good.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession.
        OutOfOrder: The incident is closed.
        Malformed: The day lies in the past, or the words name somebody.
    """
    at = tools.clock.now()
    if due_on < london_date(at):
        raise Malformed("The day by which it is to be done lies in the past.")
    with tools.transaction(once=True) as tx:
        breaches.take_turn(tx.connection)  # whoever completes the incident sees this action, or this sees it completed
        card = seen(tx.connection, actor, incident_id)
        require_changer(actor, card)
        if card.state in ENDED:
            raise OutOfOrder("The incident is closed. What is to be done is put on record while it is open.")
        require_no_names(tx.connection, card, (what, owner))
        action = CorrectiveAction(
            tools.new_id("cac"), incident_id, what, long_term, owner, due_on, added_at=at, added_by=actor.actor_id
        )
        corrective_actions.add(tx.connection, action)
        said = {"due_on": due_on.isoformat(), "long_term": long_term}
        sealed = {"what": what, "owner": owner}
        tx.append(_entry(EntryKind.CORRECTIVE_ACTION_ADDED, actor, card, action, at, said, sealed))
    return action


def list_actions(tools: Tools, actor: Actor, incident_id: str) -> tuple[Sequence[CorrectiveAction], date]:
    """Give what is to be done because of an incident, the first due first.

    Returns:
        The actions, and today's London day, by which an open one is overdue or not.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
    """
    today = london_date(tools.clock.now())
    with tools.reading() as connection:
        seen(connection, actor, incident_id)
        return corrective_actions.of_incident(connection, incident_id), today


def end_action(
    tools: Tools, actor: Actor, corrective_action_id: str, *, dropped: bool, how: str
) -> tuple[CorrectiveAction, date]:
    """Put on record that something was done, or is not to be done any more.

    Args:
        dropped: It is not to be done any more.
        how: How it was done, or why it was dropped.

    Returns:
        The action, and today's London day.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession, or the incident is about what
            they did themselves.
        Conflict: It has ended already.
        Malformed: The words name somebody.
    """
    at = tools.clock.now()
    outcome: Literal["done", "dropped"] = "dropped" if dropped else "done"
    with tools.transaction() as tx:
        action = corrective_actions.get(tx.connection, corrective_action_id)
        card = seen(tx.connection, actor, action.incident_id)
        require_changer(actor, card)
        require_not_involved(actor, card)
        require_no_names(tx.connection, card, (how,))
        corrective_actions.end(tx.connection, corrective_action_id, outcome=outcome, at=at, by=actor.actor_id, how=how)
        said = {"outcome": outcome}
        tx.append(_entry(EntryKind.CORRECTIVE_ACTION_ENDED, actor, card, action, at, said, {"how": how}))
    return replace(action, outcome=outcome, ended_at=at, ended_by=actor.actor_id, ended_how=how), london_date(at)


def _entry(
    kind: EntryKind,
    actor: Actor,
    card: IncidentCard,
    action: CorrectiveAction,
    at: datetime,
    said: dict[str, Any],
    sealed: dict[str, str],
) -> Entry:
    about = {"incident_id": card.incident_id, "corrective_action_id": action.corrective_action_id}
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=card.producer_id,
        release_id=card.release_id,
        said={**about, **said},
        sealed=sealed,
    )
