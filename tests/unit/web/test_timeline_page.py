"""The timeline of a window on a page: the picture, the tables behind it, and no more than the board tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.story import ADVISER, CHANCELLOR
from tests.unit.timelines.test_timelines import told
from tests.unit.web.test_producer_pages import at_pages

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


def test_timeline_page_shows_picture_and_tables_without_names_unless_they_are_asked_for(tmp_path: Path) -> None:
    story = told(tmp_path)
    place = f"/producer/releases/{story.told.release_id}"
    head = at_pages(story, story.head)
    assert "The timeline of the window, as a picture" in head.looks(place)
    assert "the timeline of the window" in head.looks(f"{place}/board")
    shown = head.looks(f"{place}/timeline")
    assert "2 of 4 on the list in force opened something." in shown
    assert "1 Chancellor, Example Treasury 9:30am on Mon 9 Mar to 9:30am on Tue 10 Mar" in shown
    assert "The list of posts was published, 4 in number." in shown
    assert (head.last.text.count("<svg "), " style=" in head.last.text) == (1, False)
    assert [one.name for one in (CHANCELLOR, ADVISER) if one.name in head.last.text] == []
    assert "Chancellor, Example Treasury (Ash Alder)" in head.looks(f"{place}/timeline?names=true")
    assert at_pages(story, CHANCELLOR).asks("GET", f"{place}/timeline").status_code == 404
    story.service.close()
