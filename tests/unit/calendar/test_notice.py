"""How long before publication a date must be known, by the edition of the Code; and what twelve months lack."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.rules.calendar import code_at, missing, months_before, shortfalls
from app.rules.facts import Order, Producer, Release, ReleaseState, Sensitivity
from tests.build import london

AT = london(2026, 3, 2, 9, 30)
ORDINARY, SENSITIVE = Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE


def release(at: datetime, state: ReleaseState = ReleaseState.PLANNED, *, rehearsal: bool = False) -> Release:
    return Release(
        release_id="rel_x",
        producer=Producer("prd_x", "Office for Example Statistics"),
        title="Examples",
        order=Order.UK,
        sensitivity=ORDINARY,
        state=state,
        publishes_at=at,
        rehearsal=rehearsal,
    )


@pytest.mark.parametrize(
    ("known_on", "clause"),
    [
        (date(2018, 2, 25), None),
        (date(2018, 2, 26), "Code 2018 T3.1"),
        (date(2022, 5, 4), "Code 2018 T3.1"),
        (date(2022, 5, 5), "Code 2022 T3.1"),
        (date(2025, 10, 29), "Code 2022 T3.1"),
        (date(2025, 10, 30), "Code 2025 3.1"),
    ],
)
def test_clause_on_notice_is_that_of_the_edition_in_force_when_the_date_was_made_known(
    known_on: date, clause: str | None
) -> None:
    assert code_at(known_on) == clause
    fixed_at = london(known_on.year, known_on.month, known_on.day, 12, 0)
    found = shortfalls(fixed_at + timedelta(days=20), ORDINARY, fixed_at=fixed_at)
    assert [(one.source, one.short_by_days) for one in found] == ([(clause, 8)] if clause else [])
    assert all(("date and time" in one.detail) == (clause != "Code 2018 T3.1") for one in found)


def test_notice_of_four_weeks_to_the_day_is_long_enough_and_a_day_less_is_not() -> None:
    assert shortfalls(london(2026, 3, 30, 9, 30), ORDINARY, fixed_at=london(2026, 3, 2, 17, 0)) == ()
    (short,) = shortfalls(london(2026, 3, 30, 9, 30), ORDINARY, fixed_at=london(2026, 3, 3, 0, 0))
    assert (short.code, short.source, short.short_by_days) == ("four_weeks", "Code 2025 3.1", 1)
    assert short.detail.endswith("this is 1 day short.")


def test_market_sensitive_release_needs_six_months_as_well() -> None:
    assert shortfalls(london(2026, 9, 2, 9, 30), SENSITIVE, fixed_at=AT) == ()
    found = shortfalls(london(2026, 3, 10, 9, 30), SENSITIVE, fixed_at=AT)
    assert [(one.code, one.source, one.short_by_days) for one in found] == [
        ("four_weeks", "Code 2025 3.1", 20),
        ("six_months", "GOV.UK publishing guidance: statistics", 173),
    ]


def test_six_months_before_the_end_of_a_long_month_is_the_end_of_a_short_one() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2028, 8, 31), 6) == date(2028, 2, 29)
    assert months_before(date(2026, 3, 10), 6) == date(2025, 9, 10)
    assert months_before(date(2028, 2, 29), -12) == date(2029, 2, 28)


@pytest.mark.parametrize("state", [ReleaseState.PUBLISHED, ReleaseState.CANCELLED, ReleaseState.POSTPONED])
def test_release_without_a_time_ahead_needs_no_notice(state: ReleaseState) -> None:
    assert shortfalls(london(2026, 3, 10, 9, 30), SENSITIVE, fixed_at=AT, state=state) == ()


def test_series_with_nothing_in_twelve_months_is_named() -> None:
    far = release(london(2027, 3, 9, 9, 30))
    (found,) = missing([("Yearly", [release(london(2025, 3, 11, 9, 30)), far])], AT)
    assert (found.series, found.code, found.source) == ("Yearly", "nothing_ahead", "Code 2025 3.1")
    assert missing([("Yearly", [release(london(2026, 3, 10, 9, 30))])], AT) == ()


def test_cancelled_and_rehearsed_releases_do_not_fill_the_calendar() -> None:
    ahead = london(2026, 4, 1, 9, 30)
    hollow = [release(ahead, ReleaseState.CANCELLED), release(ahead, rehearsal=True)]
    assert [one.code for one in missing([("Prices", hollow)], AT)] == ["nothing_ahead"]


def test_month_that_is_left_out_of_a_monthly_series_is_a_gap() -> None:
    days = [(2026, month) for month in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)] + [(2027, 1), (2027, 2)]
    monthly = [release(london(year, month, 17, 9, 30)) for year, month in days]
    (gap,) = missing([("Prices", monthly)], AT)
    assert (gap.code, gap.from_on, gap.to_on) == ("gap", date(2026, 4, 17), date(2026, 6, 17))
    assert gap.detail == "“Prices” comes about every 31 days, and has nothing between 17 April 2026 and 17 June 2026."


def test_monthly_series_that_stops_within_the_year_has_a_gap_until_its_end() -> None:
    monthly = [release(london(2026, month, 17, 9, 30)) for month in range(1, 9)]
    (gap,) = missing([("Prices", monthly)], AT)
    assert (gap.from_on, gap.to_on) == (date(2026, 8, 17), date(2027, 3, 2))
