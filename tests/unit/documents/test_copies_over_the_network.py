"""Copies through a real server on loopback: a slow reader, a hang-up, a cut upload. Bounded in size, and in waiting."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select

from app.actions import openings
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.facts import Role
from tests.needs import need_program
from tests.unit.documents.world import World

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

BIG = 24 * 1024 * 1024
PATIENCE_SECONDS = 30


@contextmanager
def serving(world: World) -> Iterator[int]:
    server = uvicorn.Server(
        uvicorn.Config(world.app(), host="127.0.0.1", port=0, log_level="critical", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def slow_connection(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection.settimeout(PATIENCE_SECONDS)
    connection.connect(("127.0.0.1", port))
    return connection


def ask_for_copy(connection: socket.socket, world: World, opening_id: str) -> tuple[int, int]:
    """Ask for the copy and read its head; gives the announced length, and how much of the body came with the head."""
    token = world.headers(world.minister.person_id)["Authorization"]
    connection.sendall(
        f"GET /api/v1/openings/{opening_id}/content HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    head, _, body = head.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lengths[0].split(b":")[1]), len(body)


def read_to_the_end(connection: socket.socket) -> int:
    got = 0
    try:
        while piece := connection.recv(1024 * 1024):
            got += len(piece)
    except ConnectionResetError:
        pass
    return got


def opened(world: World) -> str:
    document = world.fixed(os.urandom(BIG), "figures.bin", "application/octet-stream")
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    return openings.open_document(world.tools, actor, document.card.document_id).opening_id


def the_outcome(world: World) -> dict[str, Any]:
    (entry,) = wait_for(lambda: world.service.entries(EntryKind.COPY_OUTCOME))
    return {"outcome": entry["outcome"], **entry["said"]}


def test_t35_suspension_cuts_a_copy_even_while_its_reader_takes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world)
    with serving(world) as port, slow_connection(port) as connection:
        length, got = ask_for_copy(connection, world, opening_id)
        world.suspend(world.minister.person_id)
        ended = the_outcome(world)  # without another byte being read
        got += read_to_the_end(connection)
    assert (ended["outcome"], ended["stopped_by"], ended["of_bytes"]) == ("stopped", ["suspended"], length)
    assert got <= ended["sent_bytes"] < length


def test_copy_read_to_its_end_is_completed(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world)
    with serving(world) as port, slow_connection(port) as connection:
        length, got = ask_for_copy(connection, world, opening_id)
        while got < length:
            got += len(connection.recv(1024 * 1024))
        ended = the_outcome(world)
    assert (ended["outcome"], ended["sent_bytes"], got) == ("completed", length, length)


def test_copy_whose_reader_hangs_up_is_aborted_and_never_completed(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world)
    with serving(world) as port:
        with slow_connection(port) as connection:
            length, got = ask_for_copy(connection, world, opening_id)
        ended = the_outcome(world)
    assert ended["outcome"] == "aborted"
    assert got <= ended["sent_bytes"] < length


def test_copy_of_a_document_damaged_halfway_is_cut_before_the_damage(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world)
    (path,) = [path for path in (tmp_path / "sealed").iterdir() if path.suffix == ""]
    sealed = bytearray(path.read_bytes())
    sealed[BIG // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(sealed)
    with serving(world) as port, slow_connection(port) as connection:
        length, got = ask_for_copy(connection, world, opening_id)
        got += read_to_the_end(connection)
        ended = the_outcome(world)
    assert (ended["outcome"], got) == ("aborted", ended["sent_bytes"])
    assert got < BIG // 2 < length
    with world.tools.reading() as connection_:
        assert connection_.execute(select(tables.incidents.c.kind)).scalars().all() == ["seal_broken"]


def test_curl_resumes_a_copy_by_its_tag_and_joins_no_rest_of_another_opening_to_it(tmp_path: Path) -> None:
    curl = need_program("curl")
    world = World(tmp_path)
    document = world.fixed(os.urandom(3_000_000), "figures.bin", "application/octet-stream")
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    ours, other = (openings.open_document(world.tools, actor, document.card.document_id) for _ in range(2))
    token = world.headers(world.minister.person_id)["Authorization"]
    whole, copy, tag = tmp_path / "whole.zip", tmp_path / "copy.zip", tmp_path / "copy.etag"

    def fetch(opening_id: str, into: Path, *more: str) -> int:
        address = f"http://127.0.0.1:{port}/api/v1/openings/{opening_id}/content"
        return subprocess.run(
            [curl, "-sS", "-H", f"Authorization: {token}", address, "-o", str(into), *more],
            check=False,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        ).returncode

    with serving(world) as port:
        assert fetch(ours.opening_id, whole, "--etag-save", str(tag)) == 0
        copy.write_bytes(start := whole.read_bytes()[:1_000_000])
        cannot_resume = [fetch(other.opening_id, copy, "-C", "-") for _ in range(2)]
        left = copy.read_bytes()
        resumed = fetch(ours.opening_id, copy, "-C", "-", "-H", f"If-Range: {tag.read_text().strip()}")
    assert (cannot_resume, left == start) == ([33, 33], True)
    assert (resumed, copy.read_bytes() == whole.read_bytes()) == (0, True)


def test_upload_that_ends_before_its_announced_length_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    token = world.headers(world.sat.people[Role.STATISTICIAN])["Authorization"]
    with serving(world) as port:
        with slow_connection(port) as connection:
            connection.sendall(
                f"POST /api/v1/releases/{world.release.release_id}/documents?file_name=a.csv HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: {token}\r\nContent-Type: text/csv\r\nContent-Length: 2000000\r\n\r\n".encode()
                + b"x" * 1_000_000
            )
            wait_for(lambda: list((tmp_path / "sealed").iterdir()))
        (entry,) = wait_for(lambda: world.service.entries(EntryKind.REQUEST_REFUSED))
    assert entry["said"]["code"] == "document_unreadable"
    assert list((tmp_path / "sealed").iterdir()) == []
