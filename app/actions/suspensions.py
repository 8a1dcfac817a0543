"""Keeping a person, a post, a unit or an organisation from one producer's releases, and letting them back.

A suspension bites on the next request and on a running download, because both ask the records again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from app.actions import desk
from app.actions.drafting import require_not_involved_in
from app.actions.lifting import covered_by, lacking
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import (
    breaches,
    corrective_actions,
    organisations,
    people,
    posts,
    suspensions,
)
from app.records.organisations import ProducerCard
from app.records.suspensions import SuspensionRow as SuspensionRow
from app.rules import suspensionletters
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Person, Role
from app.rules.reasons import Reason, ReasonCode, instant_text
from app.rules.reinstatement import conditions_text

SubjectKind = Literal["person", "post", "organisation", "unit"]
DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)


def begin_suspension(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    subject_kind: SubjectKind,
    subject_id: str,
    reason: str,
    conditions: str = "",
    unit: str = "",
    needs_training: bool = False,
    needs_reapplication: bool = False,
    incident_id: str | None = None,
    corrective_action_ids: Collection[str] = (),
) -> SuspensionRow:
    """Keep a person, a post, a unit or an organisation from a producer's releases, from this instant on.

    Everybody it covers gets a notice.

    Args:
        subject_id: For a unit, the id of its organisation.
        reason: What happened; shown to those it covers.
        conditions: What must be met besides for it to end, in words.
        unit: Name of the unit, as the posts in it have it.
        needs_training: It cannot end before everybody it covers has done training.
        needs_reapplication: It cannot end before an application to be let back is approved.
        incident_id: The incident that led to it.
        corrective_action_ids: It cannot end before each of these is done, and confirmed by a second person.

    Returns:
        The suspension; for a unit, with the organisation's posts that carry no unit, so that somebody decides on each.

    Raises:
        NotFound: There is no such producer, subject, incident or action, or the actor has no business with the
            producer.
        Refused: The actor is neither lead official nor head of profession there; or the incident is about what they
            did themselves.
        Malformed: There is no reason, no post of the organisation is in such a unit, or an action was dropped.

    Source:
        SI 2008/2998 Sch. para 3(1)(e); Producer policy: two persons
    """
    at = tools.clock.now()
    _demand_reason(reason)
    suspension_id = tools.new_id("sus")
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        _demand_subject(tx.connection, subject_kind, subject_id)
        _demand_incident(tx.connection, incident_id, producer_id)
        require_not_involved_in(tx.connection, actor, incident_id)
        suspensions.add(
            tx.connection,
            suspension_id=suspension_id,
            producer_id=producer_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            reason=reason,
            conditions=conditions,
            at=at,
            by_person_id=actor.actor_id,
            unit=_unit_named(tx.connection, subject_kind, subject_id, unit),
            needs_training=needs_training,
            needs_reapplication=needs_reapplication,
            incident_id=incident_id,
        )
        _bind(tx.connection, suspension_id, producer_id, corrective_action_ids)
        begun = suspensions.get(tx.connection, suspension_id)
        tx.append(_entry(EntryKind.SUSPENSION_BEGUN, actor, begun, at, {"reason": reason, "conditions": conditions}))
        _tell(tools, tx, producer, begun, at)
        if subject_kind == "unit":
            bare = posts.without_unit(tx.connection, subject_id)
            begun = replace(begun, posts_without_unit=tuple((one.post_id, one.title) for one in bare))
    return begun


def end_suspension(tools: Tools, actor: Actor, suspension_id: str, *, reason: str) -> SuspensionRow:
    """End a suspension, because its conditions are met. Nobody ends one that covers themselves.

    Args:
        reason: How the conditions were met.

    Raises:
        NotFound: There is no such suspension, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or is covered by it, or the incident
            that led to it is about them; or a condition that was set is not met, with everything that is missing.
        Malformed: There is no reason.
        OutOfOrder: It has ended already.

    Source:
        Producer policy: reinstatement; Producer policy: two persons
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction() as tx:
        suspensions.keep(tx.connection, suspension_id)
        row = suspensions.get(tx.connection, suspension_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        covered = covered_by(tx.connection, row, at)
        if actor.person_id in {person.person_id for person in covered}:
            raise _own_suspension()
        require_not_involved_in(tx.connection, actor, row.incident_id)
        if row.suspension.ended_at is None:
            _demand_conditions(tx.connection, producer, row, covered, at)
        if not suspensions.end(tx.connection, suspension_id, at=at, reason=reason):
            raise OutOfOrder("This suspension has ended already.", code=Code.ALREADY_ENDED)
        ended = suspensions.get(tx.connection, suspension_id)
        tx.append(_entry(EntryKind.SUSPENSION_ENDED, actor, ended, at, {"reason": reason}))
        _tell(tools, tx, producer, ended, at)
    return ended


def change_conditions(
    tools: Tools, actor: Actor, suspension_id: str, *, corrective_action_ids: Collection[str], reason: str
) -> SuspensionRow:
    """Name other corrective actions for which a suspension waits, in the place of those before. Those covered are told.

    Args:
        corrective_action_ids: Of the same producer; none lifts this condition.
        reason: Why, e.g. that an action was dropped and another takes its place.

    Raises:
        NotFound: There is no such suspension or action, or the actor has no business with its producer.
        Refused: The actor is not the head of profession there, or is covered by it, or the incident that led to it is
            about them.
        Malformed: There is no reason, an action was dropped, or nothing would change.
        OutOfOrder: It has ended already.

    Source:
        Producer policy: reinstatement
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction() as tx:
        suspensions.keep(tx.connection, suspension_id)
        row = suspensions.get(tx.connection, suspension_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        if actor.person_id in {person.person_id for person in covered_by(tx.connection, row, at)}:
            raise _own_suspension()
        require_not_involved_in(tx.connection, actor, row.incident_id)
        if row.suspension.ended_at is not None:
            raise OutOfOrder("This suspension has ended already.", code=Code.ALREADY_ENDED)
        if {one.corrective_action_id for one in row.actions} == set(corrective_action_ids):
            raise Malformed("It waits for these already. Nothing would change.", code=Code.NO_CHANGE)
        _bind(tx.connection, suspension_id, row.producer_id, corrective_action_ids)
        changed = suspensions.get(tx.connection, suspension_id)
        tx.append(_entry(EntryKind.SUSPENSION_CONDITIONS_CHANGED, actor, changed, at, {"reason": reason}))
        _tell(tools, tx, producer, changed, at, changed_because=reason)
    return changed


def list_suspensions(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int = 50, after: str | None = None
) -> list[SuspensionRow]:
    """Give a producer's suspensions, ended or not, the earliest first.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return suspensions.page(connection, producer_id, limit=limit, after=after)


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Malformed("A suspension, and its end, must say why.", code=Code.REASON_REQUIRED)


def _demand_subject(connection: Connection, kind: SubjectKind, subject_id: str) -> None:
    find = {"person": people.get, "post": posts.get, "organisation": organisations.get, "unit": organisations.get}
    find[kind](connection, subject_id)


def _demand_incident(connection: Connection, incident_id: str | None, producer_id: str) -> None:
    if incident_id is not None and breaches.get(connection, incident_id).producer_id != producer_id:
        raise NotFound(NOTHING_THERE)


def _bind(connection: Connection, suspension_id: str, producer_id: str, action_ids: Collection[str]) -> None:
    """Have a suspension wait for actions of the same producer; anything else is not there."""
    for action_id in sorted(set(action_ids)):  # in one order, so that no two wait for each other
        corrective_actions.keep(connection, action_id)  # or it is dropped meanwhile
        action = corrective_actions.get(connection, action_id)
        _demand_incident(connection, action.incident_id, producer_id)
        if action.outcome == "dropped":
            what = f"“{action.due_text}” was dropped, so nobody could ever meet it. Name one that is to be done."
            raise Malformed(what, errors=[{"where": "body.corrective_action_ids", "what": what}])
    corrective_actions.bind(connection, suspension_id, set(action_ids))


def _unit_named(connection: Connection, kind: SubjectKind, organisation_id: str, unit: str) -> str:
    """Give the unit as its posts name it: a name that no post has would keep nobody away."""
    if kind != "unit":
        return ""
    found = suspensions.find_unit(connection, organisation_id, unit.strip())
    if found is None:
        what = "No post of this organisation is in a unit of that name, so that nobody would be suspended."
        raise Malformed(what, errors=[{"where": "body.unit", "what": what}])
    return found


def _demand_conditions(
    connection: Connection, producer: ProducerCard, row: SuspensionRow, covered: list[Person], at: datetime
) -> None:
    unmet = lacking(connection, producer, row, covered, at)
    if unmet:
        detail = " ".join(reason.detail for reason in unmet[:5])
        raise Refused(detail, code=Code.REINSTATEMENT_REFUSED, reasons=unmet)


def _own_suspension() -> Refused:
    detail = "Nobody ends a suspension that covers themselves."
    remedy = "Ask another lead official or the head of profession to decide."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    return Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def _tell(
    tools: Tools,
    tx: Transaction,
    producer: ProducerCard,
    row: SuspensionRow,
    at: datetime,
    *,
    changed_because: str = "",
) -> None:
    told = row.suspension
    state, who, contact = "ended" if told.ended_at else "begun", told.subject, producer.contact
    if changed_because:
        state, needs = f"changed:{instant_text(at)}", conditions_text(told)
        subject, body = suspensionletters.conditions_changed(producer.name, who, changed_because, needs, contact)
    elif told.ended_at is None:
        subject, body = suspensionletters.suspended(producer.name, who, told.reason, conditions_text(told), contact)
    else:
        subject, body = suspensionletters.reinstated(producer.name, who, row.end_reason or "", contact)
    for person in covered_by(tx.connection, row, at):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="suspension",
            reason_key=f"suspension_{state}:{told.suspension_id}:{person.person_id}",
            subject=subject,
            body=body,
        )


def _entry(kind: EntryKind, actor: Actor, row: SuspensionRow, at: datetime, sealed: dict[str, str]) -> Entry:
    person = row.subject_id if row.subject_kind == "person" else None
    said: dict[str, object] = {"suspension_id": row.suspension.suspension_id, "subject_kind": row.subject_kind}
    if row.unit:
        said["unit"] = row.unit
    if row.incident_id is not None:
        said["incident_id"] = row.incident_id
    if row.suspension.needs_training or row.suspension.needs_reapplication:
        said["needs_training"] = row.suspension.needs_training
        said["needs_reapplication"] = row.suspension.needs_reapplication
    if row.actions or kind is EntryKind.SUSPENSION_CONDITIONS_CHANGED:
        said["corrective_action_ids"] = [one.corrective_action_id for one in row.actions]
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=person,
        producer_id=row.producer_id,
        said=said,
        sealed={**sealed, "subject_id": row.subject_id},
    )
