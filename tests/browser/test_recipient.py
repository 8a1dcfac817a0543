"""A recipient's whole journey in a real browser: by keyboard alone, with and without JavaScript, narrow and wide.

Every page on the way is looked at by axe and photographed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served, tab_to
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, STRANGER, Reader, Story, unlocked

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
# Not the one who says that they should not have it: their access waits for a decision from then on.
ON_LEAVE = Reader("Dale Dogwood", "dale.dogwood@treasury.gov.example", "Deputy Director")
BEFORE, INSIDE = london(2026, 3, 6, 11, 12), london(2026, 3, 9, 14, 0)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("browser"), london(2026, 3, 2, 10, 0))
    story.release(PUBLISHES_AT)
    story.list_with(CHANCELLOR, ADVISER, SECRETARY, ON_LEAVE)
    story.sealed()
    story.signed_off()
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


@pytest.mark.parametrize(
    ("name", "viewport", "scripts", "reader"),
    [("narrow", PHONE, True, CHANCELLOR), ("wide-without-scripts", DESK, False, ADVISER)],
)
def test_recipient_by_keyboard_signs_waits_opens_and_reads(
    town: Town, name: str, viewport: dict[str, int], scripts: bool, reader: Reader
) -> None:
    story, walk = town.story, Walk(town, name, viewport, scripts=scripts)
    page = walk.page
    story.clock.put(BEFORE)
    page.goto("/")
    walk.looks("start")
    press(page, "Enter", walk.page.locator("main").get_by_role("button", name="Sign in"))
    walk.looks("sign-in")
    press(page, "Enter", walk.button("Send me a code"))
    walk.looks("sign-in-wrong")
    walk.signs_in(reader)
    walk.looks("releases")
    assert "in 2 days and 22 hours" in page.inner_text("main")
    press(page, "Enter", walk.link("Claimant count"))
    walk.looks("release-before")
    press(page, "Enter", walk.link("Read and sign the declaration"))
    press(page, "Enter", walk.button("Sign the declaration"))
    walk.looks("declaration-wrong")
    fill(page, page.locator("#typed_name"), reader.name)
    tab_to(page, page.locator("#agreed"))
    page.keyboard.press("Space")
    press(page, "Enter", walk.button("Sign the declaration"))
    walk.looks("declaration-signed")
    story.clock.put(INSIDE)
    page.goto("/releases")
    walk.signs_in(reader)
    press(page, "Enter", walk.link("Claimant count"))
    walk.looks("release-open")
    press(page, "Enter", walk.link("Open claimants.csv"))
    walk.looks("before-opening")
    tab_to(page, page.locator("#acknowledged"))
    page.keyboard.press("Space")
    press(page, "Enter", walk.button("Open the document"))
    walk.looks("opening")
    tab_to(page, walk.button("Fetch the copy"))
    with page.expect_download() as fetched:
        page.keyboard.press("Enter")
    copy = Path(fetched.value.path()).read_bytes()
    press(page, "Enter", walk.button("Show the passphrase once"))
    walk.looks("passphrase")
    assert unlocked(copy, page.locator("#passphrase").inner_text().strip()) == FIGURES
    press(page, "Enter", walk.link("Back to your copy"))
    walk.looks("opening-after")
    press(page, "Enter", walk.button("I am done"))
    for place in ("Your account", "What you have opened"):
        press(page, "Enter", walk.link(place))
        walk.looks(place.lower().replace(" ", "-"))
    for place in ("/account/declarations", "/account/log", "/account/sessions", "/cookies", "/accessibility"):
        page.goto(place)
        walk.looks(place.strip("/").replace("/", "-"))
    press(page, "Enter", walk.button("Sign out"))
    page.goto("/report")
    walk.looks("report-without-sign-in")
    assert walk.complaints == []
    walk.context.close()


def test_recipient_who_should_not_have_it_says_so_and_loses_access(town: Town) -> None:
    story, walk = town.story, Walk(town, "not-mine", DESK, scripts=True)
    page = walk.page
    story.clock.put(INSIDE)
    walk.signed_in_as(SECRETARY)
    page.goto(f"/releases/{story.told.release_id}")
    press(page, "Enter", page.locator("main").get_by_role("link", name="I should not have this"))
    walk.looks("report")
    press(page, "Enter", walk.button("Send the report"))
    walk.looks("report-wrong")
    fill(page, page.locator("#statement"), "I moved to another post last month.")
    press(page, "Enter", walk.button("Send the report"))
    walk.looks("reported")
    assert "Your access to this release has stopped" in page.inner_text("main")
    page.goto(f"/releases/{story.told.release_id}")
    walk.looks("release-paused")
    assert "What stands against it now" in page.inner_text("main")
    page.goto(f"/documents/{story.told.document_id}/open")
    walk.looks("refused")
    assert page.inner_text("h1") == "Access refused"
    assert walk.complaints == []
    walk.context.close()


def test_recipient_on_leave_names_a_colleague(town: Town) -> None:
    story, walk = town.story, Walk(town, "deputy", PHONE, scripts=True)
    page = walk.page
    story.clock.put(BEFORE)
    walk.signed_in_as(ON_LEAVE)
    page.goto(f"/releases/{story.told.release_id}/deputy")
    press(page, "Enter", walk.button("Ask for this colleague"))
    walk.looks("wrong")
    told = ("Bay Example", "bay.example@treasury.gov.example", "Deputy Adviser", ON_LEAVE.organisation)
    for field, text in zip(("name", "email", "post_title", "organisation"), told, strict=True):
        fill(page, page.locator(f"#{field}"), text)
    for part, text in (("day", "5"), ("month", "1"), ("year", "2026")):
        fill(page, page.locator(f"#held_from_on-{part}"), text)
    fill(page, page.locator("#reason"), "On leave from 2 to 13 March.")
    press(page, "Enter", walk.button("Ask for this colleague"))
    walk.looks("asked")
    assert "Bay Example, Deputy Adviser" in page.inner_text("main")
    press(page, "Enter", walk.button("Take the request back"))
    assert "Withdrawn" in page.inner_text("main")
    walk.context.close()


def test_stranger_sees_what_stands_nowhere(town: Town) -> None:
    story, walk = town.story, Walk(town, "stranger", PHONE, scripts=True)
    story.clock.put(INSIDE)
    walk.signed_in_as(STRANGER)
    shown = []
    for release_id in (story.told.release_id, f"rel_{'0' * 24}"):
        walk.page.goto(f"/releases/{release_id}")
        shown.append(re.sub(r"ent_\w+", "ent", walk.page.inner_text("body")))
    assert shown[0] == shown[1]
    walk.looks("nothing")
    walk.page.goto("/releases")
    walk.looks("no-releases")
    walk.context.close()
