"""Statistics as rows of a sheet, and what they are called."""

from __future__ import annotations

from app.rules.statistics import Statistics

HEADINGS = ("Section", "Key", "Figure", "Value", "Of", "Share", "Unit", "Left out")
Cell = str | float | None


def title(told: Statistics, producer_name: str, series_title: str | None) -> str:
    """Give what the statistics are of, in a line."""
    series = f", {series_title}" if series_title else ""
    return f"Pre-release access, {told.period.words}: {producer_name}{series}"


def sheet_of(told: Statistics, producer_name: str, series_title: str | None) -> list[list[Cell]]:
    """Give the figures as rows of a sheet, with their headings; first what they are of."""
    period = f"{told.period.from_on.isoformat()} to {told.period.until_on.isoformat()}"
    about = {"Producer": producer_name, "Series": series_title or "all", "Period": period}
    rows: list[list[Cell]] = [list(HEADINGS)]
    for name, words in about.items():
        rows.append(["about", f"about.{name.lower()}", name, words, None, None, "", None])
    for one in told.figures:
        rows.append([one.section, one.key, one.words, one.value, one.of, one.share, one.unit, one.left_out])
    return rows
