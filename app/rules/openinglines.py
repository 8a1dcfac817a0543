"""Each opening that an incident tells of, in a line of its report. Posts, never names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.rules.facts import london_text
from app.rules.incidents import counted


def reviewed(openings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give those that the rule was asked about again."""
    return [one for one in openings if "why" in one]


def against(opening: dict[str, Any]) -> str:
    """Say when an opening was made and what is held against it, with the clauses."""
    opened = london_text(datetime.fromisoformat(opening["opened_at"]))
    first = f"Opening {opening['number']}, {opening['post_title']}, {opening['organisation']}: {opened}"
    clauses = "; ".join(f"{one['code'].replace('_', ' ')} ({one['source']})" for one in opening["why"])
    held = f"{first}. Against it: {clauses}." if clauses else f"{first}."
    return held + _over(opening)


def _over(opening: dict[str, Any]) -> str:
    since = opening.get("no_longer_stands_since")
    if since is None:
        return ""
    return f" That no longer stands since {london_text(datetime.fromisoformat(since))}."


def outside(opening: dict[str, Any]) -> str:
    """Say when an opening was made, and how long before its window as that stands now."""
    opened = london_text(datetime.fromisoformat(opening["opened_at"]))
    first = f"Opening {opening['number']}, {opening['post_title']}, {opening['organisation']}: {opened}"
    if opening["window_opens_at_now"] is None:
        return f"{first}; no window stands.{_over(opening)}"
    window = london_text(datetime.fromisoformat(opening["window_opens_at_now"]))
    if opening["seconds_before_window"] is None:
        return against(opening)
    span = _span(opening["seconds_before_window"])
    return f"{first}, {span} before the window as it stands, which opens {window}.{_over(opening)}"


def _span(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [counted(n, word) for n, word in ((hours, "hour"), (minutes, "minute"), (left, "second")) if n]
    return " ".join(parts) or "less than a second"
