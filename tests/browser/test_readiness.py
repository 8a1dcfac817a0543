"""Readiness in a real browser: who is behind, the checklist, and the publishing team by keyboard; looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.rules.facts import Role
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, Story


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("readiness"), london(2026, 3, 10, 10, 0))
    story.release(london(2026, 3, 27, 9, 30), title="Earnings and hours worked")
    story.ready(london(2026, 3, 24, 9, 30), ADVISER)
    story.clock.put(london(2026, 3, 20, 13, 0))
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def test_publishing_team_by_keyboard_confirms_a_page_and_the_producer_sees_who_is_behind(town: Town) -> None:
    story = town.story
    team = story.service.person("Pat Publisher", "pat.publisher@ons.gov.example")
    story.service.role(team, Role.PUBLISHER, story.sat.organisation_id)
    walks = [Walk(town, "readiness", DESK, scripts=True), Walk(town, "readiness-narrow", PHONE, scripts=True)]
    for walk in walks:
        walk.signed_in_as(story.lead)
        walk.page.goto("/producer/readiness")
        walk.looks("behind")
        press(walk.page, "Enter", walk.page.get_by_role("link", name="Claimant count").first)
        walk.looks("checklist")
        walk.signed_in_as(team)
        walk.page.goto("/producer/pages")
        walk.looks("pages")
        walk.page.goto(f"/producer/releases/{story.told.release_id}/page")
        press(walk.page, "Enter", walk.button("Confirm that it is scheduled"))
        walk.looks("page-wrong")
    page = walks[0].page
    for label, text in (
        ("Day", "24"),
        ("Month", "3"),
        ("Year", "2026"),
        ("For which time?", "10:30am"),
        ("Who scheduled it?", "Duty web editor"),
        ("How did you see that it is scheduled?", "Looked at its entry."),
    ):
        fill(page, page.get_by_label(label, exact=True), text)
    press(page, "Enter", walks[0].button("Confirm that it is scheduled"))
    walks[0].looks("page-another-time")
    assert "10:30am (UK time), and the release is set for" in page.inner_text("main")
    fill(page, page.get_by_label("For which time?"), "9:30am")
    press(page, "Enter", walks[0].button("Confirm that it is scheduled"))
    for walk in walks:
        walk.page.goto(f"/producer/releases/{story.told.release_id}/page")
        walk.looks("page-confirmed")
        assert "The page is confirmed as scheduled for that time." in walk.page.inner_text("main")
        assert walk.complaints == []
        walk.context.close()
