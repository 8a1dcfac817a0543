"""A calendar as rows of a sheet, in headings that the import of calendars knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.rules import wording
from app.rules.calendar import Shortfall
from app.rules.calendar_columns import HEADINGS
from app.rules.facts import LONDON
from app.rules.feeds import CalendarEntry
from app.rules.reasons import instant_text, utc

Cell = str | int | date | None


def calendar_rows(entries: Iterable[tuple[CalendarEntry, tuple[Shortfall, ...]]]) -> list[list[Cell]]:
    """Write a calendar as rows, the headings first; the last two columns are for people and are not read again.

    Args:
        entries: Each release, and where its notice is too short.
    """
    headings: list[Cell] = [*(heading for _, heading in HEADINGS), "State", "Notice"]
    return [headings, *(_row(entry, short) for entry, short in entries)]


def _row(entry: CalendarEntry, short: tuple[Shortfall, ...]) -> list[Cell]:
    release = entry.release
    local = utc(release.publishes_at).astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    cells: dict[str, Cell] = {
        "uid": entry.calendar_uid,
        "title": release.title,
        "series": entry.series,
        "order": release.order.value,
        "sensitivity": release.sensitivity.value,
        "date": instant_text(release.publishes_at) if twice else local.date(),
        "time": "" if twice else f"{local:%H:%M}",
        "lead": entry.lead_email,
        "url": release.public_url or "",
        "exemption": entry.time_exemption,
    }
    told = [release.state.value, " ".join(f"{one.detail} ({one.source})" for one in short)]
    return [_quoted(cell) for cell in [*(cells[name] for name, _ in HEADINGS), *told]]


def _quoted(cell: Cell) -> Cell:
    return wording.quoted(cell) if isinstance(cell, str) else cell
