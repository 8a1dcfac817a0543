"""Keeping a person, a post or a whole organisation from one producer's releases, and letting them back.

A suspension bites on the next request and on a running download, because both ask the records again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people, posts, suspensions
from app.records.organisations import ProducerCard
from app.records.suspensions import SuspensionRow as SuspensionRow
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import Role, london_date
from app.rules.reasons import Reason, ReasonCode

SubjectKind = Literal["person", "post", "organisation"]
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
) -> SuspensionRow:
    """Keep a person, a post or an organisation from a producer's releases, from this instant on.

    Everybody it covers gets a notice.

    Args:
        reason: What happened; shown to those it covers.
        conditions: What must be met for it to end.

    Raises:
        NotFound: There is no such producer or subject, or the actor has no business with the producer.
        Refused: The actor is neither lead official nor head of profession there.
        Malformed: There is no reason.

    Source:
        SI 2008/2998 Sch. para 3(1)(e)
    """
    at = tools.clock.now()
    _demand_reason(reason)
    suspension_id = tools.new_id("sus")
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        _demand_subject(tx.connection, subject_kind, subject_id)
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
        )
        begun = suspensions.get(tx.connection, suspension_id)
        tx.append(_entry(EntryKind.SUSPENSION_BEGUN, actor, begun, at, {"reason": reason, "conditions": conditions}))
        _tell(tools, tx, producer, begun, at)
    return begun


def end_suspension(tools: Tools, actor: Actor, suspension_id: str, *, reason: str) -> SuspensionRow:
    """End a suspension, because its conditions are met. Nobody ends one that covers themselves.

    Args:
        reason: How the conditions were met.

    Raises:
        NotFound: There is no such suspension, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or is covered by it.
        Malformed: There is no reason.
        OutOfOrder: It has ended already.
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction() as tx:
        row = suspensions.get(tx.connection, suspension_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        covered = suspensions.people_covered(tx.connection, row.subject_kind, row.subject_id, london_date(at))
        if actor.person_id in {person.person_id for person in covered}:
            raise _own_suspension()
        if not suspensions.end(tx.connection, suspension_id, at=at, reason=reason):
            raise OutOfOrder("This suspension has ended already.", code=Code.ALREADY_ENDED)
        ended = suspensions.get(tx.connection, suspension_id)
        tx.append(_entry(EntryKind.SUSPENSION_ENDED, actor, ended, at, {"reason": reason}))
        _tell(tools, tx, producer, ended, at)
    return ended


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
    {"person": people.get, "post": posts.get, "organisation": organisations.get}[kind](connection, subject_id)


def _own_suspension() -> Refused:
    detail = "Nobody ends a suspension that covers themselves."
    remedy = "Ask another lead official or the head of profession to decide."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    return Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def _tell(tools: Tools, tx: Transaction, producer: ProducerCard, row: SuspensionRow, at: datetime) -> None:
    told = row.suspension
    if told.ended_at is None:
        subject = f"Your pre-release access to the statistics of {producer.name} is suspended"
        conditions = told.conditions or "a decision by the head of profession"
        words = f"It covers: {told.subject}.\nWhy: {told.reason}\nReinstatement needs: {conditions}"
    else:
        subject = f"Your pre-release access to the statistics of {producer.name} is no longer suspended"
        words = f"It covered: {told.subject}.\nWhy it ended: {row.end_reason}"
    state = "ended" if told.ended_at else "begun"
    for person in suspensions.people_covered(tx.connection, row.subject_kind, row.subject_id, london_date(at)):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="suspension",
            reason_key=f"suspension_{state}:{told.suspension_id}:{person.person_id}",
            subject=subject,
            body=f"{subject}.\n\n{words}\n\nQuestions: {producer.contact}\n",
        )


def _entry(kind: EntryKind, actor: Actor, row: SuspensionRow, at: datetime, sealed: dict[str, str]) -> Entry:
    person = row.subject_id if row.subject_kind == "person" else None
    said = {"suspension_id": row.suspension.suspension_id, "subject_kind": row.subject_kind}
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=person,
        producer_id=row.producer_id,
        said=said,
        sealed={**sealed, "subject_id": row.subject_id},
    )
