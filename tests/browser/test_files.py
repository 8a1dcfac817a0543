"""Files in a real browser: a document uploaded, a copy traced, a recall begun, a copy that does not open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("browser"), london(2026, 3, 2, 10, 0))
    story.ready(london(2026, 3, 10, 9, 30), CHANCELLOR, ADVISER)
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


@pytest.mark.parametrize(("name", "viewport", "scripts"), [("files-narrow", PHONE, False), ("files-wide", DESK, True)])
def test_recipient_finds_out_why_a_copy_does_not_open_and_registers_a_key(
    town: Town, name: str, viewport: dict[str, int], scripts: bool
) -> None:
    walk = Walk(town, name, viewport, scripts=scripts)
    page = walk.page
    walk.signed_in_as(CHANCELLOR)
    page.goto("/account/openings")
    page.locator("main table").get_by_role("link").first.click()
    press(page, "Enter", walk.link("It does not open"))
    walk.looks("diagnosis")
    fill(page, page.get_by_label("How long is your file"), "many")
    press(page, "Enter", walk.button("Find out what is wrong"))
    walk.looks("diagnosis-wrong")
    assert page.title().startswith("Error: ")
    fill(page, page.get_by_label("The passphrase, as you typed it"), "tabon merik")
    fill(page, page.get_by_label("How long is your file"), "1024")
    press(page, "Enter", walk.button("Find out what is wrong"))
    walk.looks("diagnosed")
    page.goto("/account/age-keys")
    fill(page, page.get_by_label("Public half of your key"), "age1nonsense")
    press(page, "Enter", walk.button("Register the key"))
    walk.looks("age-key-wrong")
    assert walk.complaints == []


@pytest.mark.parametrize(("name", "viewport"), [("preparing-narrow", PHONE), ("preparing-wide", DESK)])
def test_head_uploads_a_document_traces_a_copy_and_looks_at_a_recall(
    town: Town, name: str, viewport: dict[str, int], tmp_path: Path
) -> None:
    release_id = town.story.told.release_id
    walk = Walk(town, name, viewport, scripts=True)
    page = walk.page
    walk.signed_in_as(town.story.head)
    page.goto(f"/producer/releases/{release_id}/documents")
    press(page, "Enter", walk.button("Upload"))
    walk.looks("upload-wrong")
    assert page.title().startswith("Error: ")
    figures = tmp_path / f"{name}.csv"
    figures.write_text("region,claimants\nNorth,1204\n")
    page.get_by_label("The file").set_input_files(figures)
    press(page, "Enter", walk.button("Upload"))
    walk.looks("uploaded")
    assert f"{name}.csv" in page.inner_text("main")
    page.goto("/trace")
    walk.looks("trace")
    found = town.story.get(town.story.head, f"/releases/{release_id}/openings")["results"][0]["number"]
    fill(page, page.get_by_label("Number read off a page"), found.lower())
    press(page, "Enter", walk.button("Trace the number"))
    walk.looks("traced")
    assert CHANCELLOR.name in page.inner_text("main")
    page.goto(f"/producer/releases/{release_id}/recall")
    press(page, "Enter", walk.button("Recall it now"))
    walk.looks("recall-wrong")
    assert walk.complaints == []
