"""What happens to whoever sends while their bytes are still on the way: a token runs out, a credential ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from app.actions import credentials, people, sign_in, uploads
from app.api import streams
from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.unit.documents.world import World, sha256
from tests.unit.uploads.sending import BYTES, TABLE, Desk, documents_of, kept

LONGER_THAN_A_TOKEN = {"minutes": 11}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(world)
    world.service.close()


def a_program(desk: Desk) -> tuple[dict[str, str], Callable[[], None]]:
    """The headers of a program, and what ends its credential."""
    administrator = desk.world.actor(desk.world.service.administrator())
    made = credentials.make_credential(
        desk.tools,
        administrator,
        name="Sender",
        role=Role.STATISTICIAN,
        organisation_id=desk.world.sat.organisation_id,
    )
    issued = credentials.issue_token(desk.tools, client_id=made.client_id, secret=made.secret, network="192.0.2.7")
    headers = {"Authorization": f"Bearer {issued.token}"}
    return headers, lambda: void(credentials.end_credential(desk.tools, administrator, made.client_id))


def void(_: object) -> None:
    """Take what an action gives, and give nothing."""


def slowly(
    desk: Desk, method: str, path: str, headers: dict[str, str], *pieces: bytes | Callable[[], None]
) -> tuple[int, dict[str, Any]]:
    """Send a request whose body comes piece by piece; what is no piece is done when the ones before it have come."""
    waiting: list[Any] = list(pieces)
    sent: list[dict[str, Any]] = []
    where, _, query = path.partition("?")

    async def receive() -> dict[str, Any]:
        while waiting and callable(waiting[0]):
            waiting.pop(0)()
        return {"type": "http.request", "body": waiting.pop(0) if waiting else b"", "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "client": ("192.0.2.7", 4711),
        "server": ("testserver", 80),
    }
    anyio.run(desk.client.app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body) if body else {}


def passes(desk: Desk) -> Callable[[], None]:
    return lambda: desk.world.clock.forward(**LONGER_THAN_A_TOKEN)


def begun(desk: Desk, who: dict[str, str]) -> str:
    answer = desk.begins(len(TABLE), who=who)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload_id"])


@pytest.fixture
def small_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HOP_BYTES", 100)
    monkeypatch.setattr(uploads, "PART_BYTES", 400)


@pytest.mark.usefixtures("small_hops")
def test_token_of_a_program_that_runs_out_while_its_bytes_come_keeps_nothing_from_being_made(desk: Desk) -> None:
    who, _ = a_program(desk)
    upload_id = begun(desk, who)
    headers = {**who, **BYTES, "Upload-Offset": "0"}
    path = f"/api/v1/uploads/{upload_id}"
    assert slowly(desk, "PATCH", path, headers, TABLE[:450], passes(desk), TABLE[450:]) == (204, {})
    assert documents_of_release(desk) == [("regions.csv", sha256(TABLE), "draft")]
    assert desk.asks(upload_id, who=who).status_code == 401  # the next request needs a new token


def documents_of_release(desk: Desk) -> list[tuple[str, str, str]]:
    desk.headers = desk.world.headers(desk.person_id)
    return documents_of(desk)


@pytest.mark.usefixtures("small_hops")
def test_credential_that_ends_while_its_bytes_come_stops_them_at_the_next_part(desk: Desk) -> None:
    who, ends = a_program(desk)
    upload_id = begun(desk, who)
    headers = {**who, **BYTES, "Upload-Offset": "0"}
    told = slowly(desk, "PATCH", f"/api/v1/uploads/{upload_id}", headers, TABLE[:450], ends, TABLE[450:])
    assert (told[0], told[1]["code"]) == (401, "not_signed_in")
    assert (documents_of(desk), kept(desk)[1]) == ([], 1)


def test_credential_that_ends_while_the_last_bytes_come_makes_no_document(desk: Desk) -> None:
    who, ends = a_program(desk)
    upload_id = begun(desk, who)
    headers = {**who, **BYTES, "Upload-Offset": "0"}
    told = slowly(desk, "PATCH", f"/api/v1/uploads/{upload_id}", headers, TABLE[:450], ends, TABLE[450:])
    assert (told[0], told[1]["code"]) == (401, "not_signed_in")
    assert (documents_of(desk), kept(desk)) == ([], ([], 0))


def in_one_piece(desk: Desk) -> str:
    return f"/api/v1/releases/{desk.world.release.release_id}/documents?file_name=regions.csv"


def test_document_in_one_piece_outlasts_the_token_of_a_program(desk: Desk) -> None:
    who, _ = a_program(desk)
    headers = {**who, "Content-Type": "text/csv"}
    status, told = slowly(desk, "POST", in_one_piece(desk), headers, TABLE[:450], passes(desk), TABLE[450:])
    assert (status, told["sha256"]) == (201, sha256(TABLE))


def test_document_in_one_piece_whose_senders_credential_ends_on_the_way_is_not_kept(desk: Desk) -> None:
    who, ends = a_program(desk)
    headers = {**who, "Content-Type": "text/csv"}
    status, told = slowly(desk, "POST", in_one_piece(desk), headers, TABLE[:450], ends, TABLE[450:])
    assert (status, told["code"]) == (401, "not_signed_in")
    assert (documents_of(desk), kept(desk), desk.world.service.entries(EntryKind.DOCUMENT_SEALED)) == ([], ([], 0), [])


def test_document_in_one_piece_whose_senders_session_ends_on_the_way_is_not_kept(desk: Desk) -> None:
    headers = {**desk.headers, "Content-Type": "text/csv"}
    token = desk.headers["Authorization"].partition(" ")[2]

    def ends() -> None:
        sign_in.sign_out(desk.tools, people.actor_for_token(desk.tools, token, network="192.0.2.7"))

    status, told = slowly(desk, "POST", in_one_piece(desk), headers, TABLE[:450], ends, TABLE[450:])
    assert (status, told["code"], kept(desk)) == (401, "not_signed_in", ([], 0))
    assert desk.world.service.entries(EntryKind.DOCUMENT_SEALED) == []
