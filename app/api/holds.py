"""Legal holds: what they keep is not destroyed while they stand."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import retention
from app.actions.retention import HoldRow
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.places import HoldId, ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs

router = APIRouter(prefix="/api/v1", tags=["records"])

_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
Why = Annotated[Paragraphs, StringConstraints(min_length=1, max_length=2000)]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class HoldIn(In):
    """What is held, and why. Without a release: everything of the producer."""

    release_id: ReleaseId | None = Field(None, examples=[_RELEASE])
    reason: Why = Field(
        description="No names.", examples=["An inquiry has asked for everything about these statistics."]
    )


class HoldEndIn(In):
    """Why it ends."""

    reason: Why = Field(examples=["The inquiry has reported."])


class HoldOut(Out):
    """A legal hold: what it keeps is not destroyed while it stands."""

    hold_id: str = Field(examples=["hol_3c2b1a09f8e7d6c5b4a39281"])
    producer_id: str = Field(examples=[_PRODUCER])
    release_id: str | None = Field(examples=[_RELEASE])
    reason: str = Field(examples=["An inquiry has asked for everything about these statistics."])
    from_at: Moment
    ended_at: Moment | None
    end_reason: str = Field(examples=[""])
    end_proposed_by: str | None = Field(examples=[None])
    end_proposed_at: Moment | None
    ended_by: str | None = Field(examples=[None])


class HoldsOut(Out):
    """A producer's legal holds, those that stand first."""

    results: list[HoldOut]


@router.post(
    "/producers/{producer_id}/legal-holds",
    operation_id="begin_hold",
    summary="Hold records, so that they are not destroyed",
    status_code=201,
    response_model=HoldOut,
    responses=_answers(409),
)
def begin_hold(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: HoldIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For lead officials and the head of profession. It wins over the end of any period."""

    def act(once: Tools) -> HoldOut:
        made = retention.begin_hold(once, actor, producer_id, reason=body.reason, release_id=body.release_id)
        return _hold(made)

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/legal-holds",
    operation_id="list_holds",
    summary="See a producer's legal holds",
    responses=_answers(),
)
def list_holds(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> HoldsOut:
    """Those that stand first."""
    return HoldsOut(results=[_hold(row) for row in retention.list_holds(tools, actor, producer_id)])


@router.post(
    "/legal-holds/{hold_id}/end",
    operation_id="propose_hold_end",
    summary="Propose to end a legal hold",
    responses=_answers(409),
)
def propose_hold_end(tools: ToolsHere, actor: ActorHere, hold_id: HoldId, body: HoldEndIn) -> HoldOut:
    """For lead officials and the head of profession. It stands until a second one approves its end."""
    return _hold(retention.propose_end(tools, actor, hold_id, reason=body.reason))


@router.post(
    "/legal-holds/{hold_id}/end/approval",
    operation_id="end_hold",
    summary="Approve, as the second person, that a legal hold ends",
    responses=_answers(409),
)
def end_hold(tools: ToolsHere, actor: ActorHere, hold_id: HoldId) -> HoldOut:
    """For a lead official or head of profession other than the one who proposed it."""
    return _hold(retention.end_hold(tools, actor, hold_id))


def _hold(row: HoldRow) -> HoldOut:
    return HoldOut(
        hold_id=row.hold_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        reason=row.reason,
        from_at=row.from_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        end_proposed_by=row.end_proposed_by,
        end_proposed_at=row.end_proposed_at,
        ended_by=row.ended_by,
    )
