"""Near misses: what was attempted and refused. Kept apart from breaches, since nothing got out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.rules.facts import Release, london_date, london_text
from app.rules.incidents import IncidentDraft, IncidentKind, OpeningFact, counted
from app.rules.readyletters import Judged, wrong_for
from app.rules.reasons import ReasonCode, instant_text, utc


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


def letter_too_early(
    release: Release, judged: Sequence[Judged], too_soon: Sequence[OpeningFact], *, by: str, at: datetime
) -> IncidentDraft | None:
    """Draft a near miss for a letter that would have called people to documents too soon, and was withheld.

    Args:
        release: As it is now.
        judged: Every reader, as the rule judged them.
        too_soon: The openings of the release that came before their window.
        by: Id of whoever set it to go; one near miss for each on one London day.
        at: When it was due. Aware.

    Returns:
        A draft, or None where the letter was not wrong.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    wrong = wrong_for(judged)
    if not wrong:
        return None
    would_have = {one.person_id for one in wrong}
    read_by = sorted({f"{one.post_title}, {one.organisation}" for one in too_soon if one.person_id in would_have})
    posts = sorted({one.post for one in wrong})
    return IncidentDraft(
        kind=IncidentKind.LETTER_TOO_EARLY,
        near_miss=True,
        rule_key=f"letter_too_early:{release.release_id}:{by}:{london_date(at).isoformat()}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"The letter that the documents of “{release.title}” are ready was due at {london_text(at)}, "
            f"{_how_wrong(wrong, at)}. It was sent to nobody, and nothing was unlocked. "
            f"Who would have read them: {_shortly(posts)}. Who read them too early: {_shortly(read_by) or 'none'}."
        ),
        facts={
            "due_at": instant_text(at),
            "publishes_at": instant_text(release.publishes_at),
            "would_have_read": [
                {
                    "person_id": one.person_id,
                    "post": one.post,
                    "opens_at": instant_text(one.opens_at) if one.opens_at else None,
                }
                for one in wrong
            ],
            "read_by": read_by,
            "set_by": by,
        },
    )


def _how_wrong(wrong: Sequence[Judged], at: datetime) -> str:
    codes = {reason.code for one in wrong for reason in one.reasons}
    for code, words in ((ReasonCode.RELEASE_CANCELLED, "cancelled"), (ReasonCode.RELEASE_POSTPONED, "postponed")):
        if code in codes:
            return f"while the release was {words}"
    last = max(until for one in wrong if (until := one.opens_at) is not None)
    minutes = -((utc(at) - last) // timedelta(minutes=1))
    return f"{counted(minutes, 'minute')} before the window of {counted(len(wrong), 'reader')} opens"


def _shortly(posts: Sequence[str]) -> str:
    shown = "; ".join(posts[:10])
    return f"{shown}; and {len(posts) - 10} more" if len(posts) > 10 else shown
