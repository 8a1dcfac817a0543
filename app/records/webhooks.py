"""Webhooks of a producer: where its own systems are told what is public, and the secrets that sign it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from app.records.rows import is_row, one_row
from app.records.tables import webhook_secrets, webhooks


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """Where a producer's own system is told what is public. Instants aware, UTC.

    Attributes:
        name: What the producer calls it.
        kinds: Types of the news it is sent.
        failing_since: Since when nothing was taken; None while messages are.
        stopped_because: Why nothing is sent any more; empty while it runs, or once somebody ended it.
    """

    webhook_id: str
    producer_id: str
    name: str
    url: str
    kinds: tuple[str, ...]
    made_at: datetime
    made_by: str
    failing_since: datetime | None = None
    stopped_at: datetime | None = None
    stopped_because: str = ""
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def runs(self) -> bool:
        """Whether messages are sent to it."""
        return self.ended_at is None and self.stopped_at is None


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret that messages are signed with, wrapped; bound to ``secret_id``. ``ends_at`` None for the current one."""

    secret_id: str
    wrapped: bytes
    ends_at: datetime | None


def add(connection: Connection, row: WebhookRow) -> None:
    """Put a webhook on record."""
    names = ("webhook_id", "producer_id", "name", "url", "made_at", "made_by")
    values = {name: getattr(row, name) for name in names}
    connection.execute(insert(webhooks), {**values, "kinds": json.dumps(list(row.kinds))})


def get(connection: Connection, webhook_id: str) -> WebhookRow:
    """Give a webhook.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, select(webhooks).where(is_row(webhooks, webhook_id))))


def keep(connection: Connection, webhook_id: str) -> None:
    """Let nobody else decide on this webhook until this transaction is over; called first.

    Args:
        connection: An open write transaction. SQLite has only one at a time, so there it does nothing.
        webhook_id: The webhook; it need not exist.
    """
    kept = select(webhooks.c.webhook_id).where(is_row(webhooks, webhook_id))
    connection.execute(kept.with_for_update(key_share=True))


def of_producer(connection: Connection, producer_id: str, *, running: bool = False) -> tuple[WebhookRow, ...]:
    """Give the webhooks of a producer, the newest first.

    Args:
        connection: Any connection.
        producer_id: Whose.
        running: Only those to which messages are sent; otherwise all that there ever were.
    """
    of = webhooks.c
    asked = select(webhooks).where(of.producer_id == producer_id).order_by(of.made_at.desc(), of.webhook_id)
    if running:
        asked = asked.where(of.ended_at.is_(None), of.stopped_at.is_(None))
    return tuple(map(_row, connection.execute(asked)))


def every(connection: Connection) -> tuple[WebhookRow, ...]:
    """Give every webhook that was not ended, by producer, the newest first."""
    of = webhooks.c
    asked = select(webhooks).where(of.ended_at.is_(None))
    return tuple(map(_row, connection.execute(asked.order_by(of.producer_id, of.made_at.desc(), of.webhook_id))))


def end(connection: Connection, webhook_id: str, *, at: datetime, by: str) -> bool:
    """Put on record that a webhook is wanted no more, and forget its secrets; False when it was not already."""
    standing = update(webhooks).where(is_row(webhooks, webhook_id), webhooks.c.ended_at.is_(None))
    if connection.execute(standing.values(ended_at=at, ended_by=by)).rowcount != 1:
        return False
    connection.execute(delete(webhook_secrets).where(webhook_secrets.c.webhook_id == webhook_id))
    return True


def note_failing(connection: Connection, webhook_id: str, since: datetime | None) -> None:
    """Keep since when nothing was taken; None when something was. Aware, UTC."""
    connection.execute(update(webhooks).where(is_row(webhooks, webhook_id)).values(failing_since=since))


def stop(connection: Connection, webhook_id: str, *, at: datetime, because: str) -> bool:
    """Put on record that nothing is sent to a webhook any more.

    Args:
        connection: An open write transaction.
        webhook_id: The webhook.
        at: When. Aware, UTC.
        because: Why, as ``StoppedBecause`` has it.

    Returns:
        False when nothing was before.
    """
    of = webhooks.c
    running = update(webhooks).where(is_row(webhooks, webhook_id), of.stopped_at.is_(None), of.ended_at.is_(None))
    return connection.execute(running.values(stopped_at=at, stopped_because=because)).rowcount == 1


def resume(connection: Connection, webhook_id: str) -> bool:
    """Put on record that a webhook that was stopped runs again; False when it was not stopped."""
    of = webhooks.c
    stopped = update(webhooks).where(is_row(webhooks, webhook_id), of.stopped_at.is_not(None), of.ended_at.is_(None))
    again = stopped.values(stopped_at=None, stopped_because="", failing_since=None)
    return connection.execute(again).rowcount == 1


def add_secret(connection: Connection, webhook_id: str, secret: SecretRow, *, at: datetime) -> None:
    """Keep a new secret of a webhook, wrapped."""
    connection.execute(
        insert(webhook_secrets),
        {"secret_id": secret.secret_id, "webhook_id": webhook_id, "wrapped": secret.wrapped, "made_at": at},
    )


def retire_secrets(connection: Connection, webhook_id: str, *, ends_at: datetime, at: datetime) -> None:
    """Let the current secret count until an instant and no longer, and forget those whose time is over.

    Args:
        connection: An open write transaction.
        webhook_id: The webhook.
        ends_at: Until when the current one counts. Aware, UTC.
        at: Now. Aware, UTC.
    """
    of = webhook_secrets.c
    connection.execute(delete(webhook_secrets).where(of.webhook_id == webhook_id, of.ends_at <= at))
    current = update(webhook_secrets).where(of.webhook_id == webhook_id, of.ends_at.is_(None))
    connection.execute(current.values(ends_at=ends_at))


def secrets_of(connection: Connection, webhook_id: str, at: datetime) -> tuple[SecretRow, ...]:
    """Give the secrets of a webhook that count at an instant, the newest first."""
    of = webhook_secrets.c
    counts = and_(of.webhook_id == webhook_id, or_(of.ends_at.is_(None), of.ends_at > at))
    rows = connection.execute(select(webhook_secrets).where(counts).order_by(of.made_at.desc(), of.secret_id))
    return tuple(SecretRow(row.secret_id, bytes(row.wrapped), row.ends_at) for row in rows)


def _row(row: Row[Any]) -> WebhookRow:
    return WebhookRow(
        webhook_id=row.webhook_id,
        producer_id=row.producer_id,
        name=row.name,
        url=row.url,
        kinds=tuple(json.loads(row.kinds)),
        made_at=row.made_at,
        made_by=row.made_by,
        failing_since=row.failing_since,
        stopped_at=row.stopped_at,
        stopped_because=row.stopped_because,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
