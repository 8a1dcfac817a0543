"""Messages to webhooks: what is to be sent, whose turn it is to send it, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.rows import is_row, one_row
from app.records.tables import webhook_deliveries as deliveries
from app.records.tables import webhooks

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message to one webhook. Instants aware, UTC.

    Attributes:
        release_id: What it is about; None for one that only shows that messages arrive.
        number: Counts what this webhook is sent of this release, from 1.
        body: What is sent, the same each time.
        due_at: When it is sent, or sent again; None once that is over.
        tries: How often it was taken to be sent, since it was last queued.
        last_status: What the receiver last answered; None where it did not.
        last_trouble: What stood in the way, as ``Trouble`` has it; empty where there was an answer.
        lease_by: Who has it in hand, and since which taking.
    """

    delivery_id: str
    webhook_id: str
    release_id: str | None
    kind: str
    number: int
    body: str
    queued_at: datetime
    due_at: datetime | None
    tries: int = 0
    tried_at: datetime | None = None
    last_status: int | None = None
    last_trouble: str = ""
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None
    lease_by: str | None = None


def add(connection: Connection, row: DeliveryRow, reason_key: str) -> bool:
    """Queue a message, once for one reason.

    Args:
        connection: An open write transaction.
        row: The message.
        reason_key: What it is queued for.

    Returns:
        False when there is a message for this reason already.
    """
    # Both spellings are the same SQL; a failed plain insert would end a PostgreSQL transaction.
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    names = ("delivery_id", "webhook_id", "release_id", "kind", "number", "body", "queued_at", "due_at")
    queued = insert(deliveries).values(reason_key=reason_key, **{name: getattr(row, name) for name in names})
    once = queued.on_conflict_do_nothing(index_elements=["reason_key"]).returning(deliveries.c.delivery_id)
    return connection.execute(once).one_or_none() is not None


def next_number(connection: Connection, webhook_id: str, release_id: str) -> int:
    """Give the number of the next message to a webhook about a release; the caller holds the release.

    Args:
        connection: An open write transaction.
        webhook_id: The webhook.
        release_id: The release.
    """
    of = deliveries.c
    last = select(func.max(of.number)).where(of.webhook_id == webhook_id, of.release_id == release_id)
    return (connection.execute(last).scalar_one() or 0) + 1


def get(connection: Connection, delivery_id: str) -> DeliveryRow:
    """Give a message.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, select(deliveries).where(is_row(deliveries, delivery_id))))


def page(
    connection: Connection, webhook_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[DeliveryRow, ...]:
    """Give the messages to a webhook, the newest first.

    Args:
        connection: Any connection.
        webhook_id: The webhook.
        after: When the last one already given was queued, and its id.
        limit: How many at most.
    """
    of = deliveries.c
    asked = select(deliveries).where(of.webhook_id == webhook_id)
    if after is not None:
        asked = asked.where(or_(of.queued_at < after[0], and_(of.queued_at == after[0], of.delivery_id < after[1])))
    ordered = asked.order_by(of.queued_at.desc(), of.delivery_id.desc()).limit(limit)
    return tuple(map(_row, connection.execute(ordered)))


def waiting(connection: Connection) -> Counter[str]:
    """Count the messages that wait to be sent, by webhook."""
    of = deliveries.c
    counted = select(of.webhook_id, func.count()).where(of.due_at.is_not(None)).group_by(of.webhook_id)
    return Counter(dict(connection.execute(counted).all()))


def any_waiting(connection: Connection, webhook_id: str) -> bool:
    """Say whether a message waits to be sent to a webhook, now or later."""
    of = deliveries.c
    asked = select(of.delivery_id).where(of.webhook_id == webhook_id, of.due_at.is_not(None)).limit(1)
    return connection.execute(asked).first() is not None


def any_due(connection: Connection, at: datetime, *, earlier_from: datetime) -> bool:
    """Say whether a message is to be sent at an instant that nobody has in hand.

    Args:
        connection: Any connection.
        at: Now. Aware, UTC.
        earlier_from: As for ``take``.
    """
    asked = select(deliveries.c.delivery_id).join(webhooks).where(_due(at, earlier_from)).limit(1)
    return connection.execute(asked).first() is not None


def take(
    connection: Connection, at: datetime, *, by: str, until: datetime, limit: int, of_each: int, earlier_from: datetime
) -> list[DeliveryRow]:
    """Take messages that are due, the longest due first, so that nobody else sends them.

    Args:
        connection: An open write transaction.
        at: Now, by the clock that all of us share. Aware, UTC.
        by: Who takes them, by a name that no other taking has: an answer that comes late settles nothing.
        until: From when somebody else may take them, should whoever took them come to grief. Aware, UTC.
        limit: How many at most.
        of_each: How many of one webhook may be in hand at once, so that a slow one holds up nothing but itself.
        earlier_from: A message waits for the one before it about the same release if that was queued after this
            instant. Aware, UTC.

    Returns:
        At most ``limit``; each counted as one more try.
    """
    of = deliveries.c
    held = select(of.webhook_id, func.count()).where(of.lease_until > at, of.due_at.is_not(None))
    counts: Counter[str] = Counter(dict(connection.execute(held.group_by(of.webhook_id)).all()))
    busy = [webhook_id for webhook_id, count in counts.items() if count >= of_each]
    chosen = select(deliveries).join(webhooks).where(_due(at, earlier_from), of.webhook_id.not_in(busy))
    chosen = chosen.order_by(of.due_at, of.delivery_id).limit(_LOOKED_AT)
    taken: list[DeliveryRow] = []
    for row in connection.execute(chosen.with_for_update(of=deliveries, skip_locked=True)):
        if len(taken) < limit and counts[row.webhook_id] < of_each:
            counts[row.webhook_id] += 1
            taken.append(_row(row, tries=row.tries + 1, lease_by=by))
    if taken:
        mine = of.delivery_id.in_([one.delivery_id for one in taken])
        connection.execute(
            update(deliveries).where(mine).values(lease_by=by, lease_until=until, tries=of.tries + 1, tried_at=at)
        )
    return taken


def settle(connection: Connection, row: DeliveryRow, **columns: Any) -> bool:
    """Put on record what came of sending a message.

    Args:
        connection: An open write transaction.
        row: As it was taken.
        columns: What is known now.

    Returns:
        False when somebody else has it by now, or it is over; then nothing must follow from it.
    """
    of = deliveries.c
    mine = update(deliveries).where(
        is_row(deliveries, row.delivery_id), of.lease_by == row.lease_by, of.due_at.is_not(None)
    )
    return connection.execute(mine.values(lease_by=None, lease_until=None, **columns)).rowcount == 1


def send_again(connection: Connection, delivery_id: str, at: datetime) -> bool:
    """Queue a message once more that is over; False when it still waits to be sent. ``at`` aware, UTC."""
    over = update(deliveries).where(is_row(deliveries, delivery_id), deliveries.c.due_at.is_(None))
    again = over.values(due_at=at, tries=0, delivered_at=None, given_up_at=None)
    return connection.execute(again).rowcount == 1


def give_up_all(connection: Connection, webhook_id: str, at: datetime) -> int:
    """Put on record that nothing that waits for a webhook will go by itself.

    Returns:
        How many messages that were.
    """
    of = deliveries.c
    still = update(deliveries).where(of.webhook_id == webhook_id, of.due_at.is_not(None))
    return connection.execute(still.values(due_at=None, given_up_at=at, lease_by=None, lease_until=None)).rowcount


def _due(at: datetime, earlier_from: datetime) -> ColumnElement[bool]:
    of, before = deliveries.c, deliveries.alias("before")
    waits = exists().where(
        before.c.webhook_id == of.webhook_id,
        before.c.release_id == of.release_id,
        before.c.number < of.number,
        before.c.due_at.is_not(None),
        before.c.queued_at > earlier_from,
    )
    free = or_(of.lease_until.is_(None), of.lease_until <= at)
    runs = and_(webhooks.c.ended_at.is_(None), webhooks.c.stopped_at.is_(None))
    return and_(of.due_at <= at, free, runs, ~waits)


def _row(row: Row[Any], **known: Any) -> DeliveryRow:
    return DeliveryRow(**{name: getattr(row, name) for name in DeliveryRow.__slots__} | known)
