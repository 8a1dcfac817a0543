"""How soon a recall ends downloads that run: fifty people in the middle of one, each still taking bytes."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

from sqlalchemy import select

from app.records import tables
from tests.bench.clients import one_request, request
from tests.bench.figures import MIB, BenchFailed, Figure, Site, milliseconds
from tests.bench.serving import Served, our_service
from tests.bench.world import World, a_world
from tests.world import Recipient

_PIECE_BYTES = 64 * 1024
_PATIENCE_SECONDS = 30.0


def measure(site: Site) -> list[Figure]:
    """Recall a document while many download it, and see when each connection ends."""
    sizes = site.sizes
    with a_world(site.folder / "world", recipients=sizes.readers) as world:
        document_id = world.add_document(_pieces(sizes.recalled_bytes), "figures.bin", "application/octet-stream")
        with our_service(site.folder / "world") as served, ExitStack() as held:
            running = [held.enter_context(_begun(served, document_id, one)) for one in world.recipients]
            spans, recalled_at = _recalled_under(served, world, document_id, running)
        stopped, cut = _stopped_after(world), [max(0.0, at - recalled_at) for at in spans]
    if len(stopped) < len(spans):
        raise BenchFailed("a download was whole before the recall: nothing was measured")
    return [
        Figure(
            f"recall during {len(spans)} downloads",
            f"{what}: p50 {milliseconds(those)['p50_ms']:.0f} ms, last {max(those) * 1000:.0f} ms",
            how=how,
            numbers={**milliseconds(those), "downloads": len(those)},
        )
        for what, those, how in (
            ("last byte", cut, "from the answer to the recall to the last byte each reader got, all taking what came"),
            ("on record", stopped, "from the recall to the end of each copy, both as the log has them"),
        )
    ]


def _stopped_after(world: World) -> list[float]:
    entries = tables.entries.c
    with world.tools.reading() as connection:
        recalled = connection.execute(select(entries.at).where(entries.kind == "document_recalled")).scalar_one()
        asked = select(entries.at).where(entries.kind == "copy_outcome", entries.outcome == "stopped")
        return [(at - recalled).total_seconds() for at in connection.execute(asked).scalars()]


def _begun(served: Served, document_id: str, recipient: Recipient) -> socket.socket:
    path = f"/api/v1/documents/{document_id}/openings"
    content = one_request(served.port, request("POST", path, recipient.headers)).members(201)["content"]
    connection = socket.socket()
    connection.settimeout(_PATIENCE_SECONDS)
    # Before it connects: else the system grows the buffer to many MiB, which go on arriving after the server stopped.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE_BYTES)
    connection.connect(("127.0.0.1", served.port))
    connection.sendall(request("GET", content, recipient.headers))
    if not connection.recv(_PIECE_BYTES).startswith(b"HTTP/1.1 200 "):
        raise BenchFailed("a download did not begin")
    connection.setblocking(False)
    return connection


def _recalled_under(
    served: Served, world: World, document_id: str, running: list[socket.socket]
) -> tuple[list[float], float]:
    """Let them all take bytes for a while, recall, and go on until each has ended.

    Returns:
        When each got its last byte, and when the recall was answered, both by one counter, in seconds.
    """
    last: dict[socket.socket, float] = {}
    answered = 0.0
    ended: dict[socket.socket, float] = {}
    with selectors.DefaultSelector() as watched:
        for connection in running:
            watched.register(connection, selectors.EVENT_READ)
        _take(watched, last, ended, until=time.perf_counter() + 1.0)
        if ended:
            raise BenchFailed("a download ended before the recall")
        asked = world.recall_request(document_id)
        with socket.create_connection(("127.0.0.1", served.port), timeout=_PATIENCE_SECONDS) as recalling:
            begun = time.perf_counter()
            recalling.sendall(asked)
            recalling.setblocking(False)
            patience = begun + _PATIENCE_SECONDS
            while len(ended) < len(running):
                if time.perf_counter() > patience:
                    raise BenchFailed(f"{len(running) - len(ended)} downloads went on for {_PATIENCE_SECONDS:.0f} s")
                _take(watched, last, ended, until=time.perf_counter() + 0.01)
                answered = answered or _answered(recalling)
            if not answered:
                raise BenchFailed("the recall was not answered before every download had ended")
    return list(last.values()), answered


def _answered(recalling: socket.socket) -> float:
    try:
        answer = recalling.recv(_PIECE_BYTES)
    except BlockingIOError:
        return 0.0
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise BenchFailed("the recall was refused")
    return time.perf_counter()


def _take(
    watched: selectors.BaseSelector,
    last: dict[socket.socket, float],
    ended: dict[socket.socket, float],
    *,
    until: float,
) -> None:
    while (left := until - time.perf_counter()) > 0:
        for key, _ in watched.select(left):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            try:
                piece = connection.recv(_PIECE_BYTES)
            except ConnectionError:
                piece = b""
            if piece:
                last[connection] = time.perf_counter()
            else:
                watched.unregister(connection)
                ended[connection] = time.perf_counter()


def _pieces(size_bytes: int) -> Iterator[bytes]:
    piece = os.urandom(MIB)
    for _ in range(size_bytes // MIB):
        yield piece
