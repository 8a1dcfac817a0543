"""The hash by which a plan that was shown is known again: whatever would go on record otherwise is another plan."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from app.rules.calendar_lines import CalendarLine
from app.rules.calendar_planned import CalendarPlan, KnownRelease, PlannedRelease, differences, plan_sha256
from app.rules.facts import Order, Producer, Release, ReleaseState, Sensitivity
from app.rules.planned import RowProblem
from tests.build import london

LINE = CalendarLine(
    number=2,
    title="Prices, May 2026",
    publishes_at=london(2026, 5, 14, 9, 30),
    series="Prices",
    order=Order.UK,
    sensitivity=Sensitivity.ORDINARY,
    lead_email="lead@stats.gov.example",
    public_url="https://stats.gov.example/prices",
    time_exemption="Agreed",
    uid="prices-05",
)
OTHER: dict[str, Any] = {
    "number": 3,
    "title": "Rents, May 2026",
    "publishes_at": london(2026, 5, 21, 9, 30),
    "series": "Rents",
    "order": Order.SCOTLAND,
    "sensitivity": Sensitivity.MARKET_SENSITIVE,
    "public_url": "https://stats.gov.example/rents",
    "time_exemption": "Agreed later",
    "uid": "rents-05",
}
NOT_ON_RECORD = {"lead_email", "cancelled"}  # the person with the address counts; a cancelled line is never new
HERE = KnownRelease(
    Release(
        release_id="rel_x",
        producer=Producer("prd_x", "Office for Example Statistics"),
        title=LINE.title,
        order=Order.UK,
        sensitivity=Sensitivity.ORDINARY,
        state=ReleaseState.PLANNED,
        publishes_at=LINE.publishes_at,
        public_url=LINE.public_url,
    ),
    series=LINE.series,
    lead_email=LINE.lead_email,
    time_exemption=LINE.time_exemption,
)
SAID_OTHERWISE: dict[str, dict[str, Any]] = {
    "state": {"cancelled": True},
    "lead_official": {"lead_email": "other@stats.gov.example"},
    **{name: {name: other} for name, other in OTHER.items() if name not in ("number", "uid")},
}
PROBLEM = RowProblem(2, "Date", "time_missing", "No time is given.", error=False)


def shown(line: CalendarLine, lead: str | None = "per_lead") -> str:
    return plan_sha256(CalendarPlan(new=(PlannedRelease(line, lead, ()),)))


def differing(line: CalendarLine) -> CalendarPlan:
    return CalendarPlan(there=((line.number, "rel_x"),), differences=tuple(differences(line, HERE)))


def test_every_field_of_a_line_is_asked_about_here() -> None:
    assert {one.name for one in fields(CalendarLine)} == OTHER.keys() | NOT_ON_RECORD


@pytest.mark.parametrize("name", OTHER)
def test_each_field_of_a_new_release_changes_the_hash_of_its_plan(name: str) -> None:
    assert shown(replace(LINE, **{name: getattr(LINE, name)})) == shown(LINE)
    assert shown(replace(LINE, **{name: OTHER[name]})) != shown(LINE)


def test_lead_official_changes_the_hash_and_which_address_named_them_does_not() -> None:
    assert len({shown(LINE), shown(LINE, "per_other"), shown(LINE, None)}) == 3
    assert shown(replace(LINE, lead_email="a.lead@stats.gov.example")) == shown(LINE)


@pytest.mark.parametrize("what", SAID_OTHERWISE)
def test_each_kind_of_difference_and_what_it_says_changes_the_hash(what: str) -> None:
    plan = differing(replace(LINE, **SAID_OTHERWISE[what]))
    (one,) = plan.differences
    assert one.what == what
    others = [
        replace(one, **{name: value})
        for name, value in (("number", 9), ("release_id", "rel_y"), ("what", "x"), ("here", "x"), ("there", "x"))
    ]
    plans = [differing(LINE), plan, *(replace(plan, differences=(other,)) for other in others)]
    assert len({plan_sha256(each) for each in plans}) == len(plans)


def test_what_is_there_left_out_or_wrong_changes_the_hash_and_how_it_is_worded_does_not() -> None:
    plans = [
        CalendarPlan(),
        CalendarPlan(there=((2, "rel_x"),)),
        CalendarPlan(there=((3, "rel_x"),)),
        CalendarPlan(there=((2, "rel_y"),)),
        CalendarPlan(left_out=(2,)),
        CalendarPlan(warnings=(PROBLEM,)),
        *(CalendarPlan(warnings=(replace(PROBLEM, **{name: x}),)) for name, x in (("row", 3), ("column", "Time"))),
        CalendarPlan(warnings=(replace(PROBLEM, code="notice_six_months"),)),
    ]
    assert len({plan_sha256(each) for each in plans}) == len(plans)
    reworded = CalendarPlan(warnings=(replace(PROBLEM, detail="Other words."),))
    assert plan_sha256(reworded) == plan_sha256(CalendarPlan(warnings=(PROBLEM,)))
