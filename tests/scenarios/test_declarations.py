"""T28 under each Order: who must have signed, who must acknowledge instead, and what is on record of it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import pyzipper

from app.audit.entries import EntryKind
from app.rules.canonical import canonical_json, sha256_hex
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, FIGURES, SECRETARY, Reader, Story, codes, done, reasons, unlocked

TUESDAY = london(2026, 6, 16, 9, 30)
TEN_HOURS_BEFORE = TUESDAY - timedelta(hours=10)
DAYS = timedelta(days=1)
CONDITIONS = "Read in room 4.12 only."
SCOTLAND_2_2_A = "SSI 2008/399 Sch. para 2(2)(a)"
WALES_1_2 = "WSI 2009/2818 Sch. para 1(2)"


def listed(story: Story, order: str, *readers: Reader, letter: str = "a", **changes: Any) -> str:
    """Have a market-sensitive release ready under an Order; each reader by this ground, on the same conditions."""
    story.release(TUESDAY, order=order, **changes)
    made = story.draft_with(*readers)
    for reader in readers:
        path = f"/lists/{made['list_id']}/grants/{story.grant_of(reader)['grant_id']}"
        body = {"ground_letter": letter, "conditions": CONDITIONS}
        made = done(story.ask(story.statistician, "PATCH", path, json=body, revision=made["revision"]))
    story.told.listed = made
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    return story.told.release_id


def opens(story: Story, who: Reader, **said: Any) -> Any:
    """Ask to open the document, saying this."""
    return story.post(who, f"/documents/{story.told.document_id}/openings", json=said)


def refused_first(story: Story, reader: Reader) -> dict[str, Any]:
    return next(leaf["said"] for leaf in story.decisions(reader) if leaf["said"]["act"] == "open")


@pytest.mark.parametrize(
    ("order", "source", "words"),
    [
        ("uk", "SI 2008/2998 Sch. para 8", "uk-2026-1"),
        ("northern_ireland", "SR 2009/71 Sch. para 8", "northern-ireland-2026-1"),
    ],
)
def test_t28_market_sensitive_statistics_need_a_declaration_by_the_order_itself(
    begin: Begin, order: str, source: str, words: str
) -> None:
    story = begin(TUESDAY - 8 * DAYS, declaration_for_all=False)
    listed(story, order, CHANCELLOR, letter="i")
    story.clock.put(TEN_HOURS_BEFORE)
    for said in ({}, {"acknowledged": True}):  # acknowledging is no signature
        assert reasons(opens(story, CHANCELLOR, **said)) == [("declaration_missing", source)]
    (signed,) = story.signed(CHANCELLOR)
    assert signed["undertaking_version"] == words
    assert story.reads(CHANCELLOR) == FIGURES
    (permitted,) = story.decisions(CHANCELLOR, "permitted")
    assert "acknowledged" not in permitted["said"]


@pytest.mark.parametrize(
    ("order", "source", "label"),
    [("scotland", SCOTLAND_2_2_A, "Confidential Statistics"), ("wales", WALES_1_2, "Confidential Statistics")],
)
def test_t28_the_same_statistics_need_none_there_and_the_read_is_acknowledged(
    begin: Begin, order: str, source: str, label: str
) -> None:
    story = begin(TUESDAY - 8 * DAYS, declaration_for_all=False)
    release_id = listed(story, order, CHANCELLOR)
    story.clock.put(TEN_HOURS_BEFORE)
    shown = story.get(CHANCELLOR, f"/releases/{release_id}")
    (access,) = shown["access"]
    assert (shown["acknowledge"], shown["marking"], access["marking"]) == (True, label, label)
    assert (access["ground_letter"], access["conditions"]) == ("a", [CONDITIONS])
    assert access["ground"] == CHANCELLOR.ground
    assert access["ground_words"].startswith("(a) so that ")

    refused = story.opens(CHANCELLOR)
    assert reasons(refused) == [("acknowledgement_missing", source)]
    assert len(access["requirements"]) == 6
    for told in (access["ground_words"], CONDITIONS.rstrip("."), label, "paragraph 5", *access["requirements"]):
        assert told in refused.json()["detail"]
    assert codes(opens(story, CHANCELLOR, acknowledged=False)) == ["403", "acknowledgement_missing"]
    assert refused_first(story, CHANCELLOR)["reasons"] == [{"code": "acknowledgement_missing", "source": source}]

    opening = done(opens(story, CHANCELLOR, acknowledged=True), 201)
    (permitted,) = story.decisions(CHANCELLOR, "permitted")
    assert permitted["said"]["acknowledged"] == {
        "ground_letter": "a",
        "conditions_sha256": sha256_hex(f'["{CONDITIONS}"]'.encode()),
        "requirements_sha256": sha256_hex(canonical_json(access["requirements"])),
    }
    assert story.entries(EntryKind.DECLARATION_SIGNED) == []
    copy = story.fetches(CHANCELLOR, opening)
    passphrase = done(story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal"))["passphrase"]
    assert unlocked(copy.content, passphrase) == FIGURES
    assert f'filename="{label} {opening["number"]} claimants.csv.zip"' in copy.headers["content-disposition"]
    notice = notice_in(copy.content, passphrase)
    assert notice.startswith(f"{label} until publication, set for Tuesday 16 June 2026, 9:30am (UK time)\r\n")
    accompanies = "Paragraph 5 of the Schedule to that Order contains certain requirements." in notice
    assert accompanies is (order == "wales")
    assert [sentence for sentence in access["requirements"] if sentence not in notice][1:] == []  # one adds the contact


def notice_in(copy: bytes, passphrase: str) -> str:
    with pyzipper.AESZipFile(io.BytesIO(copy)) as archive:
        archive.setpassword(passphrase.encode("ascii"))
        (name,) = [name for name in archive.namelist() if name.startswith("READ ME FIRST - ")]
        content: bytes = archive.read(name)
    return content.decode("utf-8")


def test_t28_reader_is_told_ground_and_conditions_by_letter_before_the_window_opens(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAYS, declaration_for_all=False)
    listed(story, "wales", CHANCELLOR)
    (body,) = [body for _, body in story.letters(CHANCELLOR) if "You have pre-release access" in body]
    for told in (
        "Ground of your access: (a) so that",
        CONDITIONS,
        "“Confidential Statistics”",
        "Paragraph 5 of the Sch",
    ):
        assert told in body


def test_t28_producer_that_asks_for_a_declaration_under_the_scottish_order_gets_both(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAYS)
    listed(story, "scotland", CHANCELLOR)
    story.clock.put(TEN_HOURS_BEFORE)
    first = opens(story, CHANCELLOR, acknowledged=True)
    assert reasons(first) == [("declaration_missing", "Producer policy: declarations")]
    words = story.get(CHANCELLOR, f"/releases/{story.told.release_id}/undertaking")
    assert (words["version"], words["ground_letter"]) == ("scotland-2026-1", "a")
    assert "this one is a rule of the producer" in " ".join(words["text"].split())
    story.signed(CHANCELLOR)
    assert codes(story.opens(CHANCELLOR)) == ["403", "acknowledgement_missing"]
    assert opens(story, CHANCELLOR, acknowledged=True).status_code == 201


def test_t28_repeated_opening_gives_the_first_answer_only_while_it_is_acknowledged(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAYS, declaration_for_all=False)
    listed(story, "scotland", CHANCELLOR)
    story.clock.put(TEN_HOURS_BEFORE)
    path, key = f"/documents/{story.told.document_id}/openings", {"Idempotency-Key": "once-and-only-once"}
    first = story.post(CHANCELLOR, path, json={"acknowledged": True}, headers=key)
    again = story.post(CHANCELLOR, path, json={"acknowledged": True}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    without = story.post(CHANCELLOR, path, headers=key)
    assert (without.status_code, without.json()["code"]) == (409, "idempotency_key_reused")


def test_t28_reader_without_relation_is_told_nothing_of_ground_or_conditions(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAYS, declaration_for_all=False)
    release_id = listed(story, "scotland", CHANCELLOR)
    story.clock.put(TEN_HOURS_BEFORE)
    assert opens(story, SECRETARY, acknowledged=True).status_code == 404
    assert story.ask(SECRETARY, "GET", f"/releases/{release_id}").status_code == 404
    staff = story.get(story.head, f"/releases/{release_id}")
    assert (staff["access"], CONDITIONS in str(staff)) == ([], False)
