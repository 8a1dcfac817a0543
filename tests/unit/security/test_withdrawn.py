"""Attack: go on with what was lawful a moment ago."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.actions import copies, people
from app.audit.entries import EntryKind
from app.rules.errors import OutOfOrder
from tests.build import london
from tests.story import CHANCELLOR, Story, codes, done

PUBLISHES_AT = london(2026, 3, 10, 9, 30)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path, london(2026, 3, 2, 9, 0))
    told.ready(PUBLISHES_AT, CHANCELLOR)
    told.clock.put(london(2026, 3, 9, 14, 0))
    return told


def test_copy_on_its_way_stops_when_the_persons_sessions_are_ended(story: Story) -> None:
    opening = done(story.opens(CHANCELLOR), 201)
    token = story.headers(CHANCELLOR)["Authorization"].split()[1]
    actor = people.actor_for_token(story.tools, token, network="192.0.2.7")
    delivery = copies.begin(story.tools, actor, opening["opening_id"])
    done(story.ask(story.service.administrator(), "DELETE", f"/people/{story.id_of(CHANCELLOR)}/sessions"), 204)
    with pytest.raises(OutOfOrder):
        delivery.next_group()
    delivery.close(handed_over_whole=False)
    (outcome,) = story.entries(EntryKind.COPY_OUTCOME)
    assert (outcome["outcome"], outcome["said"]["sent_bytes"]) == ("stopped", 0)
    assert outcome["said"]["stopped_by"] == ["not_signed_in"]


def test_repeat_of_an_opening_after_a_suspension_is_refused_and_on_record(story: Story) -> None:
    path, key = f"/documents/{story.told.document_id}/openings", {"Idempotency-Key": "0d6a3f6e-1"}
    first = done(story.post(CHANCELLOR, path, headers=key), 201)
    assert done(story.post(CHANCELLOR, path, headers=key), 201) == first
    suspension = {"subject_id": story.id_of(CHANCELLOR), "reason": "An indication was given."}
    done(story.post(story.head, f"/producers/{story.sat.producer_id}/suspensions", json=suspension), 201)
    assert codes(story.post(CHANCELLOR, path, headers=key)) == ["403", "suspended"]
    assert [entry["outcome"] for entry in story.entries(EntryKind.ACCESS_DECIDED)] == ["permitted", "refused"]
