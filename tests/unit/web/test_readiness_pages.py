"""The pages of readiness: who is behind, what must be there, and the word that a public page is scheduled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, Reader, Story
from tests.unit.web.browser import Visitor, words

DUE = london(2026, 3, 24, 9, 30)


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("readiness"), london(2026, 3, 10, 10, 0))
    told.ready(DUE, ADVISER)
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def publisher(story: Story) -> str:
    person_id = story.service.person("Pat Publisher", "pat.publisher@ons.gov.example")
    story.service.role(person_id, Role.PUBLISHER, story.sat.organisation_id)
    return person_id


FORM = {
    "publishes_on-day": "24",
    "publishes_on-month": "3",
    "publishes_on-year": "2026",
    "clock": "9:30am",
    "page_url": "https://stats.gov.example/claimant-count",
    "scheduled_by": "Duty web editor",
    "seen": "Looked at its entry.",
}


def test_page_of_who_is_behind_says_it_in_words_by_day(story: Story) -> None:
    story.clock.put(london(2026, 3, 20, 13, 0))
    shown = at_pages(story, story.lead).looks("/producer/readiness")
    assert "On this page: 1 late, 0 with something to do now, 0 on track." in shown
    assert "24 March 2026" in shown
    assert "Late: the plan by which the public page is watched" in shown
    assert "To do now: the confirmation that the page is scheduled" in shown
    listed = at_pages(story, story.lead).looks(f"/producer/releases/{story.told.release_id}/readiness")
    assert "The working day before" in listed
    assert "Nobody has confirmed that the page is scheduled." in listed
    assert "Owed by the publishing team." in listed


def test_publisher_confirms_on_the_page_and_withdraws_it_again(story: Story) -> None:
    place, team = f"/producer/releases/{story.told.release_id}/page", at_pages(story, publisher(story))
    assert "Not confirmed" in team.looks("/producer/pages")
    assert "Nobody has confirmed" in team.looks(place)
    assert team.sends(place, **FORM).status_code == 303
    shown = team.looks(place)
    assert "The page is confirmed as scheduled for that time." in shown
    assert "Duty web editor" in shown
    assert "Confirmed" in team.looks("/producer/pages")
    team.looks(place)
    (made,) = story.get(story.lead, f"/releases/{story.told.release_id}/page-confirmations")["results"]
    withdrawal = f"{place}/{made['page_confirmation_id']}/withdrawal"
    refused = team.sends(withdrawal, reason="")
    assert (refused.status_code, "Say why it is withdrawn" in words(refused)) == (422, True)
    assert team.sends(withdrawal, reason="x" * 5001).status_code == 422
    assert team.sends(withdrawal, reason="It was a draft.").status_code == 303
    assert "The last confirmation is withdrawn." in team.looks(place)


@pytest.mark.parametrize("clock", ["10:30", "9:30pm"])
def test_page_for_another_time_is_refused_and_both_are_told(story: Story, clock: str) -> None:
    place, team = f"/producer/releases/{story.told.release_id}/page", at_pages(story, publisher(story))
    team.looks(place)
    refused = team.sends(place, **{**FORM, "clock": clock})
    assert refused.status_code == 422
    typed = {"10:30": "10:30am", "9:30pm": "9:30pm"}[clock]
    assert f"The page is scheduled for Tuesday 24 March 2026, {typed} (UK time), and the release is set for" in words(
        refused
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"clock": "half nine"},
        {"clock": "13:30pm"},
        {"publishes_on-day": "31", "publishes_on-month": "2"},
        # Never comes, and comes twice: the clocks change.
        {"publishes_on-day": "29", "clock": "1:30"},
        {"publishes_on-day": "25", "publishes_on-month": "10", "clock": "1:30"},
    ],
)
def test_day_or_time_that_is_none_is_asked_for_again(story: Story, wrong: dict[str, str]) -> None:
    place, team = f"/producer/releases/{story.told.release_id}/page", at_pages(story, publisher(story))
    team.looks(place)
    refused = team.sends(place, **{**FORM, **wrong})
    assert refused.status_code == 422
    assert "Enter the day and the time for which the page is scheduled" in words(refused)
    assert story.get(story.lead, f"/releases/{story.told.release_id}/page-confirmations")["results"] == []


def test_publisher_finds_neither_checklist_nor_tasks_nor_documents(story: Story) -> None:
    team = at_pages(story, publisher(story))
    release = story.told.release_id
    for place in ("/readiness", "", "/documents", "/board"):
        path = f"/producer/releases/{release}{place}"
        assert at_pages(story, story.lead).asks("GET", path).status_code == 200, path
        answer = team.asks("GET", path)
        assert answer.status_code in (403, 404), path
        assert "claimants.csv" not in answer.text
    assert "Claimant count" not in team.looks("/producer/readiness")
    stranger = at_pages(story, story.service.person("Stray", "stray@elsewhere.gov.example"))
    assert stranger.asks("GET", f"/producer/releases/{release}/page").status_code == 404
    assert "Claimant count" not in stranger.looks("/producer/pages")
