"""The warning on every copy of a producer's documents, version by version."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from app.actions import warning_texts
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs
from app.rules.facts import Order

router = APIRouter(prefix="/api/v1", tags=["documents"])

_TEXT = "Official Sensitive until published. Do not pass on, describe, quote or hint at it."
_WARNING = "wrn_2b3c4d5e6f708192a3b4c5d6"
WarningId = Annotated[str, Path(pattern=r"^wrn_[0-9a-f]{24}$", examples=[_WARNING])]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class WarningIn(In):
    """A new version of the warning under one Order."""

    order: Annotated[Order, Field(strict=False)] = Field(examples=["uk"])
    text: Paragraphs = Field(description="One paragraph on the copy.", examples=[_TEXT])


class WarningOut(Out):
    """One version of a producer's warning. Each is kept."""

    warning_id: str = Field(examples=[_WARNING])
    producer_id: str = Field(examples=["prd_1a2b3c4d5e6f708192a3b4c5"])
    order: Order
    version: int = Field(description="The warning given at registration is version 0.", examples=[1])
    text: str = Field(examples=[_TEXT])
    proposed_at: Moment
    proposed_by: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    approved_at: Moment | None = Field(description="Since when new openings carry it; null while it waits.")
    approved_by: str | None = Field(examples=["per_0a1b2c3d4e5f60718293a4b5"])


class WarningsOut(Out):
    """Every version, by Order, the newest first."""

    results: list[WarningOut]
    next: str | None = Field(None, description="Always null: warnings change seldom.")


@router.get(
    "/producers/{producer_id}/warnings",
    operation_id="list_warnings",
    summary="Every version of the warning on a producer's copies",
    responses=_answers(),
)
def list_warnings(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> WarningsOut:
    """For the producer's staff and its auditors. Version 0, given at registration, stands where there is none."""
    return WarningsOut(results=[_out(row) for row in warning_texts.list_warnings(tools, actor, producer_id)])


@router.post(
    "/producers/{producer_id}/warnings",
    operation_id="propose_warning",
    summary="Propose a new warning on a producer's copies",
    status_code=201,
    response_model=WarningOut,
    responses=_answers(409),
)
def propose_warning(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: WarningIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """For the producer's staff. Copies carry it once another person, lead official or head of profession, approves."""
    return create_once(
        request,
        tools,
        actor,
        idempotency_key,
        body,
        lambda claimed: _out(
            warning_texts.propose_warning(claimed, actor, producer_id, order=body.order, text=body.text)
        ),
    )


@router.post(
    "/producers/{producer_id}/warnings/{warning_id}/approval",
    operation_id="approve_warning",
    summary="Approve a warning as a second person",
    responses=_answers(409),
)
def approve_warning(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, warning_id: WarningId) -> WarningOut:
    """For a lead official or head of profession who did not propose it. Openings made before keep what they had."""
    return _out(warning_texts.approve_warning(tools, actor, producer_id, warning_id))


def _out(row: warning_texts.WarningRow) -> WarningOut:
    return WarningOut(
        warning_id=row.warning_id,
        producer_id=row.producer_id,
        order=row.order,
        version=row.version,
        text=row.text,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
    )
