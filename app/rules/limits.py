"""Asks the right Order about its window: what it knows, which days it leaves out, and when it opens for a grant.

The Orders count in different ways: 24 elapsed hours (UK and Northern Ireland), working days (Scotland), and counted
hours or counted days (Wales). Each stands in its own file under ``orders/``; nothing here knows a paragraph.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime, timedelta
from types import ModuleType

from app.rules.errors import Code
from app.rules.facts import Grant, Order, Release, Sensitivity
from app.rules.orders import northern_ireland, scotland, uk, wales
from app.rules.reasons import ReasonCode
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

# What an action answers with where there is no window.
NO_WINDOW = {
    ReasonCode.ORDER_NOT_BUILT: Code.ORDER_NOT_BUILT,
    ReasonCode.EXCEPTED_STATISTICS: Code.EXCEPTED_STATISTICS,
}


def sensitivities_of(order: Order) -> frozenset[Sensitivity]:
    """Give the classes of statistics that an Order knows."""
    known: frozenset[Sensitivity] = ORDERS[order].SENSITIVITIES
    return known


def may_be_market_sensitive_besides(order: Order, sensitivity: Sensitivity) -> bool:
    """Say whether statistics of a class may be market sensitive besides; elsewhere that is a class of its own.

    Source:
        SSI 2008/399 Sch. para 5(2)
    """
    return order is Order.SCOTLAND and sensitivity in scotland.COMBINED


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
