"""How far the faults go: a sample in every run of the tests, and all of it with ``make faults``.

What ``make faults`` finds is kept in ``var/faults/figures.txt``, a line for each figure.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

_FIGURES = Path(__file__).resolve().parents[2] / "var" / "faults" / "figures.txt"
T = TypeVar("T")
FULL = os.environ.get("PRA_FAULTS") == "full"


def extent(few: int, full: int) -> int:
    """Give one of two sizes: that of every run, or that of ``make faults``."""
    return full if FULL else few


def sample(every: Sequence[T], count: int) -> Sequence[T]:
    """Give everything with ``make faults``; otherwise ``count`` of it, evenly, the first and last among it."""
    if FULL or len(every) <= count:
        return every
    return [every[round(place * (len(every) - 1) / (count - 1))] for place in range(count)]


def stated(figure: str) -> None:
    """Keep a figure, in words. Only ``make faults`` does: at the size of every run it means nothing."""
    if FULL:
        _FIGURES.parent.mkdir(parents=True, exist_ok=True)
        with _FIGURES.open("a", encoding="utf-8") as kept:
            kept.write(figure + "\n")
