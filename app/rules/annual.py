"""The list of statistics to which access was granted before publication: what stands on it, and when it is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.rules.canonical import canonical_json
from app.rules.errors import Malformed
from app.rules.facts import Order

CLAUSES = {
    Order.UK: "SI 2008/2998 Sch. para 9(a)",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 9(a)",
    Order.WALES: "WSI 2009/2818 Sch. para 10(1)",
}
"""Where each Order asks for the list. The Scottish Order asks for none; a producer may publish one all the same."""

AT_MOST = timedelta(days=3660)
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


@dataclass(frozen=True, slots=True)
class Period:
    """A list that was published: the London days it covers, both included, and the day on which it was published."""

    from_on: date
    to_on: date
    published_on: date


@dataclass(frozen=True, slots=True)
class AnnualDue:
    """A list that is owed.

    Attributes:
        from_on, to_on: The London days it must cover, both included.
        due_on: The London day on which it is due.
        source: The clause that asks for it.
    """

    order: Order
    from_on: date
    to_on: date
    due_on: date
    source: str


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


def check_period(
    order: Order,
    from_on: date,
    to_on: date,
    *,
    today: date,
    published: Sequence[Period] = (),
    given: Sequence[AccessGiven] = (),
) -> None:
    """Say whether a list can be published for a period.

    Args:
        order: The Order whose statistics it lists.
        from_on, to_on: First and last London day it shall cover.
        today: London day.
        published: The lists published before under this Order.
        given: Every release to which access was granted under it.

    Raises:
        Malformed: The period has not ended, is no calendar year where the Order wants one, is too long, or leaves out
            statistics between the last list and this one.

    Source:
        SI 2008/2998 Sch. para 9(a); SR 2009/71 Sch. para 9(a); WSI 2009/2818 Sch. para 10(1)
    """
    if to_on < from_on or to_on - from_on > AT_MOST:
        raise _fault("to", f"{to_on.isoformat()} is no end for a period that begins on {from_on.isoformat()}.")
    if order is Order.WALES and (from_on, to_on) != (date(from_on.year, 1, 1), date(from_on.year, 12, 31)):
        raise _fault("from", f"The Welsh list covers a year from 1 January to 31 December ({CLAUSES[order]}).")
    if to_on >= today:
        raise _fault("to", f"The period must have ended: {to_on.isoformat()} is not before {today.isoformat()}.")
    earlier = [period.to_on for period in published if period.to_on < from_on]
    if order is Order.WALES or not earlier:
        return
    between = annual_rows(given, max(earlier) + _DAY, from_on - _DAY)
    if between:
        raise _fault(
            "from",
            f"{len(between)} statistics with access between the last list, which ends on {max(earlier).isoformat()}, "
            "and this one would stand on none. Begin the period earlier.",
        )


def annual_dues(
    order: Order, given: Sequence[AccessGiven], published: Sequence[Period], today: date
) -> tuple[AnnualDue, ...]:
    """Say which lists are owed, and from when; nothing is owed for a time in which no access was granted.

    Under the UK and Northern Ireland Orders the next list is due twelve months after the last was published, the first
    twelve months after the first statistic that belongs on it. Under the Welsh Order each calendar year's list is due
    on the 1 January that follows it.

    Args:
        order: The Order.
        given: Every release to which access was granted under it.
        published: The lists published before.
        today: London day.

    Returns:
        The earliest due first; those not due yet as well.

    Source:
        SI 2008/2998 Sch. para 9(a); SR 2009/71 Sch. para 9(a); WSI 2009/2818 Sch. para 10(1)
    """
    if order not in CLAUSES:
        return ()
    if order is Order.WALES:
        whole = {(period.from_on, period.to_on) for period in published}
        years = sorted({one.on.year for one in given if one.on <= today})
        spans = [(date(year, 1, 1), date(year, 12, 31)) for year in years]
        return tuple(
            AnnualDue(order, first, last, dated_on(last), CLAUSES[order])
            for first, last in spans
            if (first, last) not in whole
        )
    covered = max((period.to_on for period in published), default=None)
    open_days = sorted(one.on for one in given if covered is None or one.on > covered)
    if not open_days:
        return ()
    begun = open_days[0] if covered is None else max(period.published_on for period in published)
    due = a_year_after(begun)
    first = open_days[0] if covered is None else covered + _DAY
    return (AnnualDue(order, first, max(first, due - _DAY), due, CLAUSES[order]),)


def a_year_after(day: date, years: int = 1) -> date:
    """Give the same day some years later; 1 March where that would be a 29 February that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _fault(where: str, what: str) -> Malformed:
    return Malformed(f"{what} Nothing was done.", errors=[{"where": where, "what": what}])
