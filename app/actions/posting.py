"""Sending messages to webhooks. Never on the path of a decision: whether a receiver answers changes nothing else.

The walk of one message: 1. it is taken, for a minute, so that nobody else sends it; 2. it is signed and sent outside
any transaction; 3. what came of it is on record. Whoever dies between 2 and 3 leaves it to be sent again under the same
id, by which the receiver knows that it has it.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta

from app.actions import desk
from app.actions.hooking import KEEPERS
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import organisations, people, webhooks
from app.records import webhook_deliveries as deliveries
from app.records.webhook_deliveries import DeliveryRow as DeliveryRow
from app.records.webhooks import SecretRow, WebhookRow
from app.rules.errors import Broken
from app.rules.facts import Person, Role
from app.rules.watchplans import host_of
from app.rules.webhookletters import stopped_letter, told_trouble
from app.rules.webhooks import WAITS_FOR_EARLIER, PostAnswer, StoppedBecause, again_at
from app.rules.webhooks import stops as stops_now

logger = logging.getLogger("pra.webhooks")

HELD_FOR = timedelta(minutes=1)
"""Longer than sending one takes, so that nobody sends what we still have in hand."""
OF_EACH = 2
"""How many messages of one webhook are in hand at once: a slow one holds up nothing but itself."""


def take_messages(tools: Tools, by: str, limit: int) -> list[DeliveryRow]:
    """Take messages that are due, the longest due first.

    Args:
        tools: The tools.
        by: Who takes them; different for each process, and each time one starts.
        limit: How many at most; also how many wait for a minute, and may go twice, after a crash.

    Returns:
        The messages, now ours for ``HELD_FOR``.
    """
    if tools.webhook_post is None or limit < 1:
        return []
    at = tools.clock.now()
    earlier_from = at - WAITS_FOR_EARLIER
    with tools.reading() as connection:
        if not deliveries.any_due(connection, at, earlier_from=earlier_from):
            return []
    with tools.transaction() as tx:
        until = at + HELD_FOR
        # A name of its own for each taking: we may take again what we ourselves were too slow to settle.
        lease_by = f"{by}:{secrets.token_hex(8)}"
        taken = deliveries.take(
            tx.connection, at, by=lease_by, until=until, limit=limit, of_each=OF_EACH, earlier_from=earlier_from
        )
        if taken:
            tx.append(Entry(EntryKind.WEBHOOKS_TAKEN, at, said={"delivery_ids": [one.delivery_id for one in taken]}))
    return taken


def send_message(tools: Tools, message: DeliveryRow) -> bool:
    """Send one message, and put on record what came of it.

    Args:
        tools: The tools.
        message: As it was taken.

    Returns:
        Whether the receiver has taken it.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        webhook = webhooks.get(connection, message.webhook_id)
        known = webhooks.secrets_of(connection, message.webhook_id, at)
    if not webhook.runs or tools.webhook_post is None:
        return False  # ended or stopped since it was taken, and given up with the others
    body, seconds = message.body.encode(), int(at.timestamp())
    try:
        headers = _signed(tools, known, message.delivery_id, seconds, body)
    except Broken as error:
        logger.error("%s cannot be signed: %s: %s", message.delivery_id, error.code.value, error.detail)
        _failed(tools, message, PostAnswer())  # as a receiver that does not answer: later again, and not for ever
        return False
    answer = tools.webhook_post.post(webhook.url, body, headers)
    if answer.taken:
        _taken(tools, message, answer)
    else:
        _failed(tools, message, answer)
    return answer.taken


def _signed(tools: Tools, known: tuple[SecretRow, ...], message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    if not known:
        raise Broken("the webhook has no secret")
    wrapped = [(one.wrapped, one.secret_id) for one in known]
    signature: str = tools.keys.sign_webhook(wrapped, message_id=message_id, timestamp_seconds=seconds, body=body)
    return {"webhook-id": message_id, "webhook-timestamp": str(seconds), "webhook-signature": signature}


def _taken(tools: Tools, message: DeliveryRow, answer: PostAnswer) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        webhooks.keep(tx.connection, message.webhook_id)
        webhook = webhooks.get(tx.connection, message.webhook_id)
        ours = deliveries.settle(tx.connection, message, due_at=None, delivered_at=at, **_told(answer))
        tx.append(_entry(EntryKind.WEBHOOK_SENT, Outcome.DONE, webhook, message, at, answer))
        if not ours:
            logger.warning("%s was taken, too late for us to settle it", message.delivery_id)
        elif webhook.failing_since is not None:
            webhooks.note_failing(tx.connection, webhook.webhook_id, None)


def _failed(tools: Tools, message: DeliveryRow, answer: PostAnswer) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        webhooks.keep(tx.connection, message.webhook_id)
        webhook = webhooks.get(tx.connection, message.webhook_id)
        since = webhook.failing_since or at
        due_at = again_at(message.delivery_id, message.tries, answer, at)
        over = {} if due_at else {"given_up_at": at}
        ours = deliveries.settle(tx.connection, message, due_at=due_at, **over, **_told(answer))
        ended = Outcome.ABORTED if due_at or not ours else Outcome.STOPPED
        tx.append(_entry(EntryKind.WEBHOOK_FAILED, ended, webhook, message, at, answer))
        if not ours:
            logger.warning("%s failed, too late for us to settle it", message.delivery_id)
            return
        because = stops_now(since, answer, at)
        if because is not None and webhook.runs:
            _stop(tools, tx, webhook, because, since, answer, at)
        elif not deliveries.any_waiting(tx.connection, webhook.webhook_id):
            # Nothing is tried any more: the next failure, in a month perhaps, is the first of its own.
            webhooks.note_failing(tx.connection, webhook.webhook_id, None)
        elif webhook.failing_since is None:
            webhooks.note_failing(tx.connection, webhook.webhook_id, since)


def _stop(
    tools: Tools,
    tx: Transaction,
    webhook: WebhookRow,
    because: StoppedBecause,
    since: datetime,
    answer: PostAnswer,
    at: datetime,
) -> None:
    """Send nothing more to a webhook; write to the heads of profession, and to its maker while it is theirs to mend."""
    if not webhooks.stop(tx.connection, webhook.webhook_id, at=at, because=because.value):
        return
    dropped = deliveries.give_up_all(tx.connection, webhook.webhook_id, at)
    said = {"webhook_id": webhook.webhook_id, "because": because.value, "given_up": dropped}
    tx.append(Entry(EntryKind.WEBHOOK_STOPPED, at, producer_id=webhook.producer_id, said=said))
    organisation_id = organisations.get_producer(tx.connection, webhook.producer_id).organisation_id
    told = {one.person_id: one for one in _heads(tx, organisation_id, at)}
    maker = people.find(tx.connection, webhook.made_by)
    if maker is not None and _keeps(tx, maker, organisation_id, at):
        told[maker.person_id] = maker
    host = host_of(webhook.url) or ""
    address = f"{tools.policy.public_address}/producer/webhooks/{webhook.webhook_id}"
    subject, body = stopped_letter(webhook.name, host, because, since, answer, address)
    for person in told.values():
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="webhook_stopped",
            reason_key=f"webhook_stopped:{webhook.webhook_id}:{at.isoformat()}:{person.person_id}",
            subject=subject,
            body=body,
        )


def _heads(tx: Transaction, organisation_id: str, at: datetime) -> tuple[Person, ...]:
    return people.people_with_role(tx.connection, organisation_id, Role.HEAD_OF_PROFESSION, at=at)


def _keeps(tx: Transaction, person: Person, organisation_id: str, at: datetime) -> bool:
    held = people.roles_of(tx.connection, person.person_id, at)
    return any(one.role in KEEPERS and one.organisation_id in (organisation_id, None) for one in held)


def _told(answer: PostAnswer) -> dict[str, object]:
    return {"last_status": answer.status, "last_trouble": answer.trouble.value if answer.trouble else ""}


def _entry(
    kind: EntryKind, outcome: Outcome, webhook: WebhookRow, message: DeliveryRow, at: datetime, answer: PostAnswer
) -> Entry:
    said = {
        "webhook_id": webhook.webhook_id,
        "delivery_id": message.delivery_id,
        "kind": message.kind,
        "tries": message.tries,
        "status": answer.status,
        "trouble": told_trouble(answer.trouble.value) if answer.trouble else None,
    }
    return Entry(kind, at, outcome, producer_id=webhook.producer_id, release_id=message.release_id, said=said)
