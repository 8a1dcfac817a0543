"""Asks the right Order when the window opens. London in, UTC out.

The Orders count in different ways: 24 elapsed hours (UK and Northern Ireland), working days (Scotland), and counted
hours or counted days (Wales). Each stands in its own file under ``orders/``; nothing here knows a paragraph.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import ModuleType

from app.rules.facts import Grant, Order, Producer, Release, ReleaseState, Sensitivity, london_date, london_text
from app.rules.orders import northern_ireland, scotland, uk, wales
from app.rules.reasons import Reason, opening_text, utc
from app.rules.workingdays import Part

ORDERS: dict[Order, ModuleType] = {
    Order.UK: uk,
    Order.SCOTLAND: scotland,
    Order.WALES: wales,
    Order.NORTHERN_IRELAND: northern_ireland,
}

INSTRUMENTS = {
    Order.UK: "SI 2008/2998",
    Order.SCOTLAND: "SSI 2008/399",
    Order.WALES: "WSI 2009/2818",
    Order.NORTHERN_IRELAND: "SR 2009/71",
}

_ORDINARY = Grant("", "", "")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Window:
    """When access may begin, and the clauses that say so.

    Attributes:
        opens_at: First instant of the window, aware UTC, or None when there is none.
        reasons: Whole sentences; why it opens then, or why there is no window.
        sources: The clauses relied on.
        refusal: Why there is no window, when there is none.
    """

    opens_at: datetime | None
    reasons: tuple[str, ...]
    sources: tuple[str, ...]
    refusal: Reason | None = None

    def as_record(self) -> dict[str, object]:
        """Give the window as JSON-ready members: ``opens_at`` (RFC 3339 or None), ``reasons``, ``sources``."""
        return {
            "opens_at": opening_text(self.opens_at) if self.opens_at else None,
            "reasons": list(self.reasons),
            "sources": list(self.sources),
        }


def sensitivities_of(order: Order) -> frozenset[Sensitivity]:
    """Give the classes of statistics that an Order knows."""
    known: frozenset[Sensitivity] = ORDERS[order].SENSITIVITIES
    return known


def parts_of(order: Order) -> tuple[Part, ...]:
    """Give the parts of the United Kingdom whose bank holidays an Order leaves out; none where it excludes no day.

    Source:
        SSI 2008/399 art. 2; WSI 2009/2818 Sch. para 4(6)
    """
    parts: tuple[Part, ...] = ORDERS[order].BANK_HOLIDAYS_OF
    return parts


def counts_own_closed_days(order: Order) -> bool:
    """Say whether an Order leaves out the days on which the producer's own offices are closed.

    Source:
        SSI 2008/399 art. 2
    """
    counts: bool = ORDERS[order].COUNTS_OWN_CLOSED_DAYS
    return counts


def days_left_out(order: Order, bank_holidays: Mapping[Part, Set[date]], own: Set[date]) -> frozenset[date]:
    """Give the days, beside weekends and what the Order itself computes, that a count under an Order leaves out.

    Args:
        order: The governing Order.
        bank_holidays: Known bank holidays by part of the United Kingdom.
        own: Days on which the producer's offices are closed, and days of thanksgiving or mourning.

    Returns:
        London days. A day that is not known here counts, which makes a window shorter and never longer.

    Source:
        SSI 2008/399 art. 2; WSI 2009/2818 Sch. para 4(6)
    """
    found = {day for part in parts_of(order) for day in bank_holidays.get(part, ())}
    return frozenset(found | set(own) if counts_own_closed_days(order) else found)


def window(
    order: Order,
    sensitivity: Sensitivity,
    publishes_at: datetime,
    *,
    closed_on: frozenset[date] = frozenset(),
    own_days: frozenset[date] = frozenset(),
    grant: Grant = _ORDINARY,
) -> Window:
    """Say when the window opens, and by which clauses, for a release that need not exist.

    Args:
        order: The governing Order.
        sensitivity: The release's class.
        publishes_at: The time set for publication. Aware.
        closed_on: London days, beside weekends, that a count under this Order leaves out.
        own_days: Closed days that were named with the question; where the Order does not leave such days out, the
            answer says so.
        grant: Whose window; an ordinary one unless given.

    Returns:
        The window; ``opens_at`` is None when there is none, and ``refusal`` then says why.

    Raises:
        ValueError: ``publishes_at`` is naive.
    """
    nobody = Producer("", "")
    release = Release("", nobody, "", order, sensitivity, ReleaseState.FINAL, publishes_at, closed_on=closed_on)
    found = window_of(release, grant)
    if not own_days or found.opens_at is None or counts_own_closed_days(order):
        return found
    return replace(found, reasons=(*found.reasons, ORDERS[order].CLOSED_DAYS))


def window_of(release: Release, grant: Grant = _ORDINARY) -> Window:
    """Say when the window of a release opens, and by which clauses.

    Args:
        release: With its governing Order, its class, the time set and the days that a count leaves out.
        grant: Whose window; an ordinary one unless given.

    Returns:
        The window; ``opens_at`` is None when there is none, and ``refusal`` then says why.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    order = ORDERS[release.order]
    refusal: Reason | None = order.refusal(release)
    opens = opens_at_for(release, grant)
    if refusal is not None or opens is None:
        said = (refusal.detail,) if refusal else ()
        return Window(None, said, (refusal.source,) if refusal else (), refusal)
    counted = _is_counted(release, grant, opens)
    how = order.how_counted(release) if counted else _asked_for(release, grant)
    said = (
        f"Access may begin on {london_text(opens)}: {how}.",
        "It ends with publication itself, not with the clock.",
        *_about_asking(release, grant),
        *(_left_out_text(release, opens) if counted else ()),
        *(order.about_counting(release) if counted else ()),
        *order.remarks(release),
    )
    clauses = (*order.window_clauses(release, grant), *order.clauses_of_remarks(release))
    return Window(opens, said, clauses)


def opens_at_for(release: Release, grant: Grant) -> datetime | None:
    """Say when the window opens for one grant; None when there is none for this class.

    Args:
        release: With its governing Order, its class, the time set and the days that a count leaves out.
        grant: The grant whose own, shorter or exceptional, span counts.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    opens: datetime | None = ORDERS[release.order].opens_at(release, grant)
    return opens


def clauses_for(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on.

    Args:
        release: With its governing Order, its class and the time set.
        grant: The grant that serves.
    """
    clauses: tuple[str, ...] = ORDERS[release.order].relied_on(release, grant)
    return clauses


def is_beyond_limit(release: Release, grant: Grant) -> bool:
    """Say whether a grant asks for more than the Order ordinarily allows; always where there is no window.

    Args:
        release: With its governing Order, its class, the time set and the days that a count leaves out.
        grant: The grant whose ``asked`` is compared.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    beyond: bool = ORDERS[release.order].is_beyond_limit(release, grant)
    return beyond


def elapsed_limit(order: Order) -> timedelta | None:
    """Give the limit where an Order counts elapsed hours for every class; None where it counts days.

    Source:
        SI 2008/2998 Sch. para 4; SR 2009/71 Sch. para 4
    """
    return {Order.UK: uk.LIMIT, Order.NORTHERN_IRELAND: northern_ireland.LIMIT}.get(order)


def limit_text(release: Release) -> str:
    """Say in words how long before publication ordinary access may begin."""
    text: str = ORDERS[release.order].limit_text(release)
    return text


def from_text(release: Release, grant: Grant) -> str:
    """Say in words from when a grant gives access, counted from publication.

    Args:
        release: With its governing Order and its class.
        grant: The grant; what it asks for, or else the Order's own limit.
    """
    if grant.asked is None:
        return limit_text(release)
    return f"{span_text(grant.asked)} before the time set for publication"


def span_text(span: timedelta) -> str:
    """Write a span in hours and minutes, e.g. ``65 hours 30 minutes``."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    if minutes:
        parts.append(f"{minutes} minute{'' if minutes == 1 else 's'}")
    return " ".join(parts)


def _is_counted(release: Release, grant: Grant, opens: datetime) -> bool:
    """Say whether a window opens at the Order's own limit, and not at what was asked for."""
    limit: datetime | None = ORDERS[release.order].earliest(release)
    return grant.asked is None or opens == limit


def _asked_for(release: Release, grant: Grant) -> str:
    return f"{from_text(release, grant)}, {london_text(release.publishes_at)}"


def _left_out_text(release: Release, opens: datetime) -> tuple[str, ...]:
    """Name the closed days that were left out of the count, so that a reader can check it."""
    first, last = london_date(opens), london_date(release.publishes_at)
    days = sorted(day for day in release.closed_on if first <= day <= last and day.weekday() < _SATURDAY)
    if not days or not parts_of(release.order):
        return ()
    named = ", ".join(f"{day:%A} {day.day} {day:%B} {day.year}" for day in days)
    return (f"Left out of the count besides weekends: {named}.",)


def _about_asking(release: Release, grant: Grant) -> tuple[str, ...]:
    if grant.asked is None:
        return ()
    if ORDERS[release.order].has_no_limit(release, grant):
        return ("No maximum applies to this ground or class; access may not begin earlier than is needed.",)
    if not is_beyond_limit(release, grant):
        return ()
    asked = f"{span_text(grant.asked)} were asked for, which is more than the Order ordinarily allows"
    if opens_at_for(release, grant) == utc(release.publishes_at) - grant.asked:
        return (f"{asked}; they are allowed as an exceptional grant.",)
    return (f"{asked}. The limit holds unless an exceptional grant makes it longer.",)
