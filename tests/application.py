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
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from starlette.datastructures import State
from starlette.testclient import TestClient


@cache
def _built() -> FastAPI:
    from app.main import build  # reason: slow to import, and most unit tests need no whole application

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
    client.portal = _portal()
    return client


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
