"""What is written to those who answer for a breach while the head of profession is not told, or no report has gone."""

from __future__ import annotations

from app.rules.facts import london_text
from app.rules.headclock import HeadClock

NO_LIMIT = (
    "That any edition of the Code sets a number of days for a report is not established; this letter is the service's "
    "own reminder."
)


def untold(clock: HeadClock, number: int, what: str, where: str) -> tuple[str, str]:
    """Write that nobody has put on record that the head of profession was told.

    Args:
        number: Of the incident.
        what: What sort of incident it is, in words.
        where: The address at which it is put on record.

    Returns:
        Subject and body.
    """
    subject = f"Incident {number}: nobody has put on record that the head of profession was told"
    return subject, _letter(
        f"Incident {number} ({what}) has been known since {london_text(clock.known_at)}. Nobody has put on record that "
        "the head of profession was told.",
        f"Tell them, by telephone if need be, and put on record when and how: {where}",
        "If you are the head of profession, you know of it now: say so at the same address.",
        _at_once(clock),
    )


def unreported(clock: HeadClock, number: int, what: str, where: str) -> tuple[str, str]:
    """Write that an incident is neither reported nor closed.

    Args:
        number: Of the incident.
        what: What sort of incident it is, in words.
        where: The address of the incident.

    Returns:
        Subject and body.
    """
    return f"Incident {number}: neither reported nor closed", _letter(
        f"Incident {number} ({what}) has been known since {london_text(clock.known_at)}. It is neither reported to the "
        "regulator nor closed as no breach.",
        f"Read its draft report, and decide: {where}",
        _at_once(clock) or NO_LIMIT,
    )


def told_for_you(number: int, told: str, how: str, where: str) -> tuple[str, str]:
    """Write to the head of profession that somebody else put on record that they were told.

    Args:
        number: Of the incident.
        told: When, in words.
        how: As it was put on record.
        where: The address of the incident.

    Returns:
        Subject and body.
    """
    return f"Incident {number}: it is on record that you were told", _letter(
        f"It was put on record that you were told of incident {number}: {told}.",
        f"Why: {how}",
        f"If that is not so, put it right: {where}",
    )


def _at_once(clock: HeadClock) -> str:
    if not clock.at_once:
        return ""
    return f"{clock.at_once} of the Code of 2009 asks that a wrongful release be reported at once."


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
