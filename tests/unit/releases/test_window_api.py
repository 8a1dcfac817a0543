"""The window calculator, for anybody."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.actions import closed_days
from app.rules.workingdays import Part
from tests.unit.releases.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Nothing here is changed by asking, so one service serves them all."""
    return World(tmp_path_factory.mktemp("window"))


def asked(world: World, **query: Any) -> Any:
    return world.get(None, "/window", params=query)


@pytest.mark.parametrize(
    ("publishes_at", "opens_at"),
    [
        ("2026-03-10T09:30:00Z", "2026-03-09T09:30:00.000Z"),
        ("2026-03-30T08:30:00Z", "2026-03-29T08:30:00.000Z"),
        ("2026-03-30T00:01:00+01:00", "2026-03-28T23:01:00.000Z"),
        ("2026-10-26T00:01:00+00:00", "2026-10-25T00:01:00.000Z"),
        ("2026-04-07T09:30:00+01:00", "2026-04-06T08:30:00.000Z"),
    ],
)
def test_uk_window_opens_24_elapsed_hours_before(world: World, publishes_at: str, opens_at: str) -> None:
    assert world.done(asked(world, order="uk", publishes_at=publishes_at))["opens_at"] == opens_at


def test_window_is_answered_with_its_reasons_and_clauses(world: World) -> None:
    query = {"order": "uk", "sensitivity": "market_sensitive", "publishes_at": "2026-03-10T09:30:00Z"}
    found = world.done(asked(world, **query, closed_on=["2026-03-09", "2026-03-08"]))
    assert found == {
        "publishes_at": "2026-03-10T09:30:00.000Z",
        "opens_at": "2026-03-09T09:30:00.000Z",
        "opens_at_london": "Monday 9 March 2026, 9:30am (UK time)",
        "reasons": found["reasons"],
        "sources": ["SI 2008/2998 Sch. para 4", "SI 2008/2998 Sch. para 6(1)", "SI 2008/2998 Sch. para 8"],
    }
    assert len(found["reasons"]) == 4


@pytest.mark.parametrize(
    ("query", "opens_at"),
    [
        ({"order": "northern_ireland", "publishes_at": "2026-03-10T09:30:00Z"}, "2026-03-09T09:30:00.000Z"),
        ({"order": "scotland", "publishes_at": "2026-06-16T08:30:00Z"}, "2026-06-08T08:30:00.000Z"),
        (
            {"order": "scotland", "publishes_at": "2026-06-16T08:30:00Z", "closed_on": ["2026-06-12"]},
            "2026-06-05T08:30:00.000Z",
        ),
        ({"order": "wales", "publishes_at": "2026-04-09T08:30:00Z"}, "2026-03-30T23:00:00.000Z"),
        (
            {"order": "wales", "publishes_at": "2026-06-16T08:30:00Z", "ground_letter": "d", "asked_hours": 240},
            "2026-06-06T08:30:00.000Z",
        ),
        ({"order": "scotland", "publishes_at": "2098-06-17T08:30:00Z"}, "2098-06-10T08:30:00.000Z"),
    ],
    ids=["Northern Ireland", "Scotland", "closed day", "Wales", "no maximum", "far ahead"],
)
def test_window_of_each_order_is_counted_where_no_holiday_is_on_record_yet(
    world: World, query: dict[str, Any], opens_at: str
) -> None:
    assert world.done(asked(world, **query))["opens_at"] == opens_at


def test_window_is_counted_with_the_bank_holidays_on_record(tmp_path: Path) -> None:
    world = World(tmp_path)
    closed_days.load_bank_holidays(world.tools)
    question = {"order": "scotland", "publishes_at": "2026-06-16T08:30:00Z"}
    assert world.done(asked(world, **question))["opens_at"] == "2026-06-08T08:30:00.000Z"
    known = closed_days.list_bank_holidays(world.tools, 2026, part=Part.SCOTLAND)
    [row] = [row for row in known if row.day == date(2026, 6, 15)]
    closed_days.withdraw_bank_holiday(world.tools, row.closed_day_id, reason="It was never proclaimed.")
    assert world.done(asked(world, **question))["opens_at"] == "2026-06-09T08:30:00.000Z"
    closed_days.add_bank_holiday(
        world.tools, part=Part.SCOTLAND, day=date(2026, 6, 11), name="Coronation", source="Proclamation"
    )
    assert world.done(asked(world, **question))["opens_at"] == "2026-06-08T08:30:00.000Z"


@pytest.mark.parametrize(
    ("order", "sensitivity", "source"),
    [
        ("scotland", "excepted", "SSI 2008/399 Sch. para 4A(4)"),
        ("uk", "economic", "SI 2008/2998 Sch. para 16"),
        ("wales", "economic", "WSI 2009/2818 art. 2"),
        ("northern_ireland", "excepted", "SR 2009/71 Sch. para 14"),
    ],
)
def test_class_without_a_window_has_none_and_says_so(world: World, order: str, sensitivity: str, source: str) -> None:
    found = world.done(asked(world, order=order, sensitivity=sensitivity, publishes_at="2026-03-10T09:30:00Z"))
    assert (found["opens_at"], found["opens_at_london"]) == (None, None)
    assert (len(found["reasons"]), found["sources"]) == (1, [source])


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"order": "uk"}, "query.publishes_at"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00"}, "query.publishes_at"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00 00:00"}, "query.publishes_at"),
        ({"order": "uk", "publishes_at": "9999-12-31T23:59:59Z"}, "query.publishes_at"),
        ({"order": "england", "publishes_at": "2026-03-10T09:30:00Z"}, "query.order"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00Z", "closed_on": "today"}, "query.closed_on.0"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00Z", "ground_letter": "z"}, "query.ground_letter"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00Z", "asked_hours": "0"}, "query.asked_hours"),
    ],
)
def test_unreadable_question_is_named(world: World, query: dict[str, str], where: str) -> None:
    answer = asked(world, **query)
    assert world.code(answer) == (422, "invalid_request")
    assert [error["where"] for error in answer.json()["errors"]] == [where]
