"""When coordinators are asked, on its page: seen by those who work for the producer, set by the head of profession."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story
from tests.unit.web.browser import words
from tests.unit.web.listing import at_pages


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.release(london(2026, 3, 10, 9, 30))
    told.list_with(CHANCELLOR)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/confirmation-policy/{story.sat.producer_id}"


def test_head_sets_the_days_from_where_the_answers_are_seen(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(f"/lists/{story.told.listed['list_id']}/confirmations")
    assert f'href="{here(story)}"' in head.last.text
    assert "7 days before publication" in head.looks(here(story))
    assert head.sends(here(story), confirm_days="10").headers["location"] == here(story)
    assert "10 days before publication" in head.looks(here(story))
    (entry,) = story.entries(EntryKind.CONFIRMATION_POLICY_CHANGED)
    assert entry["said"] == {"from_days": 7, "to_days": 10}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a number of days from 1 to 60"),
        ("0", "Enter a number of days from 1 to 60"),
        ("61", "Enter a number of days from 1 to 60"),
        ("a week", "Enter a number of days from 1 to 60"),
        ("7", "That is the policy already."),
    ],
)
def test_days_that_cannot_be_taken_are_asked_again(story: Story, typed: str, said: str) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    answer = head.sends(here(story), confirm_days=typed)
    assert (answer.status_code, words(answer).count(said), 'href="#confirm_days"' in answer.text) == (422, 2, True)
    assert f'value="{typed or 7}"' in answer.text
    assert story.entries(EntryKind.CONFIRMATION_POLICY_CHANGED) == []


@pytest.mark.parametrize("who", ["statistician", "lead", "auditor"])
def test_others_of_the_producer_see_the_days_and_do_not_set_them(story: Story, who: str) -> None:
    visitor = at_pages(story, getattr(story, who))
    shown = visitor.looks(here(story))
    assert ("The head of profession sets it." in shown, "Set this" in shown) == (True, False)
    visitor.looks("/report")
    assert visitor.sends(here(story), confirm_days="10").status_code == 403


def test_policy_is_nothing_to_those_without_a_role_there(story: Story) -> None:
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (other, CHANCELLOR, STRANGER):
        visitor = at_pages(story, who)
        nowhere = "/producer/confirmation-policy/prd_" + "0" * 24
        assert [visitor.asks("GET", path).status_code for path in (here(story), nowhere)] == [404, 404]
        visitor.looks("/report")
        assert visitor.sends(here(story), confirm_days="10").status_code == 404
