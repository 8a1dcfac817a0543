"""Training on pages: the producer's policy, what is on record of whom, put on record and withdrawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen

DUE = london(2026, 3, 10, 9, 30)
NOBODY = "per_" + "0" * 24
COURSE = "What access before publication forbids"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.release(DUE)
    told.draft_with(CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/training/{story.sat.producer_id}"


def of(story: Story, who: Reader | str) -> str:
    return f"{here(story)}/people/{story.id_of(who)}"


def filled(done_on: str = "2026-03-02", until: str = "", **changes: str) -> dict[str, str]:
    return {"course": COURSE, **by_day("done_on", done_on), **by_day("valid_until_on", until), **changes}


def recorded(story: Story, who: Reader = CHANCELLOR, **changes: str) -> Visitor:
    visitor = at_pages(story, story.statistician)
    visitor.looks(of(story, who))
    sent = visitor.sends(of(story, who), **filled(**changes), once=visitor.field("once"))
    assert sent.headers["location"] == of(story, who)
    return visitor


def test_head_asks_for_training_and_stops_asking(story: Story) -> None:
    head = at_pages(story, story.head)
    assert head.asks("GET", "/producer/training").headers["location"] == here(story)
    assert "No training is asked for." in head.looks(here(story))
    for wrong in ("0", "3661", "a year", "-1", ""):  # the last one is the policy already
        answer = head.sends(f"{here(story)}/policy", training_days=wrong)
        assert (answer.status_code, 'href="#training_days"' in answer.text) == (422, True)
        assert f'value="{wrong}"' in answer.text or not wrong
    assert head.sends(f"{here(story)}/policy", training_days="365").headers["location"] == here(story)
    assert "Training is asked for, and counts for 365 days." in head.looks(here(story))
    row = next(one for one in story.told.listed["grants"] if one["holder_email"] == CHANCELLOR.email)
    at_list = at_pages(story, story.statistician)
    at_list.looks(f"/lists/{story.told.listed['list_id']}/rows/{row['grant_id']}")
    assert f'href="{of(story, CHANCELLOR)}"' in at_list.last.text
    head.looks(here(story))
    assert head.sends(f"{here(story)}/policy", training_days="").status_code == 303
    assert len(story.entries(EntryKind.TRAINING_POLICY_CHANGED)) == 2


def test_policy_is_the_heads_alone(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    assert "The head of profession decides that." in visitor.looks(here(story))
    for days in ("365", "a year"):
        visitor.looks(here(story))
        assert visitor.sends(f"{here(story)}/policy", training_days=days).status_code == 403
    auditor = at_pages(story, story.auditor)
    for act in ("", "/withdrawal"):
        auditor.looks("/account")
        assert auditor.sends(of(story, CHANCELLOR) + act, course="", reason="").status_code == 403


def test_training_is_put_on_record_once_however_often_the_button_is_pressed(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    found = visitor.sends(f"{here(story)}/people", email=CHANCELLOR.email, name="")
    assert found.headers["location"] == of(story, CHANCELLOR)
    assert "Nothing is on record with this producer." in visitor.looks(of(story, CHANCELLOR))
    sent = {**filled(until="2027-03-01"), "once": visitor.field("once")}
    for _ in range(2):
        visitor.looks(of(story, CHANCELLOR))
        assert visitor.sends(of(story, CHANCELLOR), **sent).status_code == 303
    assert len(story.entries(EntryKind.TRAINING_RECORDED)) == 1
    assert f"{COURSE} 2 March 2026 Counts 1 March 2027" in visitor.looks(of(story, CHANCELLOR))
    assert CHANCELLOR.name in visitor.looks(here(story))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"course": " "}, "course"),
        ({"course": "x" * 301}, "course"),
        (by_day("done_on", ""), "done_on-day"),
        (by_day("done_on", "2026-02-30"), "done_on-day"),
        (by_day("done_on", "2026-03-03"), "done_on-day"),  # is still to come
        (by_day("valid_until_on", "2026-03-01"), "valid_until_on-day"),
        (by_day("valid_until_on", "soon"), "valid_until_on-day"),
    ],
)
def test_training_that_cannot_be_taken_is_told_beside_its_field_and_stays_typed(
    story: Story, changes: dict[str, str], field: str
) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(of(story, CHANCELLOR))
    answer = visitor.sends(of(story, CHANCELLOR), **filled(**changes), once=visitor.field("once"))
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert f'id="{field}"' in answer.text
    assert (changes.get("course") or COURSE).strip() in answer.text
    assert story.entries(EntryKind.TRAINING_RECORDED) == []


@pytest.mark.parametrize(("email", "field"), [("", "email"), ("no address", "email"), ("new@x.gov.example", "name")])
def test_person_who_is_not_found_is_told_beside_the_field(story: Story, email: str, field: str) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    answer = visitor.sends(f"{here(story)}/people", email=email, name="")
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    added = visitor.sends(f"{here(story)}/people", email="new@x.gov.example", name="Nia New")
    assert "Nia New" in visitor.looks(added.headers["location"])


def test_what_should_not_be_on_record_is_withdrawn_with_a_reason(story: Story) -> None:
    visitor = recorded(story)
    visitor.looks(of(story, CHANCELLOR))
    (training_id,) = re.findall(r'value="(trn_\w+)"', visitor.last.text)
    where = f"{of(story, CHANCELLOR)}/withdrawal"
    wrong = [
        ("", "Wrong person.", "training_id"),
        (training_id, " ", "reason"),
        ("trn_" + "0" * 24, "x", "training_id"),
    ]
    for which, reason, field in wrong:
        answer = visitor.sends(where, training_id=which, reason=reason)
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
        assert reason.strip() in answer.text
    assert visitor.sends(where, training_id=training_id, reason="Wrong person.").status_code == 303
    assert "Withdrawn" in visitor.looks(of(story, CHANCELLOR))
    for which in (training_id, ""):  # nothing stands any more, so there is nothing to choose
        visitor.looks(of(story, CHANCELLOR))
        again = visitor.sends(where, training_id=which, reason="Wrong person.")
        assert (again.status_code, "withdrawn already" in words(again)) == (409, True)


def test_training_withdrawn_meanwhile_is_told_beside_what_stands(story: Story) -> None:
    visitor = recorded(story)
    visitor.looks(of(story, CHANCELLOR))
    (training_id,) = re.findall(r'value="(trn_\w+)"', visitor.last.text)
    where = f"{of(story, CHANCELLOR)}/withdrawal"
    visitor.sends(where, training_id=training_id, reason="Wrong person.")
    recorded(story, course="Another course")
    visitor.looks(of(story, CHANCELLOR))
    again = visitor.sends(where, training_id=training_id, reason="Wrong person.")
    assert (again.status_code, "withdrawn already" in words(again)) == (422, True)
    assert 'id="training_id"' in again.text


def test_page_says_whether_a_person_has_what_is_asked_for(story: Story) -> None:
    done(
        story.ask(story.head, "PUT", f"/producers/{story.sat.producer_id}/training-policy", json={"training_days": 30})
    )
    visitor = at_pages(story, story.auditor)
    assert at_pages(story, story.lead).looks(of(story, CHANCELLOR)).count("Has no training that counts today") == 1
    recorded(story, done_on="2026-01-05")
    assert "it counted until 4 February 2026" in visitor.looks(of(story, CHANCELLOR))
    recorded(story)
    assert "Has the training that is asked for, until 1 April 2026." in visitor.looks(of(story, CHANCELLOR))
    assert "Put training on record" not in words(visitor.last)
    assert "See their training" not in visitor.looks(here(story))


def test_nobody_puts_training_of_their_own_on_record(story: Story) -> None:
    own = of(story, story.statistician)
    visitor = at_pages(story, story.statistician)
    assert "Nobody puts training of their own on record" in visitor.looks(own)
    assert "Put it on record" not in words(visitor.last)
    once = at_pages(story, story.lead)
    once.looks(own)
    visitor.looks(here(story))
    refused = visitor.sends(own, **filled(), once=once.field("once"))
    assert (refused.status_code, "access of their own" in words(refused)) == (403, True)


def test_training_of_many_is_shown_by_twenty(story: Story) -> None:
    body = {"producer_id": story.sat.producer_id, "done_on": "2026-03-01"}
    for number in range(21):
        story.clock.forward(seconds=1)
        sent = {**body, "course": f"Course {number}."}
        done(story.post(story.statistician, f"/people/{story.id_of(ADVISER)}/training", json=sent), 201)
    visitor = at_pages(story, story.auditor)
    visitor.looks(here(story))
    (more,) = re.findall(r'href="(\?after=[\w-]+)"', visitor.last.text)
    assert "Course 0." not in words(visitor.last)
    assert "Course 0." in visitor.looks(here(story) + more)


def test_training_is_not_there_for_whoever_has_no_role_with_the_producer(story: Story) -> None:
    recorded(story)
    other = story.service.producer("Office for Other Statistics")
    for who in (STRANGER, CHANCELLOR, other.people[Role.HEAD_OF_PROFESSION]):
        visitor = at_pages(story, who)
        none = f"{here(story)[:-24]}{'0' * 24}"
        assert seen(visitor.asks("GET", here(story))) == seen(visitor.asks("GET", none))
        for place in (here(story), of(story, CHANCELLOR)):
            assert visitor.asks("GET", place).status_code == 404
        for act in (f"{here(story)}/policy", f"{here(story)}/people", f"{of(story, CHANCELLOR)}/withdrawal"):
            visitor.looks("/account")
            sent = visitor.sends(act, training_days="1", email=CHANCELLOR.email, reason="x")
            assert sent.status_code == 404
    assert at_pages(story, STRANGER).asks("GET", "/producer/training").status_code == 404
    auditor = at_pages(story, story.auditor)
    nobody = auditor.asks("GET", f"{here(story)}/people/{NOBODY}")
    assert seen(auditor.asks("GET", of(story, ADVISER))) == seen(nobody)  # nothing is on record of them
    auditor.looks(here(story))
    auditor.looks("/account")
    assert auditor.sends(f"{here(story)}/people", email=CHANCELLOR.email).status_code == 404
    publisher = story.service.person("Pat Publisher", "pat.publisher@x.gov.example")
    story.service.role(publisher, Role.PUBLISHER, story.sat.organisation_id)
    assert at_pages(story, publisher).asks("GET", here(story)).status_code == 403


def test_person_of_two_producers_chooses_one(story: Story) -> None:
    other = story.service.producer("Office for Other Statistics")
    story.service.role(story.head, Role.HEAD_OF_PROFESSION, other.organisation_id)
    head = at_pages(story, story.head)
    assert "Office for Other Statistics" in head.looks("/producer/training")
