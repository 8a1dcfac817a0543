"""A producer's register of breaches in every format, and the figures of one year."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.audit.entries import EntryKind
from app.rules.breachregister import HEADINGS, RegisteredIncident
from app.rules.breachreturn import Timing, yearly_return
from app.rules.facts import Role
from app.rules.incidents import IncidentKind
from app.rules.reasons import instant_text
from tests.build import a_release, london
from tests.story import CHANCELLOR, FIGURES, STRANGER, Reader, Story, done
from tests.unit.breaches.test_report_versions import changes, completed, sends, signs

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
LIVE = london(2026, 3, 10, 11, 0)
TITLE = '=HYPERLINK("http://evil.example";"Rents")'
INBOX = Reader("Press Office", "press.office@fog.gov.example", "Press Office", "Department for Fog")


def late(folder: Path, database_url: str | None = None) -> Story:
    """A release titled like a formula, public 90 minutes late, its report signed and sent; and a near miss."""
    story = Story(folder, DUE - timedelta(days=8), database_url=database_url)
    story.ready(DUE, title=TITLE, series="Rents")
    assert story.imports(INBOX, replace_draft=True).status_code == 422
    story.clock.put(DUE - timedelta(hours=1))
    assert story.reads(CHANCELLOR) == FIGURES
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(LIVE + timedelta(minutes=5))
    done(story.moves(story.lead, "publication", reason="Seen.", published_at=instant_text(LIVE)))
    done(changes(story, story.lead, state="under_review"))
    version = completed(story)
    done(signs(story, version))
    done(sends(story, version), 201)
    return story


def register(story: Story, who: Any = None, **query: Any) -> Any:
    return story.ask(who or story.auditor, "GET", f"/producers/{story.sat.producer_id}/breaches", params=query)


def test_register_has_each_breach_with_its_report_and_can_leave_near_misses_apart(
    tmp_path: Path, any_database_url: str
) -> None:
    story = late(tmp_path, any_database_url)
    near, breach = done(register(story))["results"]
    assert (near["kind"], near["near_miss"], near["practices"]) == ("shared_mailbox", True, [])
    assert {name: breach[name] for name in ("statistics", "series", "kind", "state", "practices")} == {
        "statistics": TITLE,
        "series": "Rents",
        "kind": "late_publication",
        "state": "reported",
        "practices": ["3"],
    }
    assert (breach["minutes_to_notice"], breach["minutes_to_contain"], breach["practices_confirmed"]) == (95, 90, False)
    assert (breach["signed_at"], breach["submitted_to"]) == (instant_text(story.clock.now()), "National Statistician")
    assert done(register(story, near_miss=False))["results"] == [breach]
    assert done(register(story, near_miss=True))["results"] == [near]
    assert done(register(story, year=2025))["results"] == []
    taken = [entry["said"] for entry in story.entries(EntryKind.BREACH_REGISTER_TAKEN)]
    assert [(one["format"], one["rows"]) for one in taken] == [("json", 2), ("json", 1), ("json", 1), ("json", 0)]
    figures = story.get(story.head, f"/producers/{story.sat.producer_id}/breach-return", params={"year": 2026})
    assert figures == {
        "producer": "Office for Example Statistics",
        "year": 2026,
        "breaches": 1,
        "near_misses": 1,
        "by_kind": {"late_publication": 1},
        "by_practice": {"3": 1},
        "by_cause": {},
        "by_state": {"reported": 1},
        "on_time": 0,
        "early": 0,
        "late": 1,
        "not_yet": 0,
        "notice_minutes": 95.0,
        "contain_minutes": 90.0,
        "submitted": 1,
    }
    story.service.close()


class _Cells(HTMLParser):
    """Collects what stands in the cells of a page, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_register_as_a_sheet_or_a_page_holds_no_formula_no_markup_and_nobodys_name(tmp_path: Path) -> None:
    story = late(tmp_path)
    as_csv = register(story, format="csv", near_miss=False)
    assert as_csv.headers["content-disposition"] == 'attachment; filename="breaches.csv"'
    rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert rows[0] == list(HEADINGS)
    assert rows[1][:5] == [
        "2",
        f"'{TITLE}",
        "Rents",
        "Tuesday 10 March 2026, 9:30am (UK time)",
        "published after the time set",
    ]
    assert rows[1][11:13] == ["95", "90"]
    sheet = openpyxl.load_workbook(io.BytesIO(register(story, format="xlsx").content)).active
    assert [cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == f"'{TITLE}"] == ["s"]
    assert register(story, format="ods").content.startswith(b"PK")
    page = _Cells()
    answer = register(story, format="html")
    page.feed(answer.text)
    assert TITLE in page.text
    assert (page.tags.count("tr"), "script" in page.tags) == (3, False)
    for told in (as_csv.text, answer.text, register(story).text):
        assert [kept for kept in (CHANCELLOR.name, CHANCELLOR.email, story.lead, story.head) if kept in told] == []
    story.service.close()


def test_register_is_for_the_producers_own_staff_and_auditors_and_nothing_to_others(tmp_path: Path) -> None:
    story = Story(tmp_path, DUE)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    nothing = f"prd_{'0' * 24}"
    for what in ("breaches", "breach-return?year=2026"):
        for who in (STRANGER, other, CHANCELLOR):
            refused = [story.ask(who, "GET", f"/producers/{one}/{what}") for one in (story.sat.producer_id, nothing)]
            assert [one.status_code for one in refused] == [404, 404]
        for who in (
            story.statistician,
            story.lead,
            story.head,
            story.auditor,
            story.service.auditor(f"{what[:9]}@r.example"),
        ):
            assert story.ask(who, "GET", f"/producers/{story.sat.producer_id}/{what}").status_code == 200
    story.service.close()


def an_incident(number: int, occurred_at: datetime, **changed: Any) -> RegisteredIncident:
    sound = {
        "incident_id": f"inc_{number}",
        "number": number,
        "release": a_release(),
        "series_title": "",
        "kind": IncidentKind.ONWARD_SHARING,
        "near_miss": False,
        "state": "open",
        "occurred_at": occurred_at,
        "opened_at": occurred_at + timedelta(minutes=number),
        "practices": ("T3.4",),
        "facts": {},
    }
    return RegisteredIncident(**{**sound, **changed})


def test_year_is_that_of_the_london_day_and_no_breach_counts_nowhere_but_a_near_miss_always() -> None:
    at = london(2021, 6, 1)
    new_year = london(2020, 1, 1, 0, 0)
    incidents = [
        an_incident(1, new_year - timedelta(seconds=1)),
        an_incident(2, new_year),
        an_incident(4, london(2020, 7, 1, 0, 30), practices=None, recalled_at=london(2020, 7, 1, 0, 51)),
        an_incident(9, london(2020, 8, 1), near_miss=True),
        an_incident(10, london(2020, 8, 1), near_miss=True, state="closed_no_breach"),
        an_incident(90, london(2020, 8, 2), state="closed_no_breach"),
    ]
    due = london(2020, 3, 10, 9, 30)
    timings = [
        Timing(due, due),
        Timing(due, due + timedelta(seconds=59)),
        Timing(due, due + timedelta(minutes=1)),
        Timing(due, due - timedelta(milliseconds=1)),
        Timing(due, None),
        Timing(london(2019, 12, 31, 9, 30), None),
        Timing(london(2021, 1, 1, 0, 0), None),
    ]
    found = yearly_return(2020, incidents, timings, at)
    assert (found.breaches, found.near_misses, found.by_kind) == (2, 2, {"onward_sharing": 2})
    assert found.by_practice == {"SI 2008/2998 Sch. para 6(1)": 1, "T3.3": 1, "T3.4": 2}
    assert (found.notice_minutes, found.contain_minutes, found.submitted) == (3.0, 21.0, 0)
    assert (found.on_time, found.early, found.late, found.not_yet) == (2, 1, 1, 1)
    assert yearly_return(2018, incidents, timings, at).notice_minutes is None
