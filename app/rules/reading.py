"""A sheet while it is read: what has been gathered so far, and the cells of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.rules import wording
from app.rules.columns import LIMITS, Header
from app.rules.facts import Order
from app.rules.planned import Defaults, PlannedRow, RowProblem


@dataclass
class Reading:
    """What has been gathered so far."""

    order: Order
    defaults: Defaults
    known: Mapping[str, str]
    header: Header
    problems: list[RowProblem] = field(default_factory=list)
    planned: list[PlannedRow] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    seats: dict[tuple[str, str], list[PlannedRow]] = field(default_factory=dict)


class Cells:
    """One row's cells, by what they hold, and what is said of them."""

    def __init__(self, reading: Reading, number: int, cells: Sequence[str]) -> None:
        self.reading = reading
        self.number = number
        self.cells = cells
        self.defects: list[str] = []
        self.failed = False

    def judge(self, name: str) -> None:
        """Name a formula, characters nobody can see, and too much text."""
        text = self.cell(name)
        if wording.is_formula(self.reading.header.written(self.cells, name)):
            detail = "The cell begins like a formula (=, + or @). Give plain words."
            self.say(name, "formula", detail)
        elif wording.has_odd_characters(text):
            self.say(name, "control_characters", "The cell has control or direction-changing characters.")
        elif len(text) > LIMITS[name]:
            self.say(name, "too_long", f"The cell has more than {LIMITS[name]} characters.")

    def cell(self, name: str) -> str:
        """Give the row's cell in the column that holds this, tidied; empty where there is none."""
        return self.reading.header.cell(self.cells, name)

    def say(self, name: str, code: str, detail: str, *, error: bool = True) -> None:
        """Put a problem of this row on record; an error ends the row, a warning stays with its grant."""
        self.reading.problems.append(RowProblem(self.number, self.reading.header.heading(name), code, detail, error))
        if error:
            self.failed = True
        else:
            self.defects.append(detail)
