"""Applying to be let back after a suspension, and deciding of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.drafting import require_not_involved_in
from app.actions.tools import (
    NOTHING_THERE,
    Actor,
    Tools,
    Transaction,
    require_no_own_access,
    require_role,
    require_second_person,
)
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people, reapplications, suspensions
from app.records.organisations import ProducerCard
from app.records.reapplications import ReapplicationRow as ReapplicationRow
from app.records.suspensions import SuspensionRow
from app.rules import officeletters, suspensionletters
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Role, london_date

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)


def reapply(tools: Tools, actor: Actor, suspension_id: str, *, statement: str) -> ReapplicationRow:
    """Apply to be let back, as somebody whom the suspension covers. Those who can decide get a notice.

    Args:
        statement: What was learnt from what happened, in the applicant's own words.

    Raises:
        NotFound: There is no such suspension, or it does not cover the actor.
        Malformed: There is no statement.
        OutOfOrder: The suspension has ended, or an application was approved already.
        Conflict: An application waits for its decision.
    """
    at = tools.clock.now()
    if not statement.strip():
        raise Malformed("An application must say why access should be given again.", code=Code.REASON_REQUIRED)
    reapplication_id = tools.new_id("rap")
    with tools.transaction(once=True) as tx:
        row = suspensions.get(tx.connection, suspension_id)
        person_id = _demand_covered(tx.connection, actor, row, at)
        _demand_open(row)
        _demand_none_waiting(reapplications.of_suspension(tx.connection, suspension_id))
        reapplications.add(
            tx.connection,
            reapplication_id=reapplication_id,
            suspension_id=suspension_id,
            person_id=person_id,
            statement=statement,
            at=at,
        )
        made = reapplications.get(tx.connection, reapplication_id)
        tx.append(_entry(EntryKind.REAPPLICATION_MADE, actor, row, made, at, {"statement": statement}))
        _tell_deciding(tools, tx, row, made, at)
    return made


def decide_reapplication(
    tools: Tools, actor: Actor, reapplication_id: str, *, approved: bool, reason: str
) -> ReapplicationRow:
    """Approve or decline an application, as a second person. Approval alone ends no suspension; it lets it be ended.

    Args:
        approved: Whether access can be given again.
        reason: Why; the applicant is told.

    Raises:
        NotFound: There is no such application, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or applied, or is covered; or the
            incident that led to the suspension is about them.
        Malformed: There is no reason.
        OutOfOrder: It was decided already, or the suspension has ended.

    Source:
        Producer policy: two persons
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("A decision on an application must say why.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        waiting = reapplications.get(tx.connection, reapplication_id)
        row = suspensions.get(tx.connection, waiting.suspension_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        require_second_person(actor, {waiting.applicant.person_id}, "an application")
        require_no_own_access(actor, set(_covered_ids(tx.connection, row, at)))
        require_not_involved_in(tx.connection, actor, row.incident_id)
        _demand_open(row)
        decision = reapplications.APPROVED if approved else reapplications.DECLINED
        if not reapplications.decide(
            tx.connection, reapplication_id, decision=decision, reason=reason, by_person_id=actor.actor_id, at=at
        ):
            raise OutOfOrder("This application was decided already.", state=waiting.decision)
        decided = reapplications.get(tx.connection, reapplication_id)
        tx.append(_entry(EntryKind.REAPPLICATION_DECIDED, actor, row, decided, at, {"reason": reason}))
        _tell_applicant(tools, tx, producer, decided, at)
    return decided


def list_reapplications(tools: Tools, actor: Actor, suspension_id: str) -> tuple[ReapplicationRow, ...]:
    """Give the applications to be let back after a suspension, for those with a role in its producer.

    Raises:
        NotFound: There is no such suspension, or the actor has no business with its producer.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        row = suspensions.get(connection, suspension_id)
        producer = organisations.get_producer(connection, row.producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return reapplications.of_suspension(connection, suspension_id)


def _covered_ids(connection: Connection, row: SuspensionRow, at: datetime) -> list[str]:
    covered = suspensions.people_covered(connection, row.subject_kind, row.subject_id, london_date(at), row.unit)
    return [person.person_id for person in covered]


def _demand_covered(connection: Connection, actor: Actor, row: SuspensionRow, at: datetime) -> str:
    """Stop unless the suspension covers the actor: to anybody else it must look as if there were none."""
    if actor.person_id is None or actor.person_id not in _covered_ids(connection, row, at):
        raise NotFound(NOTHING_THERE)
    return actor.person_id


def _demand_open(row: SuspensionRow) -> None:
    if row.suspension.ended_at is not None:
        raise OutOfOrder("This suspension has ended; nobody needs to apply to be let back.", code=Code.ALREADY_ENDED)


def _demand_none_waiting(made: tuple[ReapplicationRow, ...]) -> None:
    if any(one.decision == reapplications.APPROVED for one in made):
        raise OutOfOrder("An application was approved already. The producer can end the suspension.", state="approved")
    if any(not one.decision for one in made):
        raise Conflict("An application waits for its decision. Nothing was added.", code=Code.ALREADY_EXISTS)


def _tell_deciding(tools: Tools, tx: Transaction, row: SuspensionRow, made: ReapplicationRow, at: datetime) -> None:
    producer = organisations.get_producer(tx.connection, row.producer_id)
    where = f"{tools.policy.public_address}/producer/suspensions/{made.suspension_id}"
    covers = row.suspension.subject
    subject, body = officeletters.reapplication_made(producer.name, made.applicant.name, covers, made.statement, where)
    for person in people.people_with_role(tx.connection, producer.organisation_id, *DECIDING, at=at):
        if person.person_id == made.applicant.person_id:
            continue
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="reapplication",
            reason_key=f"reapplication_made:{made.reapplication_id}:{person.person_id}",
            subject=subject,
            body=body,
        )


def _tell_applicant(tools: Tools, tx: Transaction, producer: ProducerCard, row: ReapplicationRow, at: datetime) -> None:
    approved = row.decision == reapplications.APPROVED
    subject, body = suspensionletters.reapplication_decided(
        producer.name, row.decision, row.decision_reason, producer.contact, approved=approved
    )
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=row.applicant.email,
        person_id=row.applicant.person_id,
        kind="reapplication",
        reason_key=f"reapplication_decided:{row.reapplication_id}",
        subject=subject,
        body=body,
    )


def _entry(
    kind: EntryKind, actor: Actor, row: SuspensionRow, made: ReapplicationRow, at: datetime, sealed: dict[str, str]
) -> Entry:
    said = {"reapplication_id": made.reapplication_id, "suspension_id": made.suspension_id}
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=made.applicant.person_id,
        producer_id=row.producer_id,
        said={**said, "decision": made.decision} if made.decision else said,
        sealed=sealed,
    )
