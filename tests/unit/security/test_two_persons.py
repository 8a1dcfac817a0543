"""Attack: one person does what two must do."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.rules.facts import Role
from tests.build import london
from tests.story import Reader, Story, codes, done
from tests.unit.lists.real import as_csv

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
SHEET = as_csv([["Post", "Organisation", "Hours", "Ground"], ["Private Secretary", "Example Treasury", "24", "Briefs"]])
FRIEND = {"name": "Friend Fox", "email": "friend.fox@elsewhere.gov.example", "held_from_on": "2020-01-01"}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path, london(2026, 3, 2, 9, 0))
    told.release(PUBLISHES_AT)
    return told


def test_holder_named_on_a_draft_is_not_laundered_by_a_second_import(story: Story) -> None:
    listed = done(story.import_sheet(SHEET, "text/csv"), 201)["draft"]
    first = story.get(story.head, f"/lists/{listed['list_id']}")
    path = f"/lists/{listed['list_id']}/grants/{first['grants'][0]['grant_id']}/holder"
    done(story.ask(story.head, "PUT", path, revision=first["revision"], json=FRIEND))
    again = done(story.import_sheet(SHEET, "text/csv", replace_draft="true"), 201)["draft"]
    story.told.listed = story.get(story.head, f"/lists/{again['list_id']}")
    assert [grant["holder_email"] for grant in story.told.listed["grants"]] == [FRIEND["email"]]
    assert story.told.listed["edited_by"] == sorted([story.statistician, story.head])
    assert story.approves().json()["code"] == "second_person_required"


def test_list_that_names_its_approver_is_not_approved_by_them(story: Story) -> None:
    mine = Reader("Example Head", story.service.email_of(story.head), "Head of Profession")
    story.draft_with(mine)
    answer = story.approves()
    assert codes(answer) == ["403", "second_person_required"]
    other = story.service.person("Other Head", "other.head@stats.gov.example")
    story.service.role(other, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    assert story.approves(other).status_code == 200


def test_grant_of_ones_own_is_neither_extended_nor_resumed_by_oneself(story: Story) -> None:
    mine = Reader("Example Head", story.service.email_of(story.head), "Head of Profession")
    story.draft_with(mine)
    other = story.service.person("Other Head", "other.head@stats.gov.example")
    story.service.role(other, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    story.told.listed = done(story.approves(other))
    path = f"/grants/{story.grant_of(mine)['grant_id']}"
    done(story.post(other, f"{path}/pause", json={"reason": "Not yet."}))
    longer = {"reasons": "Needed early.", "board_informed_at": "2026-03-01T09:00:00Z", "asked_minutes": 10080}
    for act, body in (("resumption", {"reason": "I need it."}), ("extension", longer)):
        assert codes(story.post(story.head, f"{path}/{act}", json=body)) == ["403", "second_person_required"]
        (grant,) = story.get(story.head, f"/lists/{story.told.listed['list_id']}")["grants"]
        assert grant["paused_reason"] == "Not yet."
    assert story.post(other, f"{path}/resumption", json={"reason": "Decided."}).status_code == 200


def test_program_that_prepares_lists_is_never_made_for_the_whole_service(story: Story) -> None:
    admin = story.service.administrator()
    body = {"name": "Nightly import", "role": "statistician"}
    answer = story.post(admin, "/credentials", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.organisation_id")
    within = {**body, "organisation_id": story.sat.organisation_id}
    assert story.post(admin, "/credentials", json=within).status_code == 201
    assert story.post(admin, "/credentials", json={**body, "role": "auditor"}).status_code == 201
