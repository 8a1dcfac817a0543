"""How pages say instants, spans and lengths in Welsh, as people say them; the names and units are those of the CLDR."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import get_day_names, get_month_names
from babel.lists import format_list
from babel.units import format_unit

from app.rules.facts import LONDON
from app.rules.reasons import utc
from app.web.language import WELSH
from app.web.words import span_ahead

_DAYS = get_day_names("wide", locale=WELSH)
_MONTHS = get_month_names("wide", locale=WELSH)


def clock(at: datetime) -> str:
    """Write the time of an instant alone: ``9:45yb``, in UK time.

    In the hour that comes twice when the clocks go back, it says which of the two is meant.

    Args:
        at: Aware.
    """
    local = utc(at).astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    half = "yb" if local.hour < 12 else "yh"
    return f"{local.hour % 12 or 12}:{local.minute:02d}{half}{f' ({local.tzname()})' if twice else ''}"


def when(at: datetime) -> str:
    """Write an instant as people say it: ``9:30yb ddydd Mawrth 10 Mawrth 2026``, in UK time, to the minute.

    The day says when something is done, and so its first letter is softened: ``dydd Mawrth``, ``ddydd Mawrth``.

    Args:
        at: Aware.
    """
    local = utc(at).astimezone(LONDON)
    named = _DAYS[local.weekday()]
    return f"{clock(at)} d{named[0].lower()}{named[1:]} {day(local.date())}"


def day(on: date) -> str:
    """Write a day: ``10 Mawrth 2026``."""
    return f"{on.day} {_MONTHS[on.month]} {on.year}"


def ahead(until: datetime, at: datetime) -> str:
    """Say how far ahead an instant is: ``2 ddiwrnod, 3 awr``, rounded up to the minute; empty when it has come.

    With a comma, as the word for “and” would have to agree with how the number after it is read.

    Args:
        until: The instant. Aware.
        at: Now. Aware.
    """
    parts = [format_unit(count, f"duration-{unit}", locale=WELSH) for count, unit in span_ahead(until, at)]
    return format_list(parts, style="unit", locale=WELSH)


def size(count_bytes: int) -> str:
    """Write a length for people: ``204 KB``."""
    if count_bytes < 1000:
        return format_unit(count_bytes, "digital-byte", locale=WELSH)
    if count_bytes < 1_000_000:
        return f"{round(count_bytes / 1000)} KB"
    return f"{count_bytes / 1_000_000:.1f} MB"
