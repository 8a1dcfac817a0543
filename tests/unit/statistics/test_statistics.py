"""A producer's statistics told through the whole service: every figure counted by hand, who may see them, each form."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event

from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

FIRST = london(2026, 3, 10, 9, 30)
SECOND = london(2026, 4, 14, 9, 30)
LATE = timedelta(minutes=90)
TITLE = '=HYPERLINK("http://evil.example";"Rents")'
ANALYST = Reader("Del Dogwood", "del.dogwood@treasury.gov.example", "Analyst", hours="3")


def told(folder: Path, database_url: str | None = None) -> Story:
    """Two releases of one series, the second late; four places, then three, of which three and one are read; and more.

    A rehearsal-like release that is cancelled, and one that is still to come, count nowhere.
    """
    story = Story(folder, FIRST - timedelta(days=8), database_url=database_url)
    story.ready(FIRST, CHANCELLOR, ADVISER, SECRETARY, ANALYST, title="Rents, March", series=TITLE)
    story.clock.put(FIRST - timedelta(hours=12))
    story.reads(CHANCELLOR)
    story.reads(ADVISER)
    assert story.opens(ANALYST).status_code == 403
    story.clock.put(FIRST - timedelta(hours=2))
    story.reads(ANALYST)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(FIRST + timedelta(seconds=20))
    done(story.moves(story.lead, "publication", reason="Seen."))
    story.clock.put(SECOND - timedelta(days=8))
    story.release(SECOND, title="Rents, April", series=TITLE)
    story.list_with(CHANCELLOR, ADVISER, SECRETARY)
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(SECOND - timedelta(hours=6))
    story.reads(CHANCELLOR)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(SECOND + LATE)
    done(story.moves(story.lead, "publication", reason="Seen."))
    gone = story.release(SECOND + timedelta(days=1), title="Gone")
    done(story.moves(story.head, "cancellation", reason="No longer collected."))
    story.release(SECOND + timedelta(days=30), title="To come")
    assert gone != story.told.release_id
    return story


def asked(story: Story, who: Any = None, **query: Any) -> Any:
    query = query or {"year": 2026}
    return story.ask(who or story.auditor, "GET", f"/producers/{story.sat.producer_id}/statistics", params=query)


def values(found: dict[str, Any]) -> dict[str, tuple[float | None, float | None, int]]:
    return {one["key"]: (one["value"], one["of"], one["left_out"]) for one in found["figures"]}


def test_every_figure_is_what_a_person_counts_by_hand(tmp_path: Path, any_database_url: str) -> None:
    story = told(tmp_path, any_database_url)
    found = done(asked(story, never_in=2, year=2026))
    assert values(found) == {
        "releases.total": (2, None, 0),
        "recipients.total": (7, None, 0),
        "recipients.people": (4, None, 0),
        "recipients.mean": (3.5, 2, 0),
        "recipients.highest": (4, 2, 0),
        "lists.none": (0, 2, 0),
        "lists.approval_found_wrong": (0, 2, 0),
        "lists.unnamed": (0, None, 0),
        "lists.confirmed_a_week_before": (0, 0, 2),
        "lists.confirmed_before_window": (0, 0, 2),
        "opened.share": (4, 7, 0),
        "opened.never": (1, 3, 0),  # the secretary, of three who were on both lists
        "openings.total": (4, None, 0),
        "openings.before_window": (0, None, 0),
        "openings.before_window_as_moved": (0, None, 0),
        "openings.approval_found_wrong": (0, 4, 0),
        # 12, 12 and 2 hours, then 6 and the 90 minutes it was late; of three days and 3 hours, three of 25.5.
        "hours.used": (33.52, 151.52, 0),
        "hours.allowed_mean": (21.65, 7, 0),
        "hours.used_mean": (8.38, 4, 0),
        "declarations.stood": (6, 7, 0),
        "declarations.out_of_date": (0, 7, 0),
        "declarations.none": (1, 7, 0),
        "grants.total": (7, None, 0),
        "grants.approval_found_wrong": (0, 7, 0),
        "grants.class.eligible_person": (7, None, 0),
        "grants.ground.none": (7, None, 0),
        "exceptional.total": (0, 7, 0),
        "exceptional.reasons": (0, 0, 0),
        "exceptional.board": (0, 0, 0),
        "duties.notify_board": (0, 0, 0),
        "duties.publish_reasons": (0, 0, 0),
        "duties.publish_increase": (0, 0, 0),
        "publication.on_time": (1, 2, 0),
        "publication.early": (0, 2, 0),
        "publication.late": (1, 2, 0),
        "publication.not_yet": (0, 2, 0),
        "watch.on_time": (0, 0, 2),
        "watch.delay_median": (None, 0, 2),
        "watch.delay_highest": (None, 0, 2),
        "incidents.breaches": (1, None, 0),
        "incidents.near_misses": (0, None, 0),
        "incidents.kind.late_publication": (1, None, 0),
        "incidents.notice_median": (90, 1, 0),
        "incidents.notice_highest": (90, 1, 0),
        "incidents.contain_median": (90, 1, 0),
        "incidents.contain_highest": (90, 1, 0),
        "records.held": (3, None, 0),
        "records.due": (0, None, 0),
        "records.kept_longer": (0, None, 0),
        "records.destroyed": (0, None, 0),
    }
    parts = {one["words"]: (one["releases"], one["listed"], one["opened"]) for one in found["parts"]}
    assert {name: one for name, one in parts.items() if one[0]} == {
        "March 2026": (1, 4.0, 3.0),
        "April 2026": (1, 3.0, 1.0),
    }
    assert len(parts) == 12
    story.service.close()


def test_period_and_series_choose_what_is_counted(tmp_path: Path) -> None:
    story = told(tmp_path)
    series = story.get(story.head, f"/producers/{story.sat.producer_id}/series")["results"]
    series_id = next(one["series_id"] for one in series if one["title"] == TITLE)

    def total(**query: Any) -> float | None:
        return values(done(asked(story, **query)))["releases.total"][0]

    assert total(year=2025) == 0
    assert total(year=2025, financial=True) == 1
    assert total(year=2026, financial=True) == 1
    assert total(year=2026, series_id=series_id) == 2
    assert total(from_on="2026-03-10", until_on="2026-03-10") == 1
    assert total(from_on="2026-03-11", until_on="2026-04-13") == 0
    assert asked(story, year=2026, series_id=f"ser_{'0' * 24}").status_code == 404
    for wrong in ({"year": 2026, "from_on": "2026-01-01"}, {"from_on": "2026-01-01"}, {"financial": True}):
        assert asked(story, **wrong).status_code == 422
    assert asked(story, from_on="2026-03-11", until_on="2026-03-10").status_code == 422
    story.clock.put(london(2034, 1, 1))
    later = values(done(asked(story, year=2030)))
    assert [later[key][0] for key in ("records.held", "records.due", "records.kept_longer")] == [3, 2, 1]
    assert (later["recipients.mean"], later["opened.share"]) == ((None, 0, 0), (0, 0, 0))
    story.service.close()


def test_sheet_holds_no_formula_and_page_no_markup_and_neither_a_name(tmp_path: Path) -> None:
    story = told(tmp_path)
    as_csv = asked(story, year=2026, format="csv")
    assert as_csv.headers["content-disposition"] == 'attachment; filename="statistics.csv"'
    rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert rows[0] == ["Section", "Key", "Figure", "Value", "Of", "Share", "Unit", "Left out"]
    assert ["reading", "opened.share", "Recipients who opened something", "4", "7", "0.5714", "", "0"] in rows
    series = story.get(story.head, f"/producers/{story.sat.producer_id}/series")["results"]
    series_id = next(one["series_id"] for one in series if one["title"] == TITLE)
    sheet = openpyxl.load_workbook(
        io.BytesIO(asked(story, year=2026, series_id=series_id, format="xlsx").content)
    ).active
    assert sheet is not None
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == f"'{TITLE}"] == ["s"]
    assert asked(story, year=2026, format="ods").content.startswith(b"PK")
    page = asked(story, year=2026, format="html").text
    assert (page.count("<svg "), "<script" in page, " style=" in page) == (5, False, False)
    for one in (as_csv.text, page, asked(story).text):
        assert [who.name for who in (CHANCELLOR, ADVISER, SECRETARY, ANALYST) if who.name in one] == []
        assert [who.post for who in (CHANCELLOR, ADVISER, SECRETARY, ANALYST) if who.post in one] == []
    story.service.close()


def test_statistics_are_for_the_producers_own_staff_and_auditors_and_nothing_to_others(tmp_path: Path) -> None:
    story = Story(tmp_path, FIRST)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    nothing = f"prd_{'0' * 24}"
    for who in (STRANGER, other, CHANCELLOR):
        refused = [
            story.ask(who, "GET", f"/producers/{one}/statistics", params={"year": 2026})
            for one in (story.sat.producer_id, nothing)
        ]
        assert [one.status_code for one in refused] == [404, 404]
    for who in (story.statistician, story.lead, story.head, story.auditor, story.service.auditor()):
        assert asked(story, who).status_code == 200
    story.service.close()


def test_statistics_of_more_releases_take_no_more_questions(tmp_path: Path) -> None:
    story = told(tmp_path)
    questions: list[str] = []
    engine = story.tools.database.engine
    event.listen(engine, "before_cursor_execute", lambda *sent: questions.append(sent[2]))

    def number() -> int:
        questions.clear()
        done(asked(story))
        return len(questions)

    story.headers(story.auditor)
    before = number()
    for week in range(5, 15):
        story.release(SECOND + timedelta(weeks=week), title=f"One more {week}")
    story.clock.put(SECOND + timedelta(weeks=15))
    story.headers(story.auditor)
    assert number() == before
    assert before < 30
    story.service.close()


def test_early_moved_release_counts_what_was_read_before_the_window_it_has_now(tmp_path: Path) -> None:
    story = Story(tmp_path, FIRST - timedelta(days=8))
    story.ready(FIRST)
    story.clock.put(FIRST - timedelta(hours=12))
    story.reads(CHANCELLOR)
    later = FIRST + timedelta(days=2)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(later), reason="Error in the figures."))
    story.clock.put(later + timedelta(seconds=1))
    found = values(done(asked(story)))
    keys = ("openings.before_window", "openings.before_window_as_moved", "publication.not_yet", "hours.used")
    assert [found[key] for key in keys] == [(0, None, 0), (1, None, 0), (1, 1, 0), (0, 0, 1)]
    story.service.close()
