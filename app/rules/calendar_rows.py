"""One line of a producer's calendar, from a sheet or from an iCalendar file: what release it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from app.rules import wording
from app.rules.columns import Header
from app.rules.errors import Malformed
from app.rules.facts import LONDON, Order, Sensitivity
from app.rules.mailboxes import normalise_address
from app.rules.planned import RowProblem
from app.rules.publication import STANDARD_TIME, check_instant
from app.rules.window import sensitivities_of

NAMES: dict[str, tuple[str, ...]] = {
    "title": (
        "title",
        "release",
        "release title",
        "name",
        "publication",
        "publication title",
        "statistics",
        "output",
        "summary",
    ),
    "series": ("series", "series title", "statistical series", "publication series", "collection"),
    "order": ("order", "governing order", "pre release access order", "instrument", "legislation"),
    "sensitivity": ("sensitivity", "class", "classification", "market sensitive", "market sensitivity"),
    "date": (
        "date",
        "publication date",
        "release date",
        "date and time",
        "publication date and time",
        "release date and time",
        "publishes at",
        "planned date",
        "start",
    ),
    "time": ("time", "publication time", "release time", "start time"),
    "lead": (
        "lead official",
        "lead official email",
        "lead official address",
        "lead statistician",
        "lead statistician email",
        "responsible statistician",
        "lead email",
        "lead",
    ),
    "url": ("landing page", "page", "web page", "url", "link", "web address", "public url"),
    "exemption": ("exemption", "time exemption", "exemption from the standard time"),
    "uid": ("uid", "calendar uid", "reference", "id", "identifier"),
    # Our own export has these for people; what stands in them is not read.
    "state": ("state",),
    "notice": ("notice",),
}
LIMITS = {
    "title": 300,
    "series": 300,
    "order": 60,
    "sensitivity": 60,
    "date": 60,
    "time": 20,
    "lead": 254,
    "url": 500,
    "exemption": 5000,
    "uid": 200,
    "state": 100,
    "notice": 10_000,
}
HEADINGS: tuple[tuple[str, str], ...] = (
    ("uid", "UID"),
    ("title", "Title"),
    ("series", "Series"),
    ("order", "Order"),
    ("sensitivity", "Sensitivity"),
    ("date", "Date"),
    ("time", "Time"),
    ("lead", "Lead official"),
    ("url", "Landing page"),
    ("exemption", "Exemption"),
)
_ORDERS = {
    "uk": Order.UK,
    "united kingdom": Order.UK,
    "england": Order.UK,
    "scotland": Order.SCOTLAND,
    "wales": Order.WALES,
    "northern ireland": Order.NORTHERN_IRELAND,
    "ni": Order.NORTHERN_IRELAND,
    "si 2008/2998": Order.UK,
    "ssi 2008/399": Order.SCOTLAND,
    "wsi 2009/2818": Order.WALES,
    "sr 2009/71": Order.NORTHERN_IRELAND,
}
_SENSITIVITIES = {
    **{one.value.replace("_", " "): one for one in Sensitivity},
    "yes": Sensitivity.MARKET_SENSITIVE,
    "no": Sensitivity.ORDINARY,
}
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_URL = re.compile(r"https://[!-~]+")
_WRITTEN_DAYS = ("%d %B %Y", "%d %b %Y", "%A %d %B %Y", "%A, %d %B %Y", "%a %d %b %Y")
_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?\s*(?P<half>[ap]\.?m\.?)?", re.I)
_DAY_AND_TIME = re.compile(r"(?P<day>\S+?)[T ](?P<time>\d{1,2}[:.]\d{2}(?::\d{2})?)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it came.

    Attributes:
        number: As the sender counts: the row of the sheet, or which event of the file.
        cells: Its words, by what they hold; see ``NAMES``.
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
        read = _ORDERS.get(text.lower().replace("_", " ").removesuffix(" order").strip())
        if text and read is None:
            self.say("order", "order_unknown", f"“{text}” is none of the four Orders.")
        return read or self.defaults.order

    def _sensitivity(self) -> Sensitivity | None:
        text = self._cell("sensitivity")
        read = _SENSITIVITIES.get(re.sub(r"[_-]", " ", text.lower()))
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
        whole = _with_offset(text)
        if whole is not None and not clock_text:
            return whole
        split = _DAY_AND_TIME.fullmatch(text)
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
        return self._in_london(datetime.combine(on, at_time))

    def _in_london(self, local: datetime) -> datetime | None:
        """Take a time on the clock as London's; one that never was, or was twice, is not guessed."""
        first, second = (local.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC)
        there = first.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == local
        what = "comes twice on that night" if there else "does not exist on that night"
        self.say("date", "invalid_instant", f"{local:%H:%M} {what}, because the clocks change. Give its offset.")
        return None


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


def day_of(text: str) -> date | None:
    """Read a day, as ``2026-03-10``, ``10/03/2026`` or ``Tuesday 10 March 2026``; None when it is none, or far off."""
    found = wording.day(text)
    for written in () if found else _WRITTEN_DAYS:
        try:
            return datetime.strptime(text, written).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return found if found and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def time_of(text: str) -> time | None:
    """Read a time on the clock: ``09:30``, ``9.30am``, ``7am``; None when it is none, or has seconds."""
    found = _TIME.fullmatch(text.strip())
    if not found or not (found["minute"] or found["half"]):
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 and int(found["second"] or 0) == 0 else None


def _with_offset(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    near = _FIRST_YEAR < at.year < _LAST_YEAR
    return at.astimezone(UTC) if at.tzinfo is not None and near else None
