"""What is decided about a release before and at its time, in a real browser: by keyboard, wide and narrow, by axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def town(browser: Any, tmp_path: Path) -> Iterator[Town]:
    """A release that is signed off, a week before; somebody is asked to stand in for a recipient."""
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    story.ready(DUE, CHANCELLOR, ADVISER)
    asked = {
        "name": "Fern Example",
        "email": "fern.example@treasury.gov.example",
        "post_title": "Deputy Adviser",
        "organisation": ADVISER.organisation,
        "held_from_on": "2026-01-05",
        "reason": "On leave from 2 to 13 March.",
    }
    done(story.post(ADVISER, f"/releases/{story.told.release_id}/deputies", json=asked), 201)
    with served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def typed(walk: Walk, name: str, text: str) -> None:
    fill(walk.page, walk.page.locator(f"#{name}"), text)


def day(walk: Walk, name: str, *parts: str) -> None:
    for part, words in zip(("day", "month", "year"), parts, strict=True):
        typed(walk, f"{name}-{part}", words)


@pytest.mark.parametrize(("viewport", "scripts"), [(DESK, True), (PHONE, False)])
def test_head_decides_everything_about_a_release_by_keyboard(
    town: Town, viewport: dict[str, int], scripts: bool
) -> None:
    story, name = town.story, f"about-a-release-{viewport['width']}"
    head = Walk(town, name, viewport, scripts=scripts)
    head.signed_in_as(story.head)
    page, tasks = head.page, f"/producer/releases/{story.told.release_id}"
    page.goto(tasks)
    head.looks("tasks")
    press(page, "Enter", head.link("See who asks for whom"))
    head.looks("deputies")
    press(page, "Enter", head.button("Decline Fern Example for Bay Birch"))
    head.looks("deputies-faults")
    press(page, "Enter", head.button("Approve Fern Example for Bay Birch"))
    head.looks("deputies-approved")
    page.goto(tasks)
    press(page, "Enter", head.link("By itself at"))
    head.looks("freeze")
    press(page, "Enter", head.button("Freeze the list"))
    press(page, "Enter", head.button("Take the freeze back"))
    head.looks("thaw-faults")
    typed(head, "thaw_reason", "One more post is expected.")
    press(page, "Enter", head.button("Take the freeze back"))
    page.goto(tasks)
    press(page, "Enter", head.link("In force, version 2"))
    head.looks("list")
    press(page, "Enter", head.link("Pause or extend Chancellor"))
    typed(head, "pause_reason", "A statement is awaited.")
    press(page, "Enter", head.button("Pause this access"))
    head.looks("paused")
    press(page, "Enter", head.button("Resume this access"))
    head.looks("grant-faults")
    typed(head, "reasons", "A national event before the release.")
    typed(head, "asked_minutes", "48")
    day(head, "board_informed_on", "1", "3", "2026")
    typed(head, "board_informed_clock", "4:00pm")
    press(page, "Enter", head.button("Extend this access"))
    head.looks("extended")
    page.goto(tasks)
    press(page, "Enter", head.link("Tell readers that the documents are ready"))
    day(head, "send_on", "9", "3", "2026")
    typed(head, "send_clock", "9:00am")
    press(page, "Enter", head.button("Set it to go at that time"))
    head.looks("letter-faults")
    typed(head, "send_clock", "9:30am")
    press(page, "Enter", head.button("Set it to go at that time"))
    head.looks("letter-set")
    page.goto(f"/producer/confirmation-policy/{story.sat.producer_id}")
    typed(head, "confirm_days", "10")
    press(page, "Enter", head.button("Set this"))
    head.looks("policy")
    story.clock.put(DUE + timedelta(minutes=1))
    story.works()
    late = Walk(town, f"{name}-alarm", viewport, scripts=scripts)
    late.signed_in_as(story.head)
    late.page.goto(tasks)
    press(late.page, "Enter", late.link("See what was found, and say that you have it"))
    late.looks("rings")
    press(late.page, "Enter", late.button("I have it in hand"))
    late.looks("in-hand")
    assert "In hand" in late.page.inner_text("main")
    assert head.complaints == late.complaints == []
