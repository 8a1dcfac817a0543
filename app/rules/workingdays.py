"""Days that count and days that do not, on the London calendar. The days left out are passed in; none is known here.

The two that every year has by the Welsh Order's own words, Christmas Day and Good Friday, are computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from app.rules.facts import LONDON
from app.rules.reasons import utc

_DAY = timedelta(days=1)
_SATURDAY = 5

Counts = Callable[[date], bool]


class Part(StrEnum):
    """A part of the United Kingdom with bank holidays of its own."""

    ENGLAND_AND_WALES = "england_and_wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"


@dataclass(frozen=True, slots=True)
class BankHoliday:
    """A bank holiday in one part of the United Kingdom.

    Attributes:
        day: London day.
        source: Where the date was taken from.
    """

    part: Part
    day: date
    name: str
    source: str


def counting(closed_on: frozenset[date], *, by_the_order: Callable[[date], bool] | None = None) -> Counts:
    """Make the question whether a day counts.

    Args:
        closed_on: Days left out beside Saturdays and Sundays.
        by_the_order: Says of a day whether the Order itself leaves it out, whatever was loaded.

    Returns:
        A function of a London day; a day that nobody left out counts, which makes a window shorter.

    Source:
        SSI 2008/399 art. 2; WSI 2009/2818 Sch. para 4
    """

    def counts(day: date) -> bool:
        left_out = day.weekday() >= _SATURDAY or day in closed_on
        return not left_out and not (by_the_order is not None and by_the_order(day))

    return counts


def day_back(day: date, days: int, counts: Counts) -> date:
    """Go back over days that count.

    Args:
        day: Where to begin; it is not counted itself.
        days: How many days that count to go back, 1 or more.
        counts: Says which days count.

    Returns:
        The day that counts as the last of them.
    """
    left = days
    while left:
        day -= _DAY
        left -= counts(day)
    return day


def time_back(at: datetime, span: timedelta, counts: Counts) -> datetime:
    """Go back over counted time, cutting out whole days that do not count.

    The days are those of the London clock, with the 23, 24 or 25 hours that each of them has.

    Args:
        at: Where to begin. Aware.
        span: How much counted time to go back, more than nothing.
        counts: Says which days count.

    Returns:
        The latest instant with that much counted time up to ``at``, aware UTC.
    """
    end, left = utc(at), span
    day = (end - timedelta.resolution).astimezone(LONDON).date()
    while True:
        begins = start_of(day)
        if counts(day):
            if end - begins >= left:
                return end - left
            left -= end - begins
        end, day = begins, day - _DAY


def start_of(day: date) -> datetime:
    """Give the first instant of a London day, aware UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def same_clock_time(day: date, at: datetime) -> datetime:
    """Give the instant of a London day at which the clock stands as it does at another instant.

    Args:
        day: The London day wanted.
        at: The instant whose clock time is wanted. Aware.

    Returns:
        Aware UTC. Where that clock time comes twice on the day, or not at all, the later of the two instants that could
        be meant: nothing opens early.
    """
    clock = datetime.combine(day, utc(at).astimezone(LONDON).time().replace(fold=0), LONDON)
    return max(clock.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def is_christmas_day(day: date) -> bool:
    """Say whether a day is Christmas Day."""
    return (day.month, day.day) == (12, 25)


def is_good_friday(day: date) -> bool:
    """Say whether a day is Good Friday: two days before Easter Sunday."""
    return day + 2 * _DAY == easter_sunday(day.year)


def easter_sunday(year: int) -> date:
    """Give Easter Sunday of a year of the Gregorian calendar, by the rule of the ecclesiastical moon.

    Args:
        year: From 1583 on.
    """
    golden, century = year % 19, year // 100
    leap_centuries, moon_shift = century // 4, (8 * century + 13) // 25
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    full_moon = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + full_moon + 2 - century + leap_centuries) % 7
    after_march = full_moon - weekday  # days from 28 March to Easter Sunday
    return date(year, 3, 28) + timedelta(days=after_march)
