"""Attack: learn of a release that one may not know of, by ways round the door that says 404."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from app.actions import auditing
from app.audit.entries import EntryKind
from tests.build import london
from tests.story import CHANCELLOR, SECRETARY, STRANGER, Story, done

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
INSIDE = london(2026, 3, 9, 14, 0)
ABSENT = "doc_" + "0" * 24


def shape(leaf: dict[str, Any]) -> dict[str, Any]:
    """Give a leaf without what differs between any two entries."""
    return {**{name: leaf[name] for name in leaf if name not in ("id", "at")}, "sealed": sorted(leaf["sealed"])}


def test_receipt_of_a_refusal_to_a_stranger_tells_no_more_than_one_for_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 9, 0))
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(INSIDE)
    answers = [story.opens(STRANGER), story.opens(STRANGER, ABSENT)]
    auditing.sequence(story.tools)
    receipts = [done(story.client.get(a.json()["instance"], headers=story.headers(STRANGER))) for a in answers]
    there, absent = (shape(json.loads(base64.b64decode(receipt["entry"]))) for receipt in receipts)
    assert there == absent
    # What could leak does stand in the log, for those who may know.
    (decided,) = story.entries(EntryKind.ACCESS_DECIDED)
    assert decided["release_id"] == story.told.release_id
    path = f"/audit/entries/{decided['id']}/receipt"
    assert story.ask(STRANGER, "GET", path).status_code == 404
    assert story.ask(story.auditor, "GET", path).status_code == 200


def test_own_history_of_a_stranger_tells_nothing_of_the_release_they_were_refused(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 9, 0))
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(INSIDE)
    story.opens(STRANGER)
    story.opens(STRANGER, ABSENT)
    told = [shape(one["leaf"]) for one in story.get(STRANGER, "/me/entries")["results"]]
    refused = [leaf for leaf in told if leaf["outcome"] == "refused"]
    assert refused == [refused[0], refused[0]]
    assert [leaf for leaf in told if "release_id" in leaf] == []
    (decided,) = story.decisions(STRANGER)  # as the auditor is told
    assert decided["release_id"] == story.told.release_id


def test_own_history_of_a_listed_person_holds_their_refusals(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 9, 0))
    story.ready(PUBLISHES_AT, CHANCELLOR)
    assert story.opens(CHANCELLOR).status_code == 403  # the window has not opened
    told = [one["leaf"] for one in story.get(CHANCELLOR, "/me/entries", params={"limit": 100})["results"]]
    assert [leaf["said"]["act"] for leaf in told if leaf["kind"] == "access_decided"] == ["open"]


def test_naming_on_a_draft_tells_the_person_named_nothing_until_it_is_approved(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 9, 0))
    story.release(PUBLISHES_AT)
    story.draft_with(SECRETARY)
    path = f"/releases/{story.told.release_id}"
    assert story.ask(SECRETARY, "GET", path).status_code == 404
    assert story.get(SECRETARY, "/releases")["results"] == []
    done(story.approves())
    assert story.ask(SECRETARY, "GET", path).status_code == 200
    assert [one["release_id"] for one in story.get(SECRETARY, "/releases")["results"]] == [story.told.release_id]
