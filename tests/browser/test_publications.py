"""What must be published about access, published and read in a real browser: by keyboard, wide and narrow, by axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def town(browser: Any, tmp_path: Path) -> Iterator[Town]:
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    story.ready(DUE, CHANCELLOR, ADVISER)
    story.clock.put(DUE)
    story.published()
    story.clock.forward(days=2)
    with served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def days(walk: Walk, name: str, *typed: str) -> None:
    for part, words in zip(("day", "month", "year"), typed, strict=True):
        fill(walk.page, walk.page.locator(f"#{name}-{part}"), words)


@pytest.mark.parametrize(("viewport", "scripts"), [(DESK, True), (PHONE, False)])
def test_list_of_statistics_and_arrangements_are_published_and_everybody_reads_them(
    town: Town, viewport: dict[str, int], scripts: bool
) -> None:
    head = Walk(town, f"publications-{viewport['width']}", viewport, scripts=scripts)
    head.signed_in_as(town.story.head)
    page = head.page
    page.goto("/producer")
    press(page, "Enter", head.link("What must be published about access"))
    head.looks("owed")
    press(page, "Enter", head.button("Look at the list"))
    head.looks("faults")
    page.locator("#order").select_option("uk")
    days(head, "from_on", "1", "1", "2026")
    days(head, "to_on", "11", "3", "2026")
    press(page, "Enter", head.button("Look at the list"))
    head.looks("looked-at")
    press(page, "Enter", head.button("Publish this list"))
    fill(page, page.locator("#statement"), "Access is given to the fewest people.")
    press(page, "Enter", head.button("Publish this version"))
    head.looks("published")
    press(page, "Enter", head.link("everybody can read it"))
    anybody = Walk(town, f"public-lists-{viewport['width']}", viewport, scripts=scripts)
    anybody.page.goto("/")
    press(anybody.page, "Enter", anybody.link("which posts had access to which statistics"))
    anybody.looks("producers")
    press(anybody.page, "Enter", anybody.link("Office for Example Statistics"))
    anybody.looks("producer")
    told = anybody.page.inner_text("main")
    assert [one for one in ("1 January 2026 to 11 March 2026", "version 1", "Claimant count") if one not in told] == []
    assert [one for one in (CHANCELLOR.name, ADVISER.name) if one in told] == []
    assert head.complaints == anybody.complaints == []
