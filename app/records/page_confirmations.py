"""The publishing team's word that a page is scheduled, each time it was given; none is ever changed but to end it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from app.records.rows import is_row, one_row
from app.records.tables import page_confirmations, releases
from app.rules.pageconfirmations import CONFIRMED_IN, Ended, PageConfirmation

_MANY = 500  # how many ids one query names; SQLite takes a limited number
_OF = page_confirmations.c
_AHEAD = tuple(state.value for state in CONFIRMED_IN)


def get(connection: Connection, confirmation_id: str) -> PageConfirmation:
    """Give one confirmation.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, select(page_confirmations).where(is_row(page_confirmations, confirmation_id))))


def of_release(connection: Connection, release_id: str) -> tuple[PageConfirmation, ...]:
    """Give every confirmation of a release, the newest first."""
    return tuple(reversed(of_releases(connection, [release_id]).get(release_id, ())))


def of_releases(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[PageConfirmation, ...]]:
    """Give every confirmation of some releases by release id, the oldest first.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    wanted = sorted(release_ids)
    found: dict[str, list[PageConfirmation]] = {}
    for place in range(0, len(wanted), _MANY):
        some = select(page_confirmations).where(_OF.release_id.in_(wanted[place : place + _MANY]))
        for row in connection.execute(some.order_by(_OF.confirmed_at, _OF.confirmation_id)):
            found.setdefault(row.release_id, []).append(_row(row))
    return {release_id: tuple(rows) for release_id, rows in found.items()}


def standing(connection: Connection) -> tuple[PageConfirmation, ...]:
    """Give every confirmation that nobody has put on record as ended, of releases that are still to be published."""
    stands = select(page_confirmations).join(releases, releases.c.release_id == _OF.release_id)
    stands = stands.where(_OF.ended_at.is_(None), releases.c.state.in_(_AHEAD))
    return tuple(_row(row) for row in connection.execute(stands.order_by(_OF.confirmed_at, _OF.confirmation_id)))


def times_set(connection: Connection, release_ids: Collection[str]) -> dict[str, datetime]:
    """Give the time set for each of some releases, by release id. Aware, UTC.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    wanted = sorted(release_ids)
    found: dict[str, datetime] = {}
    for place in range(0, len(wanted), _MANY):
        some = select(releases.c.release_id, releases.c.publishes_at)
        rows = connection.execute(some.where(releases.c.release_id.in_(wanted[place : place + _MANY])))
        found.update({row.release_id: row.publishes_at for row in rows})
    return found


def add(connection: Connection, said: PageConfirmation) -> None:
    """Put a confirmation on record."""
    names = ("confirmation_id", "release_id", "publishes_at", "page_url", "scheduled_by", "seen", "documents_sha256")
    values = {name: getattr(said, name) for name in (*names, "confirmed_at", "confirmed_by")}
    connection.execute(insert(page_confirmations), values)


def end(
    connection: Connection, confirmation_id: str, because: Ended, *, at: datetime, by: str | None, reason: str = ""
) -> bool:
    """Put on record that a confirmation stands no more.

    Args:
        connection: An open write transaction.
        confirmation_id: The confirmation.
        because: Why.
        at: When. Aware, UTC.
        by: Who says so; None for the service itself.
        reason: In their words, if they gave one.

    Returns:
        False when that was on record already.
    """
    stands = update(page_confirmations).where(is_row(page_confirmations, confirmation_id), _OF.ended_at.is_(None))
    ended = stands.values(ended_at=at, ended_by=by, ended_because=because.value, reason=reason)
    return connection.execute(ended).rowcount == 1


def _row(row: Row[Any]) -> PageConfirmation:
    return PageConfirmation(
        confirmation_id=row.confirmation_id,
        release_id=row.release_id,
        publishes_at=row.publishes_at,
        page_url=row.page_url,
        scheduled_by=row.scheduled_by,
        seen=row.seen,
        documents_sha256=row.documents_sha256,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_because=Ended(row.ended_because) if row.ended_because else None,
        reason=row.reason,
    )
