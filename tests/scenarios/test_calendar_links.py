"""Twelve months of dates for those who publish, by a private address: what it shows, and that it can be ended."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from datetime import timedelta
from typing import Any

from app.audit.entries import EntryKind
from app.rules.reasons import instant_text
from tests.build import london
from tests.needs import lacking
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, Story, done

BEGUN, DUE = london(2026, 3, 2, 9, 30), london(2026, 5, 14, 9, 30)


def link(story: Story) -> dict[str, Any]:
    path = f"/producers/{story.sat.producer_id}/calendar-links"
    made = done(story.post(story.head, path, json={"name": "Web desk"}), 201)
    return {**made, "ics": made["calendar"].partition("/api/v1")[2], "csv": made["sheet"].partition("/api/v1")[2]}


# Debian's vobject, under Debian's own Python: a reader that shares no code with the library that wrote the feed.
READER = """
import json, sys, vobject
events = vobject.readOne(sys.stdin.read()).vevent_list
told = [{line.name: str(line.value) for line in one.getChildren()} for one in events]
print(json.dumps(told))
"""
PYTHON = "/usr/bin/python3"


def events(story: Story, address: str) -> dict[str, dict[str, str]]:
    """Read the feed as a program that is none of ours does: the properties of each event, by its summary."""
    answer = story.ask(None, "GET", address)
    assert answer.status_code == 200, answer.text
    if subprocess.run([PYTHON, "-c", "import vobject"], capture_output=True, check=False).returncode != 0:
        lacking("the package python3-vobject is not installed")
    read = subprocess.run([PYTHON, "-c", READER], input=answer.text, capture_output=True, text=True, check=True)
    return {one["SUMMARY"]: one for one in json.loads(read.stdout)}


def test_linked_calendar_tells_title_time_and_state_as_they_move_and_are_cancelled(begin: Begin) -> None:
    story = begin(BEGUN)
    made = link(story)
    kept = story.release(DUE, title="Prices, May 2026")
    off = story.release(DUE + timedelta(days=28), title="Prices, June 2026")
    story.release(DUE, title="REHEARSAL: Prices", rehearsal=True)
    story.release(london(2027, 3, 9, 9, 30), title="Prices, much later")
    found = events(story, made["ics"])
    assert sorted(found) == ["Prices, June 2026", "Prices, May 2026"]
    before = found["Prices, May 2026"]
    told = [before[name] for name in ("DTSTART", "STATUS", "SEQUENCE")]
    assert told == ["2026-05-14 08:30:00+00:00", "TENTATIVE", "0"]
    for release, act, body in (
        (kept, "announcement", {}),
        (kept, "rescheduling", {"publishes_at": instant_text(DUE + timedelta(days=1)), "reason": "A secret reason."}),
        (off, "cancellation", {"reason": "Another secret reason."}),
    ):
        story.told.release_id = release
        done(story.moves(story.head, act, **body))
    found = events(story, made["ics"])
    after, gone = found["Prices, May 2026"], found["Prices, June 2026"]
    told = [after[name] for name in ("DTSTART", "STATUS", "SEQUENCE")]
    assert told == ["2026-05-15 08:30:00+00:00", "CONFIRMED", "2"]
    assert after["UID"] == before["UID"]
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", "1")
    assert set(after) | set(gone) == {
        *("UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP"),
        *("CLASS", "X-PRA-STATE"),
    }
    text = story.ask(None, "GET", made["ics"]).text
    assert not re.search("secret|stats.gov.example|ons.gov.example", text)


def test_linked_sheet_has_four_columns_and_uk_times(begin: Begin) -> None:
    story = begin(BEGUN)
    made = link(story)
    story.release(DUE, title="=Prices")
    answer = story.ask(None, "GET", made["csv"])
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["Title", "Date", "Time", "State"], ["'=Prices", "2026-05-14", "09:30", "planned"]]


def test_link_that_ended_or_never_was_shows_nothing_and_its_token_is_nowhere(begin: Begin) -> None:
    story = begin(BEGUN)
    made = link(story)
    story.release(DUE)
    token = made["calendar"].split("/")[-2]
    assert token not in str(story.get(story.head, f"/producers/{story.sat.producer_id}/calendar-links"))
    assert token not in str(story.entries(EntryKind.CALENDAR_LINK_MADE))
    other = story.service.producer("Office for Other Statistics")
    (stranger,) = [other.people[role] for role in other.people if role.value == "head_of_profession"]
    assert story.post(stranger, f"/calendar-links/{made['link_id']}/end").status_code == 404
    assert story.post(story.statistician, f"/calendar-links/{made['link_id']}/end").status_code == 403
    assert (
        story.ask(story.id_of(ADVISER), "GET", f"/producers/{story.sat.producer_id}/calendar-links").status_code == 404
    )
    done(story.post(story.head, f"/calendar-links/{made['link_id']}/end"))
    ended = [story.ask(None, "GET", made[kind]) for kind in ("ics", "csv")]
    never = story.ask(None, "GET", f"/linked-calendars/{'x' * len(token)}/calendar.ics")
    assert [answer.status_code for answer in (*ended, never)] == [404, 404, 404]
    assert {answer.json()["detail"] for answer in (*ended, never)} == {never.json()["detail"]}
    assert len(story.entries(EntryKind.CALENDAR_LINK_ENDED)) == 1
