"""A person's own age key, as JSON: to it their copies are sealed when they ask for that."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field, StringConstraints

from app.actions import own_age_keys
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out

router = APIRouter(prefix="/api/v1", tags=["sign-in"])

AgeKeyId = Annotated[str, StringConstraints(pattern=r"^agk_[0-9a-f]{24}$")]
_RECIPIENT = "age1q73he0q5yzfu3d64msd3p6rvksnrwjk3d2598mgtmlqt9wrdr37q2vrn72"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class AgeKeyIn(In):
    """The public half of an age key, as `age-keygen` prints it. Never send the private one."""

    recipient: Annotated[str, StringConstraints(max_length=200)] = Field(
        description="X25519, in lower case: `age1…`.", examples=[_RECIPIENT]
    )


class AgeKeyOut(Out):
    """An age key of one's own."""

    age_key_id: str = Field(examples=["agk_8f7e6d5c4b3a29180716f5e4"])
    recipient: str = Field(examples=[_RECIPIENT])
    registered_at: Moment
    ended_at: Moment | None


class AgeKeysOut(Out):
    """Every age key one has registered, the earliest first. At most one stands."""

    results: list[AgeKeyOut]
    next: Literal[None] = Field(None, description="All of them stand on one page.")


@router.post(
    "/me/age-keys",
    operation_id="register_age_key",
    summary="Register an age key of your own",
    status_code=201,
    response_model=AgeKeyOut,
    responses=_answers(403, 409),
)
def register_age_key(
    request: Request, tools: ToolsHere, actor: ActorHere, body: AgeKeyIn, key: IdempotencyKey = None
) -> JSONResponse:
    """Needs a sign-in within the last minutes. With such a key your copies need no passphrase. One stands at a time."""
    return create_once(
        request,
        tools,
        actor,
        key,
        body,
        lambda once: _out(own_age_keys.register_age_key(once, actor, body.recipient)),
    )


@router.get("/me/age-keys", operation_id="list_age_keys", summary="See your own age keys", responses=_answers())
def list_age_keys(tools: ToolsHere, actor: ActorHere) -> AgeKeysOut:
    """Those ended too."""
    return AgeKeysOut(results=[_out(row) for row in own_age_keys.list_age_keys(tools, actor)], next=None)


@router.delete(
    "/me/age-keys/{age_key_id}",
    operation_id="end_age_key",
    summary="End an age key of your own",
    status_code=204,
    response_class=Response,
    responses=_answers(409),
)
def end_age_key(tools: ToolsHere, actor: ActorHere, age_key_id: AgeKeyId) -> Response:
    """No copy is sealed to it any more. Do it at once if its private half may be known to somebody else."""
    own_age_keys.end_age_key(tools, actor, age_key_id)
    return Response(status_code=204)


def _out(row: own_age_keys.AgeKeyRow) -> AgeKeyOut:
    return AgeKeyOut(
        age_key_id=row.age_key_id, recipient=row.recipient, registered_at=row.registered_at, ended_at=row.ended_at
    )
