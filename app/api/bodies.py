"""How much of a request is read. Plain ASGI: the framework reads a JSON body whole before it asks who sends it."""

from __future__ import annotations

import re

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON_LIMIT_BYTES = 256 * 1024
"""Several times what the largest body of any address can be; beyond, somebody only wants to fill the memory."""

# These read their bodies piece by piece, once they know who sends it, and have limits of their own.
_STREAMED = re.compile(
    r"/api/v1/(?:releases/[^/]+/(?:documents|lists/imports)|producers/[^/]+/calendar-imports|trace)/?"
    r"|/producer/releases/[^/]+/(?:documents|list/sheet)|/trace/file"
)


_IN_PARTS = re.compile(r"/api/v1/uploads/[^/]+/?")


def is_streamed(method: str, path: str) -> bool:
    """Say whether a method at an address takes a file, and so counts what it reads against a limit of its own."""
    return _STREAMED.fullmatch(path) is not None or (method == "PATCH" and _IN_PARTS.fullmatch(path) is not None)


def said_bytes(request: Request) -> int | None:
    """Give the length that a request announces for its body; None where it announces none."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None


class BoundedBodies:
    """Stops the reading of a body that is longer than any that this service takes."""

    def __init__(self, app: ASGIApp, *, limit_bytes: int = JSON_LIMIT_BYTES) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body counted as it is read."""
        if scope["type"] != "http" or scope["method"] == "GET" or is_streamed(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        read_bytes = 0

        async def counted() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > self._limit_bytes:
                # Told like any other body that cannot be read: see ``problems.py``.
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
