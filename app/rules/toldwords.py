"""What was told to the Statistics Board or the public, in words that people read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from app.rules.facts import london_text

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z")
_HEADS = {
    "fact": "What was told",
    "statistics": "Statistics",
    "individual": "Individual",
    "given_from": "Access from",
    "period": "Period",
    "duration": "Duration",
    "ground": "Ground",
    "reason": "Reason",
    "reasons": "Reasons",
    "explanation": "Explanation",
    "post": "Post",
}


def told_words(particulars: Mapping[str, str | None]) -> str:
    """Write the particulars of what was told, one after another; instants as people in the UK read them.

    Args:
        particulars: By name, as the duty has them; those that are empty are left out.
    """
    return " ".join(f"{head}: {words.rstrip('.')}." for head, words in told_parts(particulars))


def told_parts(particulars: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Give each particular of what must be told, or was, with its heading; instants as people in the UK read them.

    Args:
        particulars: By name, as the duty has them; those that are empty are left out.

    Returns:
        Headings and words, in the order of the particulars.
    """
    return tuple(
        (_HEADS.get(name, name.replace("_", " ").capitalize()), _in_words(value))
        for name, value in particulars.items()
        if value
    )


def _in_words(value: str) -> str:
    return _INSTANT.sub(lambda found: london_text(datetime.fromisoformat(found[0])), value)
