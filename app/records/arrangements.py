"""The published statement of how a producer keeps to its Order, every version of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from app.answers import asked_once
from app.records.tables import arrangements, organisations, producers
from app.rules.errors import NOTHING_THERE, NotFound


@dataclass(frozen=True, slots=True)
class ArrangementsRow:
    """One version of a producer's statement of arrangements, as it was published.

    Attributes:
        version: Counted from 1.
        role_words: The role of the head of profession, or of the senior statisticians, in them; may be empty.
        published_at: Aware, UTC.
    """

    arrangements_id: str
    producer_id: str
    producer_name: str
    version: int
    statement: str
    role_words: str
    sha256: str
    published_at: datetime
    by_person_id: str


def add(connection: Connection, row: ArrangementsRow) -> None:
    """Keep a new version as it is published."""
    connection.execute(
        insert(arrangements).values(
            arrangements_id=row.arrangements_id,
            producer_id=row.producer_id,
            version=row.version,
            statement=row.statement,
            role_words=row.role_words,
            sha256=row.sha256,
            published_at=row.published_at,
            by_person_id=row.by_person_id,
        )
    )


@asked_once
@asked_once
def versions_of(connection: Connection, producer_id: str) -> tuple[ArrangementsRow, ...]:
    """Give every version of a producer's statement, the newest first."""
    asked = (
        select(arrangements, organisations.c.name.label("producer_name"))
        .join(producers, producers.c.producer_id == arrangements.c.producer_id)
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
        .where(arrangements.c.producer_id == producer_id)
        .order_by(arrangements.c.version.desc())
    )
    return tuple(_row(row) for row in connection.execute(asked))


def get(connection: Connection, producer_id: str, version: int | None = None) -> ArrangementsRow:
    """Give one version of a producer's statement, or the newest.

    Args:
        connection: Any connection.
        producer_id: Whose.
        version: Which; None for the newest.

    Raises:
        NotFound: There is none.
    """
    for row in versions_of(connection, producer_id):
        if version is None or row.version == version:
            return row
    raise NotFound(NOTHING_THERE)


def _row(row: Row[Any]) -> ArrangementsRow:
    return ArrangementsRow(
        arrangements_id=row.arrangements_id,
        producer_id=row.producer_id,
        producer_name=row.producer_name,
        version=row.version,
        statement=row.statement,
        role_words=row.role_words,
        sha256=row.sha256,
        published_at=row.published_at,
        by_person_id=row.by_person_id,
    )
