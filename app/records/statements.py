"""What people state they did with what was recalled. Every statement is kept; the newest counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select

from app.plain import plain
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


def of_recalls(
    connection: Connection, recall_ids: Collection[str], person_id: str | None = None
) -> dict[tuple[str, str], tuple[StatementRow, ...]]:
    """Give what was stated about some recalls by recall and person, oldest first; nothing where nothing was stated.

    Args:
        connection: Any connection.
        recall_ids: At most a few hundred.
        person_id: By whom; by anybody, if left out.
    """
    asked: dict[str, Any] = {"recall_ids": sorted(recall_ids)}
    if person_id is not None:
        asked["person_id"] = person_id
    found: dict[tuple[str, str], tuple[StatementRow, ...]] = {}
    for row in plain(connection.execute(_of_recalls(one_person=person_id is not None), asked)):
        both = (row.recall_id, row.person_id)
        found[both] = (*found.get(both, ()), _statement(row))
    return found


@cache
def _of_recalls(*, one_person: bool) -> Select[Any]:
    """Built once: putting a statement together costs several times what running it does."""
    of = statements.c
    asked = select(statements).where(of.recall_id.in_(bindparam("recall_ids", expanding=True)))
    asked = asked.where(of.person_id == bindparam("person_id")) if one_person else asked
    return asked.order_by(of.given_at, of.statement_id)


def _statement(row: Row[Any]) -> StatementRow:
    said = Statement(Did(row.did), row.printed, row.kept_where, row.forwarded_to, row.note)
    return StatementRow(row.statement_id, row.recall_id, row.release_id, row.person_id, said, row.given_at, row.jws)
