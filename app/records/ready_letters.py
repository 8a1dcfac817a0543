"""Letters that the documents of a release are ready: set to go, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from app.records.rows import is_row, one_row
from app.records.tables import ready_letters
from app.rules.readyletters import LetterState


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter.

    Attributes:
        person_ids: Its readers; empty means everybody on the list in force when it is due.
        outcome: For each reader, once it was due: ``person_id``, ``post``, ``sent``, ``told_before``, ``reasons``.
        reason: Why it was withdrawn.
    """

    ready_letter_id: str
    release_id: str
    send_at: datetime
    person_ids: tuple[str, ...]
    state: LetterState
    scheduled_at: datetime
    scheduled_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str = ""
    outcome: tuple[dict[str, Any], ...] = ()


def add(connection: Connection, row: LetterRow) -> None:
    """Add a letter."""
    connection.execute(
        insert(ready_letters).values(
            ready_letter_id=row.ready_letter_id,
            release_id=row.release_id,
            send_at=row.send_at,
            person_ids=json.dumps(list(row.person_ids)),
            state=row.state.value,
            scheduled_at=row.scheduled_at,
            scheduled_by=row.scheduled_by,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            reason=row.reason,
            outcome=json.dumps(list(row.outcome), ensure_ascii=False),
        )
    )


def get(connection: Connection, ready_letter_id: str) -> LetterRow:
    """Give a letter.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, select(ready_letters).where(is_row(ready_letters, ready_letter_id))))


def of_release(connection: Connection, release_id: str) -> tuple[LetterRow, ...]:
    """Give the letters of a release, the first to go first."""
    wanted = select(ready_letters).where(ready_letters.c.release_id == release_id)
    ordered = wanted.order_by(ready_letters.c.send_at, ready_letters.c.ready_letter_id)
    return tuple(_row(row) for row in connection.execute(ordered))


def due(connection: Connection, at: datetime) -> tuple[str, ...]:
    """Give the ids of the letters that are due at an instant and have not ended. Aware."""
    scheduled = ready_letters.c.state == LetterState.SCHEDULED.value
    wanted = select(ready_letters.c.ready_letter_id).where(scheduled, ready_letters.c.send_at <= at)
    return tuple(connection.execute(wanted.order_by(ready_letters.c.send_at)).scalars())


def end(
    connection: Connection,
    ready_letter_id: str,
    state: LetterState,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    outcome: Sequence[dict[str, Any]] = (),
) -> bool:
    """Store what became of a letter; False when it had ended already.

    Args:
        state: What became of it.
        at: When. Aware, UTC.
        by: Who did it; ``rule`` for the service.
        reason: Why, where it was withdrawn.
        outcome: As in ``LetterRow``.
    """
    open_still = and_(is_row(ready_letters, ready_letter_id), ready_letters.c.state == LetterState.SCHEDULED.value)
    values = {
        "state": state.value,
        "ended_at": at,
        "ended_by": by,
        "reason": reason,
        "outcome": json.dumps(list(outcome), ensure_ascii=False),
    }
    return connection.execute(update(ready_letters).where(open_still).values(values)).rowcount == 1


def _row(row: Any) -> LetterRow:
    return LetterRow(
        ready_letter_id=row.ready_letter_id,
        release_id=row.release_id,
        send_at=row.send_at,
        person_ids=tuple(json.loads(row.person_ids)),
        state=LetterState(row.state),
        scheduled_at=row.scheduled_at,
        scheduled_by=row.scheduled_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        reason=row.reason,
        outcome=tuple(json.loads(row.outcome)),
    )
