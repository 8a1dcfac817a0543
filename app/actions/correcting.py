"""What is to be done because of an incident: put on record with an owner and a date, and followed to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from app.actions.drafting import may_own, require_changer, require_no_names, require_not_involved, seen
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.records import breaches, corrective_actions, suspensions
from app.records.breaches import IncidentCard
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import Person, london_date
from app.rules.incidents import ENDED
from app.rules.reasons import Reason, ReasonCode
from app.rules.reinstatement import may_confirm
from app.rules.reportparts import CorrectiveAction as CorrectiveAction

_NOT_AN_OWNER = (
    "The owner is a statistician, lead official, head of profession or publisher of the producer today; for an "
    "incident of the service as a whole, an administrator. Choose one of them, or leave the person out and name the "
    "post alone."
)


def add_action(
    tools: Tools,
    actor: Actor,
    incident_id: str,
    *,
    what: str,
    owner: str,
    due_on: date,
    long_term: bool,
    owner_id: str | None = None,
) -> CorrectiveAction:
    """Put on record what is to be done because of an incident.

    Args:
        what: In a sentence.
        owner: Who does it: a post or a role.
        due_on: Until when, London day; not before today.
        long_term: It changes something for good.
        owner_id: The person who does it, one of the producer's own staff; they get the letters about its day.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession.
        OutOfOrder: The incident is closed.
        Malformed: The day lies in the past, the words name somebody, or the owner is nobody of the producer's staff:
            the same words whether or not the service knows them elsewhere.
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
        if owner_id is not None and owner_id not in {one.person_id for one in may_own(tx.connection, card, at)}:
            raise Malformed(_NOT_AN_OWNER, errors=[{"where": "body.owner_id", "what": _NOT_AN_OWNER}])
        action = CorrectiveAction(
            tools.new_id("cac"),
            incident_id,
            what,
            long_term,
            owner,
            due_on,
            added_at=at,
            added_by=actor.actor_id,
            owner_id=owner_id,
        )
        corrective_actions.add(tx.connection, action)
        said = {"due_on": due_on.isoformat(), "long_term": long_term}
        sealed = {"what": what, "owner": owner, **({"owner_id": owner_id} if owner_id else {})}
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


def possible_owners(tools: Tools, actor: Actor, incident_id: str) -> tuple[Person, ...]:
    """Give those who may own what is to be done because of an incident, by name.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        require_changer(actor, card)
        return may_own(connection, card, at)


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
        OutOfOrder: It is to be dropped, and a suspension waits for it.
        Malformed: The words name somebody.
    """
    at = tools.clock.now()
    outcome: Literal["done", "dropped"] = "dropped" if dropped else "done"
    with tools.transaction() as tx:
        corrective_actions.keep(tx.connection, corrective_action_id)  # or a suspension begins to wait for it meanwhile
        action = corrective_actions.get(tx.connection, corrective_action_id)
        card = seen(tx.connection, actor, action.incident_id)
        require_changer(actor, card)
        require_not_involved(actor, card)
        if dropped and corrective_actions.is_waited_for(tx.connection, corrective_action_id):
            raise OutOfOrder(
                "A suspension waits for this, and could then never end. The head of profession first names what it "
                "waits for instead: PUT suspensions/…/corrective-actions."
            )
        require_no_names(tx.connection, card, (how,))
        corrective_actions.end(tx.connection, corrective_action_id, outcome=outcome, at=at, by=actor.actor_id, how=how)
        said = {"outcome": outcome}
        tx.append(_entry(EntryKind.CORRECTIVE_ACTION_ENDED, actor, card, action, at, said, {"how": how}))
    return replace(action, outcome=outcome, ended_at=at, ended_by=actor.actor_id, ended_how=how), london_date(at)


def confirm_action(tools: Tools, actor: Actor, corrective_action_id: str, *, how: str) -> tuple[CorrectiveAction, date]:
    """Confirm, as a second person, that something is done. A suspension can wait for that.

    Args:
        how: How they know that it is done.

    Returns:
        The action, and today's London day.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession; they own it, said
            themselves that it is done, or are kept away until it is confirmed; or the incident is about what they
            did themselves.
        OutOfOrder: It is not done.
        Conflict: It is confirmed already.
        Malformed: The words name somebody.

    Source:
        Producer policy: two persons
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        action = corrective_actions.get(tx.connection, corrective_action_id)
        card = seen(tx.connection, actor, action.incident_id)
        require_changer(actor, card)
        require_not_involved(actor, card)
        if action.outcome != "done":
            raise OutOfOrder("It is not done. Whoever answers for it says first that it is, and how.")
        if not may_confirm(action, actor.actor_id) or _waits_for(tx.connection, actor, action, at):
            raise _own_work()
        require_no_names(tx.connection, card, (how,))
        corrective_actions.confirm(tx.connection, corrective_action_id, at=at, by=actor.actor_id, how=how)
        tx.append(_entry(EntryKind.CORRECTIVE_ACTION_CONFIRMED, actor, card, action, at, {}, {"how": how}))
    return replace(action, confirmed_at=at, confirmed_by=actor.actor_id, confirmed_how=how), london_date(at)


def _waits_for(connection: Connection, actor: Actor, action: CorrectiveAction, at: datetime) -> bool:
    """Say whether a suspension that covers this person waits for an action."""
    mine = suspensions.covering(connection, actor.actor_id, at)
    return any(action.corrective_action_id in {one.corrective_action_id for one in row.actions} for row in mine)


def _own_work() -> Refused:
    detail = "Nobody confirms what they own, what they said is done, or what lets themselves back."
    remedy = "Ask another lead official or the head of profession to confirm it."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    return Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


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
