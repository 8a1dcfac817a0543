"""A producer's register of breaches, and the figures of one year. Facts in, rows and counts out; nobody is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.rules.causes import CAUSE_WORDS, Cause
from app.rules.engaged import BY_LABEL, practices_engaged
from app.rules.facts import Release, london_date, london_text
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.reasons import utc
from app.rules.timeliness import LATE_FROM

HEADINGS = (
    "Number",
    "Statistics",
    "Series",
    "Occurred (UK time)",
    "Kind",
    "Near miss",
    "State",
    "Practices",
    "Practices confirmed",
    "Causes",
    "Came to notice (UK time)",
    "Minutes to notice",
    "Minutes to contain",
    "Report signed off (UK time)",
    "Report submitted (UK time)",
    "Submitted to",
)


@dataclass(frozen=True, slots=True)
class RegisteredIncident:
    """One incident as the register needs it.

    Attributes:
        release: The release it is about, or None.
        practices: Labels as a person corrected them; None while they are as proposed.
        facts: The incident's own.
        recalled_at: When a recall of the release was first begun after it occurred. Aware, UTC.
        causes: As a person gave them.
        signed_at, submitted_at: Of its report, the first time. Aware, UTC.
    """

    incident_id: str
    number: int
    release: Release | None
    series_title: str
    kind: IncidentKind
    near_miss: bool
    state: str
    occurred_at: datetime
    opened_at: datetime
    practices: tuple[str, ...] | None
    facts: dict[str, Any]
    causes: tuple[Cause, ...] = ()
    recalled_at: datetime | None = None
    signed_at: datetime | None = None
    submitted_at: datetime | None = None
    submitted_to: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Give the practices engaged, as a person corrected them or as proposed."""
        if self.practices is not None:
            return tuple(label for label in self.practices if label in BY_LABEL)
        return tuple(one.label for one in practices_engaged(self.kind, self.occurred_at, self.release))

    @property
    def minutes_to_notice(self) -> int:
        """Give the whole minutes from when it happened to when it was on record."""
        return _minutes(self.occurred_at, self.opened_at)

    @property
    def minutes_to_contain(self) -> int | None:
        """Give the whole minutes to the end of it: to publication where it was late, to the first recall otherwise.

        Returns:
            None where no end is on record.
        """
        public_at = self.facts.get("public_at") if self.kind is IncidentKind.LATE_PUBLICATION else None
        ended_at = datetime.fromisoformat(public_at) if isinstance(public_at, str) else self.recalled_at
        return None if ended_at is None else _minutes(self.occurred_at, ended_at)

    def cells(self) -> list[str | int | None]:
        """Give the row of the register."""
        return [
            self.number,
            self.release.title if self.release else "",
            self.series_title,
            london_text(self.occurred_at),
            KIND_WORDS[self.kind],
            "yes" if self.near_miss else "no",
            self.state.replace("_", " "),
            "; ".join(self.labels),
            "no" if self.practices is None else "yes",
            "; ".join(CAUSE_WORDS[one] for one in self.causes),
            london_text(self.opened_at),
            self.minutes_to_notice,
            self.minutes_to_contain,
            london_text(self.signed_at) if self.signed_at else "",
            london_text(self.submitted_at) if self.submitted_at else "",
            self.submitted_to,
        ]


@dataclass(frozen=True, slots=True)
class Timing:
    """When one release was to be public, and when it was. Aware, UTC; ``published_at`` None while it is not."""

    publishes_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class YearlyReturn:
    """The figures of one calendar year, by London day.

    Attributes:
        breaches, near_misses: How many of each occurred; the counts below are of breaches only.
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
    breaches = [one for one in of_year if not one.near_miss and one.state != "closed_no_breach"]
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


def _minutes(begun_at: datetime, ended_at: datetime) -> int:
    return max(0, (utc(ended_at) - utc(begun_at)) // timedelta(minutes=1))
