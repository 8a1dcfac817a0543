"""What every act on a webhook needs: the webhook, for whoever may see or change it."""

from __future__ import annotations

from sqlalchemy import Connection

from app.actions.tools import Actor, Transaction, require_role
from app.records import organisations, webhooks
from app.records.webhooks import WebhookRow
from app.rules.errors import Code, OutOfOrder
from app.rules.facts import PRODUCING, Role

KEEPERS = (Role.HEAD_OF_PROFESSION, Role.ADMINISTRATOR)
READERS = (*PRODUCING, Role.AUDITOR, Role.ADMINISTRATOR)


def row_for(connection: Connection, actor: Actor, webhook_id: str, *wanted: Role) -> WebhookRow:
    """Give a webhook to somebody who has one of these roles with its producer.

    Raises:
        NotFound: There is none, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    row = webhooks.get(connection, webhook_id)
    producer = organisations.get_producer(connection, row.producer_id)
    require_role(actor, producer.organisation_id, *wanted)
    return row


def standing_for(tx: Transaction, actor: Actor, webhook_id: str) -> WebhookRow:
    """Give a webhook that was not ended to somebody who may change it; nobody else changes it meanwhile.

    Raises:
        NotFound: There is none, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It was ended.
    """
    webhooks.keep(tx.connection, webhook_id)
    row = row_for(tx.connection, actor, webhook_id, *KEEPERS)
    if row.ended_at is not None:
        raise OutOfOrder("This webhook was ended. Make a new one instead.", code=Code.ALREADY_ENDED)
    return row


def running_for(tx: Transaction, actor: Actor, webhook_id: str) -> WebhookRow:
    """Give a webhook that runs to somebody who may change it; nobody else changes it meanwhile.

    Raises:
        NotFound: There is none, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It was ended, or is stopped.
    """
    return demand_running(standing_for(tx, actor, webhook_id))


def demand_running(row: WebhookRow) -> WebhookRow:
    """Stop unless messages are sent to a webhook; gives it.

    Raises:
        OutOfOrder: It was ended, or is stopped.
    """
    if row.ended_at is not None:
        raise OutOfOrder("This webhook was ended. Make a new one instead.", code=Code.ALREADY_ENDED)
    if not row.runs:
        raise OutOfOrder("This webhook was stopped after long failure. Resume it first.", code=Code.WRONG_STATE)
    return row
