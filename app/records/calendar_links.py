"""Private addresses of a producer's calendar: who made each, and whether it still counts. No token is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from app.records.rows import is_row, one_row
from app.records.tables import calendar_links


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A private address of a calendar.

    Attributes:
        name: Who has it, e.g. the web desk.
        ended_at: Since when it counts no more. Aware, UTC.
    """

    link_id: str
    producer_id: str
    name: str
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None


def add(connection: Connection, link: LinkRow, token_hash: str) -> None:
    """Put an address on record.

    Args:
        connection: An open write transaction.
        link: The address.
        token_hash: Keyed hash of its token.
    """
    names = ("link_id", "producer_id", "name", "made_at", "made_by")
    values = {name: getattr(link, name) for name in names}
    connection.execute(insert(calendar_links), {**values, "token_hash": token_hash})


def get(connection: Connection, link_id: str) -> LinkRow:
    """Give an address.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, select(calendar_links).where(is_row(calendar_links, link_id))))


def find(connection: Connection, token_hash: str) -> LinkRow | None:
    """Give the address that a token belongs to and that still counts; None where there is none.

    Args:
        connection: Any connection.
        token_hash: Keyed hash of the token.
    """
    of = calendar_links.c
    counts = select(calendar_links).where(of.token_hash == token_hash, of.ended_at.is_(None))
    row = connection.execute(counts).one_or_none()
    return None if row is None else _row(row)


def of_producer(connection: Connection, producer_id: str) -> tuple[LinkRow, ...]:
    """Give every address of a producer's calendar, ended or not, the newest first."""
    of = calendar_links.c
    asked = select(calendar_links).where(of.producer_id == producer_id).order_by(of.made_at.desc(), of.link_id)
    return tuple(_row(row) for row in connection.execute(asked))


def end(connection: Connection, link_id: str, *, at: datetime, by: str) -> bool:
    """Put on record that an address counts no more.

    Args:
        connection: An open write transaction.
        link_id: The address.
        at: When. Aware, UTC.
        by: Who says so.

    Returns:
        False when it did not already.
    """
    counts = update(calendar_links).where(is_row(calendar_links, link_id), calendar_links.c.ended_at.is_(None))
    return connection.execute(counts.values(ended_at=at, ended_by=by)).rowcount == 1


def _row(row: Row[Any]) -> LinkRow:
    return LinkRow(row.link_id, row.producer_id, row.name, row.made_at, row.made_by, row.ended_at, row.ended_by)
