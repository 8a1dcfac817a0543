"""Rehearsals: releases that carry rehearsal documents and nothing else, headed REHEARSAL wherever one meets them.

The heading is part of the title, so it stands wherever the title does: on lists, in declarations, in incidents and in
reports. No real release may have such a title.
"""

from __future__ import annotations

from app.rules.errors import Malformed
from app.rules.facts import Release, ReleaseState

HEADING = "REHEARSAL"
PREFIX = f"{HEADING}: "
NOTE = (
    "REHEARSAL. This is a rehearsal. Nothing in it is real: neither the figures nor the access, and nothing that goes "
    "wrong in it is a breach."
)
DECLARATION_NOTE = (
    "REHEARSAL. These words are signed to practise. This declaration counts for nothing but this rehearsal: for the "
    "real release, or for any other, you sign again."
)
_TITLE_LIMIT = 300
# What people write themselves, and could quote a rehearsal in, stands in paragraphs that begin so.
_IN_THEIR_WORDS = ("Reason:", "Why:", "What:", "Owner:", "It covers:", "It covered:", "It was about:")


_NO_DAY = {
    ReleaseState.POSTPONED: "It is postponed and has no time set, so no day can be rehearsed. Set its new time first.",
    ReleaseState.PUBLISHED: "It is published, so its day is over. Rehearse a release that is still to come.",
    ReleaseState.CANCELLED: "It is cancelled, so its day never comes. Rehearse a release that is still to come.",
}


def no_day_of(release: Release) -> str:
    """Say why a release has no day ahead that could be rehearsed, and what to do instead; empty where it has one."""
    return _NO_DAY.get(release.state, "")


def heading_of(release: Release) -> str:
    """Give the words that head whatever is told of a release; empty for a real one."""
    return NOTE if release.rehearsal else ""


def titled(title: str, *, rehearsal: bool) -> str:
    """Give a release's title as it is kept: with the heading for a rehearsal, and never with it for a real release.

    Args:
        title: As it was given.
        rehearsal: It is a rehearsal.

    Raises:
        Malformed: A real release is titled as a rehearsal, or the title is too long with its heading.
    """
    headed = title.lstrip().casefold().startswith(HEADING.casefold())
    what = ""
    if not rehearsal and headed:
        what = f"A real release cannot have a title that begins with “{HEADING}”: that is how rehearsals are known."
    kept = title if not rehearsal or title.startswith(PREFIX) else f"{PREFIX}{title}"
    if len(kept) > _TITLE_LIMIT:
        what = f"With its heading the title has more than {_TITLE_LIMIT} letters."
    if what:
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "title", "what": what}])
    return kept


def is_of_rehearsal(subject: str, body: str) -> bool:
    """Say whether a letter is about a rehearsal: its title is quoted, or stands first.

    What people wrote themselves does not count: a reason that quotes a rehearsal makes no letter one.

    Args:
        subject, body: As they would be sent.
    """
    quoted = f"“{PREFIX}"
    ours = (part for part in body.split("\n\n") if not part.startswith(_IN_THEIR_WORDS))
    return subject.startswith((PREFIX, f"{HEADING} - ")) or quoted in subject or any(quoted in part for part in ours)


def one_paragraph(words: str) -> str:
    """Take blank lines out of what people wrote, so that all of it stands in the paragraph that says it is theirs.

    Args:
        words: What somebody wrote, with as many paragraphs as they liked.

    Returns:
        The same lines, without the empty ones.
    """
    return "\n".join(line for line in words.splitlines() if line.strip())


def headed(subject: str, body: str) -> tuple[str, str]:
    """Head a letter about a rehearsal; any other stays as it is.

    Args:
        subject, body: As they would be sent.

    Returns:
        Subject and body as they are to be sent.
    """
    if not is_of_rehearsal(subject, body):
        return subject, body
    first = subject if subject.startswith(HEADING) else f"{PREFIX}{subject}"
    return first, body if body.startswith(NOTE) else f"{NOTE}\n\n{body}"
