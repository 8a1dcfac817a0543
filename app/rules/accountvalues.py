"""What stands in an entry of the log, read with care: whatever it is, an account can be told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.rules.reasons import utc


def as_list(value: Any) -> list[Any]:
    """Give a list that an entry holds; an empty one where it holds something else."""
    return value if isinstance(value, list) else []


def code_of(reason: Any) -> str:
    """Give the code of a reason in words; empty where there is none."""
    code = reason.get("code") if isinstance(reason, dict) else reason
    return code.replace("_", " ") if isinstance(code, str) else ""


def instant_of(value: Any) -> datetime | None:
    """Give an instant that an entry holds as text; None where it holds something else."""
    if not isinstance(value, str):
        return None
    try:
        return utc(datetime.fromisoformat(value))
    except ValueError:
        return None
