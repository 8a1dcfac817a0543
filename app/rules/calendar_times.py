"""Days and times as people write them in a calendar, and the London clock's two odd nights."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from app.rules import wording
from app.rules.facts import LONDON

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_WRITTEN_DAYS = ("%d %B %Y", "%d %b %Y", "%A %d %B %Y", "%A, %d %B %Y", "%a %d %b %Y")
_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?\s*(?P<half>[ap]\.?m\.?)?", re.I)
DAY_AND_TIME = re.compile(r"(?P<day>\S+?)[T ](?P<time>\d{1,2}[:.]\d{2}(?::\d{2})?)")


def day_of(text: str) -> date | None:
    """Read a day, as ``2026-03-10``, ``10/03/2026`` or ``Tuesday 10 March 2026``; None when it is none, or far off."""
    found = wording.day(text)
    for written in () if found else _WRITTEN_DAYS:
        try:
            return datetime.strptime(text, written).date()  # noqa: DTZ007  # reason: narrowing; a day has no zone
        except ValueError:
            continue
    return found if found and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def time_of(text: str) -> time | None:
    """Read a time on the clock: ``09:30``, ``9.30am``, ``7am``; None when it is none, or has seconds."""
    found = _TIME.fullmatch(text.strip())
    if not found or not (found["minute"] or found["half"]):
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 and int(found["second"] or 0) == 0 else None


def with_offset(text: str) -> datetime | None:
    """Read an instant with its offset from UTC; None when it is none, or far off."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    near = _FIRST_YEAR < at.year < _LAST_YEAR
    return at.astimezone(UTC) if at.tzinfo is not None and near else None


def in_london(local: datetime) -> datetime:
    """Take a time on the clock as London's; one that never was, or was twice, is not guessed.

    Args:
        local: Without a zone.

    Returns:
        Aware, UTC.

    Raises:
        ValueError: There is no such time, or it comes twice; the message says so in a whole sentence.
    """
    first, second = (local.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    there = first.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == local
    what = "comes twice on that night" if there else "does not exist on that night"
    raise ValueError(f"{local:%H:%M} {what}, because the clocks change. Give its offset.")
