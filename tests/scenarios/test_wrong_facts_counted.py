"""What was found wrong counts nowhere: not for readiness, not for the letters that call to sign, not in the figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.worker.loop import Worker
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, Reader, Story, codes, done

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
DAY = timedelta(days=1)


@pytest.fixture
def story(begin: Begin, any_database_url: str) -> Story:
    told = begin(PUBLISHES_AT - 8 * DAY, database_url=any_database_url)
    told.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    return told


def lines(story: Story) -> dict[str, tuple[bool, str]]:
    found = story.get(story.lead, f"/releases/{story.told.release_id}/readiness")["lines"]
    return {one["need"]: (one["standing"] == "done", one["detail"]) for one in found}


def calls(story: Story, who: Reader) -> int:
    return len([subject for subject, _ in story.letters(who) if subject.startswith("Please sign the declaration")])


def found_wrong(story: Story, who: str, **body: Any) -> str:
    return str(done(story.post(who, "/wrong-facts", json={"reason": "x", **body}), 201)["wrong_fact_id"])


def wrong_declaration(story: Story) -> str:
    declared = story.get(CHANCELLOR, "/me/declarations")["results"][0]["declaration_id"]
    return found_wrong(story, story.lead, kind="declaration", declaration_id=declared)


def test_declaration_found_wrong_is_owed_again_and_its_person_is_called_to_sign(story: Story) -> None:
    assert lines(story)["declarations_signed"] == (True, "Nobody of the 2 on the list owes a declaration.")
    wrong = wrong_declaration(story)
    owed = (False, "1 of the 2 people on the list owes a declaration that counts.")
    assert lines(story)["declarations_signed"] == owed
    story.clock.put(PUBLISHES_AT - 20 * timedelta(hours=1))
    assert codes(story.opens(CHANCELLOR)) == ["403", "declaration_missing"]
    Worker(story.tools)._tick(0)
    assert (calls(story, CHANCELLOR), calls(story, ADVISER)) == (1, 0)
    done(story.post(story.lead, f"/wrong-facts/{wrong}/withdrawal", json={"reason": "It was they."}))
    assert lines(story)["declarations_signed"][0]


def test_approval_found_wrong_leaves_no_list_in_force_for_readiness(story: Story) -> None:
    found_wrong(story, story.head, kind="approval", list_id=story.told.listed["list_id"])
    found = lines(story)
    assert found["list_approved"] == (False, "The approval of the list was found wrong, so it grants nothing.")
    assert found["declarations_signed"] == (False, "No list is in force, so nobody can sign yet.")


def test_approval_found_wrong_is_shown_apart_in_the_statistics_until_it_is_withdrawn(story: Story) -> None:
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(PUBLISHES_AT - timedelta(hours=3))
    done(story.opens(CHANCELLOR), 201)
    story.clock.put(PUBLISHES_AT + timedelta(seconds=20))
    done(story.moves(story.lead, "publication", reason="Seen."))

    def told() -> dict[str, tuple[int, int]]:
        path = f"/producers/{story.sat.producer_id}/statistics?year=2026"
        found = story.get(story.head, path)["figures"]
        keys = ("lists.approval_found_wrong", "grants.approval_found_wrong", "openings.approval_found_wrong")
        return {one["key"]: (one["value"], one["of"]) for one in found if one["key"] in (*keys, "hours.used")}

    right = {
        "lists.approval_found_wrong": (0, 1),
        "grants.approval_found_wrong": (0, 2),
        "openings.approval_found_wrong": (0, 1),
        "hours.used": (3.01, 48.01),  # twenty seconds late
    }
    assert told() == right
    wrong = found_wrong(story, story.head, kind="approval", list_id=story.told.listed["list_id"])
    assert told() == {
        "lists.approval_found_wrong": (1, 1),
        "grants.approval_found_wrong": (2, 2),
        "openings.approval_found_wrong": (1, 1),
        "hours.used": (0, 0),
    }
    done(story.post(story.head, f"/wrong-facts/{wrong}/withdrawal", json={"reason": "It was right."}))
    assert told() == right


def test_opening_by_a_version_found_wrong_is_counted_although_a_newer_one_is_in_force(story: Story) -> None:
    first = story.told.listed["list_id"]
    story.clock.put(PUBLISHES_AT - timedelta(hours=3))
    done(story.opens(CHANCELLOR), 201)
    story.list_with(CHANCELLOR, ADVISER, override="A name was missing.")
    second = story.told.listed["list_id"]
    for _ in range(2):
        done(story.opens(ADVISER), 201)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(PUBLISHES_AT + timedelta(seconds=20))
    done(story.moves(story.lead, "publication", reason="Seen."))

    def told() -> dict[str, tuple[int, int]]:
        found = story.get(story.head, f"/producers/{story.sat.producer_id}/statistics?year=2026")["figures"]
        return {one["key"]: (one["value"], one["of"]) for one in found if one["key"].endswith("s.approval_found_wrong")}

    nothing = {"lists.approval_found_wrong": (0, 1), "grants.approval_found_wrong": (0, 2)}
    wrong = found_wrong(story, story.head, kind="approval", list_id=first)
    assert told() == {**nothing, "openings.approval_found_wrong": (1, 3)}
    done(story.post(story.head, f"/wrong-facts/{wrong}/withdrawal", json={"reason": "It was right."}))
    found_wrong(story, story.head, kind="approval", list_id=second)
    every = {"lists.approval_found_wrong": (1, 1), "grants.approval_found_wrong": (2, 2)}
    assert told() == {**every, "openings.approval_found_wrong": (2, 3)}


def test_declaration_found_wrong_did_not_stand_in_the_statistics(story: Story) -> None:
    wrong_declaration(story)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(PUBLISHES_AT + timedelta(seconds=20))
    done(story.moves(story.lead, "publication", reason="Seen."))
    found = story.get(story.head, f"/producers/{story.sat.producer_id}/statistics?year=2026")["figures"]
    told = {one["key"]: (one["value"], one["of"]) for one in found if one["key"].startswith("declarations.")}
    assert told == {"declarations.stood": (1, 2), "declarations.out_of_date": (0, 2), "declarations.none": (1, 2)}
