"""What a producer sets for all its releases, in a real browser: by keyboard, wide and narrow, looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.actions import closed_days
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
    closed_days.load_bank_holidays(story.tools)
    story.ready(DUE, CHANCELLOR, ADVISER)
    with served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def typed(walk: Walk, **fields: str) -> None:
    for name, words in fields.items():
        fill(walk.page, walk.page.locator(f"#{name}"), words)


def leads(walk: Walk, name: str) -> None:
    """Go from the page of settings to one of those it leads to."""
    walk.page.goto("/producer/settings")
    press(walk.page, "Enter", walk.link(name))


def two_persons(lead: Walk, head: Walk) -> None:
    """What one person proposes and another approves: a closed day, a warning, the end of a legal hold."""
    leads(lead, "Closed days")
    press(lead.page, "Enter", lead.button("Propose the day"))
    lead.looks("closed-day-faults")
    for part, words in (("day", "15"), ("month", "6"), ("year", "2026")):
        fill(lead.page, lead.page.locator(f"#day-{part}"), words)
    typed(lead, name="Local holiday", reason="The offices are closed.")
    press(lead.page, "Enter", lead.button("Propose the day"))
    lead.looks("closed-day-proposed")
    leads(lead, "The warning on copies")
    press(lead.page, "Enter", lead.link("Propose another"))
    typed(lead, text="Official Sensitive. Do not hint at it.")
    press(lead.page, "Enter", lead.button("Propose the warning"))
    leads(lead, "Legal holds")
    typed(lead, reason="An inquiry has asked for everything.")
    press(lead.page, "Enter", lead.button("Begin the hold"))
    fill(lead.page, lead.page.get_by_label("Is its cause gone?"), "It has reported.")
    press(lead.page, "Enter", lead.button("Propose to end it"))
    lead.looks("hold-end-proposed")
    head.page.goto("/producer/settings")
    head.looks("settings-that-wait")
    for name, button in (("Closed days", "Approve"), ("The warning on copies", "Approve"), ("Legal holds", "Confirm")):
        leads(head, name)
        head.looks(f"{name.split()[-1]}-waits")
        press(head.page, "Enter", head.button(button))
    head.looks("hold-ended")


@pytest.mark.parametrize(("viewport", "scripts"), [(DESK, True), (PHONE, False)])
def test_what_holds_for_all_releases_is_set_by_keyboard(town: Town, viewport: dict[str, int], scripts: bool) -> None:
    story = town.story
    lead, head = (
        Walk(town, f"{who}-settings-{viewport['width']}", viewport, scripts=scripts) for who in ("lead", "head")
    )
    lead.signed_in_as(story.lead)
    head.signed_in_as(story.head)
    two_persons(lead, head)
    leads(head, "Where the watch may look")
    typed(head, host="stats.gov.example", reason="Our own site.")
    press(head.page, "Enter", head.button("Allow the host"))
    head.looks("hosts")
    head.page.goto(f"/producer/releases/{story.told.release_id}")
    press(head.page, "Enter", head.link("The watch: is it public yet?"))
    typed(head, marker="Claimant count, March 2026, published")
    press(head.page, "Enter", head.button("Set the plan"))
    head.looks("watch")
    leads(head, "Your own words in the declaration")
    press(head.page, "Enter", head.link("Change"))
    typed(head, words="Keep your copy on your own machine.")
    head.looks("own-words")
    press(head.page, "Enter", head.button("Look at what that does"))
    head.looks("own-words-check")
    press(head.page, "Enter", head.button("Give these words"))
    leads(head, "How long records are kept")
    typed(head, years="10")
    press(head.page, "Enter", head.button("Set the period"))
    head.looks("retention")
    leads(head, "Private addresses of the calendar")
    typed(head, name="Web desk")
    press(head.page, "Enter", head.button("Make an address"))
    head.looks("private-address")
    press(head.page, "Enter", head.link("Go on to the private addresses"))
    head.looks("private-addresses")
    leads(head, "Past failures on record")
    typed(head, email=CHANCELLOR.email)
    press(head.page, "Enter", head.button("Look"))
    head.looks("failures")
    leads(head, "Suspensions")
    typed(head, email=CHANCELLOR.email)
    press(head.page, "Enter", head.button("Look"))
    head.looks("suspensions")
    assert head.complaints == lead.complaints == []
