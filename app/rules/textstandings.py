"""How a prepared text stands at an instant: decided anew each time somebody asks, from facts.

Nothing is unlocked by a clock or a stored flag. A text is ready when publication is confirmed and nothing has happened
since it was prepared that the head of profession has still to decide on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.errors import Code, OutOfOrder
from app.rules.facts import Release, ReleaseState, london_text
from app.rules.feeds import Moved
from app.rules.preparedtexts import NOT_BEFORE_PUBLICATION, PreparedText
from app.rules.reasons import Reason, ReasonCode, instant_text, utc
from app.rules.timeliness import LATE_FROM

_SETS_TIME_ASIDE = ("reschedule", "postpone")
_OPENS_FIGURES = "reopen"
_CONFIRMS = "declare_published"
POLICY = "Producer policy: prepared texts"


class TextState(StrEnum):
    """How a text stands."""

    PREPARED = "prepared"
    HELD = "held"
    BARRED = "barred"
    READY = "ready"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class Hold(StrEnum):
    """What the head of profession has to decide on before a text is released."""

    MOVED = "moved"
    POSTPONED = "postponed"
    REOPENED = "reopened"
    LATE = "late"
    EARLY = "early"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class TextStanding:
    """How a text stands.

    Attributes:
        holds: What holds it.
        reasons: Why its owner is not given it now; empty once they may be, or were.
    """

    state: TextState
    holds: tuple[Hold, ...] = ()
    reasons: tuple[Reason, ...] = ()


def text_standing(text: PreparedText, release: Release, moves: Sequence[Moved], at: datetime) -> TextStanding:
    """Say how a text stands at an instant.

    Args:
        text: The text.
        release: Its release.
        moves: Every move of that.
        at: The instant. Aware.

    Source:
        Producer policy: prepared texts; SI 2008/2998 Sch. para 6(1)
    """
    at = utc(at)
    if text.withdrawn_at is not None:
        return TextStanding(TextState.WITHDRAWN)
    if text.taken_at is not None:
        return TextStanding(TextState.TAKEN)
    if release.state is ReleaseState.CANCELLED:
        return TextStanding(TextState.BARRED, (Hold.CANCELLED,), (cancelled(),))
    holds = _holds(text, release, moves, at)
    if holds:
        return TextStanding(TextState.HELD, holds, tuple(_held(one, release) for one in holds))
    public = _is_public(release, at)
    if public and (text.ready_from_at is None or utc(text.ready_from_at) <= at):
        return TextStanding(TextState.READY)
    return TextStanding(TextState.PREPARED, (), (_not_yet(text, release, public=public),))


def hold_key(stands: TextStanding, release: Release, moves: Sequence[Moved]) -> str:
    """Name what holds a text, so that those who answer for the release are told once of it.

    Args:
        stands: How it stands.
        release: Its release.
        moves: Every move of that.

    Returns:
        The same name while nothing happens, another with each move; empty where nothing holds it.
    """
    if not stands.holds:
        return ""
    told = (*_SETS_TIME_ASIDE, _OPENS_FIGURES)
    last = max((utc(one.at) for one in moves if one.move in told), default=None)
    by_the_time_set = Hold.LATE in stands.holds or Hold.EARLY in stands.holds
    since = instant_text(last) if last and not by_the_time_set else instant_text(release.publishes_at)
    return f"{'+'.join(one.value for one in stands.holds)}:{since}"


def check_decidable(stands: TextStanding) -> None:
    """Stop unless there is something for the head of profession to decide.

    Raises:
        OutOfOrder: Nothing holds the text, its release has no time, or it is cancelled.

    Source:
        Producer policy: prepared texts
    """
    if stands.state is TextState.BARRED:
        raise OutOfOrder(
            "The release is cancelled, and what was prepared for it can never be released. Withdraw the text, or leave "
            "it: nobody is given it."
        )
    if stands.state is not TextState.HELD:
        raise OutOfOrder("Nothing holds this text, so there is nothing to decide.", code=Code.WRONG_STATE)
    if Hold.POSTPONED in stands.holds:
        raise OutOfOrder("The release is postponed. Set its new time first, then decide. Nothing was changed.")


def _holds(text: PreparedText, release: Release, moves: Sequence[Moved], at: datetime) -> tuple[Hold, ...]:
    if release.state is ReleaseState.POSTPONED:
        return (Hold.POSTPONED,)
    settled_at, settled_for = utc(text.decided_at or text.prepared_at), text.decided_for_at or text.prepared_for_at
    moved = any(one.move in _SETS_TIME_ASIDE and utc(one.at) >= settled_at for one in moves)
    # Once the sign-off is taken back the figures may change: words from before may say what is not so any more. That
    # they were sealed anew says nothing: who did that may have changed the channel alone.
    reopened = any(one.move == _OPENS_FIGURES and utc(one.at) >= settled_at for one in moves)
    late_from = release.publishes_at + LATE_FROM
    reached = utc(release.published_at) if release.published_at is not None else at
    # What was public in time is not late, however late somebody says so. A decision taken before does not count.
    decided = text.decided_at is not None and utc(text.decided_at) >= late_from
    # Before the time set nobody is given anything on one person's word that it is out.
    early = release.published_at is not None and utc(release.published_at) < utc(release.publishes_at)
    confirmed_at = max((utc(one.at) for one in moves if one.move == _CONFIRMS), default=reached)
    looked_into = text.decided_at is not None and utc(text.decided_at) > confirmed_at
    found = (
        (Hold.MOVED, moved or utc(settled_for) != utc(release.publishes_at)),
        (Hold.REOPENED, reopened),
        (Hold.LATE, reached >= late_from and not decided),
        (Hold.EARLY, early and not looked_into),
    )
    return tuple(hold for hold, holds in found if holds)


def _is_public(release: Release, at: datetime) -> bool:
    confirmed = release.state is ReleaseState.PUBLISHED and release.published_at is not None
    return confirmed and release.published_at is not None and utc(release.published_at) <= at


def _not_yet(text: PreparedText, release: Release, *, public: bool) -> Reason:
    clause = NOT_BEFORE_PUBLICATION[release.order]
    if public and text.ready_from_at is not None:
        detail = f"The text is set to be ready from {london_text(text.ready_from_at)}."
        return Reason(ReasonCode.TIME_NOT_REACHED, POLICY, detail, "Wait until then.", until=text.ready_from_at)
    detail = "Publication is not confirmed, so the embargo holds whatever the clock says."
    remedy = "Wait until the watch has seen it, or the lead official or the head of profession declares it."
    return Reason(ReasonCode.NOT_PUBLISHED, clause, detail, remedy)


def _held(hold: Hold, release: Release) -> Reason:
    said = {
        Hold.MOVED: f"The release was moved after the text was prepared; it is set for "
        f"{london_text(release.publishes_at)} now.",
        Hold.POSTPONED: "The release is postponed, and no time is set for it.",
        Hold.REOPENED: "The sign-off was taken back after the text was written, so that its figures may have changed.",
        Hold.LATE: f"Publication was not confirmed by the time set, {london_text(release.publishes_at)}.",
        Hold.EARLY: f"Publication is said to have been before the time set, {london_text(release.publishes_at)}.",
    }
    remedy = "The head of profession decides whether it is still to go out; change or withdraw it first if it is wrong."
    return Reason(ReasonCode.TEXT_HELD, POLICY, said[hold], remedy)


def cancelled() -> Reason:
    """Say that the text of a cancelled release is given to nobody."""
    detail = "The release is cancelled, and what was prepared for it can never be released."
    remedy = "Register it as a new release if it is to come out after all, and prepare texts for that."
    return Reason(ReasonCode.RELEASE_CANCELLED, POLICY, detail, remedy)
