"""A recall in a real browser: a statement by keyboard, and the board that lays it beside the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done

WHY = "Table 3 shows the wrong month."


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("browser"), london(2026, 3, 2, 10, 0))
    story.ready(london(2026, 3, 10, 9, 30), CHANCELLOR, ADVISER)
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    done(story.post(story.head, f"/releases/{story.told.release_id}/recalls", json={"reason": WHY}), 201)
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def tick(page: Any, target: Any) -> None:
    tab_to(page, target)
    page.keyboard.press("Space")


def test_statement_is_made_by_keyboard_and_stands_on_the_board_beside_the_log(town: Town) -> None:
    walk = Walk(town, "recall-narrow", PHONE, scripts=True)
    page = walk.page
    walk.signed_in_as(CHANCELLOR)
    page.goto("/releases")
    walk.looks("releases")
    press(page, "Enter", walk.link("Tell us what you did with it"))
    walk.looks("statement")
    press(page, "Enter", walk.button("Sign the statement"))
    walk.looks("statement-wrong")
    assert page.title().startswith("Error: ")
    tick(page, page.get_by_label("I did not open it"))
    fill(page, page.get_by_label("Type your name"), CHANCELLOR.name)
    tick(page, page.get_by_label("What I state is true"))
    press(page, "Enter", walk.button("Sign the statement"))
    walk.looks("stated")
    assert "What you state and the log cannot both be right" in page.inner_text("main")
    page.goto("/recalls")
    walk.looks("recalls")
    assert walk.complaints == []
    for name, viewport in (("board-narrow", PHONE), ("board-wide", DESK)):
        head = Walk(town, name, viewport, scripts=True)
        head.signed_in_as(town.story.head)
        head.page.goto(f"/producer/releases/{town.story.told.release_id}/recalls")
        head.looks("recalls")
        press(head.page, "Enter", head.page.locator("main table").get_by_role("link").first)
        head.looks("board")
        assert "cannot both be right" in head.page.inner_text("main").lower()
        assert head.complaints == []
