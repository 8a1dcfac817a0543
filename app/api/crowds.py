"""A crowd takes turns: those who ask for what is public, and apart from them those who open a document.

So a recipient's request never waits behind all of the public. And of all recipients who open in one second none has to
wait so long for the records that the wait is given up: here they may wait, there it would end as an error.

Plain ASGI, outside of everything else: whoever waits here costs next to nothing. A turn ends when the answer begins, so
that a slow line keeps nobody waiting; and before a document is unsealed, so that a slow store does not either. That of
an opening begins when all of its request is there, for the same reason.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable

from anyio import Semaphore
from anyio.lowlevel import RunVar
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 8
OF_ONE_DOCUMENT = 4  # one whose release is being changed, and has to be waited for, leaves turns to the others
LONGEST_BYTES = 16 * 1024  # no opening says more; what is longer waits for no turn, and has none
_PUBLIC = ("/published", "/api/v1/published")
_OPENING = re.compile(r"(?:/api/v1)?/documents/(?P<document>[^/]+)/open(?:ings)?")
_ENDING = "pra.end_turn"


class Turns:
    """So many turns at once, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._all = Semaphore(AT_ONCE)
        self._of: dict[str, Semaphore] = {}
        self._asking: Counter[str] = Counter()

    async def take(self, of: str | None = None) -> Callable[[], None]:
        """Wait for a turn; gives what ends it, once.

        Args:
            of: The one document it is for; None where all ask for the same.
        """
        if of is None:
            await self._all.acquire()
            return _once(self._all.release)
        own = self._of.setdefault(of, Semaphore(OF_ONE_DOCUMENT))
        self._asking[of] += 1
        try:
            await own.acquire()
            try:
                await self._all.acquire()
            except BaseException:
                own.release()
                raise
        except BaseException:
            self._leave(of)
            raise

        def end() -> None:
            self._all.release()
            own.release()
            self._leave(of)

        return _once(end)

    def _leave(self, of: str) -> None:
        self._asking[of] -= 1
        if not self._asking[of]:  # nobody asks for it: names that somebody makes up are not kept
            del self._asking[of], self._of[of]


_public_turns: RunVar[Turns] = RunVar("public_turns")
_opening_turns: RunVar[Turns] = RunVar("opening_turns")


class TakingTurns:
    """Lets few requests of a kind that comes in crowds be answered at once; the others wait in line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        path: str = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(_PUBLIC):
            await self._answer(await _turns(_public_turns).take(), scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "POST" and (opening := _OPENING.fullmatch(path)):
            await self._open(opening["document"], scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _open(self, document: str, scope: Scope, receive: Receive, send: Send) -> None:
        came, whole = await _arrived(receive)
        if not whole:
            await self._app(scope, _again(came, receive), send)
            return
        leaving = asyncio.ensure_future(receive())
        try:
            end = await _turns(_opening_turns).take(document)
            if leaving.done():  # they went away while they waited: nothing is opened for nobody
                end()
                return
            await self._answer(end, scope, _again(came, lambda: asyncio.shield(leaving)), send)
        finally:
            leaving.cancel()

    async def _answer(self, end: Callable[[], None], scope: Scope, receive: Receive, send: Send) -> None:
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


async def _arrived(receive: Receive) -> tuple[Message, bool]:
    """Wait until a request has arrived; gives it in one piece, and False where it is longer than an opening is."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message, False
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if not more or len(body) > LONGEST_BYTES:
            return {"type": "http.request", "body": bytes(body), "more_body": more}, not more


def _again(came: Message, receive: Receive) -> Receive:
    """Give what came already, and then what comes."""
    left = [came]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _once(act: Callable[[], None]) -> Callable[[], None]:
    left = [act]

    def end() -> None:
        if left:
            left.pop()()

    return end


def _turns(kept: RunVar[Turns]) -> Turns:
    try:
        return kept.get()
    except LookupError:
        turns = Turns()
        kept.set(turns)
        return turns
