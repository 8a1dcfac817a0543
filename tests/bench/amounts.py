"""How much of a large service is planted, on which days its releases are due, and what each thing is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.rules.facts import LONDON
from app.rules.reasons import utc


@dataclass(frozen=True, slots=True)
class Size:
    """How much is planted.

    Attributes:
        listed: People on each list.
        entries: Of the log, beside the few that the actions leave.
        letters: To each list.
    """

    people: int = 10_000
    releases: int = 1_000
    entries: int = 1_000_000
    listed: int = 40
    letters: int = 60


SMALL = Size(people=120, releases=30, entries=1_000, listed=12, letters=12)


def id_of(prefix: str, *numbers: int) -> str:
    """Give an id that no other thing has; only ``numbers`` tell them apart."""
    digits = "".join(f"{number:08x}" for number in numbers)
    return f"{prefix}_{digits.rjust(24, '0')}"


def working_days(at: datetime, over: int, count: int) -> list[datetime]:
    """Give half past nine of as many working days, of which some lie behind; the first of all is that of today."""
    behind: list[datetime] = []
    day = at.astimezone(LONDON).date()
    while len(behind) < over:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            behind.append(_half_past_nine(day))
    ahead: list[datetime] = []
    day = at.astimezone(LONDON).date() + timedelta(days=2)
    while len(ahead) < count - over - 1:
        if day.weekday() < 5:
            ahead.append(_half_past_nine(day))
        day += timedelta(days=1)
    return [utc(at) + timedelta(hours=12), *behind, *ahead]


def _half_past_nine(day: date) -> datetime:
    return utc(datetime.combine(day, time(9, 30), LONDON))
