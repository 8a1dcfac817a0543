"""A recipient under the Welsh Order, who reads in Welsh from the first page to the passphrase, on a telephone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.actions import closed_days
from tests.browser.serving import PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.scenarios.test_special_classes import grant, ready
from tests.story import ADVISER, CHANCELLOR, Story


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("welsh"), london(2026, 3, 2, 10, 0))
    closed_days.load_bank_holidays(story.service.tools)
    due = london(2026, 3, 10, 9, 30)
    ready(story, due, *(grant(one, ground_letter="a") for one in (CHANCELLOR, ADVISER)), order="wales")
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def test_recipient_reads_in_welsh_by_keyboard_on_a_telephone(town: Town) -> None:
    story, walk = town.story, Walk(town, "welsh", PHONE, scripts=True)
    page = walk.page
    story.clock.put(london(2026, 3, 7, 7, 28))
    page.goto("/")
    press(page, "Enter", walk.link("Cymraeg"))
    walk.looks("start")
    assert page.evaluate("document.documentElement.lang") == "cy"
    press(page, "Enter", page.locator("main").get_by_role("button", name="Mewngofnodi"))
    walk.looks("sign-in")
    press(page, "Enter", walk.button("Anfon cod ataf"))
    walk.looks("sign-in-wrong")
    walk.signs_in(CHANCELLOR)
    walk.looks("releases")
    # What the server said and what the script makes of it are the same.
    page.wait_for_function("document.body.classList.contains('js-enabled')")
    assert page.locator("[data-seconds-left]").inner_text() == "mewn 2 ddiwrnod, 2 awr"
    press(page, "Enter", walk.link("Claimant count"))
    walk.looks("release-before")
    press(page, "Enter", walk.link("Darllen a llofnodi’r datganiad"))
    press(page, "Enter", walk.button("Llofnodi’r datganiad"))
    walk.looks("declaration-wrong")
    fill(page, page.locator("#typed_name"), CHANCELLOR.name)
    tab_to(page, page.locator("#agreed"))
    page.keyboard.press("Space")
    press(page, "Enter", walk.button("Llofnodi’r datganiad"))
    walk.looks("declaration-signed")
    story.clock.put(london(2026, 3, 9, 14, 0))
    page.goto(f"/documents/{story.told.document_id}/open")
    walk.signs_in(CHANCELLOR)
    walk.looks("before-opening")
    tab_to(page, page.locator("#acknowledged"))
    page.keyboard.press("Space")
    press(page, "Enter", walk.button("Agor y ddogfen"))
    walk.looks("opening")
    press(page, "Enter", walk.button("Dangos y cyfrinymadrodd unwaith"))
    walk.looks("passphrase")
    assert page.locator("#passphrase").inner_text().strip() != ""
    for place in ("/account", "/account/openings", "/account/log", "/recalls", "/accessibility", "/report"):
        page.goto(place)
        walk.looks(place.strip("/").replace("/", "-"))
    press(page, "Enter", walk.link("English"))
    assert page.evaluate("document.documentElement.lang") == "en-GB"
    assert walk.complaints == []
    walk.context.close()


def test_recipient_who_has_chosen_nothing_is_offered_both_languages_and_told_no_in_welsh(town: Town) -> None:
    story, walk = town.story, Walk(town, "welsh-offered", PHONE, scripts=True)
    page = walk.page
    walk.signed_in_as(ADVISER)
    page.goto(f"/releases/{story.told.release_id}")
    walk.looks("offered")
    press(page, "Enter", walk.link("ewch ymlaen yn Gymraeg"))
    walk.looks("chosen")
    page.goto(f"/documents/{story.told.document_id}/open")
    walk.looks("refused")
    assert page.inner_text("h1") == "Gwrthodwyd mynediad"
    assert walk.complaints == []
    walk.context.close()
