"""When a list of statistics with access is due, and for which periods one can be published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.rules.annual import CLAUSES, AccessGiven, annual_rows, dated_on
from app.rules.errors import Malformed
from app.rules.facts import Order

AT_MOST = timedelta(days=3660)
_DAY = timedelta(days=1)


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
    order: Order, given_on: Collection[date], published: Sequence[Period], today: date
) -> tuple[AnnualDue, ...]:
    """Say which lists are owed, and from when; nothing is owed for a time in which no access was granted.

    Under the UK and Northern Ireland Orders the next list is due twelve months after the last was published, the first
    twelve months after the first statistic that belongs on it. Under the Welsh Order each calendar year's list is due
    on the 1 January that follows it.

    Args:
        order: The Order.
        given_on: The London days of the releases to which access was granted under it. Only the Welsh Order asks for
            them all; under the others the first after the last list will do.
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
        years = sorted({day.year for day in given_on if day <= today})
        spans = [(date(year, 1, 1), date(year, 12, 31)) for year in years]
        return tuple(
            AnnualDue(order, first, last, dated_on(last), CLAUSES[order])
            for first, last in spans
            if (first, last) not in whole
        )
    covered = covered_to(published)
    open_days = sorted(day for day in given_on if covered is None or day > covered)
    if not open_days:
        return ()
    begun = open_days[0] if covered is None else max(period.published_on for period in published)
    due = a_year_after(begun)
    first = open_days[0] if covered is None else covered + _DAY
    return (AnnualDue(order, first, max(first, due - _DAY), due, CLAUSES[order]),)


def covered_to(published: Sequence[Period]) -> date | None:
    """Give the last London day that any of these lists covers; None where there is no list.

    Args:
        published: The lists published before, in any order.
    """
    return max((period.to_on for period in published), default=None)


def a_year_after(day: date, years: int = 1) -> date:
    """Give the same day some years later; 1 March where that would be a 29 February that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _fault(where: str, what: str) -> Malformed:
    return Malformed(f"{what} Nothing was done.", errors=[{"where": where, "what": what}])
