"""A version of a list taken away from its page, by those who may, with an entry of who took it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story
from tests.unit.web.listing import at_pages


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.release(london(2026, 3, 10, 9, 30))
    told.list_with(CHANCELLOR)
    yield told
    told.service.close()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_version_is_taken_away_from_its_page_in_every_format(story: Story, kind: str) -> None:
    visitor, place = at_pages(story, story.auditor), f"/lists/{story.told.listed['list_id']}"
    visitor.looks(place)
    assert f'href="{place}/sheet/{kind}"' in visitor.last.text
    answer = visitor.asks("GET", f"{place}/sheet/{kind}")
    expected = story.ask(story.head, "GET", f"{place}/export?format={kind}")
    assert answer.headers["content-type"] == expected.headers["content-type"]
    assert answer.headers["content-disposition"] == expected.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.status_code == 200
    if kind == "csv":
        assert answer.content == expected.content
        assert CHANCELLOR.email in answer.text
    assert [one["said"]["format"] for one in story.entries(EntryKind.LIST_EXPORTED)] == [kind, kind]


def test_version_is_not_given_to_others_nor_in_another_format(story: Story) -> None:
    place = f"/lists/{story.told.listed['list_id']}/sheet"
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (other, CHANCELLOR, STRANGER):
        assert at_pages(story, who).asks("GET", f"{place}/csv").status_code == 404
    assert at_pages(story, story.head).asks("GET", f"{place}/pdf").status_code == 404
    assert story.entries(EntryKind.LIST_EXPORTED) == []
