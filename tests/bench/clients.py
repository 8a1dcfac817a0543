"""Clients that cost little: the load and the server share the same cores, so what they use is taken from the server.

One event loop, one reused buffer for each keep-alive connection, no parsing beyond status, length and a short body.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop

from tests.bench.figures import BenchFailed

_BUFFER_BYTES = 256 * 1024
_SHORT_BYTES = 64 * 1024
_PATIENCE_SECONDS = 30.0
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read to its end; ``body`` is empty when it is longer than 64 KiB."""

    status: int
    length_bytes: int
    body: bytes

    def members(self, status: int) -> dict[str, Any]:
        """Give a JSON answer's members.

        Raises:
            BenchFailed: It has another status.
        """
        if self.status != status:
            raise BenchFailed(f"expected {status}, got {self.status}: {self.body[:400]!r}")
        members: dict[str, Any] = json.loads(self.body)
        return members


Round = Callable[[], Generator[bytes, Answer, None]]
"""One round of a client: yields each request, and is given its answer."""


@dataclass(slots=True)
class Load:
    """What a load came to: the span of each whole round, and how long all of it took."""

    spans: list[float] = field(default_factory=list)
    seconds: float = 0.0
    got_bytes: int = 0

    @property
    def per_second(self) -> float:
        """Rounds a second."""
        return len(self.spans) / self.seconds


def request(method: str, path: str, headers: dict[str, str] | None = None) -> bytes:
    """Write a request without a body, for a connection that is kept."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {text}" for name, text in (headers or {}).items()]
    if method == "POST":
        lines.append("Content-Length: 0")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def drive(port: int, rounds: Sequence[Round], seconds: float) -> Load:
    """Let one client for each of these rounds repeat it until the time is over.

    Args:
        port: On loopback.
        rounds: One client each.
        seconds: How long; a round that has begun is ended.

    Raises:
        BenchFailed: An answer was not as the round wanted it, or did not come.
    """
    return uvloop.run(_drive(port, rounds, seconds))


async def _drive(port: int, rounds: Sequence[Round], seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    load = Load()
    begun = time.perf_counter()
    clients = [_Client(one, begun + seconds, load, loop.create_future()) for one in rounds]
    transports = []
    try:
        for client in clients:
            transport, _ = await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
            transports.append(transport)
        async with asyncio.timeout(seconds + _PATIENCE_SECONDS):
            await asyncio.gather(*(client.done for client in clients))
    except TimeoutError as error:
        raise BenchFailed(f"no answer within {_PATIENCE_SECONDS:.0f} seconds") from error
    finally:
        for transport in transports:
            transport.close()
    load.seconds = time.perf_counter() - begun
    return load


class _Client(asyncio.BufferedProtocol):
    """One connection. The body of a long answer is counted and dropped."""

    def __init__(self, one: Round, until: float, load: Load, done: asyncio.Future[None]) -> None:
        self.done = done
        self._round, self._until, self._load = one, until, load
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._head = bytearray()
        self._left = -1  # bytes of the body still to come; below 0 while the head is read
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # narrowing: a socket's transport is one to write to
        self._begin()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._take(nbytes)
        except Exception as error:  # reason: an event loop swallows what a protocol raises
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or BenchFailed("the server closed the connection in the middle of a round"))

    def _take(self, count: int) -> None:
        if self._left < 0:
            self._head += self._buffer[:count]
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            status, length = _STATUS.match(self._head), _LENGTH.search(self._head, 0, end + 2)
            if status is None or length is None:
                raise BenchFailed(f"no status or length: {bytes(self._head[:200])!r}")
            self._status, self._length = int(status[1]), int(length[1])
            count = len(self._head) - end - 4
            self._left = self._length
            self._body = bytearray(self._head[end + 4 :])
        elif self._length <= _SHORT_BYTES:
            self._body += self._buffer[:count]
        self._left -= count
        if self._left == 0:
            self._answered()

    def _answered(self) -> None:
        body = bytes(self._body) if self._length <= _SHORT_BYTES else b""
        answer = Answer(self._status, self._length, body)
        self._load.got_bytes += self._length
        self._left = -1
        self._head.clear()
        try:
            self._send(self._script.send(answer))
        except StopIteration:
            now = time.perf_counter()
            self._load.spans.append(now - self._begun)
            if now < self._until:
                self._begin()
            else:
                self._end(None)

    def _begin(self) -> None:
        self._script = self._round()
        self._begun = time.perf_counter()
        self._send(next(self._script))

    def _send(self, asked: bytes) -> None:
        if self._transport is not None:
            self._transport.write(asked)

    def _end(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error) if error else self.done.set_result(None)


def one_request(port: int, asked: bytes) -> Answer:
    """Send one request over a connection of its own."""
    found: list[Answer] = []

    def only() -> Generator[bytes, Answer, None]:
        found.append((yield asked))

    drive(port, [only], 0.0)
    return found[0]


def download(port: int, asked: bytes) -> tuple[int, float]:
    """Fetch one long answer and drop it as it comes; gives its length and the seconds it took.

    Raises:
        BenchFailed: It is not a 200, or ends before its announced length.
    """
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
        connection.sendall(asked)
        head = bytearray()
        while (end := head.find(b"\r\n\r\n")) < 0:
            head += _some(connection)
        length = _LENGTH.search(head, 0, end + 2)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise BenchFailed(f"not a file: {bytes(head[:400])!r}")
        total, got = int(length[1]), len(head) - end - 4
        buffer = bytearray(1024 * 1024)
        while got < total:
            count = connection.recv_into(buffer)
            if not count:
                raise BenchFailed(f"cut after {got} of {total} bytes")
            got += count
    return got, time.perf_counter() - begun


def first_byte(port: int, asked: bytes) -> float:
    """Ask for a part over a connection of its own and read it to its end; gives the seconds to its first byte.

    Raises:
        BenchFailed: It is not a 206, or ends before its announced length.
    """
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
        connection.sendall(asked)
        head = bytearray()
        while (end := head.find(b"\r\n\r\n")) < 0 or len(head) == end + 4:
            head += _some(connection)
        seconds = time.perf_counter() - begun
        length = _LENGTH.search(head, 0, end + 2)
        if not head.startswith(b"HTTP/1.1 206") or length is None:
            raise BenchFailed(f"not a part: {bytes(head[:400])!r}")
        left = int(length[1]) - (len(head) - end - 4)
        while left > 0:
            left -= len(_some(connection))
    return seconds


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise BenchFailed("the server closed the connection before it answered")
    return piece
