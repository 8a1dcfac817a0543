"""What is written to people about a release and its list: whole letters, from facts. Nothing of the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.rules.acknowledgement import is_asked, told
from app.rules.eligibility import window_text
from app.rules.facts import Grant, Release, london_text
from app.rules.languages import offer_of_welsh
from app.rules.lifecycle import Move
from app.rules.marking import marking
from app.rules.undertakings.basis import conditions_of
from app.rules.window import opens_at_for

_STILL_BOUND = (
    "The embargo continues. Whatever you have seen of these statistics stays restricted until they are published; give "
    "no indication of them to anyone."
)
_YOURS_ALONE = (
    "The access is yours alone: nobody may use it for you, and nothing of the statistics, not even an indication of "
    "them, may be passed on before they are published. Sign in beforehand, and sign the declaration "
    "where one is asked for."
)
_PAUSED = (
    "While it is paused you cannot open anything. What you have seen of these statistics stays restricted until they "
    "are published."
)
_HAPPENED = {
    Move.RESCHEDULE: "a new time is set",
    Move.POSTPONE: "postponed",
    Move.CANCEL: "cancelled",
    Move.DECLARE_PUBLISHED: "published",
}


def moved_subject(release: Release, move: Move) -> str:
    """Write the subject of the letter about a move."""
    return f"{release.title[:200]}: {_HAPPENED[move]}"


def moved_body(
    before: Release, after: Release, move: Move, *, reason: str, grants: Sequence[Grant], paused: bool, contact: str
) -> str:
    """Write to one listed person what was done to a release.

    Args:
        before: The release before the move.
        after: The release after it.
        move: What was done.
        reason: Why.
        grants: The person's own grants.
        paused: Their access waits for a decision.
        contact: Whom to ask.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    title = f"“{before.title}”"
    if move is Move.DECLARE_PUBLISHED:
        where = f" at {after.public_url}" if after.public_url else ""
        return f"{title} has been published{where}. The embargo has ended.\n"
    lines = {
        Move.RESCHEDULE: f"{title} was set for {london_text(before.publishes_at)}. It is now set for "
        f"{london_text(after.publishes_at)}.",
        Move.POSTPONE: f"{title} has been postponed. No new time is set yet; you will be told.",
        Move.CANCEL: f"{title} has been cancelled. Access has ended.",
    }
    said = [lines[move], f"Reason: {reason}", _STILL_BOUND]
    waits = bool(grants) and all(grant.paused_reason for grant in grants)
    if paused:
        said.append("You have opened it already. Your access is paused until the head of profession decides.")
    elif waits and move is not Move.CANCEL:
        said.append("Your access is paused, and stays so until you are told otherwise.")
    if move is Move.RESCHEDULE:
        # Nobody whose access waits is told simply that they may read: it would be untrue.
        first = "If your access is resumed: " if paused or waits else ""
        said.extend(dict.fromkeys(f"{first}{window_text(grant, after)}" for grant in grants))
    return _letter(*said, f"Questions: {contact}")


def invitation(release: Release, grants: Sequence[Grant], contact: str) -> str:
    """Write to one newly listed person from when they may read, and on what terms.

    Args:
        release: The release.
        grants: The person's own grants.
        contact: Whom to ask.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 6(1); SSI 2008/399 Sch. para 2(2)(a);
        WSI 2009/2818 Sch. para 1(2); WSI 2009/2818 Sch. para 3; WSI 2009/2818 Sch. para 5
    """
    posts = "; ".join(f"{grant.post_title}, {grant.organisation}" for grant in grants)
    return _letter(
        f"You have pre-release access to “{release.title}” as {posts}.",
        "\n".join(dict.fromkeys(window_text(grant, release) for grant in grants)),
        *_on_what_footing(release, grants, contact),
        _YOURS_ALONE,
        offer_of_welsh(release),
        f"Questions: {contact}",
    )


def farewell(release: Release, contact: str) -> str:
    """Write to somebody who is no longer listed that they are bound all the same.

    Args:
        release: The release.
        contact: Whom to ask.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    return _letter(
        f"You are no longer on the list of those with pre-release access to “{release.title}”. What you have seen of "
        "it stays restricted until it is published.",
        f"Questions: {contact}",
    )


def decided(release: Release, grant: Grant, what: str, contact: str) -> str:
    """Write to one listed person what was decided about their access.

    Args:
        release: The release.
        grant: Their grant as it now stands.
        what: What was decided, e.g. ``access resumed``.
        contact: Whom to ask.
    """
    # Nobody is told from when they may read while a pause stands: it would be untrue.
    may_read = _PAUSED if grant.paused_reason else window_text(grant, release)
    return _letter(f"“{release.title}”: {what}.", may_read, f"Questions: {contact}")


def _on_what_footing(release: Release, grants: Sequence[Grant], contact: str) -> tuple[str, ...]:
    conditions = "\n".join(f"Condition: {condition}" for condition in conditions_of(grants))
    if not is_asked(release):
        return (conditions,)
    named = dict.fromkeys(told(release, grant).ground_words for grant in grants)
    grounds = "\n".join(f"Ground of your access: {words}." for words in named if words)
    marked = marking(release, contact)
    binding = f"The statistics are “{marked.label}”. Paragraph 5 of the Schedule to the Scottish Order binds you."
    asked = "When you open a document you will be asked to acknowledge this."
    in_short = " ".join(marked.lines or (binding,))
    return grounds, conditions, in_short, "\n".join(("In plain words:", *marked.requirements)), asked


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def window_changed(before: Release, after: Release, grants: Sequence[Grant], *, paused: bool) -> str:
    """Write to one person that access to a release begins at another time, since other days count than before.

    Args:
        before: The release with the days as they counted before.
        after: The release with the days as they count now.
        grants: Whose windows have moved.
        paused: The person's access waits for a decision.
    """
    times = sorted({(opens_at_for(before, one), opens_at_for(after, one)) for one in grants}, key=str)
    said = [
        f"A closed day or bank holiday counts that did not count before, or no longer counts. So access to "
        f"“{after.title}” begins at another time: it would have begun {_instant(was)}, and now begins {_instant(now)}."
        for was, now in times
    ]
    if paused:
        said.append("Your access is paused until the head of profession decides.")
    said.append(f"The time set for publication has not changed: {london_text(after.publishes_at)}.")
    return "\n\n".join([*said, _STILL_BOUND]) + "\n"


def _instant(at: datetime | None) -> str:
    return "at no time" if at is None else f"on {london_text(at)}"
