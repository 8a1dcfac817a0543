"""What several actions do in their own transaction when something becomes public: owe it to the producer's webhooks."""

from __future__ import annotations

from datetime import datetime

from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import public_news, webhooks
from app.records import webhook_deliveries as deliveries
from app.records.webhook_deliveries import DeliveryRow
from app.records.webhooks import WebhookRow
from app.rules.publicnews import News, NewsKind, news_of, news_tag
from app.rules.webhooks import message_of


def spread(tools: Tools, tx: Transaction, producer_id: str, release_id: str, ident: str, at: datetime) -> None:
    """Queue the news that has just come of one thing for every webhook of the producer that wants it.

    What is no news for everybody, the rule leaves out. The caller holds the release.

    Args:
        tools: What this is done with.
        tx: The open transaction, in which it became public.
        producer_id: Whose release it is.
        release_id: The release.
        ident: Of the move, the published list or the decision.
        at: When. Aware, UTC.
    """
    running = webhooks.of_producer(tx.connection, producer_id, running=True)
    if not running:
        return
    known = public_news.announced(tx.connection, {release_id})[release_id]
    told = news_of(known.entry, known.listings, known.contingency)
    for news in (one for one in told if (one.ident, one.at) == (ident, at)):
        for webhook in running:
            if news.kind.value in webhook.kinds:
                _queue(tools, tx, webhook, news, at)


def _queue(tools: Tools, tx: Transaction, webhook: WebhookRow, news: News, at: datetime) -> None:
    release_id, delivery_id = news.release.release_id, tools.new_id("whd")
    number = deliveries.next_number(tx.connection, webhook.webhook_id, release_id)
    tag = news_tag(tools.policy.origin, news)
    body = message_of(news, tag=tag, sequence=number, links=_links(tools, news))
    row = DeliveryRow(delivery_id, webhook.webhook_id, release_id, news.kind.value, number, body, at, at)
    if deliveries.add(tx.connection, row, f"{webhook.webhook_id}:{news.kind.value}:{news.ident}"):
        said = {"webhook_id": webhook.webhook_id, "delivery_id": delivery_id, "kind": news.kind.value, "number": number}
        tx.append(
            Entry(
                EntryKind.WEBHOOK_QUEUED,
                at,
                producer_id=webhook.producer_id,
                release_id=release_id,
                said=said,
            )
        )


def _links(tools: Tools, news: News) -> dict[str, str]:
    ours, release = tools.policy.public_address, news.release
    found = {"feed": f"{ours}/api/v1/producers/{release.producer.producer_id}/public-news.atom"}
    if release.public_url:
        found["page"] = release.public_url
    if news.kind is NewsKind.LIST_PUBLISHED:
        found["list_of_posts"] = f"{ours}/api/v1/releases/{release.release_id}/public-list.json"
    if news.kind in (NewsKind.PAGE_OPENED, NewsKind.PAGE_WITHDRAWN):
        found["documents"] = f"{ours}/api/v1/published/{release.release_id}"
    return found
