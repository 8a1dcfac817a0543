"""A draft sent for approval: who is written to, why it is longer, and that a change takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.listlife import grown_by
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done

WHY = "The new minister answers questions at publication."


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("sent"), london(2026, 2, 2, 10, 0))
    told.release(london(2026, 3, 10, 9, 30), series="Claimant count, monthly")
    yield told
    told.service.close()


def sends(story: Story, who: Reader | str | None = None, *, revision: int = 0, **body: Any) -> httpx2.Response:
    """Send the draft for approval, as it was last read unless told otherwise."""
    path, now = f"/lists/{story.told.listed['list_id']}/submission", story.told.listed["revision"]
    return story.post(who or story.statistician, path, json=body, revision=revision or now)


def read(story: Story) -> dict[str, Any]:
    return dict(story.get(story.head, f"/lists/{story.told.listed['list_id']}"))


@pytest.mark.parametrize(
    ("rows", "in_force", "last", "more"),
    [(3, None, None, 0), (3, 2, None, 1), (3, 3, 1, 0), (3, None, 1, 2), (1, 2, None, 0), (1, None, 4, 0)],
)
def test_growth_is_counted_from_the_list_in_force_or_else_from_the_last_one(
    rows: int, in_force: int | None, last: int | None, more: int
) -> None:
    assert grown_by(rows, in_force, last) == more


def test_heads_who_may_approve_are_written_to_and_nobody_else(story: Story) -> None:
    second = story.service.person("Second Head", "second.head@ons.gov.example")
    story.service.role(second, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    named = Reader("Second Head", "second.head@ons.gov.example", "Statistical Adviser")
    story.draft_with(CHANCELLOR, named)
    sent = done(sends(story))
    assert (sent["submitted_by"], sent["growth_reason"]) == (story.statistician, "")
    (letter,) = story.letters(story.head)
    assert "version 1 of the eligibility list of Claimant count" in letter[1]
    assert f"/lists/{sent['list_id']}" in letter[1]
    assert CHANCELLOR.name not in letter[1]
    assert [story.letters(who) for who in (second, story.lead, story.statistician, CHANCELLOR)] == [[], [], [], []]
    (entry,) = story.entries(EntryKind.LIST_SUBMITTED)
    assert entry["said"] == {"list_id": sent["list_id"], "version": 1, "rows": 2, "more": 0}
    story.told.listed = sent
    assert done(story.approves())["state"] == "approved"


def test_longer_list_is_sent_only_with_its_reason_which_the_approver_reads(story: Story) -> None:
    story.list_with(CHANCELLOR)
    story.draft_with(CHANCELLOR, ADVISER, SECRETARY)
    for reason in ({}, {"growth_reason": "  "}):
        refused = sends(story, **reason)
        assert (refused.status_code, refused.json()["code"]) == (422, "reason_required")
        assert refused.json()["errors"] == [
            {"where": "growth_reason", "what": "It has 2 more rows than the list before it. Say why."}
        ]
    assert read(story)["submitted_at"] is None
    done(sends(story, growth_reason=WHY))
    assert (read(story)["growth_reason"], read(story)["submitted_at"]) == (WHY, "2026-02-02T10:00:00.000Z")
    (entry,) = story.entries(EntryKind.LIST_SUBMITTED)
    assert (entry["said"]["more"], WHY in str(entry)) == (2, False)


def test_change_of_the_draft_takes_it_back_and_it_can_be_sent_again(story: Story) -> None:
    story.draft_with(CHANCELLOR, ADVISER)
    story.told.listed = done(sends(story))
    again = sends(story)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    grant = story.grant_of(ADVISER)
    path = f"/lists/{story.told.listed['list_id']}/grants/{grant['grant_id']}"
    story.told.listed = done(story.ask(story.statistician, "DELETE", path, revision=story.told.listed["revision"]))
    assert (story.told.listed["submitted_at"], story.told.listed["submitted_by"]) == (None, None)
    done(sends(story))
    assert len(story.letters(story.head)) == 2


def test_reason_for_the_growth_goes_with_the_rows_it_was_given_for(story: Story) -> None:
    story.list_with(CHANCELLOR)
    story.draft_with(CHANCELLOR, ADVISER, SECRETARY)
    story.told.listed = done(sends(story, growth_reason=WHY))
    path = f"/lists/{story.told.listed['list_id']}/grants/{story.grant_of(SECRETARY)['grant_id']}"
    story.told.listed = done(story.ask(story.statistician, "DELETE", path, revision=story.told.listed["revision"]))
    assert read(story)["growth_reason"] == ""
    approved = done(story.approves())
    assert (approved["state"], approved["growth_reason"]) == ("approved", "")


def test_whoever_sends_a_list_cannot_approve_it(story: Story) -> None:
    story.list_with(CHANCELLOR)
    story.draft_with(CHANCELLOR, ADVISER)
    alone = sends(story, story.head, growth_reason=WHY)
    assert (alone.status_code, alone.json()["code"]) == (409, "wrong_state")
    assert "Have somebody else who prepares it send it" in alone.json()["detail"]
    assert (read(story)["submitted_at"], read(story)["growth_reason"]) == (None, "")
    second = story.service.person("Second Head", "second.head@ons.gov.example")
    story.service.role(second, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    story.told.listed = done(sends(story, story.head, growth_reason=WHY))
    assert [len(story.letters(who)) for who in (story.head, second)] == [0, 1]
    refused = story.approves()
    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_required")
    assert refused.json()["detail"].startswith("Whoever prepared, changed or sent this list cannot approve it.")
    assert done(story.approves(second))["growth_reason"] == WHY


def test_list_that_cannot_be_sent_says_what_is_missing(story: Story) -> None:
    path = f"/releases/{story.told.release_id}/lists"
    story.told.listed = done(story.post(story.statistician, path, json={}), 201)
    assert sends(story).json()["detail"].startswith("The list has no rows.")
    story.draft_with(CHANCELLOR, replace_draft=True)
    assert sends(story, revision=99).json()["code"] == "changed_meanwhile"
    path = f"/lists/{story.told.listed['list_id']}/grants/{story.grant_of(CHANCELLOR)['grant_id']}"
    changed = story.ask(story.head, "PATCH", path, json={"ground": "Speaks."}, revision=story.told.listed["revision"])
    story.told.listed = done(changed)
    refused = sends(story)
    assert (refused.status_code, "No head of profession may approve this list" in refused.json()["detail"]) == (
        409,
        True,
    )
    assert story.letters(story.head) == []


def test_list_in_force_is_sent_no_more(story: Story) -> None:
    story.list_with(CHANCELLOR)
    assert (sends(story).status_code, sends(story).json()["code"]) == (409, "wrong_state")


def test_only_those_who_prepare_it_send_it_and_to_others_there_is_none(story: Story) -> None:
    story.draft_with(CHANCELLOR)
    path = f"/lists/{story.told.listed['list_id']}/submission"
    answers = [
        story.post(who, path, json={}, revision=1).status_code for who in (story.auditor, CHANCELLOR, STRANGER, None)
    ]
    assert answers == [403, 404, 404, 401]
    assert read(story)["submitted_at"] is None
