"""Who may send and know of an upload, and how much may be on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import credentials, uploads
from app.actions.tools import Actor, Policy
from app.actions.uploads import Sent
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import NotFound, NotSignedIn
from app.rules.facts import Role
from tests.unit.documents.world import FIGURES, World
from tests.unit.uploads.sending import TABLE, Desk, documents_of, kept


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(world)
    world.service.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(uploads, "PART_BYTES", 400)
    return 400


def without_receipt(answer: Any) -> tuple[Any, dict[str, str]]:
    body = {name: said for name, said in answer.json().items() if name != "instance"} if answer.content else {}
    return body, {name: said for name, said in answer.headers.items() if name != "content-length"}


def end_roles(world: World, person_id: str) -> None:
    from app.audit.entries import Entry

    with world.tools.transaction() as tx:
        ended = tables.roles.update().where(tables.roles.c.person_id == person_id)
        tx.connection.execute(ended.values(ended_at=world.clock.now()))
        tx.append(Entry(EntryKind.ROLE_ENDED, world.clock.now()))


@pytest.mark.parametrize(
    ("size_bytes", "said", "status", "code"),
    [
        (0, {}, 422, "document_empty"),
        (1001, {}, 413, "document_too_large"),
        (10, {"filename": "../a.csv"}, 422, "file_name_not_valid"),
        (10, {"filename": "a"}, 422, "file_name_not_valid"),
        (10, {"filename": "a.exe", "filetype": "application/octet-stream"}, 422, "document_not_inert"),
        (10, {"filetype": "multipart/form-data"}, 415, "unsupported_media_type"),
        (10, {"filename": "a" * 401 + ".csv"}, 422, "invalid_request"),
        (10, {"sha256": "abc"}, 422, "invalid_request"),
        (10, {"replaces": "doc_1"}, 422, "invalid_request"),
        (10, {"replaces": "doc_" + "0" * 24, "note": "x"}, 404, "not_found"),
        (10, {"note": "two\nlines"}, 422, "invalid_request"),
        (10, {"relativePath": "x"}, 422, "invalid_request"),
        (900, {"filename": "a.pdf", "filetype": "application/pdf"}, 413, "document_too_large"),
    ],
)
def test_upload_that_cannot_be_taken_is_refused_before_a_byte_is_sent(
    tmp_path: Path, size_bytes: int, said: dict[str, str], status: int, code: str
) -> None:
    desk = Desk(World(tmp_path, policy=Policy(document_limit_bytes=1000, whole_limit_bytes=800)))
    answer = desk.begins(size_bytes, **said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"] == []
    desk.world.service.close()


@pytest.mark.parametrize(
    "header",
    ["", "filename", "filename !!", "filename YQ==,filename YQ==", " YQ==", "filetype dGV4dC9jc3Y=", "filename /w=="],
)
def test_metadata_that_cannot_be_read_is_refused(desk: Desk, header: str) -> None:
    answer = desk.client.post(
        f"/api/v1/releases/{desk.world.release.release_id}/uploads",
        headers={**desk.headers, "Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": header},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_somebody_else_is_told_what_they_are_told_of_nothing(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE))
    desk.sends(upload_id, 0, TABLE[:500])
    absent = "upl_" + "0" * 24
    others = [desk.world.sat.people[role] for role in (Role.HEAD_OF_PROFESSION, Role.LEAD_OFFICIAL, Role.AUDITOR)]
    for person_id in (*others, desk.world.stranger, desk.world.minister.person_id):
        who = desk.world.headers(person_id)
        for method in ("GET", "HEAD", "DELETE"):
            told, nothing = (desk.asks(one, method, who=who) for one in (upload_id, absent))
            assert (told.status_code, nothing.status_code) == (404, 404)
            assert without_receipt(told) == without_receipt(nothing)
        told, nothing = (desk.sends(one, 500, TABLE[500:], who=who) for one in (upload_id, absent))
        assert (told.status_code, without_receipt(told)) == (404, without_receipt(nothing))
        assert desk.client.get("/api/v1/uploads", headers=who).json()["results"] == []
    assert desk.asks(upload_id).json()["kept_bytes"] == 500
    mine = desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"]
    assert [one["upload_id"] for one in mine] == [upload_id]


def test_name_of_a_document_on_its_way_is_in_no_list_and_in_no_entry(desk: Desk) -> None:
    upload_id = desk.begun(len(TABLE), filename="resignation-figures.csv", note="Secret note")
    desk.sends(upload_id, 0, TABLE[:500])
    head = desk.world.headers(desk.world.sat.people[Role.HEAD_OF_PROFESSION])
    listed = desk.client.get(f"/api/v1/releases/{desk.world.release.release_id}/documents", headers=head)
    with desk.tools.reading() as connection:
        clear = [row.clear_value for row in connection.execute(select(tables.disclosures))]
        leaves = b"".join(row.leaf for row in connection.execute(select(tables.entries)))
    assert listed.json()["results"] == []
    assert [said for said in clear if "resignation" in said or "Secret" in said] == []
    assert (b"resignation" in leaves, b"Secret" in leaves, upload_id.encode() in leaves) == (False, False, True)


@pytest.mark.parametrize(("person", "status"), [("stranger", 404), ("minister", 404), (Role.AUDITOR, 403)])
def test_upload_is_begun_only_by_those_who_prepare_the_release(desk: Desk, person: Any, status: int) -> None:
    world = desk.world
    person_id = {"stranger": world.stranger, "minister": world.minister.person_id}.get(person) or world.sat.people[
        person
    ]
    who = world.headers(person_id)
    answer = desk.begins(10, who=who)
    assert answer.status_code == status
    if status == 404:
        absent = desk.begins(10, who=who, release_id="rel_" + "0" * 24)
        assert without_receipt(answer) == without_receipt(absent)


def test_role_that_is_taken_away_stops_the_request_at_its_next_part(desk: Desk, small_parts: int) -> None:
    row = desk.start(TABLE)

    def sent() -> Iterator[bytes]:
        yield TABLE[:450]
        end_roles(desk.world, desk.person_id)
        desk.world.clock.forward(seconds=1)
        yield TABLE[450:]

    with pytest.raises(NotFound):
        uploads.receive(desk.tools, lambda: desk.actor, row.upload_id, Sent(0, sent()))
    with desk.tools.reading() as connection:
        stands = connection.execute(select(tables.uploads)).one()
    assert (stands.kept_bytes, stands.state, kept(desk)[1]) == (400, "receiving", 1)
    assert (desk.asks(row.upload_id).status_code, desk.sends(row.upload_id, 400, TABLE[400:]).status_code) == (404, 404)
    assert desk.asks(row.upload_id, "DELETE").status_code == 204  # what was theirs they may still destroy
    assert kept(desk) == ([], 0)


def test_session_that_ends_while_the_last_part_arrives_makes_no_document(desk: Desk) -> None:
    row = desk.start(TABLE)
    asked: list[Actor] = []

    def who() -> Actor:
        asked.append(desk.actor)
        if len(asked) == 3:  # at its beginning, before the document is sealed, and before it is put on record
            raise NotSignedIn("It has ended.")
        return asked[0]

    with pytest.raises(NotSignedIn):
        uploads.receive(desk.tools, who, row.upload_id, Sent(0, [TABLE]))
    assert (documents_of(desk), kept(desk)) == ([], ([], 0))
    assert desk.asks(row.upload_id).json()["state"] == "receiving"
    assert desk.receive(row.upload_id, 0, [TABLE]).state.value == "complete"


def test_limits_of_what_may_be_unfinished_name_themselves_and_are_met_again_by_finishing(tmp_path: Path) -> None:
    policy = Policy(uploads_per_person=2, uploads_per_producer=3, upload_held_bytes=2000)
    desk = Desk(World(tmp_path, policy=policy))
    lead = desk.world.headers(desk.world.sat.people[Role.LEAD_OFFICIAL])
    first = desk.begun(100)
    desk.begun(100)
    own = desk.begins(100)
    too_long = desk.begins(1801, who=lead)
    assert desk.begins(1800, who=lead).status_code == 201
    everybody = desk.begins(1, who=lead)
    told = [
        (one.status_code, one.json()["code"], one.json()["detail"].split(".")[0]) for one in (own, too_long, everybody)
    ]
    assert told == [
        (409, "too_many_uploads", "You have 2 unfinished uploads, and that is as many as one person may have"),
        (
            409,
            "too_many_uploads",
            "With this one, 2001 bytes of this producer's documents would be on their way, and at most 2000 may be",
        ),
        (409, "too_many_uploads", "This producer has 3 unfinished uploads, which is as many as it may have"),
    ]
    desk.sends(first, 0, FIGURES + b"," * (100 - len(FIGURES)))
    assert desk.begins(50).status_code == 201
    desk.world.service.close()


def test_upload_of_too_many_parts_is_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.actions import receiving

    monkeypatch.setattr(receiving, "PARTS_AT_MOST", 3)
    upload_id = desk.begun(len(TABLE))
    answers = [desk.sends(upload_id, offset, TABLE[offset : offset + 10]).status_code for offset in (0, 10, 20, 30)]
    assert (answers, desk.asks(upload_id).json()["kept_bytes"]) == ([204, 204, 204, 409], 30)


def test_beginning_repeated_with_its_key_begins_one_upload(desk: Desk) -> None:
    desk.headers = {**desk.headers, "Idempotency-Key": "begin-once-only"}
    first, again = desk.begins(len(TABLE)), desk.begins(len(TABLE))
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    assert desk.begins(len(TABLE) + 1).json()["code"] == "idempotency_key_reused"
    assert len(desk.world.service.entries(EntryKind.UPLOAD_BEGUN)) == 1


SORTS = {
    "nobody": "401 401 401 401 401 401",
    "statistician": "201 200 200 200 204 204",
    "lead": "201 200 200 200 204 204",
    "head": "201 200 200 200 204 204",
    "program": "201 200 200 200 204 204",
    "auditor": "403 200 404 404 404 404",
    "coordinator": "404 200 404 404 404 404",
    "recipient": "404 200 404 404 404 404",
    "admin": "404 200 404 404 404 404",
    "other": "404 200 404 404 404 404",
}


def headers_of(desk: Desk, sort: str) -> dict[str, str]:
    """Of every sort of caller; those of a program by its own token."""
    world, service = desk.world, desk.world.service
    staff = {"statistician": Role.STATISTICIAN, "lead": Role.LEAD_OFFICIAL, "head": Role.HEAD_OF_PROFESSION}
    if sort == "nobody":
        return {}
    if sort in staff or sort == "auditor":
        return world.headers(world.sat.people[staff.get(sort, Role.AUDITOR)])
    if sort == "recipient":
        return world.headers(world.minister.person_id)
    if sort == "other":
        return world.headers(service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION])
    if sort == "coordinator":
        person_id = service.person("Co Example", "co@examples.gov.example")
        service.role(person_id, Role.COORDINATOR, world.ministry)
        return world.headers(person_id)
    administrator = service.administrator()
    if sort == "admin":
        return world.headers(administrator)
    made = credentials.make_credential(
        desk.tools,
        world.actor(administrator),
        name="Sender",
        role=Role.STATISTICIAN,
        organisation_id=world.sat.organisation_id,
    )
    issued = credentials.issue_token(desk.tools, client_id=made.client_id, secret=made.secret, network="192.0.2.7")
    return {"Authorization": f"Bearer {issued.token}"}


@pytest.mark.parametrize("sort", SORTS)
def test_who_may_begin_list_see_send_and_take_back(desk: Desk, sort: str) -> None:
    who = headers_of(desk, sort)
    desk.headers = {} if sort == "nobody" else desk.headers  # the desk's own would be sent for none at all
    begun = desk.begins(len(TABLE), who=who)
    listed = desk.client.get("/api/v1/uploads", headers=who)
    upload_id = begun.json().get("upload_id") or "upl_" + "0" * 24
    told = [
        begun,
        listed,
        desk.asks(upload_id, who=who),
        desk.asks(upload_id, "HEAD", who=who),
        desk.sends(upload_id, 0, TABLE[:10], who=who),
        desk.asks(upload_id, "DELETE", who=who),
    ]
    assert " ".join(str(one.status_code) for one in told) == SORTS[sort]
