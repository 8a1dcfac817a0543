"""A release prepared from nothing in a real browser: registered, its list imported, confirmed and approved, and moved.

Once by keyboard at a desk, looked at by axe; once on a narrow screen without a script.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.rules.facts import Role
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, HEADINGS, SECRETARY, Story
from tests.unit.lists.real import as_csv

SHEET = as_csv([HEADINGS, CHANCELLOR.row(), ADVISER.row()])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("registering"), london(2026, 2, 2, 10, 0))
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def ticks(page: Any, name: str) -> None:
    """Choose a radio of a group, or tick a box, by keyboard alone: within a group one moves by the arrow keys."""
    target = page.get_by_label(name, exact=True)
    first = page.locator(f'input[name="{target.get_attribute("name")}"]').first
    tab_to(page, first)
    page.keyboard.press("Space")
    for _ in range(10):
        if target.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} could not be chosen by keyboard")


def registers(walk: Walk, title: str, day: str) -> None:
    """Register a release from the dashboard, first with a fault."""
    page = walk.page
    page.goto("/producer")
    walk.looks("dashboard")
    press(page, "Enter", walk.button("Register a release"))
    walk.looks("register")
    press(page, "Enter", walk.button("Register it"))
    walk.looks("register-faults")
    press_in_page(page, walk.link("Enter a title"))
    assert page.evaluate("document.activeElement.id") == "title"
    page.keyboard.type(title)
    if not page.locator("#series").count():
        fill(page, page.locator("#new_series"), "Claimant count, monthly")
    ticks(page, "United Kingdom (SI 2008/2998)")
    ticks(page, "Market sensitive")
    for name, text in (("Day", day), ("Month", "3"), ("Year", "2026")):
        fill(page, page.get_by_label(name, exact=True), text)
    press(page, "Enter", walk.button("Register it"))
    walk.looks("tasks")
    assert title in page.inner_text("h1")


def press_in_page(page: Any, link: Any) -> None:
    """Follow a link within the page with the keyboard."""
    tab_to(page, link)
    page.keyboard.press("Enter")


def test_release_is_registered_and_its_list_imported_confirmed_and_approved_by_keyboard(town: Town) -> None:
    story, walk = town.story, Walk(town, "registering", DESK, scripts=True)
    page = walk.page
    walk.signed_in_as(story.statistician)
    registers(walk, "Claimant count: March 2026", "10")
    story.told.release_id = page.url.rpartition("/")[2]
    press(page, "Enter", walk.link("import a sheet"))
    walk.looks("import")
    page.locator("#file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": SHEET})
    press(page, "Enter", walk.button("Look at what it would do"))
    walk.looks("planned")
    assert "2 new, 0 on the list already" in page.inner_text("main")
    press(page, "Enter", walk.button("Import it as it is"))
    walk.looks("draft")
    list_place = page.url.removeprefix(town.address)
    press(page, "Enter", walk.link("Change Chancellor, Example Treasury"))
    walk.looks("row")
    fill(page, page.get_by_label("How long before publication, in hours? (optional)"), "21:30")
    press(page, "Enter", walk.button("Keep the terms"))
    press(page, "Enter", walk.link("Add a row"))
    press(page, "Enter", walk.button("Add the row"))
    walk.looks("row-faults")
    fill(page, page.get_by_label("Post", exact=True), SECRETARY.post)
    fill(page, page.get_by_label("Organisation", exact=True), SECRETARY.organisation)
    fill(page, page.get_by_label("Their own work e-mail address"), SECRETARY.email)
    fill(page, page.get_by_label("Their name (only if they are not known here yet)"), SECRETARY.name)
    for name, text in (("Day", "4"), ("Month", "1"), ("Year", "2010")):
        fill(page, page.get_by_label(name, exact=True).first, text)
    fill(page, page.get_by_label("Why does this post need it?"), SECRETARY.ground)
    press(page, "Enter", walk.button("Add the row"))
    walk.looks("draft-longer")
    organisation_id = story.get(story.head, f"{list_place}/confirmations")["results"][0]["organisation_id"]
    coordinator = story.service.person("Co Example", "co.example@treasury.gov.example")
    story.service.role(coordinator, Role.COORDINATOR, organisation_id)
    press(page, "Enter", walk.link("What the receiving organisations say"))
    walk.looks("confirmations")
    press(page, "Enter", walk.button("Ask everybody who was not asked"))
    walk.looks("confirmations-asked")
    (asked,) = story.get(coordinator, "/confirmations")["results"]
    theirs = Walk(town, "registering-coordinator", DESK, scripts=True)
    theirs.signed_in_as(coordinator)
    theirs.page.goto(f"/coordinator/{asked['confirmation_id']}")
    for number in range(1, 4):
        tab_to(theirs.page, theirs.page.locator(f"#what-{number}"))
        theirs.page.keyboard.press("Space")
    press(theirs.page, "Enter", theirs.button("Look at my answer"))
    press(theirs.page, "Enter", theirs.page.locator("main button").last)
    head = Walk(town, "registering-head", DESK, scripts=True)
    head.signed_in_as(story.head)
    head.page.goto(list_place)
    head.looks("to-approve")
    shown = head.page.inner_text("main")
    assert "Their organisation: confirmed" in shown
    press(head.page, "Enter", head.button("Approve this version"))
    head.looks("approved")
    assert "APPROVED" in head.page.inner_text("h1").upper()
    head.page.goto(f"/producer/releases/{story.told.release_id}/move")
    head.looks("move")
    ticks(head.page, "Set another time")
    for name, text in (("Day", "17"), ("Month", "3"), ("Year", "2026")):
        fill(head.page, head.page.get_by_label(name, exact=True), text)
    fill(head.page, head.page.get_by_label("Why?"), "Table 2 is being put right.")
    press(head.page, "Enter", head.button("Look at what follows"))
    head.looks("move-check")
    press(head.page, "Enter", head.button("Set the new time"))
    head.looks("moved")
    assert "17 March 2026" in head.page.inner_text("main")
    assert walk.complaints + theirs.complaints + head.complaints == []
    for one in (walk, theirs, head):
        one.context.close()


def test_release_is_registered_and_its_list_begun_on_a_narrow_screen_without_a_script(town: Town) -> None:
    story, walk = town.story, Walk(town, "registering-narrow", PHONE, scripts=False)
    page = walk.page
    walk.signed_in_as(story.statistician)
    registers(walk, "Claimant count: another", "24")
    release_id = page.url.rpartition("/")[2]
    press(page, "Enter", walk.link("import a sheet"))
    walk.looks("import")
    press(page, "Enter", walk.button("Look at what it would do"))
    walk.looks("import-fault")
    wrong = SHEET.replace(CHANCELLOR.email.encode(), b"press.office@treasury.gov.example")
    page.locator("#file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": wrong})
    press(page, "Enter", walk.button("Look at what it would do"))
    walk.looks("planned-errors")
    assert "nothing can be imported until these are right" in page.inner_text("main")
    press(page, "Enter", walk.link("choose it again"))
    page.locator("#file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": SHEET})
    press(page, "Enter", walk.button("Look at what it would do"))
    walk.looks("planned")
    press(page, "Enter", walk.button("Import it as it is"))
    walk.looks("draft")
    press(page, "Enter", walk.link("Change Chancellor, Example Treasury"))
    walk.looks("row")
    press(page, "Enter", walk.button("Take this row off"))
    walk.looks("draft-shorter")
    press(page, "Enter", walk.link("What the receiving organisations say"))
    walk.looks("confirmations")
    walk.signed_in_as(story.head)
    page.goto(f"/producer/releases/{release_id}/list")
    walk.looks("draft-of-the-release")
    page.goto(f"/producer/releases/{release_id}/move")
    walk.looks("move")
    ticks(page, "Postpone it")
    fill(page, page.get_by_label("Why?"), "A strike.")
    press(page, "Enter", walk.button("Look at what follows"))
    walk.looks("move-check")
    press(page, "Enter", walk.button("Postpone it"))
    walk.looks("moved")
    assert "Postponed" in page.inner_text("main")
    walk.context.close()
