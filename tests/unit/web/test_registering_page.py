"""Registering a release on a page: what it takes, what it refuses beside which field, and that it is done once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Reader, Story
from tests.unit.web.browser import Visitor, unquoted, words

FILLED = {
    "title": "Claimant count: April 2026",
    "new_series": "Claimant count, monthly",
    "order": "uk",
    "sensitivity": "market_sensitive",
    "publishes_on-day": "14",
    "publishes_on-month": "4",
    "publishes_on-year": "2026",
    "clock": "9:30am",
    "public_url": "https://stats.gov.example/claimant-count/april",
}


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A story in which nothing is registered, for all that is refused."""
    told = Story(tmp_path_factory.mktemp("still"), london(2026, 2, 2, 10, 0))
    yield told
    told.service.close()


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("registering"), london(2026, 2, 2, 10, 0))
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def place(story: Story) -> str:
    return f"/producer/producers/{story.sat.producer_id}/releases"


def titles(story: Story) -> list[str]:
    return [one["title"] for one in story.get(story.head, "/releases")["results"]]


def test_release_is_registered_from_the_dashboard_as_the_api_would(story: Story) -> None:
    person = at_pages(story, story.statistician)
    assert "Register a release" in person.looks("/producer")
    assert "Who answers for it?" in person.looks("/producer/new-release")
    sent = {**FILLED, "lead_official_id": story.lead}
    answer = person.sends(place(story), once=person.field("once"), **sent)
    release_id = answer.headers["location"].rpartition("/")[2]
    made = story.get(story.head, f"/releases/{release_id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/producer/releases/{release_id}")
    assert {name: made[name] for name in ("title", "order", "sensitivity", "phase", "publishes_at", "public_url")} == {
        "title": "Claimant count: April 2026",
        "order": "uk",
        "sensitivity": "market_sensitive",
        "phase": "planned",
        "publishes_at": instant_text(london(2026, 4, 14, 9, 30)),
        "public_url": "https://stats.gov.example/claimant-count/april",
    }
    assert made["preparation"]["lead_official_id"] == story.lead
    series = story.get(story.head, f"/producers/{story.sat.producer_id}/series")["results"]
    assert [one["title"] for one in series] == ["Claimant count, monthly"]
    assert "Claimant count: April 2026" in person.looks(f"/producer/releases/{release_id}")
    assert "Claimant count, monthly" in person.looks("/producer/new-release")


def test_form_sent_twice_registers_one_release_and_leads_to_it_both_times(story: Story) -> None:
    person = at_pages(story, story.statistician)
    person.looks("/producer/new-release")
    token, once = person.token, person.field("once")
    answers = [person.asks("POST", place(story), data={"form_token": token, "once": once, **FILLED}) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert titles(story) == ["Claimant count: April 2026"]
    other = {**FILLED, "title": "Another"}
    changed = person.asks("POST", place(story), data={"form_token": token, "once": once, **other})
    assert (changed.status_code, "This form has been sent before" in words(changed)) == (409, True)
    assert titles(story) == ["Claimant count: April 2026"]


def test_form_without_the_key_of_its_page_is_not_ours(still: Story) -> None:
    person = at_pages(still, still.statistician)
    for once in ("", "frm_0", "key-of-somebody"):
        person.looks("/producer/new-release")
        assert person.sends(place(still), once=once, **FILLED).status_code == 403
    assert titles(still) == []


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"title": ""}, "title", "Enter a title"),
        ({"order": ""}, "order", "Choose the Order"),
        ({"sensitivity": ""}, "sensitivity", "Choose a class"),
        ({"sensitivity": "economic"}, "sensitivity", "The governing Order has no class of “economic” statistics"),
        ({"also_market_sensitive": "yes"}, "also_market_sensitive", "Only economic and excepted statistics"),
        ({"publishes_on-day": "31"}, "publishes_on-day", "Enter the day and the time"),
        ({"clock": "half nine"}, "publishes_on-day", "Enter the day and the time"),
        ({"publishes_on-year": "2025"}, "publishes_on-day", "has passed"),
        ({"publishes_on-year": "99999999999"}, "publishes_on-day", "Enter the day and the time"),
        ({"publishes_on-day": "15", "clock": "10am"}, "publishes_on-day", "Enter the day and the time"),
        ({"clock": "10:00"}, "time_exemption", "The Code of Practice asks for 9:30am on a weekday"),
        ({"publishes_on-day": "18"}, "time_exemption", "The Code of Practice asks for 9:30am on a weekday"),
        ({"public_url": "http://stats.gov.example/x"}, "public_url", "Enter the whole address of the page"),
        ({"lead_official_id": "per_" + "0" * 24}, "lead_official_id", "no lead official or head of profession"),
        ({"title": "REHEARSAL: April"}, "title", "A real release cannot have a title"),
    ],
)
def test_fault_is_told_beside_its_field_and_linked_from_the_summary(
    still: Story, changes: dict[str, str], field: str, says: str
) -> None:
    person = at_pages(still, still.statistician)
    person.looks("/producer/new-release")
    answer = person.sends(place(still), once=person.field("once"), **{**FILLED, **changes})
    assert (answer.status_code, words(answer).count(says)) == (422, 2)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert 'value="2026"' in answer.text or "publishes_on-year" in changes
    assert titles(still) == []


def test_series_of_the_list_and_a_new_one_together_are_refused(story: Story) -> None:
    story.release(london(2026, 3, 10, 9, 30), series="Claimant count, monthly")
    person = at_pages(story, story.statistician)
    person.looks("/producer/new-release")
    both = {**FILLED, "series": "Claimant count, monthly", "new_series": "Another"}
    answer = person.sends(place(story), once=person.field("once"), **both)
    assert (answer.status_code, 'href="#new_series"' in answer.text) == (422, True)


def test_rehearsal_and_another_time_are_registered_with_what_they_need(story: Story) -> None:
    person = at_pages(story, story.statistician)
    person.looks("/producer/new-release")
    sent = {**FILLED, "clock": "2pm", "time_exemption": "Agreed with the regulator.", "rehearsal": "yes"}
    answer = person.sends(place(story), once=person.field("once"), **{**sent, "clock": "2:00pm"})
    made = story.get(story.head, f"/releases/{answer.headers['location'].rpartition('/')[2]}")
    assert (made["rehearsal"], made["heading"] != "", made["publishes_at"]) == (
        True,
        True,
        instant_text(london(2026, 4, 14, 14, 0)),
    )


def test_page_is_nothing_to_others_and_an_auditor_registers_nothing(story: Story) -> None:
    story.release(london(2026, 3, 10, 9, 30))
    story.list_with(CHANCELLOR)
    for who in (CHANCELLOR, STRANGER):
        person = at_pages(story, who)
        assert person.asks("GET", "/producer/new-release").status_code == 404
        named = person.asks("GET", f"/producer/new-release?producer={story.sat.producer_id}")
        nothing = person.asks("GET", f"/producer/new-release?producer=prd_{'0' * 24}")
        assert (named.status_code, unquoted(named)) == (404, unquoted(nothing))
        person.looks("/account")
        assert person.sends(place(story), once=f"frm_{'0' * 24}", **FILLED).status_code == 404
    auditor = at_pages(story, story.sat.people[Role.AUDITOR])
    assert "Register a release" not in auditor.looks("/producer")
    assert auditor.asks("GET", "/producer/new-release").status_code == 404
    asked = auditor.asks("GET", f"/producer/new-release?producer={story.sat.producer_id}")
    assert (asked.status_code, "Another role is needed" in words(asked)) == (403, True)
    assert titles(story) == ["Claimant count"]


def test_whoever_prepares_for_two_producers_says_first_for_which(story: Story) -> None:
    other = story.service.producer(name="Other Statistics")
    story.service.role(story.statistician, Role.STATISTICIAN, other.organisation_id)
    person = at_pages(story, story.statistician)
    shown = person.looks("/producer/new-release")
    assert "for which producer?" in shown
    assert f"/producer/new-release?producer={other.producer_id}" in person.last.text
    assert "Other Statistics" in person.looks(f"/producer/new-release?producer={other.producer_id}")
