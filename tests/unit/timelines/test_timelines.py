"""The timeline of a window told through the whole service: who may read it, what it says, that reading is logged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
OPENS = london(2026, 3, 9, 9, 30)
LIVE = DUE + timedelta(seconds=4)
DEPUTY = Reader("Del Dogwood", "del.dogwood@treasury.gov.example", 'Deputy <b>"Director"</b>', hours="3")


def told(folder: Path, database_url: str | None = None) -> Story:
    """Four on the list: one reads, one opens and does not fetch, one comes too early, one never; a stranger knocks."""
    story = Story(folder, DUE - timedelta(days=8), database_url=database_url)
    story.ready(DUE, CHANCELLOR, ADVISER, SECRETARY, DEPUTY)
    story.clock.put(OPENS + timedelta(hours=1))
    story.reads(CHANCELLOR)
    assert story.opens(STRANGER).status_code == 404
    assert story.opens(DEPUTY).status_code == 403
    story.clock.put(OPENS + timedelta(hours=4, minutes=30))
    done(story.opens(ADVISER), 201)
    story.clock.put(DUE - timedelta(minutes=30))
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(DUE + timedelta(minutes=2))
    done(story.moves(story.lead, "publication", reason="Seen.", published_at=instant_text(LIVE)))
    return story


def timeline(story: Story, who: Any = None, release_id: str = "", **query: Any) -> Any:
    path = f"/audit/releases/{release_id or story.told.release_id}/timeline"
    return story.ask(who or story.auditor, "GET", path, params=query)


def test_timeline_tells_each_post_its_window_and_what_was_done(tmp_path: Path, any_database_url: str) -> None:
    story = told(tmp_path, any_database_url)
    found = done(timeline(story))
    rows = {row["post"]: row for row in found["rows"]}
    window = [{"from_at": instant_text(OPENS), "until_at": instant_text(LIVE)}]
    short = [{"from_at": instant_text(DUE - timedelta(hours=3)), "until_at": instant_text(LIVE)}]
    posts = [f"{one.post}, {one.organisation}" for one in (CHANCELLOR, ADVISER, SECRETARY, DEPUTY)]
    assert list(rows) == [*posts, "Anybody who is on no list"]
    assert [rows[post]["window"] for post in posts] == [window, window, window, short]
    assert [[(one["at"], one["became"]) for one in rows[post]["opened"]] for post in posts] == [
        [(instant_text(OPENS + timedelta(hours=1)), "completed")],
        [(instant_text(OPENS + timedelta(hours=4, minutes=30)), "unfetched")],
        [],
        [],
    ]
    assert [one["codes"] for one in rows[posts[3]]["refused"]] == [["window_not_open"]]
    assert [row["number"] for row in found["rows"]] == [1, 2, 3, 4, 0]
    assert len(rows["Anybody who is on no list"]["refused"]) == 1
    assert (found["opened_at"], found["published_at"]) == (instant_text(OPENS), instant_text(LIVE))
    kinds = [one["kind"] for one in found["happened"]]
    assert kinds == ["list_approved", "release_moved", "release_moved", "public_list_published", "release_moved"]
    assert found["described"] == (
        "The first window opened on Monday 9 March 2026, 9:30am (UK time). 2 of 4 on the list in force opened "
        "something. There were 2 openings, the first on Monday 9 March 2026, 10:30am (UK time), the last on Monday "
        "9 March 2026, 2:00pm (UK time); 1 copy was sent. 2 requests were refused. Publication was set for Tuesday "
        "10 March 2026, 9:30am (UK time). It was published on Tuesday 10 March 2026, 9:30:04am (UK time)."
    )
    story.service.close()


def test_timeline_names_nobody_unless_asked_to_and_reading_it_is_on_record(tmp_path: Path) -> None:
    story = told(tmp_path)
    people = (CHANCELLOR, ADVISER, SECRETARY, DEPUTY, STRANGER)
    for fmt in ("json", "svg", "html"):
        answer = timeline(story, format=fmt)
        assert [one.name for one in people if one.name in answer.text] == []
        assert [one.email for one in people if one.email in answer.text] == []
    named = timeline(story, story.head, names=True)
    assert [one.name for one in people if one.name in named.text] == [one.name for one in people[:4]]
    said = [entry["said"] for entry in story.entries(EntryKind.LOG_READ)]
    assert [(one["timeline"], one["with_names"]) for one in said] == [
        ("json", False),
        ("svg", False),
        ("html", False),
        ("json", True),
    ]
    assert [entry.get("release_id") for entry in story.entries(EntryKind.LOG_READ)] == [None] * 4
    story.service.close()


def test_timeline_as_a_picture_and_a_page_is_well_formed_and_runs_nothing(tmp_path: Path) -> None:
    story = told(tmp_path)
    picture = timeline(story, format="svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(picture.content)  # the tests' own file
    space = "{http://www.w3.org/2000/svg}"
    assert {root.find(f"{space}{name}") is not None for name in ("title", "desc")} == {True}
    texts = [one.text for one in root.iter(f"{space}text")]
    assert 'Deputy <b>"Director"</b>, Example' in texts
    tags = {one.tag.removeprefix(space) for one in root.iter()}
    assert tags <= {"svg", "title", "desc", "rect", "line", "text", "circle", "path", "g"}
    assert {name for one in root.iter() for name in one.attrib if name == "style" or name.startswith("on")} == set()
    page = timeline(story, format="html")
    assert (page.text.count("<svg "), "<b>" in page.text, "<script" in page.text) == (1, False, False)
    story.service.close()


def test_timeline_is_for_the_releases_own_team_and_auditors_and_nothing_to_others(tmp_path: Path) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    nothing = f"rel_{'0' * 24}"
    for who in (STRANGER, other, CHANCELLOR):
        refused = [timeline(story, who, one) for one in (story.told.release_id, nothing)]
        assert [one.status_code for one in refused] == [404, 404]
        hidden, absent = ({**one.json(), "instance": ""} for one in refused)
        assert hidden == absent
    for who in (story.statistician, story.lead, story.head, story.auditor, story.service.auditor()):
        assert timeline(story, who).status_code == 200
    assert timeline(story, story.service.administrator()).status_code == 404
    assert story.entries(EntryKind.LOG_READ)[-1]["said"]["timeline"] == "json"
    story.service.close()


def test_timeline_of_a_window_that_runs_says_now_and_one_that_was_moved_shows_both_windows(tmp_path: Path) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    story.clock.put(OPENS + timedelta(hours=2))
    assert "Now, 11:30am on Mon 9 Mar" in timeline(story, format="svg").text
    later = DUE + timedelta(days=2)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(later), reason="Error in the figures."))
    story.clock.put(later - timedelta(hours=3))
    (row,) = done(timeline(story))["rows"]
    assert row["window"] == [
        {"from_at": instant_text(OPENS), "until_at": instant_text(OPENS + timedelta(hours=2))},
        {"from_at": instant_text(later - timedelta(days=1)), "until_at": instant_text(later - timedelta(hours=3))},
    ]
    story.service.close()
