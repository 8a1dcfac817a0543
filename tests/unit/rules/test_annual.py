"""The annual list: which statistics stand on it, when it is due, and for which periods it can be published."""

from __future__ import annotations

from datetime import date

import pytest

from app.rules.annual import AccessGiven, AnnualRow, annual_rows, dated_on
from app.rules.annual_due import Period, a_year_after, annual_dues, check_period
from app.rules.errors import Malformed
from app.rules.facts import Order

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def given(title: str, on: date, series: str | None = None) -> AccessGiven:
    return AccessGiven(f"rel_{title}{on}", title, on, f"ser_{series}" if series else None, series or "")


def days(found: list[AccessGiven]) -> list[date]:
    return [one.on for one in found]


def test_annual_rows_count_releases_of_a_series_as_one_statistic_and_the_ends_of_the_period_as_in_it() -> None:
    found = (
        given("March", date(2026, 4, 14), "Claimant count"),
        given("December", date(2027, 1, 1), "Claimant count"),
        given("Before", date(2025, 12, 31)),
        given("Last", LAST),
        given("February", FIRST, "Claimant count"),
    )
    assert annual_rows(found, FIRST, LAST) == (
        AnnualRow("Claimant count", 2, FIRST, date(2026, 4, 14)),
        AnnualRow("Last", 1, LAST, LAST),
    )


def test_annual_rows_keep_two_statistics_of_one_name_apart() -> None:
    found = (given("Earnings", date(2026, 2, 3)), given("Earnings", date(2026, 2, 4)))
    assert [row.releases for row in annual_rows(found, FIRST, LAST)] == [1, 1]


def test_annual_rows_of_a_period_without_access_are_none() -> None:
    assert annual_rows((given("Before", date(2025, 12, 31)),), FIRST, LAST) == ()


def test_list_of_a_calendar_year_is_dated_1_january() -> None:
    assert dated_on(LAST) == date(2027, 1, 1)


@pytest.mark.parametrize("order", [Order.UK, Order.NORTHERN_IRELAND])
def test_first_list_is_due_a_year_after_the_first_statistic_and_the_next_a_year_after_the_last_list(
    order: Order,
) -> None:
    found = [given("A", date(2025, 3, 4)), given("B", date(2026, 5, 6))]
    (due,) = annual_dues(order, days(found), [], date(2026, 3, 4))
    assert (due.from_on, due.to_on, due.due_on) == (date(2025, 3, 4), date(2026, 3, 3), date(2026, 3, 4))
    published = [Period(date(2025, 3, 4), date(2026, 3, 3), date(2026, 3, 20))]
    (due,) = annual_dues(order, days(found), published, date(2026, 6, 1))
    assert (due.from_on, due.due_on) == (date(2026, 3, 4), date(2027, 3, 20))
    assert annual_dues(order, days(found[:1]), published, date(2030, 1, 1)) == ()


def test_welsh_lists_are_due_on_1_january_for_each_year_with_access_that_has_none() -> None:
    found = [given("A", date(2024, 12, 31)), given("B", date(2025, 1, 1)), given("C", date(2026, 7, 7))]
    published = [Period(date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 2))]
    dues = annual_dues(Order.WALES, days(found), published, date(2026, 8, 1))
    assert [(due.from_on.year, due.due_on) for due in dues] == [(2024, date(2025, 1, 1)), (2026, date(2027, 1, 1))]


def test_nothing_is_due_under_the_scottish_order() -> None:
    assert annual_dues(Order.SCOTLAND, [date(2020, 1, 1)], [], date(2030, 1, 1)) == ()


@pytest.mark.parametrize(
    ("order", "from_on", "to_on"),
    [
        (Order.UK, LAST, FIRST),
        (Order.UK, date(2010, 1, 1), LAST),
        (Order.UK, FIRST, date(2027, 1, 1)),
        (Order.WALES, FIRST, date(2026, 12, 30)),
        (Order.WALES, date(2025, 12, 31), LAST),
    ],
)
def test_period_that_has_not_ended_or_is_no_period_is_refused(order: Order, from_on: date, to_on: date) -> None:
    with pytest.raises(Malformed):
        check_period(order, from_on, to_on, today=date(2027, 1, 1))


def test_period_that_leaves_a_statistic_between_two_lists_is_refused_and_an_empty_gap_is_not() -> None:
    before = [Period(date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 1))]
    today, begins = date(2027, 1, 1), date(2025, 9, 1)
    check_period(Order.UK, begins, LAST, today=today, published=before, given=[given("A", date(2025, 9, 1))])
    with pytest.raises(Malformed, match="1 statistics"):
        check_period(Order.UK, begins, LAST, today=today, published=before, given=[given("A", date(2025, 8, 31))])


def test_a_year_after_29_february_is_1_march() -> None:
    assert (a_year_after(date(2024, 2, 29)), a_year_after(date(2024, 2, 29), 4)) == (
        date(2025, 3, 1),
        date(2028, 2, 29),
    )
