"""The window calculator: when access may begin, and the clauses that say so. Public; nobody signs in for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.actions import closed_days
from app.api.asking import ToolsHere
from app.api.people import Day
from app.api.schemas import PROBLEM_RESPONSES, Moment, MomentOut, Out
from app.rules.facts import Grant, Order, Sensitivity, london_text

router = APIRouter(prefix="/api/v1", tags=["window"])

LONGEST_HOURS = 24 * 62


class WindowOut(Out):
    """When access may begin."""

    publishes_at: Moment
    opens_at: MomentOut | None = Field(description="Null when there is no window; “reasons” then says why.")
    opens_at_london: str | None = Field(examples=["Monday 9 March 2026, 9:30am (UK time)"])
    reasons: list[str] = Field(examples=[["It ends with publication itself, not with the clock."]])
    sources: list[str] = Field(examples=[["SI 2008/2998 Sch. para 4"]])


@router.get(
    "/window",
    operation_id="calculate_window",
    summary="Say when a window opens",
    responses={status: PROBLEM_RESPONSES[status] for status in (422, 500, 503)},
)
def calculate_window(
    tools: ToolsHere,
    order: Annotated[Order, Query(description="The governing Order.")],
    publishes_at: Annotated[Moment, Query(examples=["2026-03-10T09:30:00Z"])],
    sensitivity: Annotated[Sensitivity, Query(description="The class of the release.")] = Sensitivity.ORDINARY,
    closed_on: Annotated[
        list[Day] | None, Query(max_length=400, description="Days on which the producer's offices are closed.")
    ] = None,
    ground_letter: Annotated[
        str, Query(pattern="^[a-h]?$", description="The Order's own ground for the access, where one has no maximum.")
    ] = "",
    asked_hours: Annotated[
        int | None, Query(ge=1, le=LONGEST_HOURS, description="How long before publication access is asked for.")
    ] = None,
) -> WindowOut:
    """Bank holidays are those on record. A class that the Order does not know has no window, and it says so."""
    asked = None if asked_hours is None else timedelta(hours=asked_hours)
    grant = Grant("", "", "", asked=asked, ground_letter=ground_letter)
    found = closed_days.calculate_window(tools, order, sensitivity, publishes_at, frozenset(closed_on or ()), grant)
    return WindowOut(
        publishes_at=publishes_at,
        opens_at=found.opens_at,
        opens_at_london=london_text(found.opens_at) if found.opens_at else None,
        reasons=list(found.reasons),
        sources=list(found.sources),
    )
