"""The days of readiness: by when something is late, and whose turn it is to hear of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.rules.rungs import Rung, Stage, day_of, due_at, rung_due, tells_owner_at
from app.rules.workingdays import Counts, counting
from tests.build import london

WEEKDAYS = counting(frozenset())
EASTER_2026 = counting(frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
LONG_AGO = london(2025, 1, 6, 9, 0)
TUESDAY, MONDAY = london(2026, 3, 24, 9, 30), london(2026, 3, 23, 9, 30)


@pytest.mark.parametrize(
    ("publishes_at", "counts", "week", "two_days", "day_before"),
    [
        (TUESDAY, WEEKDAYS, date(2026, 3, 17), date(2026, 3, 20), date(2026, 3, 23)),
        (MONDAY, WEEKDAYS, date(2026, 3, 16), date(2026, 3, 19), date(2026, 3, 20)),
        # Good Friday and Easter Monday are no working days; a week before one of them is one.
        (london(2026, 4, 7, 9, 30), EASTER_2026, date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)),
        # A week before falls on Easter Monday, so the Thursday before it is meant.
        (london(2026, 4, 13, 9, 30), EASTER_2026, date(2026, 4, 2), date(2026, 4, 9), date(2026, 4, 10)),
    ],
)
def test_days_of_a_release_skip_what_is_not_worked(
    publishes_at: datetime, counts: Counts, week: date, two_days: date, day_before: date
) -> None:
    days = [day_of(stage, publishes_at, counts) for stage in Stage]
    assert days == [week, two_days, day_before, publishes_at.date()]


def test_day_before_a_monday_is_due_on_friday_noon_whatever_the_clock_does_between() -> None:
    # The clocks go forward on Sunday 29 March 2026, and back on Sunday 25 October.
    for monday, friday in (
        (london(2026, 3, 30, 9, 30), london(2026, 3, 27, 12, 0)),
        (london(2026, 10, 26, 9, 30), london(2026, 10, 23, 12, 0)),
    ):
        due = due_at(Stage.DAY_BEFORE, monday, WEEKDAYS, opens_at=monday - timedelta(hours=24), able_at=LONG_AGO)
        assert due == friday
        assert tells_owner_at(due, WEEKDAYS) == friday - timedelta(days=1, hours=3)


def test_what_readers_need_is_due_when_their_window_opens_and_not_at_noon() -> None:
    opens = TUESDAY - timedelta(hours=24)
    assert due_at(Stage.DAY_BEFORE, TUESDAY, WEEKDAYS, opens_at=opens, able_at=LONG_AGO) == opens
    assert due_at(Stage.DAY_BEFORE, TUESDAY, WEEKDAYS, opens_at=None, able_at=LONG_AGO) == london(2026, 3, 23, 12, 0)
    # A window of five working days opens before the two days: then it is what counts.
    early = london(2026, 3, 17, 9, 30)
    assert due_at(Stage.TWO_DAYS, TUESDAY, WEEKDAYS, opens_at=early, able_at=LONG_AGO) == early


def test_window_that_opens_at_night_makes_it_due_at_noon_before() -> None:
    midnight = london(2026, 3, 24, 0, 1)
    due = due_at(Stage.DAY_BEFORE, midnight, WEEKDAYS, opens_at=midnight - timedelta(hours=24), able_at=LONG_AGO)
    assert due == london(2026, 3, 20, 12, 0)


def test_announced_late_gives_a_working_day_and_never_more_than_half_of_what_is_left() -> None:
    known = london(2026, 3, 19, 16, 0)  # a Thursday, five days before
    week = due_at(Stage.WEEK, TUESDAY, WEEKDAYS, opens_at=None, able_at=known)
    assert week == london(2026, 3, 20, 12, 0)
    yesterday = london(2026, 3, 23, 9, 30)
    half = due_at(Stage.WEEK, TUESDAY, WEEKDAYS, opens_at=None, able_at=yesterday)
    assert half == london(2026, 3, 23, 21, 30)


def test_what_cannot_be_done_yet_is_not_late_before_the_last_hour() -> None:
    assert due_at(Stage.WEEK, TUESDAY, WEEKDAYS, opens_at=None, able_at=None) == TUESDAY - timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "rung"),
    [
        (london(2026, 3, 20, 8, 59), None),
        (london(2026, 3, 20, 9, 0), Rung.OWNER),
        (london(2026, 3, 20, 20, 0), None),  # at night nobody is written to
        (london(2026, 3, 23, 6, 59), None),
        (london(2026, 3, 23, 7, 0), Rung.OWNER),
        (london(2026, 3, 23, 12, 0), Rung.LEAD_OFFICIAL),
        (london(2026, 3, 23, 14, 59), Rung.LEAD_OFFICIAL),
        (london(2026, 3, 23, 15, 0), Rung.HEAD_OF_PROFESSION),
        (london(2026, 3, 23, 23, 0), None),
        (london(2026, 3, 24, 8, 30), Rung.EVERYBODY),
        (TUESDAY - timedelta(milliseconds=1), Rung.EVERYBODY),
        (TUESDAY, None),
    ],
)
def test_rung_by_the_hour_of_the_day_before(at: datetime, rung: Rung | None) -> None:
    assert rung_due(london(2026, 3, 23, 12, 0), TUESDAY, WEEKDAYS, at) is rung


def test_hour_before_publication_at_night_waits_for_nobody() -> None:
    midnight = london(2026, 3, 24, 0, 1)
    assert rung_due(london(2026, 3, 23, 12, 0), midnight, WEEKDAYS, london(2026, 3, 23, 23, 1)) is Rung.EVERYBODY
