"""How much of a body is read: of every address as little as it can need, of those that take files their own limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from starlette.testclient import TestClient

from app.actions.tools import Policy
from app.actions.uploads import Announced, begin_upload
from app.api.bodies import JSON_LIMIT_BYTES, is_streamed
from app.rules.facts import Role
from tests.application import client_of
from tests.unit.api.routes import PREFIXES, filled, operations
from tests.unit.documents.world import World

PIECE = b"," * 64 * 1024
LIMIT_BYTES = JSON_LIMIT_BYTES + 2 * len(PIECE)
# What stands between a body and its limit at any time: a hop between threads, and what is on its way.
ON_ITS_WAY_BYTES = 2 * 1024 * 1024
ENDLESS_BYTES = 16 * 1024 * 1024
SENDING = {
    "Content-Type": "application/offset+octet-stream",
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
}
FILES = {
    "import_calendar": ("/producers/{producer_id}/calendar-imports", 422, "sheet_unreadable"),
    "import_list": ("/releases/{release_id}/lists/imports", 422, "sheet_unreadable"),
    "send_part": ("/uploads/{upload_id}", 422, "document_unreadable"),
    "trace_copy": ("/trace", 413, "document_too_large"),
    "upload_document": ("/releases/{release_id}/documents", 413, "document_too_large"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    policy = Policy(document_limit_bytes=LIMIT_BYTES, sheet_limit_bytes=LIMIT_BYTES)
    made = World(tmp_path_factory.mktemp("bodies"), policy=policy)
    yield made
    made.service.close()


@pytest.fixture(scope="module")
def client(world: World) -> TestClient:
    return client_of(world.tools, raise_server_exceptions=True)


def address(world: World, name: str) -> str:
    ids = {"rel": world.release.release_id, "prd": world.sat.producer_id, "upl": "upl_" + "0" * 24}
    if name == "send_part":
        announced = Announced("a.bin", "application/octet-stream", LIMIT_BYTES)
        statistician = world.actor(world.sat.people[Role.STATISTICIAN])
        ids["upl"] = begin_upload(world.tools, statistician, world.release.release_id, announced).upload_id
    return "/api/v1" + filled(FILES[name][0], ids)


def headers_for(world: World, name: str) -> dict[str, str]:
    role = Role.LEAD_OFFICIAL if name == "trace_copy" else Role.STATISTICIAN
    told = {"Content-Type": "text/csv"} if name != "send_part" else SENDING
    return {**world.headers(world.sat.people[role]), **told}


def method_at(path: str) -> str:
    return "PATCH" if "/uploads/" in path else "POST"


def sent_without_end(client: TestClient, path: str, headers: dict[str, str]) -> tuple[int, int, bytes]:
    """Send pieces until there is an answer: its status, how many bytes were taken for it, and its body."""
    taken_bytes, answers = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken_bytes
        await anyio.lowlevel.checkpoint()
        taken_bytes += len(PIECE)
        return {"type": "http.request", "body": PIECE, "more_body": taken_bytes < ENDLESS_BYTES}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    query = b"file_name=a.csv" if path.endswith("/documents") else b""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": method_at(path),
        "scheme": "http",
        "server": ("twin.example", 80),
        "client": ("192.0.2.1", 50000),
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower().encode(), said.encode()) for name, said in headers.items()],
    }
    anyio.run(client.app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in answers[1:])
    return answers[0]["status"], taken_bytes, body


def test_addresses_that_take_files_are_those_read_piece_by_piece_and_no_others(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    ids = {prefix: f"{prefix}_{'0f' * 12}" for prefix in PREFIXES.values()}
    taking_files, streamed = set(), set()
    for method, path, operation in operations(document):
        kinds = set(operation.get("requestBody", {}).get("content", {}))
        taking_files |= {operation["operationId"]} if kinds - {"application/json"} else set()
        streamed |= {operation["operationId"]} if method != "GET" and is_streamed(method, filled(path, ids)) else set()
    assert (streamed, taking_files) == (set(FILES), set(FILES))


@pytest.mark.parametrize("name", FILES)
def test_file_longer_than_any_json_body_is_read_up_to_the_limit_of_its_address(
    client: TestClient, world: World, name: str
) -> None:
    headers = headers_for(world, name)
    head = b"Title,Series,Order,Sensitivity,Date,Time,Post,Organisation\n"
    content = head + b"Prices,Prices,uk,ordinary,2026-05-12,09:30,Clerk,Ministry\n"
    content += b",,,,,,,\n" * ((JSON_LIMIT_BYTES + len(PIECE)) // 8)
    params = {"dry_run": "true"} if name.startswith("import_") else {"file_name": "a.csv"}
    path = address(world, name)
    answer = client.request(method_at(path), path, content=content, params=params, headers=headers)
    assert answer.status_code == {"upload_document": 201, "send_part": 204}.get(name, 200), answer.text


@pytest.mark.parametrize("name", FILES)
def test_file_without_end_is_refused_soon_after_the_limit_of_its_address(
    client: TestClient, world: World, name: str
) -> None:
    headers = headers_for(world, name)
    status, taken_bytes, body = sent_without_end(client, address(world, name), headers)
    assert (status, f'"code":"{FILES[name][2]}"'.encode() in body) == (FILES[name][1], True)
    assert LIMIT_BYTES < taken_bytes <= LIMIT_BYTES + ON_ITS_WAY_BYTES


@pytest.mark.parametrize("name", FILES)
def test_file_of_nobody_is_not_read(client: TestClient, world: World, name: str) -> None:
    status, taken_bytes, _ = sent_without_end(client, address(world, name), {"Content-Type": "text/csv"})
    assert (status, taken_bytes <= len(PIECE)) == (401, True)


@pytest.mark.parametrize("path", ["/api/v1/concerns", "/api/v1/releases", "/api/v1/nothing", "/api/v1/me/documents"])
def test_body_without_end_is_refused_soon_after_the_limit_of_json(client: TestClient, world: World, path: str) -> None:
    headers = {**world.headers(world.sat.people[Role.STATISTICIAN]), "Content-Type": "application/json"}
    status, taken_bytes, _ = sent_without_end(client, path, headers)
    assert status in (404, 405, 422)
    assert taken_bytes <= JSON_LIMIT_BYTES + len(PIECE)
