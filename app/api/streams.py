"""A body that is read piece by piece on the event loop, and taken piece by piece by a thread that works on it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

import anyio
import anyio.from_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from fastapi import Request
from starlette.requests import ClientDisconnect

from app.actions.uploads import CutOff
from app.rules.errors import Code, Malformed

HOP_BYTES = 512 * 1024
STALLED_SECONDS = 30.0  # a connection that died without a word says nothing either
UPLOADS_AT_ONCE = 6  # each holds a thread, and for a PDF the whole file, while it arrives
_uploads: RunVar[CapacityLimiter] = RunVar("uploads")


def upload_limiter() -> CapacityLimiter:
    """Give what lets so many documents arrive at once, and no more."""
    try:
        return _uploads.get()
    except LookupError:
        limiter = CapacityLimiter(UPLOADS_AT_ONCE)
        _uploads.set(limiter)
        return limiter


async def hops_until_cut(request: Request, *, stalled_seconds: float = STALLED_SECONDS) -> AsyncGenerator[bytes]:
    """Gather what arrives into pieces worth a hop; where it breaks off, give what had come before saying so.

    Args:
        request: Whose body it is.
        stalled_seconds: It has broken off, too, when nothing came for so long.

    Raises:
        CutOff: It broke off; all that came has been given.
    """
    arriving = request.stream()
    pieces: list[bytes] = []
    size_bytes = 0
    cut = ended = False
    while not (cut or ended):
        try:
            with anyio.fail_after(stalled_seconds):
                pieces.append(await anext(arriving))
        except StopAsyncIteration:
            ended = True
        except (ClientDisconnect, TimeoutError):
            cut = True
        else:
            size_bytes += len(pieces[-1])
        if pieces and (cut or ended or size_bytes >= HOP_BYTES):
            yield b"".join(pieces)
            pieces, size_bytes = [], 0
    if cut:
        raise CutOff


async def hops(request: Request, *, stalled_seconds: float = STALLED_SECONDS) -> AsyncGenerator[bytes]:
    """Gather what arrives into pieces worth a hop between threads; memory stays flat, and plaintext off the disk.

    Args:
        request: Whose body it is.
        stalled_seconds: It was cut off, too, when nothing came for so long.

    Raises:
        Malformed: It was cut off.
    """
    try:
        async for piece in hops_until_cut(request, stalled_seconds=stalled_seconds):
            yield piece
    except CutOff:
        raise Malformed("The upload was cut off. Nothing was stored.", code=Code.DOCUMENT_UNREADABLE) from None


def from_the_loop(arriving: AsyncGenerator[bytes]) -> Generator[bytes]:
    """Give, in a worker thread, what arrives on the event loop; the next piece is asked for when this one is done.

    Args:
        arriving: On the loop that started the thread.

    Returns:
        The same pieces; each blocks the thread until it is there.
    """

    async def next_hop() -> bytes:
        return await anext(arriving, b"")

    while piece := anyio.from_thread.run(next_hop):
        yield piece
