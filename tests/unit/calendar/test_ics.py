"""iCalendar in and out: what is read, what is refused, and that what we write is what RFC 5545 asks for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from app.outside.ics import EVENT_LIMIT, LIMIT_BYTES, read_calendar, write_calendar
from app.rules.calendar_lines import Line
from app.rules.errors import Code, Malformed
from app.rules.facts import Order, Producer, Release, ReleaseState, Sensitivity
from app.rules.feeds import CalendarEntry, FeedEvent, Moved, Standing, feed, fixed_at
from tests.build import london

ZONE = "".join(
    f"{line}\r\n"
    for line in (
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900",
        "RRULE:FREQ=SECONDLY",
        "END:STANDARD",
        "END:VTIMEZONE",
    )
)
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def ics(*events: str, before: str = "") -> bytes:
    inside = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{before}{inside}END:VCALENDAR\r\n".encode()


def read_one(event: str, before: str = "") -> Line:
    (line,) = read_calendar(ics(event, before=before))
    return line


def refused(content: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        read_calendar(content)
    assert caught.value.code is Code.SHEET_UNREADABLE
    return caught.value.detail.removesuffix(" Nothing was imported.")


def test_event_is_read_with_its_words_unfolded_and_unescaped() -> None:
    line = read_one(
        "UID:labour-05\r\nSUMMARY:Prices\\, May\\; first \r\n estimate\r\nDTSTART:20260514T083000Z\r\n"
        "STATUS:CONFIRMED\r\nURL:https://stats.gov.example/may\r\nORGANIZER;CN=Lee:mailto:lee@stats.gov.example\r\nX-PRA-SERIES:Prices\r\n"
        "BEGIN:VALARM\r\nSUMMARY:Not the title\r\nTRIGGER:-PT1H\r\nEND:VALARM"
    )
    assert {name: cell for name, cell in line.cells.items() if cell} == {
        "uid": "labour-05",
        "title": "Prices, May; first estimate",
        "date": "2026-05-14T08:30:00+00:00",
        "url": "https://stats.gov.example/may",
        "lead": "lee@stats.gov.example",
        "series": "Prices",
    }
    assert (line.number, line.remarks, line.refusals, line.cancelled) == (1, (), (), False)


@pytest.mark.parametrize(
    ("start", "read", "remark"),
    [
        ("DTSTART:20260514T083000Z", "2026-05-14T08:30:00+00:00", ""),
        ("DTSTART;TZID=UTC:20260514T083000", "2026-05-14T08:30:00+00:00", ""),
        ("DTSTART;TZID=Europe/London:20260514T093000", "2026-05-14T09:30:00", ""),
        ('DTSTART;TZID="GMT Standard Time":20260514T093000', "2026-05-14T09:30:00", "was taken as Europe/London"),
        ("DTSTART:20260514T093000", "2026-05-14T09:30:00", "taken as the time in London"),
        ("DTSTART;VALUE=DATE:20260514", "2026-05-14", ""),
        ("DTSTART:20260514", "2026-05-14", ""),
    ],
)
def test_start_is_read_in_utc_in_london_without_a_zone_or_as_a_day(start: str, read: str, remark: str) -> None:
    line = read_one(f"SUMMARY:x\r\n{start}")
    assert (line.cells["date"], line.refusals) == (read, ())
    assert [remark in one for one in line.remarks] == ([True] if remark else [])


def test_time_zone_that_the_file_defines_itself_is_not_believed() -> None:
    line = read_one("SUMMARY:x\r\nDTSTART;TZID=Europe/London:20260514T093000", before=ZONE)
    assert (line.cells["date"], len(line.remarks)) == ("2026-05-14T09:30:00", 1)
    assert "own definition" in line.remarks[0]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("DTSTART:20260514T083000Z\r\nRRULE:FREQ=SECONDLY", "repeats (RRULE)"),
        ("DTSTART:20260514T083000Z\r\nRDATE:20260515T083000Z", "repeats (RDATE)"),
        ("DTSTART:20260514T083000Z\r\nRECURRENCE-ID:20260514T083000Z", "repeats (RECURRENCE-ID)"),
        ("DTSTART;TZID=America/New_York:20260514T093000", "“America/New_York” is not read"),
        ("DTSTART:20260514T083000Z\r\nDTSTART:20260515T083000Z", "several starts"),
        ("SUMMARY:y\r\nDTSTART:20260514T083000Z", "several properties SUMMARY"),
        ("UID:a", "has no start"),
        ("DTSTART:tomorrow", "no time as iCalendar writes one"),
        ("DTSTART:20260230T093000Z", "no time that exists"),
    ],
)
def test_event_that_cannot_be_taken_says_why(event: str, why: str) -> None:
    line = read_one(f"SUMMARY:x\r\n{event}")
    assert [why in one for one in line.refusals] == [True]


def test_cancelled_event_is_read_as_cancelled() -> None:
    assert read_one("SUMMARY:x\r\nDTSTART:20260514T083000Z\r\nSTATUS:CANCELLED").cancelled


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "The file is empty."),
        (b" \r\n", "The file is empty."),
        (b"x" * (LIMIT_BYTES + 1), "The file is larger than the 1024 KiB taken for a calendar."),
        (b"Title,Date\r\n", "The file does not begin as an iCalendar file does (BEGIN:VCALENDAR)."),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\xff\r\n", "The file is no UTF-8 text, which every iCalendar file is."),
        (b"BEGIN:VCALENDAR\r\n\x00\r\nEND:VCALENDAR", "The file is not a readable iCalendar file."),
        (b"BEGIN:VCALENDAR\r\nno colon\r\nEND:VCALENDAR\r\n", "The file is not a readable iCalendar file."),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "The calendar has no event."),
        (ics("SUMMARY:x").removesuffix(b"END:VCALENDAR\r\n"), "The calendar is cut off."),
        (ics("SUMMARY:x") + b"X-MORE:1\r\n", "Something stands outside the calendar."),
        (ics("SUMMARY:x").replace(b"END:VEVENT", b"END:VTODO"), "The parts of the calendar do not end as they began."),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 20, "The parts of the calendar do not stand as they must."),
        (ics(*["UID:x"] * (EVENT_LIMIT + 1)), f"The calendar has more than {EVENT_LIMIT} events."),
        (ics("X:1\r\n" * 101 + "UID:x"), "An event has more than 100 properties."),
    ],
)
def test_file_that_is_no_calendar_or_too_much_of_one_is_refused(content: bytes, detail: str) -> None:
    assert refused(content) == detail


# -- what we write -------------------------------------------------------------------------------------------------


def entry(
    state: ReleaseState, *moves: Moved, title: str = "Prices, May 2026", rehearsal: bool = False, **more: str
) -> CalendarEntry:
    release = Release(
        release_id="rel_x",
        producer=Producer("prd_x", "Office for Example Statistics"),
        title=title,
        order=Order.UK,
        sensitivity=Sensitivity.MARKET_SENSITIVE,
        state=state,
        publishes_at=london(2026, 5, 14, 9, 30),
        public_url="https://stats.gov.example/may",
        rehearsal=rehearsal,
    )
    return CalendarEntry(release, AT, moves=moves, **more)


def move(name: str, to_state: str, days: int, reason: str = "", earlier: int = 0) -> Moved:
    new = london(2026, 5, 14, 9, 30)
    return Moved(name, to_state, new - timedelta(days=earlier), new, AT + timedelta(days=days), reason)


ANNOUNCED = move("announce", "announced", 1)
RESCHEDULED = move("reschedule", "announced", 2, "An error, in table 2; it\nis mended.", earlier=7)


def public(*entries: CalendarEntry) -> tuple[FeedEvent, ...]:
    return feed(entries, origin="pra.example", public=True)


def staff(*entries: CalendarEntry) -> tuple[FeedEvent, ...]:
    return feed(entries, origin="pra.example", public=False)


def test_public_feed_has_nothing_that_was_never_announced() -> None:
    secret = [
        entry(ReleaseState.PLANNED),
        entry(ReleaseState.PLANNED, move("reschedule", "planned", 1)),
        entry(ReleaseState.CANCELLED, move("cancel", "cancelled", 1)),
        entry(ReleaseState.POSTPONED, move("postpone", "postponed", 1)),
        entry(ReleaseState.ANNOUNCED, ANNOUNCED, rehearsal=True),
    ]
    assert public(*secret) == ()
    assert len(staff(*secret)) == 5


@pytest.mark.parametrize(
    ("state", "moves", "standing"),
    [
        (ReleaseState.ANNOUNCED, (), Standing.CONFIRMED),
        (ReleaseState.FINAL, (move("sign_off", "final", 2),), Standing.CONFIRMED),
        (ReleaseState.PUBLISHED, (move("declare_published", "published", 2),), Standing.CONFIRMED),
        (ReleaseState.POSTPONED, (move("postpone", "postponed", 2),), Standing.TENTATIVE),
        (ReleaseState.CANCELLED, (move("cancel", "cancelled", 2),), Standing.CANCELLED),
    ],
)
def test_public_feed_says_how_firm_an_announced_release_is(
    state: ReleaseState, moves: tuple[Moved, ...], standing: Standing
) -> None:
    (event,) = public(entry(state, ANNOUNCED, *moves))
    assert (event.uid, event.standing, event.sequence, event.marks) == ("rel_x@pra.example", standing, len(moves), ())


def test_moved_release_has_its_earlier_time_and_a_higher_sequence_and_its_reason_for_staff_alone() -> None:
    """Found by review: a reason written for those on the list told everybody what was wrong with the figures."""
    (before,) = public(entry(ReleaseState.ANNOUNCED, ANNOUNCED))
    (after,) = public(entry(ReleaseState.ANNOUNCED, ANNOUNCED, RESCHEDULED))
    assert (before.sequence, after.sequence, after.changed_at) == (0, 1, RESCHEDULED.at)
    moved = (
        "Moved on 4 March 2026 from Thursday 7 May 2026, 9:30am (UK time) to Thursday 14 May 2026, 9:30am (UK time)."
    )
    assert after.description.endswith(moved)
    (inside,) = feed((entry(ReleaseState.ANNOUNCED, ANNOUNCED, RESCHEDULED),), origin="pra.example", public=False)
    assert inside.description.endswith(f"{moved} Reason: An error, in table 2; it\nis mended.")


def test_public_feed_keeps_what_was_moved_before_the_announcement_to_itself() -> None:
    early = move("reschedule", "planned", 0, "A secret reason.", earlier=7)
    (event,) = public(entry(ReleaseState.ANNOUNCED, early, ANNOUNCED))
    assert (event.sequence, "secret" in event.description, "7 May" in event.description) == (0, False, False)
    (run,) = staff(entry(ReleaseState.ANNOUNCED, early, ANNOUNCED))
    assert (run.sequence, "secret" in run.description) == (2, True)


def test_notice_counts_from_the_announcement_or_the_last_rescheduling_since() -> None:
    assert fixed_at(entry(ReleaseState.PLANNED), AT) == AT
    assert fixed_at(entry(ReleaseState.ANNOUNCED, ANNOUNCED), AT) == ANNOUNCED.at
    assert fixed_at(entry(ReleaseState.ANNOUNCED, ANNOUNCED, RESCHEDULED), AT) == RESCHEDULED.at


def test_feed_is_a_calendar_that_another_program_reads() -> None:
    title = "Prices; “first, estimate” \\ Åé " * 6
    content = write_calendar(
        staff(entry(ReleaseState.ANNOUNCED, ANNOUNCED, RESCHEDULED, title=title, series="Prices, monthly")),
        name="Example; all",
    )
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["VERSION"], calendar["METHOD"], str(calendar["NAME"])) == (
        "2.0",
        "PUBLISH",
        "Example; all",
    )
    assert (str(event["SUMMARY"]), str(event["UID"]), event["SEQUENCE"]) == (title, "rel_x@pra.example", 2)
    assert (event.decoded("DTSTART"), event.decoded("LAST-MODIFIED")) == (london(2026, 5, 14, 9, 30), RESCHEDULED.at)
    assert (str(event["STATUS"]), str(event["CLASS"])) == ("CONFIRMED", "PRIVATE")
    assert re.search(rb"\r\nDTSTART:20260514T083000Z\r\n", content)


def test_reason_with_line_ends_cannot_add_a_property_of_its_own() -> None:
    hostile = move("reschedule", "announced", 2, "x\r\nATTENDEE:mailto:a@b.example\rSUMMARY:Forged\nEND:VEVENT")
    content = write_calendar(public(entry(ReleaseState.ANNOUNCED, ANNOUNCED, hostile)), name="x")
    names = {line.partition(b":")[0] for line in content.split(b"\r\n") if not line.startswith(b" ")}
    assert b"ATTENDEE" not in names
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Prices, May 2026"


def test_staff_feed_reads_back_as_the_lines_it_was_written_from() -> None:
    made = entry(
        ReleaseState.PLANNED, series="Prices, monthly", lead_email="lead@stats.gov.example", calendar_uid="labour, 05"
    )
    (line,) = read_calendar(write_calendar(staff(made), name="x"))
    assert {name: cell for name, cell in line.cells.items() if cell} == {
        "title": "Prices, May 2026",
        "uid": "labour, 05",
        "url": "https://stats.gov.example/may",
        "series": "Prices, monthly",
        "order": "uk",
        "sensitivity": "market_sensitive",
        "lead": "lead@stats.gov.example",
        "date": "2026-05-14T08:30:00+00:00",
    }
    assert (line.remarks, line.refusals) == ((), ())


def test_moves_are_written_by_the_london_day_on_which_they_were_made() -> None:
    late = Moved("cancel", "cancelled", AT, AT, datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "Over.")
    (event,) = public(entry(ReleaseState.CANCELLED, ANNOUNCED, late))
    assert "Cancelled on 1 July 2026." in event.description
    assert date(2026, 7, 1).strftime("%B") in event.description
