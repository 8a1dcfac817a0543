"""What is written to coordinators, recipients and the producer's own people before a window opens. Whole letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.rules.facts import Release, london_text


def question(release: Release, organisation: str, where: str, contact: str, *, again: bool) -> str:
    """Write to a coordinator what they are asked, and what to do.

    Args:
        release: The release.
        organisation: Whose rows, by name.
        where: The address at which they read and answer.
        contact: Whom to ask.
        again: The rows have changed since an earlier answer.
    """
    first = (
        "The list has changed since you answered. Please check it again."
        if again
        else f"Before “{release.title}” is published, please check who in {organisation} may see it early."
    )
    return _letter(
        first,
        f"“{release.title}” is to be published on {london_text(release.publishes_at)}.",
        "For each person listed, please say whether they still hold the post and still need access. If somebody has "
        "left or has been replaced, or the post no longer needs access, say so: the producer decides what changes.",
        f"Read the rows of your organisation, and answer, at {where}",
        f"Questions: {contact}",
    )


def reminder(release: Release, organisation: str, where: str, contact: str, *, escalated: bool) -> str:
    """Write to a coordinator that their answer is still awaited.

    Args:
        release: The release.
        organisation: Whose rows, by name.
        where: The address at which they answer.
        contact: Whom to ask.
        escalated: The producer's lead official and head of profession have been told.
    """
    return _letter(
        f"We still need your answer about who in {organisation} may see “{release.title}” before it is published on "
        f"{london_text(release.publishes_at)}.",
        "The lead official and the head of profession have been told that it is open." if escalated else "",
        f"Read the rows of your organisation, and answer, at {where}",
        f"Questions: {contact}",
    )


def unanswered(release: Release, organisation: str, asked_at: datetime, where: str) -> str:
    """Write to the producer's seniors that an organisation has not answered.

    Args:
        release: The release.
        organisation: Which, by name.
        asked_at: When it was asked. Aware.
        where: The address at which the state of every organisation stands.
    """
    return _letter(
        f"{organisation} has not said whether its people on the list of “{release.title}” still hold their posts and "
        "still need access.",
        f"Asked on {london_text(asked_at)}. To be published on {london_text(release.publishes_at)}.",
        "Please speak to the organisation. Its grants stand as they are until somebody changes them.",
        f"Every organisation's state: {where}",
    )


def nobody_to_ask(release: Release, organisation: str, where: str) -> str:
    """Write to those who prepare a list that an organisation has no coordinator.

    Args:
        release: The release.
        organisation: Which, by name.
        where: The address at which the state of every organisation stands.
    """
    return _letter(
        f"{organisation} has people on the list of “{release.title}” and no coordinator here, so nobody could be asked "
        "whether they still hold their posts and still need access.",
        "Ask an administrator to give somebody in that organisation the role of coordinator: they are then asked at "
        "once. Or check the rows with the organisation yourselves.",
        f"Every organisation's state: {where}",
    )


def wishes(release: Release, organisation: str, said: Iterable[str], paused: int, where: str) -> str:
    """Write to those who prepare a list what a coordinator wants changed; posts, never names.

    Args:
        release: The release.
        organisation: Whose coordinator, by name.
        said: One line for each change.
        paused: How many grants of the list in force were paused because of it.
        where: The address at which the whole answer stands.
    """
    pauses = f"{paused} grant{'' if paused == 1 else 's'} of the list in force now wait{'s' if paused == 1 else ''} for"
    left = "its holder is" if paused == 1 else "their holders are"
    return _letter(
        f"The coordinator of {organisation} asks for changes to the list of “{release.title}”:",
        "\n".join(f"- {line}" for line in said),
        f"{pauses} the head of profession's decision, since {left} said to have left." if paused else "",
        "Nothing else has been changed. Change the list if you agree.",
        f"The whole answer: {where}",
    )


def call_to_sign(release: Release, opens_text: str, where: str, contact: str) -> str:
    """Write to a listed person that they have not signed the declaration.

    Args:
        release: The release.
        opens_text: From when they may read, in words.
        where: The address of the words to be signed.
        contact: Whom to ask.
    """
    return _letter(
        f"You have not signed the declaration for “{release.title}”. Without it you cannot open anything.",
        opens_text,
        f"Sign in, read it and sign it: {where}",
        f"Questions: {contact}",
    )


def unsigned(release: Release, names: Iterable[str], opens_at: datetime) -> str:
    """Write to the lead official who has not signed the declaration.

    Args:
        release: The release.
        names: Of the people.
        opens_at: When the window opens. Aware.
    """
    return _letter(
        f"These people are on the list of “{release.title}” and have not signed the declaration. They have been "
        f"reminded. The window is open from {london_text(opens_at)}; they cannot open anything without signing.",
        "\n".join(f"- {name}" for name in names),
    )


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
