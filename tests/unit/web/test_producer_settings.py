"""The page that leads to everything a producer sets for all its releases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story
from tests.unit.web.test_recall_pages import at_pages

NOW = london(2026, 3, 2, 10, 0)
NOTHING = "prd_" + "0" * 24


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("settings"), NOW)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/settings/{story.sat.producer_id}"


def test_one_producer_is_shown_at_once_and_every_link_leads_to_a_page(story: Story) -> None:
    head = at_pages(story, story.head)
    assert head.asks("GET", "/producer/settings").headers["location"] == here(story)
    head.looks(here(story))
    main = head.last.text.partition("<main")[2].partition("</main>")[0]
    links = re.findall(r'href="(/[^"]*)"', main)
    assert (f"/producer/publications/{story.sat.producer_id}" in links, len(links) > 4) == (True, True)
    assert {link: head.asks("GET", link).status_code for link in links} == dict.fromkeys(links, 200)


def test_somebody_of_several_producers_chooses_one(tmp_path: Path) -> None:
    story = Story(tmp_path, NOW)
    other = story.service.producer("Office for Other Statistics")
    story.service.role(story.head, Role.STATISTICIAN, other.organisation_id)
    head = at_pages(story, story.head)
    shown = head.looks("/producer/settings")
    assert ("Office for Other Statistics" in shown, f'href="{here(story)}"' in head.last.text) == (True, True)
    story.service.close()


def test_others_are_told_that_nothing_is_there(story: Story) -> None:
    other = story.service.producer("Office for Distant Statistics")
    for who in (STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        assert [visitor.asks("GET", one).status_code for one in ("/producer/settings", here(story))] == [404, 404]
    distant = at_pages(story, other.people[Role.HEAD_OF_PROFESSION])
    assert distant.asks("GET", here(story)).status_code == 404
    assert at_pages(story, story.head).asks("GET", f"/producer/settings/{NOTHING}").status_code == 404


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.AUDITOR])
def test_every_link_leads_somewhere_for_each_role(story: Story, role: Role) -> None:
    visitor = at_pages(story, story.sat.people[role])
    assert "What is set for all releases" in visitor.looks(here(story))
    main = visitor.last.text.partition("<main")[2].partition("</main>")[0]
    links = re.findall(r'href="(/[^"]*)"', main)
    assert {link: visitor.asks("GET", link).status_code for link in links} == dict.fromkeys(links, 200)
