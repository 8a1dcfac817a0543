"""The witnesses of the log, for auditors: what each has cosigned, and the newest checkpoint that was cosigned."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import Field

from app.actions import witnessing
from app.actions.witnessing import WitnessStanding
from app.api.asking import ActorHere, ToolsHere
from app.api.schemas import PROBLEM_RESPONSES, Moment, Out
from app.rules.witnesses import WitnessFault

router = APIRouter(prefix="/api/v1", tags=["audit"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 403, 422, 500, 503, *statuses)}


class WitnessOut(Out):
    """How it stands with one witness."""

    name: str = Field(examples=["witness.regulator.example/w1"])
    vkey: str = Field(
        description="Its public key. Compare it with the one its owner gave you.",
        examples=["witness.regulator.example/w1+1c2d3e4f+BAqdT2Z0c1E4kq3m5r7u9w1x3z5C7E9G1I3K5M7O9Q=="],
    )
    cosigned_size: int = Field(ge=0, description="How many entries its newest cosignature covers.", examples=[4096])
    cosigned_at: Moment | None = Field(description="When it cosigned them, by its own clock; null before the first.")
    lag_entries: int = Field(ge=0, description="How many entries of the log it has not cosigned yet.", examples=[2])
    silent_since: Moment | None = Field(description="Since when it counts as silent; null while it does not.")
    fault: WitnessFault | None = Field(description="Why it gave none when it was last asked; null where it did.")


class WitnessesOut(Out):
    """Every witness that is configured, by name."""

    results: list[WitnessOut]


@router.get(
    "/audit/witnesses",
    operation_id="list_witnesses",
    summary="Who cosigns the log, how far, and since when not",
    responses=_answers(),
)
def list_witnesses(tools: ToolsHere, actor: ActorHere) -> WitnessesOut:
    """For auditors and administrators. One that was never asked yet is missing."""
    return WitnessesOut(results=[_out(standing) for standing in witnessing.list_standings(tools, actor)])


@router.get(
    "/audit/checkpoint/cosigned",
    operation_id="cosigned_checkpoint",
    summary="The newest head of the log that a witness cosigned",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "A C2SP signed note"},
        **_answers(404),
    },
)
def cosigned_checkpoint(tools: ToolsHere, actor: ActorHere) -> PlainTextResponse:
    """With every cosignature there is for it. It is a few seconds behind the plain one, which waits for nobody."""
    return PlainTextResponse(witnessing.cosigned_checkpoint(tools, actor))


def _out(standing: WitnessStanding) -> WitnessOut:
    watch = standing.watch
    return WitnessOut(
        name=watch.name,
        vkey=watch.vkey,
        cosigned_size=watch.size,
        cosigned_at=watch.cosigned_at,
        lag_entries=standing.lag_entries,
        silent_since=watch.silent_since,
        fault=watch.fault,
    )
