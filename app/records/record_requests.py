"""What the Orders have put on record about access to a release, and the requests for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, select, tuple_, update

from app.records.rows import is_row, one_row
from app.records.tables import (
    closed_days,
    duties,
    failures,
    grants,
    incidents,
    lists,
    people,
    record_requests,
    release_moves,
    releases,
    representations,
)
from app.rules.facts import Order
from app.rules.incidents import IncidentKind
from app.rules.record_facts import ReportReceived, Representation, Told
from app.rules.toldwords import told_words
from app.rules.workingdays import Part


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request for the record of a release.

    Attributes:
        requester, address: Who asked, and where they can be written to.
        asked_for: What they asked for, in their words.
        asked_on: London day on which it was received.
        due_on: Last London day on which it may be answered; None where the Order sets no time.
        answer: Canonical JSON as it was given; None while there is none, or once it is erased.
    """

    record_request_id: str
    producer_id: str
    release_id: str
    release_title: str
    order: Order
    requester: str
    address: str
    asked_for: str
    asked_on: date
    due_on: date | None
    taken_at: datetime
    taken_by: str
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer_sha256: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class RepresentationRow:
    """What somebody said to the producer about format, content or timing, as it is kept."""

    representation_id: str
    release_id: str
    by_person_id: str | None
    said: Representation
    recorded_at: datetime
    recorded_by: str


def add_representation(connection: Connection, row: RepresentationRow) -> None:
    """Put a representation on record."""
    connection.execute(
        insert(representations).values(
            representation_id=row.representation_id,
            release_id=row.release_id,
            by_person_id=row.by_person_id,
            by_words=row.said.by,
            about=row.said.about,
            made_at=row.said.made_at,
            words=row.said.words,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
    )


def representations_of(connection: Connection, release_id: str) -> tuple[RepresentationRow, ...]:
    """Give what was said about the format, content or timing of a release, the earliest first."""
    asked = select(representations).where(representations.c.release_id == release_id)
    in_turn = asked.order_by(representations.c.made_at, representations.c.representation_id)
    return tuple(
        RepresentationRow(
            representation_id=row.representation_id,
            release_id=row.release_id,
            by_person_id=row.by_person_id,
            said=Representation(row.by_words, row.about, row.made_at, row.words),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
        for row in connection.execute(in_turn)
    )


def add(connection: Connection, row: RequestRow) -> None:
    """Take a request."""
    kept = ("producer_id", "release_id", "requester", "address", "asked_for", "asked_on", "due_on")
    values = {name: getattr(row, name) for name in ("record_request_id", *kept, "taken_at", "taken_by")}
    connection.execute(insert(record_requests).values(values))


def get(connection: Connection, record_request_id: str) -> RequestRow:
    """Give a request, answered or not.

    Raises:
        NotFound: There is none with this id.
    """
    return _request(one_row(connection, _requests().where(is_row(record_requests, record_request_id))))


def page(
    connection: Connection, producer_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> tuple[RequestRow, ...]:
    """Give a producer's requests, the latest taken first.

    Args:
        connection: Any connection.
        producer_id: Whose.
        after: Instant and id of the last one already given; None to begin.
        limit: How many at most.
    """
    of = record_requests.c
    asked = _requests().where(of.producer_id == producer_id)
    if after is not None:
        asked = asked.where(tuple_(of.taken_at, of.record_request_id) < after)
    in_turn = asked.order_by(of.taken_at.desc(), of.record_request_id.desc()).limit(limit)
    return tuple(_request(row) for row in connection.execute(in_turn))


def unanswered(connection: Connection) -> tuple[RequestRow, ...]:
    """Give every request of every producer that has no answer, the earliest taken first."""
    asked = _requests().where(record_requests.c.answered_at.is_(None))
    in_turn = asked.order_by(record_requests.c.taken_at, record_requests.c.record_request_id)
    return tuple(_request(row) for row in connection.execute(in_turn))


def answer(connection: Connection, record_request_id: str, *, at: datetime, by: str, content: str, sha256: str) -> bool:
    """Keep the answer that is given; False when there was one already.

    Args:
        connection: An open write transaction.
        record_request_id: The request.
        at: When. Aware, UTC.
        by: Who gives it.
        content: Canonical JSON.
        sha256: Of the content.
    """
    waiting = and_(is_row(record_requests, record_request_id), record_requests.c.answered_at.is_(None))
    values = {"answered_at": at, "answered_by": by, "answer": content, "answer_sha256": sha256}
    return connection.execute(update(record_requests).where(waiting).values(values)).rowcount == 1


def reports_of(connection: Connection, release_id: str, recipients: frozenset[str]) -> tuple[ReportReceived, ...]:
    """Give what came to the producer's notice about a release, near misses apart, in the order in which it came.

    Args:
        connection: Any connection.
        release_id: The release.
        recipients: Ids of those who were given access to it.
    """
    opener = select(incidents, people.c.name).outerjoin(people, people.c.person_id == incidents.c.opened_by)
    found = [
        ReportReceived(
            kind=IncidentKind(row.kind),
            what=" ".join(said for said in (row.summary, str(json.loads(row.facts).get("statement", ""))) if said),
            by=row.name or ("somebody" if row.opened_by else "found by the service"),
            at=row.opened_at,
            by_recipient=row.opened_by in recipients,
        )
        for row in connection.execute(
            opener.where(incidents.c.release_id == release_id, incidents.c.near_miss.is_(False))
        )
    ]
    recorder = people.alias("recorder")
    failed = (
        select(failures, people.c.name, recorder.c.name.label("recorder"))
        .join(people, people.c.person_id == failures.c.person_id)
        .outerjoin(recorder, recorder.c.person_id == failures.c.recorded_by)
        .where(failures.c.release_id == release_id, failures.c.withdrawn_at.is_(None))
    )
    for row in connection.execute(failed):
        what = f"{row.name}, on {row.occurred_on.isoformat()}: {row.what}"
        found.append(ReportReceived(None, what, row.recorder or "found by the service", row.recorded_at))
    return tuple(sorted(found, key=lambda one: one.at))


def told_of(connection: Connection, release_id: str) -> tuple[Told, ...]:
    """Give what was told to the Statistics Board, or published, because of grants of a release; the earliest first.

    Under the Scottish Order, of what is published, that is what was settled as owed to the public, and nothing else: to
    record reasons on a grant is not to publish them. Elsewhere what was recorded on the grant itself counts as well,
    where no duty says the same of it.

    Source:
        SSI 2008/399 Sch. para 8(1); WSI 2009/2818 Sch. para 9(1)
    """
    asked = select(duties).where(duties.c.release_id == release_id)
    rows = connection.execute(asked.order_by(duties.c.done_at, duties.c.duty_id)).all()
    told = [
        Told(_words(row.particulars), row.source, row.done_at, "board" in row.kind)
        for row in rows
        if row.done_at is not None
    ]
    known = {(row.grant_id, "board" in row.kind) for row in rows}
    granted = (
        select(grants, lists.c.approved_at, releases.c.governing_order)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .join(releases, releases.c.release_id == lists.c.release_id)
        .where(lists.c.release_id == release_id, lists.c.approved_at.is_not(None), grants.c.exceptional_reasons != "")
        .order_by(lists.c.version, grants.c.row)
    )
    longer = {Order.WALES.value: "WSI 2009/2818 Sch. para 4(4)"}
    said = set()
    for row in connection.execute(granted):
        what, source = row.exceptional_reasons, longer.get(row.governing_order, "")
        published_by_grant = row.governing_order != Order.SCOTLAND.value
        if published_by_grant and (row.grant_id, False) not in known and (what, False) not in said:
            told.append(Told(what, source, row.approved_at, to_board=False))
        if row.board_informed_at and (row.grant_id, True) not in known and (what, True) not in said:
            told.append(Told(what, source, row.board_informed_at, to_board=True))
        said |= {(what, False), (what, True)}
    return tuple(sorted(told, key=lambda one: one.at))


def ended_at(connection: Connection, release_id: str) -> datetime | None:
    """Say when a release was cancelled, aware UTC; None when it was not."""
    cancelled = and_(release_moves.c.release_id == release_id, release_moves.c.move == "cancel")
    found = connection.execute(select(release_moves.c.at).where(cancelled).order_by(release_moves.c.at.desc()).limit(1))
    at: datetime | None = found.scalar_one_or_none()
    return at


def bank_holidays_from(connection: Connection, day: date) -> frozenset[date]:
    """Give the bank holidays of England and Wales that are on record, from a day on."""
    asked = select(closed_days.c.day).where(
        closed_days.c.producer_id.is_(None),
        closed_days.c.part == Part.ENGLAND_AND_WALES.value,
        closed_days.c.withdrawn_at.is_(None),
        closed_days.c.day >= day,
    )
    return frozenset(connection.execute(asked).scalars())


def _words(particulars: str) -> str:
    return told_words(json.loads(particulars))


def _requests() -> Select[Any]:
    asked = select(record_requests, releases.c.title, releases.c.governing_order)
    return asked.join(releases, releases.c.release_id == record_requests.c.release_id)


def _request(row: Row[Any]) -> RequestRow:
    return RequestRow(
        record_request_id=row.record_request_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        release_title=row.title,
        order=Order(row.governing_order),
        requester=row.requester,
        address=row.address,
        asked_for=row.asked_for,
        asked_on=row.asked_on,
        due_on=row.due_on,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answer_sha256=row.answer_sha256,
        answer=row.answer,
    )
