"""A recall that asks: who was served, who could have opened, what each states, and what the log says of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from jose import jws

from app.actions import chasing
from app.audit.entries import Entry, EntryKind
from app.records import erasing, recalls, statements
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, STRANGER, Reader, Story, answered, codes, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
AT_14 = london(2026, 3, 9, 14, 0)
WHY = "Table 3 shows the wrong month."
NAMES = {reader.email: reader.name for reader in (CHANCELLOR, ADVISER, SECRETARY, STRANGER)}


def readied(begin: Begin, **how: Any) -> Story:
    """The day before publication at 14:00: the chancellor has read, the adviser fetched, the secretary done nothing."""
    story = begin(DUE - timedelta(days=8), **how)
    story.ready(DUE, CHANCELLOR, ADVISER, SECRETARY)
    story.clock.put(AT_14)
    assert story.reads(CHANCELLOR) == FIGURES
    fetched = story.fetches(ADVISER, done(story.opens(ADVISER), 201))
    assert fetched.status_code == 200
    return story


def recalled(story: Story) -> dict[str, Any]:
    """Have the document recalled by the head of profession; gives the board."""
    document = story.get(story.head, f"/documents/{story.told.document_id}")
    path = f"/documents/{story.told.document_id}/recall"
    done(story.post(story.head, path, json={"reason": WHY}, revision=document["revision"]))
    return board(story)


def board(story: Story) -> dict[str, Any]:
    """The newest recall of the release, as the statistician sees it."""
    return dict(story.get(story.statistician, f"/releases/{story.told.release_id}/recalls")["results"][-1])


def on_board(story: Story, reader: Reader) -> dict[str, Any]:
    return next(one for one in board(story)["people"] if one["name"] == reader.name)


def states(story: Story, who: Reader, did: str, **more: Any) -> httpx2.Response:
    body = {"did": did, "typed_name": NAMES[who.email], "agreed": True, **more}
    return story.post(who, f"/recalls/{board(story)['recall_id']}/statements", json=body)


def decides(
    story: Story, who: str, reader: Reader, about: str, reason: str = "Spoken to by telephone."
) -> httpx2.Response:
    path = f"/recalls/{board(story)['recall_id']}/people/{story.id_of(reader)}/decision"
    return story.post(who, path, json={"about": about, "reason": reason})


def closes(story: Story, who: str, note: str = "All copies are gone.") -> httpx2.Response:
    row = board(story)
    return story.post(who, f"/recalls/{row['recall_id']}/closing", json={"note": note}, revision=row["revision"])


def test_recall_asks_who_was_served_and_who_could_have_opened_and_tells_only_the_served_why(begin: Begin) -> None:
    story = readied(begin)
    row = recalled(story)
    assert [(one["name"], one["served"], len(one["openings"])) for one in row["people"]] == [
        (CHANCELLOR.name, True, 1),
        (ADVISER.name, True, 1),
        (SECRETARY.name, False, 0),
    ]
    assert (row["people_asked"], row["people_stated"], row["closed_at"]) == (3, 0, None)
    subject, body = story.letters(CHANCELLOR)[-1]
    assert subject == "RESTRICTED: a document you opened has been recalled"
    number = on_board(story, CHANCELLOR)["openings"][0]["number"]
    assert (WHY in body, number in body, "claimants.csv" in body) == (True, True, False)
    subject, body = story.letters(SECRETARY)[-1]
    assert subject == "RESTRICTED: a document has been recalled; do not open it"
    assert (WHY in body, "claimants.csv" in body, "You may not open it." in body) == (False, False, True)
    assert story.get(SECRETARY, "/me/recalls")["results"][0]["reason"] == ""
    assert story.get(CHANCELLOR, "/me/recalls")["results"][0]["reason"] == WHY
    assert codes(story.opens(SECRETARY)) == ["403", "document_recalled"]


def test_statement_that_agrees_with_the_log_is_signed_and_anybody_can_verify_it(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    mine = done(states(story, CHANCELLOR, "opened_and_deleted"), 201)
    assert (mine["findings"], mine["contradicted"], mine["still_asked"]) == ([], False, False)
    signed = mine["statement"]["jws"]
    keys = story.get(None, "/keys/declarations/jwks.json")
    said = json.loads(jws.verify(signed, keys, ["ES256"]))
    assert (said["type"], said["did"], said["person_id"]) == (
        "pra-statement/1",
        "opened_and_deleted",
        story.id_of(CHANCELLOR),
    )
    assert jws.get_unverified_header(signed)["typ"] == "pra-statement+jws"
    assert json.loads(story.tools.keys.verify_statement(signed)) == said
    (entry,) = story.entries(EntryKind.STATEMENT_GIVEN)
    assert entry["said"]["did"] == "opened_and_deleted"


def test_not_opened_against_the_log_is_flagged_with_the_entries_and_told_to_those_who_answer(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    mine = done(states(story, CHANCELLOR, "not_opened"), 201)
    (finding,) = mine["findings"]
    assert (finding["kind"], finding["contradicts"], mine["contradicted"]) == ("log_says_otherwise", True, True)
    assert finding["words"] == (
        "They state that nothing was opened; the log shows 1 copy sent whole and 1 passphrase shown."
    )
    kinds = {leaf["id"]: leaf["kind"] for leaf in story.service.entries()}
    assert [kinds[entry_id] for entry_id in finding["entry_ids"]] == [
        "access_decided",
        "copy_started",
        "copy_outcome",
        "passphrase_revealed",
    ]
    assert story.letters(story.head)[-1][0] == "A statement and the log differ: “Claimant count”"


def test_copy_without_its_passphrase_is_evidence_in_careful_words_before_anybody_states_anything(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    (finding,) = on_board(story, ADVISER)["findings"]
    assert (finding["kind"], finding["contradicts"]) == ("fetched_not_revealed", False)
    assert "could not have been read with a passphrase from this service" in finding["words"]
    assert on_board(story, SECRETARY)["findings"] == []


def test_opened_where_the_log_has_nothing_is_known_from_elsewhere(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    mine = done(states(story, SECRETARY, "opened_and_deleted"), 201)
    assert [(one["kind"], one["contradicts"]) for one in mine["findings"]] == [("known_from_elsewhere", True)]


def test_passing_it_on_opens_one_incident_whose_letters_name_nobody(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    for _ in range(2):
        done(states(story, CHANCELLOR, "opened_and_deleted", forwarded_to="To Zed Zelkova in our press office"), 201)
        story.clock.forward(seconds=1)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("onward_sharing", False)
    assert incident["facts"]["statement"] == "To Zed Zelkova in our press office"
    assert [body for _, body in story.letters(story.head) if "Zelkova" in body] == []
    assert [leaf for leaf in story.service.entries() if "Zelkova" in str(leaf)] == []


def test_recall_is_closed_only_when_each_statement_is_in_or_has_a_reason_and_none_contradicts(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    done(states(story, CHANCELLOR, "not_opened"), 201)
    done(states(story, ADVISER, "opened_and_deleted"), 201)
    refused = closes(story, story.lead)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert [one["where"] for one in refused.json()["errors"]] == [
        story.id_of(reader) for reader in (CHANCELLOR, ADVISER, SECRETARY)
    ]
    assert decides(story, story.statistician, SECRETARY, "missing").json()["code"] == "role_required"
    assert decides(story, story.lead, SECRETARY, "contradiction").status_code == 409
    done(decides(story, story.lead, SECRETARY, "missing", "Abroad without a machine."))
    done(decides(story, story.head, ADVISER, "contradiction", "Read it on a colleague's screen; incident 3."))
    story.clock.forward(minutes=1)
    done(states(story, CHANCELLOR, "opened_and_deleted", note="I had forgotten."), 201)
    assert on_board(story, CHANCELLOR)["statements"] == 2
    closed = done(closes(story, story.lead))
    assert (closed["closed_by"], closed["closed_note"], closed["lacks"]) == (story.lead, "All copies are gone.", [])
    assert closes(story, story.lead).json()["code"] == "already_ended"


def test_decision_on_one_statement_does_not_cover_the_next_that_contradicts(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    done(states(story, CHANCELLOR, "not_opened"), 201)
    done(decides(story, story.head, CHANCELLOR, "contradiction"))
    assert on_board(story, CHANCELLOR)["contradicted"] is False
    story.clock.forward(minutes=1)
    done(states(story, CHANCELLOR, "not_opened"), 201)
    assert on_board(story, CHANCELLOR)["contradicted"] is True


def test_statement_is_the_person_s_own_fresh_agreed_and_in_their_name(begin: Begin) -> None:
    story = readied(begin)
    path = f"/recalls/{recalled(story)['recall_id']}/statements"
    body = {"did": "not_opened", "typed_name": SECRETARY.name, "agreed": True}
    for other in (STRANGER, story.head, story.auditor):
        assert story.post(other, path, json=body).status_code == 404
    assert story.post(SECRETARY, path, json={**body, "agreed": False}).json()["errors"][0]["where"] == "agreed"
    assert story.post(SECRETARY, path, json={**body, "typed_name": "Ash"}).json()["errors"][0]["where"] == "typed_name"
    stale = story.headers(SECRETARY)
    story.clock.forward(minutes=16)
    refused = story.client.post(f"/api/v1{path}", json=body, headers=stale)
    assert refused.json()["code"] == "fresh_sign_in_required"
    assert board(story)["people_stated"] == 0
    assert story.get(STRANGER, "/me/recalls")["results"] == []


def test_missing_statement_is_chased_the_same_day_the_next_morning_and_then_named_to_the_head(begin: Begin) -> None:
    story = readied(begin)
    recalled(story)
    done(states(story, CHANCELLOR, "opened_and_deleted"), 201)

    def chased() -> list[str]:
        for recall_id in chasing.recalls_to_chase(story.tools):
            chasing.chase_statements(story.tools, recall_id)
            chasing.chase_statements(story.tools, recall_id)  # a second process finds nothing more to do
        return [subject for subject, _ in story.letters(SECRETARY)[1:]]

    reminder = "Your statement is still needed: “Claimant count”"
    story.clock.put(AT_14 + timedelta(hours=2, seconds=-1))
    before = len(chased())
    story.clock.put(AT_14 + timedelta(hours=2))
    assert chased()[before:] == [reminder]
    story.clock.put(london(2026, 3, 10, 9, 0))
    assert chased()[before:] == [reminder] * 2
    story.clock.put(london(2026, 3, 10, 12, 0))
    assert chased()[before:] == [reminder] * 2
    subject, body = story.letters(story.head)[-1]
    assert subject == "Statements missing after a recall: “Claimant count”"
    assert [name in body for name in (CHANCELLOR.name, ADVISER.name, SECRETARY.name)] == [False, True, True]
    assert chasing.recalls_to_chase(story.tools) == ()
    (mine,) = story.get(SECRETARY, "/me/releases")["results"]
    assert [one["task"] for one in mine["to_do"]] == ["state"]
    steps = [leaf["said"]["step"] for leaf in story.entries(EntryKind.STATEMENT_REMINDED)]
    assert steps == ["first"] * 2 + ["second"] * 2 + ["escalate"] * 2


def test_whole_release_is_recalled_and_nobody_else_learns_of_it(begin: Begin) -> None:
    story = readied(begin)
    path = f"/releases/{story.told.release_id}/recalls"
    assert story.post(story.statistician, path, json={"reason": WHY}).json()["code"] == "role_required"
    assert story.post(STRANGER, path, json={"reason": WHY}).status_code == 404
    made = done(story.post(story.lead, path, json={"reason": WHY}), 201)
    assert (made["cause"], made["document_ids"], made["people_asked"]) == ("release", [story.told.document_id], 3)
    assert story.post(story.lead, path, json={"reason": WHY}).json()["code"] == "already_ended"
    assert [story.ask(who, "GET", path).status_code for who in (CHANCELLOR, STRANGER)] == [404, 404]
    assert story.ask(CHANCELLOR, "GET", f"/recalls/{made['recall_id']}").status_code == 404
    sheet = story.ask(story.auditor, "GET", f"/recalls/{made['recall_id']}/board.csv")
    assert sheet.content.decode("utf-8-sig").splitlines()[0].startswith("person_id,name,post,served,opened")
    assert len(sheet.content.decode("utf-8-sig").splitlines()) == 4


def test_draft_that_nobody_could_have_opened_is_recalled_and_closed_at_once(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    row = recalled(story)
    assert (row["people"], row["closed_by"]) == ([], None)
    assert row["closed_note"] == "Nobody had opened it, and nobody could have."


def test_t21_copies_read_before_a_move_are_recalled_and_the_document_is_read_again_in_its_window(begin: Begin) -> None:
    story = readied(begin)
    later = DUE + timedelta(days=2)
    path = f"/releases/{story.told.release_id}/recalls"
    asked = {"reason": "The date was moved after you had read.", "copies_only": True}
    assert story.post(story.head, path, json=asked).json()["code"] == "wrong_state"
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(later), reason="An error was found."))
    assert story.get(story.head, path)["offered_people"] == 2
    made = done(story.post(story.head, path, json=asked), 201)
    assert (made["cause"], made["people_asked"]) == ("moved_after_reading", 2)
    assert story.get(story.head, path)["offered_people"] == 0
    done(states(story, CHANCELLOR, "opened_and_deleted"), 201)
    (incident,) = [one for one in story.incidents() if one["kind"] == "access_made_over_long"]
    grant = story.get(story.head, f"/lists/{story.told.listed['list_id']}")["grants"]
    (paused,) = [one for one in grant if one["holder_email"] == ADVISER.email]
    done(story.post(story.head, f"/grants/{paused['grant_id']}/resumption", json={"reason": "The copy is deleted."}))
    story.clock.put(later - timedelta(hours=23))
    story.signed(SECRETARY)
    assert story.reads(SECRETARY) == FIGURES
    assert story.reads(ADVISER) == FIGURES
    # What is read in the new window was not recalled, so it contradicts nothing.
    assert [one["number"] for one in on_board(story, ADVISER)["openings"]] == [
        one["number"] for one in made["people"][1]["openings"]
    ]
    told = answered(story.report(incident))
    assert (
        "2 people asked, of whom 2 had been sent a copy, 1 statement (opened and deleted: 1). Not closed yet." in told
    )
    assert "A statement was made about the recall" in told


def test_recall_goes_with_the_records_of_its_release(any_database_url: str, begin: Begin) -> None:
    story = readied(begin, database_url=any_database_url)
    recalled(story)
    done(states(story, CHANCELLOR, "opened_and_kept", kept_where="=A drawer at home", note="Sorry"), 201)
    story.clock.forward(hours=3)
    for recall_id in chasing.recalls_to_chase(story.tools):
        chasing.chase_statements(story.tools, recall_id)
    with story.tools.transaction() as tx:
        release_id = story.told.release_id
        counts, _ = erasing.destroy(tx.connection, release_id, story.clock.now())
        tx.append(Entry(EntryKind.RECORDS_ERASED, story.clock.now(), release_id=release_id))
    assert (counts["statements"], counts["people_asked"], counts["recalls"]) == (1, 3, 1)
    with story.tools.reading() as connection:
        (row,) = recalls.of_release(connection, release_id)
        assert (row.reason, recalls.people_of(connection, row.recall_id)) == (
            "Destroyed at the end of its retention.",
            (),
        )
        assert statements.of_recalls(connection, [row.recall_id]) == {}
