"""An auditor's pages in a real browser: by keyboard, narrow and wide, with and without scripts, looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.actions import auditing
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story

T = london(2026, 6, 16, 9, 30)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("auditor"), T - timedelta(days=8))
    story.ready(T, CHANCELLOR, ADVISER)
    assert story.opens(ADVISER).status_code == 403
    story.clock.put(T - timedelta(hours=4))
    story.reads(CHANCELLOR)
    auditing.sequence(story.tools)
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def walks(town: Town, walk: Walk) -> None:
    """Search, read an entry with its proof, keep the search, run it, and delete it."""
    page = walk.page
    walk.signed_in_as(town.story.auditor)
    page.goto("/audit")
    walk.looks("form")
    fill(page, page.get_by_label("Release"), "x")
    press(page, "Enter", walk.button("Search"))
    walk.looks("form-wrong")
    page.goto("/audit")
    fill(page, page.get_by_label("Who it is about"), ADVISER.email)
    page.get_by_label("How it ended").select_option("refused")
    press(page, "Enter", walk.button("Search"))
    walk.looks("found")
    press(page, "Enter", page.locator("main table a").first)
    walk.looks("entry")
    assert "The path holds" in page.inner_text("main")
    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    walk.looks("entry-path")
    page.go_back()
    fill(page, page.get_by_label("Name", exact=True), f"Refused, {walk.name}")
    press(page, "Enter", walk.button("Save the search"))
    walk.looks("saved")
    with page.expect_download() as kept:
        walk.link("CSV").click()
    assert kept.value.suggested_filename == "log-search.csv"
    page.goto("/audit?order=oldest")
    walk.looks("everything")
    press(page, "Enter", walk.link("Next page"))
    walk.looks("everything-second")
    press(page, "Enter", walk.link(f"Refused, {walk.name}"))
    press(page, "Enter", walk.button("Delete this saved search"))
    assert f"Refused, {walk.name}" not in page.inner_text("main")
    assert walk.complaints == []
    walk.context.close()


def test_auditor_by_keyboard_searches_and_sees_the_proof(town: Town) -> None:
    walks(town, Walk(town, "auditor", DESK, scripts=True))


def test_auditor_on_a_narrow_screen_without_scripts_searches_and_sees_the_proof(town: Town) -> None:
    walks(town, Walk(town, "auditor-plain", PHONE, scripts=False))


def test_auditor_on_a_narrow_screen_meets_nothing_that_stands_in_the_way(town: Town) -> None:
    walk = Walk(town, "auditor-narrow", PHONE, scripts=True)
    walk.signed_in_as(town.story.auditor)
    refused = town.story.decisions(ADVISER)[0]["id"]
    for place in ("/audit", "/audit?outcome=refused&source=x", "/audit?order=newest", f"/audit/entries/{refused}"):
        walk.page.goto(place)
        walk.looks("page")
    walk.context.close()
