"""The doors of documents and openings, as a client meets them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyzipper
from starlette.testclient import TestClient

from app.actions.tools import Policy
from app.api.sending import disposition
from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.unit.documents.world import FIGURES, OPENS_AT, World, sha256

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


def uploaded(world: World, client: TestClient) -> dict[str, object]:
    answer = client.post(
        f"/api/v1/releases/{world.release.release_id}/documents",
        params={"file_name": "claimants.csv"},
        content=FIGURES,
        headers={**world.headers(world.sat.people[Role.STATISTICIAN]), "Content-Type": "text/csv; charset=utf-8"},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def fixed(world: World, client: TestClient) -> str:
    document = uploaded(world, client)
    with world.not_signed_off():
        answer = client.post(
            f"/api/v1/documents/{document['document_id']}/fixing",
            json={"sha256": document["sha256"]},
            headers={**world.headers(world.sat.people[Role.HEAD_OF_PROFESSION]), "If-Match": '"1"'},
        )
    assert (answer.status_code, answer.headers["etag"], answer.json()["state"]) == (200, '"2"', "final")
    return str(document["document_id"])


def test_upload_answers_with_the_card_of_a_draft(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = uploaded(world, world.client())
    assert {name: value for name, value in document.items() if name != "document_id"} == {
        "release_id": world.release.release_id,
        "file_name": "claimants.csv",
        "media_type": "text/csv",
        "version": 1,
        "replaces_id": None,
        "note": "",
        "state": "draft",
        "rehearsal": False,
        "sha256": sha256(FIGURES),
        "plain_bytes": len(FIGURES),
        "uploaded_by": world.sat.people[Role.STATISTICIAN],
        "uploaded_at": "2026-03-09T14:00:00.000Z",
        "fixed_by": None,
        "fixed_at": None,
        "recalled_at": None,
        "recall_reason": None,
        "key_destroyed_at": None,
        "heading": "",
        "scan": {
            "state": "not_scanned",
            "why": "no_scanner",
            "signature": "",
            "engine": "",
            "signatures": "",
            "at": "2026-03-09T14:00:00.000Z",
        },
        "revision": 1,
    }


def test_upload_of_many_small_pieces_arrives_whole(tmp_path: Path) -> None:
    world = World(tmp_path)
    pieces = [bytes([number % 251]) * 4099 for number in range(700)]

    def sent() -> Iterator[bytes]:
        yield from pieces

    answer = world.client().post(
        f"/api/v1/releases/{world.release.release_id}/documents?file_name=figures.bin",
        content=sent(),
        headers=world.headers(world.sat.people[Role.STATISTICIAN]),
    )
    assert (answer.status_code, answer.json()["sha256"]) == (201, sha256(b"".join(pieces)))
    assert answer.json()["media_type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("query", "content", "media_type", "status", "code"),
    [
        ("file_name=a.csv", b"", "text/csv", 422, "document_empty"),
        ("file_name=a.csv", b"x" * 1001, "text/csv", 413, "document_too_large"),
        ("file_name=..%2Fa.csv", b"x", "text/csv", 422, "file_name_not_valid"),
        ("file_name=a%00.csv", b"x", "text/csv", 422, "file_name_not_valid"),
        ("", b"x", "text/csv", 422, "invalid_request"),
        ("file_name=a.csv&replaces=doc_1", b"x", "text/csv", 422, "invalid_request"),
        ("file_name=a.csv", b"x", "multipart/form-data; boundary=x", 415, "unsupported_media_type"),
        ("file_name=a.pdf", b"%PDF-", "application/pdf", 422, "document_unreadable"),
    ],
)
def test_upload_of_what_cannot_be_kept_is_a_problem_with_a_receipt(
    tmp_path: Path, query: str, content: bytes, media_type: str, status: int, code: str
) -> None:
    world = World(tmp_path, policy=Policy(document_limit_bytes=1000))
    answer = world.client().post(
        f"/api/v1/releases/{world.release.release_id}/documents?{query}",
        content=content,
        headers={**world.headers(world.sat.people[Role.STATISTICIAN]), "Content-Type": media_type},
    )
    (entry,) = world.service.entries(EntryKind.REQUEST_REFUSED)
    assert (answer.status_code, answer.json()["code"], answer.json()["instance"]) == (
        status,
        code,
        f"/api/v1/audit/entries/{entry['id']}/receipt",
    )
    assert list((tmp_path / "sealed").iterdir()) == []


def test_upload_repeated_with_its_idempotency_key_seals_one_document(tmp_path: Path) -> None:
    world = World(tmp_path)
    headers = {**world.headers(world.sat.people[Role.STATISTICIAN]), "Idempotency-Key": "a-fresh-value"}
    address = f"/api/v1/releases/{world.release.release_id}/documents?file_name=a.csv"
    client = world.client()
    first = client.post(address, content=FIGURES, headers=headers)
    again = client.post(address, content=FIGURES, headers=headers)
    other = client.post(address + "&note=x", content=FIGURES, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert len(world.service.entries(EntryKind.DOCUMENT_SEALED)) == 1


def test_open_fetch_and_reveal_give_a_copy_that_the_passphrase_opens(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT)
    client = world.client()
    document_id = fixed(world, client)
    world.sign(world.minister.person_id)
    headers = world.headers(world.minister.person_id)
    opened = client.post(f"/api/v1/documents/{document_id}/openings", headers=headers)
    assert (opened.status_code, opened.headers["cache-control"]) == (201, "no-store")
    opening = opened.json()
    copy = client.get(opening["content"], headers=headers)
    shown = client.post(f"/api/v1/openings/{opening['opening_id']}/reveal", headers=headers)
    assert copy.status_code == 200
    assert {
        name: copy.headers[name] for name in ("content-type", "cache-control", "content-length", "content-disposition")
    } == {
        "content-type": "application/zip",
        "cache-control": "private, no-store",
        "content-length": str(len(copy.content)),
        "content-disposition": f'attachment; filename="RESTRICTED {opening["number"]} claimants.csv.zip"; '
        f"filename*=UTF-8''RESTRICTED%20{opening['number']}%20claimants.csv.zip",
    }
    with pyzipper.AESZipFile(io.BytesIO(copy.content)) as archive:
        archive.setpassword(shown.json()["passphrase"].encode())
        assert archive.read("claimants.csv") == FIGURES
    (outcome,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (outcome["outcome"], outcome["said"]["sent_bytes"], outcome["said"]["copy_sha256"]) == (
        "completed",
        len(copy.content),
        sha256(copy.content),
    )
    mine = client.get("/api/v1/me/openings", headers=headers).json()
    theirs = client.get(
        f"/api/v1/releases/{world.release.release_id}/openings", headers=world.headers(world.sat.people[Role.AUDITOR])
    ).json()
    assert mine == theirs
    assert [(one["outcome"], one["sent_bytes"]) for one in mine["results"]] == [("completed", len(copy.content))]
    second = client.post(f"/api/v1/openings/{opening['opening_id']}/reveal", headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "already_revealed")


def test_opening_twice_with_one_idempotency_key_makes_one_opening(tmp_path: Path) -> None:
    world = World(tmp_path)
    client = world.client()
    document_id = fixed(world, client)
    world.sign(world.minister.person_id)
    headers = {**world.headers(world.minister.person_id), "Idempotency-Key": "one-opening-only"}
    first = client.post(f"/api/v1/documents/{document_id}/openings", headers=headers)
    again = client.post(f"/api/v1/documents/{document_id}/openings", headers=headers)
    assert (first.status_code, first.json()) == (201, again.json())
    assert len(world.service.entries(EntryKind.ACCESS_DECIDED)) == 1


def test_refusal_before_the_window_tells_the_clause_and_the_instant(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT.replace(minute=29, second=59, microsecond=999000))
    client = world.client()
    document_id = fixed(world, client)
    world.sign(world.minister.person_id)
    answer = client.post(f"/api/v1/documents/{document_id}/openings", headers=world.headers(world.minister.person_id))
    (entry,) = world.service.entries(EntryKind.ACCESS_DECIDED)
    said = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert (said["instance"], said["opens_at"]) == (
        f"/api/v1/audit/entries/{entry['id']}/receipt",
        "2026-03-09T09:30:00.000Z",
    )
    assert [(reason["code"], reason["source"]) for reason in said["reasons"]] == [
        ("window_not_open", "SI 2008/2998 Sch. para 4")
    ]
    assert world.service.entries(EntryKind.REQUEST_REFUSED) == []


def test_stranger_gets_the_same_answer_as_for_a_document_that_does_not_exist(tmp_path: Path) -> None:
    world = World(tmp_path)
    client = world.client()
    document_id = fixed(world, client)
    headers = world.headers(world.stranger)
    absent = "doc_" + "0" * 24
    for method, address in [
        ("POST", "/api/v1/documents/{}/openings"),
        ("GET", "/api/v1/documents/{}"),
    ]:
        there = client.request(method, address.format(document_id), headers=headers)
        nowhere = client.request(method, address.format(absent), headers=headers)
        assert there.status_code == nowhere.status_code == 404
        said, other = there.json(), nowhere.json()
        assert said.pop("instance") != other.pop("instance")
        assert said == other
        assert {**there.headers, "x": ""} == {**nowhere.headers, "x": ""}


def test_get_and_head_alone_are_never_an_access(tmp_path: Path) -> None:
    world = World(tmp_path)
    client = world.client()
    document_id = fixed(world, client)
    world.sign(world.minister.person_id)
    headers = world.headers(world.minister.person_id)
    opening = client.post(f"/api/v1/documents/{document_id}/openings", headers=headers).json()
    before = len(world.service.entries(EntryKind.COPY_STARTED))
    asked = client.head(opening["content"], headers={**headers, "Range": "bytes=0-0"})
    assert (asked.status_code, asked.content, asked.headers["accept-ranges"]) == (200, b"", "bytes")
    assert client.head(opening["content"]).status_code == 401
    assert client.get(f"/api/v1/documents/{document_id}/openings", headers=headers).status_code == 405
    assert client.get(f"/api/v1/documents/{document_id}", headers=headers).status_code == 200
    assert client.get(f"/api/v1/openings/{opening['opening_id']}", headers=headers).json() == opening
    assert client.get(opening["content"]).status_code == 401
    assert len(world.service.entries(EntryKind.COPY_STARTED)) == before == 0


def test_fix_without_if_match_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    client = world.client()
    document = uploaded(world, client)
    answer = client.post(
        f"/api/v1/documents/{document['document_id']}/fixing",
        json={"sha256": document["sha256"]},
        headers=world.headers(world.sat.people[Role.LEAD_OFFICIAL]),
    )
    assert (answer.status_code, answer.json()["code"]) == (428, "if_match_required")


def test_place_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    headers = world.headers(world.minister.person_id)
    for after in ("x", "bm90IG91cnM", "%00", "é", "=" * 7):
        answer = world.client().get("/api/v1/me/openings", params={"after": after}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_disposition_gives_any_name_in_both_forms() -> None:
    assert disposition('RESTRICTED Siân "x"%41.csv') == (
        'attachment; filename="RESTRICTED Si_n _x__41.csv"; '
        "filename*=UTF-8''RESTRICTED%20Si%C3%A2n%20%22x%22%2541.csv"
    )
