"""9:30 is missed: the head of profession publishes here by keyboard, anybody reads it, and it is withdrawn again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.rules.contingency import CONFIRMATION
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import CHANCELLOR, FIGURES, Story, done

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("browser"), london(2026, 3, 2, 10, 0))
    story.ready(DUE, CHANCELLOR)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def test_half_past_nine_is_missed_and_the_final_document_is_public_here_until_the_site_is_back(town: Town) -> None:
    story, place = town.story, f"/producer/releases/{town.story.told.release_id}"
    story.clock.put(london(2026, 3, 10, 9, 20))
    head = Walk(town, "contingency-narrow", PHONE, scripts=True)
    page = head.page
    head.signed_in_as(story.head)
    page.goto(place)
    press(page, "Enter", head.link("With your own site down"))
    head.looks("not-yet")
    assert "has not come" in page.inner_text("main")
    assert page.get_by_role("button", name="Release to everyone").count() == 0

    story.clock.put(london(2026, 3, 10, 9, 50))
    head.signed_in_as(story.head)
    page.goto(f"{place}/contingency")
    head.looks("decision")
    press(page, "Enter", head.button("Release to everyone now"))
    head.looks("decision-wrong")
    assert page.title().startswith("Error: ")
    assert page.locator(".govuk-error-summary li").count() == 2
    fill(page, page.get_by_label("Why?"), "The site has failed since 9:30.")
    fill(page, page.get_by_label("To confirm, type"), "release everyone")
    press(page, "Enter", head.button("Release to everyone now"))
    assert "The site has failed since 9:30." in page.locator("#reason").input_value()
    assert story.phase() == "overdue"
    fill(page, page.get_by_label("To confirm, type"), CONFIRMATION)
    press(page, "Enter", head.button("Release to everyone now"))
    head.looks("public")
    assert "Public here since" in page.inner_text("main")
    assert story.phase() == "published"

    for name, viewport in (("public-narrow", PHONE), ("public-wide", DESK)):
        anybody = Walk(town, name, viewport, scripts=True)
        anybody.page.goto("/published")
        anybody.looks("list")
        press(anybody.page, "Enter", anybody.link("Claimant count"))
        anybody.looks("release")
        with anybody.page.expect_download() as fetched:
            anybody.link("claimants.csv").press("Enter")
        assert fetched.value.path().read_bytes() == FIGURES
        assert (anybody.complaints, anybody.context.cookies()) == ([], [])

    fill(page, page.get_by_label("Why now?"), "Two people have seen the site work.")
    press(page, "Enter", head.button("Take them off"))
    head.looks("withdrawn")
    for name, viewport in (("left-narrow", PHONE), ("left-wide", DESK)):
        anybody = Walk(town, name, viewport, scripts=True)
        anybody.page.goto(f"/published/{story.told.release_id}")
        anybody.looks("release")
        assert "https://stats.gov.example/claimant-count" in anybody.page.inner_text("main")
        assert anybody.link("claimants.csv").count() == 0
    wide = Walk(town, "contingency-wide", DESK, scripts=True)
    wide.signed_in_as(story.lead)
    wide.page.goto(f"{place}/contingency")
    wide.looks("withdrawn")
    assert [one.complaints for one in (head, wide)] == [[], []]
