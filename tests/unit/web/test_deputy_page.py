"""Naming a colleague on the page: a day is taken as it is typed, and what is wrong is said beside its field."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.build import london
from tests.story import CHANCELLOR, Story
from tests.unit.web.browser import Visitor, words

ASKED = {
    "name": "Bay Example",
    "email": "bay.example@treasury.gov.example",
    "post_title": "Deputy Adviser",
    "organisation": CHANCELLOR.organisation,
    "held_from_on-day": "5",
    "held_from_on-month": "1",
    "held_from_on-year": "2026",
    "reason": "On leave from 2 to 13 March.",
}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("deputy"), london(2026, 3, 2, 10, 0))
    told.release(london(2026, 3, 10, 9, 30))
    told.list_with(CHANCELLOR)
    yield told
    told.service.close()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("held_from_on-day", "31", "Enter the day on which they began in that post, like 5 1 2026"),
        ("held_from_on-year", "", "Enter the day on which they began in that post, like 5 1 2026"),
        ("name", "", "Enter your colleague's name"),
        ("email", "nonsense", "it must have exactly one @"),
        ("reason", " ", "Say why somebody is to stand in"),
        ("email", CHANCELLOR.email, "Nobody stands in for themselves."),
    ],
)
def test_deputy_with_a_field_that_cannot_be_taken_is_asked_again(
    story: Story, field: str, value: str, said: str
) -> None:
    change = {"held_from_on-month": "2"} if field == "held_from_on-day" else {}
    person, place = _signed_in(story), f"/releases/{story.told.release_id}/deputy"
    person.looks(place)
    answer = person.sends(place, **{**ASKED, **change, field: value})
    assert (answer.status_code, words(answer).count(said)) == (422, 2)
    assert story.get(CHANCELLOR, f"/releases/{story.told.release_id}/deputies")["results"] == []


def test_deputy_that_was_asked_for_is_shown_and_can_be_taken_back(story: Story) -> None:
    person, place = _signed_in(story), f"/releases/{story.told.release_id}/deputy"
    person.looks(place)
    assert person.sends(place, **ASKED).headers["location"] == place
    (row,) = story.get(CHANCELLOR, f"/releases/{story.told.release_id}/deputies")["results"]
    assert (row["name"], row["held_from_on"], row["state"]) == ("Bay Example", "2026-01-05", "asked")
    assert "Bay Example, Deputy Adviser" in person.looks(place)
    person.sends(f"/deputies/{row['deputy_id']}/withdrawal")
    assert "Withdrawn" in person.looks(place)


def _signed_in(story: Story) -> Visitor:
    return Visitor(story.client, story.headers(CHANCELLOR)["Authorization"].partition(" ")[2])
