"""Letters in a real browser: how far each came, who does not get any, and the words of all; looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.actions import notices, receipts
from app.records import tables
from app.rules.mailanswers import Became
from tests.browser.serving import DESK, PHONE, chromium, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Story


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("letters"), london(2026, 3, 10, 10, 0))
    story.ready(london(2026, 3, 24, 9, 30), ADVISER, CHANCELLOR, SECRETARY)
    notices.send_due(story.tools, 100)
    story.clock.forward(minutes=1)  # they signed their declarations before, and so were signed in
    came = {ADVISER.email: (Became.BOUNCED, "dsn 5.1.1"), CHANCELLOR.email: (Became.DELIVERED, "")}
    with story.tools.reading() as connection:
        rows = connection.execute(tables.notices.select().where(tables.notices.c.kind == "list_approved")).all()
    for row in rows:
        became, code = came.get(row.email, (Became.UNDER_WAY, ""))
        receipts.take_receipt(story.tools, reference=row.notice_id, became=became, code=code)
    story.moves(story.head, "postponement", reason="A table has to be checked.")
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def test_statistician_sees_how_far_letters_came_and_reads_their_words(town: Town) -> None:
    walks = [Walk(town, "letters", DESK, scripts=True), Walk(town, "letters-narrow", PHONE, scripts=True)]
    for walk in walks:
        walk.signed_in_as(town.story.statistician)
        place = f"/producer/releases/{town.story.told.release_id}"
        walk.page.goto(place)
        press(walk.page, "Enter", walk.link("Letters, and how far each came"))
        walk.looks("letters")
        said = walk.page.inner_text("main")
        for words in ("Letters to these people come back", "Came back", "Delivered", "Handed over"):
            assert words in said, words
        walk.page.goto(f"{place}/board")
        walk.looks("board")
        assert "Letters to this person come back" in walk.page.inner_text("main")
        walk.page.goto(f"{place}/letters")
        press(walk.page, "Enter", walk.link("The words of every letter this service writes"))
        walk.looks("texts")
        press(walk.page, "Enter", walk.link("A release has a new time, is postponed, cancelled or published"))
        walk.looks("text")
        assert "No new time is set yet; you will be told." in walk.page.inner_text("main")
        assert walk.complaints == []
        walk.context.close()
