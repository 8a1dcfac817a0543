"""What is written to people on the day when a release is not out at its time. Nothing of the statistics is in it."""

from __future__ import annotations

from collections.abc import Sequence

from app.rules.alarms import AlarmKind
from app.rules.facts import Release, london_text
from app.rules.lifecycle import Phase
from app.rules.reasons import Reason
from app.rules.verdicts import Verdict, VerdictKind

_BOUND = (
    "The embargo still holds. Do not comment on these statistics, and give no indication of them to anyone, until you "
    "are told that they are published. You may still read what you were given."
)


def banner(release: Release, phase: Phase) -> str | None:
    """Give what stands above everything while a release is overdue; None otherwise.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    if phase is not Phase.OVERDUE:
        return None
    return f"Not yet published. It was due on {london_text(release.publishes_at)}. {_BOUND}"


def overdue_subject(release: Release) -> str:
    """Write the subject of the letter to those who may have read it."""
    return f"{_marked(release)}{release.title[:150]}: not yet published, the embargo still holds"


def overdue_body(release: Release, contact: str) -> str:
    """Write to somebody listed that the time set has passed and the embargo goes on.

    Args:
        release: The release, still unpublished.
        contact: Whom to ask.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    return _letter(
        f"“{release.title}” was due on {london_text(release.publishes_at)}. Nothing confirms yet that it is public.",
        _BOUND,
        f"Questions: {contact}",
    )


def alarm_subject(release: Release, minute: int, *, first: bool) -> str:
    """Write the subject of a call to those who must act.

    Args:
        minute: After the time set; told from the second call on.
        first: It is the first call.
    """
    since = "" if first else f", {minute} minutes on"
    return f"{_marked(release)}ALARM{since}: {release.title[:150]}"


def alarm_body(
    summary: str, *, to_do: str, where: str, others: int, for_names: tuple[str, ...] = (), offer: str = ""
) -> str:
    """Write to somebody who must act.

    Args:
        summary: What was found, in whole sentences.
        to_do: What would put it right.
        where: The address at which the alarm is acknowledged.
        others: How many others are called at this moment.
        for_names: Whom they stand in for.
        offer: What else can be done, where something can.
    """
    called = f"{others} more are called at this moment." if others else "Nobody else is called at this moment."
    return _letter(
        summary,
        to_do,
        offer,
        f"Say that you have it in hand: {where}",
        f"{called} Until somebody says so, everybody concerned is called again 1, 4 and 14 minutes "
        "after the first call, and then every 15 minutes.",
        f"You are called because you cover for {' and '.join(for_names)}." if for_names else "",
    )


def not_confirmed(release: Release, *, signed_off: bool, known: str) -> str:
    """Say in whole sentences that the time set has passed with nothing confirmed.

    Args:
        signed_off: It is final.
        known: What the watch saw, or that nothing watches.
    """
    due = f"“{release.title}” was due on {london_text(release.publishes_at)}, and its publication is not confirmed."
    unsigned = "" if signed_off else "It has not even been signed off as final, so publication cannot be declared."
    return " ".join(part for part in (due, unsigned, known) if part)


TO_DO: dict[AlarmKind, str] = {
    AlarmKind.NOT_CONFIRMED: (
        "Look at the public page yourself; a page that is missing is not a stale copy. If it is not there, reach "
        "whoever publishes it. If it is there, publish the list of posts where the Order asks for it and declare "
        "publication: only that ends the embargo. Those on the list have been told that it still holds."
    ),
    AlarmKind.EARLY: (
        "Look at the public page yourself, and have it taken down if it is there. An incident is on record, with its "
        "draft report. Whether to publish to everyone at once is for the head of profession to decide."
    ),
}
"""What would put it right, by what an alarm is about."""


UNWATCHED = "Nothing watches its public page, since no plan says what to look for."
_SEEN = {
    VerdictKind.NOT_YET: "The watch does not find it on the public page.",
    VerdictKind.LATE: "The watch does not find it on the public page.",
    VerdictKind.LIVE: "The watch has seen it live; nobody has declared it.",
    VerdictKind.EARLY: "The watch has seen it in public before the time set.",
    VerdictKind.CANNOT_TELL: "The watch cannot tell whether it is there.",
}


def seen(verdict: Verdict | None) -> str:
    """Say in whole sentences what the watch has seen.

    Args:
        verdict: The last one; None while nobody has looked.
    """
    if verdict is None:
        return "The watch has not looked at the public page yet."
    late_but_there = verdict.kind is VerdictKind.LATE and verdict.public_at is not None
    words = _SEEN[VerdictKind.LIVE] if late_but_there else _SEEN[verdict.kind]
    return f"{words} {verdict.why}"


def unwatched_body(release: Release, where: str) -> str:
    """Write to those who answer for a release that nothing watches its public page.

    Args:
        release: The release.
        where: The address at which its plan is set.
    """
    return _letter(
        f"“{release.title}” is due on {london_text(release.publishes_at)}. {UNWATCHED}",
        "Set a plan: the address of the public page, and words that stand on it once the release is out, or the "
        f"addresses of the published files: {where}",
        "Without one, whether it is out depends on somebody looking.",
    )


def unsure_body(release: Release, verdict: Verdict) -> str:
    """Write that the watch has been unable to tell for too long.

    Args:
        release: The release.
        verdict: It cannot tell.
    """
    since = f" since {london_text(verdict.unsure_since)}" if verdict.unsure_since else ""
    return _letter(
        f"The watch cannot tell whether “{release.title}” is public, and has not been able to{since}. {verdict.why}",
        "Look at the public page yourself, from outside your own network. If the watch looks in the wrong place, "
        "correct its plan; if the site turns it away, have it let through.",
    )


def seen_live_body(
    release: Release, verdict: Verdict, *, by_itself: bool, blocked: Sequence[Reason], where: str
) -> str:
    """Write to those who answer for a release that it has been seen live.

    Args:
        release: The release, not declared published yet.
        verdict: What was seen, and when.
        by_itself: The service declares publication, if nothing stands in the way.
        blocked: What stands in the way.
        where: The address at which publication is declared.
    """
    if blocked:
        to_do = "Publication cannot be declared yet. " + " ".join(f"{one.detail} {one.remedy}" for one in blocked)
    elif by_itself:
        to_do = "Publication is declared by itself, as its plan says."
    else:
        to_do = f"Look at it, and declare publication: {where}"
    return _letter(
        f"“{release.title}” has been seen live. {verdict.why}",
        to_do,
        "" if by_itself and not blocked else "Until it is declared, the embargo holds for everybody listed.",
    )


def _marked(release: Release) -> str:
    return "REHEARSAL: " if release.rehearsal else ""


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
