"""Asking that one's own personal details be erased, and an administrator's refusal while they must be kept."""

from __future__ import annotations

from typing import Any, Literal, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from app.actions import forgetting
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.places import ErasureId
from app.api.retention import ErasureOut, erasure_out
from app.api.schemas import PROBLEM_RESPONSES, Moment, Out

router = APIRouter(prefix="/api/v1", tags=["records"])

State = Literal["asked", "taken_up", "refused", "proposed", "withdrawn", "lapsed", "done"]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class OwnErasureOut(Out):
    """What somebody asked for about their own details, or others proposed, and what became of it."""

    erasure_id: str = Field(examples=["era_8c7d6e5f4a3b2c1d0e9f8a7b"])
    at: Moment
    state: State = Field(
        description="`asked` until an administrator proposes it (`taken_up`, beside a row that is `proposed`) or it is "
        "`refused`; a proposal that a second person does not approve within 30 days has `lapsed`. Once that proposal "
        "is `withdrawn` or has `lapsed`, what you asked for is `asked` again.",
        examples=["refused"],
    )
    why: str = Field(
        description="Of a refusal: what must be kept, by which clause, and from which day to ask again.",
        examples=["Records that name you must still be kept (SSI 2008/399 Sch. para 8(2)). Ask again from 1 May 2033."],
    )
    decided_at: Moment | None


class OwnErasuresOut(Out):
    """Everything that was asked or decided about your details, the newest first."""

    results: list[OwnErasureOut]
    next: str | None = Field(None, description="Always null: there are few.")


@router.post(
    "/me/erasures",
    operation_id="ask_for_erasure",
    summary="Ask that your personal details be erased",
    status_code=201,
    response_model=OwnErasureOut,
    responses=_answers(403, 409),
)
def ask_for_erasure(request: Request, tools: ToolsHere, actor: ActorHere, key: IdempotencyKey = None) -> JSONResponse:
    """Signed in just now. It erases nothing: an administrator proposes it or refuses it, and a second approves."""

    def act(once: Tools) -> OwnErasureOut:
        return _own(forgetting.ask_for_erasure(once, actor))

    return create_once(request, tools, actor, key, None, act)


@router.get(
    "/me/erasures",
    operation_id="own_erasures",
    summary="See what became of asking that your details be erased",
    responses=_answers(),
)
def own_erasures(tools: ToolsHere, actor: ActorHere) -> OwnErasuresOut:
    """A refusal says what must be kept, by which clause, and from which day to ask again."""
    return OwnErasuresOut(results=[_own(row) for row in forgetting.own_erasures(tools, actor)])


@router.post(
    "/me/erasures/{erasure_id}/withdrawal",
    operation_id="withdraw_own_erasure",
    summary="Take back that your details be erased",
    responses=_answers(404, 409),
)
def withdraw_own_erasure(tools: ToolsHere, actor: ActorHere, erasure_id: ErasureId) -> OwnErasureOut:
    """As long as no administrator has proposed or refused it."""
    return _own(forgetting.withdraw_asked(tools, actor, erasure_id))


@router.post(
    "/erasures/{erasure_id}/refusal",
    operation_id="refuse_erasure",
    summary="Refuse to erase a person's details that must be kept",
    responses=_answers(403, 404, 409),
)
def refuse_erasure(tools: ToolsHere, actor: ActorHere, erasure_id: ErasureId) -> ErasureOut:
    """For administrators, while something must be kept. The person is told the clause and the day, and no title."""
    return erasure_out(forgetting.refuse_erasure(tools, actor, erasure_id))


def _own(row: forgetting.ErasureRow) -> OwnErasureOut:
    return OwnErasureOut(
        erasure_id=row.erasure_id,
        at=row.at,
        state=cast(State, row.state),
        why=row.reason if row.state == "refused" else "",
        decided_at=row.decided_at,
    )
