"""What is written about prepared texts, in letters and in accounts. Nothing of their words or the figures is in it."""

from __future__ import annotations

from datetime import datetime

from app.rules.facts import Release, london_text
from app.rules.preparedtexts import KIND_WORDS, TextKind
from app.rules.textstandings import Hold

# What the account of an incident says of each kind of entry.
OF_TEXTS = {
    "prepared_text_written": "A text for the day was written",
    "prepared_text_read": "The words of a text for the day were shown",
    "prepared_text_withdrawn": "A text for the day was withdrawn",
    "prepared_text_held": "A text for the day was held",
    "prepared_text_kept": "The head of profession let a text for the day stand",
    "prepared_text_released": "A text for the day became ready to be sent",
    "prepared_text_taken": "A text for the day was taken to be sent",
}
_BECAUSE = {
    Hold.MOVED: "the release was moved after they were prepared",
    Hold.POSTPONED: "the release is postponed, and no time is set for it",
    Hold.REOPENED: "the sign-off was taken back after they were written, so that the figures may have changed",
    Hold.LATE: "publication was not confirmed by the time set",
    Hold.EARLY: "publication is said to have been before the time set",
    Hold.CANCELLED: "the release is cancelled",
}


def ready_subject(release: Release) -> str:
    """Write the subject of the letter to the owner of a text."""
    return f"Ready to send: “{release.title[:200]}”"


def ready_body(release: Release, kind: TextKind, published_at: datetime, where: str, *, in_stead: bool) -> str:
    """Write to the owner that their text can be sent.

    Args:
        release: The release.
        kind: What it is to become.
        published_at: When publication happened, as confirmed. Aware.
        where: The address at which the text is taken.
        in_stead: It goes to those who answer for the release, since the owner has no footing any more, or is suspended.
    """
    told = (
        f"“{release.title}” was published on {london_text(published_at)}; that is confirmed.",
        f"A {KIND_WORDS[kind]} prepared for it can be sent now.",
        "Its owner has no footing with the producer any more, or is suspended, so you are asked to send it."
        if in_stead
        else "",
        f"Sign in, take it, and send it yourself; this service posts nothing anywhere: {where}",
    )
    return "\n\n".join(one for one in told if one) + "\n"


def held_subject(release: Release, *, barred: bool) -> str:
    """Write the subject of the letter to those who answer for the release.

    Args:
        release: The release.
        barred: It is cancelled, so that nothing is to be decided.
    """
    return f"{'Never to be sent' if barred else 'Decide on what was prepared'}: “{release.title[:180]}”"


def held_body(release: Release, holds: tuple[Hold, ...], where: str) -> str:
    """Write to those who answer for a release that what was prepared for its day is held.

    Args:
        release: The release.
        holds: What holds it.
        where: The address at which it is decided.

    Source:
        Producer policy: prepared texts
    """
    because = " and ".join(_BECAUSE[one] for one in holds)
    if Hold.CANCELLED in holds:
        then = "Nobody is given them any more, and that cannot be undone. Nothing is asked of you."
    elif Hold.POSTPONED in holds:
        then = "Nobody is given them. Once a new time is set, the head of profession decides on each of them."
    else:
        then = (
            "Nobody is given them until the head of profession has decided, for each, that it is still to go out. Even "
            "then it goes to its owner only when publication is confirmed."
        )
    return f"Texts prepared for “{release.title}” are held: {because}.\n\n{then}\n\nHow they stand: {where}\n"
