"""Near misses: what was attempted and refused. Kept apart from breaches, since nothing got out."""

from __future__ import annotations

from datetime import datetime

from app.rules.facts import Release, london_date, london_text
from app.rules.incidents import IncidentDraft, IncidentKind, OpeningFact, counted
from app.rules.reasons import instant_text, utc


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
            f"Access to “{release.title}” was asked for and refused {counted(count, 'time')}{when}, the last at "
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
        facts={"openings": [opening.as_record()], "asked_again_at": instant_text(at)},
    )


def rehearsal_crossed(real: Release, rehearsal: Release, *, sha256: str, served: int, at: datetime) -> IncidentDraft:
    """Draft an incident for a file that was to be real and rehearsed at once; a near miss while nobody was sent it.

    It belongs to the real release: what is on record of a rehearsal is no breach.

    Args:
        sha256: Of the file.
        served: To how many people a copy of it had been begun in the rehearsal.
        at: When it was found, and refused. Aware.
    """
    reached = f"{counted(served, 'person')} had" if served == 1 else f"{served} people had"
    return IncidentDraft(
        kind=IncidentKind.WRONG_ATTACHMENT,
        near_miss=served == 0,
        rule_key=f"rehearsal_crossed:{real.release_id}:{rehearsal.release_id}:{sha256}",
        release_id=real.release_id,
        producer_id=real.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"One and the same file was to be a document of “{real.title}” and of a rehearsal of "
            f"{real.producer.name}. The second was refused at {london_text(at)}; {reached} been sent it in the "
            "rehearsal."
        ),
        facts={"rehearsal_id": rehearsal.release_id, "sha256": sha256, "served": served},
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
