"""Reads one row of a producer's own sheet: its post, its holder, its period, its class, its seats."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from app.rules import footing, wording
from app.rules.errors import Code, Malformed
from app.rules.facts import GrantClass
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox
from app.rules.planned import PlannedRow
from app.rules.reading import Cells
from app.rules.window import INSTRUMENTS, ORDERS, elapsed_limit

_COUNT_LIMIT = 200
_SEAT_LIMIT = 2000


class Row(Cells):
    """Reads one row; every problem it meets goes to the reading, warnings also to the grant."""

    def read(self) -> None:
        """Read the row; what it gives goes to the reading."""
        for name in self.reading.header.names():
            self.judge(name)
        if self.failed:
            return
        on = self.cell("class")
        if footing.is_other_footing(on):
            self.reading.left_out.append(self.number)
            detail = f"“{on}” is not pre-release access; the row is left out. Keep it in its own register."
            self.say("class", "other_footing", detail, error=False)
            return
        row, count = self._row()
        seat = self._seat(count)
        if not self.failed:
            self._take_seats(row, count, seat)

    def _row(self) -> tuple[PlannedRow, int]:
        post, count, is_group = self._post()
        organisation = self.cell("organisation")
        if not organisation:
            self.say("organisation", "organisation_missing", "The row names no organisation.")
        name, email = self._holder()
        row = PlannedRow(
            row=self.number,
            post=post,
            organisation=organisation,
            asked=self._asked(),
            grant_class=self._class(),
            ground=self._ground(),
            ground_letter=self._letter(),
            for_email=self._supports(),
            place=self.cell("place"),
            agreement=self.cell("agreement"),
            conditions=self.cell("conditions"),
            name=name,
            email=email,
            held_from_on=self._held_from(email),
            exceptional_reasons=self.cell("exceptional"),
            board_informed_at=self._board_informed_at(),
            is_group=is_group,
            unit=self.cell("unit"),
        )
        if email and count > 1:
            self.say("email", "one_person_many_seats", "One person cannot fill several seats; give each its own row.")
        return row, count

    def _post(self) -> tuple[str, int, bool]:
        post, in_title = wording.counted(self.cell("post"))
        if not post:
            self.say("post", "post_missing", "The row names no post.")
            return "", 1, False
        count = self._count(in_title)
        why = wording.names_a_group(post)
        alone = count is None or "supporting staff" in (why or "")
        if why and alone:
            detail = f"“{post}” names a group and not a person: {why}. The list needs one row for each person."
            self.say("post", "group", detail, error=False)
        elif why:
            detail = f"“{post}” with a count of {count}: {why}; seats were made for that many people."
            self.say("post", "group_counted", detail, error=False)
        for sentence in wording.misspellings(post):
            self.say("post", "misspelling", sentence, error=False)
        if count is not None and count > 1:
            self.say("count", "counted", f"A count of {count} was turned into {count} seats.", error=False)
        return post, count or 1, bool(why and alone)

    def _count(self, in_title: int | None) -> int | None:
        text = self.cell("count")
        if not text and in_title is None:
            return None
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else (None if text else in_title)
        if number is None or not 1 <= number <= _COUNT_LIMIT:
            self.say("count", "count_unreadable", f"The count must be a whole number from 1 to {_COUNT_LIMIT}.")
            return 1
        return number

    def _seat(self, count: int) -> int | None:
        text = self.cell("seat")
        if not text:
            return None
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
        if not 1 <= number <= _SEAT_LIMIT:
            self.say("seat", "seat_unreadable", f"The seat must be a whole number from 1 to {_SEAT_LIMIT}.")
        elif count > 1:
            self.say("seat", "one_seat_many_people", "One seat is for one person; leave the seat or the count out.")
        return number

    def _asked(self) -> timedelta | None:
        text = self.cell("period")
        order = self.reading.order
        if not text:
            if self.reading.header.has("period"):
                detail = "The row gives no period; the Order's own limit is taken."
                self.say("period", "period_missing", detail, error=False)
            return None
        read, limit = wording.span(text), elapsed_limit(order)
        if read.days and limit is None:
            detail = f"“{text}” counts days; the limit of {INSTRUMENTS[order]} Sch. para 4 is taken."
            self.say("period", "period_in_days", detail, error=False)
        elif read.days:
            self._too_long(text)
        elif read.asked is None:
            detail = f"“{text}” is not a number of hours; the Order's own limit is taken."
            self.say("period", "period_unreadable", detail, error=False)
        elif read.asked <= timedelta(0):
            self.say("period", "period_unreadable", "The period must be more than nothing.")
        elif limit is not None and read.asked > limit and not self._is_exceptional():
            self._too_long(text)
        return read.asked

    def _too_long(self, text: str) -> None:
        detail = (
            f"“{text}” is longer than the 24 hours of {INSTRUMENTS[self.reading.order]} Sch. para 4. Longer access is "
            "exceptional (para 5(1)(a)) and needs its published reasons."
        )
        self.say("period", "period_too_long", detail)

    def _is_exceptional(self) -> bool:
        named = footing.grant_class(self.cell("class"))
        without_limit = named in ORDERS[self.reading.order].WITHOUT_LIMIT if named is not None else False
        return without_limit or named is GrantClass.EXCEPTIONAL_PERSON or bool(self.cell("exceptional"))

    def _class(self) -> GrantClass:
        text = self.cell("class")
        if not text and self.cell("supports"):
            detail = "It says whom this post supports and names no class, so it is read as administrative support."
            self.say("class", "class_taken", detail, error=False)
            return GrantClass.ADMINISTRATIVE_SUPPORT
        if not text:
            return self.reading.defaults.grant_class
        read = footing.grant_class(text)
        if read is None:
            self.say("class", "class_unknown", f"“{text}” is no class of pre-release access.")
        return read or self.reading.defaults.grant_class

    def _ground(self) -> str:
        ground = self.cell("ground") or self.reading.defaults.ground
        if not ground:
            detail = "No ground is given, and none was given for the whole sheet; approval will need one."
            self.say("ground", "ground_missing", detail, error=False)
        return ground

    def _letter(self) -> str:
        text = self.cell("ground_letter")
        read = footing.ground_letter(text, self.cell("class"))
        if read is None:
            detail = f"“{text}” is no ground of an Order; give its letter, such as (e)."
            self.say("ground_letter", "ground_letter_unreadable", detail)
        return read or ""

    def _supports(self) -> str:
        text = self.cell("supports")
        try:
            return normalise_address(text) if text else ""
        except Malformed as error:
            self.say("supports", "email_unreadable", error.detail)
            return ""

    def _holder(self) -> tuple[str, str]:
        name, text = self.cell("name"), self.cell("email")
        if not text:
            if name:
                detail = "A name without an address was not kept: people are told apart by their own work address."
                self.say("name", "email_missing", detail, error=False)
            return "", ""
        try:
            email = normalise_address(text)
            refuse_shared_mailbox(email, name)
        except Malformed as error:
            code = "shared_mailbox" if error.code is Code.SHARED_MAILBOX else "email_unreadable"
            self.say("email", code, error.detail)
            return "", ""
        if email not in self.reading.known and not name:
            detail = "Nobody with this address is known yet; give their name as well."
            self.say("email", "name_needed", detail)
        elif name and self.reading.known.get(email, name).casefold() != name.casefold():
            detail = "The person with this address is known by another name; that name was kept."
            self.say("name", "name_differs", detail, error=False)
        return name, email

    def _held_from(self, email: str) -> date | None:
        text = self.cell("held_from")
        if not text:
            return None
        read = wording.day(text)
        if read is None:
            self.say("held_from", "day_unreadable", f"“{text}” is not a day such as 2026-03-10 or 10/03/2026.")
        elif not email and not self.cell("email"):
            self.say("held_from", "email_missing", "A day without a holder's address was not kept.", error=False)
        return read

    def _board_informed_at(self) -> datetime | None:
        text = self.cell("board_informed")
        read = wording.instant(text) if text else None
        if text and read is None:
            detail = f"“{text}” is neither a day nor an instant with its offset from UTC."
            self.say("board_informed", "instant_unreadable", detail)
        return read

    def _take_seats(self, row: PlannedRow, count: int, seat: int | None) -> None:
        taken = self.reading.seats.setdefault((row.post.casefold(), row.organisation.casefold()), [])
        if taken:
            if row.email and row.email in {one.email for one in taken}:
                detail = "The same person stands on the list for the same post already."
                self.say("email", "duplicate_person", detail)
                return
            if seat in {one.seat for one in taken}:
                self.say("seat", "duplicate_seat", f"Seat {seat} of this post stands on an earlier row already.")
                return
        if taken and seat is None:
            detail = (
                f"The same post stands on row {taken[-1].row} already; this row was taken for another holder of it."
            )
            self.say("post", "duplicate_row", detail, error=False)
        for _ in range(count):
            number = seat or max((one.seat for one in taken), default=0) + 1
            one = replace(row, seat=number, defects=tuple(self.defects))
            taken.append(one)
            self.reading.planned.append(one)
