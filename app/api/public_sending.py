"""Sending a document that this service has made public: to everybody, the same bytes, from memory where they fit.

No thread, no database and no key is needed for one reader more: only the place among those who are being sent
something. What is too long for memory is unsealed for its reader, a few at a time, in threads of its own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
from anyio import CancelScope, CapacityLimiter, Lock
from anyio.lowlevel import RunVar, checkpoint
from fastapi import Request
from fastapi.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.actions import public_documents
from app.actions.copies import Wanted
from app.actions.kept_public import Body, Snapshot, sent
from app.actions.public_documents import PublicDocument
from app.actions.tools import Tools
from app.api.asking import network_of
from app.api.crowds import end_turn
from app.api.headers import ResponseCut
from app.api.public_answers import has_it
from app.api.ranges import read_wanted
from app.api.sending import disposition, limiter_of
from app.rules.errors import Busy, Code, Malformed, PraError

SLICE_BYTES = 64 * 1024  # a slow reader holds this much, beside what the line holds
UNSEALED_AT_ONCE = 12
UNSEALED_OF_A_DOCUMENT = 4  # so that two whose store hangs leave places for the readers of a third
UNSEALED_FOR_A_NETWORK = 6
UNSEALED_OF_A_DOCUMENT_FOR_A_NETWORK = 2
INTO_MEMORY_AT_ONCE = 8  # documents: those whose store hangs keep no other from its readers
STALLED_SECONDS = 30.0  # whoever takes nothing for so long has gone, or keeps a place from somebody
LEAST_BYTES_A_SECOND = 32 * 1024  # of whoever holds one of the few places, after the first STALLED_SECONDS
KEPT_SECONDS = 2
BUSY_SECONDS = 5
_asking: RunVar[Lock] = RunVar("public_asking")
_unsealing: RunVar[WeakValueDictionary[str, Lock]] = RunVar("public_unsealing")
_into_memory: RunVar[CapacityLimiter] = RunVar("public_into_memory")
_streams: RunVar[CapacityLimiter] = RunVar("public_streams")
_aside: RunVar[CapacityLimiter] = RunVar("public_aside")
T = TypeVar("T")


async def current(tools: Tools) -> Snapshot:
    """Give what the records say, asked by one of all who wait, at most once a second.

    Raises:
        Broken: The clock or the log cannot be trusted, or the records do not answer.
    """
    found = public_documents.fresh(tools)
    if found is not None:
        return found
    async with _lock_of_asking():
        found = public_documents.fresh(tools)
        return found if found is not None else await _in_thread(partial(public_documents.current, tools), _aside)


async def send_document(tools: Tools, request: Request, document: PublicDocument) -> Response:
    """Give the answer to a request for a document that everybody may have.

    Args:
        tools: What this is done with.
        request: A GET or HEAD request.
        document: With its permit.

    Raises:
        Malformed: None of the bytes asked for is there (code ``range_not_satisfiable``).
        Busy: As many are being sent something as can be.
        Broken: It cannot be unsealed; nothing is sent.

    Source:
        RFC 9110 section 13.1.2; RFC 9110 section 14, 14.2
    """
    desk, permit, total = tools.public_desk, document.permit, document.row.card.plain_bytes
    tag = f'"{permit.sha256[:32]}"'
    headers = {
        "Content-Type": document.row.card.media_type,
        "Content-Disposition": disposition(document.row.card.file_name),
        "Cache-Control": f"public, max-age={KEPT_SECONDS}",
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(permit.sha256)).decode()}:",
    }
    if has_it(request, tag):
        desk.count(permit.release_id, permit.document_id, "unchanged", 0)
        return Response(status_code=304, headers={name: headers[name] for name in ("ETag", "Cache-Control")})
    first, behind = _part(read_wanted(request.headers) if request.method == "GET" else None, tag, total)
    status = 200
    if (first, behind) != (0, total):
        status = 206
        headers["Content-Range"] = f"bytes {first}-{behind - 1}/{total}"
    headers["Content-Length"] = str(behind - first)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    body = await _body(tools, request, document)
    return PublicFile(tools, document, body, (first, behind), status, headers, network_of(request))


class PublicFile(Response):
    """Sends a document, or a part of it, and has it counted."""

    def __init__(
        self,
        tools: Tools,
        document: PublicDocument,
        body: Body | None,
        part: tuple[int, int],
        status: int,
        headers: dict[str, str],
        network: str,
    ) -> None:
        """Take what is to be sent.

        Args:
            tools: What this is done with.
            document: What is sent.
            body: All of it, from memory; None where it is unsealed on the way.
            part: First byte, and the one behind the last.
            status: 200 or 206.
            headers: All of them.
            network: From where it was asked for.
        """
        self._network, self._waited_seconds, self._gone_bytes = network, 0.0, 0
        self._cut_by: Exception | None = None
        self._tools, self._document, self._held, self._part = tools, document, body, part
        self.status_code, self.background, self.body = status, None, b""
        self._sent_bytes = 0
        self.init_headers(headers)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and watch for a hang-up.

        Raises:
            Busy: As many are being sent something as can be. Nothing has been sent.
            ResponseCut: It broke off after it had begun.
        """
        desk, permit = self._tools.public_desk, self._document.permit
        places = self._enter()
        how = "cut"
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._until_hung_up, receive, group.cancel_scope)
                if await self._send_all(send):
                    how = "whole" if self.status_code == 200 else "part"
                group.cancel_scope.cancel()
        finally:
            for place in places:
                desk.leave(place)
            desk.count(permit.release_id, permit.document_id, how, self._sent_bytes)
            self._held = None  # at once: an error that is told still knows of this answer
        if self._cut_by is not None:
            raise ResponseCut("a public document broke off while it was sent") from self._cut_by

    def _enter(self) -> list[str]:
        """Take a place, and where there are few of them, one of those that a network may have."""
        desk, permit = self._tools.public_desk, self._document.permit
        most_held = self._tools.policy.public_downloads_at_once
        # Counted by document as well: what somebody is being sent makes no room in memory by being let go.
        wanted = [("held", most_held, ""), (sent(permit.sha256), most_held, "")]
        if self._held is None:
            network, one, mine = self._network, permit.document_id, " of your network"
            wanted = [
                (f"unsealed {one} for {network}", UNSEALED_OF_A_DOCUMENT_FOR_A_NETWORK, mine),
                (f"unsealed for {network}", UNSEALED_FOR_A_NETWORK, mine),
                (f"unsealed {one}", UNSEALED_OF_A_DOCUMENT, ""),
                ("unsealed", UNSEALED_AT_ONCE, ""),
            ]
        entered: list[str] = []
        for place, most, whence in wanted:
            if desk.enter(place, most):
                entered.append(place)
                continue
            for other in entered:
                desk.leave(other)
            desk.count(permit.release_id, permit.document_id, "busy", 0)
            raise Busy(
                f"{most} readers{whence} are being sent a document at this moment. Nothing is wrong with yours: ask "
                "again in a few seconds.",
                retry_after_seconds=BUSY_SECONDS,
            )
        return entered

    async def _send_all(self, send: Send) -> bool:
        """Send all of it; False where it broke off."""
        try:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await self._hand_over(send, start)
            if self._held is not None:
                with memoryview(self._held.data) as whole, whole[self._part[0] : self._part[1]] as part:
                    await self._send(send, part)
            else:
                await self._unseal(send)
            await self._hand_over(send, {"type": "http.response.body", "body": b"", "more_body": False})
        except (PraError, TimeoutError) as error:
            self._cut_by = error
        return self._cut_by is None

    async def _send(self, send: Send, body: memoryview) -> None:
        for start in range(0, len(body), SLICE_BYTES):
            piece = bytes(body[start : start + SLICE_BYTES])
            self._sent_bytes += len(piece)  # before it is handed over: the log may say too much, never too little
            await self._hand_over(send, {"type": "http.response.body", "body": piece, "more_body": True})
            await checkpoint()  # the server takes what goes to nobody without a word; so let the hang-up be heard
            self._gone_bytes += len(piece)

    async def _hand_over(self, send: Send, message: Message) -> None:
        begun = anyio.current_time()
        with anyio.fail_after(self._patience()):
            await send(message)
        self._waited_seconds += anyio.current_time() - begun

    def _patience(self) -> float:
        """Say for how long the reader may take nothing: what they have waited for us is not held against them."""
        if self._held is not None:
            return STALLED_SECONDS
        owed = STALLED_SECONDS + self._gone_bytes / LEAST_BYTES_A_SECOND - self._waited_seconds
        return max(0.0, min(STALLED_SECONDS, owed))

    async def _until_hung_up(self, receive: Receive, scope: CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        # Many programs hang up as soon as they have the announced length. They have all of it.
        if self._gone_bytes < self._part[1] - self._part[0]:
            scope.cancel()

    async def _unseal(self, send: Send) -> None:
        first, behind = self._part
        pieces = public_documents.pieces(self._tools, self._document, first, behind - first)

        def unsealed() -> bytes:
            try:
                return next(pieces, b"")
            except PraError as error:
                public_documents.note_failure(self._tools, self._document, error)
                raise

        try:
            while piece := await _in_thread(unsealed, _streams):
                await self._send(send, memoryview(piece))
        finally:
            with CancelScope(shield=True):
                await _in_thread(pieces.close, _streams)


async def _body(tools: Tools, request: Request, document: PublicDocument) -> Body | None:
    """Give the bytes from memory, unsealed by one of all who wait; None where they are too many for it.

    What was found damaged is read through whole before anybody is sent the first of it again.
    """
    found, fits = public_documents.held(tools, document), public_documents.fits(tools, document)
    if found is not None or (not fits and not public_documents.was_damaged(tools, document)):
        return found
    end_turn(request.scope)
    async with _lock_of_document(document.permit.sha256):
        found = public_documents.held(tools, document)
        if found is not None:
            return found
        limiter = limiter_of(_into_memory, INTO_MEMORY_AT_ONCE)
        if fits:
            found = await anyio.to_thread.run_sync(partial(public_documents.unseal, tools, document), limiter=limiter)
        if found is None and public_documents.was_damaged(tools, document):
            await anyio.to_thread.run_sync(partial(public_documents.look_through, tools, document), limiter=limiter)
        return found


async def _in_thread(act: Callable[[], T], limiter: RunVar[CapacityLimiter]) -> T:
    """Do something in a thread of this kind, so that recipients and the log keep theirs."""
    return await anyio.to_thread.run_sync(act, limiter=limiter_of(limiter, UNSEALED_AT_ONCE))


def _lock_of_asking() -> Lock:
    try:
        return _asking.get()
    except LookupError:
        lock = Lock()
        _asking.set(lock)
        return lock


def _lock_of_document(sha256: str) -> Lock:
    """Give the lock of one document; it is there while anybody holds it or waits for it."""
    try:
        locks = _unsealing.get()
    except LookupError:
        locks = WeakValueDictionary()
        _unsealing.set(locks)
    lock = locks.get(sha256)
    if lock is None:
        lock = locks[sha256] = Lock()
    return lock


def _part(wanted: Wanted | None, tag: str, total: int) -> tuple[int, int]:
    """Give the first byte that is wanted, and the one behind the last; everything where no part of this is."""
    if wanted is None or (wanted.only_of is not None and f'"{wanted.only_of}"' != tag):
        return 0, total
    if wanted.first is None:
        first, behind = max(0, total - (wanted.last or 0)), total
    else:
        first, behind = wanted.first, total if wanted.last is None else min(wanted.last + 1, total)
    if first >= behind:
        raise Malformed(
            f"The document has {total} bytes, and none of those you asked for.",
            code=Code.RANGE_NOT_SATISFIABLE,
            of_bytes=total,
        )
    return first, behind
