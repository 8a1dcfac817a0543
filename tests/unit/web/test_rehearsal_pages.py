"""Rehearsing the day of a release on pages: begun by the head of profession, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, words
from tests.unit.web.test_recall_pages import at_pages, seen

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/rehearsal"


def begun(story: Story, **changes: str) -> tuple[Visitor, str]:
    """Have a rehearsal begun by the head of profession; gives them, and where its report is."""
    head = at_pages(story, story.head)
    head.looks(here(story))
    made = head.sends(here(story), **{"minutes": "30", **changes}, once=head.field("once"))
    assert made.status_code == 303, words(made)
    return head, str(made.headers["location"])


def test_head_begins_a_rehearsal_once_however_often_the_button_is_pressed(story: Story) -> None:
    head = at_pages(story, story.head)
    assert "Rehearse the day" in head.looks(f"/producer/releases/{story.told.release_id}")
    assert "None yet." in head.looks(here(story))
    sent = {"minutes": "30", "once": head.field("once")}
    places = {head.sends(here(story), **sent).headers["location"] for _ in range(2) if head.looks(here(story))}
    assert len(places) == 1
    (place,) = places
    assert "0 of 2" in head.looks(place)
    assert "It is running." in words(head.last)
    assert f'href="{place}"' in head.looks(here(story)) + head.last.text
    assert "The producer’s own people" in words(head.last)
    tasks = head.looks(place.removesuffix("/rehearsal-report"))
    assert "What came of this rehearsal" in tasks
    assert f'href="{place}"' in head.last.text


def test_report_tells_how_far_each_person_came(story: Story) -> None:
    head, place = begun(story, tells_people="yes")
    twin = place.split("/")[3]
    story.told.release_id = twin
    listed = story.get(story.head, f"/releases/{twin}/documents")["results"]
    story.told.document_id = next(one["document_id"] for one in listed if one["file_name"].endswith(".csv"))
    story.clock.forward(seconds=95)
    story.signed(CHANCELLOR)
    story.reads(CHANCELLOR)
    assert story.opens(ADVISER).status_code == 403
    shown = head.looks(place)
    assert "Signed the declaration 1 of 2" in shown
    assert "After 1 minute and 35 seconds" in shown
    assert "Refused 1 time" in shown
    assert "1 whole" in shown
    story.clock.forward(minutes=30)
    story.published()
    assert re.search(r"Declared published .* after the time set", head.looks(place))
    assert "It is running." not in words(head.last)


@pytest.mark.parametrize("minutes", ["", "1", "1441", "half an hour"])
def test_minutes_that_cannot_be_are_told_beside_their_field(story: Story, minutes: str) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    answer = head.sends(here(story), minutes=minutes, tells_people="yes", once=head.field("once"))
    assert (answer.status_code, 'href="#minutes"' in answer.text) == (422, True)
    assert f'value="{minutes}"' in answer.text or not minutes
    assert "checked" in answer.text
    assert "None yet." in head.looks(here(story))


def test_release_without_an_approved_list_cannot_be_rehearsed(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    once = head.field("once")
    story.release(DUE + timedelta(days=7))
    assert "Have one approved first" in head.looks(here(story))
    head.looks("/account")
    answer = head.sends(here(story), minutes="30", once=once)
    assert (answer.status_code, "No eligibility list has been approved" in words(answer)) == (409, True)


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("postponement", "It is postponed and has no time set"),
        ("cancellation", "It is cancelled, so its day never comes"),
        ("publication", "It is published, so its day is over"),
    ],
)
def test_release_without_a_day_ahead_is_not_rehearsed_from_a_form_opened_before(
    story: Story, move: str, said: str
) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    once = head.field("once")
    if move == "publication":
        story.clock.put(DUE)
        story.published()
        head = at_pages(story, story.head)
    else:
        done(story.moves(story.head, move, reason="The figures are checked again."))
    before = [len(story.letters(reader)) for reader in (CHANCELLOR, ADVISER)]
    assert said in head.looks(here(story))
    assert "There is no access before publication" not in words(head.last)
    assert "Begin the rehearsal" not in words(head.last)
    head.looks("/account")
    answer = head.sends(here(story), minutes="30", tells_people="yes", once=once)
    assert (answer.status_code, said in words(answer)) == (409, True)
    assert "None yet." in head.looks(here(story))
    assert [len(story.letters(reader)) for reader in (CHANCELLOR, ADVISER)] == before
    asked = story.post(story.head, f"/releases/{story.told.release_id}/rehearsal", json={})
    assert (asked.status_code, asked.json()["code"]) == (409, "wrong_state")


def test_head_on_the_list_is_told_that_another_begins_it(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    once = head.field("once")
    second = story.service.person("Hal Second", "hal.second@stats.gov.example")
    story.service.role(second, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    story.release(DUE + timedelta(days=7))
    own = Reader("x", story.service.email_of(story.head), "Head of Profession", "Office for Example Statistics")
    named = Reader(str(story.get(story.head, "/me")["name"]), own.email, own.post, own.organisation)
    story.draft_with(CHANCELLOR, named)
    done(story.approves(second))
    assert "You are on the list yourself" in head.looks(here(story))
    assert "Begin the rehearsal" not in words(head.last)
    head.looks("/account")
    answer = head.sends(here(story), minutes="30", once=once)
    assert (answer.status_code, "access of their own" in words(answer)) == (403, True)


def test_others_of_the_team_read_and_do_not_begin(story: Story) -> None:
    head, place = begun(story)
    head.looks(here(story))
    for who in (story.statistician, story.lead, story.auditor):
        visitor = at_pages(story, who)
        assert "The head of profession begins one." in visitor.looks(here(story))
        visitor.looks(place)
        visitor.looks("/account")
        for minutes in ("30", ""):
            visitor.looks("/account")
            assert visitor.sends(here(story), minutes=minutes, once=head.field("once")).status_code == 403


def test_rehearsals_are_not_there_for_whoever_has_no_role_with_the_producer(story: Story) -> None:
    head, place = begun(story)
    none = f"/producer/releases/rel_{'0' * 24}/rehearsal"
    other = story.service.producer("Office for Other Statistics")
    for who in (STRANGER, CHANCELLOR, other.people[Role.HEAD_OF_PROFESSION]):
        visitor = at_pages(story, who)
        assert seen(visitor.asks("GET", here(story))) == seen(visitor.asks("GET", none))
        assert visitor.asks("GET", here(story)).status_code == 404
        assert visitor.asks("GET", place).status_code == 404
        visitor.looks("/account")
        assert visitor.sends(here(story), minutes="30").status_code == 404
    # A real release has no report, and a rehearsal is not rehearsed.
    assert head.asks("GET", f"{here(story)}-report").status_code == 404
    assert head.asks("GET", place.removesuffix("-report")).status_code == 404


def test_rehearsals_of_a_release_are_shown_by_twenty(story: Story) -> None:
    for _ in range(21):
        story.clock.forward(minutes=1)
        done(story.post(story.head, f"/releases/{story.told.release_id}/rehearsal", json={}), 201)
    head = at_pages(story, story.head)
    head.looks(here(story))
    (more,) = re.findall(r'href="(\?after=[\w-]+)"', head.last.text)
    assert head.last.text.count("/rehearsal-report") == 20
    head.looks(here(story) + more)
    assert head.last.text.count("/rehearsal-report") == 1
