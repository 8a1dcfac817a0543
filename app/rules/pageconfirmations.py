"""The publishing team's word that a page is scheduled: what it is checked against, and what it stands until.

In October 2020 nobody had scheduled the page. So somebody says the day before that it is: for which instant, at what
address, and how they saw it. The word is about one time and one set of documents; it falls with either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import Release, ReleaseState, london_text
from app.rules.feeds import Moved
from app.rules.reasons import utc

CONFIRMED_IN = (ReleaseState.PLANNED, ReleaseState.ANNOUNCED, ReleaseState.FINAL)
_SETS_TIME_ASIDE = ("reschedule", "postpone")


class Ended(StrEnum):
    """Why a confirmation stands no more."""

    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    MOVED = "moved"
    DOCUMENTS_CHANGED = "documents_changed"


_FELL = {
    Ended.WITHDRAWN: "it was withdrawn",
    Ended.REPLACED: "another took its place",
    Ended.MOVED: "the release was moved",
    Ended.DOCUMENTS_CHANGED: "the documents changed",
}


@dataclass(frozen=True, slots=True)
class PageConfirmation:
    """Somebody's word that the page of a release is scheduled. Instants aware, UTC.

    Attributes:
        publishes_at: For which instant it is scheduled.
        page_url: Where it will stand.
        scheduled_by: The post or team that scheduled it.
        seen: How whoever confirms it saw that.
        documents_sha256: Names the documents in final form at that moment.
        ended_because: Why it stands no more; None while nobody has put that on record.
    """

    confirmation_id: str
    release_id: str
    publishes_at: datetime
    page_url: str
    scheduled_by: str
    seen: str
    documents_sha256: str
    confirmed_at: datetime
    confirmed_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_because: Ended | None = None
    reason: str = ""


def documents_sha256(final: Iterable[tuple[str, str]]) -> str:
    """Name a set of documents in final form by one hash.

    Args:
        final: Id and SHA-256 of each; a new version has another id.

    Returns:
        64 hexadecimal digits of SHA-256 over canonical JSON.
    """
    return sha256_hex(canonical_json(sorted([document_id, sha256] for document_id, sha256 in final)))


def fallen(
    said: PageConfirmation, publishes_at: datetime, moves: Sequence[Moved], documents_now_sha256: str
) -> Ended | None:
    """Say why a confirmation stands no more; None while it stands.

    Args:
        said: The confirmation.
        publishes_at: The time set for publication now. Aware.
        moves: Every move of the release. A time that was moved away and back has to be confirmed anew.
        documents_now_sha256: Of the documents in final form now.

    Source:
        Producer policy: readiness
    """
    if said.ended_because is not None:
        return said.ended_because
    moved = any(one.move in _SETS_TIME_ASIDE and utc(one.at) >= utc(said.confirmed_at) for one in moves)
    if moved or utc(said.publishes_at) != utc(publishes_at):
        return Ended.MOVED
    return None if said.documents_sha256 == documents_now_sha256 else Ended.DOCUMENTS_CHANGED


def may_be_confirmed(release: Release, at: datetime) -> bool:
    """Say whether a page is still to be scheduled for a release: it is ahead, and so is the time set.

    Args:
        release: The release.
        at: Now. Aware.
    """
    return release.state in CONFIRMED_IN and utc(at) < utc(release.publishes_at)


def check_confirmation(release: Release, publishes_at: datetime, at: datetime) -> None:
    """Stop unless the page is scheduled for the very time of the release, and that time is still to come.

    Args:
        release: The release.
        publishes_at: For which instant the page is scheduled. Aware.
        at: Now. Aware.

    Raises:
        OutOfOrder: The release has no time that a page could be scheduled for, is published, or its time has come.
        Malformed: The two times differ; both are told.

    Source:
        Producer policy: readiness
    """
    if release.state not in CONFIRMED_IN:
        raise OutOfOrder(f"The release is {release.state.value}; no page is to be scheduled for it now.")
    if not may_be_confirmed(release, at):
        raise OutOfOrder(
            f"The time set, {london_text(release.publishes_at)}, has come; that the page was scheduled for it cannot "
            "be confirmed afterwards. If the page is live, have publication declared. Nothing was recorded."
        )
    if utc(publishes_at) == utc(release.publishes_at):
        return
    page, own = london_text(publishes_at), london_text(release.publishes_at)
    raise Malformed(
        f"The page is scheduled for {page}, and the release is set for {own}. Have the page scheduled for the time of "
        "the release, or the release moved by the head of profession, and confirm it then. Nothing was recorded.",
        code=Code.PAGE_TIME_DIFFERS,
        errors=[{"where": "publishes_at", "what": f"is {page}, and the release is set for {own}"}],
    )


def told_of_page(said: PageConfirmation | None, why: Ended | None) -> str:
    """Say in a sentence whether the page was confirmed as scheduled, for those who are called when it is not there.

    Args:
        said: The last word on it; None where nobody gave one.
        why: Why it stands no more; None while it stands.
    """
    if said is None:
        return "Nobody had confirmed that the page was scheduled."
    # Not who scheduled it: somebody may have typed a name, and this goes into letters that nobody takes back.
    when = f"The page was confirmed as scheduled on {london_text(said.confirmed_at)}"
    return f"{when}." if why is None else f"{when}, and that stood no more: {_FELL[why]}."
