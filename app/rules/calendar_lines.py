"""A line of a producer's calendar: as it came, and as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.rules.columns import Header
from app.rules.facts import Order, Sensitivity


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it came.

    Attributes:
        number: As the sender counts: the row of the sheet, or which event of the file.
        cells: its words, by what they hold; see ``calendar_columns.NAMES``.
        remarks: What its reader noticed; warnings.
        refusals: Why it cannot be taken; errors.
        cancelled: It says that the release is cancelled.
    """

    number: int
    cells: Mapping[str, str]
    remarks: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class LineDefaults:
    """What holds for lines that say nothing themselves; an Order is never guessed."""

    order: Order | None = None
    sensitivity: Sensitivity | None = None
    series: str = ""


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A line that could be read.

    Attributes:
        order, sensitivity: None where neither the line nor a default gives one.
        publishes_at: Aware, UTC.
        lead_email: Normalised, or empty.
        cancelled: It says that the release is cancelled.
    """

    number: int
    title: str
    publishes_at: datetime
    series: str = ""
    order: Order | None = None
    sensitivity: Sensitivity | None = None
    lead_email: str = ""
    public_url: str | None = None
    time_exemption: str = ""
    uid: str = ""
    cancelled: bool = False


def lines_of(rows: Sequence[Sequence[str]], header: Header, at: int) -> list[Line]:
    """Give the lines of a sheet below its headings; empty rows are none.

    Args:
        rows: Rows of text.
        header: The headings that were found.
        at: Their row, from 0.
    """
    return [
        Line(number, {name: header.written(cells, name) for name in header.names()})
        for number, cells in enumerate(rows[at + 1 :], start=at + 2)
        if any(cell.strip() for cell in cells)
    ]
