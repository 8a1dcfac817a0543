"""What a team keeps beside its lists, in a real browser: by keyboard, wide and narrow, looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.scenarios.test_special_classes import SCOTTISH, WELSH, grant, ready
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Reader, Story

DUE = london(2026, 3, 10, 9, 30)
CHECKER = Reader("Cleo Cherry", "cleo.cherry@statistics.gov.example", "Statistician")
BOTH = pytest.mark.parametrize(("viewport", "scripts"), [(DESK, True), (PHONE, False)])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def town(browser: Any, tmp_path: Path) -> Iterator[Town]:
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    story.ready(DUE, CHANCELLOR, ADVISER)
    with served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def begun(town: Town, who: Reader | str, name: str, viewport: dict[str, int], scripts: bool) -> Walk:
    walk = Walk(town, f"{name}-{viewport['width']}", viewport, scripts=scripts)
    walk.signed_in_as(who)
    return walk


def types(walk: Walk, **fields: str) -> None:
    for name, text in fields.items():
        fill(walk.page, walk.page.locator(f"#{name}"), text)


def days(walk: Walk, name: str, *typed: str) -> None:
    for part, text in zip(("day", "month", "year"), typed, strict=True):
        fill(walk.page, walk.page.locator(f"#{name}-{part}"), text)


@BOTH
def test_somebody_is_proposed_accepts_the_restriction_and_is_permitted(
    town: Town, viewport: dict[str, int], scripts: bool
) -> None:
    team = begun(town, town.story.statistician, "production-team", viewport, scripts)
    page = team.page
    page.goto(f"/producer/releases/{town.story.told.release_id}")
    press(page, "Enter", team.link("Who works on the figures"))
    team.looks("empty")
    press(page, "Enter", team.button("Propose this person"))
    team.looks("faults")
    types(team, email=CHECKER.email, name=CHECKER.name, why="Checks the seasonal adjustment.")
    page.locator("#purpose").check()
    days(team, "from_on", "2", "3", "2026")
    press(page, "Enter", team.button("Propose this person"))
    team.looks("proposed")
    person = begun(town, CHECKER, "production-person", viewport, scripts)
    person.page.goto("/account")
    person.looks("account")
    press(person.page, "Enter", person.link("Read and accept the restriction"))
    person.looks("own")
    press(person.page, "Enter", person.link("Claimant count"))
    person.looks("restriction")
    press(person.page, "Enter", person.button("Accept the restriction"))
    person.looks("faults")
    types(person, typed_name=CHECKER.name)
    person.page.locator("#agreed").check()
    press(person.page, "Enter", person.button("Accept the restriction"))
    person.looks("accepted")
    head = begun(town, town.story.head, "production-head", viewport, scripts)
    head.page.goto(page.url)
    head.looks("to-permit")
    press(head.page, "Enter", head.button("Permit this access"))
    head.looks("permitted")
    press(head.page, "Enter", head.link("Who works on the figures"))
    head.looks("register")
    assert "2 March 2026" in head.page.inner_text("table")
    assert team.complaints == person.complaints == head.complaints == []


@BOTH
def test_training_is_asked_for_put_on_record_and_withdrawn(town: Town, viewport: dict[str, int], scripts: bool) -> None:
    head = begun(town, town.story.head, "training", viewport, scripts)
    page = head.page
    page.goto("/producer/training")
    head.looks("none")
    types(head, training_days="365")
    press(page, "Enter", head.button("Change the policy"))
    types(head, email=CHANCELLOR.email)
    press(page, "Enter", head.button("See their training"))
    head.looks("missing")
    press(page, "Enter", head.button("Put it on record"))
    head.looks("faults")
    types(head, course="What access before publication forbids")
    days(head, "done_on", "2", "3", "2026")
    press(page, "Enter", head.button("Put it on record"))
    head.looks("recorded")
    press(page, "Enter", head.link("Training with"))
    head.looks("producer")
    press(page, "Enter", head.link(CHANCELLOR.name))
    page.locator("#training_id").check()
    types(head, reason="It was somebody else.")
    press(page, "Enter", head.button("Withdraw it"))
    head.looks("withdrawn")
    assert "Withdrawn" in page.inner_text("table")
    assert head.complaints == []


@BOTH
def test_what_is_owed_because_of_a_grant_is_read_and_said_to_be_done(
    town: Town, viewport: dict[str, int], scripts: bool
) -> None:
    story = town.story
    ready(story, DUE + timedelta(days=14), grant(SECRETARY, ground_letter="h", asked_minutes=60), **SCOTTISH)
    story.clock.forward(hours=6)
    head = begun(town, story.head, "duties", viewport, scripts)
    page = head.page
    page.goto(f"/producer/publications/{story.sat.producer_id}")
    press(page, "Enter", head.link("What is owed to the Statistics Board"))
    head.looks("owed")
    press(page, "Enter", head.link("Inform the Statistics Board"))
    head.looks("duty")
    press(page, "Enter", head.button("Put on record"))
    head.looks("faults")
    days(head, "done_on", "2", "3", "2026")
    types(head, done_clock="3:00pm", how="By letter to the Board, reference 2026/14.")
    press(page, "Enter", head.button("Put on record"))
    head.looks("done")
    assert "3:00pm on Monday 2 March 2026" in page.inner_text("main")
    assert head.complaints == []


@BOTH
def test_day_is_rehearsed_and_its_report_read(town: Town, viewport: dict[str, int], scripts: bool) -> None:
    head = begun(town, town.story.head, "rehearsal", viewport, scripts)
    page = head.page
    page.goto(f"/producer/releases/{town.story.told.release_id}")
    press(page, "Enter", head.link("Rehearse the day"))
    head.looks("none")
    types(head, minutes="1")
    press(page, "Enter", head.button("Begin the rehearsal"))
    head.looks("faults")
    types(head, minutes="20")
    press(page, "Enter", head.button("Begin the rehearsal"))
    head.looks("report")
    press(page, "Enter", head.link("Rehearse the day"))
    head.looks("begun")
    assert "2 March 2026" in page.inner_text("table")
    assert head.complaints == []


@BOTH
def test_request_for_a_record_is_taken_and_answered(town: Town, viewport: dict[str, int], scripts: bool) -> None:
    story = town.story
    ready(story, DUE, grant(SECRETARY, ground_letter="a"), **WELSH)
    story.clock.put(DUE)
    head = begun(town, story.head, "record", viewport, scripts)
    page = head.page
    page.goto(f"/producer/releases/{story.told.release_id}")
    press(page, "Enter", head.link("The record of access"))
    head.looks("empty")
    press(page, "Enter", head.button("Put it on record"))
    head.looks("faults")
    types(head, by="Private Secretary", words="Asked whether it could come out a day later.")
    page.locator("#about").check()
    days(head, "made_on", "9", "3", "2026")
    types(head, made_clock="4:00pm")
    press(page, "Enter", head.button("Put it on record"))
    types(head, requester="Sam Asker", address="1 High Street", asked_for="Who had access?")
    days(head, "asked_on", "9", "3", "2026")
    press(page, "Enter", head.button("Take the request"))
    head.looks("taken")
    press(page, "Enter", head.button("Put the answer together"))
    head.looks("answered")
    press(page, "Enter", head.link("Read it"))
    head.looks("answer")
    page.goto(f"/producer/record-requests/{story.sat.producer_id}")
    head.looks("requests")
    page.goto(f"/producer/releases/{story.told.release_id}/record/whole")
    head.looks("whole")
    assert SECRETARY.name in page.inner_text("main")
    assert head.complaints == []
