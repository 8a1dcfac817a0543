"""What an import of a list would do: its seats, and everything wrong with or odd about its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules.facts import GrantClass

Seat = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing that is wrong with, or odd about, a row.

    Attributes:
        row: As the sender counts, from 1.
        column: The sender's own heading, or empty when the whole row is meant.
        code: What sort of thing, e.g. ``post_missing``.
        error: It stops the import; otherwise it is a warning.
    """

    row: int
    column: str
    code: str
    detail: str
    error: bool

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return "error" if self.error else "warning"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that say nothing themselves: the ground, and the class of access."""

    ground: str = ""
    grant_class: GrantClass = GrantClass.ELIGIBLE_PERSON


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One seat that the import would put on the list.

    Attributes:
        row: The row it comes from, as the sender counts.
        unit: Where in the organisation the post is; empty where the sheet does not say. It is not published.
        asked: Elapsed time before publication, or None for the Order's own limit.
        email: Normalised address of the holder, or empty.
        name: The holder's name as given; needed where the address is not known yet.
        for_email: Normalised address of the recipient whom the holder stands behind, or empty.
        defects: Whole sentences; what is odd about the row.
        listed: The version before has this seat already.
    """

    row: int
    post: str
    organisation: str
    seat: int = 1
    asked: timedelta | None = None
    grant_class: GrantClass = GrantClass.ELIGIBLE_PERSON
    ground: str = ""
    conditions: str = ""
    name: str = ""
    email: str = ""
    held_from_on: date | None = None
    ground_letter: str = ""
    for_email: str = ""
    place: str = ""
    agreement: str = ""
    exceptional_reasons: str = ""
    board_informed_at: datetime | None = None
    is_group: bool = False
    unit: str = ""
    defects: tuple[str, ...] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. Nothing has been done.

    Attributes:
        rows: The seats, in the sheet's order.
        left_out: Rows that are not pre-release access, by number; each has its warning.
        people_to_add: (name, address) of holders whose address is not known yet.
        gone: Seats of the version before that the sheet no longer has.
        notes: What is to be said of the sheet as a whole, and of rows that no grant came from.
        unnamed: A warning for each row whose seats nobody is named for; not kept, since holders can be named later.
    """

    rows: tuple[PlannedRow, ...]
    errors: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]
    left_out: tuple[int, ...] = ()
    people_to_add: tuple[tuple[str, str], ...] = ()
    gone: tuple[Seat, ...] = ()
    notes: tuple[str, ...] = ()
    unnamed: tuple[RowProblem, ...] = ()


def problem_record(problem: RowProblem) -> dict[str, str | int]:
    """Give a row's problem as JSON-ready members."""
    return {
        "row": problem.row,
        "column": problem.column,
        "code": problem.code,
        "detail": problem.detail,
        "severity": problem.severity,
    }
