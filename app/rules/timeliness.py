"""Incidents of publication before or after the time set, found by the watch or told by whoever declares it."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.rules.facts import Release, london_text
from app.rules.incidents import IncidentDraft, IncidentKind, counted
from app.rules.reasons import instant_text, utc

# A page takes moments to appear; from one minute after the time set, it was late.
LATE_FROM = timedelta(minutes=1)


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


def not_public_in_time(release: Release, absent_at: datetime) -> IncidentDraft:
    """Draft the incident of a late publication while it still goes on; its end completes it.

    Args:
        absent_at: When it was certain that the public could not see it, a minute or more after the time set. Aware.

    Source:
        Code 2018 T3.6
    """
    seconds = int((utc(absent_at) - release.publishes_at).total_seconds())
    return IncidentDraft(
        kind=IncidentKind.LATE_PUBLICATION,
        near_miss=False,
        rule_key=_publication_key(IncidentKind.LATE_PUBLICATION, release),
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=release.publishes_at,
        summary=(
            f"“{release.title}” was not public at {london_text(absent_at)}, {counted(seconds // 60, 'minute')} after "
            f"the time set, {london_text(release.publishes_at)}."
        ),
        facts={
            "publishes_at": instant_text(release.publishes_at),
            "absent_at": instant_text(absent_at),
            "public_at": None,
            "difference_seconds": None,
        },
    )


def _publication_key(kind: IncidentKind, release: Release) -> str:
    return f"{kind.value}:{release.release_id}:{instant_text(release.publishes_at)}"


def _publication(kind: IncidentKind, release: Release, public_at: datetime, side: str) -> IncidentDraft:
    gap = abs(utc(public_at) - release.publishes_at)
    return IncidentDraft(
        kind=kind,
        near_miss=False,
        rule_key=_publication_key(kind, release),
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(public_at) if side == "before" else release.publishes_at,
        summary=(
            f"“{release.title}” was public at {london_text(public_at)}, "
            f"{counted(int(gap.total_seconds() // 60), 'minute')} {side} the time set, "
            f"{london_text(release.publishes_at)}."
        ),
        facts={
            "publishes_at": instant_text(release.publishes_at),
            "public_at": instant_text(public_at),
            "difference_seconds": int(gap.total_seconds()),
        },
    )
