"""Sending a copy: its headers, its bytes as they are made, and a watch for whatever must stop it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import anyio
import anyio.to_thread
from anyio import CancelScope, CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.streams.memory import MemoryObjectSendStream
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from app.actions.copies import CHECK_SECONDS, Delivery, Planned
from app.api.headers import ResponseCut

WATCH_SECONDS = 0.5
SLICE_BYTES = 256 * 1024
DECRYPTIONS_AT_ONCE = 8  # slow downloads must not take the threads that everything else needs
BEGINNINGS_AT_ONCE = 8  # and besides as many as the workshop lets in: those wait, and must not keep the others waiting
decryptions: RunVar[CapacityLimiter] = RunVar("decryptions")
_beginnings: RunVar[CapacityLimiter] = RunVar("beginnings")
_endings: RunVar[CapacityLimiter] = RunVar("endings")
_watching: RunVar[CapacityLimiter] = RunVar("watching")  # looks at the rule wait for no end that is being recorded


class CopyCut(ResponseCut):
    """A copy was cut while it ran. Raised after the answer has begun, so that the connection ends without its end."""


class CopyResponse(Response):
    """Sends a delivery, watches for a hang-up and for anything that must stop it, and has its outcome put on record."""

    def __init__(self, delivery: Delivery) -> None:
        """Take a delivery that has begun.

        Args:
            delivery: From ``copies.begin``.
        """
        self._delivery = delivery
        self._cut_by: Exception | None = None
        self._gone_bytes = 0
        part = delivery.part
        headers = {**headers_of(delivery.planned), "Content-Length": str(part.length_bytes)}
        self.status_code = 200
        if part.by_place:
            self.status_code = 206
            headers["Content-Range"] = f"bytes {part.first}-{part.behind - 1}/{part.of_bytes}"
        self.background = None
        self.media_type = delivery.planned.media_type
        self.init_headers(headers)

    def init_headers(self, headers: Any = None) -> None:
        """Set the headers; there is no body yet whose length could be taken."""
        self.body = b""
        super().init_headers(headers)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the copy.

        Raises:
            CopyCut: It had to stop; what was sent has no proper end.
        """
        whole = False
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._until_hung_up, receive, group.cancel_scope)
                group.start_soon(self._watch, group.cancel_scope)
                whole = await self._send_all(send)
                group.cancel_scope.cancel()
        finally:
            # Whatever cancelled us, the outcome must reach the log.
            with CancelScope(shield=True):
                close = partial(self._delivery.close, handed_over_whole=whole)
                await anyio.to_thread.run_sync(close, limiter=limiter_of(_endings))
        if self._cut_by is not None:
            raise CopyCut("a copy was cut while it ran; its outcome is in the log") from self._cut_by

    async def _send_all(self, send: Send) -> bool:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        into, groups = anyio.create_memory_object_stream[bytes](0)
        async with anyio.create_task_group() as both, groups:
            both.start_soon(self._make_ahead, into)
            async for group in groups:
                await self._send_group(send, group)
        if self._cut_by is not None:
            return False
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True

    async def _make_ahead(self, into: MemoryObjectSendStream[bytes]) -> None:
        """Have the next group made while one is being sent; only one, so that memory stays flat."""
        async with into:
            while (group := await self._guarded(self._delivery.next_group, decryptions)) is not None:
                if group:  # where none is ready yet, the place has been somebody else's meanwhile
                    await into.send(group)

    async def _send_group(self, send: Send, group: bytes) -> None:
        view = memoryview(group)
        for start in range(0, len(group), SLICE_BYTES):
            if self._cut_by is not None:
                return
            piece = bytes(view[start : start + SLICE_BYTES])
            self._delivery.handing_over(len(piece))
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            self._gone_bytes += len(piece)

    async def _watch(self, scope: CancelScope) -> None:
        """Re-check also while the recipient reads slowly and no byte is asked for."""
        while self._cut_by is None:
            await anyio.sleep(WATCH_SECONDS)
            # Due sooner than it sleeps: a check just before its own must not put the next off by a whole turn.
            await self._guarded(partial(self._delivery.check_if_due, CHECK_SECONDS), _watching)
        scope.cancel()

    async def _until_hung_up(self, receive: Receive, scope: CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        # Many programs hang up as soon as they have the announced length. They have the whole copy.
        if self._gone_bytes < self._delivery.part.length_bytes:
            self._delivery.leave()
            scope.cancel()

    async def _guarded(self, act: Callable[[], bytes | None], limiter: RunVar[CapacityLimiter]) -> bytes | None:
        try:
            return await anyio.to_thread.run_sync(act, limiter=limiter_of(limiter))
        except Exception as error:  # noqa: BLE001  # deliberate: the answer has begun; told by a cut line
            self._cut_by = error
            return None


def headers_of(planned: Planned) -> dict[str, str]:
    """Give the headers that any answer about a copy has, with its bytes or without.

    Args:
        planned: What can be said of the copy.

    Source:
        RFC 9110 section 8.8.3; RFC 9110 section 14, 14.3
    """
    headers = {
        "Content-Type": planned.media_type,
        "Content-Disposition": disposition(planned.file_name),
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes" if planned.tag else "none",
    }
    if planned.tag:
        headers["ETag"] = f'"{planned.tag}"'
    if planned.length_bytes is not None:
        headers["Content-Length"] = str(planned.length_bytes)
    return headers


def disposition(file_name: str) -> str:
    """Write a Content-Disposition that says “save it” and gives the name in both forms.

    Args:
        file_name: Any printable name.

    Source:
        RFC 6266 sections 4.3 and 5; RFC 8187
    """
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in file_name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


async def begun(begin: Callable[[], Delivery], most_within: int) -> CopyResponse:
    """Begin a copy, beside those that are running and without taking a place from them.

    Args:
        begin: ``copies.begin``, with what it needs.
        most_within: How many beginnings can be at work in the workshop, or wait for it.
    """
    limiter = limiter_of(_beginnings, most_within + BEGINNINGS_AT_ONCE)
    return CopyResponse(await anyio.to_thread.run_sync(begin, limiter=limiter))


def limiter_of(which: RunVar[CapacityLimiter], at_once: int = DECRYPTIONS_AT_ONCE) -> CapacityLimiter:
    """Give the limiter of this event loop for one kind of work."""
    try:
        return which.get()
    except LookupError:
        limiter = CapacityLimiter(at_once)
        which.set(limiter)
        return limiter
