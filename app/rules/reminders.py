"""When a person who owes an answer is reminded, and when those above them are told.

Two things are waited for before a window opens: a coordinator's word on the rows of their organisation, and each
recipient's declaration. Each step happens once, and a step that was missed, because the service stood still, is not
made up for when a later one is due already.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from app.rules.reasons import utc

DAY = timedelta(days=1)
REMIND_AFTER = timedelta(days=2)
ESCALATE_AFTER = timedelta(days=4)
LAST_CHANCE = timedelta(hours=48)  # before the window opens: whatever is still open then is escalated
FIRST_CALL, LAST_CALL = timedelta(days=3), timedelta(days=1)  # before the window opens, for declarations


class Step(StrEnum):
    """What is to be done now about something that waits for an answer."""

    REMIND = "remind"
    ESCALATE = "escalate"


class Call(StrEnum):
    """Which of the two calls for a missing declaration is due."""

    FIRST = "first"
    LAST = "last"


def asks_at(publishes_at: datetime, confirm_days: int, opens_at: datetime | None) -> datetime:
    """Say when coordinators are asked: so many days before publication, and earlier where the window is longer.

    A window of a day is what the days are set for. Where an Order lets access begin earlier, everything comes earlier
    by as much, so that there is as long to answer.

    Args:
        publishes_at: The time set for publication. Aware.
        confirm_days: The producer's own policy; at least 1.
        opens_at: When the window opens; None where that is not known. Aware.

    Returns:
        An aware UTC instant, in elapsed time before the time set.

    Source:
        Producer policy: confirmations
    """
    window = utc(publishes_at) - utc(opens_at) if opens_at is not None else DAY
    return utc(publishes_at) - timedelta(days=confirm_days) - max(window - DAY, timedelta(0))


def due(
    asked_at: datetime,
    reminded_at: datetime | None,
    escalated_at: datetime | None,
    opens_at: datetime | None,
    at: datetime,
) -> Step | None:
    """Say what is to be done now about a question that nobody has answered.

    Args:
        asked_at: When it was asked. Aware, as are the others.
        reminded_at: When a reminder went, if one did.
        escalated_at: When those above were told, if they were: nothing more is done then.
        opens_at: When the window opens; None where that is not known.
        at: Now.

    Returns:
        The step, or None when there is nothing to do yet, or no more.

    Source:
        Producer policy: confirmations
    """
    if escalated_at is not None:
        return None
    late = opens_at is not None and utc(at) >= utc(opens_at) - LAST_CHANCE
    if late or utc(at) >= utc(asked_at) + ESCALATE_AFTER:
        return Step.ESCALATE
    if reminded_at is None and utc(at) >= utc(asked_at) + REMIND_AFTER:
        return Step.REMIND
    return None


def call_due(opens_at: datetime | None, publishes_at: datetime, at: datetime) -> Call | None:
    """Say which call goes now to the listed people who have not signed.

    Args:
        opens_at: When the window opens. Aware, as are the others; None where that is not known: nobody is called.
        publishes_at: The time set for publication; from then on nobody is called.
        at: Now.

    Returns:
        The call whose time it is, or None.

    Source:
        Producer policy: declarations
    """
    if opens_at is None or not utc(opens_at) - FIRST_CALL <= utc(at) < utc(publishes_at):
        return None
    return Call.LAST if utc(at) >= utc(opens_at) - LAST_CALL else Call.FIRST
