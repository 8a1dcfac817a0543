"""Releases whose final documents this service itself has made public, and what became of that."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from app.records.tables import contingencies
from app.rules.contingency import Contingency
from app.rules.errors import Code, Conflict, OutOfOrder

SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class ContingencyRow:
    """A decision to make a release's documents public here. Instants aware, UTC.

    Attributes:
        site_back_at: When the watch saw the release on the producer's own site since.
        revision: Counts the changes; what an ETag says.
    """

    contingency_id: str
    decision: Contingency
    reason: str
    released_by: str
    site_back_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str = ""
    revision: int = 1

    @property
    def stands(self) -> bool:
        """Whether nobody has withdrawn it."""
        return self.decision.withdrawn_at is None


def add(connection: Connection, row: ContingencyRow) -> None:
    """Add a decision."""
    connection.execute(
        insert(contingencies).values(
            contingency_id=row.contingency_id,
            release_id=row.decision.release_id,
            document_ids=json.dumps(row.decision.document_ids),
            reason=row.reason,
            released_at=row.decision.released_at,
            released_by=row.released_by,
            revision=row.revision,
        )
    )


def find(connection: Connection, release_id: str) -> ContingencyRow | None:
    """Give the decision about a release; None where there is none."""
    row = connection.execute(select(contingencies).where(contingencies.c.release_id == release_id)).one_or_none()
    return None if row is None else _row(row)


def of_releases(connection: Connection, release_ids: Collection[str]) -> dict[str, ContingencyRow]:
    """Give the decisions about releases, by release id.

    Args:
        connection: Any connection.
        release_ids: The releases; at most a few hundred.
    """
    asked = select(contingencies).where(contingencies.c.release_id.in_(sorted(release_ids)))
    return {row.release_id: _row(row) for row in connection.execute(asked)}


def newest(connection: Connection) -> tuple[ContingencyRow, ...]:
    """Give the newest decisions, the newest first. One that stands is never left out for one that was withdrawn."""
    ordered = select(contingencies).order_by(
        contingencies.c.withdrawn_at.is_not(None), contingencies.c.released_at.desc(), contingencies.c.contingency_id
    )
    found = [_row(row) for row in connection.execute(ordered.limit(SHOWN_AT_MOST))]
    return tuple(sorted(found, key=lambda one: one.decision.released_at, reverse=True))


def mark_site_back(connection: Connection, row: ContingencyRow, at: datetime) -> None:
    """Keep when the release was seen on the producer's own site.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    _change(connection, row, site_back_at=at)


def withdraw(connection: Connection, row: ContingencyRow, *, by: str, reason: str, at: datetime) -> None:
    """End a decision that stands.

    Raises:
        OutOfOrder: It was withdrawn before.
        Conflict: Somebody changed it meanwhile.
    """
    if not row.stands:
        raise OutOfOrder("The documents were withdrawn from the public page before.", code=Code.ALREADY_ENDED)
    _change(connection, row, withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason)


def _change(connection: Connection, row: ContingencyRow, **values: Any) -> None:
    same = and_(contingencies.c.contingency_id == row.contingency_id, contingencies.c.revision == row.revision)
    changed = connection.execute(update(contingencies).where(same).values(revision=row.revision + 1, **values))
    if changed.rowcount != 1:
        raise Conflict("Somebody changed this since you read it. Read it again, then repeat your change.")


def _row(row: Row[*tuple[Any, ...]]) -> ContingencyRow:
    decision = Contingency(row.release_id, tuple(json.loads(row.document_ids)), row.released_at, row.withdrawn_at)
    return ContingencyRow(
        contingency_id=row.contingency_id,
        decision=decision,
        reason=row.reason,
        released_by=row.released_by,
        site_back_at=row.site_back_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_reason=row.withdrawn_reason,
        revision=row.revision,
    )
