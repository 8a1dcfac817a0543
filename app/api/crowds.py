"""A crowd takes turns: those who ask for what is public, and apart from them those who open a document.

So a recipient's request never waits behind all of the public. And of all recipients who open in one second none has to
wait so long for the records that the wait is given up: here they may wait, there it would end as an error.

Plain ASGI, outside of everything else: whoever waits here costs next to nothing. A turn ends when the answer begins, so
that a slow line keeps nobody waiting; and before a document is unsealed, so that a slow store does not either. That of
an opening begins when all of its request is there, for the same reason.
"""

from __future__ import annotations

import re
from collections import deque

from anyio import Semaphore
from anyio.lowlevel import RunVar
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.bodies import JSON_LIMIT_BYTES

AT_ONCE = 8
_PUBLIC = ("/published", "/api/v1/published")
_OPENING = re.compile(r"(?:/api/v1)?/documents/[^/]+/open(?:ings)?")
_public_turns: RunVar[Semaphore] = RunVar("public_turns")
_opening_turns: RunVar[Semaphore] = RunVar("opening_turns")
_ENDING = "pra.end_turn"


class TakingTurns:
    """Lets few requests of a kind that comes in crowds be answered at once; the others wait in line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        kept = _line_of(scope) if scope["type"] == "http" else None
        if kept is None:
            await self._app(scope, receive, send)
            return
        whole = await _arrived(receive) if kept is _opening_turns else receive
        turns = _turns_of(kept)
        await turns.acquire()
        mine = True

        def end() -> None:
            nonlocal mine
            if mine:
                mine = False
                turns.release()

        async def ending_the_turn(message: Message) -> None:
            end()
            await send(message)

        try:
            await self._app({**scope, _ENDING: end}, whole, ending_the_turn)
        finally:
            end()


def end_turn(scope: Scope) -> None:
    """Let the next one have this request's turn: what it waits for now is something else than work of ours."""
    end = scope.get(_ENDING)
    if end is not None:
        end()


async def _arrived(receive: Receive) -> Receive:
    """Wait until a request has arrived, or more of it than any may have; gives it to be read again."""
    came: deque[Message] = deque()
    size_bytes = 0
    while size_bytes <= JSON_LIMIT_BYTES:
        message = await receive()
        came.append(message)
        size_bytes += len(message.get("body", b""))
        if not message.get("more_body", False):
            break

    async def again() -> Message:
        return came.popleft() if came else await receive()

    return again


def _line_of(scope: Scope) -> RunVar[Semaphore] | None:
    path: str = scope["path"]
    if path.startswith(_PUBLIC):
        return _public_turns
    return _opening_turns if scope["method"] == "POST" and _OPENING.fullmatch(path) else None


def _turns_of(kept: RunVar[Semaphore]) -> Semaphore:
    try:
        return kept.get()
    except LookupError:
        turns = Semaphore(AT_ONCE)
        kept.set(turns)
        return turns
