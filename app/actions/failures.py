"""Past failures to keep to the terms of access: put on record by a person, never by the service, and withdrawn."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.drafting import require_not_involved, require_not_involved_in
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_no_own_access, require_role
from app.audit.entries import Entry, EntryKind
from app.records import breaches, failures, organisations, people, releases
from app.records.breaches import IncidentCard
from app.records.failures import FailureRow as FailureRow
from app.records.organisations import ProducerCard
from app.rules import personletters
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import Order, Role, london_date

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)
_WITHDRAWN = "This was withdrawn already."


def record_failure(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    person_id: str,
    what: str,
    occurred_on: date,
    release_id: str | None = None,
    incident_id: str | None = None,
    order: Order | None = None,
) -> FailureRow:
    """Put on record that somebody failed to keep to the terms of their access. They get a notice.

    Nothing follows from it by itself: it is shown to whoever decides on a grant to them.

    Args:
        what: What happened, in words.
        occurred_on: London day.
        release_id: The release it concerned.
        incident_id: The incident in which it came to light; its release counts where none is named.
        order: The Order that governed the access, where no release says so.

    Raises:
        NotFound: There is no such producer, person, release or incident, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there; or it, or the incident in which it
            came to light, is about themselves.
        Malformed: It does not say what happened, lies in the future, or names no release and no Order.

    Source:
        SI 2008/2998 Sch. para 3(1)(e); SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 8;
        Producer policy: two persons
    """
    at = tools.clock.now()
    _demand_said(what, occurred_on, london_date(at))
    failure_id = tools.new_id("fai")
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        require_no_own_access(actor, {person_id})
        people.get(tx.connection, person_id)
        incident = _incident_of(tx.connection, incident_id, producer_id)
        if incident is not None:
            require_not_involved(actor, incident)
            release_id = release_id or incident.release_id
        failures.add(
            tx.connection,
            failure_id=failure_id,
            producer_id=producer_id,
            person_id=person_id,
            order=_order(tx.connection, release_id, producer_id, order),
            what=what,
            occurred_on=occurred_on,
            at=at,
            recorded_by=actor.actor_id,
            release_id=release_id,
            incident_id=incident_id,
        )
        row = failures.get(tx.connection, failure_id)
        tx.append(_entry(EntryKind.FAILURE_RECORDED, actor, row, at, {"what": what}))
        _tell(tools, tx, producer, row, at)
    return row


def withdraw_failure(tools: Tools, actor: Actor, failure_id: str, *, reason: str) -> FailureRow:
    """Withdraw a past failure that should not be on record. It is shown to nobody who decides any more.

    Raises:
        NotFound: There is no such failure, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there; or it, or the incident in which it
            came to light, is about themselves.
        Malformed: There is no reason.
        OutOfOrder: It was withdrawn already.
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("A withdrawal must say why.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row = failures.get(tx.connection, failure_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        require_no_own_access(actor, {row.person_id})
        require_not_involved_in(tx.connection, actor, row.incident_id)
        if not failures.withdraw(tx.connection, failure_id, at=at, reason=reason):
            raise OutOfOrder(_WITHDRAWN, code=Code.ALREADY_ENDED)
        withdrawn = failures.get(tx.connection, failure_id)
        tx.append(_entry(EntryKind.FAILURE_WITHDRAWN, actor, withdrawn, at, {"reason": reason}))
        _tell(tools, tx, producer, withdrawn, at)
    return withdrawn


def demand_withdrawable(tools: Tools, actor: Actor, producer_id: str, failure_id: str) -> None:
    """Stop somebody who could not withdraw a past failure of a producer now, whatever their reason.

    Raises:
        NotFound: There is no such failure of this producer, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there; or it, or the incident in which it
            came to light, is about themselves.
        OutOfOrder: It was withdrawn already.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *DECIDING)
        row = failures.get(connection, failure_id)
        if row.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        require_no_own_access(actor, {row.person_id})
        require_not_involved_in(connection, actor, row.incident_id)
        if row.withdrawn_at is not None:
            raise OutOfOrder(_WITHDRAWN, code=Code.ALREADY_ENDED)


def list_failures(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int = 50, after: str | None = None
) -> list[FailureRow]:
    """Give a producer's record of past failures, withdrawn ones too, the first recorded first.

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
        return failures.page(connection, producer_id, limit=limit, after=after)


def _demand_said(what: str, occurred_on: date, today: date) -> None:
    if not what.strip():
        raise Malformed("A past failure must say what happened.", code=Code.REASON_REQUIRED)
    if occurred_on > today:
        said = "What has not happened yet is no past failure."
        raise Malformed(said, code=Code.INVALID_REQUEST, errors=[{"where": "body.occurred_on", "what": said}])


def _incident_of(connection: Connection, incident_id: str | None, producer_id: str) -> IncidentCard | None:
    if incident_id is None:
        return None
    incident = breaches.get(connection, incident_id)
    if incident.producer_id != producer_id:
        raise NotFound(NOTHING_THERE)
    return incident


def _order(connection: Connection, release_id: str | None, producer_id: str, order: Order | None) -> Order:
    """Give the Order of the release, or the one that was named where there is no release."""
    if release_id is not None:
        release = releases.get(connection, release_id)
        if release.producer.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        if release.rehearsal:
            what = "That is a rehearsal: nothing that goes wrong in one is held against anybody."
            raise Malformed(what, errors=[{"where": "body.release_id", "what": what}])
        return release.order
    if order is None:
        what = "Name the release, or the Order under which the access was given."
        raise Malformed(what, errors=[{"where": "body.order", "what": what}])
    return order


def _tell(tools: Tools, tx: Transaction, producer: ProducerCard, row: FailureRow, at: datetime) -> None:
    person = people.get(tx.connection, row.person_id)
    name, on, contact = producer.name, row.occurred_on, producer.contact
    if row.withdrawn_at is None:
        state, (subject, body) = "recorded", personletters.failure_recorded(name, row.what, on, contact)
    else:
        reason = row.withdrawn_reason
        state, (subject, body) = "withdrawn", personletters.failure_withdrawn(name, on, reason, contact)
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=person.email,
        person_id=person.person_id,
        kind="past_failure",
        reason_key=f"failure_{state}:{row.failure_id}",
        subject=subject,
        body=body,
    )


def _entry(kind: EntryKind, actor: Actor, row: FailureRow, at: datetime, sealed: dict[str, str]) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=row.person_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        said={
            "failure_id": row.failure_id,
            "occurred_on": row.occurred_on.isoformat(),
            "order": row.order.value,
            "incident_id": row.incident_id,
        },
        sealed=sealed,
    )
