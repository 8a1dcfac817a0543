"""Whose turn it is at an upload, and every way in which one ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import documents, uploads
from app.actions.uploads import CutOff
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Code, Conflict
from app.rules.facts import DocumentState, ReleaseState
from tests.unit.documents.world import World, a_pdf, sha256
from tests.unit.uploads.sending import TABLE, Desk, cut_after, documents_of, ended, kept


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(world)
    world.service.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(uploads, "PART_BYTES", 400)
    return 400


def part_names(desk: Desk) -> list[str]:
    with desk.tools.reading() as connection:
        asked = select(tables.upload_parts.c.object_name).order_by(tables.upload_parts.c.number)
        return list(connection.execute(asked).scalars())


def test_file_that_is_not_the_one_announced_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE), sha256=sha256(TABLE).upper())
    desk.sends(upload_id, 0, TABLE[:500])
    other = TABLE[500:-2] + b"8\n"
    answer = desk.sends(upload_id, 500, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "hash_differs")
    told = desk.asks(upload_id).json()
    assert (told["state"], told["kept_bytes"], told["document_id"]) == ("refused", 0, None)
    assert told["problem"] == {
        "code": "hash_differs",
        "title": "That is not the document you think it is",
        "status": 409,
        "detail": answer.json()["detail"],
    }
    assert (kept(desk), documents_of(desk)) == (([], 0), [])
    assert ended(desk) == [("refused", {"upload_id": upload_id, "kept_bytes": 500, "parts": 1, "code": "hash_differs"})]
    again = desk.sends(upload_id, 0, TABLE)
    assert (again.status_code, again.json()["code"]) == (410, "upload_ended")
    assert (desk.asks(upload_id, "HEAD").status_code, desk.asks(upload_id, "HEAD").content) == (410, b"")


@pytest.mark.parametrize(
    ("content", "file_name", "media_type", "code"),
    [
        (b"%PDF-1.7 nothing more" + b" " * 2000, "a.pdf", "application/pdf", "document_unreadable"),
        (a_pdf(), "a.csv", "text/csv", "document_type_differs"),
    ],
)
def test_document_that_cannot_be_kept_is_refused_as_if_sent_in_one_piece(
    desk: Desk, content: bytes, file_name: str, media_type: str, code: str
) -> None:
    upload_id = desk.begun(len(content), filename=file_name, filetype=media_type)
    desk.sends(upload_id, 0, content[:700])
    answer = desk.sends(upload_id, 700, content[700:])
    whole = desk.client.post(
        f"/api/v1/releases/{desk.world.release.release_id}/documents",
        params={"file_name": file_name},
        content=content,
        headers={**desk.headers, "Content-Type": media_type},
    )
    assert (answer.status_code, answer.json()["code"]) == (whole.status_code, whole.json()["code"]) == (422, code)
    assert (desk.asks(upload_id).json()["problem"]["detail"], kept(desk)) == (whole.json()["detail"], ([], 0))


def test_release_that_is_published_meanwhile_takes_no_more_of_an_upload(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, cut_after(TABLE[:500]))
    desk.world.change_release(state=ReleaseState.PUBLISHED)
    assert desk.asks(row.upload_id).json()["kept_bytes"] == 500
    answer = desk.sends(row.upload_id, 500, TABLE[500:])
    assert (answer.status_code, answer.json()["code"], documents_of(desk)) == (409, "wrong_state", [])


def test_version_that_replaces_another_names_it_from_the_beginning(desk: Desk) -> None:
    first = desk.world.upload()
    assert desk.begins(10, replaces=first.card.document_id).json()["code"] == "reason_required"
    upload_id = desk.begun(len(TABLE), replaces=first.card.document_id, note="Table 3 corrected.")
    desk.sends(upload_id, 0, TABLE)
    row = documents.get_document(desk.tools, desk.actor, desk.asks(upload_id).json()["document_id"])
    assert (row.card.version, row.replaces_id, row.note) == (2, first.card.document_id, "Table 3 corrected.")
    assert row.card.state is DocumentState.DRAFT


def test_upload_taken_back_leaves_nothing_and_is_on_record(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE[:500])
    assert len(kept(desk)[0]) == 1
    assert desk.asks(upload_id, "DELETE").status_code == 204
    assert (kept(desk), [desk.asks(upload_id, method).status_code for method in ("GET", "HEAD", "DELETE")]) == (
        ([], 0),
        [404, 404, 404],
    )
    assert ended(desk) == [("aborted", {"upload_id": upload_id, "kept_bytes": 500, "parts": 1})]


def test_upload_taken_back_while_it_arrives_keeps_nothing_of_what_follows(desk: Desk, small_parts: int) -> None:
    row = desk.start(TABLE)

    def sent() -> Iterator[bytes]:
        yield TABLE[:450]
        uploads.take_back_upload(desk.tools, desk.actor, row.upload_id)
        yield TABLE[450:]

    with pytest.raises(Conflict) as caught:
        desk.receive(row.upload_id, 0, sent())
    assert (caught.value.code, kept(desk), documents_of(desk)) == (Code.UPLOAD_IN_USE, ([], 0), [])


def test_completed_upload_that_is_taken_back_keeps_its_document(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE)
    assert desk.asks(upload_id, "DELETE").status_code == 204
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]
    assert len(desk.world.service.entries(EntryKind.UPLOAD_FORGOTTEN)) == 1


def test_last_answer_that_was_lost_is_had_again_by_asking_or_by_sending_nothing(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE)
    assert desk.asks(upload_id, "HEAD").headers["upload-offset"] == str(len(TABLE))
    empty = desk.sends(upload_id, len(TABLE), b"")
    assert (empty.status_code, empty.headers["pra-upload-state"]) == (204, "complete")
    assert desk.sends(upload_id, 0, TABLE).status_code == 410
    assert len(documents_of(desk)) == 1


def test_second_request_while_one_is_at_it_is_put_off_and_has_no_effect(desk: Desk, small_parts: int) -> None:
    row = desk.start(TABLE)
    second: list[Any] = []

    def sent() -> Iterator[bytes]:
        yield TABLE[:450]
        second.append(desk.sends(row.upload_id, 400, TABLE[400:]))
        second.append(desk.asks(row.upload_id, "HEAD"))
        yield TABLE[450:]

    assert desk.receive(row.upload_id, 0, sent()).state.value == "complete"
    put_off, head = second
    assert (put_off.status_code, put_off.json()["code"], put_off.headers["retry-after"]) == (423, "upload_in_use", "2")
    assert (head.status_code, head.headers["upload-offset"]) == (200, "400")
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]


def test_request_whose_turn_ran_out_has_no_effect_once_another_went_on(desk: Desk, small_parts: int) -> None:
    row = desk.start(TABLE)

    def sent() -> Iterator[bytes]:
        yield TABLE[:450]
        desk.world.clock.forward(seconds=31)
        assert desk.receive(row.upload_id, 400, [TABLE[400:]]).state.value == "complete"
        yield TABLE[450:]

    with pytest.raises(Conflict) as caught:
        desk.receive(row.upload_id, 0, sent())
    assert (caught.value.code, kept(desk)[1]) == (Code.UPLOAD_IN_USE, 0)
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]


def test_while_the_document_is_made_of_its_parts_nobody_is_told_that_it_is_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE[:500])
    seen: list[Any] = []
    from app.actions import shelving

    put_on_shelf = shelving.put_on_shelf

    def looked_at(*given: Any, **more: Any) -> Any:
        seen.extend([desk.asks(upload_id), desk.asks(upload_id, "HEAD"), desk.sends(upload_id, 500, TABLE[500:])])
        return put_on_shelf(*given, **more)

    monkeypatch.setattr(shelving, "put_on_shelf", looked_at)
    assert desk.sends(upload_id, 500, TABLE[500:]).status_code == 204
    told, head, sent = seen
    assert (told.json()["state"], told.json()["kept_bytes"], told.json()["document_id"]) == ("completing", 500, None)
    assert (head.status_code, head.headers.get("upload-offset"), head.headers["retry-after"]) == (423, None, "2")
    assert (sent.status_code, sent.json()["code"]) == (423, "upload_in_use")


def test_upload_that_nobody_goes_on_with_is_gone_and_then_swept_on_record(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.world.clock.forward(hours=23)
    desk.headers = desk.world.headers(desk.person_id)
    desk.sends(upload_id, 0, TABLE[:500])
    desk.world.clock.forward(hours=23, minutes=59)
    desk.headers = desk.world.headers(desk.person_id)
    assert desk.asks(upload_id, "HEAD").headers["upload-offset"] == "500"  # each part gives it another day
    assert uploads.uploads_due(desk.tools) == ()
    desk.world.clock.forward(minutes=2)
    assert desk.asks(upload_id).status_code == desk.sends(upload_id, 500, TABLE[500:]).status_code == 404
    assert desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"] == []
    assert (uploads.uploads_due(desk.tools), len(kept(desk)[0])) == ((upload_id,), 1)
    uploads.sweep_upload(desk.tools, upload_id)
    assert (kept(desk), uploads.uploads_due(desk.tools)) == (([], 0), ())
    assert ended(desk) == [("stopped", {"upload_id": upload_id, "kept_bytes": 500, "parts": 1})]


def test_upload_that_somebody_goes_on_with_after_all_is_not_swept(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.world.clock.forward(hours=23, minutes=59)

    def sent() -> Iterator[bytes]:
        yield TABLE[:450]
        desk.world.clock.forward(seconds=20)
        yield TABLE[450:600]
        desk.tools.clock.forward(seconds=45)
        assert uploads.uploads_due(desk.tools) in ((), (row.upload_id,))
        raise CutOff

    desk.receive(row.upload_id, 0, sent())
    uploads.sweep_upload(desk.tools, row.upload_id)
    assert desk.asks(row.upload_id, who=desk.world.headers(desk.person_id)).json()["kept_bytes"] == 600


def test_answer_of_a_finished_upload_is_forgotten_when_its_time_is_over(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE)
    desk.world.clock.forward(hours=24)
    for due in uploads.uploads_due(desk.tools):
        uploads.sweep_upload(desk.tools, due)
    assert [entry["said"] for entry in desk.world.service.entries(EntryKind.UPLOAD_FORGOTTEN)] == [
        {"upload_id": upload_id, "state": "complete"}
    ]
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]


def test_part_that_was_altered_on_the_shelf_ends_the_upload_without_a_document(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    desk.receive(row.upload_id, 500, [TABLE[500:900]])
    first, second = (desk.world.service.folder / "sealed" / name for name in part_names(desk))
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    answer = desk.sends(row.upload_id, 900, TABLE[900:])
    assert (answer.status_code, answer.json()["code"], documents_of(desk)) == (500, "seal_broken", [])
    told = desk.asks(row.upload_id).json()
    assert (told["state"], told["problem"]["code"]) == ("refused", "seal_broken")
    with desk.tools.reading() as connection:
        (incident,) = connection.execute(select(tables.incidents)).all()
    assert (incident.kind, incident.release_id, incident.rule_key) == (
        "seal_broken",
        row.release_id,
        f"seal:{row.upload_id}",
    )
    assert "regions.csv" not in incident.summary  # what is on its way is called nothing to others
    assert len(desk.world.service.entries(EntryKind.INCIDENT_OPENED)) == 1
