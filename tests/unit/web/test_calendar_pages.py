"""A producer's calendar on pages: looked at line by line, imported as it was looked at, and read."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import icalendar
import pytest

from app.audit.entries import EntryKind
from app.rules.reasons import instant_text
from app.web.carrying import CARRIED_BYTES
from app.web.words import when
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.lists.real import as_csv, as_ods, as_xlsx
from tests.unit.web.browser import Visitor, unquoted, words
from tests.unit.web.listing import at_pages, kept

HEAD = ["Release title", "Series", "Order", "Market sensitive", "Publication date", "Time", "Lead statistician", "UID"]
MAY = ["Prices, May 2026", "Prices", "UK", "yes", "14/05/2026", "9:30am", "", "prices-05"]
JUNE = ["Prices, June 2026", "Prices", "UK", "yes", "11 June 2026", "", "", "prices-06"]
BOTH = as_csv([["Calendar of prices"], HEAD, MAY, JUNE])
FORGED = {"sheet": base64.urlsafe_b64encode(BOTH).decode(), "kind": "csv", "shown": ""}


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("calendar"), london(2026, 3, 2, 9, 30))
    yield told
    told.service.close()


def place(story: Story) -> str:
    return f"/producer/calendars/{story.sat.producer_id}"


def tries(person: Visitor, story: Story, content: bytes, name: str = "year.csv", **fields: str) -> Any:
    """Choose a calendar and look at what it would do."""
    person.looks(f"{place(story)}/import")
    data = {"form_token": person.token, **fields}
    return person.asks("POST", f"{place(story)}/file", data=data, files={"file": (name, content, "text/csv")})


def imports(person: Visitor, story: Story, answer: Any) -> Any:
    return person.asks("POST", f"{place(story)}/import", data=kept(answer))


def by_api(story: Story, content: bytes, **query: str) -> Any:
    path, headers = f"/producers/{story.sat.producer_id}/calendar-imports", {"Content-Type": "text/csv"}
    return done(story.post(story.lead, path, content=content, headers=headers, params=query), 200 if not query else 201)


def titles(story: Story) -> list[tuple[str, str]]:
    found = story.get(story.head, f"/producers/{story.sat.producer_id}/calendar")["results"]
    return [(one["title"], one["publishes_at"]) for one in found]


MADE = [
    ("Prices, May 2026", instant_text(london(2026, 5, 14, 9, 30))),
    ("Prices, June 2026", instant_text(london(2026, 6, 11, 9, 30))),
]


def test_calendar_is_offered_to_whoever_finds_one_behind_the_link(story: Story) -> None:
    whole, read = (
        "The calendar, its import, and standing lists of series",
        "The calendar, and standing lists of series",
    )
    for who, offered in ((story.statistician, whole), (story.auditor, read), (STRANGER, None)):
        person = at_pages(story, who)
        shown = person.looks("/producer")
        assert [text for text in (whole, read) if text in shown] == ([offered] if offered else [])
        assert ('href="/producer/calendars"' in person.last.text) == bool(offered)
        assert person.asks("GET", "/producer/calendars").status_code == (303 if offered else 404)


@pytest.mark.parametrize(("write", "name"), [(as_csv, "year.csv"), (as_xlsx, "year.XLSX"), (as_ods, "year.ods")])
def test_calendar_is_looked_at_line_by_line_and_imported_as_it_was_looked_at(
    story: Story, write: Any, name: str
) -> None:
    person = at_pages(story, story.statistician)
    person.looks("/producer")
    assert 'href="/producer/calendars"' in person.last.text
    assert person.asks("GET", "/producer/calendars").headers["location"] == place(story)
    before = person.looks(place(story))
    assert "There is nothing to come." in before
    assert "last imported" not in before
    answer = tries(person, story, write([["Calendar of prices"], HEAD, MAY, JUNE]), name)
    told = words(answer)
    assert answer.status_code == 200
    assert "Nothing has been done yet. 2 to be registered, 0 here already; 0 left out" in told
    assert "4 Publication date No time is given; the standard time, 9:30am, was taken." in told
    assert "Prices, June 2026 4 9:30am on Thursday 11 June 2026 Prices UK, market sensitive Nobody yet" in told
    assert titles(story) == []
    made = imports(person, story, answer)
    assert (made.status_code, made.headers["location"]) == (303, place(story))
    assert titles(story) == MADE
    shown = person.looks(place(story))
    assert "Prices, May 2026 Prices 9:30am on Thursday 14 May 2026 Planned A market-sensitive release" in shown
    assert f"A calendar was last imported at {when(story.clock.now())} : 2 registered, 0 here already." in shown
    (entry,) = story.entries(EntryKind.CALENDAR_IMPORTED)
    assert entry["said"]["registered"] == 2
    again = tries(person, story, write([HEAD, ["Rents, May 2026", "Rents", *MAY[2:-1], ""], MAY]), name)
    assert imports(person, story, again).status_code == 303, words(again)
    assert ": 1 registered, 1 here already." in person.looks(place(story))


def test_calendar_of_events_is_imported_with_what_holds_for_events_that_say_nothing(story: Story) -> None:
    event = icalendar.Event()
    event.add("summary", "Rents, May 2026")
    event.add("dtstart", london(2026, 5, 20, 9, 30))
    event.add("uid", "rents-05")
    feed = icalendar.Calendar()
    feed.add_component(event)
    person = at_pages(story, story.head)
    assert "No Order is named" in words(tries(person, story, feed.to_ical(), "year.ics"))
    assert "Register" not in words(person.last)
    holds = {"order": "scotland", "sensitivity": "economic", "series": "Rents"}
    answer = tries(person, story, feed.to_ical(), "year.ics", **holds)
    assert "9:30am on Wednesday 20 May 2026 Rents Scotland, economic Nobody yet" in words(answer)
    assert imports(person, story, answer).status_code == 303
    (made,) = story.get(story.head, f"/producers/{story.sat.producer_id}/calendar")["results"]
    assert [made[name] for name in ("title", "series", "order", "sensitivity", "calendar_uid")] == [
        "Rents, May 2026",
        "Rents",
        "scotland",
        "economic",
        "rents-05",
    ]


def test_import_sent_twice_registers_each_release_once(story: Story) -> None:
    person = at_pages(story, story.statistician)
    fields = kept(tries(person, story, BOTH))
    answers = [person.asks("POST", f"{place(story)}/import", data=fields) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, place(story))] * 2
    assert titles(story) == MADE
    assert len(story.entries(EntryKind.CALENDAR_IMPORTED)) == 1


def test_errors_are_told_line_by_line_and_nothing_can_be_imported(story: Story) -> None:
    person = at_pages(story, story.statistician)
    wrong = as_csv([HEAD, MAY, ["", "Prices", "Mars", "yes", "soon", "", "", "prices-06"]])
    answer = tries(person, story, wrong)
    told = words(answer)
    for fault in (
        "3 Release title The line names no release.",
        "3 Order “Mars” is none of the four Orders.",
        "3 Publication date “soon” is not a date such as 2026-03-10",
    ):
        assert fault in told
    assert "sheet" not in kept(answer)
    good = kept(tries(person, story, BOTH))
    bad = {**good, "sheet": base64.urlsafe_b64encode(wrong).decode()}
    refused = person.asks("POST", f"{place(story)}/import", data=bad)
    assert "nothing can be imported until these are right" in words(refused)
    assert titles(story) == []


REHEARSED = as_csv([HEAD, MAY, ["Rehearsal of prices", *JUNE[1:]]])
NOT_A_REHEARSAL = "A real release cannot have a title that begins with “REHEARSAL”: that is how rehearsals are known."


def test_title_of_a_rehearsal_is_an_error_of_its_line_before_anything_is_registered(story: Story) -> None:
    person = at_pages(story, story.statistician)
    answer = tries(person, story, REHEARSED)
    assert f"3 Release title {NOT_A_REHEARSAL}" in words(answer)
    assert "sheet" not in kept(answer)
    path, headers = f"/producers/{story.sat.producer_id}/calendar-imports", {"Content-Type": "text/csv"}
    sent = story.post(story.lead, path, content=REHEARSED, headers=headers, params={"dry_run": "false"})
    assert (sent.status_code, sent.json()["code"]) == (422, "import_rejected")
    first = sent.json()["rows"][0]
    told = [first[name] for name in ("row", "column", "code", "detail")]
    assert told == [3, "Release title", "title_of_rehearsal", NOT_A_REHEARSAL]
    assert titles(story) == []


def test_what_only_registering_refuses_is_told_on_the_page_and_the_file_is_kept(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.rules.calendar_rows.titled", lambda title, **_: title)
    person = at_pages(story, story.statistician)
    fields = kept(tries(person, story, REHEARSED))
    refused = person.asks("POST", f"{place(story)}/import", data=fields)
    assert (refused.status_code, f"{NOT_A_REHEARSAL} Nothing was done." in words(refused)) == (200, True)
    assert kept(refused)["sheet"] == fields["sheet"]
    unreadable = {**fields, "kind": "xlsx"}
    asked = person.asks("POST", f"{place(story)}/import", data=unreadable)
    assert (asked.status_code, 'href="#file"' in asked.text) == (422, True)
    assert titles(story) == []


def test_what_goes_on_record_with_a_release_is_shown_where_a_line_has_it(story: Story) -> None:
    person = at_pages(story, story.statistician)
    head = [*HEAD, "Exemption", "Landing page"]
    early = [*MAY[:5], "7:00am", *MAY[6:], "Agreed with the regulator", "https://stats.gov.example/prices"]
    told = words(tries(person, story, as_csv([head, early, [*JUNE, "", ""]])))
    assert "Who answers for it What allows another time Public page" in told
    assert "Nobody yet Agreed with the regulator https://stats.gov.example/prices" in told
    assert "11 June 2026 Prices UK, market sensitive Nobody yet Nothing None" in told
    assert "What allows another time" not in words(tries(person, story, BOTH))


def test_long_calendar_is_shown_in_part_and_says_how_much_more_there_is(story: Story) -> None:
    person = at_pages(story, story.statistician)
    new = [[f"Rents {number}", "Rents", "UK", "yes", "14/05/2026", "9:30am", "", ""] for number in range(501)]
    past = [[f"Rents {number}", "Rents", "UK", "yes", "15/01/2026", "9:30am", "", ""] for number in range(502)]
    answer = tries(person, story, as_csv([HEAD, *new, *past]))
    told, shown = words(answer), re.findall(r'<th scope="row"[^>]*>([^<]+)<', answer.text)
    assert "501 to be registered" in told
    assert [one for one in shown if one.startswith("Rents")] == [f"Rents {number}" for number in range(500)]
    assert "And 1 more, which is not shown here." in told
    assert f"And {501 + 502 - 500} more, which are not shown here." in told  # of the warnings: notice, and the past
    assert "1001, 1002 and 2 more." in told


def test_what_is_here_is_not_changed_and_each_difference_says_what_to_do(story: Story) -> None:
    by_api(story, BOTH, dry_run="false")
    person = at_pages(story, story.statistician)
    later = [*MAY[:4], "21/05/2026", *MAY[5:]]
    july = ["Prices, July 2026", "Prices", "UK", "yes", "9 July 2026", "9:30am", story.service.email_of(story.lead), ""]
    past = ["Prices, January 2026", "Prices", "UK", "yes", "15 January 2026", "9:30am", "", ""]
    answer = tries(person, story, as_csv([HEAD, later, JUNE, july, past]))
    told = words(answer)
    assert "1 to be registered, 2 here already, of 1 of which the file says something else; 1 left out" in told
    assert "On record In the file What to do" in told
    assert "Thursday 14 May 2026, 9:30am (UK time) Thursday 21 May 2026, 9:30am (UK time) The date is not moved" in told
    assert "Left out, because its time has passed or it is cancelled: line 5." in told
    assert imports(person, story, answer).status_code == 303
    assert titles(story) == [*MADE, ("Prices, July 2026", instant_text(london(2026, 7, 9, 9, 30)))]
    nothing = tries(person, story, BOTH)
    assert "There is nothing to register. Every release of the file that is still to come is here already." in words(
        nothing
    )
    assert kept(nothing).keys() & {"sheet", "shown"} == set()


def test_calendar_that_changed_since_it_was_looked_at_is_shown_anew_and_nothing_is_done(story: Story) -> None:
    person = at_pages(story, story.statistician)
    fields = kept(tries(person, story, BOTH))
    by_api(story, as_csv([HEAD, MAY]), dry_run="false")
    late = person.asks("POST", f"{place(story)}/import", data=fields)
    assert "Somebody changed the calendar meanwhile" in words(late)
    assert "1 to be registered, 1 here already" in words(late)
    assert titles(story) == MADE[:1]
    assert imports(person, story, late).status_code == 303
    assert titles(story) == MADE
    refused = [one["said"] for one in story.entries(EntryKind.CALENDAR_IMPORTED)]
    assert [one["registered"] for one in refused] == [1, 1]


def test_calendar_that_changes_in_the_moment_of_the_import_is_not_imported(story: Story) -> None:
    fields = kept(tries(at_pages(story, story.statistician), story, BOTH))
    reads = story.tools.read_sheet

    def reads_late(content: bytes, *, kind: str, limit_bytes: int) -> list[list[str]]:
        """Somebody else registers one of them while the file is read: nothing is written yet."""
        story.tools = replace(story.tools, read_sheet=reads)
        if titles(story) == []:
            by_api(story, as_csv([HEAD, JUNE]), dry_run="false")
        return reads(content, kind=kind, limit_bytes=limit_bytes)

    story.tools = replace(story.tools, read_sheet=reads_late)
    late = at_pages(story, story.statistician).asks("POST", f"{place(story)}/import", data=fields)
    assert "Somebody changed the calendar meanwhile" in words(late)
    assert titles(story) == MADE[1:]


@pytest.mark.parametrize(
    "changes",
    [
        {"sheet": base64.urlsafe_b64encode(as_csv([HEAD, MAY])).decode()},
        {"series": "Another"},
        {"shown": ""},
    ],
)
def test_what_is_sent_must_do_what_was_shown(story: Story, changes: dict[str, str]) -> None:
    person = at_pages(story, story.statistician)
    blank = as_csv([["Title", "Order", "Market sensitive", "Date", "UID"], ["Rents", "UK", "yes", "2026-05-14", "r"]])
    fields = kept(tries(person, story, blank))
    late = person.asks("POST", f"{place(story)}/import", data={**fields, **changes})
    assert "This is what it would do now" in words(late)
    assert titles(story) == []
    assert person.asks("POST", f"{place(story)}/import", data=fields).status_code == 303
    assert [title for title, _ in titles(story)] == ["Rents"]


def test_file_too_large_for_the_page_is_chosen_again_and_must_be_the_same(story: Story) -> None:
    person = at_pages(story, story.statistician)
    padded = BOTH + b"\n" * CARRIED_BYTES
    answer = tries(person, story, padded)
    assert "too large to be kept in this page" in words(answer)
    fields = kept(answer)
    assert "sheet" not in fields
    path = f"{place(story)}/file"
    other = person.asks("POST", path, data=fields, files={"file": ("year.csv", BOTH, "text/csv")})
    assert "another file was chosen" in words(other)
    assert titles(story) == []
    made = person.asks("POST", path, data=fields, files={"file": ("year.csv", padded, "text/csv")})
    assert (made.status_code, titles(story)) == (303, MADE)


@pytest.mark.parametrize(
    ("name", "content", "fields", "field", "says"),
    [
        ("year.pdf", b"%PDF-1.7", {}, "file", "ends in .csv, .xlsx, .ods or .ics"),
        ("year.csv", b"", {}, "file", "The file is empty."),
        ("year.ics", b"Title,Date\n", {}, "file", "calendar"),
        ("year.csv", BOTH, {"order": "mars"}, "order", "Choose an Order from the list"),
        ("year.csv", BOTH, {"sensitivity": "x"}, "sensitivity", "Choose a class from the list"),
        ("year.csv", BOTH, {"series": "x" * 301}, "series", "Name the series on one line"),
    ],
)
def test_what_cannot_be_read_is_told_beside_the_field(
    story: Story, name: str, content: bytes, fields: dict[str, str], field: str, says: str
) -> None:
    answer = tries(at_pages(story, story.statistician), story, content, name, **fields)
    assert (answer.status_code, f'href="#{field}"' in answer.text, says in words(answer)) == (422, True, True)
    assert titles(story) == []


def test_calendar_is_nothing_to_others_and_an_auditor_reads_it_and_imports_nothing(story: Story) -> None:
    by_api(story, BOTH, dry_run="false")
    nowhere = f"/producer/calendars/prd_{'0' * 24}"
    for who in (CHANCELLOR, STRANGER):
        other = at_pages(story, who)
        none = unquoted(other.asks("GET", nowhere))
        there = ["/producer/calendars", place(story), f"{place(story)}/import"]
        assert [(other.asks("GET", path).status_code, unquoted(other.last)) for path in there] == [(404, none)] * 3
        other.looks("/account")
        data = {"form_token": other.token}
        sent = other.asks("POST", f"{place(story)}/file", data=data, files={"file": ("a.csv", BOTH, "text/csv")})
        assert sent.status_code == 404
        forms = [{**FORGED, "kind": kind, "once": f"frm_{'0' * 24}"} for kind in ("csv", "xlsx")]  # one is unreadable
        for where in (f"{place(story)}/import", f"{nowhere}/import"):
            got = [other.sends(where, **fields) for fields in forms]
            assert [(one.status_code, unquoted(one)) for one in got] == [(404, none)] * 2
    auditor = at_pages(story, story.auditor)
    shown = auditor.looks(place(story))
    assert ("Prices, May 2026" in shown, "Import a calendar" in shown) == (True, False)
    assert auditor.asks("GET", f"{place(story)}/import").status_code == 403
    auditor.looks("/account")
    forged = auditor.sends(f"{place(story)}/import", **FORGED, once=f"frm_{'0' * 24}")
    assert (forged.status_code, len(titles(story))) == (403, 2)


def test_calendar_goes_on_over_pages_each_release_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.calendars.ON_A_PAGE", 1)
    by_api(story, BOTH, dry_run="false")
    person, where, seen = at_pages(story, story.statistician), place(story), []
    while where:
        person.looks(where)
        seen += re.findall(r'href="/producer/releases/rel_\w+">([^<]+)<', person.last.text)
        found = re.search(r'href="(/producer/calendars/[^"]*after=[^"]*)"', person.last.text)
        where = found[1].replace("&amp;", "&") if found else ""
    assert seen == [title for title, _ in MADE]
