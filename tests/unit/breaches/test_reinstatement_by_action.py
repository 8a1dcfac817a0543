"""A corrective action as the condition of a reinstatement: done, and confirmed by a second person, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.breaches.test_corrective_actions import adds, ends, reported
from tests.unit.breaches.test_report_versions import changes, the_incident

LINE = "Two people check the schedule (Head of publishing, by 20 March 2026)"


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    told = reported(tmp_path, any_database_url)
    yield told
    told.service.close()


def suspends(story: Story, *actions: dict[str, Any], subject: str | None = None) -> Any:
    path = f"/producers/{story.sat.producer_id}/suspensions"
    body = {
        "subject_id": subject or story.id_of(CHANCELLOR),
        "reason": "It was passed on.",
        "corrective_action_ids": [one["corrective_action_id"] for one in actions],
    }
    return story.post(story.head, path, json=body)


def lets_back(story: Story, suspension: dict[str, Any], who: str | None = None) -> Any:
    path = f"/suspensions/{suspension['suspension_id']}/end"
    return story.post(who or story.head, path, json={"reason": "Everything is met."})


def confirms(story: Story, action: dict[str, Any], who: Any) -> Any:
    path = f"/corrective-actions/{action['corrective_action_id']}/confirmation"
    return story.post(who, path, json={"how": "I saw the rota."})


def renames(story: Story, suspension: dict[str, Any], *actions: dict[str, Any], who: str | None = None) -> Any:
    path = f"/suspensions/{suspension['suspension_id']}/corrective-actions"
    body = {"corrective_action_ids": [one["corrective_action_id"] for one in actions], "reason": "Another plan."}
    return story.ask(who or story.head, "PUT", path, json=body)


def coded(answer: Any) -> list[str]:
    return [str(answer.status_code), answer.json()["code"]]


def lacking(answer: Any) -> list[str]:
    assert (answer.status_code, answer.json()["code"]) == (409, "reinstatement_refused")
    return [reason["detail"] for reason in answer.json()["reasons"]]


def test_reinstatement_waits_until_each_action_is_done_and_confirmed_by_a_second_person(story: Story) -> None:
    first = done(adds(story, owner_id=story.statistician), 201)
    second = done(adds(story, what="Train everybody", due_on="2026-03-25"), 201)
    begun = done(suspends(story, first, second), 201)
    assert begun["corrective_action_ids"] == [first["corrective_action_id"], second["corrective_action_id"]]
    assert begun["needs"].startswith(f"done, and confirmed by a second person: {LINE}; done, and")
    (mine,) = story.get(CHANCELLOR, "/me/suspensions")["results"]
    assert mine["needs"] == begun["needs"]
    other = "Train everybody (Head of publishing, by 25 March 2026)"
    assert lacking(lets_back(story, begun)) == [f"“{LINE}” is not done.", f"“{other}” is not done."]
    done(ends(story, first))
    unconfirmed = f"“{LINE}” is done, and no second person has confirmed it."
    assert lacking(lets_back(story, begun)) == [unconfirmed, f"“{other}” is not done."]
    assert coded(confirms(story, first, story.lead)) == ["403", "second_person_required"]  # said that it is done
    confirmed = done(confirms(story, first, story.head))
    assert (confirmed["confirmed_by"], confirmed["confirmed_how"]) == (story.head, "I saw the rota.")
    assert confirms(story, first, story.head).json()["code"] == "already_ended"
    assert lacking(lets_back(story, begun)) == [f"“{other}” is not done."]
    done(ends(story, second, who=story.head))
    done(confirms(story, second, story.lead))
    assert done(lets_back(story, begun))["ended_at"] is not None
    (entry,) = story.entries(EntryKind.SUSPENSION_BEGUN)
    assert entry["said"]["corrective_action_ids"] == begun["corrective_action_ids"]
    assert len(story.entries(EntryKind.CORRECTIVE_ACTION_CONFIRMED)) == 2


def test_action_is_confirmed_by_nobody_who_owns_it_is_let_back_by_it_or_whom_it_is_about(story: Story) -> None:
    owned = done(adds(story, owner_id=story.head), 201)
    assert coded(confirms(story, owned, story.head)) == ["409", "wrong_state"]  # nobody said that it is done
    done(ends(story, owned))
    for who in (story.head, story.lead):
        assert coded(confirms(story, owned, who)) == ["403", "second_person_required"]
    other = story.service.person("Elm Example", "elm@ons.gov.example")
    story.service.role(other, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    done(suspends(story, owned, subject=other), 201)
    assert coded(confirms(story, owned, other)) == ["403", "second_person_required"]
    third = story.service.person("Fir Example", "fir@ons.gov.example")
    story.service.role(third, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    done(changes(story, story.head, caused_by=[third]))
    assert coded(confirms(story, owned, third)) == ["403", "second_person_required"]
    for who in (story.statistician, story.auditor):
        assert coded(confirms(story, owned, who)) == ["403", "role_required"]
    nothing = {"corrective_action_id": f"cac_{'0' * 24}"}
    assert coded(confirms(story, owned, STRANGER)) == coded(confirms(story, nothing, STRANGER)) == ["404", "not_found"]


def test_action_that_a_suspension_waits_for_is_not_dropped_before_the_head_names_another(story: Story) -> None:
    action = done(adds(story), 201)
    begun = done(suspends(story, action), 201)
    assert coded(ends(story, action, "dropped")) == ["409", "wrong_state"]
    instead = done(adds(story, what="Ask the clerk"), 201)
    assert coded(renames(story, begun, instead, who=story.lead)) == ["403", "role_required"]
    assert coded(renames(story, begun, action)) == ["422", "no_change"]
    changed = done(renames(story, begun, instead))
    assert changed["needs"] == (
        "done, and confirmed by a second person: Ask the clerk (Head of publishing, by 20 March 2026)"
    )
    (letter,) = [body for subject, body in story.letters(CHANCELLOR) if "has changed" in subject]
    assert "Why it changed: Another plan.\nNow needed: done, and confirmed by a second person: Ask the clerk" in letter
    done(ends(story, action, "dropped"))
    assert coded(renames(story, begun, action)) == ["422", "invalid_request"]
    done(renames(story, begun))
    done(lets_back(story, begun))
    assert coded(renames(story, begun, instead)) == ["409", "already_ended"]
    said = [entry["said"]["corrective_action_ids"] for entry in story.entries(EntryKind.SUSPENSION_CONDITIONS_CHANGED)]
    assert said == [[instead["corrective_action_id"]], []]


def test_action_of_another_producer_is_nothing_there(story: Story) -> None:
    nothing = {"corrective_action_id": f"cac_{'0' * 24}"}
    other = story.service.producer("Office for Other Statistics")
    path = f"/producers/{other.producer_id}/suspensions"
    action = done(adds(story), 201)
    for one in (action, nothing):
        body = {
            "subject_id": story.id_of(CHANCELLOR),
            "reason": "So.",
            "corrective_action_ids": [one["corrective_action_id"]],
        }
        assert coded(story.post(other.people[Role.HEAD_OF_PROFESSION], path, json=body)) == ["404", "not_found"]
    begun = done(suspends(story), 201)
    assert coded(renames(story, begun, nothing)) == ["404", "not_found"]
    assert coded(renames(story, begun, who=other.people[Role.HEAD_OF_PROFESSION])) == ["404", "not_found"]
    assert the_incident(story)["state"] == "open"
