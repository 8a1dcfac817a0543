"""Private addresses of a producer's calendar on a page: told once, and ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import words
from tests.unit.web.test_recall_pages import at_pages, both_producers

NOW = london(2026, 3, 2, 10, 0)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, NOW)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/calendars/{story.sat.producer_id}/links"


def test_address_is_told_once_works_without_a_sign_in_and_is_ended(story: Story) -> None:
    story.release(london(2026, 3, 24, 9, 30))
    lead = at_pages(story, story.lead)
    assert "Nobody has one; make the first below." in lead.looks(here(story))
    made = lead.sends(here(story), name="Web desk", once=lead.field("once"))
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    (calendar,) = re.findall(r'id="calendar">([^<]+)<', made.text)
    (sheet,) = re.findall(r'id="sheet">([^<]+)<', made.text)
    ways = [one.removeprefix(story.tools.policy.public_address) for one in (calendar, sheet)]
    assert ["Claimant count" in story.client.get(one).text for one in ways] == [True, True]
    assert "Web desk Made by Example Lead Official" in lead.looks(here(story))
    assert calendar not in lead.last.text
    (end,) = re.findall(r'action="([^"]*/end)"', lead.last.text)
    assert lead.sends(end).headers["location"] == f"{here(story)}?done=ended"
    assert "The address has ended." in lead.looks(f"{here(story)}?done=ended")
    assert [story.client.get(one).status_code for one in ways] == [404, 404]


def test_page_of_a_new_address_that_is_loaded_again_makes_no_other(story: Story) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    sent = {"form_token": lead.token, "once": lead.field("once"), "name": "Web desk"}
    made = lead.asks("POST", here(story), data=sent)
    (calendar,) = re.findall(r'id="calendar">([^<]+)<', made.text)
    again = lead.asks("POST", here(story), data=sent)
    assert (again.status_code, "the address was shown then" in words(again)) == (409, True)
    assert "linked-calendars" not in again.text
    assert len(story.entries(EntryKind.CALENDAR_LINK_MADE)) == 1
    assert story.client.get(calendar.removeprefix(story.tools.policy.public_address)).status_code == 200
    lead.looks(here(story))
    assert lead.sends(here(story), name="Web desk", once=lead.field("once")).status_code == 200


def test_address_for_nobody_and_one_too_many_are_told_beside_the_field(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    empty = head.sends(here(story), name=" ", once=head.field("once"))
    assert (empty.status_code, 'href="#name"' in empty.text) == (422, True)
    for number in range(20):
        path = f"/producers/{story.sat.producer_id}/calendar-links"
        done(story.post(story.head, path, json={"name": f"Desk {number}"}), 201)
    answer = head.sends(here(story), name="One more", once=head.field("once"))
    assert (answer.status_code, "At most 20" in answer.text, 'value="One more"' in answer.text) == (422, True, True)
    assert len(story.entries(EntryKind.CALENDAR_LINK_MADE)) == 20


def test_those_who_do_not_make_them_see_no_form_and_are_refused(story: Story) -> None:
    path = f"/producers/{story.sat.producer_id}/calendar-links"
    done(story.post(story.head, path, json={"name": "Web desk"}), 201)
    head = at_pages(story, story.head)
    head.looks(here(story))
    once = head.field("once")
    for who in (story.statistician, story.auditor):
        visitor = at_pages(story, who)
        assert "A lead official or the head of profession makes and ends them." in visitor.looks(here(story))
        assert "<form" not in visitor.last.text.partition("<main")[2]
        for name in ("Mine", ""):  # what is not theirs to do is refused, whatever the form lacks
            visitor.looks("/account")
            assert visitor.sends(here(story), name=name, once=once).status_code == 403
    assert len(story.entries(EntryKind.CALENDAR_LINK_MADE)) == 1


def test_address_is_ended_under_its_own_producer_alone(story: Story) -> None:
    path = f"/producers/{story.sat.producer_id}/calendar-links"
    link_id = done(story.post(story.head, path, json={"name": "Web desk"}), 201)["link_id"]
    head = at_pages(story, story.head)
    for producer_id in (f"prd_{'0' * 24}", both_producers(story)):
        head.looks(here(story))
        elsewhere = here(story).replace(story.sat.producer_id, producer_id)
        assert head.sends(f"{elsewhere}/{link_id}/end").status_code == 404
    assert story.entries(EntryKind.CALENDAR_LINK_ENDED) == []


def test_others_are_told_that_nothing_is_there_and_the_calendar_leads_there(story: Story) -> None:
    other = story.service.producer("Office for Distant Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (STRANGER, CHANCELLOR, other):
        assert at_pages(story, who).asks("GET", here(story)).status_code == 404
    head = at_pages(story, story.head)
    head.looks(f"/producer/calendars/{story.sat.producer_id}")
    assert f'href="{here(story)}"' in head.last.text
