"""Parts of a document as they arrive: what is kept of each request, and what is refused of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import Request
from sqlalchemy import select

from app.actions import uploads
from app.actions.uploads import CutOff
from app.api.streams import HOP_BYTES, hops, hops_until_cut
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Code, Malformed
from tests.faults.failing import files_holding
from tests.unit.documents.world import World, sha256
from tests.unit.uploads.sending import LINE, TABLE, Desk, checksum, cut_after, documents_of, ended, kept


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(world)
    world.service.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(uploads, "PART_BYTES", 400)
    return 400


def test_upload_in_three_parts_becomes_the_document_that_one_piece_would(desk: Desk) -> None:
    begun = (
        desk.begins(len(TABLE), sha256=sha256(TABLE), note="")
        if False
        else desk.begins(len(TABLE), sha256=sha256(TABLE))
    )
    upload_id = begun.json()["upload_id"]
    assert (begun.status_code, begun.headers["location"]) == (201, f"/api/v1/uploads/{upload_id}")
    offsets = []
    for start, stop in ((0, 400), (400, 1100), (1100, len(TABLE))):
        answer = desk.sends(upload_id, start, TABLE[start:stop])
        offsets.append((answer.status_code, answer.headers["upload-offset"], answer.headers["pra-upload-state"]))
    assert offsets == [(204, "400", "receiving"), (204, "1100", "receiving"), (204, str(len(TABLE)), "complete")]
    told = desk.asks(upload_id).json()
    document = desk.client.get(f"/api/v1/documents/{told['document_id']}", headers=desk.headers).json()
    assert (told["state"], told["kept_bytes"], told["problem"]) == ("complete", len(TABLE), None)
    assert (document["sha256"], document["state"], document["uploaded_by"]) == (sha256(TABLE), "draft", desk.person_id)
    names, parts = kept(desk)
    assert (len(names), parts) == (2, 0)  # the document and its escrowed key
    assert ended(desk) == [("completed", {"upload_id": upload_id, "kept_bytes": 1100, "parts": 2})]


def test_answers_tell_a_client_of_the_protocol_all_it_needs(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE), note="First look.")
    desk.sends(upload_id, 0, TABLE[:500])
    head = desk.asks(upload_id, "HEAD")
    told = {name: head.headers[name] for name in head.headers if name.startswith(("upload-", "tus-", "cache-", "pra-"))}
    assert (head.status_code, told) == (
        200,
        {
            "upload-offset": "500",
            "upload-length": str(len(TABLE)),
            "upload-metadata": "filename cmVnaW9ucy5jc3Y=,filetype dGV4dC9jc3Y=,note Rmlyc3QgbG9vay4=",
            "upload-expires": "Tue, 10 Mar 2026 14:00:00 GMT",
            "pra-upload-state": "receiving",
            "tus-resumable": "1.0.0",
            "tus-version": "1.0.0",
            "cache-control": "no-store",
        },
    )
    options = desk.client.options(f"/api/v1/releases/{desk.world.release.release_id}/uploads", headers=desk.headers)
    assert (options.status_code, options.headers["tus-extension"], options.headers["tus-max-size"]) == (
        204,
        "creation,expiration,checksum,termination",
        str(5 * 1024**3),
    )


def test_request_that_speaks_no_version_or_another_is_refused_with_ours(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    for version in ({}, {"Tus-Resumable": "0.2.2"}):
        for method in ("HEAD", "PATCH", "DELETE"):
            headers = {
                **desk.headers,
                **version,
                "Upload-Offset": "0",
                "Content-Type": "application/offset+octet-stream",
            }
            answer = desk.client.request(method, f"/api/v1/uploads/{upload_id}", headers=headers)
            assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
    assert desk.asks(upload_id).json()["kept_bytes"] == 0


@pytest.mark.parametrize("cut_at", [1, 399, 400, 401, 950, len(TABLE) - 1])
def test_request_that_was_cut_off_keeps_what_had_come_and_goes_on_from_there(
    desk: Desk, small_parts: int, cut_at: int
) -> None:
    row = desk.start(TABLE)
    stands = desk.receive(row.upload_id, 0, cut_after(TABLE[:cut_at]))
    assert (stands.kept_bytes, stands.state.value) == (cut_at, "receiving")
    assert desk.asks(row.upload_id, "HEAD").headers["upload-offset"] == str(cut_at)
    done = desk.receive(row.upload_id, cut_at, [TABLE[cut_at:]])
    assert (done.state.value, documents_of(desk)) == ("complete", [("regions.csv", sha256(TABLE), "draft")])
    assert kept(desk)[1] == 0


def test_request_cut_off_before_its_first_byte_changes_nothing(desk: Desk) -> None:
    row = desk.start(TABLE)
    assert desk.receive(row.upload_id, 0, cut_after(b"")).kept_bytes == 0
    assert (kept(desk), desk.world.service.entries(EntryKind.UPLOAD_PART_KEPT)) == (([], 0), [])


def test_request_cut_off_after_the_last_byte_completes_all_the_same(desk: Desk) -> None:
    row = desk.start(TABLE)
    assert desk.receive(row.upload_id, 0, cut_after(TABLE)).state.value == "complete"


def test_part_with_its_checksum_is_kept_whole_or_not_at_all(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    wrong = desk.sends(upload_id, 0, TABLE[:300], **{"Upload-Checksum": checksum(b"other")})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_differs")
    assert (desk.asks(upload_id).json()["kept_bytes"], kept(desk)) == (0, ([], 0))
    right = desk.sends(upload_id, 0, TABLE[:300], **{"Upload-Checksum": checksum(TABLE[:300], "sha1")})
    assert (right.status_code, right.headers["upload-offset"]) == (204, "300")
    with pytest.raises(Malformed, match="cut off") as caught:
        desk.receive(upload_id, 300, cut_after(TABLE[300:500]), checksum=uploads.Checksum("sha256", b"\0" * 32))
    assert caught.value.code is Code.CHECKSUM_DIFFERS  # which clients answer by sending it again
    last = desk.sends(upload_id, 300, TABLE[300:], **{"Upload-Checksum": checksum(b"other")})
    assert (last.status_code, desk.asks(upload_id).json()["kept_bytes"], documents_of(desk)) == (460, 300, [])
    last = desk.sends(upload_id, 300, TABLE[300:], **{"Upload-Checksum": checksum(TABLE[300:])})
    assert (last.headers["pra-upload-state"], documents_of(desk)[0][1]) == ("complete", sha256(TABLE))


@pytest.mark.parametrize("said", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "crc32c AAAAAA==", "SHA256 x"])
def test_checksum_of_another_kind_is_refused_as_such(desk: Desk, said: str) -> None:
    upload_id = desk.begun(len(TABLE))
    answer = desk.sends(upload_id, 0, TABLE, **{"Upload-Checksum": said})
    assert (answer.status_code, answer.json()["code"], kept(desk)) == (400, "checksum_not_supported", ([], 0))


@pytest.mark.parametrize("said", ["sha256", "sha256 !!!", "sha256 AAAA", "", "sha1 " + "A" * 300])
def test_checksum_that_cannot_be_read_is_refused(desk: Desk, said: str) -> None:
    upload_id = desk.begun(len(TABLE))
    answer = desk.sends(upload_id, 0, TABLE, **{"Upload-Checksum": said})
    assert (answer.status_code, answer.json()["code"], documents_of(desk)) == (422, "invalid_request", [])


def test_bytes_that_begin_elsewhere_are_refused_with_the_place_to_go_on_from(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE[:500])
    for offset in (0, 499, 501, len(TABLE)):
        answer = desk.sends(upload_id, offset, TABLE[offset : offset + 10])
        assert (answer.status_code, answer.json()["code"], answer.headers["upload-offset"]) == (
            409,
            "upload_offset_differs",
            "500",
        )
    assert desk.asks(upload_id).json()["kept_bytes"] == 500


def test_more_bytes_than_announced_are_not_kept(desk: Desk, small_parts: int) -> None:
    upload_id = desk.begun(len(TABLE))
    told = desk.sends(upload_id, 0, TABLE + b"x")
    assert (told.status_code, told.json()["code"], kept(desk)) == (422, "document_unreadable", ([], 0))
    with pytest.raises(Malformed, match="More bytes came"):
        desk.receive(upload_id, 0, [TABLE, b"x"])
    whole_parts = len(TABLE) // small_parts
    assert desk.asks(upload_id).json()["kept_bytes"] == whole_parts * small_parts
    assert documents_of(desk) == []
    desk.receive(upload_id, whole_parts * small_parts, [TABLE[whole_parts * small_parts :]])
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]


def test_parts_lie_sealed_each_to_a_key_of_its_own_and_their_hash_is_nowhere(desk: Desk) -> None:
    row = desk.start(TABLE)
    for start in range(0, 1200, 100):
        desk.receive(row.upload_id, start, [TABLE[start : start + 100]])
    with desk.tools.reading() as connection:
        parts = connection.execute(select(tables.upload_parts)).all()
    identities = {desk.tools.keys.unwrap(part.wrapped_identity, part.part_id) for part in parts}
    assert (len(parts), len(identities)) == (12, 12)
    nonces = {(desk.world.service.folder / "sealed" / part.object_name).read_bytes()[168:184] for part in parts}
    assert len(nonces) == 12
    assert (
        files_holding(
            desk.world.service.folder, LINE[:20], bytes.fromhex(sha256(TABLE[:100])), sha256(TABLE[:100]).encode()
        )
        == []
    )


def arriving(*messages: bytes | None) -> Request:
    """A request of which these pieces come; None is a connection that breaks, and behind the last nothing comes."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await anyio.sleep_forever()
        piece = waiting.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    return Request({"type": "http", "method": "PATCH", "headers": []}, receive)


@pytest.mark.parametrize(
    ("messages", "given", "cut"),
    [
        ((b"a" * 10, b"b", b""), [b"a" * 10 + b"b"], False),
        ((b"a" * 10, b"b", None), [b"a" * 10 + b"b"], True),
        ((b"a" * 10, b"b"), [b"a" * 10 + b"b"], True),  # nothing more comes: stalled
        ((None,), [], True),
        ((), [], True),
        ((b"",), [], False),
        ((b"a" * HOP_BYTES, b"b" * HOP_BYTES, b"c"), [b"a" * HOP_BYTES, b"b" * HOP_BYTES, b"c"], True),
    ],
)
def test_connection_that_breaks_or_stalls_gives_all_that_came_before_it_says_so(
    messages: tuple[bytes | None, ...], given: list[bytes], *, cut: bool
) -> None:
    found: list[bytes] = []

    async def gather() -> None:
        async for piece in hops_until_cut(arriving(*messages), stalled_seconds=0.01):
            found.append(piece)

    with pytest.raises(CutOff) if cut else nullcontext():
        anyio.run(gather)
    assert [piece for piece in found if piece] == given


@pytest.mark.parametrize("messages", [(b"a" * 10, b"b"), (b"a" * 10, None), ()])
def test_document_in_one_piece_that_stalls_or_breaks_is_cut_off(messages: tuple[bytes | None, ...]) -> None:
    async def gather() -> None:
        async for _ in hops(arriving(*messages), stalled_seconds=0.01):
            pass

    with pytest.raises(Malformed) as caught:
        anyio.run(gather)
    assert (caught.value.code, caught.value.detail) == (
        Code.DOCUMENT_UNREADABLE,
        "The upload was cut off. Nothing was stored.",
    )
