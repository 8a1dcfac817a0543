"""A crowd that asks for what is public takes turns, so that a recipient's request never waits behind all of it.

Plain ASGI, outside of everything else: whoever waits here costs next to nothing. A turn ends when the answer begins, so
that a slow line keeps nobody waiting.
"""

from __future__ import annotations

from anyio import Semaphore
from anyio.lowlevel import RunVar
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 8
_PUBLIC = ("/published", "/api/v1/published")
_turns: RunVar[Semaphore] = RunVar("public_turns")


class TakingTurns:
    """Lets few requests for what this service has made public be answered at once; the others wait in line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        if scope["type"] != "http" or not scope["path"].startswith(_PUBLIC):
            await self._app(scope, receive, send)
            return
        turns = _turns_here()
        await turns.acquire()
        mine = True

        async def ending_the_turn(message: Message) -> None:
            nonlocal mine
            if mine:
                mine = False
                turns.release()
            await send(message)

        try:
            await self._app(scope, receive, ending_the_turn)
        finally:
            if mine:
                turns.release()


def _turns_here() -> Semaphore:
    try:
        return _turns.get()
    except LookupError:
        turns = Semaphore(AT_ONCE)
        _turns.set(turns)
        return turns
