"""Whether an opening still serves, and if not, what closed it, when, and by which clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.facts import AccessFacts, london_text
from app.rules.reasons import Reason, ReasonCode


class WindowState(StrEnum):
    """How it stands."""

    OPEN = "open"
    OPENING_ENDED = "opening_ended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Closure:
    """One reason why nothing can be fetched, and since when, aware UTC, where that is on record."""

    reason: Reason
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """How an opening stands at an instant.

    Attributes:
        ended_at: When the opening itself ended. Aware, UTC.
        closures: What the rule has against access; empty while it has nothing.
    """

    state: WindowState
    detail: str
    ended_at: datetime | None = None
    closures: tuple[Closure, ...] = ()

    @property
    def standing(self) -> bool:
        """Whether a copy can still be fetched with the opening."""
        return self.state is WindowState.OPEN

    @property
    def stopped(self) -> bool:
        """Whether access is closed other than by publication, after which everybody may read it."""
        return any(one.reason.code is not ReasonCode.ALREADY_PUBLISHED for one in self.closures)

    @property
    def closed_by_publication(self) -> bool:
        """Whether it is closed, and by that alone."""
        return bool(self.closures) and not self.stopped


def window_of(
    facts: AccessFacts,
    reasons: tuple[Reason, ...],
    at: datetime,
    *,
    recalled_at: datetime | None,
    ended_at: datetime | None,
    ended_because: str | None,
) -> Window:
    """Say how an opening stands.

    Args:
        facts: What the rule looked at.
        reasons: What it has against access at that instant; empty for a permit.
        at: The instant. Aware, UTC.
        recalled_at: When the document was recalled, if it was. Aware, UTC.
        ended_at: When the opening ended, by its time or before; None while it lasts. Aware, UTC.
        ended_because: Why it was ended before its time.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    if reasons:
        closures = tuple(Closure(reason, _since(reason, facts, at, recalled_at)) for reason in reasons)
        return Window(WindowState.CLOSED, " ".join(reason.detail for reason in reasons), ended_at, closures)
    if ended_at is not None:
        why = f"was ended: {ended_because}" if ended_because else f"ran out on {london_text(ended_at)}"
        detail = f"This opening {why}. What you fetched with it before opens still; to fetch again, open the document."
        return Window(WindowState.OPENING_ENDED, detail, ended_at)
    return Window(WindowState.OPEN, "Your access stands, and so does this opening.")


def _since(reason: Reason, facts: AccessFacts, at: datetime, recalled_at: datetime | None) -> datetime | None:
    if reason.code is ReasonCode.ALREADY_PUBLISHED:
        return facts.release.published_at
    if reason.code is ReasonCode.SUSPENDED:
        told = (one.from_at for one in facts.suspensions if one.from_at <= at and (one.ended_at or at) >= at)
        return next(told, None)
    return recalled_at if reason.code is ReasonCode.DOCUMENT_RECALLED else None
