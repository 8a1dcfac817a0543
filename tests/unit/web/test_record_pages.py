"""The record of access on pages: what was said, a request taken and answered once, the answer and the whole read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.actions import record_requests
from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.scenarios.test_special_classes import SCOTTISH, WELSH, grant, ready
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen

DUE = london(2026, 6, 16, 9, 30)
NOTHING = "rrq_" + "0" * 24
SAID = "Asked by telephone whether it could come out a day later. Told that it could not."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A Welsh release whose window is open."""
    told = Story(tmp_path, london(2026, 5, 18, 10, 0))
    ready(told, DUE, grant(CHANCELLOR, ground_letter="a"), grant(ADVISER, ground_letter="a"), **WELSH)
    told.clock.put(london(2026, 6, 15, 12, 0))
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/record"


def requests(story: Story) -> str:
    return f"/producer/record-requests/{story.sat.producer_id}"


def said(**changes: str) -> dict[str, str]:
    clock = {**by_day("made_on", "2026-06-15"), "made_clock": "11:00am"}
    return {"by": "Private Secretary", "by_person_id": "", "about": "timing", "words": SAID, **clock, **changes}


def asked(**changes: str) -> dict[str, str]:
    who = {"requester": "Sam Asker", "address": "1 High Street", "asked_for": "Who had access?"}
    return {**who, **by_day("asked_on", "2026-06-15"), **changes}


def taken(story: Story, visitor: Visitor | None = None) -> str:
    visitor = visitor or at_pages(story, story.statistician)
    visitor.looks(here(story))
    made = visitor.sends(f"{here(story)}/requests", **asked(), once=visitor.field("once"))
    assert made.status_code == 303, words(made)
    return str(made.headers["location"])


def test_what_was_said_is_put_on_record_once_however_often_the_button_is_pressed(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(f"/producer/releases/{story.told.release_id}")
    assert f'href="{here(story)}"' in visitor.last.text
    assert "Nothing is on record." in visitor.looks(here(story))
    sent = {**said(by_person_id=story.id_of(CHANCELLOR)), "once": visitor.field("once")}
    for _ in range(2):
        visitor.looks(here(story))
        assert visitor.sends(f"{here(story)}/representations", **sent).headers["location"] == here(story)
    (entry,) = story.entries(EntryKind.REPRESENTATION_RECORDED)
    assert entry["said"]["about"] == "timing"
    assert f"Its timing {SAID} 11:00am on Monday 15 June 2026" in visitor.looks(here(story))
    assert SAID in at_pages(story, story.head).looks(f"{here(story)}/whole")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"by": " "}, "by"),
        ({"by_person_id": "per_" + "0" * 24}, "by_person_id"),
        ({"about": ""}, "about"),
        ({"words": ""}, "words"),
        ({"made_clock": "noonish"}, "made_on-day"),
        (by_day("made_on", ""), "made_on-day"),
        (by_day("made_on", "2026-06-16"), "made_on-day"),  # is still to come
    ],
)
def test_words_that_cannot_be_taken_are_told_beside_their_field_and_stay_typed(
    story: Story, changes: dict[str, str], field: str
) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    answer = visitor.sends(f"{here(story)}/representations", **said(**changes), once=visitor.field("once"))
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert f'id="{field}"' in answer.text
    assert changes.get("words", SAID) in answer.text
    assert story.entries(EntryKind.REPRESENTATION_RECORDED) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requester": ""}, "requester"),
        ({"address": " "}, "address"),
        ({"asked_for": ""}, "asked_for"),
        (by_day("asked_on", "2026-02-30"), "asked_on-day"),
        (by_day("asked_on", ""), "asked_on-day"),
        (by_day("asked_on", "2026-06-16"), "asked_on-day"),  # is still to come
    ],
)
def test_request_that_cannot_be_taken_is_told_beside_its_field_and_stays_typed(
    story: Story, changes: dict[str, str], field: str
) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    answer = visitor.sends(f"{here(story)}/requests", **asked(**changes), once=visitor.field("once"))
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert f'id="{field}"' in answer.text
    assert changes.get("asked_for", "Who had access?") in answer.text
    assert story.entries(EntryKind.RECORD_ASKED_FOR) == []


def test_request_is_taken_answered_once_and_its_answer_read(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    assert visitor.asks("GET", "/producer/record-requests").headers["location"] == requests(story)
    assert "Nobody has asked for one." in visitor.looks(requests(story))
    place = taken(story, visitor)
    told = ("Sam Asker", "1 High Street", "Who had access?", "To be answered", "Answer by 13 July 2026")
    shown = visitor.looks(place)
    assert [one for one in told if one not in shown] == []
    assert "How are people told of?" not in shown  # the Welsh Order leaves no choice
    assert visitor.asks("GET", f"{place}/answer").status_code == 409
    visitor.looks(place)
    for _ in range(2):
        assert visitor.sends(place).headers["location"] == place
        visitor.looks(requests(story))
        visitor.looks("/account")
    assert len(story.entries(EntryKind.RECORD_GIVEN)) == 1
    visitor.looks(place)
    files = re.findall(rf'href="({place}/answer\.\w+)"', visitor.last.text)
    assert [visitor.asks("GET", one).status_code for one in files] == [200] * 4
    assert CHANCELLOR.email not in visitor.looks(f"{place}/answer")
    assert "Chancellor" in words(visitor.last)
    assert len(story.entries(EntryKind.RECORD_ANSWER_READ)) == 5
    assert visitor.asks("GET", f"{place}/answer.exe").status_code == 404
    assert "Answered" in visitor.looks(requests(story))


def test_late_request_is_told_as_overdue_and_reminders_lead_to_its_page(story: Story) -> None:
    place = taken(story)
    story.clock.put(london(2026, 7, 14, 9, 0))
    assert "Overdue" in at_pages(story, story.head).looks(requests(story))
    assert record_requests.remind_of_requests(story.tools) > 0
    told = [body for _, body in story.letters(story.statistician)]
    assert any(f"{story.tools.policy.public_address}{place}" in body for body in told)


def test_scottish_answer_is_by_job_title_or_by_name_as_chosen(story: Story) -> None:
    story.release(DUE, **SCOTTISH)
    visitor = at_pages(story, story.statistician)
    place = taken(story, visitor)
    assert "The Order sets no time" in visitor.looks(place)
    empty = visitor.sends(place)
    assert (empty.status_code, 'href="#people_by"' in empty.text) == (422, True)
    assert visitor.sends(place, people_by="name").headers["location"] == place
    assert [one["said"]["people_by"] for one in story.entries(EntryKind.RECORD_GIVEN)] == ["name"]


def test_order_without_a_record_has_none_and_takes_no_request(story: Story) -> None:
    visitor = at_pages(story, story.head)
    visitor.looks(here(story))
    once = visitor.field("once")
    story.release(DUE, title="Claimant count", sensitivity="ordinary")
    shown = visitor.looks(here(story))
    assert "has no record of access kept, and gives nobody a right to one" in shown
    assert "Take the request" not in shown
    assert visitor.sends(f"{here(story)}/requests", **asked(), once=once).status_code == 404
    assert visitor.asks("GET", f"{here(story)}/whole").status_code == 404
    visitor.looks(here(story))
    kept = visitor.sends(f"{here(story)}/representations", **said(), once=visitor.field("once"))
    assert kept.status_code == 303
    story.release(DUE, title="Try it out", rehearsal=True, order="wales", sensitivity="ordinary")
    assert "This is a rehearsal, of which no record of access is kept." in visitor.looks(here(story))


def test_whole_record_is_the_heads_and_the_auditors(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    assert "The head of profession and auditors read the whole record." in visitor.looks(here(story))
    assert visitor.asks("GET", f"{here(story)}/whole").status_code == 403
    for who in (story.head, story.auditor):
        assert CHANCELLOR.name in at_pages(story, who).looks(f"{here(story)}/whole")


def test_auditor_reads_and_does_nothing(story: Story) -> None:
    place = taken(story)
    auditor = at_pages(story, story.auditor)
    assert "Those who prepare the release put it on record." in auditor.looks(here(story))
    assert "Those who prepare the release answer it." in auditor.looks(place)
    once = at_pages(story, story.head)
    once.looks(here(story))
    auditor.looks("/account")
    sent = {"once": once.field("once")}
    assert auditor.sends(place).status_code == 403
    assert auditor.sends(f"{here(story)}/requests", **asked(), **sent).status_code == 403
    assert auditor.sends(f"{here(story)}/representations", **said(), **sent).status_code == 403
    for act in ("requests", "representations"):  # and whatever the form lacks
        auditor.looks("/account")
        assert auditor.sends(f"{here(story)}/{act}", **sent).status_code == 403


def test_requests_are_shown_by_twenty(story: Story) -> None:
    body = {"requester": "Sam Asker", "address": "1 High Street", "asked_for": "Who?", "asked_on": "2026-06-15"}
    for number in range(21):
        story.clock.forward(seconds=1)
        sent = {**body, "requester": f"Asker {number}."}
        done(story.post(story.statistician, f"/releases/{story.told.release_id}/record-requests", json=sent), 201)
    visitor = at_pages(story, story.auditor)
    assert "Asker 0." not in visitor.looks(requests(story))
    (more,) = re.findall(r'href="(\?after=[\w-]+)"', visitor.last.text)
    assert "Asker 0." in visitor.looks(requests(story) + more)


def test_records_are_not_there_for_whoever_has_no_role_with_the_producer(story: Story) -> None:
    place = taken(story)
    other = story.service.producer("Office for Other Statistics")
    for who in (STRANGER, CHANCELLOR, other.people[Role.HEAD_OF_PROFESSION]):
        visitor = at_pages(story, who)
        assert seen(visitor.asks("GET", place)) == seen(visitor.asks("GET", f"{requests(story)}/{NOTHING}"))
        for address in (here(story), f"{here(story)}/whole", requests(story), place, f"{place}/answer.csv"):
            assert visitor.asks("GET", address).status_code == 404
        for act in (place, f"{here(story)}/requests", f"{here(story)}/representations"):
            visitor.looks("/account")
            assert visitor.sends(act, **asked(), **said()).status_code == 404
    theirs = at_pages(story, other.people[Role.HEAD_OF_PROFESSION])
    assert theirs.asks("GET", f"/producer/record-requests/{other.producer_id}/{place[-28:]}").status_code == 404
    assert at_pages(story, STRANGER).asks("GET", "/producer/record-requests").status_code == 404
    story.service.role(story.head, Role.HEAD_OF_PROFESSION, other.organisation_id)
    assert "Office for Other Statistics" in at_pages(story, story.head).looks("/producer/record-requests")
