"""What is written when something is missing before a release. Nothing of the statistics, the list or the page is in it.

A letter names the release, its time and what is missing by its kind. Who has not signed, which department has not
answered and where the page will stand are read after signing in.
"""

from __future__ import annotations

from datetime import datetime

from app.rules.facts import Release, london_text
from app.rules.pageconfirmations import Ended
from app.rules.readiness import Line
from app.rules.readinessfacts import Need, Standing
from app.rules.rungs import Rung

WORDS: dict[Need, str] = {
    Need.LIST_CONFIRMED: "the departments' confirmation of the list",
    Need.DECLARATIONS_SIGNED: "declarations of people on the list",
    Need.LIST_APPROVED: "the approval of the list",
    Need.DOCUMENTS_FINAL: "the documents in final form",
    Need.WATCH_PLANNED: "the plan by which the public page is watched",
    Need.SIGNED_OFF: "the sign-off",
    Need.PAGE_CONFIRMED: "the confirmation that the page is scheduled",
    Need.LIST_OF_POSTS: "the list of posts, published",
}
_OPENINGS: dict[Rung, str] = {
    Rung.OWNER: "You are asked for it.",
    Rung.LEAD_OFFICIAL: "Whoever owes it has been asked, and it is late. You are told as the lead official.",
    Rung.HEAD_OF_PROFESSION: "The lead official has been told, and it is still missing. You are told as the head of "
    "profession.",
    Rung.EVERYBODY: "It is an hour before publication at most. Everybody who can still mend it is told at this moment.",
}

_BECAUSE: dict[Ended, str] = {
    Ended.WITHDRAWN: "that was withdrawn",
    Ended.REPLACED: "another confirmation has taken its place",
    Ended.MOVED: "the release has been moved since",
    Ended.DOCUMENTS_CHANGED: "its documents have changed since",
}


def subject(release: Release, rung: Rung) -> str:
    """Write the subject of a letter about what is missing.

    Args:
        release: The release.
        rung: Who is told.
    """
    what = {Rung.OWNER: "To do", Rung.EVERYBODY: "Missing within the hour"}.get(rung, "Late")
    return f"{what} before publication: “{release.title[:150]}”"


def body(release: Release, rung: Rung, lines: tuple[Line, ...], where: str, at: datetime) -> str:
    """Write a letter about what is missing.

    Args:
        release: The release.
        rung: Who is told.
        lines: What is missing, of what concerns the reader.
        where: The address at which all of it is seen.
        at: Now. Aware.

    Source:
        Producer policy: readiness
    """
    missing = "\n".join(f"- {WORDS[one.need]}: {_by(one)}, owed by {one.owed_by}" for one in lines)
    return (
        f"“{release.title}” is due on {london_text(release.publishes_at)}. On {london_text(at)} this is missing:\n\n"
        f"{missing}\n\n{_OPENINGS[rung]}\n\nHow it stands, and what puts it right: {where}\n"
    )


def _by(line: Line) -> str:
    return f"{'late since' if line.standing is Standing.LATE else 'due by'} {london_text(line.due_at)}"


def confirm_anew(release: Release, because: Ended, where: str) -> str:
    """Write that the word on a page stands no more, and that another is wanted.

    Args:
        release: The release, as it is now.
        because: Why it stands no more.
        where: The address at which it is given.

    Source:
        Producer policy: readiness
    """
    return (
        f"That the page of “{release.title}” is scheduled was confirmed, and {_BECAUSE[because]}.\n\n"
        f"The release is set for {london_text(release.publishes_at)}. Look whether the page is scheduled for then, "
        f"and confirm it: {where}\n"
    )
