"""Turns the rows of a producer's own sheet into planned grants, and names everything that is odd about each row.

Pure: it changes nothing. What it calls an error stops the import; a warning is kept with the grant and shown in the
list, so that no defect of a published list is swallowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from app.rules import wording
from app.rules.columns import LIMITS, Header, find_header
from app.rules.errors import Code, Malformed
from app.rules.facts import GrantClass, Order
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox
from app.rules.window import INSTRUMENTS, ORDERS

SEAT_LIMIT = 2000
_COUNT_LIMIT = 200
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
        asked: Elapsed time before publication, or None for the Order's own limit.
        email: Normalised address of the holder, or empty.
        name: The holder's name as given; needed where the address is not known yet.
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
    exceptional_reasons: str = ""
    board_informed_at: datetime | None = None
    is_group: bool = False
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
    """

    rows: tuple[PlannedRow, ...]
    errors: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]
    left_out: tuple[int, ...] = ()
    people_to_add: tuple[tuple[str, str], ...] = ()
    gone: tuple[Seat, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Reading:
    """What has been gathered so far."""

    order: Order
    defaults: Defaults
    known: Mapping[str, str]
    header: Header
    problems: list[RowProblem] = field(default_factory=list)
    planned: list[PlannedRow] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    seats: dict[tuple[str, str], list[PlannedRow]] = field(default_factory=dict)


def plan(
    rows: Sequence[Sequence[str]],
    *,
    order: Order,
    known: Mapping[str, str] | None = None,
    defaults: Defaults | None = None,
    current: Sequence[Seat] = (),
    complete: bool = True,
) -> ImportPlan:
    """Plan the import of a sheet.

    Args:
        rows: Rows of text, as they stand in the sheet; the headings are looked for in the first twenty.
        order: The governing Order, whose limit holds for rows that give no period.
        known: Names of the people we know, by normalised address.
        defaults: What holds for rows that say nothing themselves.
        current: Seats of the version that this one would follow.
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
    reading = _Reading(order, defaults or Defaults(), known or {}, header)
    _judge_headings(reading, at + 1, complete)
    for number, cells in enumerate(rows[at + 1 :], start=at + 2):
        if any(cell.strip() for cell in cells):
            _Row(reading, number, cells).read()
    return _finish(reading, current)


def _judge_headings(reading: _Reading, row: int, complete: bool) -> None:
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


def _finish(reading: _Reading, current: Sequence[Seat]) -> ImportPlan:
    if not reading.planned and not reading.problems:
        reading.problems.append(RowProblem(1, "", "rows_missing", "No row names a post.", error=True))
    if len(reading.planned) > SEAT_LIMIT:
        detail = f"The sheet names more than {SEAT_LIMIT} people."
        reading.problems.append(RowProblem(1, "", "too_many", detail, error=True))
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
    )


def _seat(post: str, organisation: str, seat: int) -> Seat:
    return post.casefold(), organisation.casefold(), seat


class _Row:
    """Reads one row; every problem it meets goes to the reading, warnings also to the grant."""

    def __init__(self, reading: _Reading, number: int, cells: Sequence[str]) -> None:
        self.reading = reading
        self.number = number
        self.cells = cells
        self.defects: list[str] = []
        self.failed = False

    def read(self) -> None:
        for name in self.reading.header.names():
            self._judge_cell(name)
        if self.failed:
            return
        footing = self._cell("class")
        if wording.is_other_footing(footing):
            self.reading.left_out.append(self.number)
            detail = f"“{footing}” is not pre-release access; the row is left out. Keep it in its own register."
            self._say("class", "other_footing", detail, error=False)
            return
        row, count = self._row()
        if not self.failed:
            self._take_seats(row, count)

    def _row(self) -> tuple[PlannedRow, int]:
        post, count, is_group = self._post()
        organisation = self._cell("organisation")
        if not organisation:
            self._say("organisation", "organisation_missing", "The row names no organisation.")
        name, email = self._holder()
        row = PlannedRow(
            row=self.number,
            post=post,
            organisation=organisation,
            asked=self._asked(),
            grant_class=self._class(),
            ground=self._ground(),
            conditions=self._cell("conditions"),
            name=name,
            email=email,
            held_from_on=self._held_from(email),
            exceptional_reasons=self._cell("exceptional"),
            board_informed_at=self._board_informed_at(),
            is_group=is_group,
        )
        if email and count > 1:
            self._say("email", "one_person_many_seats", "One person cannot fill several seats; give each its own row.")
        return row, count

    def _post(self) -> tuple[str, int, bool]:
        post, in_title = wording.counted(self._cell("post"))
        if not post:
            self._say("post", "post_missing", "The row names no post.")
            return "", 1, False
        count = self._count(in_title)
        why = wording.names_a_group(post)
        alone = count is None or "supporting staff" in (why or "")
        if why and alone:
            detail = f"“{post}” names a group and not a person: {why}. The list needs one row for each person."
            self._say("post", "group", detail, error=False)
        elif why:
            detail = f"“{post}” with a count of {count}: {why}; seats were made for that many people."
            self._say("post", "group_counted", detail, error=False)
        for sentence in wording.misspellings(post):
            self._say("post", "misspelling", sentence, error=False)
        if count is not None and count > 1:
            self._say("count", "counted", f"A count of {count} was turned into {count} seats.", error=False)
        return post, count or 1, bool(why and alone)

    def _count(self, in_title: int | None) -> int | None:
        text = self._cell("count")
        if not text and in_title is None:
            return None
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else (None if text else in_title)
        if number is None or not 1 <= number <= _COUNT_LIMIT:
            self._say("count", "count_unreadable", f"The count must be a whole number from 1 to {_COUNT_LIMIT}.")
            return 1
        return number

    def _asked(self) -> timedelta | None:
        text = self._cell("period")
        order = self.reading.order
        if not text:
            if self.reading.header.has("period"):
                detail = "The row gives no period; the Order's own limit is taken."
                self._say("period", "period_missing", detail, error=False)
            return None
        if order not in ORDERS:
            detail = f"“{text}” is kept as text only: the window of {INSTRUMENTS[order]} cannot be counted yet."
            self._say("period", "order_not_built", detail, error=False)
            return None
        read = wording.span(text)
        if read.days:
            self._too_long(text)
        elif read.asked is None:
            detail = f"“{text}” is not a number of hours; the Order's own limit is taken."
            self._say("period", "period_unreadable", detail, error=False)
        elif read.asked <= timedelta(0):
            self._say("period", "period_unreadable", "The period must be more than nothing.")
        elif read.asked > ORDERS[order].LIMIT and not self._is_exceptional():
            self._too_long(text)
        return read.asked

    def _too_long(self, text: str) -> None:
        order = self.reading.order
        hours = ORDERS[order].LIMIT.total_seconds() / 3600
        detail = (
            f"“{text}” is longer than the {hours:g} hours of {INSTRUMENTS[order]} Sch. para 4. Longer access is "
            "exceptional (para 5(1)(a)) and needs its published reasons."
        )
        self._say("period", "period_too_long", detail)

    def _is_exceptional(self) -> bool:
        named = wording.grant_class(self._cell("class")) is GrantClass.EXCEPTIONAL_PERSON
        return named or bool(self._cell("exceptional"))

    def _class(self) -> GrantClass:
        text = self._cell("class")
        if not text:
            return self.reading.defaults.grant_class
        read = wording.grant_class(text)
        if read is None:
            self._say("class", "class_unknown", f"“{text}” is no class of pre-release access.")
        return read or self.reading.defaults.grant_class

    def _ground(self) -> str:
        ground = self._cell("ground") or self.reading.defaults.ground
        if not ground:
            detail = "No ground is given, and none was given for the whole sheet; approval will need one."
            self._say("ground", "ground_missing", detail, error=False)
        return ground

    def _holder(self) -> tuple[str, str]:
        name, text = self._cell("name"), self._cell("email")
        if not text:
            if name:
                detail = "A name without an address was not kept: people are told apart by their own work address."
                self._say("name", "email_missing", detail, error=False)
            return "", ""
        try:
            email = normalise_address(text)
            refuse_shared_mailbox(email, name)
        except Malformed as error:
            code = "shared_mailbox" if error.code is Code.SHARED_MAILBOX else "email_unreadable"
            self._say("email", code, error.detail)
            return "", ""
        if email not in self.reading.known and not name:
            detail = "Nobody with this address is known yet; give their name as well."
            self._say("email", "name_needed", detail)
        elif name and self.reading.known.get(email, name).casefold() != name.casefold():
            detail = "The person with this address is known by another name; that name was kept."
            self._say("name", "name_differs", detail, error=False)
        return name, email

    def _held_from(self, email: str) -> date | None:
        text = self._cell("held_from")
        if not text:
            return None
        read = wording.day(text)
        if read is None:
            self._say("held_from", "day_unreadable", f"“{text}” is not a day such as 2026-03-10 or 10/03/2026.")
        elif not email:
            self._say("held_from", "email_missing", "A day without a holder's address was not kept.", error=False)
        return read

    def _board_informed_at(self) -> datetime | None:
        text = self._cell("board_informed")
        read = wording.instant(text) if text else None
        if text and read is None:
            detail = f"“{text}” is neither a day nor an instant with its offset from UTC."
            self._say("board_informed", "instant_unreadable", detail)
        return read

    def _take_seats(self, row: PlannedRow, count: int) -> None:
        taken = self.reading.seats.setdefault((row.post.casefold(), row.organisation.casefold()), [])
        if taken:
            if row.email and row.email in {one.email for one in taken}:
                detail = "The same person stands on the list for the same post already."
                self._say("email", "duplicate_person", detail)
                return
            detail = (
                f"The same post stands on row {taken[-1].row} already; this row was taken for another holder of it."
            )
            self._say("post", "duplicate_row", detail, error=False)
        for _ in range(count):
            one = replace(row, seat=len(taken) + 1, defects=tuple(self.defects))
            taken.append(one)
            self.reading.planned.append(one)

    def _judge_cell(self, name: str) -> None:
        text = self._cell(name)
        if wording.is_formula(text):
            detail = "The cell begins like a formula (=, + or @). Give plain words."
            self._say(name, "formula", detail)
        elif wording.has_odd_characters(text):
            self._say(name, "control_characters", "The cell has control or direction-changing characters.")
        elif len(text) > LIMITS[name]:
            self._say(name, "too_long", f"The cell has more than {LIMITS[name]} characters.")

    def _cell(self, name: str) -> str:
        return self.reading.header.cell(self.cells, name)

    def _say(self, name: str, code: str, detail: str, *, error: bool = True) -> None:
        self.reading.problems.append(RowProblem(self.number, self.reading.header.heading(name), code, detail, error))
        if error:
            self.failed = True
        else:
            self.defects.append(detail)
