"""Incidents found or reported, not played back from openings: publication, seals, clock, log, people's reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.rules.facts import Release, london_date, london_text
from app.rules.incidents import KIND_WORDS, IncidentDraft, IncidentKind, OpeningFact, counted
from app.rules.reasons import instant_text, utc


def list_of_posts_late(release: Release, source: str, *, listed_at: datetime, public_at: datetime) -> IncidentDraft:
    """Draft an incident for a list of posts that was published after the release it belongs to.

    Args:
        source: The clause that asks for the list no later than the release.
        listed_at: When the list was published. Aware.
        public_at: When the release was. Aware.

    Source:
        SI 2008/2998 Sch. para 9(b); SR 2009/71 Sch. para 9(b)
    """
    gap = int((utc(listed_at) - utc(public_at)).total_seconds())
    return IncidentDraft(
        kind=IncidentKind.LIST_OF_POSTS_LATE,
        near_miss=False,
        rule_key=f"{IncidentKind.LIST_OF_POSTS_LATE.value}:{release.release_id}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(public_at),
        summary=(
            f"The list of posts with access to “{release.title}” was published at {london_text(listed_at)}, "
            f"{counted(gap // 60, 'minute')} after the release itself, {london_text(public_at)}. It must be published "
            f"no later than the release ({source})."
        ),
        facts={
            "listed_at": instant_text(listed_at),
            "public_at": instant_text(public_at),
            "difference_seconds": gap,
            "source": source,
        },
    )


def seal_broken(release: Release, document_id: str, at: datetime) -> IncidentDraft:
    """Draft an incident for a sealed document that does not authenticate. Nothing of it is served.

    Args:
        at: When it was found. Aware.
    """
    summary = (
        f"A sealed document of “{release.title}” was found damaged at {london_text(at)}. Nothing more of it is served."
    )
    return _damaged(release, document_id, at, summary, {"document_id": document_id})


def text_seal_broken(release: Release, text_id: str, version: int, at: datetime) -> IncidentDraft:
    """Draft an incident for a version of a text for the day that does not authenticate. Nobody is shown its words.

    Args:
        at: When it was found. Aware.
    """
    summary = (
        f"Version {version} of a text prepared for “{release.title}” was found damaged at {london_text(at)}. Its words "
        "were shown to nobody; write it anew, or restore the database."
    )
    return _damaged(release, f"{text_id}/{version}", at, summary, {"prepared_text_id": text_id, "version": version})


def part_seal_broken(release: Release, upload_id: str, at: datetime) -> IncidentDraft:
    """Draft an incident for a part of an upload that does not authenticate. No document is made of it.

    Args:
        at: When it was found. Aware.
    """
    summary = (
        f"A sealed part of a document on its way to “{release.title}” was found damaged at {london_text(at)}. No "
        "document was made of it; its sender can send it again."
    )
    return _damaged(release, upload_id, at, summary, {"upload_id": upload_id})


def _damaged(release: Release, what: str, at: datetime, summary: str, facts: dict[str, Any]) -> IncidentDraft:
    return IncidentDraft(
        kind=IncidentKind.SEAL_BROKEN,
        near_miss=False,
        rule_key=f"seal:{what}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=summary,
        facts={**facts, "found_at": instant_text(at)},
    )


def shared_mailbox_listed(
    release: Release, person_id: str, posts: Sequence[str], openings: Sequence[OpeningFact], at: datetime
) -> IncidentDraft:
    """Draft an incident for a shared mailbox that was found on a list in force; a near miss while nothing was opened.

    Args:
        release: Whose list.
        person_id: Whose address it is, on record.
        posts: By which they stand on the list.
        openings: What was opened from it.
        at: When it was found. Aware.

    Source:
        SI 2008/2998 Sch. para 3(1); SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1);
        SR 2009/71 Sch. para 3(1)
    """
    opened = (
        f"{counted(len(openings), 'opening')} had been made from it, and several people may have read them"
        if openings
        else "Nothing had been opened from it"
    )
    return IncidentDraft(
        kind=IncidentKind.SHARED_MAILBOX,
        near_miss=not openings,
        rule_key=f"mailbox_listed:{release.release_id}:{person_id}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"A shared mailbox was found on the list in force of “{release.title}” at {london_text(at)}, for: "
            f"{'; '.join(posts)}. {opened}. Its access waits for a decision."
        ),
        facts={
            "found_at": instant_text(at),
            "listed_person_id": person_id,
            "openings": [one.as_record() for one in openings],
        },
    )


def clock_wrong(at: datetime, difference_ms: int | None) -> IncidentDraft:
    """Draft an incident, for the whole service, for a clock that cannot be trusted: one a London day.

    Nobody knows when it was found, so no time is claimed for that.

    Args:
        at: The newest instant on record when it was found. Aware.
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
        summary=f"The clock was found wrong; the newest instant on record was {london_text(at)}.{by_how_much} Openings "
        "near that time have to be reviewed.",
        facts={"newest_on_record_at": instant_text(at), "difference_ms": difference_ms},
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
