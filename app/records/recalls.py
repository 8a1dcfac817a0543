"""Recalls, and the people who are asked about one: when they were chased, and what was decided."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, and_, bindparam, insert, or_, select, update

from app.answers import asked_once
from app.plain import plain
from app.records.rows import is_row, one_row
from app.records.tables import openings, people, recall_people, recalls, statements
from app.rules.chasing import Chase, Chased
from app.rules.errors import Conflict
from app.rules.recalls import RecallCause

_CHASED_IN = {
    Chase.FIRST: recall_people.c.reminded_at,
    Chase.SECOND: recall_people.c.reminded_again_at,
    Chase.ESCALATE: recall_people.c.escalated_at,
}


@dataclass(frozen=True, slots=True)
class RecallRow:
    """Something taken back.

    Attributes:
        reason: As everyone served was told it.
        begun_at, closed_at: Aware, UTC; ``closed_at`` None while it is open.
        closed_by: Who closed it; None while it is open, and where there was nobody to ask.
        revision: Counts the changes; what an ETag says.
    """

    recall_id: str
    release_id: str
    cause: RecallCause
    document_ids: tuple[str, ...]
    reason: str
    begun_at: datetime
    begun_by: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_note: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One person who is asked about a recall.

    Attributes:
        post: Title and organisation, as they stood on the list.
        served: A copy was begun for them before the recall.
        chased: When they were asked and reminded.
        excused: Why no statement is waited for any more; empty while one is.
        decided_on: The statement that a contradiction was decided on; None where nothing was decided.
        decision: The reason of the last decision, on a missing statement or a contradiction.
    """

    recall_person_id: str
    recall_id: str
    release_id: str
    person_id: str
    name: str
    email: str
    post: str
    served: bool
    chased: Chased
    excused: str = ""
    decided_on: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision: str = ""


def add(connection: Connection, row: RecallRow) -> None:
    """Add a recall that has just begun, or one about which nobody has to be asked."""
    connection.execute(
        insert(recalls).values(
            recall_id=row.recall_id,
            release_id=row.release_id,
            cause=row.cause.value,
            document_ids=json.dumps(row.document_ids),
            reason=row.reason,
            begun_at=row.begun_at,
            begun_by=row.begun_by,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            closed_note=row.closed_note,
            revision=row.revision,
        )
    )


def add_person(connection: Connection, row: AskedRow) -> None:
    """Add somebody who is asked about a recall."""
    connection.execute(
        insert(recall_people).values(
            recall_person_id=row.recall_person_id,
            recall_id=row.recall_id,
            release_id=row.release_id,
            person_id=row.person_id,
            post=row.post,
            served=row.served,
            asked_at=row.chased.asked_at,
        )
    )


@asked_once
def get(connection: Connection, recall_id: str) -> RecallRow:
    """Give a recall.

    Raises:
        NotFound: There is none.
    """
    return _recall(one_row(connection, select(recalls).where(is_row(recalls, recall_id))))


@asked_once
@asked_once
def of_release(connection: Connection, release_id: str) -> tuple[RecallRow, ...]:
    """Give every recall of a release, the first begun first."""
    asked = select(recalls).where(recalls.c.release_id == release_id)
    rows = connection.execute(asked.order_by(recalls.c.begun_at, recalls.c.recall_id))
    return tuple(_recall(row) for row in rows)


def of_person(
    connection: Connection,
    person_id: str,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
    still_open: bool = False,
) -> tuple[tuple[RecallRow, AskedRow], ...]:
    """Give the recalls about which a person is or was asked, the newest first.

    Args:
        limit: How many at most.
        after: When the last one already given began, and its id.
        still_open: Those that nobody has closed alone.
    """
    asked: dict[str, Any] = {"person_id": person_id, "most": limit}
    if after is not None:
        asked |= {"after_at": after[0], "after_id": after[1]}
    rows = plain(connection.execute(_of_person(still_open=still_open, further=after is not None), asked))
    if not rows:
        return ()
    found = [_recall(row) for row in rows]
    theirs = connection.execute(_asked_of(), {"person_id": person_id, "recall_ids": [one.recall_id for one in found]})
    by_recall = {row.recall_id: _asked(row) for row in plain(theirs)}
    return tuple((row, by_recall[row.recall_id]) for row in found)


@asked_once
def people_of(connection: Connection, recall_id: str) -> tuple[AskedRow, ...]:
    """Give everybody who is asked about a recall, by address."""
    rows = connection.execute(_people().where(recall_people.c.recall_id == recall_id).order_by(people.c.email))
    return tuple(_asked(row) for row in plain(rows))


def get_person(connection: Connection, recall_id: str, person_id: str) -> AskedRow:
    """Give one person who is asked about a recall.

    Raises:
        NotFound: They are not.
    """
    both = and_(recall_people.c.recall_id == recall_id, recall_people.c.person_id == person_id)
    return _asked(one_row(connection, _people().where(both)))


def waited_for(connection: Connection) -> tuple[AskedRow, ...]:
    """Give everybody whose statement an open recall still waits for, and of whom nobody has been told yet."""
    wanted = _people().join(recalls, recalls.c.recall_id == recall_people.c.recall_id)
    untold = wanted.where(_is_waited_for(), recall_people.c.escalated_at.is_(None))
    rows = connection.execute(untold.order_by(recall_people.c.recall_id, people.c.email))
    return tuple(_asked(row) for row in rows)


def releases_waiting_for(connection: Connection, person_id: str) -> frozenset[str]:
    """Give the ids of the releases of which an open recall still waits for this person's statement."""
    wanted = select(recall_people.c.release_id).join(recalls, recalls.c.recall_id == recall_people.c.recall_id)
    mine = wanted.where(_is_waited_for(), recall_people.c.person_id == person_id)
    return frozenset(connection.execute(mine).scalars())


def openers(connection: Connection, document_ids: tuple[str, ...]) -> dict[str, bool]:
    """Give everyone who opened one of these documents, by person id, and whether a copy was begun for them.

    Args:
        document_ids: The documents that are taken back.
    """
    asked = select(openings.c.person_id, openings.c.started_at).where(openings.c.document_id.in_(document_ids))
    found: dict[str, bool] = {}
    for row in plain(connection.execute(asked.order_by(openings.c.person_id))):
        found[row.person_id] = found.get(row.person_id, False) or row.started_at is not None
    return found


def numbers_of(connection: Connection, document_ids: tuple[str, ...], person_id: str) -> tuple[str, ...]:
    """Give the numbers of a person's openings of these documents for which a copy was begun, oldest first.

    Args:
        document_ids: The documents that are taken back.
    """
    theirs = and_(openings.c.document_id.in_(document_ids), openings.c.person_id == person_id)
    asked = select(openings.c.number).where(theirs, openings.c.started_at.is_not(None))
    return tuple(connection.execute(asked.order_by(openings.c.opened_at, openings.c.opening_id)).scalars())


def mark_chased(connection: Connection, recall_person_id: str, step: Chase, at: datetime) -> bool:
    """Keep that somebody was chased; False when another of us was first.

    Args:
        step: Which of the steps was taken.
        at: When. Aware, UTC.
    """
    column = _CHASED_IN[step]
    undone = and_(is_row(recall_people, recall_person_id), column.is_(None))
    return connection.execute(update(recall_people).where(undone).values({column: at})).rowcount == 1


def decide(
    connection: Connection,
    recall_person_id: str,
    *,
    decision: str,
    by: str,
    at: datetime,
    excused: str | None = None,
    decided_on: str | None = None,
) -> None:
    """Keep what was decided about a missing statement (``excused``) or a contradicted one (``decided_on``).

    Args:
        decision: The reason.
        by: Who decides.
        at: When. Aware, UTC.
        excused: The reason once more where nothing is waited for any more; None leaves it.
        decided_on: The statement that is decided on; None leaves it.
    """
    values: dict[str, Any] = {"decision": decision, "decided_by": by, "decided_at": at}
    if excused is not None:
        values["excused"] = excused
    if decided_on is not None:
        values["decided_on"] = decided_on
    connection.execute(update(recall_people).where(is_row(recall_people, recall_person_id)).values(values))


def touch(connection: Connection, row: RecallRow) -> None:
    """Count a change of a recall, so that nobody closes it on what they read before."""
    connection.execute(update(recalls).where(is_row(recalls, row.recall_id)).values(revision=recalls.c.revision + 1))


def close(connection: Connection, row: RecallRow, *, by: str, note: str, at: datetime) -> None:
    """Close a recall.

    Args:
        row: As it was read.
        by: Who closes it.
        note: What came of it.
        at: When. Aware, UTC.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    same = and_(is_row(recalls, row.recall_id), recalls.c.revision == row.revision, recalls.c.closed_at.is_(None))
    values = {"closed_at": at, "closed_by": by, "closed_note": note, "revision": row.revision + 1}
    if connection.execute(update(recalls).where(same).values(values)).rowcount != 1:
        raise Conflict("Somebody changed this recall since you read it. Read it again, then repeat your change.")


def _is_waited_for() -> ColumnElement[bool]:
    stated = select(statements.c.statement_id).where(
        statements.c.recall_id == recall_people.c.recall_id, statements.c.person_id == recall_people.c.person_id
    )
    return and_(recalls.c.closed_at.is_(None), recall_people.c.excused == "", ~stated.exists())


@cache
def _of_person(*, still_open: bool, further: bool) -> Select[Any]:
    """Built once: putting a statement together costs several times what running it does."""
    of = recalls.c
    mine = and_(recall_people.c.recall_id == of.recall_id, recall_people.c.person_id == bindparam("person_id"))
    asked = select(recalls).join(recall_people, mine)
    if still_open:
        asked = asked.where(of.closed_at.is_(None))
    if further:
        beside = and_(of.begun_at == bindparam("after_at"), of.recall_id > bindparam("after_id"))
        asked = asked.where(or_(of.begun_at < bindparam("after_at"), beside))
    return asked.order_by(of.begun_at.desc(), of.recall_id).limit(bindparam("most", type_=Integer))


@cache
def _asked_of() -> Select[Any]:
    """As above: one person, and some recalls."""
    of = recall_people.c
    named = of.recall_id.in_(bindparam("recall_ids", expanding=True))
    return _people().where(of.person_id == bindparam("person_id"), named)


def _people() -> Select[Any]:
    asked = select(recall_people, people.c.name, people.c.email)
    return asked.join(people, people.c.person_id == recall_people.c.person_id)


def _recall(row: Row[Any]) -> RecallRow:
    return RecallRow(
        recall_id=row.recall_id,
        release_id=row.release_id,
        cause=RecallCause(row.cause),
        document_ids=tuple(json.loads(row.document_ids)),
        reason=row.reason,
        begun_at=row.begun_at,
        begun_by=row.begun_by,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        closed_note=row.closed_note,
        revision=row.revision,
    )


def _asked(row: Row[Any]) -> AskedRow:
    return AskedRow(
        recall_person_id=row.recall_person_id,
        recall_id=row.recall_id,
        release_id=row.release_id,
        person_id=row.person_id,
        name=row.name,
        email=row.email,
        post=row.post,
        served=row.served,
        chased=Chased(row.asked_at, row.reminded_at, row.reminded_again_at, row.escalated_at),
        excused=row.excused,
        decided_on=row.decided_on,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision=row.decision,
    )
