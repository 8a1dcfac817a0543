"""Who stands in for whom, on the producer's page: asked on behalf of a recipient, decided by a second person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.listing import at_pages

DUE = london(2026, 3, 10, 9, 30)
NOTHING = "dep_" + "0" * 24
ASKED = {
    "name": "Fern Example",
    "email": "fern.example@treasury.gov.example",
    "post_title": "Deputy Adviser",
    **by_day("held_from_on", "2026-01-05"),
    "reason": "On leave from 2 to 13 March.",
}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release whose list is in force, a week before."""
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.release(DUE)
    told.list_with(CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/deputies"


def asks(story: Story, who: str, **change: str) -> Visitor:
    visitor = at_pages(story, who)
    visitor.looks(here(story))
    sent = {**ASKED, "for_grant": story.grant_of(CHANCELLOR)["grant_id"], **change}
    visitor.sends(here(story), once=visitor.field("once"), **sent)
    return visitor


def request_of(story: Story) -> str:
    (row,) = story.get(story.head, f"/releases/{story.told.release_id}/deputies")["results"]
    return str(row["deputy_id"])


def state(story: Story) -> str:
    return str(story.get(story.head, f"/deputies/{request_of(story)}")["state"])


def test_statistician_asks_and_head_approves_from_the_list_of_tasks(story: Story) -> None:
    statistician = asks(story, story.statistician)
    assert statistician.last.headers["location"] == here(story)
    shown = statistician.looks(here(story))
    assert ("Fern Example for Ash Alder" in shown, "The head of profession decides" in shown) == (True, True)
    assert "Approve" not in shown
    assert story.letters(story.head)[-1][1].count(here(story)) == 1
    head = at_pages(story, story.head)
    tasks = head.looks(here(story).removesuffix("/deputies"))
    assert ("1 request that somebody stand in waits" in tasks, f'href="{here(story)}"' in head.last.text) == (
        True,
        True,
    )
    assert ASKED["reason"] in head.looks(here(story))
    place = f"{here(story)}/{request_of(story)}"
    assert head.sends(f"{place}/approval").headers["location"] == here(story)
    shown = head.looks(here(story))
    assert ("Approved" in shown, f'action="{place}/approval"' in head.last.text) == (True, False)
    assert "waits for a decision" not in head.looks(here(story).removesuffix("/deputies"))
    head.looks(here(story))
    again = head.sends(f"{place}/refusal", **{f"why-{request_of(story)}": "Too late."})
    assert (again.status_code, "is approved already" in words(again)) == (409, True)


def test_request_is_declined_with_a_reason_that_is_shown(story: Story) -> None:
    asks(story, story.statistician)
    head, why = at_pages(story, story.head), f"why-{request_of(story)}"
    for reason in ("", "x" * 5001):
        head.looks(here(story))
        wrong = head.sends(f"{here(story)}/{request_of(story)}/refusal", **{why: reason})
        assert (wrong.status_code, f'href="#{why}"' in wrong.text, reason in wrong.text) == (422, True, True)
    head.looks(here(story))
    head.sends(f"{here(story)}/{request_of(story)}/refusal", **{why: "The private office can brief."})
    assert "Declined" in head.looks(here(story))
    assert "The private office can brief." in words(head.last)


def test_frozen_list_needs_the_reason_for_the_override(story: Story) -> None:
    asks(story, story.statistician)
    story.clock.put(DUE - timedelta(hours=23))
    head, place = at_pages(story, story.head), f"{here(story)}/{request_of(story)}/approval"
    override, considered = f"override-{request_of(story)}", f"considered-{request_of(story)}"
    head.looks(here(story))
    wanted = head.sends(place, **{considered: "None that bears on this."})
    assert (wanted.status_code, f'href="#{override}"' in wanted.text) == (422, True)
    assert ("The list has been frozen since" in words(wanted), "None that bears on this." in wanted.text) == (
        True,
        True,
    )
    long = head.sends(place, **{override: "x" * 5001})
    assert (long.status_code, f'href="#{override}"' in long.text) == (422, True)
    assert head.sends(place, **{override: "Fell ill this morning."}).status_code == 303
    assert len(story.entries(EntryKind.LIST_FREEZE_OVERRIDDEN)) == 1


def test_deputy_who_cannot_be_listed_is_said_why_beside_the_button(story: Story) -> None:
    asks(story, story.statistician, **by_day("held_from_on", "2026-09-01"))
    head, field = at_pages(story, story.head), f"approve-{request_of(story)}"
    head.looks(here(story))
    answer = head.sends(f"{here(story)}/{request_of(story)}/approval")
    assert (answer.status_code, f'href="#{field}"' in answer.text, f'id="{field}"' in answer.text) == (422, True, True)
    assert state(story) == "asked"


def test_head_who_asked_does_not_decide_and_takes_it_back(story: Story) -> None:
    head = asks(story, story.head)
    shown = head.looks(here(story))
    assert ("You asked for this: another head" in shown, "/approval" in head.last.text) == (True, False)
    refused = head.sends(f"{here(story)}/{request_of(story)}/approval")
    assert (refused.status_code, state(story)) == (403, "asked")
    head.looks(here(story))
    assert head.sends(f"{here(story)}/{request_of(story)}/withdrawal").headers["location"] == here(story)
    assert "Taken back" in head.looks(here(story))


def test_head_does_not_decide_who_stands_in_for_themselves(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    own = Reader("Fern Foxglove", story.service.email_of(story.head), "Director")
    second = story.service.person("Gorse Heath", "gorse.heath@stats.gov.example")
    story.service.role(second, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    story.release(DUE)
    story.draft_with(own, CHANCELLOR)
    story.told.listed = done(story.approves(second))
    asks(story, story.statistician, for_grant=story.grant_of(own)["grant_id"])
    head = at_pages(story, story.head)
    assert "This is about your own access: another head" in head.looks(here(story))
    story.service.close()


def test_head_does_not_decide_that_they_themselves_stand_in(story: Story) -> None:
    asks(story, story.statistician, email=story.service.email_of(story.head))
    head = at_pages(story, story.head)
    shown = head.looks(here(story))
    assert ("This is about your own access: another head" in shown, "/approval" in head.last.text) == (True, False)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"for_grant": ""}, "for_grant", "Choose for whom"),
        ({"name": ""}, "name", "Enter your colleague's name"),
        ({"email": CHANCELLOR.email}, "email", "Nobody stands in for themselves."),
        ({"held_from_on-day": "31", "held_from_on-month": "2"}, "held_from_on-day", "like 5 1 2026"),
        ({"reason": ""}, "reason", "Say why"),
        ({"post_title": "Private Office team"}, "post_title", "names a group"),
    ],
)
def test_request_that_cannot_be_taken_is_told_beside_its_field(
    story: Story, change: dict[str, str], field: str, said: str
) -> None:
    answer = asks(story, story.statistician, **change).last
    assert (answer.status_code, f'href="#{field}"' in answer.text, said in words(answer)) == (422, True, True)
    assert "Deputy Adviser" in answer.text or field == "post_title"
    assert story.entries(EntryKind.DEPUTY_ASKED) == []


def test_second_request_for_one_recipient_is_told_beside_the_choice(story: Story) -> None:
    asks(story, story.statistician)
    answer = asks(story, story.lead, name="Ivy Example", email="ivy.example@treasury.gov.example").last
    assert (answer.status_code, 'href="#for_grant"' in answer.text, "Ivy Example" in answer.text) == (422, True, True)


def test_request_is_nothing_to_others_and_auditors_only_read(story: Story) -> None:
    asks(story, story.statistician)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    place = f"{here(story)}/{request_of(story)}"
    for who in (other, STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        assert visitor.asks("GET", here(story)).status_code == 404
        for path in (here(story), *(f"{place}/{act}" for act in ("approval", "refusal", "withdrawal"))):
            visitor.looks("/report")
            assert visitor.sends(path, once="frm_" + "0" * 24).status_code == 404, path
    auditor = at_pages(story, story.auditor)
    assert "Fern Example for Ash Alder" in auditor.looks(here(story))
    assert "<form" not in auditor.last.text.partition("<main")[2]
    auditor.looks("/report")
    assert auditor.sends(here(story), once="frm_" + "0" * 24).status_code == 404
    head = at_pages(story, story.head)
    head.looks(here(story))
    assert head.sends(f"{here(story)}/{NOTHING}/approval").status_code == 404
    assert state(story) == "asked"
