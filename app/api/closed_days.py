"""Days that a count of working days leaves out: a producer's own, and bank holidays."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import closed_days
from app.actions.closed_days import ClosedDayRow
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import Day
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out
from app.rules.workingdays import Part

router = APIRouter(prefix="/api/v1", tags=["closed days"])

ClosedDayId = Annotated[str, StringConstraints(pattern=r"^cld_[0-9a-f]{24}$")]
Short = Annotated[Line, StringConstraints(max_length=200)]
Year = Annotated[int | None, Query(ge=2000, le=2100, description="The year; this year when left out.")]
_CLOSED_DAY = "cld_0a1b2c3d4e5f60718293a4b5"
_NAME = "Local holiday"
_REASON = "The offices are closed for the local holiday of the city."


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class ClosedDayIn(In):
    """A weekday on which the producer's offices are closed, or a day of public thanksgiving or mourning."""

    day: Day
    name: Short = Field(examples=[_NAME])
    reason: Short = Field(description="Why it is left out, or where it was appointed.", examples=[_REASON])


class ClosedDayWithdrawIn(In):
    """Why a day counts again."""

    reason: Short = Field(examples=["The offices are open after all."])


class ClosedDayOut(Out):
    """A day of a producer's own."""

    closed_day_id: ClosedDayId = Field(examples=[_CLOSED_DAY])
    day: date = Field(examples=["2026-06-15"])
    name: str = Field(examples=[_NAME])
    reason: str = Field(examples=[_REASON])
    added_at: Moment
    approved_at: Moment | None = Field(
        description="Since when it is left out; null while it waits for a second person."
    )
    withdrawn_at: Moment | None = Field(description="Since when it counts again; null while it is left out.")
    withdrawn_reason: str = Field(examples=[""])


class ClosedDaysOut(Out):
    """A page of a producer's own days, by day."""

    results: list[ClosedDayOut]
    next: str | None = Field(description="Give it as `after` to get the next page; null on the last.")


class BankHolidayOut(Out):
    """A bank holiday in one part of the United Kingdom."""

    part: Part
    day: date = Field(examples=["2026-06-15"])
    name: str = Field(examples=["Early May bank holiday"])
    source: str = Field(description="Where the date was taken from.", examples=["python-holidays 0.109"])


class BankHolidaysOut(Out):
    """Bank holidays on record, by day and part. Those that fall on a weekend are left out: a weekend never counts."""

    results: list[BankHolidayOut]
    next: str | None = Field(None, description="Always null: a few years have few.")


@router.post(
    "/producers/{producer_id}/closed-days",
    operation_id="add_closed_day",
    summary="Propose a day on which the producer's offices are closed",
    status_code=201,
    response_model=ClosedDayOut,
    responses=_answers(403, 404, 409),
)
def add_closed_day(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: ClosedDayIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For its lead officials and head of profession. It moves windows once a second of them has approved it.

    Also for days of public thanksgiving or mourning. The other Orders do not leave such days out.
    """

    def act(once: Any) -> ClosedDayOut:
        return _out(closed_days.add_closed_day(once, actor, producer_id, **body.model_dump()))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/closed-days",
    operation_id="list_closed_days",
    summary="See a producer's own closed days",
    responses=_answers(403, 404),
)
def list_closed_days(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    limit: LimitHere = 50,
    after: Annotated[ClosedDayId | None, Query(description="`next` of the page before.")] = None,
) -> ClosedDaysOut:
    """For its staff and auditors; withdrawn or not."""
    page = closed_days.list_closed_days(tools, actor, producer_id, limit=limit + 1, after=after)
    more = page[limit - 1].closed_day_id if len(page) > limit else None
    return ClosedDaysOut(results=[_out(row) for row in page[:limit]], next=more)


@router.post(
    "/producers/{producer_id}/closed-days/{closed_day_id}/approval",
    operation_id="approve_closed_day",
    summary="Approve a producer's closed day as a second person",
    responses=_answers(403, 404, 409),
)
def approve_closed_day(
    tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, closed_day_id: ClosedDayId
) -> ClosedDayOut:
    """For its lead officials and head of profession, but not whoever proposed it, nor anybody on a list it bears on.

    Windows under the Scottish Order move at once; it is logged, and those whose window moved are told.
    """
    return _out(closed_days.approve_closed_day(tools, actor, producer_id, closed_day_id))


@router.post(
    "/producers/{producer_id}/closed-days/{closed_day_id}/withdraw",
    operation_id="withdraw_closed_day",
    summary="Let a producer's closed day count again",
    responses=_answers(403, 404, 409),
)
def withdraw_closed_day(
    tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, closed_day_id: ClosedDayId, body: ClosedDayWithdrawIn
) -> ClosedDayOut:
    """For its lead officials and head of profession. Windows become shorter at once, and it is logged."""
    return _out(closed_days.withdraw_closed_day(tools, actor, producer_id, closed_day_id, reason=body.reason))


@router.get(
    "/bank-holidays",
    operation_id="list_bank_holidays",
    summary="See the bank holidays on record",
    responses=_answers(),
)
def list_bank_holidays(
    tools: ToolsHere,
    actor: ActorHere,  # noqa: ARG001  # framework: anybody who is signed in
    year: Year = None,
    part: Annotated[Part | None, Query(description="One part of the United Kingdom only.")] = None,
) -> BankHolidaysOut:
    """For anybody who is signed in. The Orders for Scotland and for Wales leave these days out."""
    found = closed_days.list_bank_holidays(tools, year, part=part)
    return BankHolidaysOut(
        results=[
            BankHolidayOut(part=row.part, day=row.day, name=row.name, source=row.source)
            for row in found
            if row.part is not None
        ]
    )


def _out(row: ClosedDayRow) -> ClosedDayOut:
    return ClosedDayOut(
        closed_day_id=row.closed_day_id,
        day=row.day,
        name=row.name,
        reason=row.source,
        added_at=row.added_at,
        approved_at=row.approved_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )
