"""Calendars in iCalendar (RFC 5545): lines of a producer's calendar in, a feed out.

Reading takes the text apart into properties and no further. Nothing is expanded: an event that repeats is refused, and
a file's own definition of a time zone is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vText
from icalendar.parser import Contentlines

from app.rules.calendar_lines import Line
from app.rules.errors import Code, Malformed
from app.rules.feeds import FeedEvent

LIMIT_BYTES = 1024 * 1024
EVENT_LIMIT = 2000
_PROPERTY_LIMIT = 100
_DEPTH_LIMIT = 8
_LINE_LIMIT = 100_000
_PROPERTIES = {
    "SUMMARY": "title",
    "UID": "uid",
    "URL": "url",
    "X-PRA-SERIES": "series",
    "X-PRA-ORDER": "order",
    "X-PRA-SENSITIVITY": "sensitivity",
    "X-PRA-LEAD-OFFICIAL": "lead",
    "X-PRA-TIME-EXEMPTION": "exemption",
}
_IN_AN_EVENT = ["VCALENDAR", "VEVENT"]
_REPEATS = ("RRULE", "RDATE", "EXRULE", "EXDATE", "RECURRENCE-ID")
_LONDON = ("Europe/London", "GB", "Europe/Belfast")
_LONDON_BY_ANOTHER_NAME = ("GMT Standard Time",)  # what mail programs of one maker call it, summer and winter
_UTC = ("UTC", "Etc/UTC", "Z", "Zulu", "Etc/Zulu")
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_INSTANT = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(Z?)")


def read_calendar(content: bytes, *, limit_bytes: int = LIMIT_BYTES) -> list[Line]:
    """Read the events of an iCalendar file.

    Only UTC, Europe/London and times without a zone, which are taken as London's, are read; a day without a time stays
    one.

    Args:
        content: The file's bytes.
        limit_bytes: The largest file taken; never more than 1 MiB.

    Returns:
        A line for each event, numbered from 1; at most 2000.

    Raises:
        Malformed: The file is empty, too large, damaged, no calendar, or has no event.

    Source:
        RFC 5545
    """
    limit_bytes = min(limit_bytes, LIMIT_BYTES)
    if not content.strip():
        raise _unreadable("The file is empty.")
    if len(content) > limit_bytes:
        raise _unreadable(f"The file is larger than the {limit_bytes // 1024} KiB taken for a calendar.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable("The file is no UTF-8 text, which every iCalendar file is.") from error
    if text.count("\n") + text.count("\r") > 2 * _LINE_LIMIT or "\x00" in text:
        raise _unreadable("The file is not a readable iCalendar file.")
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise _unreadable("The file does not begin as an iCalendar file does (BEGIN:VCALENDAR).")
    events, zones = _events(text)
    if not events:
        raise _unreadable("The calendar has no event.")
    return [_line(number, event, zones=zones) for number, event in enumerate(events, start=1)]


def write_calendar(events: Sequence[FeedEvent], *, name: str) -> bytes:
    """Write a feed.

    Args:
        events: What it says.
        name: What the calendar is called where it is shown.

    Returns:
        An iCalendar file: CRLF, lines of at most 75 octets, instants in UTC.

    Source:
        RFC 5545
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Pre-release access gatekeeper//Release calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for one in events:
        calendar.add_component(_event(one))
    written: bytes = calendar.to_ical()
    return written


def _event(one: FeedEvent) -> Event:
    event = Event()
    event.add("uid", one.uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", one.changed_at.replace(microsecond=0))
    event.add("last-modified", one.changed_at.replace(microsecond=0))
    event.add("dtstart", one.starts_at)
    event.add("summary", one.summary)
    event.add("description", one.description.replace("\r\n", "\n").replace("\r", "\n"))
    event.add("status", one.standing.value)
    event.add("transp", "TRANSPARENT")
    if one.url:
        event.add("url", one.url)
    if one.marks:
        event.add("class", "PRIVATE")
    for name, text in one.marks:
        event.add(name, vText(text))
    return event


@dataclass
class _Properties:
    """The properties of one event: name, parameters, value."""

    found: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)
    count: int = 0

    def take(self, name: str, said: dict[str, str], value: str) -> None:
        self.count += 1
        if self.count > _PROPERTY_LIMIT:
            raise _unreadable(f"An event has more than {_PROPERTY_LIMIT} properties.")
        self.found.setdefault(name, []).append((said, value))

    def one(self, name: str) -> str:
        found = self.found.get(name, [])
        return found[0][1] if found else ""


def _events(text: str) -> tuple[list[_Properties], bool]:
    """Give the events, and whether the file defines a time zone of its own."""
    open_ones: list[str] = []
    events: list[_Properties] = []
    zones = False
    for name, said, value in _parts(text):
        if name == "BEGIN":
            zones = zones or value.upper() == "VTIMEZONE"
            _begin(open_ones, events, value.upper())
        elif not open_ones:
            raise _unreadable("Something stands outside the calendar.")
        elif name == "END":
            if open_ones.pop() != value.upper():
                raise _unreadable("The parts of the calendar do not end as they began.")
        elif open_ones == _IN_AN_EVENT:
            events[-1].take(name, said, value)
    if open_ones:
        raise _unreadable("The calendar is cut off.")
    return events, zones


def _begin(open_ones: list[str], events: list[_Properties], what: str) -> None:
    open_ones.append(what)
    if len(open_ones) > _DEPTH_LIMIT or (len(open_ones) == 1) != (what == "VCALENDAR"):
        raise _unreadable("The parts of the calendar do not stand as they must.")
    if open_ones == _IN_AN_EVENT:
        events.append(_Properties())
    if len(events) > EVENT_LIMIT:
        raise _unreadable(f"The calendar has more than {EVENT_LIMIT} events.")


def _parts(text: str) -> list[tuple[str, dict[str, str], str]]:
    try:
        lines = [line for line in Contentlines.from_ical(text) if line]  # type: ignore[no-untyped-call]  # untyped
        parts = [line.parts() for line in lines]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable("The file is not a readable iCalendar file.") from error
    return [
        (str(name).upper(), {str(key).upper(): _one(said[key]) for key in said}, str(value))
        for name, said, value in parts
    ]


def _one(said: object) -> str:
    return str(said[0]) if isinstance(said, list | tuple) and said else str(said)


def _line(number: int, event: _Properties, *, zones: bool) -> Line:
    cells = {held: event.one(name) for name, held in _PROPERTIES.items()}
    organiser = event.one("ORGANIZER")
    if not cells["lead"] and organiser.lower().startswith("mailto:"):
        cells["lead"] = organiser[7:]
    refusals = [f"The event repeats ({name}). Name each release by itself." for name in _REPEATS if name in event.found]
    remarks: list[str] = []
    starts = event.found.get("DTSTART", [])
    if len(starts) == 1:
        cells["date"] = _start(*starts[0], remarks, refusals, zones=zones)
    else:
        refusals.append("The event has no start." if not starts else "The event has several starts.")
    for name in ("SUMMARY", "UID"):
        if len(event.found.get(name, [])) > 1:
            refusals.append(f"The event has several properties {name}.")
    cancelled = event.one("STATUS").upper() == "CANCELLED"
    return Line(number, cells, tuple(remarks), tuple(refusals), cancelled)


def _start(said: dict[str, str], value: str, remarks: list[str], refusals: list[str], *, zones: bool) -> str:
    """Write a start as the rule reads one: a day, a time in London, or an instant with its offset."""
    only_day = _DAY.fullmatch(value)
    if only_day:
        return "-".join(only_day.groups())
    found = _INSTANT.fullmatch(value)
    if not found:
        refusals.append(f"“{value[:40]}” is no time as iCalendar writes one.")
        return ""
    year, month, day, hour, minute, second, in_utc = found.groups()
    written = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
    zone = said.get("TZID", "").lstrip("/")
    if in_utc or zone in _UTC:
        return _in_utc(written, refusals)
    if not zone:
        remarks.append("The time has no zone; it was taken as the time in London.")
    elif zone in _LONDON_BY_ANOTHER_NAME:
        remarks.append(f"The time zone “{zone}” was taken as Europe/London.")
    elif zone not in _LONDON:
        refusals.append(f"The time zone “{zone[:60]}” is not read. Give the time in UTC or Europe/London.")
    elif zones:
        remarks.append("The file's own definition of its time zone was not read; Europe/London is known by its name.")
    return written


def _in_utc(written: str, refusals: list[str]) -> str:
    try:
        return datetime.fromisoformat(f"{written}+00:00").isoformat()
    except ValueError:
        refusals.append("The start is no time that exists.")
        return ""


def _unreadable(detail: str) -> Malformed:
    return Malformed(f"{detail} Nothing was imported.", code=Code.SHEET_UNREADABLE)
