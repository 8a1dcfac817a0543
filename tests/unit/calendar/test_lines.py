"""Lines of a calendar: dates and times as people write them, and what an import makes of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from app.rules.calendar_columns import NAMES
from app.rules.calendar_import import plan_calendar
from app.rules.calendar_lines import Line, LineDefaults
from app.rules.calendar_planned import CalendarPlan, KnownRelease
from app.rules.columns import find_header
from app.rules.facts import Order, Producer, Release, ReleaseState, Sensitivity
from tests.build import london

AT = london(2026, 3, 2, 9, 30)
DEFAULTS = LineDefaults(Order.UK, Sensitivity.ORDINARY)
TOLD = {"title": "Title", "date": "Date", "time": "Time", "uid": "UID"}


def planned(*lines: dict[str, Any], known: tuple[KnownRelease, ...] = (), **given: Any) -> CalendarPlan:
    made = [
        Line(number, {name: cell for name, cell in line.items() if name in NAMES}, cancelled=line.get("off", False))
        for number, line in enumerate(lines, start=2)
    ]
    asked = {"defaults": DEFAULTS, "leads": {"lead@stats.gov.example": "per_lead"}, **given}
    return plan_calendar(made, headings=TOLD, known=known, at=AT, **asked)


def line(**cells: Any) -> dict[str, Any]:
    return {"title": "Prices, May 2026", "series": "Prices", "date": "2026-05-14", "time": "09:30", **cells}


def known(
    at: datetime,
    *,
    title: str = "Prices, May 2026",
    state: ReleaseState = ReleaseState.PLANNED,
    uid: str = "",
    **more: Any,
) -> KnownRelease:
    release = Release(
        release_id=f"rel_{title}{at:%j}",
        producer=Producer("prd_x", "Office for Example Statistics"),
        title=title,
        order=Order.UK,
        sensitivity=Sensitivity.ORDINARY,
        state=state,
        publishes_at=at,
    )
    return KnownRelease(release, "Prices", ("own@x", uid) if uid else ("own@x",), **more)


def codes(plan: CalendarPlan) -> list[tuple[int, str]]:
    return [(one.row, one.code) for one in (*plan.errors, *plan.warnings)]


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2026-05-14", "09:30"),
        ("14/05/2026", "9:30am"),
        ("14 May 2026", "9.30 a.m."),
        ("Thursday 14 May 2026", "09:30:00"),
        ("2026-05-14 09:30", ""),
        ("2026-05-14T08:30:00Z", ""),
        ("2026-05-14T09:30+01:00", ""),
    ],
)
def test_date_and_time_are_read_as_people_and_programs_write_them(date: str, time: str) -> None:
    plan = planned(line(date=date, time=time))
    assert (codes(plan), [one.line.publishes_at for one in plan.new]) == ([], [london(2026, 5, 14, 9, 30)])


def test_day_without_a_time_is_taken_as_half_past_nine_and_said_to_be() -> None:
    plan = planned(line(time=""))
    assert (codes(plan), plan.new[0].line.publishes_at) == ([(2, "time_missing")], london(2026, 5, 14, 9, 30))


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"title": ""}, "title_missing"),
        ({"title": "=1+1"}, "formula"),
        ({"title": "Rehearsal of prices, May 2026"}, "title_of_rehearsal"),
        ({"title": "Prices\u202e"}, "control_characters"),
        ({"title": "x" * 301}, "too_long"),
        ({"date": ""}, "date_missing"),
        ({"date": "next Tuesday"}, "date_unreadable"),
        ({"date": "30/02/2026"}, "date_unreadable"),
        ({"date": "0001-01-01T00:00:00+14:00", "time": ""}, "date_unreadable"),
        ({"time": "half past nine"}, "time_unreadable"),
        ({"time": "25:00"}, "time_unreadable"),
        ({"time": "09:30:15"}, "time_unreadable"),
        ({"date": "2026-03-29", "time": "01:30", "exemption": "x"}, "invalid_instant"),  # the clocks go forward
        ({"date": "2026-10-25", "time": "01:30", "exemption": "x"}, "invalid_instant"),  # and back
        ({"time": "10:00"}, "invalid_instant"),  # no exemption
        ({"date": "2030-05-14"}, "invalid_instant"),
        ({"order": "the Moon"}, "order_unknown"),
        ({"sensitivity": "very"}, "sensitivity_unknown"),
        ({"sensitivity": "economic"}, "sensitivity_unknown"),  # a class of the Scottish Order
        ({"lead": "not an address"}, "email_unreadable"),
        ({"url": "javascript:alert(1)"}, "address_unreadable"),
    ],
)
def test_line_that_cannot_be_taken_stops_the_import_and_is_named(cells: dict[str, str], code: str) -> None:
    plan = planned(line(title="Rents", date="2026-05-21"), line(**cells))
    assert [(one.row, one.code) for one in plan.errors] == [(3, code)]
    assert [one.line.title for one in plan.new] == ["Rents"]


def test_order_and_sensitivity_are_never_guessed() -> None:
    plan = planned(line(), defaults=LineDefaults())
    assert codes(plan) == [(2, "order_missing"), (2, "sensitivity_missing")]
    given = planned(line(order="SSI 2008/399", sensitivity="Economic"), defaults=LineDefaults())
    assert (given.new[0].line.order, given.new[0].line.sensitivity) == (Order.SCOTLAND, Sensitivity.ECONOMIC)


def test_lead_official_must_be_one_of_the_producers() -> None:
    plan = planned(line(lead="Lead@stats.gov.example"), line(title="Rents", lead="other@stats.gov.example"))
    assert [one.lead_official_id for one in plan.new] == ["per_lead", None]
    assert codes(plan) == [(3, "lead_unknown")]


def test_release_in_the_past_or_cancelled_is_left_out_with_a_warning() -> None:
    plan = planned(line(date="2026-02-10"), line(title="Rents", off=True))
    assert (plan.new, plan.left_out, codes(plan)) == ((), (2, 3), [(2, "in_the_past"), (3, "cancelled")])


def test_same_uid_or_same_release_twice_is_an_error() -> None:
    plan = planned(line(uid="a"), line(title="Rents", uid="a"), line(title="prices, may 2026"))
    assert [(one.row, one.code) for one in plan.errors] == [(3, "duplicate_uid"), (4, "duplicate_row")]


def test_import_of_what_is_there_already_changes_nothing() -> None:
    there = known(london(2026, 5, 14, 9, 30))
    plan = planned(line(), known=(there,))
    assert (plan.new, plan.differences, codes(plan)) == ((), (), [])
    assert plan.there == ((2, there.release.release_id),)


@pytest.mark.parametrize("state", [ReleaseState.PLANNED, ReleaseState.ANNOUNCED, ReleaseState.FINAL])
def test_changed_date_is_not_moved_and_waits_for_the_head_of_profession(state: ReleaseState) -> None:
    plan = planned(line(date="2026-05-21"), known=(known(london(2026, 5, 14, 9, 30), state=state),))
    (found,) = plan.differences
    assert (plan.new, found.what, found.here, found.there) == (
        (),
        "publishes_at",
        "Thursday 14 May 2026, 9:30am (UK time)",
        "Thursday 21 May 2026, 9:30am (UK time)",
    )
    assert "head of profession" in found.remedy


def test_release_is_known_again_by_its_uid_whatever_it_is_called_now() -> None:
    there = known(london(2026, 5, 14, 9, 30), uid="a", lead_email="lead@stats.gov.example")
    said = line(title="Prices in May", uid="a", sensitivity="market sensitive", lead="head@stats.gov.example")
    plan = planned(said, known=(there,))
    assert [(one.what, one.here, one.there) for one in plan.differences] == [
        ("title", "Prices, May 2026", "Prices in May"),
        ("sensitivity", "ordinary", "market_sensitive"),
        ("lead_official", "lead@stats.gov.example", "head@stats.gov.example"),
    ]


def test_cancelled_line_of_a_release_that_stands_is_told_and_nothing_is_cancelled() -> None:
    plan = planned(line(off=True), known=(known(london(2026, 5, 14, 9, 30)),))
    assert [(one.what, one.there) for one in plan.differences] == [("state", "cancelled")]


def test_next_release_of_the_same_title_is_new_beside_the_one_that_is_there() -> None:
    there = known(london(2026, 5, 14, 9, 30))
    plan = planned(line(), line(date="2026-06-11"), known=(there,))
    assert ([one.line.number for one in plan.new], plan.there, plan.errors) == (
        [3],
        ((2, there.release.release_id),),
        (),
    )


def test_line_that_could_be_any_of_several_is_an_error() -> None:
    several = (known(london(2026, 5, 14, 9, 30)), known(london(2026, 6, 11, 9, 30)))
    assert codes(planned(line(date="2026-07-09"), known=several)) == [(2, "ambiguous")]


def test_published_release_of_the_same_title_does_not_take_the_new_one() -> None:
    over = known(london(2026, 2, 12, 9, 30), state=ReleaseState.PUBLISHED)
    assert [one.line.number for one in planned(line(), known=(over,)).new] == [2]


def test_short_notice_is_a_warning_on_its_line() -> None:
    plan = planned(line(date="2026-03-12", sensitivity="market-sensitive"))
    assert codes(plan) == [(2, "notice_four_weeks"), (2, "notice_six_months")]
    assert [(one.code, one.short_by_days) for one in plan.new[0].short] == [("four_weeks", 18), ("six_months", 171)]


def test_calendar_without_a_line_is_an_error() -> None:
    assert codes(planned()) == [(1, "rows_missing")]


def test_headings_of_calendars_are_found_below_other_rows() -> None:
    rows = [["Our calendar"], [], ["Release title", "Publication date", "Release Time", "Market-sensitive?"]]
    found = find_header(rows, names=NAMES, needed=("title", "date"))
    assert found is not None
    assert (found[1], sorted(found[0].names())) == (2, ["date", "sensitivity", "time", "title"])
    assert find_header([["Title", "Owner"]], names=NAMES, needed=("title", "date")) is None
