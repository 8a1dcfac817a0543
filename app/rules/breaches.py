"""What makes an incident, played back from openings and refusals. Drafts only: the desk puts them on record.

Nothing here knows a name. Posts stand in the words; identifiers of people stand in the facts, for those who may look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import Grant, Release, ReleaseState, london_text
from app.rules.findings import clock_wrong as clock_wrong
from app.rules.findings import list_of_posts_late as list_of_posts_late
from app.rules.findings import log_damaged as log_damaged
from app.rules.findings import part_seal_broken as part_seal_broken
from app.rules.findings import reported as reported
from app.rules.findings import seal_broken as seal_broken
from app.rules.findings import shared_mailbox_listed as shared_mailbox_listed
from app.rules.incidents import KIND_WORDS as KIND_WORDS
from app.rules.incidents import IncidentDraft as IncidentDraft
from app.rules.incidents import IncidentKind as IncidentKind
from app.rules.incidents import OpeningFact as OpeningFact
from app.rules.incidents import counted
from app.rules.nearmisses import after_refusals as after_refusals
from app.rules.nearmisses import letter_too_early as letter_too_early
from app.rules.nearmisses import rehearsal_crossed as rehearsal_crossed
from app.rules.nearmisses import second_reveal as second_reveal
from app.rules.nearmisses import shared_mailbox as shared_mailbox
from app.rules.reasons import instant_text, utc
from app.rules.timeliness import early_publication as early_publication
from app.rules.timeliness import late_publication as late_publication
from app.rules.timeliness import not_public_in_time as not_public_in_time
from app.rules.window import opens_at_for

_POSTS_IN_SUMMARY = 10
_ORDINARY = Grant("", "", "")


def after_move(before: Release, after: Release, openings: Sequence[OpeningFact], at: datetime) -> IncidentDraft | None:
    """Say whether a move of a release turned access that people already had into access that was too long.

    A release that is postponed has no window at all until a new time is set, so every opening counts. When the new time
    follows, the same openings give the same incident.

    Args:
        before, after: The release before and after the move.
        openings: Every opening of the release so far.
        at: When it was moved. Aware.

    Returns:
        A draft, or None when every opening still stands inside the window, or the release will not come out.

    Source:
        SI 2008/2998 Sch. para 4
    """
    if after.state in (ReleaseState.CANCELLED, ReleaseState.PUBLISHED):
        return None
    judged = [_Judged(o, _was_open_from(o, before), _opens_under(o, after)) for o in openings]
    over_long = [one for one in judged if one.too_soon]
    if not over_long:
        return None
    never_lawful = [one for one in over_long if one.old is None or one.opening.opened_at < one.old]
    kind = IncidentKind.ACCESS_BEFORE_WINDOW if never_lawful else IncidentKind.ACCESS_MADE_OVER_LONG
    waits = after.state is ReleaseState.POSTPONED
    moved = "was postponed, and no time stands" if waits else f"was moved to {london_text(after.publishes_at)}"
    return IncidentDraft(
        kind=kind,
        near_miss=False,
        rule_key=f"moved:{before.release_id}:{instant_text(before.publishes_at)}:{_same_openings(openings)}",
        release_id=before.release_id,
        producer_id=before.producer.producer_id,
        occurred_at=utc(at) if kind is IncidentKind.ACCESS_MADE_OVER_LONG else min(_times(never_lawful)),
        summary=(
            f"“{before.title}” {moved} after {counted(len(over_long), 'opening')} had been made. It had been set for "
            f"{london_text(before.publishes_at)}. Those who opened it keep what they read for longer than the Order "
            "allows before publication."
        ),
        facts={
            "moved_at": instant_text(at),
            "publishes_at_before": instant_text(before.publishes_at),
            "publishes_at_after": None if waits else instant_text(after.publishes_at),
            "openings": [one.as_record() for one in over_long],
        },
    )


def after_recount(
    before: Release, after: Release, openings: Sequence[OpeningFact], at: datetime
) -> IncidentDraft | None:
    """Say whether openings were too early once other days count as working days than did before.

    Args:
        before, after: The release with the days as they counted before, and as they count now.
        openings: Every opening of the release that no incident tells of yet.
        at: When the days were changed. Aware.

    Returns:
        A draft, or None when every opening still stands inside the window.

    Source:
        SSI 2008/399 Sch. para 4(1)(b); SSI 2008/399 art. 2
    """
    draft = after_move(before, after, openings, at)
    if draft is None:
        return None
    number = len(draft.facts["openings"])
    return replace(
        draft,
        rule_key=f"recounted:{before.release_id}:{instant_text(at)}:{_same_openings(openings)}",
        summary=(
            f"{counted(number, 'opening')} of “{before.title}” had been made when a day was put right that the count "
            "of working days had left out. The window now begins later, and they came before it."
        ),
    )


def outside_window(
    release: Release, openings: Sequence[tuple[OpeningFact, datetime]], at: datetime
) -> IncidentDraft | None:
    """Play the rule again over openings that happened, and draft an incident for those before their window.

    For when facts change: a clock found wrong, an exceptional grant that was never published, a defect of ours.

    Args:
        release: The release as it stands.
        openings: Each opening with the instant at which its grant's window opens. Aware.
        at: When the rule was played again. Aware.

    Source:
        SI 2008/2998 Sch. para 4
    """
    early = [one for one in (_Judged(opening, opens, opens) for opening, opens in openings) if one.too_soon]
    if not early:
        return None
    posts = sorted({f"{one.opening.post_title}, {one.opening.organisation}" for one in early})
    first = min(_times(early))
    return IncidentDraft(
        kind=IncidentKind.ACCESS_BEFORE_WINDOW,
        near_miss=False,
        rule_key=f"outside:{release.release_id}:{_same_openings([one.opening for one in early])}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=first,
        summary=(
            f"{counted(len(early), 'opening')} of “{release.title}” came before the window, the first at "
            f"{london_text(first)}, by the holders of: {_shortly(posts)}."
        ),
        facts={
            "found_at": instant_text(at),
            "publishes_at": instant_text(release.publishes_at),
            "openings": [one.as_record() for one in early],
        },
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """An opening with its window as it was and as it is now; None where there was, or is, no window."""

    opening: OpeningFact
    old: datetime | None
    new: datetime | None

    @property
    def too_soon(self) -> bool:
        return self.new is None or utc(self.opening.opened_at) < utc(self.new)

    def as_record(self) -> dict[str, Any]:
        seconds = int((utc(self.new) - utc(self.opening.opened_at)).total_seconds()) if self.new else None
        return {
            **self.opening.as_record(),
            "window_opened_at": instant_text(self.old) if self.old else None,
            "window_opens_at_now": instant_text(self.new) if self.new else None,
            "seconds_before_window": seconds,
        }


def _was_open_from(opening: OpeningFact, before: Release) -> datetime | None:
    return opening.window_opened_at or _reckoned(opening, before)


def _opens_under(opening: OpeningFact, after: Release) -> datetime | None:
    return None if after.state is ReleaseState.POSTPONED else _reckoned(opening, after)


def _reckoned(opening: OpeningFact, release: Release) -> datetime | None:
    return opens_at_for(release, opening.grant or _ORDINARY)


def _same_openings(openings: Sequence[OpeningFact]) -> str:
    """Name a set of openings shortly, whatever order they come in."""
    return sha256_hex(canonical_json(sorted(opening.opening_id for opening in openings)))[:16]


def _times(judged: Sequence[_Judged]) -> list[datetime]:
    return [utc(one.opening.opened_at) for one in judged]


def _shortly(posts: Sequence[str]) -> str:
    left_off = len(posts) - _POSTS_IN_SUMMARY
    return "; ".join(posts[:_POSTS_IN_SUMMARY]) + (f"; and {left_off} more" if left_off > 0 else "")
