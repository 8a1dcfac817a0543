"""A body that is read piece by piece on the event loop, and taken piece by piece by a thread that works on it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

import anyio.from_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from app.rules.errors import Code, Malformed

HOP_BYTES = 512 * 1024


async def hops(request: Request) -> AsyncGenerator[bytes]:
    """Gather what arrives into pieces worth a hop between threads; memory stays flat, and plaintext off the disk.

    Raises:
        Malformed: It was cut off.
    """
    pieces: list[bytes] = []
    size_bytes = 0
    try:
        async for piece in request.stream():
            pieces.append(piece)
            size_bytes += len(piece)
            if size_bytes >= HOP_BYTES:
                yield b"".join(pieces)
                pieces, size_bytes = [], 0
    except ClientDisconnect:
        raise Malformed("The upload was cut off. Nothing was stored.", code=Code.DOCUMENT_UNREADABLE) from None
    if pieces:
        yield b"".join(pieces)


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
