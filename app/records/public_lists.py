"""Each publishing of the list of posts, kept as it was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from app.records.tables import public_lists


@dataclass(frozen=True, slots=True)
class PublicListRow:
    """The list of posts as it was published. ``rows`` is canonical JSON, ``published_at`` aware UTC."""

    list_version: int
    sha256: str
    rows: str
    published_at: datetime


def add(
    connection: Connection, public_list_id: str, release_id: str, published: PublicListRow, by_person_id: str
) -> None:
    """Keep the list of posts as it is published."""
    connection.execute(
        insert(public_lists),
        {
            "public_list_id": public_list_id,
            "release_id": release_id,
            "list_version": published.list_version,
            "sha256": published.sha256,
            "rows": published.rows,
            "published_at": published.published_at,
            "by_person_id": by_person_id,
        },
    )


def find(connection: Connection, release_id: str) -> PublicListRow | None:
    """Give the list of posts as it was last published; None when it never was."""
    row = connection.execute(
        select(public_lists)
        .where(public_lists.c.release_id == release_id)
        .order_by(public_lists.c.published_at.desc(), public_lists.c.list_version.desc())
        .limit(1)
    ).one_or_none()
    return PublicListRow(row.list_version, row.sha256, row.rows, row.published_at) if row else None
