"""Applications to be let back after a suspension, and what was decided of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from app.records.rows import is_row, one_row
from app.records.tables import people, reapplications
from app.rules.facts import Person

APPROVED = "approved"
DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ReapplicationRow:
    """One application.

    Attributes:
        made_at: Aware, UTC.
        decision: ``approved`` or ``declined``; empty while it waits.
    """

    reapplication_id: str
    suspension_id: str
    applicant: Person
    statement: str
    made_at: datetime
    decision: str
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str


def add(
    connection: Connection, *, reapplication_id: str, suspension_id: str, person_id: str, statement: str, at: datetime
) -> None:
    """Put an application on record.

    Args:
        at: Now. Aware, UTC.
    """
    connection.execute(
        insert(reapplications).values(
            reapplication_id=reapplication_id,
            suspension_id=suspension_id,
            person_id=person_id,
            statement=statement,
            made_at=at,
        )
    )


def get(connection: Connection, reapplication_id: str) -> ReapplicationRow:
    """Give an application.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, _rows().where(is_row(reapplications, reapplication_id))))


def decide(
    connection: Connection, reapplication_id: str, *, decision: str, reason: str, by_person_id: str, at: datetime
) -> bool:
    """Put the decision on an application on record; False when it was decided already.

    Args:
        decision: ``approved`` or ``declined``.
        at: Now. Aware, UTC.

    Returns:
        Whether it waited until now.
    """
    waiting = update(reapplications).where(is_row(reapplications, reapplication_id), reapplications.c.decision == "")
    decided = waiting.values(decision=decision, decided_at=at, decided_by=by_person_id, decision_reason=reason)
    return connection.execute(decided).rowcount == 1


def of_suspension(connection: Connection, suspension_id: str) -> tuple[ReapplicationRow, ...]:
    """Give the applications to be let back after a suspension, in the order in which they were made."""
    asked = _rows().where(reapplications.c.suspension_id == suspension_id)
    in_turn = asked.order_by(reapplications.c.made_at, reapplications.c.reapplication_id)
    return tuple(_row(row) for row in connection.execute(in_turn))


def _rows() -> Select[Any]:
    joined = reapplications.join(people, people.c.person_id == reapplications.c.person_id)
    return select(reapplications, people.c.name, people.c.email).select_from(joined)


def _row(row: Row[Any]) -> ReapplicationRow:
    return ReapplicationRow(
        reapplication_id=row.reapplication_id,
        suspension_id=row.suspension_id,
        applicant=Person(row.person_id, row.name, row.email),
        statement=row.statement,
        made_at=row.made_at,
        decision=row.decision,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
    )
