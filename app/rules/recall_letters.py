"""What is written to people about a recall. Nothing of the statistics, and no name of a document.

Whoever was served is told why. Whoever was not learns only that they may not open it: a reason can say more about the
statistics than they were ever shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.rules.facts import Release, london_text
from app.rules.recalls import Finding

_BOUND = "Whatever you have seen of these statistics stays restricted until they are published."
_STATE = (
    "Then sign in and state what became of it, even if you never opened it: that you did not open it; that you opened "
    "it and deleted it; or that you keep it, and where. Say whether you printed it, and to whom you passed it on. "
    "Your statement is signed, kept, and compared with the log."
)


def recalled(release: Release, name: str, reason: str, numbers: Sequence[str], where: str, contact: str) -> str:
    """Write to somebody who was served that it is taken back, and ask for their statement.

    Args:
        release: The release.
        name: Whom the letter is to.
        reason: Why, as told to everyone served.
        numbers: Of their openings, as they stand in the marks on their copies.
        where: The address at which the statement is given.
        contact: Where the producer can be asked.
    """
    copies = f"Your copies carry these numbers: {', '.join(numbers)}." if numbers else ""
    return _letter(
        f"Dear {name},",
        f"{release.producer.name} has recalled what you opened of “{release.title}”. {copies}".strip(),
        f"Why: {reason}",
        f"Delete every copy that you hold and do not use or pass on anything in it. {_BOUND}",
        f"{_STATE}\n{where}",
        f"Questions: {contact}",
    )


def not_to_open(release: Release, name: str, where: str, contact: str) -> str:
    """Write to somebody who could have opened it, and was sent nothing, that they may not; and ask all the same.

    Args:
        release: The release.
        name: Whom the letter is to.
        where: The address at which the statement is given.
        contact: Where the producer can be asked.
    """
    return _letter(
        f"Dear {name},",
        f"{release.producer.name} has recalled a document of “{release.title}”. You may not open it. The log shows no "
        "copy sent to you.",
        "If it has reached you in any other way, delete it and do not use or pass on anything in it.",
        f"{_STATE}\n{where}",
        f"Questions: {contact}",
    )


def reminder(release: Release, name: str, asked_at: datetime, where: str, contact: str) -> str:
    """Write once more to somebody for the statement that they were asked for.

    Args:
        release: The release.
        name: Whom the letter is to.
        asked_at: When they were asked. Aware.
        where: The address at which the statement is given.
        contact: Where the producer can be asked.
    """
    return _letter(
        f"Dear {name},",
        f"On {london_text(asked_at)} you were asked what became of a recalled document of “{release.title}”. No "
        "statement of yours is on record. It takes a minute, and is needed even if you never opened it.",
        f"{_STATE}\n{where}",
        f"Questions: {contact}",
    )


def missing(release: Release, people: Sequence[str], where: str) -> str:
    """Write to the head of profession whose statements are missing.

    Args:
        release: The release.
        people: Their names and posts.
        where: The address of the board.
    """
    return _letter(
        f"Asked what became of a recalled document of “{release.title}”, and reminded, these people have made no "
        "statement:",
        "\n".join(f"- {one}" for one in people),
        "Speak to them. If no statement can be had, put the reason on record; the recall can then be closed.",
        where,
    )


def contradicted(release: Release, post: str, findings: Sequence[Finding], where: str) -> str:
    """Write to those who answer for a release that a statement and the log cannot both be right.

    Args:
        release: The release.
        post: Of whoever made the statement.
        findings: What was found; those that contradict are told.
        where: The address of the board.
    """
    return _letter(
        f"{post} has made a statement about a recalled document of “{release.title}”, and it cannot be right together "
        "with the log.",
        "\n".join(f"- {one.words}" for one in findings if one.contradicts),
        "Ask for a second statement, or decide on it with a reason. The recall cannot be closed before.",
        where,
    )


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
