"""A producer's pages in a real browser: by keyboard, narrow and wide, looked at by axe and photographed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, FIGURES, Story


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("producer"), london(2026, 2, 2, 10, 0))
    story.release(london(2026, 3, 10, 9, 30))
    story.draft_with(CHANCELLOR, ADVISER)
    path, headers = f"/releases/{story.told.release_id}/documents", {"Content-Type": "text/csv"}
    sent = story.post(story.statistician, path, params={"file_name": "claimants.csv"}, content=FIGURES, headers=headers)
    story.told.document_id = sent.json()["document_id"]
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def test_head_of_profession_by_keyboard_prepares_and_watches(town: Town) -> None:
    story, walk = town.story, Walk(town, "producer", DESK, scripts=True)
    page = walk.page
    walk.signed_in_as(story.head)
    page.goto("/producer")
    walk.looks("dashboard")
    press(page, "Enter", walk.link("Claimant count"))
    walk.looks("tasks")
    press(page, "Enter", walk.button("Announce"))
    press(page, "Enter", walk.link("Draft, version 1"))
    walk.looks("list")
    press(page, "Enter", walk.button("Approve this version"))
    walk.looks("list-approved")
    page.goto(f"/producer/releases/{story.told.release_id}/documents")
    press(page, "Enter", walk.button("Fix claimants.csv as final form"))
    walk.looks("documents-wrong")
    fill(page, page.get_by_label("SHA-256 of your own file"), hashlib.sha256(FIGURES).hexdigest())
    press(page, "Enter", walk.button("Fix claimants.csv as final form"))
    walk.looks("documents")
    page.goto(f"/producer/releases/{story.told.release_id}")
    press(page, "Enter", walk.button("Sign off"))
    walk.looks("tasks-final")
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    narrow = Walk(town, "producer-narrow", PHONE, scripts=True)
    narrow.signed_in_as(story.lead)
    for place in ("", "/documents", "/board", "/timeline"):
        narrow.page.goto(f"/producer/releases/{story.told.release_id}{place}")
        narrow.looks(place.strip("/") or "tasks")
    walk.signed_in_as(story.head)
    page.goto(f"/producer/releases/{story.told.release_id}/board")
    walk.looks("board")
    assert "1 of 2 on the list in force has opened something" in page.inner_text("main")
    press(page, "Enter", walk.link("the timeline of the window"))
    walk.looks("timeline")
    for one in (walk, narrow):
        one.page.goto(f"/producer/statistics/{story.sat.producer_id}?year=2026")
        one.looks("statistics")
    assert walk.complaints + narrow.complaints == []
    walk.context.close()
    narrow.context.close()
