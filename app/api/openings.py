"""Openings: the one way to a document. A POST opens, the copy is fetched with that, a POST shows its passphrase."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

import anyio
import anyio.to_thread
from anyio import CancelScope, CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.streams.memory import MemoryObjectSendStream
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.types import Receive, Scope, Send

from app.actions import copies, openings
from app.actions.copies import Delivery
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.headers import ResponseCut
from app.api.places import AfterHere, DocumentId, LimitHere, OpeningId, ReleaseId, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out

router = APIRouter(tags=["openings"])

WATCH_SECONDS = 0.5
SLICE_BYTES = 256 * 1024
DECRYPTIONS_AT_ONCE = 8  # slow downloads must not take the threads that everything else needs
_decryptions: RunVar[CapacityLimiter] = RunVar("decryptions")
_endings: RunVar[CapacityLimiter] = RunVar("endings")
_OPENING = "opn_1234567890abcdef12345678"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class OpeningIn(In):
    """Opening: what you say of what you were told. Needed under the Scottish and the Welsh Order only."""

    acknowledged: bool = Field(
        False,
        description="You have read on what ground and on which conditions you are given access, as the release shows.",
        examples=[True],
    )


class OpeningOut(Out):
    """One act of opening one document, and what became of its copy."""

    opening_id: str = Field(examples=[_OPENING])
    number: str = Field(description="Stands in the mark on the copy.", examples=["K7F3-9QXM"])
    document_id: str = Field(examples=["doc_77aa88bb99cc00dd11ee22ff"])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    person_id: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    opened_at: Moment
    expires_at: Moment
    window_opened_at: Moment
    copy_format: Literal["pdf", "docx", "xlsx", "pptx", "zip"] = Field(
        description="Office formats are encrypted as Office does it; a ZIP with AES-256.", examples=["pdf"]
    )
    revealed_at: Moment | None
    stopped_at: Moment | None
    stopped_reason: str | None
    outcome: Literal["unfetched", "running", "completed", "aborted", "stopped", "unknown"]
    sent_bytes: int = Field(description="Handed to the network; never less than what arrived.", examples=[204800])
    copy_sha256: str | None
    content: str = Field(description="Where the copy is fetched.", examples=[f"/api/v1/openings/{_OPENING}/content"])


class OpeningPageOut(Out):
    """Openings, newest first."""

    results: list[OpeningOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class RevealOut(Out):
    """The passphrase of one copy. It is shown this once and never again."""

    opening_id: str = Field(examples=[_OPENING])
    number: str = Field(examples=["K7F3-9QXM"])
    passphrase: str = Field(examples=["tabon-merik-solat-bidur-famel-gorit"])
    revealed_at: Moment


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
        headers = {
            "Content-Disposition": disposition(delivery.file_name),
            "Content-Length": str(delivery.length_bytes),
            "Cache-Control": "private, no-store",
        }
        self.status_code = 200
        self.background = None
        self.media_type = delivery.media_type
        self.init_headers(headers)

    def init_headers(self, headers: Any = None) -> None:
        """Set the headers; there is no body yet whose length could be taken."""
        self.body = b""
        super().init_headers({**(headers or {}), "Content-Type": self.media_type or ""})

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
                await anyio.to_thread.run_sync(close, limiter=_limiter(_endings))
        if self._cut_by is not None:
            raise CopyCut("a copy was cut while it ran; its outcome is in the log") from self._cut_by

    async def _send_all(self, send: Send) -> bool:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
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
            while group := await self._guarded(self._delivery.next_group, _decryptions):
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
            await self._guarded(partial(self._delivery.check_if_due, WATCH_SECONDS), _endings)
        scope.cancel()

    async def _until_hung_up(self, receive: Receive, scope: CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        # Many programs hang up as soon as they have the announced length. They have the whole copy.
        if self._gone_bytes < self._delivery.length_bytes:
            scope.cancel()

    async def _guarded(self, act: Callable[[], bytes | None], limiter: RunVar[CapacityLimiter]) -> bytes:
        try:
            return await anyio.to_thread.run_sync(act, limiter=_limiter(limiter)) or b""
        except Exception as error:  # noqa: BLE001  # deliberate: the answer has begun; told by a cut line
            self._cut_by = error
            return b""


@router.post(
    "/documents/{document_id}/openings",
    operation_id="open_document",
    summary="Open a document",
    status_code=201,
    response_model=OpeningOut,
    responses=_answers(403, 409),
)
def open_document(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    document_id: DocumentId,
    body: OpeningIn | None = None,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Open a document. The rule is asked at this instant, and its decision is in the log before you are answered.

    Under the Scottish and the Welsh Order the body says that you have read your ground and your conditions.
    """
    said = body is not None and body.acknowledged
    return create_once(
        request,
        tools,
        actor,
        idempotency_key,
        body,
        lambda claimed: _out(openings.open_document(claimed, actor, document_id, acknowledged=said)),
        before_replay=lambda: openings.may_repeat(tools, actor, document_id, acknowledged=said),
    )


@router.get("/openings/{opening_id}", operation_id="get_opening", summary="One of your openings", responses=_answers())
def get_opening(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> OpeningOut:
    """Give one of your own openings. Reading this is never an access."""
    return _out(openings.get_opening(tools, actor, opening_id))


@router.get(
    "/openings/{opening_id}/content",
    operation_id="fetch_copy",
    summary="Fetch your copy",
    response_class=Response,
    responses={
        200: {
            "description": "Your own copy: marked, and encrypted under the passphrase that is shown once.",
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in copies.SERVED_AS
            },
        },
        **_answers(403, 409),
    },
)
async def fetch_copy(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> Response:
    """Fetch your copy with your opening. The rule is asked again, and again while the copy runs."""
    begin = partial(copies.begin, tools, actor, opening_id)
    return CopyResponse(await anyio.to_thread.run_sync(begin, limiter=_limiter(_decryptions)))


@router.post(
    "/openings/{opening_id}/reveal",
    operation_id="reveal_passphrase",
    summary="Show the passphrase, once",
    responses=_answers(403, 409),
)
def reveal_passphrase(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> RevealOut:
    """Show the passphrase of your copy, once, after a fresh sign-in. A second request raises an incident."""
    shown = openings.reveal(tools, actor, opening_id)
    return RevealOut(
        opening_id=shown.opening_id, number=shown.number, passphrase=shown.passphrase, revealed_at=shown.revealed_at
    )


@router.post(
    "/openings/{opening_id}/stop", operation_id="stop_opening", summary="End your opening", responses=_answers(409)
)
def stop_opening(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> OpeningOut:
    """End your opening: “I am done”. Nothing more can be fetched with it."""
    return _out(openings.stop_opening(tools, actor, opening_id))


@router.get("/me/openings", operation_id="my_openings", summary="What you have opened", responses=_answers())
def my_openings(tools: ToolsHere, actor: ActorHere, after: AfterHere = None, limit: LimitHere = 50) -> OpeningPageOut:
    """Everything you have opened, newest first."""
    return _page(openings.my_openings(tools, actor, after=read_place(after), limit=limit), limit)


@router.get(
    "/releases/{release_id}/openings",
    operation_id="list_openings",
    summary="Who has opened what of a release",
    responses=_answers(),
)
def list_openings(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, after: AfterHere = None, limit: LimitHere = 50
) -> OpeningPageOut:
    """Who has opened what of a release, for those who prepare it or audit it."""
    return _page(openings.openings_of_release(tools, actor, release_id, after=read_place(after), limit=limit), limit)


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


def _limiter(which: RunVar[CapacityLimiter]) -> CapacityLimiter:
    try:
        return which.get()
    except LookupError:
        limiter = CapacityLimiter(DECRYPTIONS_AT_ONCE)
        which.set(limiter)
        return limiter


def _out(row: openings.OpeningRow) -> OpeningOut:
    return OpeningOut.model_validate(
        {
            "opening_id": row.opening_id,
            "number": row.number,
            "document_id": row.document_id,
            "release_id": row.release_id,
            "person_id": row.person_id,
            "opened_at": row.opened_at,
            "expires_at": row.expires_at,
            "window_opened_at": row.window_opened_at,
            "copy_format": row.copy_format,
            "revealed_at": row.revealed_at,
            "stopped_at": row.stopped_at,
            "stopped_reason": row.stopped_reason,
            "outcome": row.outcome,
            "sent_bytes": row.sent_bytes,
            "copy_sha256": row.copy_sha256,
            "content": f"/api/v1/openings/{row.opening_id}/content",
        }
    )


def _page(found: tuple[openings.OpeningRow, ...], limit: int) -> OpeningPageOut:
    last = found[-1] if len(found) == limit else None
    return OpeningPageOut(
        results=[_out(row) for row in found], next=place_of(last.opened_at, last.opening_id) if last else None
    )
