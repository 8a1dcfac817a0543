"""Deputies: who may ask, who may approve, what a deputy can never be used for, and what stays secret."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, codes, done

TUESDAY = london(2026, 6, 16, 9, 30)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BO = {
    "name": "Bo Bracken",
    "email": "bo.bracken@treasury.gov.example",
    "post_title": "Deputy Economic Adviser",
    "organisation": ADVISER.organisation,
    "held_from_on": "2025-03-03",
    "reason": "On leave.",
}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    made = Story(tmp_path, TUESDAY - 8 * DAY)
    made.ready(TUESDAY, ADVISER, CHANCELLOR)
    yield made
    made.service.close()


def asks(story: Story, who: Reader | str = ADVISER, **changes: Any) -> Any:
    return story.post(who, f"/releases/{story.told.release_id}/deputies", json={**BO, **changes})


def decides(story: Story, asked: dict[str, Any], how: str = "approval", who: str = "", **body: Any) -> Any:
    return story.post(who or story.head, f"/deputies/{asked['deputy_id']}/{how}", json=body)


def listed(story: Story) -> list[dict[str, Any]]:
    (in_force,) = [
        one
        for one in story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"]
        if one["state"] == "approved"
    ]
    grants: list[dict[str, Any]] = story.get(story.head, f"/lists/{in_force['list_id']}")["grants"]
    return grants


def other_head(story: Story) -> str:
    person_id = story.service.person("Other Head", "other.head@stats.gov.example")
    story.service.role(person_id, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    return person_id


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"organisation": "Department for Fog"}, 422, "invalid_request"),
        ({"email": "press.office@treasury.gov.example"}, 422, "shared_mailbox"),
        ({"email": ADVISER.email.upper()}, 422, "invalid_request"),
        ({"post_title": "Economic advisers"}, 422, "invalid_request"),
        ({"reason": " "}, 422, "reason_required"),
    ],
)
def test_deputy_who_cannot_be_one_is_refused_and_nothing_is_kept(
    story: Story, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = asks(story, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert story.get(ADVISER, f"/releases/{story.told.release_id}/deputies")["results"] == []
    assert story.entries(EntryKind.DEPUTY_ASKED) == []


def test_deputy_is_asked_for_once_and_again_after_the_request_is_withdrawn(story: Story) -> None:
    first = done(asks(story), 201)
    assert asks(story).json()["code"] == "already_exists"
    withdrawn = done(story.post(ADVISER, f"/deputies/{first['deputy_id']}/withdrawal"))
    assert withdrawn["state"] == "withdrawn"
    assert decides(story, first).json()["code"] == "wrong_state"
    assert done(asks(story), 201)["state"] == "asked"


def test_deputy_of_whose_access_waits_for_a_decision_is_refused_when_asked_and_when_approved(story: Story) -> None:
    asked = done(asks(story), 201)
    path = f"/grants/{story.grant_of(ADVISER)['grant_id']}"
    done(story.post(story.head, f"{path}/pause", json={"reason": "Moved after they had read it."}))
    assert decides(story, asked).json()["code"] == "wrong_state"
    done(story.post(ADVISER, f"/deputies/{asked['deputy_id']}/withdrawal"))
    assert asks(story).json()["code"] == "wrong_state"
    assert [one["paused_reason"] for one in listed(story)] == ["Moved after they had read it.", ""]


def test_deputy_is_decided_by_nobody_who_asked_or_is_one_of_the_two(story: Story) -> None:
    other = other_head(story)
    head = Reader("Example Head", story.service.email_of(story.head), "Head of Profession", ADVISER.organisation)
    story.draft_with(ADVISER, head, replace_draft="true")
    story.told.listed = done(story.approves(other))
    asked_for_head = done(asks(story, head), 201)
    assert codes(decides(story, asked_for_head)) == ["403", "second_person_required"]
    by_other = done(asks(story, other, for_person_id=story.id_of(ADVISER)), 201)
    assert codes(decides(story, by_other, who=other)) == ["403", "second_person_required"]
    done(decides(story, by_other, "refusal", who=story.head, reason="Not this time."))
    themselves = done(asks(story, email="other.head@stats.gov.example", name="Other Head"), 201)
    assert codes(decides(story, themselves, who=other)) == ["403", "second_person_required"]
    for who in (story.statistician, story.lead, story.auditor):
        assert codes(decides(story, themselves, who=who)) == ["403", "role_required"]
    assert done(decides(story, themselves))["state"] == "approved"


def test_request_for_a_deputy_is_seen_by_its_recipient_and_the_producer_and_is_a_secret_to_others(story: Story) -> None:
    asked = done(asks(story), 201)
    path = f"/releases/{story.told.release_id}/deputies"
    own, absent = f"/deputies/{asked['deputy_id']}", "/deputies/dep_" + "0" * 24
    for who in (ADVISER, story.statistician, story.lead, story.head, story.auditor):
        assert [one["email"] for one in story.get(who, path)["results"]] == [BO["email"]]
        assert story.get(who, own)["email"] == BO["email"]
    assert story.get(CHANCELLOR, path)["results"] == []
    deputy = story.service.person(BO["name"], BO["email"])
    for who in (STRANGER, deputy):
        assert story.ask(who, "GET", path).status_code == 404
    for who in (STRANGER, deputy, CHANCELLOR):
        hidden, none = story.ask(who, "GET", own), story.ask(who, "GET", absent)
        assert hidden.status_code == none.status_code == 404
        assert {**hidden.json(), "instance": ""} == {**none.json(), "instance": ""}
        assert story.post(who, f"{own}/withdrawal").status_code == 404
        assert decides(story, asked, who=who if isinstance(who, str) else story.id_of(who)).status_code == 404
    assert asks(story, STRANGER).status_code == 404
    assert asks(story, CHANCELLOR, for_person_id=story.id_of(ADVISER)).status_code == 404


def test_deputy_brings_nobody_else_in_whose_time_in_a_post_was_recorded_after_the_approval(story: Story) -> None:
    with story.tools.transaction() as tx:
        held = tables.holdings
        mine = held.c.person_id == story.id_of(CHANCELLOR)
        tx.connection.execute(held.update().where(mine).values(held_until_on=date(2026, 6, 1)))
        tx.append(_ended(story))
        post_id = tx.connection.execute(select(held.c.post_id).where(mine)).scalar_one()
    story.clock.forward(hours=1)
    again = {"person_id": story.id_of(CHANCELLOR), "from_on": "2026-06-02"}
    done(story.post(story.statistician, f"/posts/{post_id}/holdings", json=again), 201)
    asked = done(asks(story), 201)
    story.clock.forward(hours=1)
    done(decides(story, asked))
    story.clock.put(TUESDAY - 20 * HOUR)
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    bo = Reader(BO["name"], BO["email"], BO["post_title"])
    story.signed(bo)
    assert story.opens(bo).status_code == 201


def test_deputy_whose_own_post_was_on_record_already_counts_all_the_same(story: Story) -> None:
    story.clock.forward(hours=1)
    (treasury,) = {one["organisation_id"] for one in _posts(story) if one["organisation"] == ADVISER.organisation}
    body = {"organisation_id": treasury, "title": BO["post_title"]}
    post_id = done(story.post(story.statistician, "/posts", json=body), 201)["post_id"]
    person_id = story.service.person(BO["name"], BO["email"])
    held = {"person_id": person_id, "from_on": "2025-01-01"}
    done(story.post(story.statistician, f"/posts/{post_id}/holdings", json=held), 201)
    done(decides(story, done(asks(story), 201)))
    story.clock.put(TUESDAY - 20 * HOUR)
    bo = Reader(BO["name"], BO["email"], BO["post_title"])
    story.signed(bo)
    assert story.opens(bo).status_code == 201
    with story.tools.reading() as connection:
        of = tables.holdings.c
        assert len(connection.execute(select(of.holding_id).where(of.person_id == person_id)).all()) == 1


def test_deputy_after_the_window_has_opened_needs_a_reason_to_override_the_freeze(story: Story) -> None:
    asked = done(asks(story), 201)
    story.clock.put(TUESDAY - 20 * HOUR)
    refused = decides(story, asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "list_frozen")
    assert len(listed(story)) == 2
    known = story.get(story.statistician, "/people", params={"email": BO["email"]})["results"]
    assert known == []
    done(decides(story, asked, override_reason="Taken ill this morning."))
    assert len(listed(story)) == 3
    (overridden,) = story.entries(EntryKind.LIST_FREEZE_OVERRIDDEN)
    assert overridden["said"]["cause"] == "deputy"
    assert "Taken ill" not in str(overridden)


def test_deputy_who_is_on_the_list_already_is_refused(story: Story) -> None:
    asked = done(asks(story, email=CHANCELLOR.email, name=CHANCELLOR.name), 201)
    assert decides(story, asked).json()["code"] == "already_exists"
    assert [bool(one["paused_reason"]) for one in listed(story)] == [False, False]


def test_deputy_takes_the_recipients_terms_but_no_exceptional_period(story: Story) -> None:
    path = f"/grants/{story.grant_of(ADVISER)['grant_id']}/extension"
    longer = {"reasons": "Travel.", "board_informed_at": "2026-06-01T09:00:00Z", "asked_minutes": 2880}
    done(story.post(story.head, path, json=longer))
    done(decides(story, done(asks(story), 201)))
    own, made = listed(story)[0], listed(story)[-1]
    assert (own["asked_minutes"], own["exceptional"] is None) == (2880, False)
    assert (made["asked_minutes"], made["exceptional"]) == (None, None)
    assert made["ground"] == f"Stands in for the {ADVISER.post}: {ADVISER.ground}"


def test_deputy_of_an_exceptional_person_needs_a_decision_of_their_own(story: Story) -> None:
    with story.tools.transaction() as tx:
        of = tables.grants
        mine = of.c.person_id == story.id_of(ADVISER)
        tx.connection.execute(of.update().where(mine).values(grant_class="exceptional_person"))
        tx.append(_ended(story))
    answer = asks(story)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert "for this person alone" in answer.json()["detail"]


def test_deputy_is_declined_with_a_reason_and_the_recipient_goes_on(story: Story) -> None:
    asked = done(asks(story), 201)
    assert decides(story, asked, "refusal").json()["code"] == "reason_required"
    story.clock.forward(hours=1)
    done(decides(story, asked, "refusal", reason="The office can brief the minister."))
    assert "The office can brief the minister." in story.letters(ADVISER)[-1][1]
    assert story.service.mailbag.to(BO["email"]) == []
    story.clock.put(TUESDAY - 20 * HOUR)
    assert story.opens(ADVISER).status_code == 201


def test_recipient_with_two_posts_waits_with_both_while_somebody_stands_in(story: Story) -> None:
    second = Reader(ADVISER.name, ADVISER.email, "Second Adviser")
    story.list_with(ADVISER, second, SECRETARY)
    done(decides(story, done(asks(story), 201)))
    assert [(one["holder_email"], bool(one["paused_reason"])) for one in listed(story)] == [
        (ADVISER.email, True),
        (ADVISER.email, True),
        (SECRETARY.email, False),
        (BO["email"], False),
    ]


def _posts(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.get(story.statistician, "/posts")["results"]
    return found


def _ended(story: Story) -> Entry:
    return Entry(EntryKind.HOLDING_ENDED, story.clock.now())
