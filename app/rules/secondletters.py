"""The letter to those who could give a second assent. No reasons and no names: both are read after signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.rules.training import day_text


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that one person proposed and a second must assent to.

    Attributes:
        what: What it is, e.g. ``a closed day of Office for Example Statistics``.
        until_then: What holds meanwhile, in a whole sentence.
        lapses: By when it must be decided, in a whole sentence; empty where it does not lapse.
    """

    what: str
    until_then: str
    lapses: str = ""


def closed_day_waits(producer_name: str, day: date) -> Waiting:
    """Say that a producer's closed day waits for a second person."""
    what = f"a closed day of {producer_name}, {day_text(day)}"
    return Waiting(what, "Until then it does not count, and no window moves.")


def warning_waits(producer_name: str) -> Waiting:
    """Say that a producer's warning waits for a second person."""
    return Waiting(f"a new warning on the copies of {producer_name}", "Until then copies carry the old one.")


def list_waits(title: str, version: int) -> Waiting:
    """Say that a version of a release's eligibility list waits for the head of profession."""
    what = f"version {version} of the eligibility list of {title}"
    return Waiting(what, "Until then it lets nobody in.")


def second_wanted(waiting: Waiting, where: str) -> str:
    """Write to somebody who could give the second assent.

    Args:
        waiting: What waits.
        where: The address at which it is read.

    Source:
        Producer policy: two persons
    """
    approving = (
        f"Sign in and read it at {where}\nApprove it only if you have checked it yourself. Whoever proposed it cannot "
        "approve it."
    )
    said = (
        f"This was proposed and waits for a second person: {waiting.what}.",
        waiting.until_then,
        waiting.lapses,
        approving,
    )
    return "\n\n".join(part for part in said if part) + "\n"
