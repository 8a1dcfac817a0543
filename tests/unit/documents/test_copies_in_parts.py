"""A copy fetched in parts: the same bytes each time, each part decided and on record, the newest request wins."""

from __future__ import annotations

import io
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from sqlalchemy import select
from starlette.testclient import TestClient

from app.actions import copies, openings
from app.actions.copies import CHECK_SECONDS, Delivery, Wanted
from app.actions.documents import DocumentRow
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import OutOfOrder, Refused
from app.rules.facts import ReleaseState
from tests.build import london
from tests.twins import FrozenClock
from tests.unit.documents.world import FIGURES, World, a_pdf, sha256

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

BIG = 3 * 1024 * 1024 + 17


class Reader:
    """The minister with an opening, at the door."""

    def __init__(self, world: World, document: DocumentRow) -> None:
        world.sign(world.minister.person_id)
        self.world = world
        self.actor = world.actor(world.minister.person_id)
        self.headers = world.headers(world.minister.person_id)
        self.opening_id = openings.open_document(world.tools, self.actor, document.card.document_id).opening_id
        self.client: TestClient = world.client()

    def get(self, ranges: str | None = None, if_range: str | None = None, method: str = "GET") -> Any:
        asked = {"Range": ranges, "If-Range": if_range}
        headers = {**self.headers, **{name: text for name, text in asked.items() if text is not None}}
        return self.client.request(method, f"/api/v1/openings/{self.opening_id}/content", headers=headers)

    def row(self) -> Any:
        with self.world.tools.reading() as connection:
            wanted = select(tables.openings).where(tables.openings.c.opening_id == self.opening_id)
            return connection.execute(wanted).one()

    def begin(self, wanted: Wanted | None = None) -> Delivery:
        return copies.begin(self.world.tools, self.actor, self.opening_id, wanted)


class Counting(FrozenClock):
    """A clock whose counter moves when it is told to."""

    seconds = 0.0

    def monotonic_seconds(self) -> float:
        return self.seconds


def reader(folder: Path, content: bytes = FIGURES, **more: Any) -> Reader:
    world = World(folder, **more)
    return Reader(world, world.fixed(content, "figures.bin", "application/octet-stream"))


def some(delivery: Delivery) -> bytes:
    group = delivery.next_group() or b""
    delivery.handing_over(len(group))
    return group


def test_copy_fetched_in_parts_is_the_copy_fetched_whole_and_each_part_is_on_record(
    tmp_path: Path, any_database_url: str | None
) -> None:
    recipient = reader(tmp_path, os.urandom(BIG), database_url=any_database_url)
    whole = recipient.get()
    length, tag = len(whole.content), whole.headers["etag"]
    cut = 1_234_567
    first, rest = recipient.get(f"bytes=0-{cut - 1}"), recipient.get(f"bytes={cut}-", if_range=tag)
    last = recipient.get("bytes=-22")
    assert [answer.status_code for answer in (whole, first, rest, last)] == [200, 206, 206, 206]
    assert first.content + rest.content == whole.content
    assert last.content == whole.content[-22:]
    assert [answer.headers.get("content-range") for answer in (whole, first, rest, last)] == [
        None,
        f"bytes 0-{cut - 1}/{length}",
        f"bytes {cut}-{length - 1}/{length}",
        f"bytes {length - 22}-{length - 1}/{length}",
    ]
    assert {answer.headers["etag"] for answer in (first, rest, last)} == {tag}
    assert {answer.headers["accept-ranges"] for answer in (whole, first)} == {"bytes"}
    assert [answer.headers["content-length"] for answer in (whole, first)] == [str(length), str(cut)]
    said = [entry["said"] for entry in recipient.world.service.entries(EntryKind.COPY_STARTED)]
    assert [(one.get("first_byte"), one.get("last_byte"), one.get("of_bytes")) for one in said] == [
        (None, None, None),
        (0, cut - 1, length),
        (cut, length - 1, length),
        (length - 22, length - 1, length),
    ]
    ended = [
        (entry["outcome"], entry["said"]["sent_bytes"], entry["said"]["of_bytes"], entry["said"]["copy_sha256"])
        for entry in recipient.world.service.entries(EntryKind.COPY_OUTCOME)
    ]
    assert ended == [
        ("completed", length, length, sha256(whole.content)),
        ("completed", cut, length, None),
        ("completed", length - cut, length, None),
        ("completed", 22, length, None),
    ]
    row = recipient.row()
    assert (row.outcome, row.sent_bytes, row.copy_bytes, row.copy_turn) == ("completed", 2 * length + 22, length, 4)
    assert row.copy_sha256 == sha256(whole.content)
    recipient.world.service.close()


def test_copy_cut_halfway_and_resumed_is_completed_and_opens_with_the_passphrase(
    tmp_path: Path, any_database_url: str | None
) -> None:
    plain = os.urandom(BIG)
    recipient = reader(tmp_path, plain, database_url=any_database_url)
    cut = recipient.begin()
    have = some(cut)
    cut.close(handed_over_whole=False)
    assert (recipient.row().outcome, recipient.row().copy_reached_bytes) == ("aborted", len(have))
    middle = recipient.get(f"bytes={len(have)}-{len(have) + 99}").content
    assert recipient.row().outcome == "part"
    have += middle + recipient.get(f"bytes={len(have) + 100}-").content
    row = recipient.row()
    assert (row.outcome, row.sent_bytes, row.copy_reached_bytes) == ("completed", len(have), len(have))
    passphrase = openings.reveal(recipient.world.tools, recipient.actor, recipient.opening_id).passphrase
    with pyzipper.AESZipFile(io.BytesIO(have)) as archive:
        archive.setpassword(passphrase.encode())
        assert archive.read("figures.bin") == plain
    recipient.world.service.close()


def test_last_part_after_a_gap_is_no_completed_copy(tmp_path: Path) -> None:
    recipient = reader(tmp_path)
    assert recipient.get("bytes=0-0").status_code == 206
    assert recipient.get("bytes=-22").status_code == 206
    assert (recipient.row().outcome, recipient.row().copy_reached_bytes) == ("part", 1)


def test_authentication_code_is_worked_out_once_and_kept_with_the_opening(tmp_path: Path) -> None:
    recipient = reader(tmp_path, os.urandom(BIG))
    early = recipient.get("bytes=0-999")
    assert recipient.row().copy_code is None
    late = recipient.get("bytes=2000000-")
    code = recipient.row().copy_code
    assert len(code) == 10
    assert code in late.content
    whole = recipient.get().content
    assert (whole[:1000], whole[2_000_000:], recipient.row().copy_code) == (early.content, late.content, code)


def test_range_fuzz_gives_the_exact_bytes_or_416(tmp_path: Path) -> None:
    recipient = reader(tmp_path, os.urandom(500))
    whole = recipient.get().content
    length, chance = len(whole), random.Random(4711)
    for _ in range(60):
        first, last = (chance.choice([chance.randrange(length + 9), 9**30, ""]) for _ in range(2))
        answer = recipient.get(f"bytes={first}-{last}")
        if (first, last) == ("", "") or (first != "" and last != "" and int(last) < int(first)):
            assert (answer.status_code, answer.content) == (200, whole)
        elif (first != "" and int(first) >= length) or (first == "" and last == 0):
            assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{length}")
        else:
            start = max(0, length - int(last)) if first == "" else int(first)
            stop = length if first == "" or last == "" else min(length, int(last) + 1)
            assert (answer.status_code, answer.content) == (206, whole[start:stop])


def test_range_behind_the_end_is_a_problem_with_a_receipt_and_no_access(tmp_path: Path) -> None:
    recipient = reader(tmp_path)
    length = len(recipient.get().content)
    begun = len(recipient.world.service.entries(EntryKind.COPY_STARTED))
    answer = recipient.get(f"bytes={length}-")
    (entry,) = recipient.world.service.entries(EntryKind.REQUEST_REFUSED)
    said = answer.json()
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{length}")
    assert (said["code"], said["of_bytes"], said["instance"]) == (
        "range_not_satisfiable",
        length,
        f"/api/v1/audit/entries/{entry['id']}/receipt",
    )
    assert len(recipient.world.service.entries(EntryKind.COPY_STARTED)) == begun


@pytest.mark.parametrize("if_range", ['W/"{tag}"', "Tue, 10 Mar 2026 09:30:00 GMT", '"{other}"'])
def test_rest_of_a_copy_that_cannot_be_shown_to_be_the_same_is_answered_with_all_of_it(
    tmp_path: Path, if_range: str
) -> None:
    recipient = reader(tmp_path)
    whole = recipient.get()
    tag = whole.headers["etag"].strip('"')
    answer = recipient.get("bytes=10-", if_range=if_range.format(tag=tag, other="0" * 32))
    assert (answer.status_code, answer.content) == (200, whole.content)


def test_copy_whose_mark_says_another_time_is_another_copy_and_no_part_of_it_is_spliced_onto_the_first(
    tmp_path: Path,
) -> None:
    recipient = reader(tmp_path, b"the same figures " * 1000)
    before = recipient.get()
    recipient.world.change_release(publishes_at=london(2026, 3, 10, 9, 0))
    after = recipient.get("bytes=100-", if_range=before.headers["etag"])
    assert (after.status_code, after.headers["etag"] == before.headers["etag"]) == (200, False)
    # Nothing is encrypted with a key stream that has been used for another text: no two blocks agree in their place.
    blocks = range(0, min(len(before.content), len(after.content)) - 16 - 400, 16)
    alike = [at for at in blocks if before.content[at : at + 16] == after.content[at : at + 16]]
    assert len(alike) < len(blocks) // 100  # headers alone


def move(recipient: Reader) -> None:
    recipient.world.change_release(publishes_at=london(2026, 3, 10, 9, 0))


def test_rest_asked_for_without_a_tag_is_never_another_copy_than_was_fetched_before(
    tmp_path: Path, any_database_url: str | None
) -> None:
    recipient = reader(tmp_path, b"the same figures " * 1000, database_url=any_database_url)
    have = recipient.get("bytes=0-99").content
    move(recipient)
    answers = [recipient.get("bytes=100-") for _ in range(2)]  # as a program does that tries again by itself
    whole = answers[0].content
    assert [(one.status_code, one.content == whole, "content-range" in one.headers) for one in answers] == [
        (200, True, False),
        (200, True, False),
    ]
    assert whole[:100] != have
    rest = recipient.get("bytes=100-", if_range=answers[0].headers["etag"])
    assert (rest.status_code, rest.content) == (206, whole[100:])
    recipient.world.service.close()


def test_rest_asked_for_without_a_tag_is_all_of_it_also_when_the_other_copy_was_fetched_whole_meanwhile(
    tmp_path: Path,
) -> None:
    recipient = reader(tmp_path, b"the same figures " * 1000)
    recipient.get("bytes=0-99")
    move(recipient)
    whole = recipient.get()
    again = recipient.get("bytes=100-")
    assert (again.status_code, again.content) == (200, whole.content)


@pytest.mark.parametrize("ranges", ["bytes=100-", "bytes=-22", "bytes=999999999-"])
def test_rest_of_what_was_never_begun_with_this_opening_is_all_of_it_however_often_it_is_asked_for(
    tmp_path: Path, ranges: str
) -> None:
    recipient = reader(tmp_path, b"the same figures " * 1000)  # the start they have is of another opening's copy
    first, second = recipient.get(ranges), recipient.get(ranges)
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    (started, _) = recipient.world.service.entries(EntryKind.COPY_STARTED)
    assert "first_byte" not in started["said"]


def test_rest_asked_for_with_its_tag_is_given_though_nothing_was_fetched_before(tmp_path: Path) -> None:
    recipient = reader(tmp_path, b"the same figures " * 1000)
    tag = recipient.get(method="HEAD").headers["etag"]
    assert recipient.get("bytes=100-", if_range=tag).status_code == 206


def test_request_for_the_rest_takes_the_place_of_a_copy_that_hangs(
    tmp_path: Path, any_database_url: str | None
) -> None:
    recipient = reader(tmp_path, os.urandom(BIG), database_url=any_database_url)
    hanging = recipient.begin()
    have = some(hanging)
    with pytest.raises(OutOfOrder, match="on its way already"):
        recipient.begin()
    rest = recipient.begin(Wanted(len(have), None))
    with pytest.raises(OutOfOrder, match="gave way"):
        hanging.check_if_due(0)
    hanging.close(handed_over_whole=False)
    assert recipient.row().outcome == "running"  # the later one
    while some(rest):
        pass
    rest.close(handed_over_whole=True)
    ended = [
        (entry["outcome"], entry["said"].get("stopped_by"), entry["said"]["sent_bytes"])
        for entry in recipient.world.service.entries(EntryKind.COPY_OUTCOME)
    ]
    length = rest.part.of_bytes
    assert ended == [("aborted", ["resumed"], len(have)), ("completed", None, length - len(have))]
    assert (recipient.row().outcome, recipient.row().sent_bytes) == ("completed", length)
    recipient.world.service.close()


def test_part_of_a_copy_is_decided_anew_and_stopped_like_a_whole_one(tmp_path: Path) -> None:
    recipient = reader(tmp_path, os.urandom(BIG))
    recipient.get("bytes=0-999")
    running = recipient.begin(Wanted(1000, None))
    some(running)
    recipient.world.suspend(recipient.world.minister.person_id)
    with pytest.raises(Refused):
        running.check_if_due(0)
    running.close(handed_over_whole=False)
    answer = recipient.get("bytes=2000-")
    assert (answer.status_code, [one["code"] for one in answer.json()["reasons"]]) == (403, ["suspended"])
    assert recipient.row().outcome == "stopped"
    decided = recipient.world.service.entries(EntryKind.ACCESS_DECIDED)
    assert [(one["outcome"], one["said"]["act"]) for one in decided] == [("permitted", "open"), ("refused", "fetch")]


def test_part_being_worked_out_for_nobody_is_given_up(tmp_path: Path) -> None:
    recipient = reader(tmp_path, os.urandom(BIG))
    recipient.get("bytes=0-0")
    running = recipient.begin(Wanted(BIG, None))
    running.leave()
    assert running.next_group() is None
    running.close(handed_over_whole=False)
    (_, entry) = recipient.world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], recipient.row().copy_code) == ("aborted", None)


def test_part_being_worked_out_is_stopped_by_a_suspension(tmp_path: Path) -> None:
    recipient = reader(tmp_path, os.urandom(3 * BIG))
    recipient.get("bytes=0-0")
    clock = Counting(recipient.world.service.clock.now())
    tools = replace(recipient.world.tools, clock=clock)
    running = copies.begin(tools, recipient.actor, recipient.opening_id, Wanted(3 * BIG, None))
    running.next_group()
    assert running.next_group() == b""  # the code is being worked out
    recipient.world.suspend(recipient.world.minister.person_id)
    clock.seconds += CHECK_SECONDS
    with pytest.raises(Refused):
        running.next_group()
    running.close(handed_over_whole=False)
    (_, entry) = recipient.world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], entry["said"]["stopped_by"], entry["said"]["sent_bytes"]) == ("stopped", ["suspended"], 0)


def test_pdf_copy_is_made_anew_each_time_and_says_that_it_has_no_parts(tmp_path: Path) -> None:
    world = World(tmp_path)
    recipient = Reader(world, world.fixed(a_pdf(), "bulletin.pdf", "application/pdf"))
    first, second = recipient.get("bytes=5-"), recipient.get("bytes=999999999-")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content != second.content
    assert (first.headers["accept-ranges"], "etag" in first.headers, "content-range" in first.headers) == (
        "none",
        False,
        False,
    )
    described = recipient.get(method="HEAD")
    assert (described.status_code, described.headers["accept-ranges"], "etag" in described.headers) == (
        200,
        "none",
        False,
    )


def test_head_tells_what_get_would_and_is_no_access(tmp_path: Path) -> None:
    recipient = reader(tmp_path)
    before, entries = recipient.row(), len(recipient.world.service.entries())
    described = recipient.get("bytes=5-9", method="HEAD")
    assert (recipient.row(), len(recipient.world.service.entries())) == (before, entries)
    fetched = recipient.get()
    assert (described.status_code, described.content, dict(described.headers)) == (200, b"", dict(fetched.headers))


def test_head_of_what_may_not_be_fetched_says_so_and_counts_as_no_attempt(tmp_path: Path) -> None:
    recipient = reader(tmp_path)
    recipient.world.suspend(recipient.world.minister.person_id)
    decided = len(recipient.world.service.entries(EntryKind.ACCESS_DECIDED))
    assert recipient.get(method="HEAD").status_code == 403
    assert len(recipient.world.service.entries(EntryKind.ACCESS_DECIDED)) == decided
    recipient.world.change_release(state=ReleaseState.PUBLISHED, published_at=recipient.world.clock.now())
    recipient.world.clock.forward(hours=2)
    assert (recipient.get(method="HEAD").status_code, recipient.get().json()["code"]) == (409, "opening_ended")


def test_head_for_somebody_else_is_nothing_here(tmp_path: Path) -> None:
    recipient = reader(tmp_path)
    other = recipient.world.listed("Olu Other", "olu@examples.gov.example", "Permanent Secretary")
    address = f"/api/v1/openings/{recipient.opening_id}/content"
    assert recipient.client.head(address, headers=recipient.world.headers(other.person_id)).status_code == 404
