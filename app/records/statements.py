"""What people state they did with what was recalled. Every statement is kept; the newest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from app.records.tables import statements
from app.rules.statements import Did, Statement


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement.

    Attributes:
        given_at: Aware, UTC.
        jws: What was signed, a compact JWS of type ``pra-statement+jws``.
    """

    statement_id: str
    recall_id: str
    release_id: str
    person_id: str
    statement: Statement
    given_at: datetime
    jws: str


def add(connection: Connection, row: StatementRow) -> None:
    """Add a statement."""
    said = row.statement
    connection.execute(
        insert(statements).values(
            statement_id=row.statement_id,
            recall_id=row.recall_id,
            release_id=row.release_id,
            person_id=row.person_id,
            did=said.did.value,
            printed=said.printed,
            kept_where=said.kept_where,
            forwarded_to=said.forwarded_to,
            note=said.note,
            given_at=row.given_at,
            jws=row.jws,
        )
    )


def of_recall(connection: Connection, recall_id: str) -> tuple[StatementRow, ...]:
    """Give every statement made about a recall, oldest first."""
    asked = select(statements).where(statements.c.recall_id == recall_id)
    rows = connection.execute(asked.order_by(statements.c.given_at, statements.c.statement_id))
    return tuple(_statement(row) for row in rows)


def of_person(connection: Connection, recall_id: str, person_id: str) -> tuple[StatementRow, ...]:
    """Give what one person stated about a recall, oldest first."""
    return tuple(one for one in of_recall(connection, recall_id) if one.person_id == person_id)


def _statement(row: Row[Any]) -> StatementRow:
    said = Statement(Did(row.did), row.printed, row.kept_where, row.forwarded_to, row.note)
    return StatementRow(row.statement_id, row.recall_id, row.release_id, row.person_id, said, row.given_at, row.jws)
