"""Series: what a producer publishes again and again."""

from __future__ import annotations

from sqlalchemy import Connection, and_, insert, select

from app.records.tables import series


def find_titled(connection: Connection, producer_id: str, title: str) -> str | None:
    """Give the id of a producer's series by its title; None when there is none."""
    same = and_(series.c.producer_id == producer_id, series.c.title == title)
    found: str | None = connection.execute(select(series.c.series_id).where(same)).scalar_one_or_none()
    return found


def add(connection: Connection, series_id: str, producer_id: str, title: str) -> None:
    """Add a series of a producer."""
    connection.execute(insert(series), {"series_id": series_id, "producer_id": producer_id, "title": title})
