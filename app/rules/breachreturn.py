"""The figures of one calendar year: breaches, near misses, and publication on time. Counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules.breachregister import RegisteredIncident
from app.rules.facts import london_date
from app.rules.incidents import IncidentState
from app.rules.reasons import utc
from app.rules.timeliness import LATE_FROM


@dataclass(frozen=True, slots=True)
class Timing:
    """When one release was to be public, and when it was. Aware, UTC; ``published_at`` None while it is not."""

    publishes_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class YearlyReturn:
    """The figures of one calendar year, by London day.

    Attributes:
        breaches: How many occurred that were not closed as no breach; the counts below are of these.
        near_misses: How many attempts were refused. Being closed as no breach is the usual end of one, so those count.
        on_time, early, late: How many releases were public when: late is a minute or more after the time set.
        not_yet: How many releases whose time has passed are not public.
        notice_minutes, contain_minutes: The median of the breaches for which it is known; None where there is none.
    """

    year: int
    breaches: int
    near_misses: int
    by_kind: dict[str, int]
    by_practice: dict[str, int]
    by_cause: dict[str, int]
    by_state: dict[str, int]
    on_time: int
    early: int
    late: int
    not_yet: int
    notice_minutes: float | None
    contain_minutes: float | None
    submitted: int


def yearly_return(
    year: int, incidents: Sequence[RegisteredIncident], timings: Sequence[Timing], at: datetime
) -> YearlyReturn:
    """Count one year.

    Args:
        year: The calendar year, by London day.
        incidents: Of any time; those that occurred in the year count.
        timings: Releases of any time, cancelled and rehearsed ones left out; those set for the year count.
        at: Now. Aware, UTC.
    """
    of_year = [one for one in incidents if london_date(one.occurred_at).year == year]
    breaches = [one for one in of_year if not one.near_miss and one.state != IncidentState.CLOSED_NO_BREACH.value]
    due = [one for one in timings if london_date(one.publishes_at).year == year and one.publishes_at <= at]
    public = [(one.publishes_at, one.published_at) for one in due if one.published_at is not None]
    early = sum(utc(was) < to_be for to_be, was in public)
    late = sum(utc(was) >= to_be + LATE_FROM for to_be, was in public)
    contained = [minutes for one in breaches if (minutes := one.minutes_to_contain) is not None]
    return YearlyReturn(
        year=year,
        breaches=len(breaches),
        near_misses=sum(one.near_miss for one in of_year),
        by_kind=_counted(one.kind.value for one in breaches),
        by_practice=_counted(label for one in breaches for label in one.labels),
        by_cause=_counted(cause.value for one in breaches for cause in one.causes),
        by_state=_counted(one.state for one in breaches),
        on_time=len(public) - early - late,
        early=early,
        late=late,
        not_yet=len(due) - len(public),
        notice_minutes=_median([one.minutes_to_notice for one in breaches]),
        contain_minutes=_median(contained),
        submitted=sum(one.submitted_at is not None for one in breaches),
    )


def _counted(names: Any) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _median(minutes: Sequence[int]) -> float | None:
    """Give the middle one, or the mean of the two in the middle."""
    if not minutes:
        return None
    ordered = sorted(minutes)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
