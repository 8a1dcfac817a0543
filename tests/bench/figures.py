"""What the benchmark says: one figure a line, ours beside what it is measured against, and how."""

from __future__ import annotations

import math
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


class BenchFailed(Exception):
    """Something did not do what is measured: a figure for it would be a figure for nothing."""


class Missing(Exception):
    """A program that a part is measured against is not installed; the part is left out, by its name."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. The whole run stays under eight minutes.

    Attributes:
        seconds: How long a load of requests lasts.
        clients: Keep-alive connections of a load, each of another recipient.
        recipients: People on the eligibility list.
        big_bytes: The one large file.
        long_bytes: The one that is as large as a document may be.
        log_entries: How long a log the receipts are taken from.
        log_rate: Entries a second, in the measurement of how soon they stand in a checkpoint.
        readers: How many are in the middle of a download when it is recalled.
        recalled_bytes: What they download.
        pdf_copies: How many copies of a 50-page PDF are made.
        rush_readers: How many ask for a public document in the same second.
        rush_bytes: How long it is.
        rush_recipients: How many open an embargoed document of another release in that second.
        long_rush_readers: How many ask for a long public document in the same second.
        long_rush_bytes: How long that is.
        examples: How many requests are made up for each operation and role, at the end.
    """

    seconds: float = 8.0
    clients: int = 16
    recipients: int = 40
    big_bytes: int = 1024 * MIB
    long_bytes: int = 5 * 1024 * MIB
    log_entries: int = 100_000
    log_rate: int = 1_000
    readers: int = 50
    recalled_bytes: int = 256 * MIB
    pdf_copies: int = 60
    examples: int = 100
    most_seconds: float = 75.0
    rush_readers: int = 2000
    rush_bytes: int = 256 * 1024
    rush_recipients: int = 500
    long_rush_readers: int = 40
    long_rush_bytes: int = 128 * 1024 * 1024


QUICK = Sizes(
    seconds=0.5,
    clients=4,
    recipients=8,
    big_bytes=8 * MIB,
    long_bytes=12 * MIB,
    log_entries=1_000,
    log_rate=100,
    readers=4,
    recalled_bytes=64 * MIB,
    pdf_copies=2,
    examples=2,
    most_seconds=60.0,
    rush_readers=50,
    rush_bytes=64 * 1024,
    rush_recipients=10,
    long_rush_readers=10,
    long_rush_bytes=8 * 1024 * 1024,
)


DATABASES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a part is measured.

    Attributes:
        folder: Empty, on the disk of the checkout, gone when the part ends.
        entries: Of the log that is searched.
        databases: On which.
        checked: Whether it is exported and checked as a whole at the end, which takes as long as all the rest.
    """

    folder: Path
    sizes: Sizes
    quick: bool = False
    entries: int = 10_000_000
    databases: tuple[str, ...] = DATABASES
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        what: What was measured.
        ours, against: Both in the same unit, as text; ``against`` empty when nothing stands beside it.
        ratio: Ours to theirs, more than 1 is better for us; None when nothing stands beside it.
        how: How it was measured, and what the other side is.
        numbers: What the texts were made of, for ``summary.json``.
    """

    what: str
    ours: str
    against: str = ""
    ratio: float | None = None
    how: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Give the figure as JSON-ready members."""
        return asdict(self)


def rank(sorted_numbers: Sequence[float], share: float) -> float:
    """Give the smallest number that at least this share of all does not exceed (nearest rank).

    Args:
        sorted_numbers: At least one, smallest first.
        share: Above 0, at most 1; 0.99 for the 99th percentile.
    """
    return sorted_numbers[max(0, math.ceil(share * len(sorted_numbers)) - 1)]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Give the median, the 99th percentile and the longest of some spans, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(1000 * rank(ordered, 0.5), 3),
        "p99_ms": round(1000 * rank(ordered, 0.99), 3),
        "max_ms": round(1000 * ordered[-1], 3),
    }


def p50_p99(spans: dict[str, float]) -> str:
    """Write a median and a 99th percentile, of those in ``milliseconds``."""
    return f"p50 {spans['p50_ms']:.2g} p99 {spans['p99_ms']:.3g} ms"


def rate(count: float, seconds: float) -> float:
    """Say how many a second, rounded to what means anything."""
    return round(count / seconds, 1)


def table(figures: Sequence[Figure]) -> str:
    """Write the figures as a table, wrapped to the width of the terminal."""
    rows = [("what", "ours", "against", "ratio", "how measured")]
    rows += [(f.what, f.ours, f.against or "–", f"{f.ratio:.2f}" if f.ratio else "–", f.how) for f in figures]
    total = max(120, min(190, shutil.get_terminal_size((160, 40)).columns))
    widths = (34, 30, 30, 5)
    widths = (*widths, total - sum(widths) - 2 * len(widths))
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for at in range(max(map(len, cells))):
            parts = (cell[at] if at < len(cell) else "" for cell in cells)
            lines.append("  ".join(f"{part:<{width}}" for part, width in zip(parts, widths, strict=True)).rstrip())
        lines.append("─" * total if number == 0 else "")
    return "\n".join(lines)
