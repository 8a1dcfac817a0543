"""Days that a count of working days leaves out: bank holidays by part of the United Kingdom, and producers' own.

Nothing is changed or taken away: a day that should not count as closed is withdrawn, and the row stays. No window is
stored, so whatever is added or withdrawn here moves the windows by itself. A day that is missing here makes a window
shorter, never longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from app.records.rows import is_row, one_row, page_of
from app.records.tables import closed_days
from app.rules.facts import Order
from app.rules.window import counts_own_closed_days, days_left_out, parts_of
from app.rules.workingdays import BankHoliday, Part

LOOK_BACK, LOOK_AHEAD = timedelta(days=400), timedelta(days=800)
"""How far around publication days are given; further back, days count, which makes a window shorter. Those after it
change nothing, but for a release that is being moved to a later day."""


@dataclass(frozen=True, slots=True)
class ClosedDayRow:
    """One day that is left out.

    Attributes:
        producer_id: Whose offices are closed; None for a bank holiday.
        part: Of the United Kingdom, for a bank holiday; None for a producer's own day.
        day: London day.
        source: Where the date was taken from, or why the offices are closed.
        added_by: Person id; None when the service loaded it.
        approved_at: From when on it counts as closed; None while it waits for a second person.
        approved_by: Person id; None when the service loaded it, or nobody approved it yet.
    """

    closed_day_id: str
    producer_id: str | None
    part: Part | None
    day: date
    name: str
    source: str
    added_at: datetime
    added_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str


def add(
    connection: Connection,
    closed_day_id: str,
    *,
    producer_id: str,
    day: date,
    name: str,
    source: str,
    added_at: datetime,
    added_by: str,
) -> None:
    """Add a day on which a producer's offices are closed, or a day of thanksgiving or mourning.

    It counts once it is approved.

    Args:
        day: London day.
        name: What the day is.
        source: Why it is left out.
        added_at: Aware, UTC.
        added_by: Person id.
    """
    connection.execute(
        insert(closed_days).values(
            closed_day_id=closed_day_id,
            producer_id=producer_id,
            part="",
            day=day,
            name=name,
            source=source,
            added_at=added_at,
            added_by=added_by,
            withdrawn_reason="",
        )
    )


def add_bank_holiday(
    connection: Connection, closed_day_id: str, holiday: BankHoliday, *, added_at: datetime, added_by: str | None
) -> None:
    """Add a bank holiday; it counts at once.

    Args:
        added_by: Who added it; None when the service loaded it.
    """
    connection.execute(
        insert(closed_days).values(
            closed_day_id=closed_day_id,
            producer_id=None,
            part=holiday.part.value,
            day=holiday.day,
            name=holiday.name,
            source=holiday.source,
            added_at=added_at,
            added_by=added_by,
            approved_at=added_at,
            approved_by=added_by,
            withdrawn_reason="",
        )
    )


def approve(connection: Connection, closed_day_id: str, *, at: datetime, by: str) -> bool:
    """Let a day count as closed from now on.

    Args:
        at: Aware, UTC.
        by: Person id.

    Returns:
        Whether it waited until now.
    """
    waits = and_(
        is_row(closed_days, closed_day_id), closed_days.c.approved_at.is_(None), closed_days.c.withdrawn_at.is_(None)
    )
    values = {"approved_at": at, "approved_by": by}
    return connection.execute(update(closed_days).where(waits).values(values)).rowcount == 1


def withdraw(connection: Connection, closed_day_id: str, *, at: datetime, by: str, reason: str) -> bool:
    """Withdraw a day, which counts again from now on.

    Args:
        at: Aware, UTC.
        by: Person id.
        reason: Why.

    Returns:
        Whether it stood until now.
    """
    stands = and_(is_row(closed_days, closed_day_id), closed_days.c.withdrawn_at.is_(None))
    values = {"withdrawn_at": at, "withdrawn_by": by, "withdrawn_reason": reason}
    return connection.execute(update(closed_days).where(stands).values(values)).rowcount == 1


def get(connection: Connection, closed_day_id: str) -> ClosedDayRow:
    """Give one day, withdrawn or not.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, select(closed_days).where(is_row(closed_days, closed_day_id))))


def standing_on(connection: Connection, day: date, *, producer_id: str | None, part: Part | None) -> bool:
    """Say whether a day stands already, approved or not, for a producer or for a part."""
    same = and_(closed_days.c.day == day, closed_days.c.withdrawn_at.is_(None))
    whose = (
        closed_days.c.producer_id == producer_id
        if part is None
        else and_(closed_days.c.producer_id.is_(None), closed_days.c.part == part.value)
    )
    return connection.execute(select(closed_days.c.day).where(same, whose).limit(1)).first() is not None


def of_producer(
    connection: Connection, producer_id: str, *, limit: int = 50, after: str | None = None
) -> tuple[ClosedDayRow, ...]:
    """Give a producer's own days, withdrawn or not, by day."""
    wanted = select(closed_days).where(closed_days.c.producer_id == producer_id)
    page = page_of(wanted, closed_days, closed_days.c.day, limit, after)
    return tuple(_row(row) for row in connection.execute(page))


def count_waiting(connection: Connection, producer_id: str) -> int:
    """Count a producer's own days that are proposed, and neither approved nor withdrawn."""
    of = closed_days.c
    waits = and_(of.producer_id == producer_id, of.approved_at.is_(None), of.withdrawn_at.is_(None))
    return connection.execute(select(func.count()).select_from(closed_days).where(waits)).scalar_one()


def bank_holidays(
    connection: Connection, first: date, last: date, *, part: Part | None = None, withdrawn: bool = False
) -> tuple[ClosedDayRow, ...]:
    """Give the bank holidays between two days, both included, by day and part.

    Args:
        part: One part of the United Kingdom only.
        withdrawn: Those withdrawn as well.
    """
    wanted = select(closed_days).where(closed_days.c.producer_id.is_(None), closed_days.c.day.between(first, last))
    if part is not None:
        wanted = wanted.where(closed_days.c.part == part.value)
    if not withdrawn:
        wanted = wanted.where(closed_days.c.withdrawn_at.is_(None))
    return tuple(_row(row) for row in connection.execute(wanted.order_by(closed_days.c.day, closed_days.c.part)))


def left_out_for(
    connection: Connection, releases: Iterable[tuple[Order, str, date]]
) -> Mapping[tuple[Order, str, date], frozenset[date]]:
    """Give, for each of some releases, the days that a count under its Order leaves out.

    No query is made for Orders that exclude no day.

    Args:
        connection: Any connection.
        releases: Governing Order, producer id and London day of publication of each.

    Returns:
        By the same three, London days around publication; Saturdays and Sundays need not be among them.
    """
    asked = [one for one in releases if parts_of(one[0]) or counts_own_closed_days(one[0])]
    if not asked:
        return {}
    first, last = min(day for *_, day in asked) - LOOK_BACK, max(day for *_, day in asked) + LOOK_AHEAD
    names = {"producer_ids": sorted({producer_id for _, producer_id, _ in asked}), "first": first, "last": last}
    rows = connection.execute(_standing(), names).all()
    return {one: _of_one(rows, *one) for one in asked}


def _of_one(rows: Iterable[Row[*tuple[Any, ...]]], order: Order, producer_id: str, day: date) -> frozenset[date]:
    own, by_part = set(), {part: set[date]() for part in Part}
    for row in rows:
        if not day - LOOK_BACK <= row.day <= day + LOOK_AHEAD:
            continue
        if row.producer_id == producer_id:
            own.add(row.day)
        elif row.producer_id is None:
            by_part[Part(row.part)].add(row.day)
    return days_left_out(order, by_part, own)


@cache
def _standing() -> Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs several times what running it does."""
    mine = closed_days.c.producer_id.in_(bindparam("producer_ids", expanding=True))
    return select(closed_days.c.producer_id, closed_days.c.part, closed_days.c.day).where(
        or_(closed_days.c.producer_id.is_(None), mine),
        closed_days.c.approved_at.is_not(None),
        closed_days.c.withdrawn_at.is_(None),
        closed_days.c.day.between(bindparam("first"), bindparam("last")),
    )


def _row(row: Row[*tuple[Any, ...]]) -> ClosedDayRow:
    return ClosedDayRow(
        closed_day_id=row.closed_day_id,
        producer_id=row.producer_id,
        part=Part(row.part) if row.part else None,
        day=row.day,
        name=row.name,
        source=row.source,
        added_at=row.added_at,
        added_by=row.added_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_reason=row.withdrawn_reason,
    )
