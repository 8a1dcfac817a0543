"""A producer's year: its calendar comes in, is announced, moves, and is followed by those who may know of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import icalendar
import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Order, Role, Sensitivity
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import Story, done
from tests.unit.lists.real import as_csv, as_ods, as_xlsx

START = london(2026, 3, 2, 9, 30)
ODS = "application/vnd.oasis.opendocument.spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ["Release title", "Series", "Order", "Market sensitive", "Publication date", "Time", "Lead statistician", "UID"]
MAY = ["Prices, May 2026", "Prices", "UK", "yes", "14/05/2026", "9:30am", "", "prices-05"]
JUNE = ["Prices, June 2026", "Prices", "UK", "yes", "11 June 2026", "", "", "prices-06"]


def imports(
    story: Story, content: bytes, media: str = "text/csv", who: str | None = None, **query: str
) -> httpx2.Response:
    path = f"/producers/{story.sat.producer_id}/calendar-imports"
    return story.post(who or story.statistician, path, content=content, headers={"Content-Type": media}, params=query)


def events(content: bytes) -> dict[str, Any]:
    return {str(one["SUMMARY"]): one for one in icalendar.Calendar.from_ical(content).walk("VEVENT")}


def feed(story: Story, who: str | None, name: str) -> httpx2.Response:
    return story.ask(who, "GET", f"/producers/{story.sat.producer_id}/{name}")


def moves(story: Story, who: str, release_id: str, act: str, **body: Any) -> None:
    revision = story.get(who, f"/releases/{release_id}")["revision"]
    done(story.post(who, f"/releases/{release_id}/{act}", revision=revision, **({"json": body} if body else {})))


@pytest.mark.parametrize(("write", "media"), [(as_csv, "text/csv"), (as_xlsx, XLSX), (as_ods, ODS)])
def test_calendar_comes_in_from_each_kind_of_sheet_once_and_only_when_it_is_meant(
    begin: Begin, write: Any, media: str
) -> None:
    story = begin(START)
    content = write([["Calendar of prices"], HEAD, MAY, JUNE])
    tried = done(imports(story, content, media))
    assert (tried["done"], [one["release_id"] for one in tried["to_add"]]) == (False, [None, None])
    assert story.get(story.statistician, "/releases")["results"] == []
    assert [(one["row"], one["code"]) for one in tried["problems"]] == [
        (3, "notice_six_months"),
        (4, "time_missing"),
        (4, "notice_six_months"),
    ]
    made = done(imports(story, content, media, dry_run="false"), 201)
    (may, june) = [story.get(story.head, f"/releases/{one['release_id']}") for one in made["to_add"]]
    assert (may["title"], may["phase"], may["publishes_at"]) == (
        "Prices, May 2026",
        "planned",
        instant_text(london(2026, 5, 14, 9, 30)),
    )
    assert [one["short_by_days"] for one in june["preparation"]["notice"]] == [81]
    again = done(imports(story, content, media, dry_run="false"), 201)
    assert (again["to_add"], again["already_there"], again["differences"]) == ([], [3, 4], [])
    assert [entry["said"]["registered"] for entry in story.service.entries(EntryKind.CALENDAR_IMPORTED)] == [2, 0]


def test_calendar_with_a_fault_is_refused_whole_and_the_refusal_is_on_record(begin: Begin) -> None:
    story = begin(START)
    wrong = ["", "Prices", "Mars", "yes", "soon", "", "", "prices-06"]
    refused = imports(story, as_csv([HEAD, MAY, wrong]), dry_run="false")
    assert (refused.status_code, refused.json()["code"]) == (422, "import_rejected")
    assert [
        (one["row"], one["column"], one["code"]) for one in refused.json()["rows"] if one["severity"] == "error"
    ] == [
        (3, "Release title", "title_missing"),
        (3, "Publication date", "date_unreadable"),
        (3, "Order", "order_unknown"),
    ]
    assert story.get(story.statistician, "/releases")["results"] == []
    (entry,) = story.service.entries(EntryKind.CALENDAR_IMPORT_REFUSED)
    assert entry["id"] in refused.json()["instance"]


def test_announced_date_is_not_moved_by_an_import_but_by_the_head_of_profession(begin: Begin) -> None:
    story = begin(START)
    release_id = done(imports(story, as_csv([HEAD, MAY]), dry_run="false"), 201)["to_add"][0]["release_id"]
    moves(story, story.statistician, release_id, "announcement")
    later = [*MAY[:4], "21/05/2026", *MAY[5:]]
    told = done(imports(story, as_csv([HEAD, later]), dry_run="false"), 201)
    (difference,) = told["differences"]
    assert (told["to_add"], difference["what"], difference["in_the_file"]) == (
        [],
        "publishes_at",
        "Thursday 21 May 2026, 9:30am (UK time)",
    )
    assert "head of profession" in difference["remedy"]
    unmoved = story.get(story.head, f"/releases/{release_id}")
    assert unmoved["publishes_at"] == instant_text(london(2026, 5, 14, 9, 30))
    moved = {"publishes_at": instant_text(london(2026, 5, 21, 9, 30)), "reason": "Table 2 is not ready."}
    moves(story, story.head, release_id, "rescheduling", **moved)
    assert done(imports(story, as_csv([HEAD, later])))["differences"] == []


def test_public_calendar_knows_what_is_announced_and_nothing_of_what_is_planned(begin: Begin) -> None:
    story = begin(START)
    made = done(imports(story, as_csv([HEAD, MAY, JUNE]), dry_run="false"), 201)
    may, june = (one["release_id"] for one in made["to_add"])
    assert feed(story, None, "public-calendar.ics").status_code == 404
    moves(story, story.statistician, may, "announcement")
    first = feed(story, None, "public-calendar.ics")
    assert (first.status_code, first.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert "June" not in first.text
    assert (list(events(first.content)), events(first.content)["Prices, May 2026"]["SEQUENCE"]) == (
        ["Prices, May 2026"],
        0,
    )
    story.clock.put(START + timedelta(days=3))
    moves(
        story,
        story.head,
        may,
        "rescheduling",
        publishes_at=instant_text(london(2026, 5, 21, 9, 30)),
        reason="Table 2 is not ready.",
    )
    event = events(feed(story, None, "public-calendar.ics").content)["Prices, May 2026"]
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("prices-05", 1, "CONFIRMED")
    assert event.decoded("DTSTART") == london(2026, 5, 21, 9, 30)
    said = str(event["DESCRIPTION"])
    assert "from Thursday 14 May 2026, 9:30am (UK time)" in said
    assert "Table 2 is not ready." not in said
    moves(story, story.head, june, "cancellation", reason="Merged with July.")
    moves(story, story.head, may, "cancellation", reason="Merged with June.")
    public = events(feed(story, None, "public-calendar.ics").content)
    assert [(name, str(one["STATUS"]), one["SEQUENCE"]) for name, one in public.items()] == [
        ("Prices, May 2026", "CANCELLED", 2)
    ]
    assert sorted(events(feed(story, story.auditor, "calendar.ics").content)) == [
        "Prices, June 2026",
        "Prices, May 2026",
    ]


def test_calendar_is_for_those_who_prepare_it_and_for_auditors(begin: Begin) -> None:
    story = begin(START)
    done(imports(story, as_csv([HEAD, MAY]), dry_run="false"), 201)
    stranger = story.service.person("Sam Stranger", "sam@elsewhere.gov.example")
    coordinator = story.service.person("Cor Dinator", "cor@elsewhere.gov.example")
    story.service.role(coordinator, Role.COORDINATOR, story.sat.organisation_id)
    for name in ("calendar", "calendar.csv", "calendar.ics"):
        answers = [feed(story, who, name).status_code for who in (story.auditor, stranger, coordinator, None)]
        assert answers == [200, 404, 403, 401], name
    assert imports(story, as_csv([HEAD, MAY]), who=story.auditor).status_code == 403
    assert imports(story, as_csv([HEAD, MAY]), who=stranger).status_code == 404


def test_our_own_calendar_comes_back_as_it_is_by_csv_and_by_ics(begin: Begin) -> None:
    story = begin(START)
    unnamed = ["Rents, June 2026", "Rents", "Scotland", "economic", "2026-06-02", "09:30", "", ""]
    done(imports(story, as_csv([HEAD, MAY, unnamed]), dry_run="false"), 201)
    for name, media in (("calendar.csv", "text/csv"), ("calendar.ics", "text/calendar")):
        told = done(imports(story, feed(story, story.statistician, name).content, media))
        assert (told["to_add"], len(told["already_there"]), told["differences"], told["problems"]) == ([], 2, [], []), (
            name
        )


def test_calendar_says_where_notice_is_short_and_what_twelve_months_lack(begin: Begin) -> None:
    story = begin(START)
    soon = ["Rents, March 2026", "Rents", "UK", "no", "16/03/2026", "9:30am", "", ""]
    done(imports(story, as_csv([HEAD, soon, MAY]), dry_run="false"), 201)
    story.clock.put(london(2026, 3, 17, 12, 0))
    seen = story.get(
        story.head, f"/producers/{story.sat.producer_id}/calendar", params={"due_from": instant_text(START)}
    )
    assert [(one["title"], [short["code"] for short in one["notice"]]) for one in seen["results"]] == [
        ("Rents, March 2026", ["four_weeks"]),
        ("Prices, May 2026", ["six_months"]),
    ]
    assert [(one["series"], one["code"], one["source"]) for one in seen["missing"]] == [
        ("Rents", "nothing_ahead", "Code 2025 3.1")
    ]
    page = story.get(story.head, f"/producers/{story.sat.producer_id}/calendar", params={"limit": 1})
    assert ([one["title"] for one in page["results"]], page["next"]) == (["Prices, May 2026"], None)


def test_calendar_from_another_program_takes_an_order_for_all_and_refuses_what_repeats(begin: Begin) -> None:
    story = begin(START)
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:a",
        "SUMMARY:Prices",
        "DTSTART;TZID=Europe/London:20260514T093000",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:b",
        "SUMMARY:Every second",
        "DTSTART:20260514T083000Z",
        "RRULE:FREQ=SECONDLY",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    given = {"order": Order.UK.value, "sensitivity": Sensitivity.ORDINARY.value}
    content = "\r\n".join(lines)
    told = done(imports(story, content.encode(), "text/calendar", **given))
    assert [one["publishes_at"] for one in told["to_add"]] == [instant_text(london(2026, 5, 14, 9, 30))]
    assert [(one["row"], one["column"], one["code"]) for one in told["problems"]] == [(2, "DTSTART", "not_taken")]
    assert imports(story, content.encode(), "text/calendar", dry_run="false", **given).status_code == 422


@pytest.mark.parametrize(
    ("content", "media", "status", "code"),
    [
        (b"", "text/csv", 422, "sheet_unreadable"),
        (b"", "text/calendar", 422, "sheet_unreadable"),
        (b"PK\x03\x04", ODS, 422, "sheet_unreadable"),
        (b"BEGIN:VCALENDAR\r\n" * 9, "text/calendar", 422, "sheet_unreadable"),
        (b"x" * (5 * 1024**2 + 1), "text/csv", 422, "sheet_unreadable"),
        (b"{}", "application/json", 415, "unsupported_media_type"),
        (b"Owner,Colour\r\na,b\r\n", "text/csv", 422, "import_rejected"),
        (b"Title,Date,Date\r\na,b,c\r\n", "text/csv", 422, "import_rejected"),
    ],
)
def test_file_that_is_no_calendar_is_refused(begin: Begin, content: bytes, media: str, status: int, code: str) -> None:
    story = begin(START)
    refused = imports(story, content, media, dry_run="false")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert story.service.entries(EntryKind.RELEASE_REGISTERED) == []
