"""Webhooks: a producer's own systems are told at once of what is public."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from app.actions import webhook_deliveries, webhooks
from app.actions.webhooks import DeliveryRow, NewSecret, WebhookView
from app.api.asking import ActorHere, ToolsHere
from app.api.organisations import ProducerId
from app.api.places import AfterHere, LimitHere, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, In, Line, MomentOut, Out
from app.rules.publicnews import NewsKind
from app.rules.webhookletters import told_trouble

router = APIRouter(prefix="/api/v1", tags=["webhooks"])

WebhookId = Annotated[str, StringConstraints(pattern=r"^whk_[0-9a-f]{24}$")]
DeliveryId = Annotated[str, StringConstraints(pattern=r"^whd_[0-9a-f]{24}$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[!-~]+$")]
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_URL = "https://hooks.department.gov.example/pra"
_SECRET = "whsec_ZXhhbXBsZSBvbmx5LCBhbmQgbm90IGEgc2VjcmV0ISE="


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class WebhookState(StrEnum):
    """Whether messages are sent."""

    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookIn(In):
    """Where messages are to go, and of what."""

    name: Line = Field(description="What it is for.", examples=["Web desk"])
    url: Address = Field(description="https, and a host's name.", examples=[_URL])
    kinds: Annotated[list[Annotated[NewsKind, Field(strict=False)]], Field(min_length=1, max_length=20)] = Field(
        default_factory=lambda: list(NewsKind), description="Left out: everything.", examples=[["release.published"]]
    )


class WebhookOut(Out):
    """A webhook. Its secret was told once."""

    webhook_id: str = Field(examples=["whk_0a1b2c3d4e5f60718293a4b5"])
    producer_id: str = Field(examples=["prd_3e4f5a6b7c8d9e0f1a2b3c4d"])
    name: str = Field(examples=["Web desk"])
    url: str = Field(description="The host alone for whoever may not change it.", examples=[_URL])
    kinds: list[NewsKind] = Field(examples=[["release.published"]])
    state: WebhookState
    made_at: MomentOut
    made_by: str = Field(examples=[_PERSON])
    waiting: int = Field(description="How many messages wait to be sent.", examples=[0])
    failing_since: MomentOut | None = Field(description="Since when nothing was taken; null while messages are.")
    stopped_at: MomentOut | None = Field(description="Since when nothing is sent, after long failure.")
    stopped_because: str | None = Field(description="`failing`, or `gone` where it answered 410.", examples=[None])
    old_secret_until: MomentOut | None = Field(description="Until when the secret before this one counts too.")
    ended_at: MomentOut | None
    ended_by: str | None = Field(examples=[None])


class NewWebhookOut(WebhookOut):
    """The same, with its secret, which is told this once."""

    secret: str = Field(examples=[_SECRET])


class WebhooksOut(Out):
    """Webhooks, the newest first."""

    results: list[WebhookOut]
    next: str | None = Field(None, description="Always null: there are few.")


class DeliveryOut(Out):
    """A message to a webhook, and what came of it last. Nothing of what the receiver answers is kept but its status."""

    delivery_id: str = Field(
        description="The message's `webhook-id`, the same each time.", examples=["whd_0a1b2c3d4e5f60718293a4b5"]
    )
    webhook_id: str = Field(examples=["whk_0a1b2c3d4e5f60718293a4b5"])
    kind: str = Field(examples=["release.published"])
    release_id: str | None = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    sequence: int = Field(description="Counts what this webhook is sent of this release, from 1.", examples=[3])
    state: DeliveryState
    queued_at: MomentOut
    next_at: MomentOut | None = Field(description="When it is sent, or sent again.")
    tries: int = Field(description="How often it was sent since it was last queued.", examples=[1])
    tried_at: MomentOut | None
    last_status: int | None = Field(description="What the receiver last answered.", examples=[204])
    last_trouble: str | None = Field(description="Why there was no answer.", examples=[None])
    delivered_at: MomentOut | None
    given_up_at: MomentOut | None


class DeliveriesOut(Out):
    """Messages, the newest first."""

    results: list[DeliveryOut]
    next: str | None = Field(description="Send it as `after` for the next page.", examples=[None])


@router.post(
    "/producers/{producer_id}/webhooks",
    operation_id="make_webhook",
    summary="Have a system told of what is public",
    status_code=201,
    responses=_answers(),
)
def make_webhook(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, body: WebhookIn) -> NewWebhookOut:
    """By the head of profession or an administrator. Its secret is told this once, so a repeat makes another."""
    return _new(webhooks.make_webhook(tools, actor, producer_id, name=body.name, url=body.url, kinds=tuple(body.kinds)))


@router.get(
    "/producers/{producer_id}/webhooks",
    operation_id="list_webhooks",
    summary="See which systems are told of what is public",
    responses=_answers(),
)
def list_webhooks(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> WebhooksOut:
    """Ended ones too. For those who work for the producer, auditors, and administrators."""
    return WebhooksOut(results=[_out(one) for one in webhooks.list_webhooks(tools, actor, producer_id)])


@router.get(
    "/webhooks/{webhook_id}",
    operation_id="get_webhook",
    summary="See one webhook",
    responses=_answers(),
)
def get_webhook(tools: ToolsHere, actor: ActorHere, webhook_id: WebhookId) -> WebhookOut:
    """Whether messages are sent and taken. For those who work for the producer, auditors, and administrators."""
    return _out(webhooks.read_webhook(tools, actor, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/secret",
    operation_id="rotate_webhook_secret",
    summary="Give a webhook a new secret",
    status_code=201,
    responses=_answers(409),
)
def rotate_webhook_secret(tools: ToolsHere, actor: ActorHere, webhook_id: WebhookId) -> NewWebhookOut:
    """It is told this once. For 24 hours messages bear two signatures: by it, and by the one before it."""
    return _new(webhooks.rotate_secret(tools, actor, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/trial",
    operation_id="try_webhook",
    summary="Send a webhook a message that tells nothing",
    status_code=202,
    responses=_answers(409),
)
def try_webhook(tools: ToolsHere, actor: ActorHere, webhook_id: WebhookId) -> DeliveryOut:
    """Of the type `webhook.test`, to see that it arrives and that its signature is checked."""
    return _delivery(webhooks.try_webhook(tools, actor, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/resumption",
    operation_id="resume_webhook",
    summary="Let a stopped webhook run again",
    responses=_answers(409),
)
def resume_webhook(tools: ToolsHere, actor: ActorHere, webhook_id: WebhookId) -> WebhookOut:
    """What it missed is not sent by itself: have each message sent again that it needs, or read the feed."""
    return _out(webhooks.resume_webhook(tools, actor, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/end",
    operation_id="end_webhook",
    summary="End a webhook",
    responses=_answers(409),
)
def end_webhook(tools: ToolsHere, actor: ActorHere, webhook_id: WebhookId) -> WebhookOut:
    """Nothing is sent to it any more, and its secrets are forgotten."""
    return _out(webhooks.end_webhook(tools, actor, webhook_id))


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    operation_id="list_webhook_deliveries",
    summary="See what was sent to a webhook",
    responses=_answers(),
)
def list_webhook_deliveries(
    tools: ToolsHere, actor: ActorHere, webhook_id: WebhookId, limit: LimitHere = 50, after: AfterHere = None
) -> DeliveriesOut:
    """Each message with what came of it last. For those who work for the producer, auditors, and administrators."""
    found = webhook_deliveries.list_deliveries(tools, actor, webhook_id, after=read_place(after), limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    shown = [_delivery(one) for one in found[:limit]]
    return DeliveriesOut(results=shown, next=place_of(last.queued_at, last.delivery_id) if last else None)


@router.post(
    "/webhook-deliveries/{delivery_id}/repetition",
    operation_id="send_webhook_delivery_again",
    summary="Send a message to a webhook again",
    status_code=202,
    responses=_answers(409),
)
def send_webhook_delivery_again(tools: ToolsHere, actor: ActorHere, delivery_id: DeliveryId) -> DeliveryOut:
    """Under the id that it had: a receiver that has it knows so. By the head of profession or an administrator."""
    return _delivery(webhook_deliveries.send_again(tools, actor, delivery_id))


def view_state(view: WebhookView) -> WebhookState:
    """Say whether messages are sent to a webhook."""
    if view.row.ended_at is not None:
        return WebhookState.ENDED
    return WebhookState.RUNNING if view.row.runs else WebhookState.STOPPED


def delivery_state(row: DeliveryRow) -> DeliveryState:
    """Say what became of a message."""
    if row.due_at is not None:
        return DeliveryState.WAITING
    return DeliveryState.DELIVERED if row.delivered_at is not None else DeliveryState.GIVEN_UP


def _out(view: WebhookView) -> WebhookOut:
    return WebhookOut(**_told(view))


def _new(made: NewSecret) -> NewWebhookOut:
    return NewWebhookOut(**_told(made.view), secret=made.secret)


def _told(view: WebhookView) -> dict[str, Any]:
    row = view.row
    return {
        "webhook_id": row.webhook_id,
        "producer_id": row.producer_id,
        "name": row.name,
        "url": view.address,
        "kinds": [NewsKind(kind) for kind in row.kinds],
        "state": view_state(view),
        "made_at": row.made_at,
        "made_by": row.made_by,
        "waiting": view.waiting,
        "failing_since": row.failing_since,
        "stopped_at": row.stopped_at,
        "stopped_because": row.stopped_because or None,
        "old_secret_until": view.old_secret_until,
        "ended_at": row.ended_at,
        "ended_by": row.ended_by,
    }


def _delivery(row: DeliveryRow) -> DeliveryOut:
    return DeliveryOut(
        delivery_id=row.delivery_id,
        webhook_id=row.webhook_id,
        kind=row.kind,
        release_id=row.release_id,
        sequence=row.number,
        state=delivery_state(row),
        queued_at=row.queued_at,
        next_at=row.due_at,
        tries=row.tries,
        tried_at=row.tried_at,
        last_status=row.last_status,
        last_trouble=told_trouble(row.last_trouble) or None,
        delivered_at=row.delivered_at,
        given_up_at=row.given_up_at,
    )
