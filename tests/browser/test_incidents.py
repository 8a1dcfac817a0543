"""Incidents in a real browser: a breach report is drafted, written, signed off and put on record as sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.story import CHANCELLOR
from tests.unit.breaches.test_report_versions import moved

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = moved(tmp_path_factory.mktemp("incidents"))
    story.clock.forward(minutes=1)
    story.reports(story.lead, "other", "The page was there too soon.")
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def tick(page: Any, target: Any) -> None:
    tab_to(page, target)
    page.keyboard.press("Space")


def writes(walk: Walk, section: str, text: str) -> None:
    """Write a section of the free form anew: one question and its answer."""
    page = walk.page
    press(page, "Enter", walk.link(f"Write this section {section}"))
    walk.looks("section")
    fill(page, page.locator("#question-0"), "What there is to say")
    fill(page, page.locator("#answer-0"), text)
    place = 1
    while page.locator(f"#question-{place}").count():
        for field in (f"#question-{place}", f"#answer-{place}"):
            tab_to(page, page.locator(field))
            page.keyboard.press("Control+A")
            page.keyboard.press("Delete")
        place += 1
    press(page, "Enter", walk.button("Save as the next version"))


@pytest.mark.parametrize(("name", "viewport"), [("incident-wide", DESK), ("incident-narrow", PHONE)])
def test_breach_report_by_keyboard_is_drafted_written_signed_and_put_on_record(
    town: Town, name: str, viewport: dict[str, int]
) -> None:
    walk = Walk(town, name, viewport, scripts=True)
    page, first = walk.page, viewport is DESK
    walk.signed_in_as(town.story.lead)
    page.goto("/producer")
    walk.looks("dashboard")
    press(page, "Enter", walk.link("Incidents"))
    walk.looks("incidents")
    press(page, "Enter", walk.link("Incident 1" if first else "Incident 2"))
    walk.looks("incident")
    if first:
        press(page, "Enter", walk.button("Record when they were told"))
        walk.looks("incident-wrong")
        assert page.title().startswith("Error: ")
        fill(page, page.get_by_label("How?"), "By telephone.")
        press(page, "Enter", walk.button("Record when they were told"))
    tick(page, page.get_by_label("Under review"))
    press(page, "Enter", walk.button("Record what becomes of it"))
    walk.looks("under-review")
    press(page, "Enter", walk.link("Minute by minute"))
    walk.looks("account")
    page.go_back()
    press(page, "Enter", walk.link("Put kind, causes or practices right"))
    walk.looks("correction")
    tick(page, page.get_by_label("A step of publication was missed"))
    press(page, "Enter", walk.button("Put it on record"))
    walk.looks("correction-wrong")
    fill(page, page.get_by_label("Why?"), "The plan of the day shows it.")
    press(page, "Enter", walk.button("Put it on record"))
    press(page, "Enter", walk.link("Corrective actions"))
    fill(page, page.get_by_label("What is to be done?"), "Two people check the schedule")
    fill(page, page.get_by_label("Which post does it?"), "Head of publishing")
    for name, text in (("Day", "20"), ("Month", "3"), ("Year", "2026")):
        fill(page, page.get_by_label(name, exact=True), text)
    tick(page, page.get_by_label("It puts this right"))
    press(page, "Enter", walk.button("Put it on record"))
    walk.looks("actions")
    press(page, "Enter", page.locator(".govuk-back-link"))
    press(page, "Enter", walk.link("Report: none kept yet"))
    walk.looks("versions")
    tab_to(page, page.get_by_label("The form of 2018"))  # of the radios the chosen one alone is come to
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Free: your own questions").is_checked()
    press(page, "Enter", walk.button("Draft it from the log"))
    walk.looks("version")
    writes(walk, "1. What happened", "The release was moved after it was read.")
    writes(walk, "2. What follows from it", "Two people check the schedule from now on.")
    walk.looks("written")
    press(page, "Enter", walk.link("How it differs"))
    walk.looks("differences")
    page.go_back()
    press(page, "Enter", walk.button("Sign this version off"))
    walk.looks("signed")
    at = town.story.clock.now()
    for part, text in (("day", f"{at.day}"), ("month", f"{at.month}"), ("year", f"{at.year}")):
        fill(page, page.locator(f"#sent_on-{part}"), text)
    fill(page, page.get_by_label("At which time?"), at.strftime("%-I:%M%p"))
    fill(page, page.get_by_label("By which post?"), "Lead official")
    press(page, "Enter", walk.button("Put it on record as sent"))
    walk.looks("sent-wrong")
    fill(page, page.get_by_label("To whom?"), "National Statistician")
    fill(page, page.get_by_label("By which way?"), "by e-mail")
    press(page, "Enter", walk.button("Put it on record as sent"))
    walk.looks("sent")
    assert "to National Statistician, by e-mail." in page.inner_text("main")
    with page.expect_download() as loaded:
        tab_to(page, walk.link("PDF"))
        page.keyboard.press("Enter")
    assert loaded.value.suggested_filename.endswith(".pdf")
    page.goto(f"/producer/breaches/{town.story.sat.producer_id}")
    walk.looks("register")
    assert walk.complaints == []


def test_incident_that_is_about_oneself_offers_nothing_to_decide(town: Town) -> None:
    walk = Walk(town, "incident-own", PHONE, scripts=True)
    walk.signed_in_as(town.story.head)
    found = [one for one in town.story.get(town.story.auditor, "/incidents")["results"] if one["number"] == 1]
    walk.page.goto(f"/producer/incidents/{found[0]['incident_id']}")
    walk.looks("incident")
    assert "This is about what you did yourself" in walk.page.inner_text("main")


@pytest.mark.parametrize(("name", "viewport"), [("aftermath-wide", DESK), ("aftermath-narrow", PHONE)])
def test_whoever_caused_an_incident_is_named_kept_away_and_let_back(
    town: Town, name: str, viewport: dict[str, int]
) -> None:
    story = town.story
    walk = Walk(town, name, viewport, scripts=viewport is DESK)
    page = walk.page
    walk.signed_in_as(story.lead)
    incident = next(one for one in story.get(story.lead, "/incidents")["results"] if one["number"] == 1)
    page.goto(f"/producer/incidents/{incident['incident_id']}")
    press(page, "Enter", walk.link("Who caused it, and what follows for them"))
    walk.looks("nobody-named")
    press(page, "Enter", walk.button("Name them"))
    walk.looks("named-wrong")
    assert page.title().startswith("Error: ")
    if viewport is DESK:
        page.locator("#person_id").select_option(label=f"{CHANCELLOR.name}, {CHANCELLOR.email}")
        fill(page, page.locator("#reason"), "The log shows it.")
        press(page, "Enter", walk.button("Name them"))
        walk.looks("named")
        page.locator("#failed_id").select_option(label=f"{CHANCELLOR.name}, {CHANCELLOR.email}")
        fill(page, page.locator("#what"), "The bulletin was passed on.")
        press(page, "Enter", walk.button("Put the failure on record"))
        walk.looks("failure-wrong")
        tab_to(page, walk.link("Enter the day on which it happened"))
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "occurred_on-day"
        for part, text in (("day", "9"), ("month", "3"), ("year", "2026")):
            fill(page, page.locator(f"#occurred_on-{part}"), text)
        press(page, "Enter", walk.button("Put the failure on record"))
        walk.looks("failure")
    page.locator("#subject").select_option(label=f"{CHANCELLOR.name}, in whatever post")
    fill(page, page.locator("#suspend_reason"), "The bulletin was passed on.")
    tick(page, page.get_by_label("An application to be let back is approved"))
    press(page, "Enter", walk.button("Suspend"))
    walk.looks("suspended")
    fill(page, page.locator("#end_reason"), "They said sorry.")
    press(page, "Enter", walk.button("End the suspension"))
    walk.looks("not-yet")
    suspension = page.url
    theirs = Walk(town, f"{name}-theirs", viewport, scripts=viewport is DESK)
    theirs.signed_in_as(CHANCELLOR)
    theirs.page.goto("/account")
    press(theirs.page, "Enter", theirs.link("Why, and how to apply to be let back"))
    theirs.looks("kept-away")
    fill(theirs.page, theirs.page.get_by_label("Apply to be let back"), "It will not happen again.")
    press(theirs.page, "Enter", theirs.button("Send the application"))
    theirs.looks("applied")
    page.goto(suspension.removesuffix("/end"))
    fill(page, page.get_by_label("Why?").first, "They mean it.")
    press(page, "Enter", page.get_by_role("button", name="Approve"))
    walk.looks("approved")
    fill(page, page.locator("#end_reason"), "Application approved.")
    press(page, "Enter", walk.button("End the suspension"))
    walk.looks("let-back")
    assert "Let back" in page.inner_text("h1")
    assert walk.complaints == theirs.complaints == []
    walk.context.close()
    theirs.context.close()
