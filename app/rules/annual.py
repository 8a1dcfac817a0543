"""The list of statistics to which access was granted before publication: what stands on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.rules.canonical import canonical_json
from app.rules.facts import Order

CLAUSES = {
    Order.UK: "SI 2008/2998 Sch. para 9(a)",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 9(a)",
    Order.WALES: "WSI 2009/2818 Sch. para 10(1)",
}
"""Where each Order asks for the list. The Scottish Order asks for none; a producer may publish one all the same."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AccessGiven:
    """A release to which access was granted, and the day on which it counts.

    A reading: it counts on the London day of its publication, since until then nothing about it may be made public by
    such a list, and so each stands on one list alone. One that was opened and then cancelled was granted as well; it
    counts on the day on which it was cancelled.

    Attributes:
        series_id, series_title: The series it belongs to, or None and empty.
        on: London day.
    """

    release_id: str
    title: str
    on: date
    series_id: str | None = None
    series_title: str = ""


@dataclass(frozen=True, slots=True)
class AnnualRow:
    """One statistic: a series, or a release that belongs to none.

    Attributes:
        releases: To how many of its releases access was granted in the period.
        first_on, last_on: First and last London day on which one counts.
    """

    statistic: str
    releases: int
    first_on: date
    last_on: date

    def as_record(self) -> dict[str, Any]:
        """Give the row as JSON-ready members."""
        return {
            "statistic": self.statistic,
            "releases": self.releases,
            "first_on": self.first_on.isoformat(),
            "last_on": self.last_on.isoformat(),
        }


def annual_rows(given: Iterable[AccessGiven], from_on: date, to_on: date) -> tuple[AnnualRow, ...]:
    """Compute the list: one row for each statistic to which access was granted in the period.

    A reading: where a release belongs to a series, the series is the statistic; the Orders ask for statistics, and the
    list of posts already tells of each release.

    Args:
        given: Every release to which access was granted.
        from_on, to_on: First and last London day that counts.

    Returns:
        By name.

    Source:
        SI 2008/2998 Sch. para 9(a); SR 2009/71 Sch. para 9(a); WSI 2009/2818 Sch. para 10(1)
    """
    counted: dict[tuple[str, str], list[date]] = {}
    for one in given:
        if from_on <= one.on <= to_on:
            statistic = (one.series_title, one.series_id) if one.series_id else (one.title, one.release_id)
            counted.setdefault(statistic, []).append(one.on)
    return tuple(AnnualRow(title, len(days), min(days), max(days)) for (title, _), days in sorted(counted.items()))


def annual_bytes(rows: Iterable[AnnualRow]) -> bytes:
    """Write the list as canonical JSON, so that two can be compared by their hash."""
    return canonical_json([row.as_record() for row in rows])


def dated_on(to_on: date) -> date:
    """Give the date that a list bears: the day after its period, 1 January for a calendar year.

    Source:
        WSI 2009/2818 Sch. para 10(1)
    """
    return to_on + _DAY
