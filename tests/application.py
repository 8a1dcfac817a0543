"""One application for many services of tests: building it takes seconds, and it holds nothing but its tools."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import build


@cache
def _application() -> list[FastAPI]:
    return []


def client_of(tools: Any) -> TestClient:
    """Give a client of the application of this process, with these tools from now on; whoever had it before is done."""
    kept = _application()
    if not kept:
        kept.append(build(tools))
    kept[0].state.tools = tools
    return TestClient(kept[0], raise_server_exceptions=False)
