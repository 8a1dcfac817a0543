"""The warning that stands on every copy of a producer's documents, for each Order; every version kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import producers, warning_texts
from app.rules.facts import Order


@dataclass(frozen=True, slots=True)
class WarningRow:
    """One version of a producer's warning under one Order.

    Attributes:
        version: From 1 on; the warning given when the producer was registered is version 0, and no row.
        approved_at: Since when copies of new openings carry it, unless a later version is approved; None while it waits
            for a second person. Aware, UTC.
    """

    warning_id: str
    producer_id: str
    order: Order
    version: int
    text: str
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """A warning as a copy carries it."""

    version: int
    text: str


def in_force(connection: Connection, producer_id: str, order: Order) -> Worded:
    """Give the warning that copies of new openings carry: the highest approved version, else the producer's first."""
    approved = _of(producer_id, order).where(warning_texts.c.approved_at.is_not(None))
    row = connection.execute(approved.order_by(warning_texts.c.version.desc()).limit(1)).one_or_none()
    return Worded(row.version, row.words) if row else of_version(connection, producer_id, order, 0)


def of_version(connection: Connection, producer_id: str, order: Order, version: int) -> Worded:
    """Give one version.

    Raises:
        NotFound: There is none.
    """
    if version == 0:
        first = select(producers.c.warning).where(is_row(producers, producer_id))
        return Worded(0, one_row(connection, first).warning)
    return Worded(version, one_row(connection, _of(producer_id, order).where(warning_texts.c.version == version)).words)


def newest_version(connection: Connection, producer_id: str, order: Order) -> int:
    """Give the highest version there is, approved or not; 0 while there is none but the first."""
    found = connection.execute(_of(producer_id, order).order_by(warning_texts.c.version.desc()).limit(1)).one_or_none()
    return found.version if found else 0


def of_producer(connection: Connection, producer_id: str) -> tuple[WarningRow, ...]:
    """Give every version of a producer's warnings, by Order, the newest first."""
    mine = select(warning_texts).where(warning_texts.c.producer_id == producer_id)
    ordered = mine.order_by(warning_texts.c.governing_order, warning_texts.c.version.desc())
    return tuple(_row(row) for row in connection.execute(ordered))


def waiting(connection: Connection, producer_id: str) -> tuple[WarningRow, ...]:
    """Give the versions that wait for a second person; none that a later version, approved since, has overtaken."""
    rows = of_producer(connection, producer_id)
    approved = {one.order: one.version for one in reversed(rows) if one.approved_at is not None}
    return tuple(one for one in rows if one.approved_at is None and one.version > approved.get(one.order, 0))


def get(connection: Connection, warning_id: str) -> WarningRow:
    """Give one version by its id.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, select(warning_texts).where(is_row(warning_texts, warning_id))))


def add(connection: Connection, row: WarningRow) -> None:
    """Add a version that waits for a second person.

    Raises:
        Conflict: Somebody was first with this version.
    """
    add_row(
        connection,
        warning_texts,
        "newer version of this warning",
        warning_id=row.warning_id,
        producer_id=row.producer_id,
        governing_order=row.order.value,
        version=row.version,
        words=row.text,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
    )


def approve(connection: Connection, warning_id: str, *, at: datetime, by: str) -> bool:
    """Approve a version; True exactly once."""
    waits = and_(is_row(warning_texts, warning_id), warning_texts.c.approved_at.is_(None))
    values = {"approved_at": at, "approved_by": by}
    return connection.execute(update(warning_texts).where(waits).values(values)).rowcount == 1


def _of(producer_id: str, order: Order) -> Select[Any]:
    return select(warning_texts).where(
        warning_texts.c.producer_id == producer_id, warning_texts.c.governing_order == order.value
    )


def _row(row: Row[*tuple[Any, ...]]) -> WarningRow:
    return WarningRow(
        warning_id=row.warning_id,
        producer_id=row.producer_id,
        order=Order(row.governing_order),
        version=row.version,
        text=row.words,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
    )
