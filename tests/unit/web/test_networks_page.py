"""The page of an opening asks whether several networks were all the person's own, once it was used from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.application import client_of
from tests.build import london
from tests.story import CHANCELLOR, Story, done
from tests.unit.web.browser import Visitor, words

OPENS_AT = london(2026, 6, 15, 9, 30)
ASKED = "Was all of this you?"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path, OPENS_AT - timedelta(days=7))
    told.ready(OPENS_AT + timedelta(days=1), CHANCELLOR)
    told.clock.put(OPENS_AT)
    return told


def at(story: Story, network: str) -> Visitor:
    client = client_of(story.tools, client=(network, 50000))
    return Visitor(client, story.headers(CHANCELLOR)["Authorization"].partition(" ")[2])


def used_from_two(story: Story) -> str:
    """Open at one place and fetch at another; gives the page of the opening."""
    office, train = at(story, "192.0.2.10"), at(story, "198.51.100.20")
    office.looks(f"/documents/{story.told.document_id}/open")
    opened = office.sends(f"/documents/{story.told.document_id}/open", acknowledged="yes")
    place = opened.headers["location"]
    assert ASKED not in office.looks(place)
    train.looks(place)
    assert train.sends(f"{place}/copy").status_code == 200
    return place


def test_opening_used_from_two_networks_is_asked_about_and_a_yes_can_still_become_a_no(story: Story) -> None:
    place = used_from_two(story)
    person = at(story, "192.0.2.10")
    assert ASKED in person.looks(place)
    assert person.sends(f"{place}/networks", answer="mine").headers["location"] == place
    shown = person.looks(place)
    assert (ASKED in shown, "It was all me" in shown, "It was not me" in shown) == (False, False, True)
    assert story.incidents() == []
    assert person.sends(f"{place}/networks", answer="not_mine").status_code == 303
    assert "It was not me" not in person.looks(place)
    assert [one["kind"] for one in story.incidents()] == ["two_networks"]
    story.service.close()


def test_yes_without_a_fresh_sign_in_is_not_taken_and_a_no_is(story: Story) -> None:
    place = used_from_two(story)
    person = at(story, "192.0.2.10")
    story.clock.forward(minutes=story.tools.policy.fresh_minutes, seconds=1)
    shown = person.looks(place)
    assert "sign in again to say so" in shown
    assert "It was all me" not in shown
    refused = person.sends(f"{place}/networks", answer="mine")
    assert (refused.status_code, "Sign in again" in words(refused)) == (403, True)
    person.looks(place)
    assert person.sends(f"{place}/networks", answer="not_mine").status_code == 303
    assert "This opening has ended: the recipient says that it was used by another" in person.looks(place)
    assert [one["kind"] for one in story.incidents()] == ["two_networks"]
    done(story.ask(story.head, "GET", f"/incidents/{story.incidents()[0]['incident_id']}/report"))
    story.service.close()
