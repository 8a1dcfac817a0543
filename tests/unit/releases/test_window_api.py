"""The window calculator, for anybody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.releases.world import World


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


@pytest.mark.parametrize("order", ["scotland", "wales", "northern_ireland"])
def test_order_that_is_not_built_has_no_window_and_says_so(world: World, order: str) -> None:
    found = world.done(asked(world, order=order, publishes_at="2026-03-10T09:30:00Z"))
    assert (found["opens_at"], found["opens_at_london"], len(found["reasons"])) == (None, None, 1)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"order": "uk"}, "query.publishes_at"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00"}, "query.publishes_at"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00 00:00"}, "query.publishes_at"),
        ({"order": "uk", "publishes_at": "9999-12-31T23:59:59Z"}, "query.publishes_at"),
        ({"order": "england", "publishes_at": "2026-03-10T09:30:00Z"}, "query.order"),
        ({"order": "uk", "publishes_at": "2026-03-10T09:30:00Z", "closed_on": "today"}, "query.closed_on.0"),
    ],
)
def test_unreadable_question_is_named(world: World, query: dict[str, str], where: str) -> None:
    answer = asked(world, **query)
    assert world.code(answer) == (422, "invalid_request")
    assert [error["where"] for error in answer.json()["errors"]] == [where]
