"""What we owe people by mail, whether it went, and when to try again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.rows import is_row
from app.records.tables import notices
from app.rules.deliveries import REPLACED, Doubt
from app.rules.mailanswers import Bounce


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice to be sent.

    Attributes:
        reason_key: What it is owed for; a secret is wrapped in this context.
        secret: Wrapped bytes that take the place of ``{secret}`` in the body, or None.
        queued_at: Aware, UTC.
        tries: How often it was taken to be sent, this time included.
        doubt: An earlier try may have sent it, or two have.
        sent_again: How often it went before, did not arrive, and was let go once more.
    """

    notice_id: str
    email: str
    person_id: str | None
    kind: str
    reason_key: str
    subject: str
    body: str
    secret: bytes | None
    queued_at: datetime
    tries: int
    doubt: Doubt = Doubt.NONE
    sent_again: int = 0

    @property
    def reference(self) -> str:
        """What this sending of it is known by outside; the same at each try."""
        return f"{self.notice_id}-{self.sent_again}" if self.sent_again else self.notice_id


def add(
    connection: Connection,
    *,
    notice_id: str,
    email: str,
    person_id: str | None,
    kind: str,
    reason_key: str,
    subject: str,
    body: str,
    at: datetime,
    secret: bytes | None = None,
    release_id: str | None = None,
    text_version: int | None = None,
) -> bool:
    """Owe somebody a notice, once for one reason.

    Args:
        at: When it becomes due. Aware, UTC.
        secret: Wrapped in the context of ``reason_key``.
        release_id: What it is about, where that is one release.
        text_version: Which version of its text it has.

    Returns:
        False when there is a notice for this reason already.
    """
    # Both spellings are the same SQL; a failed plain insert would end a PostgreSQL transaction.
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    owed = insert(notices).values(
        notice_id=notice_id,
        email=email,
        person_id=person_id,
        kind=kind,
        reason_key=reason_key,
        subject=subject,
        body=body,
        secret=secret,
        queued_at=at,
        due_at=at,
        release_id=release_id,
        text_version=text_version,
    )
    # What comes back says whether it was added: not every driver counts the rows of such an insert.
    once = owed.on_conflict_do_nothing(index_elements=["reason_key"]).returning(notices.c.notice_id)
    return connection.execute(once).one_or_none() is not None


def keys_known(connection: Connection, reason_keys: Collection[str]) -> frozenset[str]:
    """Give those of these reasons for which there is a notice already, sent or not.

    Args:
        connection: Any connection.
        reason_keys: The reasons asked about.
    """
    asked = select(notices.c.reason_key).where(notices.c.reason_key.in_(sorted(reason_keys)))
    return frozenset(connection.execute(asked).scalars())


def is_known(connection: Connection, reason_key: str) -> bool:
    """Say whether a notice was owed for this reason already.

    Args:
        reason_key: As it was queued with.
    """
    return connection.execute(select(notices.c.notice_id).where(notices.c.reason_key == reason_key)).first() is not None


def any_due(connection: Connection, at: datetime) -> bool:
    """Say whether anything waits to be sent at an instant."""
    return connection.execute(select(notices.c.notice_id).where(_due(at)).limit(1)).one_or_none() is not None


def take_due(connection: Connection, at: datetime, *, limit: int, until: datetime) -> list[NoticeRow]:
    """Take notices that are due, the longest waiting first, so that nobody else takes them.

    Args:
        until: When they become due again, should whoever took them come to grief. Aware, UTC.

    Returns:
        At most ``limit``; each counted as one more try.
    """
    chosen = select(notices).where(_due(at)).order_by(notices.c.due_at, notices.c.notice_id).limit(limit)
    rows = connection.execute(chosen.with_for_update(skip_locked=True)).all()
    taken = [_notice(row) for row in rows]
    if not taken:
        return []
    mine = notices.c.notice_id.in_([notice.notice_id for notice in taken])
    # Whoever had it in hand before never said how that ended: it may have gone.
    doubt = case((notices.c.in_hand, Doubt.PERHAPS_TWICE.value), else_=notices.c.doubt)
    connection.execute(
        update(notices).where(mine).values(due_at=until, tries=notices.c.tries + 1, doubt=doubt, in_hand=True)
    )
    return taken


def mark_sent(
    connection: Connection, notice_id: str, at: datetime, *, handed_id: str = "", doubt: Doubt = Doubt.NONE
) -> bool:
    """Put on record that a notice went, and forget its secret.

    Args:
        at: When. Aware, UTC.
        handed_id: The mail system's own name for it.
        doubt: Whether it may have gone twice.

    Returns:
        False when that was on record already, or the letter is emptied meanwhile.
    """
    went = {"sent_at": at, "secret": None, "last_error": None, "in_hand": False}
    return _finish(connection, notice_id, **went, handed_id=handed_id[:64], doubt=doubt.value)


def mark_failed(
    connection: Connection, notice_id: str, error: str, *, again_at: datetime, unanswered: bool = False
) -> bool:
    """Put on record that a notice did not go, and when to try again. Aware, UTC.

    Args:
        error: What kind of thing went wrong, without anybody's name.
        again_at: When to try again. Aware, UTC.
        unanswered: The mail system was given it and did not answer: it may have gone.

    Returns:
        False when it went meanwhile, or is emptied.
    """
    return _finish(connection, notice_id, last_error=error, due_at=again_at, in_hand=unanswered)


def give_up(connection: Connection, notice_id: str, error: str, at: datetime, *, bounce: Bounce | None = None) -> bool:
    """Put on record that a notice will never go, and forget its secret.

    Args:
        error: What kind of thing went wrong, without anybody's name.
        at: When. Aware, UTC.
        bounce: It is its address that is refused.

    Returns:
        False when it went meanwhile, or is emptied.
    """
    back = {} if bounce is None else {"bounced_at": at, "bounce": bounce.value}
    return _finish(connection, notice_id, given_up_at=at, secret=None, last_error=error, in_hand=False, **back)


def give_up_unsent(connection: Connection, *, reason_keys: Collection[str], at: datetime) -> None:
    """Put on record that the notices for these reasons that have not gone yet will not go, and forget their secrets.

    Args:
        reason_keys: As the notices were queued with; at most a few hundred.
        at: When. Aware, UTC.
    """
    unsent = update(notices).where(
        notices.c.reason_key.in_(reason_keys),
        notices.c.sent_at.is_(None),
        notices.c.given_up_at.is_(None),
    )
    connection.execute(unsent.values(given_up_at=at, secret=None, last_error=REPLACED))


def _finish(connection: Connection, notice_id: str, **columns: Any) -> bool:
    # A letter without an address was emptied with the records it was about, perhaps while it was in somebody's hands.
    unsent = update(notices).where(is_row(notices, notice_id), notices.c.sent_at.is_(None), notices.c.email != "")
    return connection.execute(unsent.values(**columns)).rowcount == 1


def _due(at: datetime) -> ColumnElement[bool]:
    waits = and_(notices.c.sent_at.is_(None), notices.c.given_up_at.is_(None), notices.c.email != "")
    return and_(waits, notices.c.due_at <= at)


def _notice(row: Any) -> NoticeRow:
    return NoticeRow(
        row.notice_id,
        row.email,
        row.person_id,
        row.kind,
        row.reason_key,
        row.subject,
        row.body,
        row.secret,
        row.queued_at,
        row.tries + 1,
        Doubt.PERHAPS_TWICE if row.in_hand else Doubt(row.doubt),
        row.sent_again,
    )
