"""Laws of the days that count: Easter, the start of a day, and what a missing day does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.facts import LONDON, Order, Sensitivity
from app.rules.window import opens_at_for
from app.rules.workingdays import day_back, easter_sunday, is_good_friday, same_clock_time, start_of
from tests.build import a_grant, a_release
from tests.properties.calendars import GOOD_FRIDAYS

DAY = timedelta(days=1)
# Easter Sundays of other centuries too, the earliest and the latest possible among them.
EASTERS = (
    "1818-03-22 1900-04-15 1943-04-25 1954-04-18 1981-04-19 2000-04-23 2038-04-25 2049-04-18 2076-04-19 2100-03-28"
)

any_day = st.dates(date(2020, 1, 1), date(2040, 12, 31))
any_instant = st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))


def test_good_friday_of_each_year_is_the_one_in_the_written_table() -> None:
    first = date(2019, 1, 1)
    found = {first + days * DAY for days in range(23 * 365 + 5) if is_good_friday(first + days * DAY)}
    assert found == GOOD_FRIDAYS


@pytest.mark.parametrize("easter", [date.fromisoformat(day) for day in EASTERS.split()])
def test_easter_sunday_is_the_one_in_the_written_table(easter: date) -> None:
    assert easter_sunday(easter.year) == easter


@given(any_day)
def test_start_of_a_day_is_its_first_instant_in_london(day: date) -> None:
    begins = start_of(day)
    assert begins.astimezone(LONDON).replace(tzinfo=None) == datetime(day.year, day.month, day.day)
    assert (begins - timedelta(microseconds=1)).astimezone(LONDON).date() == day - DAY


@given(any_day, any_instant)
def test_same_clock_time_is_on_that_day_and_never_before_the_time_that_is_shown(day: date, at: datetime) -> None:
    found, wanted = same_clock_time(day, at).astimezone(LONDON), at.astimezone(LONDON)
    assert found.date() == day
    assert found.time() >= wanted.time()


def test_same_clock_time_that_comes_twice_is_the_later_one() -> None:
    at = datetime(2026, 11, 2, 1, 30, tzinfo=LONDON)
    assert same_clock_time(date(2026, 10, 25), at) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_same_clock_time_that_does_not_exist_is_after_the_change() -> None:
    at = datetime(2026, 4, 6, 1, 30, tzinfo=LONDON)
    assert same_clock_time(date(2026, 3, 29), at) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert same_clock_time(date(2026, 3, 29), at).astimezone(LONDON).hour == 2


@given(any_day, st.integers(1, 9), st.sets(st.integers(1, 40)))
def test_day_back_passes_exactly_that_many_days_that_count(day: date, days: int, closed: set[int]) -> None:
    left_out = {day - back * DAY for back in closed}
    found = day_back(day, days, lambda one: one not in left_out)
    between = [found + ahead * DAY for ahead in range((day - found).days)]
    assert found not in left_out
    assert len([one for one in between if one not in left_out]) == days


@settings(max_examples=200)
@given(
    st.sampled_from(list(Order)),
    st.sampled_from(list(Sensitivity)),
    any_instant,
    st.sets(st.integers(0, 30)),
    st.sets(st.integers(0, 30)),
    st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=20)),
)
def test_missing_closed_day_makes_no_window_longer(
    order: Order, kind: Sensitivity, at: datetime, known: set[int], missing: set[int], asked: timedelta | None
) -> None:
    today = at.astimezone(LONDON).date()
    some = frozenset(today - back * DAY for back in known)
    every = some | {today - back * DAY for back in missing}
    release = a_release(order=order, sensitivity=kind, publishes_at=at, closed_on=some)
    grant = a_grant(asked=asked)
    short = opens_at_for(release, grant)
    full = opens_at_for(a_release(order=order, sensitivity=kind, publishes_at=at, closed_on=every), grant)
    assert (short is None) == (full is None)
    assert short is None or full is None or full <= short
