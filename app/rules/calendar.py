"""The calendar of releases: how long before publication a date must be known, and what twelve months lack.

Warnings, never refusals: the Code asks for notice where that is practicable, and people judge what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from app.rules.facts import Release, ReleaseState, Sensitivity, london_date
from app.rules.practices import CODE_2018_FROM, CODE_2022_FROM, CODE_2025_FROM

NOTICE_DAYS = 28
SENSITIVE_NOTICE_MONTHS = 6
PUBLISHING_GUIDANCE = "GOV.UK publishing guidance: statistics"
_CODE = ((CODE_2025_FROM, "Code 2025 3.1"), (CODE_2022_FROM, "Code 2022 T3.1"), (CODE_2018_FROM, "Code 2018 T3.1"))
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED, ReleaseState.POSTPONED)
_GAP_TIMES = 1.75  # an interval that is longer than this many usual ones is a gap
_RHYTHM_FROM = 3  # fewer releases have no rhythm


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A notice that is shorter than is asked for.

    Attributes:
        code: ``four_weeks`` or ``six_months``.
        source: The clause, as cited in ``rules/README.md``.
        short_by_days: By how many days it is too short.
    """

    code: str
    source: str
    detail: str
    short_by_days: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What the calendar of a series lacks within the next twelve months.

    Attributes:
        code: ``nothing_ahead`` or ``gap``.
        from_on, to_on: The London days between which there is nothing.
    """

    series: str
    code: str
    source: str
    detail: str
    from_on: date
    to_on: date


class Due(NamedTuple):
    """When a release is due, and whether it still is; what of it shows the rhythm of its series.

    Attributes:
        publishes_at: Aware, UTC.
    """

    publishes_at: datetime
    state: ReleaseState
    rehearsal: bool


def shortfalls(
    publishes_at: datetime, sensitivity: Sensitivity, *, fixed_at: datetime, state: ReleaseState = ReleaseState.PLANNED
) -> tuple[Shortfall, ...]:
    """Say where the notice given of a release is shorter than the Code, or the publishing guidance, asks for.

    Args:
        publishes_at: The time set for publication. Aware.
        sensitivity: How the release is classed.
        fixed_at: When this time was, or would be, made known; its day chooses the edition of the Code. Aware.
        state: Of a release that is over, or has no time, nothing is asked.

    Source:
        Code 2018 T3.1; Code 2022 T3.1; Code 2025 3.1; GOV.UK publishing guidance: statistics
    """
    if state in _OVER:
        return ()
    on, known_on = london_date(publishes_at), london_date(fixed_at)
    found: list[Shortfall] = []
    source = code_at(known_on)
    days = NOTICE_DAYS - (on - known_on).days
    if source is not None and days > 0:
        what = "date" if source == "Code 2018 T3.1" else "date and time"
        detail = f"The exact {what} should be known four weeks ahead where practicable; this is {_days(days)} short."
        found.append(Shortfall("four_weeks", source, detail, days))
    days = (known_on - months_before(on, SENSITIVE_NOTICE_MONTHS)).days
    if sensitivity is Sensitivity.MARKET_SENSITIVE and days > 0:
        detail = f"A market-sensitive release should be announced six months ahead; this is {_days(days)} short."
        found.append(Shortfall("six_months", PUBLISHING_GUIDANCE, detail, days))
    return tuple(found)


def code_at(on: date) -> str | None:
    """Give the clause of the Code on the calendar that was in force on a London day; None before 2018.

    What the edition of 2009 said of it is not established.
    """
    return next((source for begins_on, source in _CODE if on >= begins_on), None)


def months_before(on: date, months: int) -> date:
    """Go back so many calendar months; where the month is too short, to its last day."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    for day in range(on.day, on.day - 4, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise ValueError(f"no day {months} months before {on}")


def missing(series: Iterable[tuple[str, Sequence[Release | Due]]], at: datetime) -> tuple[Missing, ...]:
    """Say which series have nothing in the next twelve months, and where their usual rhythm has a gap.

    Args:
        series: Titles of series, each with its releases, or when they are due, in whatever state.
        at: Now. Aware.

    Source:
        Code 2018 T3.1; Code 2022 T3.1; Code 2025 3.1
    """
    today = london_date(at)
    source = code_at(today)
    if source is None:
        return ()
    end = months_before(today, -12)
    found: list[Missing] = []
    for title, releases in series:
        days = sorted({london_date(one.publishes_at) for one in releases if _counts(one)})
        if not any(today <= day <= end for day in days):
            detail = f"The calendar has no release of “{title}” in the next twelve months."
            found.append(Missing(title, "nothing_ahead", source, detail, today, end))
        else:
            found.extend(_gaps(title, days, source, today, end))
    return tuple(found)


def _counts(release: Release | Due) -> bool:
    stands = release.state not in (ReleaseState.CANCELLED, ReleaseState.POSTPONED)
    return stands and not release.rehearsal


def _gaps(title: str, days: list[date], source: str, today: date, end: date) -> Iterable[Missing]:
    if len(days) < _RHYTHM_FROM:
        return
    between = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = between[len(between) // 2]
    longest = timedelta(days=usual * _GAP_TIMES)
    for earlier, later in zip(days, [*days[1:], max(end, days[-1])], strict=True):
        if later - earlier <= longest or later < today:
            continue
        detail = (
            f"“{title}” comes about every {_days(usual)}, and has nothing between "
            f"{earlier.day} {earlier:%B %Y} and {later.day} {later:%B %Y}."
        )
        yield Missing(title, "gap", source, detail, earlier, later)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
