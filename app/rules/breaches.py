"""What makes an incident, told from facts. Drafts only: the desk puts them on record, one for each cause.

Nothing here knows a name. Posts stand in the words; identifiers of people stand in the facts, for those who may look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import Grant, Release, ReleaseState, london_date, london_text
from app.rules.reasons import instant_text, utc
from app.rules.window import opens_at_for


class IncidentKind(StrEnum):
    """What sort of thing happened. Ours, kept beside whatever label a report finally carries."""

    ACCESS_BEFORE_WINDOW = "access_before_window"
    ACCESS_MADE_OVER_LONG = "access_made_over_long"
    NOT_ON_LIST = "not_on_list"
    ONWARD_SHARING = "onward_sharing"
    UNAUTHORISED_DISCLOSURE = "unauthorised_disclosure"
    INDICATION_GIVEN = "indication_given"
    EARLY_PUBLICATION = "early_publication"
    LATE_PUBLICATION = "late_publication"
    WRONG_ATTACHMENT = "wrong_attachment"
    REPEATED_REFUSALS = "repeated_refusals"
    PASSPHRASE_REVEALED_TWICE = "passphrase_revealed_twice"
    SEAL_BROKEN = "seal_broken"
    LOG_DAMAGED = "log_damaged"
    CLOCK_WRONG = "clock_wrong"
    SHARED_MAILBOX = "shared_mailbox"
    RECEIVED_IN_ERROR = "received_in_error"
    WRONGFUL_RELEASE_REPORTED = "wrongful_release_reported"
    OTHER = "other"


KIND_WORDS: dict[IncidentKind, str] = {
    IncidentKind.ACCESS_BEFORE_WINDOW: "access before the window opened",
    IncidentKind.ACCESS_MADE_OVER_LONG: "access made longer than allowed by a change of the publication time",
    IncidentKind.NOT_ON_LIST: "access by someone not on the list",
    IncidentKind.ONWARD_SHARING: "shared onward outside the list",
    IncidentKind.UNAUTHORISED_DISCLOSURE: "disclosure before publication",
    IncidentKind.INDICATION_GIVEN: "an indication of the statistics was given before publication",
    IncidentKind.EARLY_PUBLICATION: "published before the time set",
    IncidentKind.LATE_PUBLICATION: "published after the time set",
    IncidentKind.WRONG_ATTACHMENT: "wrong content sent or attached",
    IncidentKind.REPEATED_REFUSALS: "repeated attempts that were refused",
    IncidentKind.PASSPHRASE_REVEALED_TWICE: "a passphrase was asked for a second time",
    IncidentKind.SEAL_BROKEN: "a sealed document does not authenticate",
    IncidentKind.LOG_DAMAGED: "the log is damaged",
    IncidentKind.CLOCK_WRONG: "the clock was found wrong",
    IncidentKind.SHARED_MAILBOX: "a shared mailbox was to be a recipient",
    IncidentKind.RECEIVED_IN_ERROR: "a recipient says they should not have this",
    IncidentKind.WRONGFUL_RELEASE_REPORTED: "a wrongful release was reported",
    IncidentKind.OTHER: "something else",
}


# A page takes moments to appear; from one minute after the time set, it was late.
LATE_FROM = timedelta(minutes=1)
_POSTS_IN_SUMMARY = 10
_ORDINARY = Grant("", "", "")


@dataclass(frozen=True, slots=True)
class OpeningFact:
    """One opening, as the rule needs it when it is played again.

    Attributes:
        number: What can be read from the mark on a copy.
        opened_at: Aware, UTC.
        grant: The grant relied on, where known; None means the ordinary span of the Order.
        window_opened_at: When its window had opened as reckoned at that time, where known. Aware, UTC.
    """

    opening_id: str
    number: str
    document_id: str
    person_id: str
    post_title: str
    organisation: str
    opened_at: datetime
    grant: Grant | None = None
    window_opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """An incident before it is on record.

    Attributes:
        near_miss: Nothing got out: only attempts were refused.
        rule_key: One incident for one cause; None when a person reports it.
        producer_id: Whose it is, or None for the service as a whole.
        occurred_at: When it happened, as far as is known. Aware, UTC.
        summary: Whole sentences without names.
        facts: JSON-ready members; identifiers, no names.
    """

    kind: IncidentKind
    near_miss: bool
    rule_key: str | None
    release_id: str | None
    producer_id: str | None
    occurred_at: datetime
    summary: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        utc(self.occurred_at)
        canonical_json(self.facts)


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
            f"“{before.title}” {moved} after {_count(len(over_long), 'opening')} had been made. It had been set for "
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
            f"{_count(len(early), 'opening')} of “{release.title}” came before the window, the first at "
            f"{london_text(first)}, by the holders of: {_shortly(posts)}."
        ),
        facts={
            "found_at": instant_text(at),
            "publishes_at": instant_text(release.publishes_at),
            "openings": [one.as_record() for one in early],
        },
    )


def after_refusals(
    release: Release, person_id: str, count: int, at: datetime, limit: int, early: bool
) -> IncidentDraft | None:
    """Draft a near miss when one person, or one program, is refused the same release again and again on one day.

    Args:
        count: Refusals so far on this London day.
        at: When the last was refused. Aware.
        limit: From how many refusals an incident opens.
        early: The window had not opened.

    Returns:
        A draft, or None while the limit is not reached. Nobody read anything, and the facts say so.
    """
    if count < limit:
        return None
    when = " before the window had opened" if early else ""
    return IncidentDraft(
        kind=IncidentKind.REPEATED_REFUSALS,
        near_miss=True,
        rule_key=f"refusals:{release.release_id}:{person_id}:{london_date(at).isoformat()}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"Access to “{release.title}” was asked for and refused {_count(count, 'time')}{when}, the last at "
            f"{london_text(at)}. It was read by: nobody."
        ),
        facts={"person_id": person_id, "refusals": count, "limit": limit, "before_window": early, "read_by": []},
    )


def second_reveal(release: Release, opening: OpeningFact, at: datetime) -> IncidentDraft:
    """Draft a near miss when a passphrase that was shown once is asked for again: was it the recipient the first time?

    Args:
        at: When it was asked for again, and refused. Aware.
    """
    return IncidentDraft(
        kind=IncidentKind.PASSPHRASE_REVEALED_TWICE,
        near_miss=True,
        rule_key=f"second_reveal:{opening.opening_id}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"The passphrase of opening {opening.number} of “{release.title}” ({opening.post_title}, "
            f"{opening.organisation}) had been shown once and was asked for again at {london_text(at)}. The second "
            "time was refused. Ask the recipient whether it was they who saw it the first time."
        ),
        facts={"openings": [_Judged(opening, None, None).as_record()], "asked_again_at": instant_text(at)},
    )


def early_publication(release: Release, at: datetime) -> IncidentDraft | None:
    """Draft an incident for statistics that were public before the time set; None when they were not.

    Args:
        at: When they were public. Aware.

    Source:
        Code 2018 T3.6
    """
    if utc(at) >= release.publishes_at:
        return None
    return _publication(IncidentKind.EARLY_PUBLICATION, release, at, "before")


def late_publication(release: Release, published_at: datetime) -> IncidentDraft | None:
    """Draft an incident for statistics that were public only after the time set; None when they were in time.

    Args:
        published_at: When they were public. Aware.

    Source:
        Code 2018 T3.6
    """
    if utc(published_at) < release.publishes_at + LATE_FROM:
        return None
    return _publication(IncidentKind.LATE_PUBLICATION, release, published_at, "after")


def seal_broken(release: Release, document_id: str, at: datetime) -> IncidentDraft:
    """Draft an incident for a sealed document that does not authenticate. Nothing of it is served.

    Args:
        at: When it was found. Aware.
    """
    return IncidentDraft(
        kind=IncidentKind.SEAL_BROKEN,
        near_miss=False,
        rule_key=f"seal:{document_id}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=f"A sealed document of “{release.title}” was found damaged at {london_text(at)}. Nothing more of it "
        "is served.",
        facts={"document_id": document_id, "found_at": instant_text(at)},
    )


def clock_wrong(at: datetime, difference_ms: int | None) -> IncidentDraft:
    """Draft an incident, for the whole service, for a clock that cannot be trusted: one a London day.

    Args:
        at: When it was found, by that clock. Aware.
        difference_ms: How far it stood from the reference, in milliseconds, where known.
    """
    by_how_much = "" if difference_ms is None else f" It stood {abs(difference_ms)} milliseconds from the reference."
    return IncidentDraft(
        kind=IncidentKind.CLOCK_WRONG,
        near_miss=False,
        rule_key=f"clock:{london_date(at).isoformat()}",
        release_id=None,
        producer_id=None,
        occurred_at=utc(at),
        summary=f"The clock was found wrong at {london_text(at)} by its own count.{by_how_much} Openings near that "
        "time have to be reviewed.",
        facts={"found_at": instant_text(at), "difference_ms": difference_ms},
    )


def log_damaged(at: datetime) -> IncidentDraft:
    """Draft an incident, for the whole service, for a log that contradicts itself: one a London day.

    Args:
        at: When it was found. Aware.
    """
    return IncidentDraft(
        kind=IncidentKind.LOG_DAMAGED,
        near_miss=False,
        rule_key=f"log:{london_date(at).isoformat()}",
        release_id=None,
        producer_id=None,
        occurred_at=utc(at),
        summary=f"The log was found damaged at {london_text(at)}. It cannot be vouched for until this is explained.",
        facts={"found_at": instant_text(at)},
    )


def shared_mailbox(producer_id: str | None, address_sha256: str, at: datetime) -> IncidentDraft:
    """Draft a near miss for a shared mailbox that was to be a recipient, and was refused.

    Args:
        address_sha256: Keyed hash of the address, so that one address gives one incident and none is shown.
        at: When it was refused. Aware.
    """
    return IncidentDraft(
        kind=IncidentKind.SHARED_MAILBOX,
        near_miss=True,
        rule_key=f"mailbox:{producer_id}:{address_sha256}",
        release_id=None,
        producer_id=producer_id,
        occurred_at=utc(at),
        summary=f"A shared mailbox was to be a recipient, and was refused at {london_text(at)}.",
        facts={"refused_at": instant_text(at)},
    )


def reported(
    kind: IncidentKind, release: Release | None, *, text: str, reporter: str, occurred_at: datetime
) -> IncidentDraft:
    """Draft an incident that a person reports. Their words stay in the facts, out of notices, the log and the summary.

    Args:
        release: The release it is about, or None when none was named.
        text: What they wrote.
        reporter: Their post where we know it, or e.g. ``someone who was not signed in``; never a name.
        occurred_at: When it happened, or was reported. Aware.
    """
    about = f" about “{release.title}”" if release else ""
    return IncidentDraft(
        kind=kind,
        near_miss=False,
        rule_key=None,
        release_id=release.release_id if release else None,
        producer_id=release.producer.producer_id if release else None,
        occurred_at=utc(occurred_at),
        summary=f"Reported{about} by {reporter}: {KIND_WORDS[kind]}.",
        facts={"statement": text, "reporter": reporter},
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
            "opening_id": self.opening.opening_id,
            "number": self.opening.number,
            "document_id": self.opening.document_id,
            "person_id": self.opening.person_id,
            "post_title": self.opening.post_title,
            "organisation": self.opening.organisation,
            "opened_at": instant_text(self.opening.opened_at),
            "window_opened_at": instant_text(self.old) if self.old else None,
            "window_opens_at_now": instant_text(self.new) if self.new else None,
            "seconds_before_window": seconds,
        }


def _was_open_from(opening: OpeningFact, before: Release) -> datetime | None:
    return opening.window_opened_at or _reckoned(opening, before)


def _opens_under(opening: OpeningFact, after: Release) -> datetime | None:
    return None if after.state is ReleaseState.POSTPONED else _reckoned(opening, after)


def _reckoned(opening: OpeningFact, release: Release) -> datetime | None:
    return opens_at_for(release.order, release.publishes_at, opening.grant or _ORDINARY)


def _publication(kind: IncidentKind, release: Release, public_at: datetime, side: str) -> IncidentDraft:
    gap = abs(utc(public_at) - release.publishes_at)
    return IncidentDraft(
        kind=kind,
        near_miss=False,
        rule_key=f"{kind.value}:{release.release_id}:{instant_text(release.publishes_at)}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(public_at) if side == "before" else release.publishes_at,
        summary=(
            f"“{release.title}” was public at {london_text(public_at)}, "
            f"{_count(int(gap.total_seconds() // 60), 'minute')} {side} the time set, "
            f"{london_text(release.publishes_at)}."
        ),
        facts={
            "publishes_at": instant_text(release.publishes_at),
            "public_at": instant_text(public_at),
            "difference_seconds": int(gap.total_seconds()),
        },
    )


def _same_openings(openings: Sequence[OpeningFact]) -> str:
    """Name a set of openings shortly, whatever order they come in."""
    return sha256_hex(canonical_json(sorted(opening.opening_id for opening in openings)))[:16]


def _times(judged: Sequence[_Judged]) -> list[datetime]:
    return [utc(one.opening.opened_at) for one in judged]


def _shortly(posts: Sequence[str]) -> str:
    left_off = len(posts) - _POSTS_IN_SUMMARY
    return "; ".join(posts[:_POSTS_IN_SUMMARY]) + (f"; and {left_off} more" if left_off > 0 else "")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
