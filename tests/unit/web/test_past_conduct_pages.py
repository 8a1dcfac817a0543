"""Suspensions and past failures of a producer on pages, without an incident."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story
from tests.unit.web.browser import Visitor, by_day
from tests.unit.web.test_recall_pages import at_pages, both_producers

NOW = london(2026, 3, 2, 10, 0)
DUE = london(2026, 3, 10, 9, 30)
WHY = "The bulletin was passed on."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, NOW)
    told.ready(DUE, CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def suspended(story: Story) -> str:
    return f"/producer/producers/{story.sat.producer_id}/suspensions"


def failures(story: Story) -> str:
    return f"/producer/failures/{story.sat.producer_id}"


def looked_for(visitor: Visitor, path: str, email: str = CHANCELLOR.email) -> dict[str, str]:
    """Look for somebody; gives what the form about them carries."""
    visitor.looks(path)
    assert visitor.sends(path, email=email).status_code == 200, visitor.last.text
    return {name: visitor.field(name) for name in ("email", "found", "once")}


def subject(visitor: Visitor, kind: str) -> str:
    return next(one for one in visitor.last.text.split('value="')[1:] if one.startswith(f"{kind}:")).partition('"')[0]


def test_somebody_is_found_by_address_and_suspended_once(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert "Nobody was ever suspended." in lead.looks(suspended(story))
    sent = {**looked_for(lead, suspended(story)), "reason": WHY, "needs_training": "yes"}
    sent["subject"] = subject(lead, "person")
    for _ in range(2):  # the button is pressed twice
        place = lead.sends(suspended(story), **sent).headers["location"]
        assert place.startswith("/producer/suspensions/sus_")
        lead.looks(suspended(story))
    assert len(story.entries(EntryKind.SUSPENSION_BEGUN)) == 1
    assert f'href="{place}"' in lead.last.text
    lead.looks(place)
    assert f'href="{suspended(story)}"' in lead.last.text  # the way back
    assert any(WHY in body for _, body in story.letters(CHANCELLOR))


def test_organisation_is_suspended_through_somebody_in_it(story: Story) -> None:
    head = at_pages(story, story.head)
    sent = looked_for(head, suspended(story), ADVISER.email)
    assert "The post of Chief Economic Adviser, Example Treasury, whoever holds it" in head.last.text
    answer = head.sends(suspended(story), **sent, subject=subject(head, "organisation"), reason=WHY)
    assert answer.status_code == 303
    assert "Example Treasury" in head.looks(suspended(story))


def test_suspension_without_a_subject_or_a_reason_keeps_what_was_typed(story: Story) -> None:
    head = at_pages(story, story.head)
    sent = looked_for(head, suspended(story))
    answer = head.sends(suspended(story), **sent, conditions="A talk.")
    wanted = [f'href="#{field}"' in answer.text for field in ("subject", "reason")]
    assert (answer.status_code, wanted, ">A talk.</textarea>" in answer.text) == (422, [True, True], True)
    answer = head.sends(suspended(story), **sent, subject=subject(head, "person"), reason="x" * 5001)
    assert (answer.status_code, 'href="#reason"' in answer.text, "checked" in answer.text) == (422, True, True)
    assert story.entries(EntryKind.SUSPENSION_BEGUN) == []


@pytest.mark.parametrize("email", ["", "nobody", "no.one@nowhere.gov.example"])
def test_nobody_is_found_by_what_is_no_address_or_nobodys(story: Story, email: str) -> None:
    for path in (suspended(story), failures(story)):
        head = at_pages(story, story.head)
        head.looks(path)
        answer = head.sends(path, email=email)
        assert (answer.status_code, 'href="#email"' in answer.text) == (422, True)
        assert f'value="{email}"' in answer.text or not email


def test_failure_is_put_on_record_once_and_withdrawn(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert "Nothing is on record." in lead.looks(failures(story))
    sent = {**looked_for(lead, failures(story)), "what": WHY, "order": "uk", **by_day("occurred_on", "2026-03-01")}
    for _ in range(2):  # the button is pressed twice
        assert lead.sends(failures(story), **sent).headers["location"] == f"{failures(story)}?done=recorded"
        lead.looks(failures(story))
    (entry,) = story.entries(EntryKind.FAILURE_RECORDED)
    assert f"{CHANCELLOR.name}, 1 March 2026 {WHY} The UK Order of 2008" in lead.looks(failures(story))
    field = f"why-{entry['said']['failure_id']}"
    withdrawal = f"{failures(story)}/{entry['said']['failure_id']}/withdrawal"
    empty = lead.sends(withdrawal)
    assert (empty.status_code, f'href="#{field}"' in empty.text) == (422, True)
    head = at_pages(story, story.head)
    for producer_id in (f"prd_{'0' * 24}", both_producers(story)):
        head.looks(failures(story))
        elsewhere = withdrawal.replace(story.sat.producer_id, producer_id)
        assert head.sends(elsewhere, **{field: "It was somebody else."}).status_code == 404
    assert story.entries(EntryKind.FAILURE_WITHDRAWN) == []
    gone = lead.sends(withdrawal, **{field: "It was somebody else."})
    assert gone.headers["location"] == f"{failures(story)}?done=withdrawn"
    assert "It was somebody else." in lead.looks(failures(story))
    assert "Withdraw it" not in lead.last.text
    lead.looks("/account")
    late = lead.sends(withdrawal)
    assert (late.status_code, "withdrawn already" in late.text) == (409, True)
    auditor = at_pages(story, story.auditor)
    auditor.looks("/account")
    assert auditor.sends(withdrawal).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": ""}, "what"),
        ({"order": ""}, "order"),
        ({"occurred_on-month": "13"}, "occurred_on-day"),
        ({"occurred_on-year": "2027"}, "occurred_on-day"),  # has not come yet
    ],
)
def test_failure_that_cannot_be_taken_is_told_beside_its_field(
    story: Story, changes: dict[str, str], field: str
) -> None:
    head = at_pages(story, story.head)
    sent = {**looked_for(head, failures(story)), "what": WHY, "order": "uk", **by_day("occurred_on", "2026-03-01")}
    answer = head.sends(failures(story), **{**sent, **changes})
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert (CHANCELLOR.name in answer.text, story.entries(EntryKind.FAILURE_RECORDED)) == (True, [])


def test_nobody_decides_on_a_failure_of_their_own(story: Story) -> None:
    lead, head = at_pages(story, story.lead), at_pages(story, story.head)
    own = story.service.email_of(story.lead)
    about = {"what": WHY, "order": "uk", **by_day("occurred_on", "2026-03-01")}
    assert lead.sends(failures(story), **looked_for(lead, failures(story), own), **about).status_code == 403
    assert head.sends(failures(story), **looked_for(head, failures(story), own), **about).status_code == 303
    assert "It is about you, so somebody else decides whether it stays." in lead.looks(failures(story))
    assert "Withdraw it" not in lead.last.text


def test_those_who_do_not_decide_see_no_form_and_others_nothing(story: Story) -> None:
    for path in (suspended(story), failures(story)):
        for who in (story.statistician, story.auditor):
            visitor = at_pages(story, who)
            assert "A lead official or the head of profession" in visitor.looks(path)
            assert "<form" not in visitor.last.text.partition("<main")[2]
            assert visitor.sends(path, email=CHANCELLOR.email).status_code == 403
        other = story.service.producer(f"Office of {path[10:17]}").people[Role.HEAD_OF_PROFESSION]
        for person in (STRANGER, CHANCELLOR, other):
            assert at_pages(story, person).asks("GET", path).status_code == 404
