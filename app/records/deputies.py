"""Who is to stand in for a recipient, for one release, and what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, insert, select, update

from app.records.rows import is_row, one_row
from app.records.tables import deputies, organisations, people
from app.rules.deputies import DeputyState

_STANDING = (DeputyState.ASKED.value, DeputyState.APPROVED.value)


@dataclass(frozen=True, slots=True)
class DeputyRow:
    """A request that somebody stand in for a recipient.

    Attributes:
        for_person_id, for_name: The recipient.
        name, email, post_title, organisation: Of the deputy, as they were named.
        held_from_on: The first London day on which the deputy holds that post.
        person_id, post_id: Of the deputy, once approved.
        asked_by: The recipient, or who asked for them.
    """

    deputy_id: str
    release_id: str
    for_person_id: str
    for_name: str
    name: str
    email: str
    post_title: str
    organisation_id: str
    organisation: str
    held_from_on: date
    reason: str
    state: DeputyState
    asked_at: datetime
    asked_by: str
    person_id: str | None = None
    post_id: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision_reason: str = ""


def add(connection: Connection, row: DeputyRow) -> None:
    """Add a request."""
    connection.execute(
        insert(deputies).values(
            deputy_id=row.deputy_id,
            release_id=row.release_id,
            for_person_id=row.for_person_id,
            name=row.name,
            email=row.email,
            post_title=row.post_title,
            organisation_id=row.organisation_id,
            held_from_on=row.held_from_on,
            reason=row.reason,
            state=row.state.value,
            asked_at=row.asked_at,
            asked_by=row.asked_by,
        )
    )


def get(connection: Connection, deputy_id: str) -> DeputyRow:
    """Give a request.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, _rows().where(is_row(deputies, deputy_id))))


def of_release(connection: Connection, release_id: str, *, for_person_id: str | None = None) -> tuple[DeputyRow, ...]:
    """Give the requests of a release, the earliest first.

    Args:
        for_person_id: Of this recipient alone; None for all.
    """
    wanted = _rows().where(deputies.c.release_id == release_id)
    if for_person_id is not None:
        wanted = wanted.where(deputies.c.for_person_id == for_person_id)
    return tuple(_row(row) for row in connection.execute(wanted.order_by(deputies.c.asked_at, deputies.c.deputy_id)))


def find_standing(connection: Connection, release_id: str, for_person_id: str) -> DeputyRow | None:
    """Give the request of a recipient that is open or approved; None when there is none."""
    found = (row for row in of_release(connection, release_id, for_person_id=for_person_id))
    return next((row for row in found if row.state.value in _STANDING), None)


def decide(
    connection: Connection,
    deputy_id: str,
    state: DeputyState,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    person_id: str | None = None,
    post_id: str | None = None,
) -> bool:
    """Store what was decided, or that it was withdrawn; False when that had been done already.

    Args:
        state: What became of it.
        at: When. Aware, UTC.
        by: Who decided.
        reason: Why.
        person_id, post_id: Of the deputy, where it is approved.
    """
    still_open = and_(is_row(deputies, deputy_id), deputies.c.state == DeputyState.ASKED.value)
    decided = update(deputies).where(still_open)
    values = {
        "state": state.value,
        "decided_at": at,
        "decided_by": by,
        "decision_reason": reason,
        "person_id": person_id,
        "post_id": post_id,
    }
    return connection.execute(decided.values(values)).rowcount == 1


def _rows() -> Select[Any]:
    return (
        select(deputies, people.c.name.label("for_name"), organisations.c.name.label("organisation"))
        .join(people, people.c.person_id == deputies.c.for_person_id)
        .join(organisations, organisations.c.organisation_id == deputies.c.organisation_id)
    )


def _row(row: Any) -> DeputyRow:
    return DeputyRow(
        deputy_id=row.deputy_id,
        release_id=row.release_id,
        for_person_id=row.for_person_id,
        for_name=row.for_name,
        name=row.name,
        email=row.email,
        post_title=row.post_title,
        organisation_id=row.organisation_id,
        organisation=row.organisation,
        held_from_on=row.held_from_on,
        reason=row.reason,
        state=DeputyState(row.state),
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        person_id=row.person_id,
        post_id=row.post_id,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
    )
