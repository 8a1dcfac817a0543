"""Confirmations: what an answer covers, what a new version keeps of it, and what stays secret between organisations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import reminding
from app.actions.reminding import Waiting
from app.actions.tools import Tools
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.worker.loop import each
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done

TUESDAY = london(2026, 6, 16, 9, 30)
NEXT = london(2026, 7, 14, 9, 30)
DAY = timedelta(days=1)
FOG = Reader("Fenn Fir", "fenn.fir@fog.gov.example", "Chief Forecaster", "Department for Fog")
NONE = "cnf_" + "0" * 24


class World:
    """A list of two organisations, each with a coordinator, at the time when they are asked."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.story = Story(folder, TUESDAY - 8 * DAY, database_url=database_url)
        self.story.release(TUESDAY)
        self.story.list_with(ADVISER, SECRETARY, FOG)
        self.organisations = {one["organisation"]: one["organisation_id"] for one in self.states()["results"]}
        self.treasury = self.coordinator("co.cherry@treasury.gov.example", ADVISER.organisation)
        self.fog = self.coordinator("cy.cypress@fog.gov.example", FOG.organisation)

    def coordinator(self, email: str, organisation: str) -> str:
        person_id = self.story.service.person("Co Cherry", email)
        self.story.service.role(person_id, Role.COORDINATOR, self.organisations[organisation])
        return person_id

    def list_id(self) -> str:
        return str(self.story.told.listed["list_id"])

    def states(self, list_id: str = "") -> Any:
        return self.story.get(self.story.statistician, f"/lists/{list_id or self.list_id()}/confirmations")

    def state(self, organisation: str, list_id: str = "") -> tuple[str, bool]:
        found = next(one for one in self.states(list_id)["results"] if one["organisation"] == organisation)
        return found["state"], found["current"]

    def asks(self, list_id: str = "", **body: Any) -> Any:
        return self.story.post(self.story.statistician, f"/lists/{list_id or self.list_id()}/confirmations", json=body)

    def looks(self) -> None:
        each(reminding.questions_due, reminding.tend_question)(self.story.tools)

    def asked(self, who: str) -> dict[str, Any]:
        newest = self.story.get(who, "/confirmations")["results"][0]
        return dict(self.story.get(who, f"/confirmations/{newest['confirmation_id']}"))

    def answers(self, who: str, asked: dict[str, Any] | None = None, **changes: Any) -> Any:
        asked = asked or self.asked(who)
        body = {"answer": "confirmed", "rows_sha256": asked["rows_sha256"], **changes}
        return self.story.post(who, f"/confirmations/{asked['confirmation_id']}/answer", json=body)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.story.service.close()


def test_question_is_asked_once_however_often_and_by_whomever(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, any_database_url)
    world.story.clock.put(TUESDAY - 7 * DAY)
    (first, second) = reminding.questions_due(world.story.tools)
    reminding.tend_question(world.story.tools, first)
    reminding.tend_question(world.story.tools, first)  # another replica that had found the same
    reminding.tend_question(world.story.tools, second)
    assert done(world.asks(), 201)["open_count"] == 2
    assert reminding.questions_due(world.story.tools) == ()
    asked = [entry["said"]["how"] for entry in world.story.entries(EntryKind.CONFIRMATION_ASKED)]
    assert asked == ["first", "first"]
    assert len(world.story.letters(world.treasury)) == len(world.story.letters(world.fog)) == 1
    done(world.answers(world.treasury))
    assert world.state(ADVISER.organisation) == ("confirmed", True)
    world.story.service.close()


def test_one_organisation_that_fails_does_not_keep_the_others_from_being_asked(world: World) -> None:
    done_for: list[Waiting] = []

    def act(tools: Tools, waiting: Waiting) -> None:
        if not done_for:
            done_for.append(waiting)
            raise RuntimeError("the first one fails")
        done_for.append(waiting)
        reminding.tend_question(tools, waiting)

    world.story.clock.put(TUESDAY - 7 * DAY)
    each(reminding.questions_due, act)(world.story.tools)
    assert [one["state"] for one in world.states()["results"]] == ["not_asked", "asked"]
    world.looks()
    assert [one["state"] for one in world.states()["results"]] == ["asked", "asked"]


def test_question_to_another_organisation_looks_like_one_that_does_not_exist(world: World) -> None:
    done(world.asks(), 201)
    asked = world.asked(world.treasury)
    path = f"/confirmations/{asked['confirmation_id']}"
    body = {"answer": "confirmed", "rows_sha256": asked["rows_sha256"]}
    people = (world.fog, ADVISER, STRANGER, world.story.statistician, world.story.head, world.story.auditor)
    for who in people:
        hidden, absent = world.story.ask(who, "GET", path), world.story.ask(who, "GET", f"/confirmations/{NONE}")
        assert hidden.status_code == absent.status_code == 404
        assert {**hidden.json(), "instance": ""} == {**absent.json(), "instance": ""}
        assert world.story.post(who, f"{path}/answer", json=body).status_code == 404
    assert world.story.ask(None, "GET", path).status_code == 401
    assert [one["organisation"] for one in world.story.get(world.fog, "/confirmations")["results"]] == [
        FOG.organisation
    ]
    for who in (ADVISER, STRANGER, world.story.head):
        assert world.story.get(who, "/confirmations")["results"] == []
    for who in (world.treasury, ADVISER, STRANGER):
        assert world.story.ask(who, "GET", f"/lists/{world.list_id()}/confirmations").status_code == 404
        assert world.story.post(who, f"/lists/{world.list_id()}/confirmations", json={}).status_code == 404
    assert ADVISER.name not in str(world.asked(world.fog))


def test_coordinator_whose_role_has_ended_sees_and_answers_nothing_more(world: World) -> None:
    done(world.asks(), 201)
    asked = world.asked(world.treasury)
    admin = world.story.service.administrator()
    (role,) = world.story.get(admin, f"/people/{world.treasury}")["roles"]
    done(world.story.post(admin, f"/roles/{role['role_id']}/end"))
    assert world.story.ask(world.treasury, "GET", f"/confirmations/{asked['confirmation_id']}").status_code == 404
    assert world.answers(world.treasury, asked).status_code == 404
    assert world.story.get(world.treasury, "/confirmations")["results"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": "changes_wanted"},
        {"answer": "confirmed", "changes": [{"what": "left_post"}]},
        {"answer": "changes_wanted", "changes": [{"what": "left_post"}, {"what": "no_longer_needs"}]},
        {"answer": "changes_wanted", "changes": [{"what": "other_holder"}]},
        {"answer": "changes_wanted", "changes": [{"what": "left_post", "email": "bo@treasury.gov.example"}]},
        {"answer": "changes_wanted", "changes": [{"what": "left_post", "grant_id": "grt_" + "0" * 24}]},
        {"answer": "changes_wanted", "changes": [{"what": "other_holder", "email": "press.office@x.gov.example"}]},
    ],
)
def test_answer_that_cannot_be_read_changes_nothing(world: World, changes: dict[str, Any]) -> None:
    done(world.asks(), 201)
    asked = world.asked(world.treasury)
    mine = {"grant_id": asked["rows"][0]["grant_id"]}
    sent = {**changes, "changes": [{**mine, **one} for one in changes.get("changes", [])]}
    assert world.answers(world.treasury, asked, **sent).status_code == 422
    assert world.state(ADVISER.organisation) == ("asked", False)
    assert world.story.entries(EntryKind.CONFIRMATION_ANSWERED) == []


def test_answer_about_a_row_of_another_organisation_is_refused(world: World) -> None:
    done(world.asks(), 201)
    theirs = world.asked(world.fog)["rows"][0]["grant_id"]
    changes = [{"grant_id": theirs, "what": "left_post"}]
    assert world.answers(world.treasury, answer="changes_wanted", changes=changes).status_code == 422
    listed = world.story.get(world.story.head, f"/lists/{world.list_id()}")
    assert [grant["paused_reason"] for grant in listed["grants"]] == ["", "", ""]


def test_answer_about_rows_that_were_changed_meanwhile_is_refused_and_asked_anew_once_answered(world: World) -> None:
    draft = world.story.draft_with(ADVISER, SECRETARY, FOG)
    done(world.asks(), 201)
    seen = world.asked(world.treasury)
    holder = {"email": CHANCELLOR.email, "name": CHANCELLOR.name, "held_from_on": "2020-01-06"}
    path = f"/lists/{draft['list_id']}/grants/{world.story.grant_of(ADVISER)['grant_id']}/holder"
    done(world.story.ask(world.story.statistician, "PUT", path, json=holder, revision=draft["revision"]))
    stale = world.answers(world.treasury, seen)
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    done(world.answers(world.treasury))
    assert world.state(ADVISER.organisation) == ("confirmed", True)
    draft = world.story.get(world.story.head, f"/lists/{draft['list_id']}")
    removed = f"/lists/{draft['list_id']}/grants/{world.story.grant_of(SECRETARY)['grant_id']}"
    done(world.story.ask(world.story.statistician, "DELETE", removed, revision=draft["revision"]))
    assert world.state(ADVISER.organisation) == ("confirmed", False)
    world.story.clock.forward(hours=1)
    world.looks()
    assert world.state(ADVISER.organisation) == ("asked", False)
    assert "The list has changed since you answered" in world.story.letters(world.treasury)[-1][1]


def test_new_version_keeps_answers_about_the_same_people_and_asks_the_others_anew(world: World) -> None:
    done(world.asks(), 201)
    done(world.answers(world.treasury))
    done(world.answers(world.fog))
    world.story.clock.forward(hours=1)
    other = Reader("Gale Gorse", "gale.gorse@fog.gov.example", FOG.post, FOG.organisation)
    draft = world.story.draft_with(ADVISER, SECRETARY, other)
    assert [one["state"] for one in world.states(draft["list_id"])["results"]] == ["not_asked", "not_asked"]
    world.looks()
    assert world.state(ADVISER.organisation, draft["list_id"]) == ("confirmed", True)
    assert world.state(FOG.organisation, draft["list_id"]) == ("asked", False)
    assert len(world.story.letters(world.treasury)) == 1
    assert "The list has changed since you answered" in world.story.letters(world.fog)[-1][1]
    assert world.asked(world.fog)["rows"][0]["holder_name"] == other.name


def test_open_question_moves_to_a_new_version_without_another_letter_and_keeps_its_time(world: World) -> None:
    done(world.asks(), 201)
    before = world.asked(world.fog)
    world.story.clock.forward(hours=3)
    draft = world.story.draft_with(ADVISER, SECRETARY, FOG, CHANCELLOR)
    world.looks()
    after = world.asked(world.fog)
    assert (after["confirmation_id"], after["asked_at"]) == (before["confirmation_id"], before["asked_at"])
    assert after["list_id"] == draft["list_id"]
    assert len(world.story.letters(world.fog)) == 1


def test_changes_that_are_wanted_stay_with_the_rows_on_a_new_version_that_has_not_made_them(world: World) -> None:
    done(world.asks(), 201)
    asked = world.asked(world.fog)
    wanted = [{"grant_id": asked["rows"][0]["grant_id"], "what": "no_longer_needs"}]
    done(world.answers(world.fog, asked, answer="changes_wanted", changes=wanted))
    draft = world.story.draft_with(ADVISER, FOG)
    world.looks()
    shown = next(one for one in world.states(draft["list_id"])["results"] if one["organisation"] == FOG.organisation)
    assert shown["state"] == "changes_wanted"
    assert [one["grant_id"] for one in shown["confirmation"]["changes"]] == [world.story.grant_of(FOG)["grant_id"]]


def test_version_that_is_superseded_can_be_neither_asked_about_nor_answered_on(world: World) -> None:
    done(world.asks(), 201)
    asked, old = world.asked(world.treasury), world.list_id()
    world.story.list_with(ADVISER, FOG)
    assert world.asks(old).json()["code"] == "wrong_state"
    assert world.answers(world.treasury, asked).json()["code"] == "wrong_state"
    world.looks()
    done(world.answers(world.treasury))


def test_row_that_came_from_another_release_waits_until_its_coordinator_confirms_it(world: World) -> None:
    first = world.story.told.release_id
    world.story.release(NEXT)
    path = f"/releases/{world.story.told.release_id}/lists"
    draft = done(world.story.post(world.story.statistician, path, json={"from_release_id": first}), 201)
    world.story.told.listed = draft
    done(world.asks(), 201)
    done(world.answers(world.treasury))
    refused = world.story.approves(world.story.head).json()
    assert [(one["code"], FOG.post in one["detail"]) for one in refused["reasons"]] == [("holder_not_confirmed", True)]
    done(world.answers(world.fog))
    wanted = [{"grant_id": world.asked(world.treasury)["rows"][0]["grant_id"], "what": "left_post"}]
    done(world.answers(world.treasury, answer="changes_wanted", changes=wanted))  # they found out later
    reasons = world.story.approves(world.story.head).json()["reasons"]
    assert {one["code"] for one in reasons} == {"holder_not_confirmed"}
    done(world.answers(world.treasury))
    assert world.story.approves(world.story.head).status_code == 200


def test_person_said_to_have_left_is_paused_on_the_list_in_force_though_the_draft_was_asked_about(world: World) -> None:
    in_force = world.list_id()
    world.story.draft_with(ADVISER, SECRETARY, FOG)
    done(world.asks(), 201)
    asked = world.asked(world.treasury)
    (mine,) = [row["grant_id"] for row in asked["rows"] if row["holder_name"] == ADVISER.name]
    wanted = [{"grant_id": mine, "what": "left_post"}]
    done(world.answers(world.treasury, asked, answer="changes_wanted", changes=wanted))
    grants = world.story.get(world.story.head, f"/lists/{in_force}")["grants"]
    assert [(grant["holder_email"], bool(grant["paused_reason"])) for grant in grants] == [
        (ADVISER.email, True),
        (SECRETARY.email, False),
        (FOG.email, False),
    ]
    assert any("access paused" in subject for subject, _ in world.story.letters(ADVISER))


def test_nobody_is_asked_about_a_release_that_is_over_or_has_no_time_set(world: World) -> None:
    world.story.clock.put(TUESDAY - 7 * DAY)
    done(world.story.moves(world.story.statistician, "announcement"))
    done(world.story.moves(world.story.head, "postponement", reason="A table is wrong."))
    assert reminding.questions_due(world.story.tools) == ()
    done(world.story.moves(world.story.head, "cancellation", reason="It will not come out."))
    assert world.asks().json()["code"] == "wrong_state"


def test_one_organisation_can_be_asked_by_itself_and_a_strange_one_is_not_found(world: World) -> None:
    states = done(world.asks(organisation_id=world.organisations[FOG.organisation]), 201)
    assert [(one["organisation"], one["state"]) for one in states["results"]] == [(FOG.organisation, "asked")]
    assert world.state(ADVISER.organisation) == ("not_asked", False)
    assert world.asks(organisation_id=world.story.sat.organisation_id).status_code == 404


def test_producer_sets_how_many_days_before_publication_coordinators_are_asked(world: World) -> None:
    path = f"/producers/{world.story.sat.producer_id}/confirmation-policy"
    for who, days, status in ((world.story.lead, 3, 403), (STRANGER, 3, 404), (world.story.head, 7, 422)):
        assert world.story.ask(who, "PUT", path, json={"confirm_days": days}).status_code == status
    assert done(world.story.ask(world.story.head, "PUT", path, json={"confirm_days": 3}))["confirm_days"] == 3
    world.story.clock.put(TUESDAY - 4 * DAY)
    assert reminding.questions_due(world.story.tools) == ()
    world.story.clock.put(TUESDAY - 3 * DAY)
    assert len(reminding.questions_due(world.story.tools)) == 2
    (changed,) = world.story.entries(EntryKind.CONFIRMATION_POLICY_CHANGED)
    assert changed["said"] == {"from_days": 7, "to_days": 3}
