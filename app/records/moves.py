"""The moves of a release, as they were made, and what a move must look at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from app.records.tables import documents, release_moves
from app.rules.facts import DocumentState


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move of a release, as it was made. Instants aware, UTC."""

    move: str
    from_state: str
    to_state: str
    from_publishes_at: datetime
    to_publishes_at: datetime
    at: datetime
    by_person_id: str
    reason: str


def add(connection: Connection, move_id: str, release_id: str, move: MoveRow) -> None:
    """Keep one move of a release for its history."""
    connection.execute(
        insert(release_moves),
        {
            "move_id": move_id,
            "release_id": release_id,
            "move": move.move,
            "from_state": move.from_state,
            "to_state": move.to_state,
            "from_publishes_at": move.from_publishes_at,
            "to_publishes_at": move.to_publishes_at,
            "at": move.at,
            "by_person_id": move.by_person_id,
            "reason": move.reason,
        },
    )


def of_release(connection: Connection, release_id: str) -> tuple[MoveRow, ...]:
    """Give every move of a release, oldest first."""
    columns = [release_moves.c[name] for name in MoveRow.__slots__]
    found = select(*columns).where(release_moves.c.release_id == release_id)
    ordered = found.order_by(release_moves.c.at, release_moves.c.move_id)
    return tuple(MoveRow(*row) for row in connection.execute(ordered))


def last_each(connection: Connection, release_ids: Collection[str], move: str) -> dict[str, datetime]:
    """Say when each of some releases was last moved in one way, aware UTC; those that never were are left out.

    Args:
        connection: Any connection.
        release_ids: The releases.
        move: Which way, e.g. ``cancel``.
    """
    of = release_moves.c
    made = select(of.release_id, func.max(of.at)).where(of.release_id.in_(release_ids), of.move == move)
    return {row[0]: row[1] for row in connection.execute(made.group_by(of.release_id))}


def last_at(connection: Connection, release_id: str, move: str) -> datetime | None:
    """Say when a release was last moved in one way, aware UTC; None when it never was.

    Args:
        connection: Any connection.
        release_id: The release.
        move: Which way, e.g. ``sign_off``.
    """
    made = select(func.max(release_moves.c.at)).where(
        release_moves.c.release_id == release_id, release_moves.c.move == move
    )
    found: datetime | None = connection.execute(made).scalar_one()
    return found


def documents_of(connection: Connection, release_id: str) -> tuple[int, int]:
    """Count a release's current documents: how many there are, and how many are not fixed as final form."""
    current = (DocumentState.DRAFT.value, DocumentState.FINAL.value)
    found = connection.execute(
        select(documents.c.state, func.count())
        .where(documents.c.release_id == release_id, documents.c.state.in_(current))
        .group_by(documents.c.state)
    )
    counted: dict[str, int] = dict(found.all())
    draft = counted.get(DocumentState.DRAFT.value, 0)
    return draft + counted.get(DocumentState.FINAL.value, 0), draft
