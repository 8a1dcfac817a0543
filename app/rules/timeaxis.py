"""An axis of time: where an instant stands on a line, and which hours of London are marked along it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from app.rules.daynames import day_name, month_name
from app.rules.facts import LONDON
from app.rules.reasons import utc

_MINUTE = timedelta(minutes=1)
_STEPS_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400, 43200, 144000, 525600)
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of the axis: the hour, and the day where a new one begins."""

    at: datetime
    hour: str
    day: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of time laid along a line. Instants aware, UTC; the end later than the beginning.

    Attributes:
        left, right: Where the line begins and ends.
    """

    from_at: datetime
    until_at: datetime
    left: float
    right: float

    def place(self, at: datetime) -> float:
        """Say where an instant stands; what lies outside the span stands at its nearer end."""
        whole = (self.until_at - self.from_at) / _MINUTE
        part = min(max((utc(at) - self.from_at) / _MINUTE / whole, 0), 1)
        return round(self.left + part * (self.right - self.left), 1)

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies within the span."""
        return self.from_at <= utc(at) <= self.until_at

    def ticks(self, at_most: int = 9) -> tuple[Tick, ...]:
        """Give the marks: whole hours of London, or whole days, as close as there is room for.

        Args:
            at_most: About how many there may be.
        """
        whole = (self.until_at - self.from_at) / _MINUTE
        step = next((one for one in _STEPS_MINUTES if whole / one <= at_most), _STEPS_MINUTES[-1])
        return _whole_days(self, step) if step >= _DAY_MINUTES else _within_days(self, step)


def _within_days(axis: Axis, step: int) -> tuple[Tick, ...]:
    # Counted in elapsed time and looked up in London, so that the night on which the clocks change is told as it was.
    found: list[Tick] = []
    leap = timedelta(minutes=min(step, 60))
    at = axis.from_at.replace(minute=0, second=0, microsecond=0)
    day = None
    while at <= axis.until_at:
        local = at.astimezone(LONDON)
        if at >= axis.from_at and (local.hour * 60 + local.minute) % step == 0:
            shown = "" if local.date() == day else f"{local:%a} {local.day} {local:%b}"
            day = local.date()
            found.append(Tick(at, hour_text(at), shown))
        at += leap
    return tuple(found)


def _whole_days(axis: Axis, step: int) -> tuple[Tick, ...]:
    local = axis.from_at.astimezone(LONDON)
    midnight = datetime(local.year, local.month, local.day, tzinfo=LONDON)
    found: list[Tick] = []
    while utc(midnight) <= axis.until_at:
        if utc(midnight) >= axis.from_at:
            found.append(Tick(utc(midnight), "", f"{midnight:%a} {midnight.day} {midnight:%b}"))
            midnight += timedelta(days=step // _DAY_MINUTES)  # of the calendar: midnight stays midnight
        else:
            midnight += timedelta(days=1)
    return tuple(found)


def hour_text(at: datetime) -> str:
    """Write the hour of an instant in London: ``9am``, ``9:30am``.

    Args:
        at: Aware.
    """
    return _hour(utc(at).astimezone(LONDON))


def _hour(local: datetime) -> str:
    minute = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minute}{'am' if local.hour < 12 else 'pm'}"


@lru_cache(maxsize=2000)  # a picture writes the same instants several times
def short_text(at: datetime) -> str:
    """Write an instant of London briefly: ``9:30am on Tue 10 Mar``.

    Args:
        at: Aware.
    """
    local = utc(at).astimezone(LONDON)
    return f"{_hour(local)} on {day_name(local)[:3]} {local.day} {month_name(local)[:3]}"
