"""One line of a producer's calendar, from a sheet or from an iCalendar file: what release it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.rules import wording
from app.rules.calendar_columns import LIMITS, NAMES, ORDER_WORDS, SENSITIVITY_WORDS
from app.rules.calendar_lines import CalendarLine, Line, LineDefaults
from app.rules.calendar_times import DAY_AND_TIME, day_of, in_london, time_of, with_offset
from app.rules.errors import Malformed
from app.rules.facts import Order, Sensitivity
from app.rules.mailboxes import normalise_address
from app.rules.planned import RowProblem
from app.rules.publication import STANDARD_TIME, check_instant
from app.rules.rehearsals import titled
from app.rules.window import sensitivities_of

_URL = re.compile(r"https://[!-~]+")


@dataclass
class LineReading:
    """Reads one line; every problem it meets is gathered.

    Attributes:
        headings: The sender's own headings, by what they hold.
    """

    line: Line
    headings: Mapping[str, str]
    defaults: LineDefaults
    problems: list[RowProblem] = field(default_factory=list)

    def read(self, at: datetime) -> CalendarLine | None:
        """Give the line as a release would have it; None when it has errors.

        Args:
            at: Now. Aware.

        Source:
            Code 2018 T3.1; Code 2018 T3.6
        """
        for remark in self.line.remarks:
            self.say("date", "remark", remark, error=False)
        for refusal in self.line.refusals:
            self.say("date", "not_taken", refusal)
        for name in NAMES:
            self._judge(name)
        if self._failed():
            return None
        title = self._cell("title")
        if not title:
            self.say("title", "title_missing", "The line names no release.")
        publishes_at = self._instant()
        line = CalendarLine(
            number=self.line.number,
            title=title,
            publishes_at=publishes_at or at,
            series=self._cell("series") or self.defaults.series,
            order=self._order(),
            sensitivity=self._sensitivity(),
            lead_email=self._lead(),
            public_url=self._url(),
            time_exemption=self._cell("exemption"),
            uid=self._cell("uid"),
            cancelled=self.line.cancelled,
        )
        return None if self._failed() else line

    def check_new(self, line: CalendarLine, at: datetime) -> None:
        """Say why a line cannot be registered as a new release.

        Args:
            line: The line as it was read.
            at: Now. Aware.
        """
        if line.order is None:
            self.say("order", "order_missing", "No Order is named, and none was given for the whole calendar.")
        if line.sensitivity is None:
            detail = "No sensitivity is given, and none was given for the whole calendar."
            self.say("sensitivity", "sensitivity_missing", detail)
        elif line.order is not None and line.sensitivity not in sensitivities_of(line.order):
            detail = f"The Order that governs it has no class of “{line.sensitivity.value}” statistics."
            self.say("sensitivity", "sensitivity_unknown", detail)
        try:
            titled(line.title, rehearsal=False)
        except Malformed as error:
            self.say("title", "title_of_rehearsal", error.detail.removesuffix(" Nothing was done."))
        try:
            check_instant(line.publishes_at, at, time_exemption=line.time_exemption)
        except Malformed as error:
            self.say("date", error.code.value, error.detail.removesuffix(" Nothing was done."))

    def say(self, name: str, code: str, detail: str, *, error: bool = True) -> None:
        """Put a problem of this line on record."""
        self.problems.append(RowProblem(self.line.number, self.headings.get(name, ""), code, detail, error))

    def _failed(self) -> bool:
        return any(one.error for one in self.problems)

    def _cell(self, name: str) -> str:
        return wording.unquoted(wording.tidy(self.line.cells.get(name, "")))

    def _judge(self, name: str) -> None:
        written = wording.tidy(self.line.cells.get(name, ""))
        if wording.is_formula(written):
            self.say(name, "formula", "The cell begins like a formula (=, + or @). Give plain words.")
        elif wording.has_odd_characters(written):
            self.say(name, "control_characters", "The cell has control or direction-changing characters.")
        elif len(written) > LIMITS[name]:
            self.say(name, "too_long", f"The cell has more than {LIMITS[name]} characters.")

    def _order(self) -> Order | None:
        text = self._cell("order")
        read = ORDER_WORDS.get(text.lower().replace("_", " ").removesuffix(" order").strip())
        if text and read is None:
            self.say("order", "order_unknown", f"“{text}” is none of the four Orders.")
        return read or self.defaults.order

    def _sensitivity(self) -> Sensitivity | None:
        text = self._cell("sensitivity")
        read = SENSITIVITY_WORDS.get(re.sub(r"[_-]", " ", text.lower()))
        if text and read is None:
            self.say("sensitivity", "sensitivity_unknown", f"“{text}” is no class of sensitivity.")
        return read or self.defaults.sensitivity

    def _lead(self) -> str:
        text = self._cell("lead")
        try:
            return normalise_address(text) if text else ""
        except Malformed as error:
            self.say("lead", "email_unreadable", error.detail)
            return ""

    def _url(self) -> str | None:
        text = self._cell("url")
        if text and not _URL.fullmatch(text):
            self.say("url", "address_unreadable", f"“{text[:100]}” is no address that begins with https://.")
        return text or None

    def _instant(self) -> datetime | None:
        text, clock_text = self._cell("date"), self._cell("time")
        if not text:
            self.say("date", "date_missing", "The line gives no date.")
            return None
        whole = with_offset(text)
        if whole is not None and not clock_text:
            return whole
        split = DAY_AND_TIME.fullmatch(text)
        if split:
            text, clock_text = split["day"], clock_text or split["time"]
        on = day_of(text)
        if on is None:
            detail = f"“{text}” is not a date such as 2026-03-10, 10/03/2026 or 10 March 2026."
            self.say("date", "date_unreadable", detail)
            return None
        if not clock_text:
            self.say("date", "time_missing", "No time is given; the standard time, 9:30am, was taken.", error=False)
        at_time = time_of(clock_text) if clock_text else STANDARD_TIME
        if at_time is None:
            self.say("time", "time_unreadable", f"“{clock_text}” is not a time such as 09:30 or 9:30am.")
            return None
        try:
            return in_london(datetime.combine(on, at_time))
        except ValueError as error:
            self.say("date", "invalid_instant", str(error))
            return None
