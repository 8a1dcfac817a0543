"""A declaration turns out to be another person's: said by keyboard by the head of profession, and later taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.web.wrong_facts import CONFIRMATION
from app.worker.loop import Worker
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("browser"), DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR, ADVISER)
    story.clock.put(DUE - timedelta(hours=10))
    done(story.opens(CHANCELLOR), 201)
    story.clock.forward(minutes=1)
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def tick(page: Any, target: Any) -> None:
    tab_to(page, target)
    page.keyboard.press("Space")


def test_declaration_is_found_wrong_and_withdrawn_by_keyboard(town: Town) -> None:
    story = town.story
    head = Walk(town, "found-wrong-narrow", PHONE, scripts=True)
    page = head.page
    head.signed_in_as(story.head)
    page.goto(f"/producer/releases/{story.told.release_id}")
    press(page, "Enter", head.link("Something was found wrong"))
    head.looks("kinds")
    tick(page, page.get_by_label("A declaration"))
    press(page, "Enter", head.button("Continue"))
    head.looks("declarations")
    press(page, "Enter", head.button("Put it on record"))
    head.looks("declarations-wrong")
    assert page.title().startswith("Error: ")
    assert page.locator(".govuk-error-summary li").count() == 3
    tick(page, page.get_by_label("Ash Alder, signed"))
    fill(page, page.get_by_label("How was it found?"), "They were abroad; somebody else signed.")
    fill(page, page.get_by_label("To confirm, type"), CONFIRMATION)
    press(page, "Enter", head.button("Put it on record"))
    head.looks("record")
    assert "Counts" in page.inner_text("main")
    Worker(story.tools)._tick(0)
    assert len(story.incidents()) == 1

    wide = Walk(town, "found-wrong-wide", DESK, scripts=True)
    wide.signed_in_as(story.lead)
    wide.page.goto(f"/producer/releases/{story.told.release_id}/found-wrong?kind=holding")
    wide.looks("posts")
    wide.page.goto("/producer/incidents")
    press(wide.page, "Enter", wide.link("Facts found wrong: Office for Example Statistics"))
    wide.looks("record")
    fill(wide.page, wide.page.get_by_label("Why was it right after all?"), "The travel record was another person's.")
    press(wide.page, "Enter", wide.button("Withdraw it"))
    wide.looks("withdrawn")
    assert "Withdrawn" in wide.page.inner_text("main")
    assert [one.complaints for one in (head, wide)] == [[], []]
