"""When the producer's site is down: may the final documents be made public by this service, and are they still?

``decide_public`` is the only place that makes a ``PublicPermit``, by which the vault opens a document for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.rules.facts import DocumentCard, DocumentState, Release, ReleaseState, london_text
from app.rules.practices import Edition, edition_at
from app.rules.reasons import Reason, ReasonCode, utc

CONFIRMATION = "Release to everyone"
"""What the head of profession types: the act cannot be undone, and is not one that a slip of the hand makes."""
_POLICY = "Producer policy: contingency"
_AT_A_STANDARD_TIME = {
    Edition.CODE_2009: "Code 2009 P2/4",
    Edition.CODE_2018: "Code 2018 T3.6",
    Edition.CODE_2022: "Code 2018 T3.6",
    Edition.CODE_2025: "Code 2025 3",
}
_STATES: dict[ReleaseState, tuple[ReasonCode, str, str]] = {
    ReleaseState.PLANNED: (
        ReasonCode.RELEASE_NOT_FINAL,
        "The release is planned, and not signed off as final.",
        "Have it announced and signed off first.",
    ),
    ReleaseState.ANNOUNCED: (
        ReasonCode.RELEASE_NOT_FINAL,
        "The release is not signed off as final.",
        "Have its documents fixed and sign it off first.",
    ),
    ReleaseState.POSTPONED: (
        ReasonCode.RELEASE_POSTPONED,
        "The release is postponed, and no time is set for it.",
        "Set a new time. Until then it is not to come out anywhere.",
    ),
    ReleaseState.CANCELLED: (
        ReasonCode.RELEASE_CANCELLED,
        "The release is cancelled.",
        "Register it as a new release if it is to come out after all.",
    ),
    ReleaseState.PUBLISHED: (
        ReasonCode.ALREADY_PUBLISHED,
        "The release has been published already.",
        "Send people to where it was published.",
    ),
}


@dataclass(frozen=True, slots=True)
class Contingency:
    """The decision that this service itself makes a release's documents public. Instants aware, UTC.

    Attributes:
        document_ids: What was released.
        withdrawn_at: Since when they are not given any more; None while they are.
    """

    release_id: str
    document_ids: tuple[str, ...]
    released_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicPermit:
    """A decision that everybody may have this document at this instant.

    Attributes:
        released_at: When the head of profession decided it. Aware, UTC.
    """

    release_id: str
    document_id: str
    sha256: str
    at: datetime
    released_at: datetime


def reasons_against(
    release: Release, documents: Sequence[DocumentCard], seen_live_at: datetime | None, at: datetime
) -> tuple[Reason, ...]:
    """Say everything that stands against making a release's documents public here; empty when nothing does.

    The list of posts is asked about beside this, as for any publication.

    Args:
        release: The release.
        documents: Its documents that are neither superseded nor taken back.
        seen_live_at: When the watch saw it on the producer's own site, where it did. Aware.
        at: Now. Aware.

    Source:
        Producer policy: contingency; Code 2009 P2/4; Code 2018 T3.6; Code 2025 3; SRSA 2007 s.11(8)
    """
    at = utc(at)
    found: list[Reason] = []
    if release.rehearsal:
        detail = "This is a rehearsal, and the public is shown no rehearsal."
        remedy = "Nothing is to be done: rehearse the decision up to here."
        found.append(Reason(ReasonCode.REHEARSAL_IS_NOT_PUBLIC, "Producer policy: rehearsals", detail, remedy))
    if release.state in _STATES:
        code, detail, remedy = _STATES[release.state]
        found.append(Reason(code, _POLICY, detail, remedy))
    if release.state not in (ReleaseState.POSTPONED, ReleaseState.CANCELLED) and at < release.publishes_at:
        detail = f"The time set for publication, {london_text(release.publishes_at)}, has not come."
        remedy = "Wait until then. Nothing is released a moment earlier."
        practice = _AT_A_STANDARD_TIME[edition_at(release.publishes_at)]
        found.append(Reason(ReasonCode.TIME_NOT_REACHED, practice, detail, remedy, until=release.publishes_at))
    if seen_live_at is not None:
        detail = f"The watch saw it on the producer's own site at {london_text(seen_live_at)}."
        remedy = "Look at the page yourself, and declare publication."
        found.append(Reason(ReasonCode.SEEN_LIVE, _POLICY, detail, remedy))
    return (*found, *_about_documents(documents))


def decide_public(
    release: Release, decision: Contingency | None, document: DocumentCard, at: datetime
) -> PublicPermit | None:
    """Say whether everybody may have a document from this service at an instant.

    Args:
        release: Its release.
        decision: The decision on record; None where there is none.
        document: The document.
        at: The instant asked about. Aware.

    Returns:
        The permit, or None: to the public, what it may not have is not there.

    Source:
        Producer policy: contingency; Code 2018 T3.6; Code 2025 3
    """
    at = utc(at)
    if decision is None or decision.release_id != release.release_id or document.release_id != release.release_id:
        return None
    stands = (
        utc(decision.released_at) <= at
        and release.publishes_at <= utc(decision.released_at)
        and (decision.withdrawn_at is None or at < utc(decision.withdrawn_at))
    )
    public = release.state is ReleaseState.PUBLISHED and not release.rehearsal and not document.rehearsal
    whole = document.state is DocumentState.FINAL and not document.malware
    if not (stands and public and whole and document.document_id in decision.document_ids):
        return None
    return PublicPermit(release.release_id, document.document_id, document.sha256, at, utc(decision.released_at))


def _about_documents(documents: Sequence[DocumentCard]) -> list[Reason]:
    found = []
    if not documents:
        detail, remedy = "The release has no document.", "Upload it, and have it fixed as final form."
        found.append(Reason(ReasonCode.DOCUMENT_NOT_FINAL, "SRSA 2007 s.11(8)", detail, remedy))
    for one in documents:
        if one.state is not DocumentState.FINAL:
            detail = f"“{one.file_name}” is not fixed as final form."
            remedy = "Have it fixed by a second person, or take it back."
            found.append(Reason(ReasonCode.DOCUMENT_NOT_FINAL, "SRSA 2007 s.11(8)", detail, remedy))
        if one.malware:
            detail = f"The malware scanner found something in “{one.file_name}”."
            remedy = "Fix a new version of it, without that."
            found.append(Reason(ReasonCode.MALWARE_FOUND, "Producer policy: malware", detail, remedy))
    return found
