"""When somebody who owes a statement is reminded, and when the head of profession is told that it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.rules.facts import Order
from app.rules.reasons import utc
from app.rules.workingdays import Counts, Part

REMIND_AFTER = timedelta(hours=2)
"""Longer than most meetings, and short enough that whoever was asked in the morning is reminded the same day."""

MORNING = time(9, 0)
"""London time at which the second reminder goes on a working day: the first thing that is read."""

ESCALATE_AFTER = timedelta(hours=3)
"""After that morning: by noon the head of profession can still telephone on the same day."""

_LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)
_PARTS = {Order.SCOTLAND: Part.SCOTLAND, Order.NORTHERN_IRELAND: Part.NORTHERN_IRELAND}


class Chase(StrEnum):
    """What is to be done now about a statement that is missing."""

    FIRST = "first"
    SECOND = "second"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Chased:
    """How somebody was asked and reminded so far. Aware, UTC; None where it has not happened."""

    asked_at: datetime
    reminded_at: datetime | None = None
    reminded_again_at: datetime | None = None
    escalated_at: datetime | None = None


def part_of(order: Order) -> Part:
    """Say whose bank holidays count for the people of a release under an Order."""
    return _PARTS.get(order, Part.ENGLAND_AND_WALES)


def working_morning(asked_at: datetime, counts: Counts) -> datetime:
    """Give the next working morning, no earlier than the first reminder.

    Args:
        asked_at: When the statement was asked for. Aware.
        counts: Says which London days are worked.

    Returns:
        An aware UTC instant.
    """
    first = utc(asked_at) + REMIND_AFTER
    day: date = first.astimezone(_LONDON).date()
    while True:
        morning = utc(datetime.combine(day, MORNING, _LONDON))
        if counts(day) and morning >= first:
            return morning
        day += _DAY


def chase_due(chased: Chased, counts: Counts, at: datetime) -> Chase | None:
    """Say what is to be done now about a statement that is missing.

    A step that was missed, because the service stood still, is not made up for when a later one is due already.

    Args:
        chased: What was done so far.
        counts: Says which London days are worked.
        at: Now. Aware.

    Returns:
        The step, or None when there is nothing to do yet, or no more.

    Source:
        Producer policy: recalls
    """
    if chased.escalated_at is not None:
        return None
    morning = working_morning(chased.asked_at, counts)
    if utc(at) >= morning + ESCALATE_AFTER:
        return Chase.ESCALATE
    if utc(at) >= morning:
        return Chase.SECOND if chased.reminded_again_at is None else None
    if utc(at) >= utc(chased.asked_at) + REMIND_AFTER and chased.reminded_at is None:
        return Chase.FIRST
    return None
