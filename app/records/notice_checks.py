"""When a mail service is to be asked what became of a letter, and who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from app.records.deliveries import those
from app.records.tables import notice_checks


@dataclass(frozen=True, slots=True)
class Check:
    """A letter that a mail service is to be asked about.

    Attributes:
        reference: What it is known by there.
        asked: How often it was asked before.
    """

    notice_id: str
    reference: str
    sent_at: datetime
    asked: int


def ask_from(connection: Connection, notice_id: str, ask_at: datetime) -> None:
    """Have a mail service asked, from an instant on, what became of a letter. Aware, UTC."""
    connection.execute(delete(notice_checks).where(notice_checks.c.notice_id == notice_id))
    connection.execute(insert(notice_checks).values(notice_id=notice_id, ask_at=ask_at))


def any_to_ask(connection: Connection, at: datetime) -> bool:
    """Say whether a mail service is to be asked about a letter now. Aware, UTC."""
    return (
        connection.execute(select(notice_checks.c.notice_id).where(notice_checks.c.ask_at <= at).limit(1)).first()
        is not None
    )


def take_checks(connection: Connection, at: datetime, *, limit: int, until: datetime) -> list[Check]:
    """Take letters that a mail service is to be asked about, so that nobody else asks meanwhile.

    Args:
        connection: A writing one.
        at: Now. Aware, UTC.
        limit: How many at most.
        until: When they are asked about again, should whoever took them come to grief. Aware, UTC.

    Returns:
        At most ``limit``, the longest waiting first; each counted as asked once more.
    """
    due = (
        select(notice_checks.c.notice_id, notice_checks.c.asked)
        .where(notice_checks.c.ask_at <= at)
        .order_by(notice_checks.c.ask_at, notice_checks.c.notice_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = {row.notice_id: row.asked for row in connection.execute(due)}
    if not taken:
        return []
    held = update(notice_checks).where(notice_checks.c.notice_id.in_(taken))
    connection.execute(held.values(ask_at=until, asked=notice_checks.c.asked + 1))
    known = {row.notice_id: row for row in those(connection, taken)}
    checks = [
        Check(one, known[one].reference, sent_at, asked)
        for one, asked in taken.items()
        if (sent_at := known[one].track.sent_at) is not None
    ]
    over = taken.keys() - {one.notice_id for one in checks}
    if over:
        connection.execute(delete(notice_checks).where(notice_checks.c.notice_id.in_(over)))
    return checks


def put_off(connection: Connection, notice_ids: Sequence[str], ask_at: datetime) -> None:
    """Give letters back that were taken and not asked about.

    Args:
        connection: A writing one.
        notice_ids: At most as many as are taken at once.
        ask_at: When they are asked about instead. Aware, UTC.
    """
    given_back = update(notice_checks).where(notice_checks.c.notice_id.in_(notice_ids))
    connection.execute(given_back.values(ask_at=ask_at, asked=notice_checks.c.asked - 1))


def put_check(connection: Connection, notice_id: str, ask_at: datetime | None) -> None:
    """Say when a mail service is asked about a letter next; never again where None. Aware, UTC."""
    mine = notice_checks.c.notice_id == notice_id
    if ask_at is None:
        connection.execute(delete(notice_checks).where(mine))
    else:
        connection.execute(update(notice_checks).where(mine).values(ask_at=ask_at))
