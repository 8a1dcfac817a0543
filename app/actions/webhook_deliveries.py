"""Messages to webhooks: looked at, and sent again by hand, by those who run a producer and by the operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.actions.hooking import READERS, demand_running, row_for, running_for
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import webhook_deliveries as deliveries
from app.records import webhooks
from app.records.webhook_deliveries import DeliveryRow as DeliveryRow
from app.records.webhooks import WebhookRow
from app.rules.errors import Code, OutOfOrder


def list_deliveries(
    tools: Tools, actor: Actor, webhook_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[DeliveryRow, ...]:
    """Give the messages to a webhook, the newest first, each with what came of it last.

    Args:
        tools: The tools.
        actor: Who asks.
        webhook_id: The webhook.
        after: When the last one already given was queued, and its id.
        limit: How many at most.

    Raises:
        NotFound: There is no such webhook, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        row_for(connection, actor, webhook_id, *READERS)
        return deliveries.page(connection, webhook_id, after=after, limit=limit)


def deliveries_for_operator(tools: Tools, webhook_id: str, *, limit: int = 50) -> tuple[DeliveryRow, ...]:
    """Give the newest messages to a webhook, for whoever runs the service.

    Raises:
        NotFound: There is no such webhook.
    """
    with tools.reading() as connection:
        webhooks.get(connection, webhook_id)
        return deliveries.page(connection, webhook_id, limit=limit)


def send_again(tools: Tools, actor: Actor, delivery_id: str) -> DeliveryRow:
    """Queue a message once more, with the id and the words that it had.

    Raises:
        NotFound: There is no such message, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: Its webhook does not run, or it still waits to be sent.
    """
    return _sent_again(tools, actor.actor_id, delivery_id, lambda tx, row: running_for(tx, actor, row.webhook_id))


def send_again_by_operator(tools: Tools, delivery_id: str) -> DeliveryRow:
    """Queue a message once more, by whoever runs the service.

    Raises:
        NotFound: There is no such message.
        OutOfOrder: Its webhook does not run, or it still waits to be sent.
    """

    def found(tx: Transaction, row: DeliveryRow) -> WebhookRow:
        webhooks.keep(tx.connection, row.webhook_id)
        return demand_running(webhooks.get(tx.connection, row.webhook_id))

    return _sent_again(tools, "operator", delivery_id, found)


def _sent_again(
    tools: Tools, by: str, delivery_id: str, webhook_of: Callable[[Transaction, DeliveryRow], WebhookRow]
) -> DeliveryRow:
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = deliveries.get(tx.connection, delivery_id)
        webhook = webhook_of(tx, row)
        if not deliveries.send_again(tx.connection, delivery_id, at):
            raise OutOfOrder("This message still waits to be sent. Nothing was changed.", code=Code.WRONG_STATE)
        said = {"webhook_id": row.webhook_id, "delivery_id": delivery_id, "kind": row.kind, "act": "again"}
        tx.append(
            Entry(
                EntryKind.WEBHOOK_QUEUED,
                at,
                actor_id=by,
                producer_id=webhook.producer_id,
                release_id=row.release_id,
                said=said,
            )
        )
        return deliveries.get(tx.connection, delivery_id)
