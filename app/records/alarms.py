"""Alarms: what somebody must look at, who has been called, and who says that they have it in hand. And the roster."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.rows import is_row, one_row
from app.records.tables import alarms, rosters
from app.rules.alarms import AlarmKind, Roster, roster_from, roster_record
from app.rules.canonical import canonical_json
from app.rules.errors import Conflict


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm.

    Attributes:
        publishes_at: The time that was set for the release when it was raised. Aware, UTC.
        summary: What it is about, in whole sentences.
        called: How many rungs of the ladder have been called.
        acknowledged_by: Who says that they have it in hand.
        note: What they wrote.
        ended_because: ``published``, ``moved`` …; empty while it stands.
    """

    alarm_id: str
    release_id: str
    kind: AlarmKind
    publishes_at: datetime
    raised_at: datetime
    summary: str
    called: int
    called_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str
    ended_at: datetime | None
    ended_because: str

    @property
    def rings(self) -> bool:
        """Whether people are still to be called."""
        return self.acknowledged_at is None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A producer's roster; revision 0 while none was ever set."""

    roster: Roster
    revision: int
    set_at: datetime | None = None
    set_by: str = ""


def add(
    connection: Connection,
    *,
    alarm_id: str,
    release_id: str,
    kind: AlarmKind,
    reason_key: str,
    publishes_at: datetime,
    summary: str,
    at: datetime,
) -> bool:
    """Raise an alarm, once for one reason.

    Args:
        connection: An open write transaction.
        alarm_id: A new id.
        release_id: What it is about.
        kind: What sort of alarm.
        reason_key: What it is raised for.
        publishes_at: The time set. Aware, UTC.
        summary: What was found, in whole sentences.
        at: Now. Aware, UTC.

    Returns:
        False when there was one for this reason already.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    raised = insert(alarms).values(
        alarm_id=alarm_id,
        release_id=release_id,
        kind=kind.value,
        reason_key=reason_key,
        publishes_at=publishes_at,
        raised_at=at,
        summary=summary,
    )
    once = raised.on_conflict_do_nothing(index_elements=["reason_key"]).returning(alarms.c.alarm_id)
    return connection.execute(once).one_or_none() is not None


def get(connection: Connection, alarm_id: str) -> AlarmRow:
    """Give an alarm.

    Raises:
        NotFound: There is none with this id.
    """
    return _alarm(one_row(connection, select(alarms).where(is_row(alarms, alarm_id))))


def of_release(connection: Connection, release_id: str) -> tuple[AlarmRow, ...]:
    """Give every alarm of a release, the newest first."""
    asked = select(alarms).where(alarms.c.release_id == release_id)
    rows = connection.execute(asked.order_by(alarms.c.raised_at.desc(), alarms.c.alarm_id)).all()
    return tuple(_alarm(row) for row in rows)


def mark_called(connection: Connection, alarm_id: str, called: int, at: datetime) -> None:
    """Put on record how many rungs have been called, and when the last was."""
    connection.execute(update(alarms).where(is_row(alarms, alarm_id)).values(called=called, called_at=at))


def acknowledge(connection: Connection, alarm_id: str, by: str, note: str, at: datetime) -> bool:
    """Put on record that somebody has an alarm in hand.

    Args:
        connection: An open write transaction.
        alarm_id: The alarm.
        by: Id of the person.
        note: What they are doing about it.
        at: Now. Aware, UTC.

    Returns:
        False when somebody had it in hand already, or it is over.
    """
    rings = update(alarms).where(
        is_row(alarms, alarm_id), alarms.c.acknowledged_at.is_(None), alarms.c.ended_at.is_(None)
    )
    return connection.execute(rings.values(acknowledged_at=at, acknowledged_by=by, note=note)).rowcount == 1


def end(connection: Connection, alarm_id: str, because: str, at: datetime) -> bool:
    """Put on record that an alarm is over.

    Args:
        connection: An open write transaction.
        alarm_id: The alarm.
        because: Why, e.g. ``published``.
        at: Now. Aware, UTC.

    Returns:
        False when it was over already.
    """
    stands = update(alarms).where(is_row(alarms, alarm_id), alarms.c.ended_at.is_(None))
    return connection.execute(stands.values(ended_at=at, ended_because=because)).rowcount == 1


def roster_of(connection: Connection, producer_id: str) -> RosterRow:
    """Give a producer's roster; an empty one at revision 0 while none was set."""
    row = connection.execute(select(rosters).where(rosters.c.producer_id == producer_id)).one_or_none()
    if row is None:
        return RosterRow(Roster(), 0)
    return RosterRow(roster_from(json.loads(row.content)), row.revision, row.set_at, row.set_by)


def set_roster(
    connection: Connection, producer_id: str, roster: Roster, *, revision: int, by: str, at: datetime
) -> None:
    """Put a roster in place of the one that was read.

    Args:
        connection: An open write transaction.
        producer_id: Whose.
        roster: The new one.
        revision: That of the one that was read; 0 where there was none.
        by: Who sets it.
        at: When. Aware, UTC.

    Raises:
        Conflict: Somebody was first.
    """
    content = canonical_json(roster_record(roster)).decode()
    values = {"content": content, "set_at": at, "set_by": by, "revision": revision + 1}
    if revision == 0:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        first = insert(rosters).values(producer_id=producer_id, **values)
        once = first.on_conflict_do_nothing(index_elements=["producer_id"]).returning(rosters.c.producer_id)
        changed = connection.execute(once).one_or_none() is not None
    else:
        same = update(rosters).where(rosters.c.producer_id == producer_id, rosters.c.revision == revision)
        changed = connection.execute(same.values(**values)).rowcount == 1
    if not changed:
        raise Conflict("Somebody changed the roster since you read it. Read it again, then repeat your change.")


def _alarm(row: Row[Any]) -> AlarmRow:
    return AlarmRow(
        alarm_id=row.alarm_id,
        release_id=row.release_id,
        kind=AlarmKind(row.kind),
        publishes_at=row.publishes_at,
        raised_at=row.raised_at,
        summary=row.summary,
        called=row.called,
        called_at=row.called_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        note=row.note,
        ended_at=row.ended_at,
        ended_because=row.ended_because,
    )
