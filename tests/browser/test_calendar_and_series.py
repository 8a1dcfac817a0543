"""A year's calendar imported, and a standing list kept, in a real browser: by keyboard, wide and narrow, by axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.test_preparing import press_in_page, ticks
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done
from tests.unit.lists.real import as_csv

HEAD = ["Release title", "Series", "Market sensitive", "Publication date", "Time", "UID"]
MAY = ["Prices, May 2026", "Prices", "yes", "14/05/2026", "9:30am", "prices-05"]
JUNE = ["Prices, June 2026", "Prices", "yes", "11 June 2026", "", "prices-06"]
WRONG = as_csv([HEAD, MAY, ["", "Prices", "yes", "soon", "", "prices-06"]])
YEAR = as_csv([HEAD, MAY, JUNE])
LATER = as_csv(
    [HEAD, [*MAY[:3], "21/05/2026", *MAY[4:]], JUNE, ["Prices, July 2026", "Prices", "yes", "9 July 2026", "", ""]]
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def town(browser: Any, tmp_path: Path) -> Iterator[Town]:
    story = Story(tmp_path, london(2026, 2, 2, 10, 0))
    story.release(london(2026, 3, 10, 9, 30), series="Claimant count, monthly")
    story.list_with(CHANCELLOR, ADVISER)
    with served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def begun(story: Story) -> str:
    """Have the year's calendar, and a standing list of the series; gives the id of that."""
    of_producer = f"/producers/{story.sat.producer_id}"
    sent, query = {"Content-Type": "text/csv"}, {"dry_run": "false", "order": "uk"}
    done(story.post(story.lead, f"{of_producer}/calendar-imports", content=YEAR, headers=sent, params=query), 201)
    named = {one["title"]: one["series_id"] for one in story.get(story.head, f"{of_producer}/series")["results"]}
    where, body = f"/series/{named['Claimant count, monthly']}/standing-list", story.told.listed["list_id"]
    done(story.post(story.head, where, revision=0, json={"list_id": body}), 201)
    return str(named["Claimant count, monthly"])


def chooses(walk: Walk, content: bytes) -> None:
    """Choose a calendar and look at what it would do, under the Order for the UK."""
    page = walk.page
    page.locator("#order").select_option("uk")
    page.locator("#file").set_input_files({"name": "year.csv", "mimeType": "text/csv", "buffer": content})
    press(page, "Enter", walk.button("Look at what it would do"))


def test_calendar_is_imported_and_a_standing_list_kept_by_keyboard(town: Town) -> None:
    story, walk = town.story, Walk(town, "calendar", DESK, scripts=True)
    page = walk.page
    walk.signed_in_as(story.statistician)
    page.goto("/producer")
    press(page, "Enter", walk.link("The calendar, its import"))
    walk.looks("calendar")
    press(page, "Enter", walk.button("Import a calendar"))
    press(page, "Enter", walk.button("Look at what it would do"))
    walk.looks("import-fault")
    press_in_page(page, walk.link("Choose a file"))
    assert page.evaluate("document.activeElement.id") == "file"
    chooses(walk, WRONG)
    walk.looks("planned-errors")
    press(page, "Enter", walk.link("choose it again"))
    chooses(walk, YEAR)
    walk.looks("planned")
    assert "2 to be registered, 0 here already; 0 left out" in page.inner_text("main")
    press(page, "Enter", walk.button("Register these 2 releases"))
    walk.looks("calendar-imported")
    assert "Prices, June 2026" in page.inner_text("main")
    press(page, "Enter", walk.link("Series, and the standing list of each"))
    walk.looks("series")
    press(page, "Enter", walk.link("Claimant count, monthly"))
    walk.looks("standing-none")
    head = Walk(town, "standing-head", DESK, scripts=True)
    head.signed_in_as(story.head)
    head.page.goto(f"/lists/{story.told.listed['list_id']}")
    press(head.page, "Enter", head.link("Take this list as the standing list"))
    head.looks("standing-to-take")
    press(head.page, "Enter", head.button("Take it as the standing list"))
    head.looks("standing-taken")
    page.reload()
    press(page, "Enter", walk.link("Add a line"))
    press(page, "Enter", walk.button("Add the line"))
    walk.looks("line-faults")
    fill(page, page.get_by_label("Post", exact=True), "Permanent Secretary")
    fill(page, page.get_by_label("Organisation", exact=True), "Example Treasury")
    fill(page, page.get_by_label("Why does this post need it?"), "Answers questions")
    press(page, "Enter", walk.button("Add the line"))
    walk.looks("standing-longer")
    press(page, "Enter", walk.link("Change Chancellor, Example Treasury"))
    walk.looks("line")
    press(page, "Enter", walk.button("Take this line off"))
    walk.looks("standing-shorter")
    assert "1 person has changed it since: you." in page.inner_text("main")
    story.release(london(2026, 4, 14, 9, 30), title="April", series="Claimant count, monthly")
    page.goto(f"/producer/releases/{story.told.release_id}/list")
    ticks(page, "The standing list of “Claimant count, monthly”")
    press(page, "Enter", walk.button("Begin the draft"))
    walk.looks("draft-from-standing")
    assert "Permanent Secretary" in page.inner_text("main")
    press(page, "Enter", walk.link("Permanent Secretary, Example Treasury"))
    walk.looks("post")
    assert "Permanent Secretary" in page.inner_text("h1")
    assert walk.complaints + head.complaints == []
    walk.context.close()
    head.context.close()


def test_calendar_and_standing_list_on_a_narrow_screen_without_a_script(town: Town) -> None:
    story, walk = town.story, Walk(town, "calendar-narrow", PHONE, scripts=False)
    page, here = walk.page, f"/producer/calendars/{town.story.sat.producer_id}"
    begun(story)
    walk.signed_in_as(story.head)
    page.goto(f"{here}/import")
    walk.looks("import")
    chooses(walk, LATER)
    walk.looks("planned")
    assert "The date is not moved by an import" in page.inner_text("main")
    press(page, "Enter", page.locator("main form button").first)
    walk.looks("calendar")
    assert "Prices, July 2026" in page.inner_text("main")
    page.goto(f"{here}/series")
    walk.looks("series")
    press(page, "Enter", walk.link("Claimant count, monthly"))
    walk.looks("standing")
    press(page, "Enter", walk.link("Add a line"))
    walk.looks("line")
    walk.context.close()


def test_pages_of_the_calendar_and_of_a_standing_list_are_sound_on_a_narrow_screen(town: Town) -> None:
    story, walk = town.story, Walk(town, "calendar-phone", PHONE, scripts=True)
    series = begun(story)
    walk.signed_in_as(story.head)
    here = f"/producer/calendars/{story.sat.producer_id}"
    places = {"calendar": here, "import": f"{here}/import", "series": f"{here}/series"}
    for what, where in (places | {"standing": f"/producer/series/{series}"}).items():
        walk.page.goto(where)
        walk.looks(what)
    walk.page.goto(f"{here}/import")
    chooses(walk, WRONG)
    walk.looks("planned-errors")
    assert walk.complaints == []
    walk.context.close()
