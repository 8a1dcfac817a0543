"""The window calculator: when access may begin, and the clauses that say so. Public; nobody signs in for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.people import Day
from app.api.schemas import PROBLEM_RESPONSES, Moment, MomentOut, Out
from app.rules.facts import Order, Sensitivity, london_text
from app.rules.window import window

router = APIRouter(tags=["window"])


class WindowOut(Out):
    """When access may begin for an ordinary grant."""

    publishes_at: Moment
    opens_at: MomentOut | None = Field(description="Null when there is no window; “reasons” then says why.")
    opens_at_london: str | None = Field(examples=["Monday 9 March 2026, 9:30am (UK time)"])
    reasons: list[str] = Field(examples=[["It ends with publication itself, not with the clock."]])
    sources: list[str] = Field(examples=[["SI 2008/2998 Sch. para 4"]])


@router.get(
    "/window",
    operation_id="calculate_window",
    summary="Say when a window opens",
    responses={422: PROBLEM_RESPONSES[422], 500: PROBLEM_RESPONSES[500]},
)
def calculate_window(
    order: Annotated[Order, Query(description="The governing Order.")],
    publishes_at: Annotated[Moment, Query(examples=["2026-03-10T09:30:00Z"])],
    sensitivity: Annotated[Sensitivity, Query(description="The class of the release.")] = Sensitivity.ORDINARY,
    closed_on: Annotated[
        list[Day] | None, Query(max_length=400, description="Days on which the producer's offices are closed.")
    ] = None,
) -> WindowOut:
    """Orders that are not built yet have no window here: they are named as such and never guessed."""
    found = window(order, sensitivity, publishes_at, closed_on=frozenset(closed_on or ()))
    return WindowOut(
        publishes_at=publishes_at,
        opens_at=found.opens_at,
        opens_at_london=london_text(found.opens_at) if found.opens_at else None,
        reasons=list(found.reasons),
        sources=list(found.sources),
    )
