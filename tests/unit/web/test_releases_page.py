"""A recipient on more lists than a page shows finds every release, each once, the soonest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.web import releases
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Reader, Story
from tests.unit.web.browser import Visitor

BEGUN, DUE = london(2026, 3, 2, 10, 0), london(2026, 3, 9, 9, 30)
HOW_MANY = 5


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    told = Story(tmp_path, BEGUN, database_url=any_database_url)
    for number in range(HOW_MANY):
        told.release(DUE + timedelta(days=number), title=f"Release {number}")
        told.list_with(CHANCELLOR)
    yield told
    told.service.close()


def walked(story: Story, who: Reader) -> list[list[str]]:
    """Give the titles on each page, from the first to the one that leads no further."""
    visitor = Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])
    place, found = "/releases", []
    while True:
        text = visitor.asks("GET", place).text
        found.append(re.findall(r">(Release \d)</a>", text))
        further = re.search(r'href="(/releases\?after=[^"]+)"', text)
        if further is None:
            return found
        place = further[1]
        assert len(found) < HOW_MANY


@pytest.mark.parametrize("on_a_page", [1, 2, HOW_MANY])
def test_pages_of_releases_show_each_once_the_soonest_first(
    story: Story, monkeypatch: pytest.MonkeyPatch, on_a_page: int
) -> None:
    monkeypatch.setattr(releases, "ON_A_PAGE", on_a_page)
    pages = walked(story, CHANCELLOR)
    titles = [f"Release {number}" for number in range(HOW_MANY)]
    assert pages == [titles[place : place + on_a_page] for place in range(0, HOW_MANY, on_a_page)]


def test_somebody_on_no_list_is_shown_none_of_them(story: Story) -> None:
    assert walked(story, ADVISER) == [[]]
