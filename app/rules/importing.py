"""Turns the rows of a producer's own sheet into planned grants, and names everything that is odd about each row.

Pure: it changes nothing. What it calls an error stops the import; a warning is kept with the grant and shown in the
list, so that no defect of a published list is swallowed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.rules.columns import find_header
from app.rules.facts import Order
from app.rules.planned import Defaults as Defaults
from app.rules.planned import ImportPlan as ImportPlan
from app.rules.planned import PlannedRow as PlannedRow
from app.rules.planned import RowProblem as RowProblem
from app.rules.planned import Seat
from app.rules.reading import Reading
from app.rules.rows import Row

SEAT_LIMIT = 2000


def told_too_late(rows: Sequence[PlannedRow], at: datetime) -> tuple[RowProblem, ...]:
    """Name each row by which the Statistics Board is to have been informed at an instant that has not come.

    Args:
        rows: The seats as they were read.
        at: Now. Aware, UTC.

    Returns:
        One problem for each such row, in their order; each stops the import.

    Source:
        SI 2008/2998 Sch. para 5(4)(b); SR 2009/71 Sch. para 5(4)(b)
    """
    detail = "The Board cannot have been informed in the future."
    late = dict.fromkeys(one.row for one in rows if one.board_informed_at is not None and one.board_informed_at > at)
    return tuple(RowProblem(row, "board_informed", "invalid_instant", detail, error=True) for row in late)


def plan(
    rows: Sequence[Sequence[str]],
    *,
    order: Order,
    known: Mapping[str, str] | None = None,
    defaults: Defaults | None = None,
    current: Sequence[Seat] = (),
    held: Collection[Seat] = (),
    complete: bool = True,
) -> ImportPlan:
    """Plan the import of a sheet.

    Args:
        rows: Rows of text, as they stand in the sheet; the headings are looked for in the first twenty.
        order: The governing Order, whose limit holds for rows that give no period.
        known: Names of the people we know, by normalised address.
        defaults: What holds for rows that say nothing themselves.
        current: Seats of the version that this one would follow.
        held: Those of them whose holder is named; rows that name nobody keep them.
        complete: False when the sender says that the list stops short.

    Returns:
        The plan; nothing may be imported while it has errors.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 9(b)
    """
    found = find_header(rows)
    if found is None:
        detail = "No row has headings that name the post and the organisation, such as “Post” and “Organisation”."
        return ImportPlan((), (RowProblem(1, "", "headings_missing", detail, error=True),), ())
    header, at = found
    reading = Reading(order, defaults or Defaults(), known or {}, header)
    _judge_headings(reading, at + 1, complete)
    for number, cells in enumerate(rows[at + 1 :], start=at + 2):
        if any(cell.strip() for cell in cells):
            Row(reading, number, cells).read()
    return _finish(reading, current, held)


def _judge_headings(reading: Reading, row: int, complete: bool) -> None:
    header = reading.header
    if not complete:
        detail = "The list stops short: whoever sent it says that it is not complete."
        reading.problems.append(RowProblem(row, "", "incomplete", detail, error=False))
    if header.has("group"):
        detail = "The groups named in this column are not kept."
        reading.problems.append(RowProblem(row, header.heading("group"), "group_not_kept", detail, error=False))
    for heading in header.unknown:
        detail = f"The column “{heading}” is not known and was not read."
        reading.problems.append(RowProblem(row, heading, "column_unknown", detail, error=False))
    for heading in header.twice:
        detail = f"The column “{heading}” names something that another column names already."
        reading.problems.append(RowProblem(row, heading, "column_twice", detail, error=True))
    if not header.has("period"):
        detail = "No column gives a period; the Order's own limit is taken for every row."
        reading.problems.append(RowProblem(row, "", "period_missing", detail, error=False))


def _finish(reading: Reading, current: Sequence[Seat], held: Collection[Seat]) -> ImportPlan:
    if not reading.planned and not reading.problems:
        reading.problems.append(RowProblem(1, "", "rows_missing", "No row names a post.", error=True))
    if len(reading.planned) > SEAT_LIMIT:
        detail = f"The sheet names more than {SEAT_LIMIT} people."
        reading.problems.append(RowProblem(1, "", "too_many", detail, error=True))
    _judge_recipients(reading)
    before = {_seat(*seat) for seat in current}
    marked = tuple(
        replace(one, listed=_seat(one.post, one.organisation, one.seat) in before) for one in reading.planned
    )
    after = {_seat(one.post, one.organisation, one.seat) for one in marked}
    to_add = {one.email: one.name for one in marked if one.email and one.email not in reading.known}
    kept = {one.row for one in marked}
    notes = [f"Row {one.row}: {one.detail}" for one in reading.problems if not one.error and one.row not in kept]
    return ImportPlan(
        rows=marked,
        errors=tuple(one for one in reading.problems if one.error),
        warnings=tuple(one for one in reading.problems if not one.error),
        left_out=tuple(reading.left_out),
        people_to_add=tuple((name, email) for email, name in to_add.items()),
        gone=tuple(seat for seat in current if _seat(*seat) not in after),
        notes=tuple(notes),
        unnamed=_unnamed(reading, marked, {_seat(*seat) for seat in held}),
    )


def _judge_recipients(reading: Reading) -> None:
    """Name the rows that stand behind somebody whom no row of the sheet names."""
    named = {one.email for one in reading.planned if one.email}
    for one in reading.planned:
        if one.for_email and one.for_email not in named:
            detail = "The recipient whom this row stands behind has no row of their own on the sheet."
            column = reading.header.heading("supports")
            reading.problems.append(RowProblem(one.row, column, "recipient_not_listed", detail, error=True))


def _unnamed(reading: Reading, rows: Sequence[PlannedRow], held: Collection[Seat]) -> tuple[RowProblem, ...]:
    """Warn of rows whose seats nobody is named for, on the sheet or on the version before."""
    detail = "Nobody is named as holder; approval will need the person who holds the post."
    without = {one.row for one in rows if not one.email and _seat(one.post, one.organisation, one.seat) not in held}
    column = reading.header.headings.get("email", "")
    return tuple(RowProblem(row, column, "holder_missing", detail, error=False) for row in sorted(without))


def _seat(post: str, organisation: str, seat: int) -> Seat:
    return post.casefold(), organisation.casefold(), seat
