"""Who holds a post, will hold it and held it, and handing one over."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from app.actions import holders, posts
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.people import Day, HoldingId, HoldingOut, PersonId, PostId, holding_out
from app.api.schemas import PROBLEM_RESPONSES, In, Out

router = APIRouter(prefix="/api/v1", tags=["people"])

_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class HeldOut(HoldingOut):
    """A holding with its holder."""

    name: str = Field(examples=["Ana Example"])
    email: str = Field(examples=["ana.example@department.gov.example"])
    shared_mailbox: bool = Field(description="Several people may read that address. One like it is refused today.")


class HeldPageOut(Out):
    """Who holds, will hold and held a post, the earliest first."""

    whole: bool = Field(description="That is everybody; otherwise those whom your own lists in force name for it.")
    results: list[HeldOut]
    next: str | None = Field(None, description="Always null: there are few.")


class HandoverIn(In):
    """Who takes a post over, and from which London day on."""

    person_id: PersonId = Field(examples=[_PERSON])
    from_on: Day


class HandoverOut(Out):
    """The holding that ends on the day before, and the one that begins."""

    ended: HoldingOut
    begun: HoldingOut


@router.get(
    "/posts/{post_id}/holdings",
    operation_id="list_holdings",
    summary="See who holds a post, and who held it",
    responses=_answers(),
)
def list_holdings(tools: ToolsHere, actor: ActorHere, post_id: PostId) -> HeldPageOut:
    """For administrators, and those who prepare lists in its organisation. Others see whom their own lists name."""
    seen, _ = holders.see_post(tools, actor, post_id)
    held = [
        HeldOut(
            **holding_out(one.holding).model_dump(),
            name=one.holder.name,
            email=one.holder.email,
            shared_mailbox=one.shared_mailbox,
        )
        for one in seen.held
    ]
    return HeldPageOut(whole=seen.whole, results=held)


@router.post(
    "/holdings/{holding_id}/handover",
    operation_id="hand_over",
    summary="Say who takes a post over",
    status_code=201,
    response_model=HandoverOut,
    responses=_answers(409),
)
def hand_over(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    holding_id: HoldingId,
    body: HandoverIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For whoever may end that holding. It ends on the day before; both are done, or neither."""

    def act(once: Any) -> HandoverOut:
        ended, begun = posts.hand_over(once, actor, holding_id, person_id=body.person_id, from_on=body.from_on)
        return HandoverOut(ended=holding_out(ended), begun=holding_out(begun))

    return create_once(request, tools, actor, key, body, act)
