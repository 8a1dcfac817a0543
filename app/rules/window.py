"""Asks the right Order when the window opens. London in, UTC out.

The Orders count in four different ways; only the UK Order is built. The others are refused with a clear reason and
never guessed (SSI 2008/399 Sch. para 4, WSI 2009/2818 Sch. para 4 and SR 2009/71 Sch. para 4 each need their own).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from types import ModuleType

from app.rules.facts import Grant, Order, Release, Sensitivity, london_text
from app.rules.orders import uk
from app.rules.reasons import Reason, ReasonCode, opening_text, utc

ORDERS: dict[Order, ModuleType] = {Order.UK: uk}

INSTRUMENTS = {
    Order.UK: "SI 2008/2998",
    Order.SCOTLAND: "SSI 2008/399",
    Order.WALES: "WSI 2009/2818",
    Order.NORTHERN_IRELAND: "SR 2009/71",
}

# The UK Order knows market-sensitive statistics (para 16) and no others apart.
UK_SENSITIVITIES = frozenset({Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE})


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


def not_built(order: Order) -> Reason:
    """Say that an Order's rules are not in this version of the service, so that nothing is decided by guesswork.

    Source:
        SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    return Reason(
        ReasonCode.ORDER_NOT_BUILT,
        f"{INSTRUMENTS[order]} Sch. para 4",
        f"Releases under {INSTRUMENTS[order]} ({order.value.replace('_', ' ')}) are not supported by this version: "
        "its window is counted differently and is not guessed.",
        "Handle this release outside the service until that Order is supported.",
    )


def window(
    order: Order,
    sensitivity: Sensitivity,
    publishes_at: datetime,
    *,
    closed_on: frozenset[date] = frozenset(),
) -> Window:
    """Say when the window opens for an ordinary grant, and by which clauses.

    Args:
        order: The governing Order.
        sensitivity: The release's class.
        publishes_at: The time set for publication. Aware.
        closed_on: London days on which the producer's offices are closed; counted by some Orders only.

    Returns:
        The window; ``opens_at`` is None when there is none, and ``refusal`` then says why.

    Raises:
        ValueError: ``publishes_at`` is naive.

    Source:
        SI 2008/2998 Sch. para 4
    """
    utc(publishes_at)
    if order not in ORDERS:
        reason = not_built(order)
        return Window(None, (reason.detail,), (reason.source,), reason)
    if sensitivity not in UK_SENSITIVITIES:
        reason = Reason(
            ReasonCode.ORDER_NOT_BUILT,
            "SI 2008/2998 Sch. para 16",
            f"The UK Order has no class of “{sensitivity.value}” statistics; it knows ordinary and market sensitive.",
            "Choose ordinary or market_sensitive, or the Order that has this class.",
        )
        return Window(None, (reason.detail,), (reason.source,), reason)
    opens = uk.earliest(publishes_at)
    begins, ends = london_text(opens), london_text(publishes_at)
    said = [
        f"Access may begin on {begins}: 24 elapsed hours before the time set for publication, {ends}.",
        "It ends with publication itself, not with the clock.",
    ]
    if closed_on:
        said.append("Closed days change nothing under this Order: the paragraph excludes no day.")
    if sensitivity is Sensitivity.MARKET_SENSITIVE:
        said.append("The statistics are market sensitive, so each recipient must have signed a declaration.")
        return Window(opens, tuple(said), (uk.PARA_4, uk.PARA_6_1, uk.PARA_8))
    return Window(opens, tuple(said), (uk.PARA_4, uk.PARA_6_1))


def window_of(release: Release) -> Window:
    """Say when the window of a release opens for an ordinary grant, and by which clauses.

    Args:
        release: With its governing Order, its class, the time set and the days that a count leaves out.

    Source:
        SI 2008/2998 Sch. para 4
    """
    return window(release.order, release.sensitivity, release.publishes_at, closed_on=release.closed_on)


def opens_at_for(release: Release, grant: Grant) -> datetime | None:
    """Say when the window opens for one grant; None when the Order is not built.

    Args:
        release: With its governing Order, its class, the time set and the days that a count leaves out.
        grant: The grant whose own, shorter or exceptional, span counts.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a)
    """
    built = ORDERS.get(release.order)
    if built is None:
        return None
    opens: datetime = built.opens_at(release.publishes_at, grant)
    return opens


def clauses_for(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on; none when the Order is not built.

    Args:
        release: With its governing Order, its class and the time set.
        grant: The grant that serves.
    """
    built = ORDERS.get(release.order)
    if built is None:
        return ()
    clauses: tuple[str, ...] = built.relied_on(release.sensitivity, release.publishes_at, grant)
    return clauses
