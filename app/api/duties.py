"""What a producer owes the Statistics Board or the public because of its grants."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from app.actions import duties
from app.api.asking import ActorHere, ToolsHere
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, MomentOut, Out, Paragraphs
from app.rules.duties import DutyKind

router = APIRouter(prefix="/api/v1", tags=["duties"])

ProducerId = Annotated[str, StringConstraints(pattern=r"^prd_[0-9a-f]{24}$")]
DutyId = Annotated[str, StringConstraints(pattern=r"^dut_[0-9a-f]{24}$")]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class DutyDoneIn(In):
    """When and how it was done."""

    done_at: Moment
    how: Paragraphs = Field("", examples=["By letter to the Statistics Board, reference 2026/14."])


class DutyOut(Out):
    """One thing that an Order asks the producer to tell, because of one grant."""

    duty_id: str = Field(examples=["dut_0a1b2c3d4e5f60718293a4b5"])
    producer_id: str = Field(examples=["prd_1c2d3e4f5061728394a5b6c7"])
    release_id: str | None = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    release_title: str | None = Field(examples=["Local government finance"])
    grant_id: str | None = Field(examples=["grt_44556677889900aabbccddee"])
    kind: DutyKind = Field(examples=["notify_board"])
    source: str = Field(description="The clause that asks for it.", examples=["SSI 2008/399 Sch. para 6"])
    particulars: dict[str, str] = Field(
        description="What the clause says must be told, in its own order.",
        examples=[{"statistics": "Local government finance", "individual": "Robin Example", "reason": "…"}],
    )
    first_opened_at: MomentOut | None = Field(
        description="When the person first opened a document; null while they have not. `given_from` is from when they "
        "may."
    )
    raised_at: MomentOut
    done_at: MomentOut | None
    done_by: str | None = Field(examples=[None])
    how: str = Field(description="How it was done; empty while it is owed.", examples=[""])


class DutiesOut(Out):
    """What is owed or was, the first raised first."""

    results: list[DutyOut]
    next: str | None = Field(description="Send as `after` for the next page; null on the last.")


@router.get(
    "/producers/{producer_id}/duties",
    operation_id="list_duties",
    summary="See what is owed to the Statistics Board and the public",
    responses=_answers(),
)
def list_duties(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    done: Annotated[bool | None, Query(description="True: only what is done. False: only what is owed.")] = None,
    limit: LimitHere = 50,
    after: Annotated[DutyId | None, Query(description="`next` of the page before.")] = None,
) -> DutiesOut:
    """Raised when a list is approved, and when a release or its times are changed. For its preparers and auditors."""
    page = duties.list_duties(tools, actor, producer_id, done=done, limit=limit + 1, after=after)
    more = page[limit - 1].duty_id if len(page) > limit else None
    return DutiesOut(results=[_duty(row) for row in page[:limit]], next=more)


@router.post(
    "/duties/{duty_id}/done",
    operation_id="settle_duty",
    summary="Say when and how something owed was done",
    responses=_answers(409),
)
def settle_duty(tools: ToolsHere, actor: ActorHere, duty_id: DutyId, body: DutyDoneIn) -> DutyOut:
    """By the lead official or the head of profession, not before it arose. It stands in the log."""
    return _duty(duties.settle_duty(tools, actor, duty_id, done_at=body.done_at, how=body.how))


def _duty(row: duties.DutyRow) -> DutyOut:
    return DutyOut(
        duty_id=row.duty_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        release_title=row.release_title,
        grant_id=row.grant_id,
        kind=DutyKind(row.kind),
        source=row.source,
        particulars=row.particulars,
        first_opened_at=row.first_opened_at,
        raised_at=row.raised_at,
        done_at=row.done_at,
        done_by=row.done_by,
        how=row.done_note,
    )
