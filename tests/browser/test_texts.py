"""Prepared texts in a real browser: written by keyboard, held, decided on, and copied once; looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.scenarios.drawer import LINE, WORDS, declared, prepared, web_desk, worker, written
from tests.story import Story

DUE = london(2026, 6, 16, 9, 30)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("texts"), DUE - timedelta(days=8))
    prepared(story, DUE)
    story.clock.put(DUE - timedelta(days=1))
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def test_tweet_is_written_by_keyboard_held_decided_on_and_copied_once(town: Town) -> None:
    story = town.story
    desk = web_desk(story)
    walks = [Walk(town, "texts", DESK, scripts=True), Walk(town, "texts-narrow", PHONE, scripts=True)]
    place = f"/producer/releases/{story.told.release_id}/texts"
    for walk in walks:
        walk.signed_in_as(story.statistician)
        walk.page.goto(place)
        walk.looks("none-yet")
        press(walk.page, "Enter", walk.link("Write a text"))
        press(walk.page, "Enter", walk.button("Seal it"))
        walk.looks("asked-again")
    page = walks[0].page
    page.get_by_label("Tweet", exact=True).check()
    fill(page, page.get_by_label("The text", exact=True), WORDS)
    fill(page, page.get_by_label("Where is it to be sent?"), "The office's account")
    page.get_by_label("Bay Birch").check()
    fill(page, page.get_by_label("Not before which time? (optional)"), "8:50am")
    press(page, "Enter", walks[0].button("Seal it"))
    walks[0].looks("too-early")
    assert "before the time set for publication" in page.inner_text("main")
    page.get_by_label("Not before which time? (optional)").fill("")
    press(page, "Enter", walks[0].button("Seal it"))
    assert WORDS not in page.inner_text("main")
    (made,) = story.get(story.head, f"/releases/{story.told.release_id}/prepared-texts")["results"]
    written(story, desk, kind="briefing_email", words=LINE)
    here = f"{place}/{made['prepared_text_id']}"
    for walk in walks:
        walk.page.goto(place)
        walk.looks("listed")
        walk.page.goto(here)
        walk.looks("sealed")
        press(walk.page, "Enter", walk.button("Show the words, or write them anew"))
        walk.looks("words")
        assert walk.page.get_by_label("The text", exact=True).input_value() == WORDS
    story.clock.put(DUE + timedelta(minutes=2))
    worker(story)
    for walk in walks:
        walk.signed_in_as(story.head)
        walk.page.goto(here)
        walk.looks("held")
    page = walks[0].page
    fill(page, page.get_by_label("Why is it still right?"), "It speaks of no hour.")
    press(page, "Enter", walks[0].button("Let it stand"))
    declared(story)
    for walk in walks:
        walk.signed_in_as(desk)
        walk.page.goto(here)
        walk.looks("ready")
    press(page, "Enter", walks[0].button("Take it to send it"))
    walks[0].looks("taken")
    assert page.get_by_label("Copy it from here").input_value() == WORDS
    shown = story.get(story.head, f"/releases/{story.told.release_id}/prepared-texts/{made['prepared_text_id']}")
    assert (shown["state"], shown["taken_by"]) == ("taken", desk)
    for walk in walks:
        walk.page.goto(here)
        walk.looks("taken-already")
        assert walk.complaints == []
        walk.context.close()
