"""The bank holidays that are loaded, against lists written out by hand, and the days proclaimed for one year only."""

from __future__ import annotations

from datetime import date

import pytest

from app.outside.holidays import bank_holidays
from app.rules.workingdays import Part

ENGLAND_AND_WALES, SCOTLAND, NORTHERN_IRELAND = Part

# As the government publishes them, without those that fall on a Saturday or a Sunday.
WRITTEN_OUT = {
    (ENGLAND_AND_WALES, 2025): "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    (ENGLAND_AND_WALES, 2026): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    (ENGLAND_AND_WALES, 2027): "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    (SCOTLAND, 2025): "01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26",
    (SCOTLAND, 2026): "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28",
    (SCOTLAND, 2027): "01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28",
    (NORTHERN_IRELAND, 2025): "01-01 03-17 04-18 04-21 05-05 05-26 07-14 08-25 12-25 12-26",
    (NORTHERN_IRELAND, 2026): "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28",
    (NORTHERN_IRELAND, 2027): "01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30 12-27 12-28",
}
# Days of one part only, for a decade; each moves to a Monday or a Tuesday when it falls on a weekend.
SECOND_OF_JANUARY = "2020-01-02 2021-01-04 2022-01-04 2023-01-03 2024-01-02 2025-01-02 2026-01-02 2027-01-04 2028-01-04"
ST_PATRICK = "2020-03-17 2021-03-17 2022-03-17 2023-03-17 2024-03-18 2025-03-17 2026-03-17 2027-03-17 2028-03-17"
THE_TWELFTH = "2020-07-13 2021-07-12 2022-07-12 2023-07-12 2024-07-12 2025-07-14 2026-07-13 2027-07-12 2028-07-12"
ST_ANDREW = "2020-11-30 2021-11-30 2022-11-30 2023-11-30 2024-12-02 2025-12-01 2026-11-30 2027-11-30 2028-11-30"


def days(part: Part, first: int, last: int) -> set[date]:
    return {holiday.day for holiday in bank_holidays(first, last) if holiday.part is part}


@pytest.mark.parametrize(("part", "year"), sorted(WRITTEN_OUT))
def test_bank_holidays_of_a_year_are_those_written_out(part: Part, year: int) -> None:
    assert days(part, year, year) == {date.fromisoformat(f"{year}-{day}") for day in WRITTEN_OUT[part, year].split()}


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (SCOTLAND, SECOND_OF_JANUARY),
        (NORTHERN_IRELAND, ST_PATRICK),
        (NORTHERN_IRELAND, THE_TWELFTH),
        (SCOTLAND, ST_ANDREW),
    ],
    ids=["2 January", "17 March", "12 July", "30 November"],
)
def test_bank_holiday_of_one_part_only_is_where_it_was_each_year(part: Part, written: str) -> None:
    wanted = {date.fromisoformat(day) for day in written.split()}
    assert wanted <= days(part, 2020, 2028)
    assert not wanted & days(ENGLAND_AND_WALES, 2020, 2028)


def test_bank_holiday_of_one_year_only_is_known() -> None:
    funeral = date(2022, 9, 19)
    assert all(funeral in days(part, 2022, 2022) for part in Part)
    world_cup = date(2026, 6, 15)
    assert [part for part in Part if world_cup in days(part, 2026, 2026)] == [SCOTLAND]


@pytest.mark.parametrize("year", range(2020, 2031))
def test_bank_holidays_fall_on_weekdays_each_once_with_a_name_and_a_source(year: int) -> None:
    found = bank_holidays(year, year)
    assert len({(one.part, one.day) for one in found}) == len(found)
    assert {one.day.year for one in found} == {year}
    assert all(one.day.weekday() < 5 and one.name and "observed" not in one.name for one in found)
    assert {one.source.split()[0] for one in found} == {"python-holidays"}
    assert {part: 8 <= len([one for one in found if one.part is part]) <= 12 for part in Part} == dict.fromkeys(
        Part, True
    )
    easter_monday = [one.part for one in found if one.name == "Easter Monday"]
    assert easter_monday == [ENGLAND_AND_WALES, NORTHERN_IRELAND]


def test_bank_holidays_of_years_that_nobody_could_mean_are_none() -> None:
    assert bank_holidays(1900, 1900) == bank_holidays(9000, 9998) == bank_holidays(2026, 2025) == ()
