"""How pages say things: instants, how far ahead one is, and what stands against an opening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from app.rules.daynames import month_name
from app.rules.facts import london_text
from app.rules.reasons import instant_text, utc

_FULL_LINE = 60
_UNITS = ((1440, "day"), (60, "hour"), (1, "minute"))


def when(at: datetime) -> str:
    """Write an instant as people say it: ``9:30am on Tuesday 10 March 2026``, in UK time.

    To the minute. In the hour that comes twice when the clocks go back, it says which of the two is meant.

    Args:
        at: Aware.
    """
    day, _, hour = london_text(utc(at).replace(second=0, microsecond=0)).partition(", ")
    return f"{hour.removesuffix(' (UK time)')} on {day}"


def clock(at: datetime) -> str:
    """Write the time of an instant alone: ``9:45am``, in UK time.

    Args:
        at: Aware.
    """
    return when(at).partition(" on ")[0]


def time_tag(at: datetime) -> Markup:
    """Write an instant as a ``time`` element.

    Args:
        at: Aware.
    """
    return Markup('<time datetime="{}">{}</time>').format(instant_text(at), when(at))


def day(on: date) -> str:
    """Write a day: ``10 March 2026``."""
    return f"{on.day} {month_name(on)} {on.year}"


def ahead(until: datetime, at: datetime) -> str:
    """Say how far ahead an instant is: ``2 days and 3 hours``, rounded up to the minute; empty when it has come.

    Args:
        until: The instant. Aware.
        at: Now. Aware.
    """
    return _said(span_ahead(until, at))


def span_ahead(until: datetime, at: datetime) -> list[tuple[int, str]]:
    """Give how far ahead an instant is, rounded up to the minute, in its two largest units; empty when it has come.

    Args:
        until: The instant. Aware.
        at: Now. Aware.

    Returns:
        How many, of which unit: ``day``, ``hour`` or ``minute``.
    """
    return _largest(max(0, -int((at - until).total_seconds() // 60)))


def countdown(until: datetime, at: datetime) -> Markup:
    """Write how far ahead an instant is, for the script to keep true while the page is open.

    Args:
        until: The instant. Aware.
        at: Now. Aware.
    """
    seconds = int((until - at).total_seconds())
    if seconds <= 0:
        return Markup("now")
    return Markup('<span data-seconds-left="{}">in {}</span>').format(seconds, ahead(until, at))


def size(count_bytes: int) -> str:
    """Write a length for people: ``204 KB``."""
    if count_bytes < 1000:
        return f"{count_bytes} bytes"
    if count_bytes < 1_000_000:
        return f"{round(count_bytes / 1000)} KB"
    return f"{count_bytes / 1_000_000:.1f} MB"


def flowed(text: str) -> str:
    """Join lines that were broken only because they were long, so that a narrow screen breaks them where it must.

    The words that are signed are the text as it is; this is how a paragraph of it is shown.
    """
    lines = text.split("\n")
    shown = lines[0]
    for before, line in pairwise(lines):
        shown += f" {line}" if len(before) >= _FULL_LINE and before[-1] not in ".;:" else f"\n{line}"
    return shown


def plain(name: str) -> str:
    """Write one of our own names in words: ``final_form`` as ``final form``."""
    return name.replace("_", " ")


def lasted(minutes: int | None) -> str:
    """Say how long something took: ``2 hours and 5 minutes``; the two largest units."""
    return _said(_largest(minutes or 0)) or "less than a minute"


def _largest(minutes: int) -> list[tuple[int, str]]:
    left, parts = minutes, []
    for worth, unit in _UNITS:
        count, left = divmod(left, worth)
        if count:
            parts.append((count, unit))
    return parts[:2]


def _said(parts: list[tuple[int, str]]) -> str:
    return " and ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts)


def broken_each(cells: Sequence[str]) -> list[Markup]:
    """Write cells of a table whose texts have lines: each line on one of its own."""
    return [Markup("<br>").join(text.split("\n")) for text in cells]


FILTERS: dict[str, Callable[..., Any]] = {
    "lasted": lasted,
    "flowed": flowed,
    "when": when,
    "clock": clock,
    "time_tag": time_tag,
    "day": day,
    "size": size,
    "plain": plain,
    "broken_each": broken_each,
}
