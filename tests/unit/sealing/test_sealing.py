"""A release's seal: made once at the close of its window, and what it proves of people, before the offline verifier."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import auditing, sealing
from app.audit import seals, verify_seal
from app.audit.entries import EntryKind
from app.audit.exported import LogRefused
from app.rules.facts import ReleaseState
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Story, done
from tests.world import open_world, put_state

NINE_THIRTY = london(2026, 3, 10, 9, 30)


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    """Two readers of one release; one of them opens it, and it is published."""
    told = Story(tmp_path, NINE_THIRTY - timedelta(days=3), database_url=any_database_url)
    told.ready(NINE_THIRTY, CHANCELLOR, ADVISER)
    told.clock.put(NINE_THIRTY - timedelta(hours=2))
    told.reads(CHANCELLOR)
    yield told
    told.service.close()


def vkey(story: Story) -> str:
    return auditing.log_vkeys(story.tools)[0]


def seal_all(story: Story) -> list[str]:
    """Do what the worker does; gives the causes of what was sealed."""
    auditing.sequence(story.tools)
    due = sealing.seals_due(story.tools)
    sealed = [one.cause for one in due if sealing.seal_release(story.tools, one)]
    auditing.sequence(story.tools)
    return sealed


def publish(story: Story) -> None:
    story.clock.put(NINE_THIRTY)
    story.published()


def seal_of(story: Story) -> dict[str, Any]:
    return dict(story.get(story.auditor, f"/releases/{story.told.release_id}/seal"))


def proof_of(story: Story, person_id: str) -> dict[str, Any]:
    path = f"/releases/{story.told.release_id}/seal/proof"
    return dict(story.get(story.auditor, path, params={"person_id": person_id}))


def test_seal_before_the_window_closes_is_not_made(story: Story) -> None:
    assert seal_all(story) == []
    assert story.ask(story.auditor, "GET", f"/releases/{story.told.release_id}/seal").status_code == 404


def test_seal_at_publication_is_made_once_and_holds_offline(story: Story, tmp_path: Path) -> None:
    publish(story)
    auditing.sequence(story.tools)
    due = sealing.seals_due(story.tools)
    assert [one.cause for one in due] == ["published"]
    assert sealing.seal_release(story.tools, due[0]) is not None
    assert sealing.seal_release(story.tools, due[0]) is None  # another replica found it due as well
    auditing.sequence(story.tools)
    assert seal_all(story) == []
    assert len(story.entries(EntryKind.RELEASE_SEALED)) == 1
    seal = verify_seal.verify_seal(seal_of(story), vkey(story))
    assert seal.statement["counts"]["access_decided"] == {"permitted": 1}
    assert [one["document_id"] for one in seal.statement["documents"]] == [story.told.document_id]
    verify_seal.check_against_log(seal, story.exported("whole"), vkey(story))


def test_backlog_of_releases_is_sealed_a_few_at_a_turn_until_none_is_left(story: Story) -> None:
    publish(story)
    earlier = open_world(story.tools, recipients=1, large_bytes=1).release.release_id
    put_state(story.tools, earlier, ReleaseState.PUBLISHED)
    auditing.sequence(story.tools)
    turns = []
    while due := sealing.seals_due(story.tools, at_most=1):
        turns.append([one.release_id for one in due if sealing.seal_release(story.tools, one)])
        auditing.sequence(story.tools)
    assert sorted(turns) == sorted([[earlier], [story.told.release_id]])


def test_proof_tells_who_opened_and_who_did_not(story: Story) -> None:
    publish(story)
    seal_all(story)
    opened = verify_seal.verify_proof(proof_of(story, story.id_of(CHANCELLOR)), vkey(story))
    listed = verify_seal.verify_proof(proof_of(story, story.id_of(ADVISER)), vkey(story))
    stranger = verify_seal.verify_proof(proof_of(story, "per_" + "0" * 24), vkey(story))
    at = NINE_THIRTY - timedelta(hours=2)
    assert (opened.count, opened.first_at, opened.last_at) == (
        1,
        "2026-03-10T07:30:00.000Z",
        "2026-03-10T07:30:00.000Z",
    )
    assert (verify_seal.opened_before(opened, at), verify_seal.opened_before(opened, NINE_THIRTY)) == (False, True)
    assert [(one.count, verify_seal.opened_before(one, NINE_THIRTY)) for one in (listed, stranger)] == [(0, False)] * 2


def test_proof_that_was_altered_is_refused(story: Story) -> None:
    publish(story)
    seal_all(story)
    honest = proof_of(story, story.id_of(CHANCELLOR))
    other = proof_of(story, story.id_of(ADVISER))
    verify_seal.verify_proof(honest, vkey(story))
    changed: list[dict[str, Any]] = [
        {**honest, "record": '{"count":0}'},
        {**honest, "record": None, "salt": None},  # as if nothing stood at the place
        {**other, "person_id": honest["person_id"]},  # somebody else's innocence
        {**honest, "siblings": honest["siblings"][1:]},
        {**honest, "siblings": honest["siblings"][::-1]},
    ]
    statement = json.loads(honest["seal"]["statement"])
    for name, value in (("entries", 1), ("openings_root", "00" * 32), ("counts", {})):
        forged = deepcopy(honest)
        forged["seal"]["statement"] = json.dumps({**statement, name: value}, sort_keys=True, separators=(",", ":"))
        changed.append(forged)
    for one in changed:
        with pytest.raises(LogRefused):
            verify_seal.verify_proof(one, vkey(story))


def test_seal_that_leaves_an_entry_out_is_refused(story: Story) -> None:
    publish(story)
    seal_all(story)
    seal = verify_seal.verify_seal(seal_of(story), vkey(story))
    receipts = [
        story.get(story.auditor, f"/audit/entries/{one['entry_id']}/receipt")
        for one in story.get(
            story.auditor, "/audit/entries", params={"release_id": story.told.release_id, "limit": 100}
        )["results"]
    ]
    entries = {one["index"]: base64.b64decode(one["entry"]) for one in receipts}
    verify_seal.check_complete(seal, entries)
    for index in [one for one in entries if one < seal.statement["through"]]:
        with pytest.raises(LogRefused):
            verify_seal.check_complete(seal, {at: entry for at, entry in entries.items() if at != index})


def test_more_about_a_sealed_release_is_sealed_again_once_it_is_quiet(story: Story) -> None:
    publish(story)
    assert seal_all(story) == ["published"]
    story.reports(story.head, "unauthorised_disclosure", "It was read out.")
    assert seal_all(story) == []
    story.clock.put(NINE_THIRTY + sealing.QUIET + timedelta(seconds=1))
    assert seal_all(story) == ["supplement"]
    story.clock.put(NINE_THIRTY + timedelta(days=1))
    assert seal_all(story) == []  # neither a seal, nor the reading of one, is cause for another
    assert seal_of(story)["statement"] != ""
    assert seal_all(story) == []
    assert [entry["said"]["number"] for entry in story.entries(EntryKind.RELEASE_SEALED)] == [1, 2]


def test_move_that_ends_an_open_window_is_sealed(story: Story) -> None:
    done(story.moves(story.head, "postponement", reason="An error was found."))
    assert seal_all(story) == ["moved"]
    assert seal_all(story) == []


def test_move_before_the_window_opened_is_not_sealed(story: Story) -> None:
    story.clock.put(NINE_THIRTY - timedelta(days=2))
    done(story.moves(story.head, "postponement", reason="An error was found."))
    assert seal_all(story) == []


def test_proof_of_ones_own_is_for_those_who_may_know_of_the_release(story: Story) -> None:
    publish(story)
    seal_all(story)
    path = f"/me/releases/{story.told.release_id}/proof"
    mine = verify_seal.verify_proof(dict(story.get(ADVISER, path)), vkey(story))
    assert (mine.person_id, mine.count) == (story.id_of(ADVISER), 0)
    absent = story.ask(STRANGER, "GET", f"/me/releases/rel_{'0' * 24}/proof")
    refused = story.ask(STRANGER, "GET", path)
    assert (refused.status_code, refused.json()["detail"]) == (404, absent.json()["detail"])
    assert story.ask(SECRETARY, "GET", f"/releases/{story.told.release_id}/seal").status_code == 404
    assert story.ask(story.head, "GET", f"/releases/{story.told.release_id}/seal").status_code == 403
    params = {"person_id": story.id_of(CHANCELLOR)}
    proof = f"/releases/{story.told.release_id}/seal/proof"
    assert [story.ask(who, "GET", proof, params=params).status_code for who in (ADVISER, story.head)] == [404, 403]


def test_own_proof_says_nothing_of_others_or_of_documents(story: Story) -> None:
    publish(story)
    seal_all(story)
    path = f"/me/releases/{story.told.release_id}/proof"
    own, whole = dict(story.get(ADVISER, path)), proof_of(story, story.id_of(ADVISER))
    told = json.dumps(
        {**own, "seal": {**own["seal"], "entry": base64.b64decode(own["seal"]["receipt"]["entry"]).decode()}}
    )
    (document,) = json.loads(whole["seal"]["statement"])["documents"]
    secrets = [
        story.id_of(CHANCELLOR),
        "2026-03-10T07:30:00",  # when somebody else opened
        document["document_id"],
        document["sha256"],  # by which a guess at its figures could be tried
        "access_decided",  # how many were let in, and how many refused
    ]
    assert [one for one in secrets if one in told] == []
    assert {name: own[name] for name in own if name != "seal"} == {name: whole[name] for name in own if name != "seal"}
    assert own["seal"] == {**whole["seal"], "statement": None}


def test_own_proof_of_a_release_that_moved_on_does_not_show_what_is_still_embargoed(story: Story) -> None:
    done(story.moves(story.head, "postponement", reason="An error was found."))
    assert seal_all(story) == ["moved"]
    own = dict(story.get(ADVISER, f"/me/releases/{story.told.release_id}/proof"))
    assert own["seal"]["statement"] is None
    proof = verify_seal.verify_proof(own, vkey(story))
    assert (proof.seal.said["cause"], proof.count, proof.seal.statement) == ("moved", 0, {})


def test_command_says_whether_somebody_had_opened(
    story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(story)
    seal_all(story)
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof_of(story, story.id_of(CHANCELLOR))))
    before = NINE_THIRTY.isoformat()
    assert verify_seal.main([str(file), "--key", vkey(story), "--before", before]) == 0
    assert f"{story.id_of(CHANCELLOR)} had opened anything before {before}" in capsys.readouterr().out
    file.write_text(file.read_text().replace('\\"count\\":1', '\\"count\\":0'))
    assert verify_seal.main([str(file), "--key", vkey(story)]) == 1


def test_tree_of_nobody_has_the_root_of_nothing() -> None:
    assert seals.OpeningsTree({}).root == seals.EMPTY[seals.HEIGHT]
    assert seals.root_through(5, None, []) == seals.EMPTY[seals.HEIGHT]


def test_path_in_another_spelling_is_refused() -> None:
    place = seals.place_of("rel_1", "per_1")
    tree = seals.OpeningsTree({place: seals.leaf_of(b"0" * 16, '{"count":0}'), place ^ 1: b"1" * 32})
    (sibling,) = tree.siblings(place)
    leaf = seals.leaf_of(b"0" * 16, '{"count":0}')
    assert seals.root_through(place, leaf, [sibling]) == tree.root
    for path in ([sibling, sibling], [{**sibling, "height": 128}], [{**sibling, "hash": "AA=="}], [{"height": 0}]):
        with pytest.raises(ValueError, match="path"):
            seals.root_through(place, leaf, path)


def test_seal_of_a_release_whose_records_were_destroyed_proves_nothing_any_more(story: Story) -> None:
    """A seal made afterwards would say that nobody had opened: there is none."""
    publish(story)
    seal_all(story)
    assert verify_seal.verify_proof(proof_of(story, story.id_of(CHANCELLOR)), vkey(story)).count == 1
    story.clock.put(NINE_THIRTY + timedelta(days=8 * 366))
    assert seal_all(story) == []
    body = {"release_ids": [story.told.release_id], "reason": "The time is over."}
    proposed = done(story.post(story.lead, f"/producers/{story.sat.producer_id}/erasures", json=body), 201)
    assert story.post(story.head, f"/erasures/{proposed['erasure_id']}/approval").is_success
    story.clock.put(NINE_THIRTY + timedelta(days=9 * 366))
    assert seal_all(story) == []
    path = f"/releases/{story.told.release_id}/seal/proof"
    refused = story.ask(story.auditor, "GET", path, params={"person_id": story.id_of(CHANCELLOR)})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    verify_seal.verify_seal(seal_of(story), vkey(story))
