"""Webhooks of a producer: made, looked at, given a new secret, tried, resumed and ended.

Messages hold what is public and nothing else, so a webhook gives nobody access to anything. It does have this service
connect to another machine, and what that machine then does follows from our word: so a head of profession makes it, as
they say where the watch may look, or an administrator of the service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.hooking import KEEPERS, READERS, row_for, running_for, standing_for
from app.actions.tools import NOTHING_THERE as NOTHING_THERE
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import organisations, webhooks
from app.records import webhook_deliveries as deliveries
from app.records.webhook_deliveries import DeliveryRow as DeliveryRow
from app.records.webhooks import SecretRow
from app.records.webhooks import WebhookRow as WebhookRow
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.publicnews import NewsKind
from app.rules.watchplans import host_of
from app.rules.webhooks import OLD_SECRET, TRIAL, check_address, trial_message

WEBHOOKS_LIMIT = 10


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook as those who run it see it.

    Attributes:
        old_secret_until: Until when messages are signed with the secret before the current one too. Aware, UTC.
        waiting: How many messages wait to be sent.
        may_change: Whether whoever asks may change it.
    """

    row: WebhookRow
    producer_name: str
    old_secret_until: datetime | None
    waiting: int
    may_change: bool

    @property
    def address(self) -> str:
        """Where messages go; to those who may not change it the host alone: what follows it is often a secret."""
        return self.row.url if self.may_change else f"https://{host_of(self.row.url) or ''}"


@dataclass(frozen=True, slots=True)
class OfProducer:
    """The webhooks of one producer, for whoever asks; ``may_make`` says whether they may make another."""

    producer_id: str
    producer_name: str
    views: tuple[WebhookView, ...]
    may_make: bool


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook and its new secret, which is told this once."""

    view: WebhookView
    secret: str


def make_webhook(
    tools: Tools, actor: Actor, producer_id: str, *, name: str, url: str, kinds: Sequence[NewsKind]
) -> NewSecret:
    """Have a producer's own system told of what is public from now on.

    Args:
        tools: The tools.
        actor: The head of profession, or an administrator.
        producer_id: Whose news.
        name: What it is for.
        url: Where messages are sent; https, and a host's name.
        kinds: What it is told of.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: The address cannot be used, nothing is wanted, or there are too many already.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *KEEPERS)
        host = check_address(url)
        if not kinds:
            what = "names nothing: choose at least one"
            raise Malformed("Say of what it is to be told.", errors=[{"where": "kinds", "what": what}])
        standing = [one for one in webhooks.of_producer(tx.connection, producer_id) if one.ended_at is None]
        if len(standing) >= WEBHOOKS_LIMIT:
            raise Malformed(f"At most {WEBHOOKS_LIMIT} webhooks count at once. End one that is not needed first.")
        chosen = tuple(kind.value for kind in NewsKind if kind in kinds)
        row = WebhookRow(tools.new_id("whk"), producer_id, name, url, chosen, at, actor.actor_id)
        webhooks.add(tx.connection, row)
        secret = _new_secret(tools, tx, row, at)
        said: dict[str, object] = {"webhook_id": row.webhook_id, "host": host, "kinds": list(chosen)}
        tx.append(_entry(EntryKind.WEBHOOK_MADE, actor, row, at, said, {"name": name, "url": url}))
        return NewSecret(_view(tx.connection, actor, row, at), secret)


def list_webhooks(tools: Tools, actor: Actor, producer_id: str) -> tuple[WebhookView, ...]:
    """Give a producer's webhooks, ended ones too, the newest first.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READERS)
        rows = webhooks.of_producer(connection, producer_id)
        counts = deliveries.waiting(connection)
        return tuple(_view(connection, actor, row, at, counts) for row in rows)


def list_own(tools: Tools, actor: Actor) -> tuple[OfProducer, ...]:
    """Give the webhooks of each producer whose webhooks whoever asks may see, by the producer's name.

    Raises:
        NotFound: There is none that they may see.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        counts = deliveries.waiting(connection)
        found = tuple(
            OfProducer(
                one.producer_id,
                one.name,
                tuple(
                    _view(connection, actor, row, at, counts)
                    for row in webhooks.of_producer(connection, one.producer_id)
                ),
                actor.has(one.organisation_id, *KEEPERS),
            )
            for one in organisations.list_producers(connection)
            if actor.has(one.organisation_id, *READERS)
        )
    if not found:
        raise NotFound(NOTHING_THERE)
    return found


def read_webhook(tools: Tools, actor: Actor, webhook_id: str) -> WebhookView:
    """Give a webhook.

    Raises:
        NotFound: There is none, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = row_for(connection, actor, webhook_id, *READERS)
        return _view(connection, actor, row, at)


def rotate_secret(tools: Tools, actor: Actor, webhook_id: str) -> NewSecret:
    """Give a webhook a new secret. For a day messages are signed with the one before it too.

    Raises:
        NotFound: There is no such webhook, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It was ended.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = standing_for(tx, actor, webhook_id)
        webhooks.retire_secrets(tx.connection, webhook_id, ends_at=at + OLD_SECRET, at=at)
        secret = _new_secret(tools, tx, row, at)
        tx.append(_entry(EntryKind.WEBHOOK_CHANGED, actor, row, at, {"webhook_id": webhook_id, "act": "rotate"}))
        return NewSecret(_view(tx.connection, actor, row, at), secret)


def try_webhook(tools: Tools, actor: Actor, webhook_id: str) -> DeliveryRow:
    """Queue a message that tells nothing, to see that it arrives.

    Raises:
        NotFound: There is no such webhook, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It was ended, or is stopped.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = running_for(tx, actor, webhook_id)
        delivery_id = tools.new_id("whd")
        body = trial_message(webhook_id, row.producer_id, at)
        made = DeliveryRow(delivery_id, webhook_id, None, TRIAL, 0, body, at, at)
        deliveries.add(tx.connection, made, delivery_id)
        said: dict[str, object] = {"webhook_id": webhook_id, "delivery_id": delivery_id, "kind": TRIAL}
        tx.append(_entry(EntryKind.WEBHOOK_QUEUED, actor, row, at, said))
        return made


def resume_webhook(tools: Tools, actor: Actor, webhook_id: str) -> WebhookView:
    """Let a webhook run again that was stopped after long failure. What it missed is not sent by itself.

    Raises:
        NotFound: There is no such webhook, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It is not stopped.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = standing_for(tx, actor, webhook_id)
        if not webhooks.resume(tx.connection, webhook_id):
            raise OutOfOrder("This webhook is not stopped. Nothing was changed.", code=Code.WRONG_STATE)
        tx.append(_entry(EntryKind.WEBHOOK_CHANGED, actor, row, at, {"webhook_id": webhook_id, "act": "resume"}))
        return _view(tx.connection, actor, webhooks.get(tx.connection, webhook_id), at)


def end_webhook(tools: Tools, actor: Actor, webhook_id: str) -> WebhookView:
    """End a webhook: nothing is sent to it any more, and its secrets are forgotten.

    Raises:
        NotFound: There is no such webhook, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It was ended before.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = standing_for(tx, actor, webhook_id)
        webhooks.end(tx.connection, webhook_id, at=at, by=actor.actor_id)
        dropped = deliveries.give_up_all(tx.connection, webhook_id, at)
        said = {"webhook_id": webhook_id, "act": "end", "given_up": dropped}
        tx.append(_entry(EntryKind.WEBHOOK_CHANGED, actor, row, at, said))
        return _view(tx.connection, actor, webhooks.get(tx.connection, webhook_id), at)


def all_webhooks(tools: Tools) -> tuple[WebhookView, ...]:
    """Give every webhook that was not ended, for whoever runs the service."""
    at = tools.clock.now()
    operator = Actor("operator", "The operator", ())
    with tools.reading() as connection:
        counts = deliveries.waiting(connection)
        return tuple(_view(connection, operator, row, at, counts) for row in webhooks.every(connection))


def _new_secret(tools: Tools, tx: Transaction, row: WebhookRow, at: datetime) -> str:
    secret_id = tools.new_id("whs")
    wrapped, text = tools.keys.new_webhook_secret(secret_id)
    webhooks.add_secret(tx.connection, row.webhook_id, SecretRow(secret_id, wrapped, None), at=at)
    return str(text)


def _view(
    connection: Connection, actor: Actor, row: WebhookRow, at: datetime, counts: Counter[str] | None = None
) -> WebhookView:
    producer = organisations.get_producer(connection, row.producer_id)
    ends = [one.ends_at for one in webhooks.secrets_of(connection, row.webhook_id, at) if one.ends_at is not None]
    counted = deliveries.waiting(connection) if counts is None else counts
    may = row.ended_at is None and actor.has(producer.organisation_id, *KEEPERS)
    return WebhookView(row, producer.name, max(ends, default=None), counted[row.webhook_id], may)


def _entry(
    kind: EntryKind,
    actor: Actor,
    row: WebhookRow,
    at: datetime,
    said: dict[str, object],
    sealed: dict[str, str] | None = None,
) -> Entry:
    return Entry(kind, at, actor_id=actor.actor_id, producer_id=row.producer_id, said=said, sealed=sealed or {})
