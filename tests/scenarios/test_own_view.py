"""A person's own view: what they are listed for, what is to be done, and what they can prove of what they opened."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from app.actions import auditing
from app.audit.entries import EntryKind
from app.audit.verify import verify_receipt
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, STRANGER, Story, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
OPENS = DUE - timedelta(days=1)
MONDAY, TUESDAY = "Monday 9 March 2026, 9:30am (UK time)", "Tuesday 10 March 2026, 9:30am (UK time)"


def prepared(begin: Begin) -> Story:
    """A release signed off, with two people on its list, and nobody's declaration."""
    story = begin(DUE - timedelta(days=8))
    story.release(DUE)
    story.list_with(CHANCELLOR, ADVISER)
    story.sealed()
    story.signed_off()
    return story


def test_listed_person_sees_when_it_opens_what_is_to_be_done_and_no_document(begin: Begin) -> None:
    story = prepared(begin)
    (mine,) = story.get(CHANCELLOR, "/me/releases")["results"]
    assert (mine["title"], mine["phase"], mine["posts"]) == (
        "Claimant count",
        "final",
        ["Chancellor, Example Treasury"],
    )
    assert (mine["opens_at_london"], mine["publishes_at_london"]) == (MONDAY, TUESDAY)
    assert [one["task"] for one in mine["to_do"]] == ["sign"]
    assert [(one["code"], one["until"]) for one in mine["waits_for"]] == [
        ("window_not_open", "2026-03-09T09:30:00.000Z")
    ]
    assert (mine["open_now"], "claimants.csv" in json.dumps(mine)) == ([], False)
    story.signed(CHANCELLOR)
    (mine,) = story.get(CHANCELLOR, "/me/releases")["results"]
    assert mine["to_do"] == []


def test_open_window_shows_what_may_be_opened_and_only_to_who_may(begin: Begin) -> None:
    story = prepared(begin)
    story.signed(CHANCELLOR)
    story.clock.put(OPENS)
    (mine,) = story.get(CHANCELLOR, "/me/releases")["results"]
    (document,) = mine["open_now"]
    assert (mine["phase"], document["file_name"], mine["waits_for"]) == ("open", "claimants.csv", [])
    opening = done(story.client.post(document["open"], headers=story.headers(CHANCELLOR)), 201)
    assert opening["document_id"] == story.told.document_id
    unsigned = story.get(ADVISER, "/me/releases")["results"][0]
    assert ([one["task"] for one in unsigned["to_do"]], unsigned["open_now"]) == (["sign"], [])
    assert "claimants.csv" not in json.dumps(unsigned)
    for other in (STRANGER, story.head, story.auditor):
        assert story.get(other, "/me/releases")["results"] == []


def test_own_view_is_never_an_access_and_leaves_no_entry(begin: Begin) -> None:
    story = prepared(begin)
    story.signed(CHANCELLOR)
    story.clock.put(OPENS)
    story.headers(CHANCELLOR)
    before = story.service.entries()
    for path in ("/me/releases", "/me/receipts", "/me/history", "/me/recalls"):
        story.get(CHANCELLOR, path)
    assert story.service.entries() == before


def test_whoever_is_no_longer_on_the_list_sees_it_no_more(begin: Begin) -> None:
    story = prepared(begin)
    story.list_with(ADVISER)
    assert story.get(CHANCELLOR, "/me/releases")["results"] == []
    assert len(story.get(ADVISER, "/me/releases")["results"]) == 1


def test_recalled_release_says_that_a_statement_is_to_be_made_until_it_is(begin: Begin) -> None:
    story = prepared(begin)
    story.signed(CHANCELLOR)
    story.clock.put(OPENS)
    path = f"/releases/{story.told.release_id}/recalls"
    made = done(story.post(story.head, path, json={"reason": "A wrong table."}), 201)
    (mine,) = story.get(CHANCELLOR, "/me/releases")["results"]
    assert [one["task"] for one in mine["to_do"]] == ["state"]
    assert [one["code"] for one in mine["waits_for"]] == ["document_not_final"]
    body = {"did": "not_opened", "typed_name": CHANCELLOR.name, "agreed": True}
    done(story.post(CHANCELLOR, f"/recalls/{made['recall_id']}/statements", json=body), 201)
    assert story.get(CHANCELLOR, "/me/releases")["results"][0]["to_do"] == []


def test_receipts_of_an_opening_verify_without_us_and_are_nobody_else_s(begin: Begin) -> None:
    story = prepared(begin)
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(OPENS)
    assert story.reads(CHANCELLOR) == FIGURES
    waiting = story.get(CHANCELLOR, "/me/receipts")["results"][0]["receipts"]
    assert [one["receipt"] for one in waiting] == [None] * 4
    auditing.sequence(story.tools)
    (opening,) = story.get(CHANCELLOR, "/me/receipts")["results"]
    assert [(one["kind"], one["outcome"]) for one in opening["receipts"]] == [
        ("access_decided", "permitted"),
        ("copy_started", "permitted"),
        ("copy_outcome", "completed"),
        ("passphrase_revealed", "done"),
    ]
    (vkey,) = auditing.log_vkeys(story.tools)
    for one in opening["receipts"]:
        verify_receipt(one["receipt"], vkey)
        assert json.loads(base64.b64decode(one["receipt"]["entry"]))["id"] == one["entry_id"]
    assert story.get(ADVISER, "/me/receipts")["results"] == []


def test_history_tells_everything_in_words_page_by_page_and_each_line_has_its_receipt(begin: Begin) -> None:
    story = prepared(begin)
    story.signed(CHANCELLOR)
    story.clock.put(OPENS)
    story.reads(CHANCELLOR)
    auditing.sequence(story.tools)
    lines, after = [], None
    while True:
        page = story.get(CHANCELLOR, "/me/history", params={"limit": 3, **({"after": after} if after else {})})
        lines += page["results"]
        after = page["next"]
        if after is None:
            break
    told = [one["words"] for one in lines]
    assert [words for words in told if "access" in words.lower() or "copy" in words or "passphrase" in words] == [
        "Access was asked for",
        "A copy began to be sent",
        "The sending of a copy ended",
        "A passphrase was shown",
    ]
    whole = story.get(CHANCELLOR, "/me/entries", params={"limit": 100})["results"]
    assert [one["entry_id"] for one in lines] == [one["entry_id"] for one in whole]
    (opened,) = [one for one in lines if one["kind"] == EntryKind.PASSPHRASE_REVEALED.value]
    assert story.client.get(opened["receipt"], headers=story.headers(CHANCELLOR)).status_code == 200
