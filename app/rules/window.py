"""When a window opens, in whole sentences and with its clauses. London in, UTC out.

Which Order is asked, and for what, stands in ``limits.py``; the paragraphs stand under ``orders/``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from app.rules.facts import Grant, Order, Producer, Release, ReleaseState, Sensitivity, london_date, london_text
from app.rules.limits import INSTRUMENTS as INSTRUMENTS
from app.rules.limits import NO_WINDOW as NO_WINDOW
from app.rules.limits import ORDERS as ORDERS
from app.rules.limits import clauses_for as clauses_for
from app.rules.limits import counts_own_closed_days as counts_own_closed_days
from app.rules.limits import days_left_out as days_left_out
from app.rules.limits import elapsed_limit as elapsed_limit
from app.rules.limits import from_text as from_text
from app.rules.limits import is_beyond_limit as is_beyond_limit
from app.rules.limits import limit_text as limit_text
from app.rules.limits import opens_at_for as opens_at_for
from app.rules.limits import parts_of as parts_of
from app.rules.limits import sensitivities_of as sensitivities_of
from app.rules.limits import span_text as span_text
from app.rules.reasons import Reason, opening_text, utc

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
