"""A span of London days that statistics are counted over: a calendar year, a financial year, or between two dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules.errors import Malformed
from app.rules.facts import london_date

_FINANCIAL_MONTH = 4
LONGEST_YEARS = 30
MONTHS_TOLD = 24


@dataclass(frozen=True, slots=True)
class Period:
    """From a London day to another, both included."""

    from_on: date
    until_on: date
    words: str

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies on one of its London days."""
        return self.from_on <= london_date(at) <= self.until_on

    def parts(self) -> Iterator[Part]:
        """Give its months one by one; its calendar years, where it has more than 24 months."""
        by_year = _months(self.from_on, self.until_on) > MONTHS_TOLD
        begins = self.from_on
        while begins <= self.until_on:
            following = date(begins.year + 1, 1, 1) if by_year else _next_month(begins)
            words = str(begins.year) if by_year else f"{begins:%B} {begins.year}"
            yield Part(words, begins, min(self.until_on, following - timedelta(days=1)))
            begins = following


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a period, from a London day to another, both included."""

    words: str
    from_on: date
    until_on: date


def calendar_year(year: int) -> Period:
    """Give a calendar year."""
    return Period(date(year, 1, 1), date(year, 12, 31), str(year))


def financial_year(year: int) -> Period:
    """Give the financial year that begins on 1 April of a year."""
    last = date(year + 1, 3, 31)
    return Period(date(year, _FINANCIAL_MONTH, 1), last, f"financial year {year}/{(year + 1) % 100:02d}")


def between(from_on: date, until_on: date) -> Period:
    """Give what lies between two dates, both included.

    Raises:
        Malformed: The second comes before the first, or more than 30 years lie between them.
    """
    if until_on < from_on:
        raise Malformed(
            "The last day of the period lies before its first.",
            errors=[{"where": "query.until_on", "what": "too early"}],
        )
    if until_on.year - from_on.year > LONGEST_YEARS:
        raise Malformed(
            f"A period of more than {LONGEST_YEARS} years is not counted.",
            errors=[{"where": "query.until_on", "what": "too late"}],
        )
    return Period(from_on, until_on, f"{_text(from_on)} to {_text(until_on)}")


def asked_for(year: int | None, financial: bool, from_on: date | None, until_on: date | None) -> Period:
    """Give the period that is asked for: a year, or what lies between two dates.

    Args:
        year: The calendar year; of a financial year its first.
        financial: The financial year.
        from_on, until_on: First and last London day, in place of a year.

    Raises:
        Malformed: Neither a year nor two dates, or both; or a date outside the years 2000 to 2101.
    """
    if year is not None and from_on is None and until_on is None:
        return financial_year(year) if financial else calendar_year(year)
    if year is None and from_on is not None and until_on is not None and not financial:
        if not (2000 <= from_on.year <= 2101 and 2000 <= until_on.year <= 2101):
            raise Malformed("A day between the years 2000 and 2101 is expected.", errors=[])
        return between(from_on, until_on)
    raise Malformed(
        "Say which period: a `year`, with `financial` for a financial one, or `from_on` and `until_on`.",
        errors=[{"where": "query.year", "what": "name a year, or two dates"}],
    )


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _text(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
