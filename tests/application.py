"""The application of the tests: its routes are made once in a process, which takes seconds, and served by many fronts.

A front is an application of its own: it has its own tools, its own turns and counts. It shares the routes with all the
others, and these hold nothing. So any number of services may be at work in one test.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from copy import copy
from functools import cache
from typing import Any

import anyio
import httpx2
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from starlette.datastructures import State
from starlette.testclient import TestClient
from starlette.types import Message, Scope


@cache
def _built() -> FastAPI:
    from app.application import build  # reason: slow to import, and most unit tests need no whole application

    return build(None)  # type: ignore[arg-type]  # deliberate: never served, and every front has tools of its own


def front_of(built: FastAPI, tools: Any) -> FastAPI:
    """Give an application with these tools, and with the routes of one that was built before."""
    front = copy(built)
    front.state = State({**{name: built.state[name] for name in built.state}, "tools": tools})
    front.middleware_stack = None  # made at the first request, for this front alone
    return front


def application_of(tools: Any) -> FastAPI:
    """Give the whole application with these tools."""
    return front_of(_built(), tools)


def client_of(tools: Any, **how: Any) -> TestClient:
    """Give a client of the whole application with these tools."""
    return client_on(application_of(tools), **how)


def client_on(application: FastAPI, **how: Any) -> TestClient:
    """Give a client of an application whose requests share one event loop and its threads, as a server's do.

    Left to itself each request would begin and end a loop and threads of its own, which costs more than most answers.
    """
    client = TestClient(application, **{"raise_server_exceptions": False, **how})
    client._transport = _Whole(client)
    return client


class _Whole(httpx2.BaseTransport):
    """Asks the application in one step, and gives its answer when all of it is there.

    The framework's own transport goes from thread to thread for every piece of an answer.
    """

    def __init__(self, client: TestClient) -> None:
        asked: Any = client._transport
        self._app, self._client, self._root_path = asked.app, asked.client, asked.root_path
        self._raises = asked.raise_server_exceptions

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask; gives what came, if the answer broke off too, and a bare 500 if none began."""
        url, body = request.url, request.read()
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "root_path": self._root_path,
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self._client,
            "server": [url.host, url.port or {"http": 80, "https": 443}[url.scheme]],
            "state": {},
        }
        came: list[Message] = []
        fault = _portal().call(self._ask, scope, body, came)
        if fault is not None and self._raises:
            raise fault
        if not came:
            return httpx2.Response(500, request=request)
        begun, *pieces = came
        content = b"" if request.method == "HEAD" else b"".join(piece.get("body", b"") for piece in pieces)
        stream = httpx2.ByteStream(content)
        return httpx2.Response(begun["status"], headers=begun.get("headers", ()), stream=stream, request=request)

    async def _ask(self, scope: Scope, body: bytes, came: list[Message]) -> Exception | None:
        to_come: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        all_came = anyio.Event()

        async def receive() -> Message:
            if to_come:
                return to_come.pop()
            await all_came.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            assert (message["type"] == "http.response.start") == (not came), message
            assert not all_came.is_set(), message
            came.append(message)
            if came[1:] and not message.get("more_body", False):
                all_came.set()

        try:
            await self._app(scope, receive, send)
        except Exception as fault:  # noqa: BLE001  # deliberate: whoever asked decides
            return fault
        return None  # an answer that broke off is given as far as it came


@cache
def _portal() -> BlockingPortal:
    begun: Future[BlockingPortal] = Future()

    async def serve() -> None:
        async with BlockingPortal() as portal:
            begun.set_result(portal)
            await portal.sleep_until_stopped()

    def end() -> None:
        threading.main_thread().join()
        begun.result().call(begun.result().stop)

    threading.Thread(target=anyio.run, args=(serve,), name="requests of tests").start()
    threading.Thread(target=end, name="end of requests of tests").start()
    return begun.result()
