"""A crowd that asks for what is public takes turns, so that a recipient's request never waits behind all of it.

Plain ASGI, outside of everything else: whoever waits here costs next to nothing. A turn ends when the answer begins, so
that a slow line keeps nobody waiting; and before a document is unsealed, so that a slow store does not either.
"""

from __future__ import annotations

from anyio import Semaphore
from anyio.lowlevel import RunVar
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 8
_PUBLIC = ("/published", "/api/v1/published")
_turns: RunVar[Semaphore] = RunVar("public_turns")
_ENDING = "pra.end_turn"


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

        def end() -> None:
            nonlocal mine
            if mine:
                mine = False
                turns.release()

        async def ending_the_turn(message: Message) -> None:
            end()
            await send(message)

        try:
            await self._app({**scope, _ENDING: end}, receive, ending_the_turn)
        finally:
            end()


def end_turn(scope: Scope) -> None:
    """Let the next one have this request's turn: what it waits for now is something else than work of ours."""
    end = scope.get(_ENDING)
    if end is not None:
        end()


def _turns_here() -> Semaphore:
    try:
        return _turns.get()
    except LookupError:
        turns = Semaphore(AT_ONCE)
        _turns.set(turns)
        return turns
