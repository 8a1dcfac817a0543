"""A story served over a real socket to a real Chromium, with a clock that stands where the story puts it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.application import application_of
from tests.live import ROOT, free_port
from tests.needs import need_program

AXE = Path(__file__).parent / "axe" / "axe.min.js"
START_LIMIT_SECONDS = 60
TABS_AT_MOST = 100
PHONE, DESK = {"width": 320, "height": 640}, {"width": 1280, "height": 900}


@contextmanager
def served(tools: Any, port: int | None = None) -> Iterator[str]:
    """Serve the application of these tools on a port of the loopback; gives its address."""
    port = port or free_port()
    config = uvicorn.Config(
        application_of(tools), host="127.0.0.1", port=port, log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    patience = time.monotonic() + START_LIMIT_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > patience:
            raise RuntimeError("the server did not start")
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_LIMIT_SECONDS)


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Debian's Chromium, once for a file of tests."""
    program = need_program("chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def serious(page: Any) -> list[str]:
    """What axe finds on the page that stands in somebody's way: its rule, how bad, and where."""
    page.evaluate(AXE.read_text("utf-8"))
    wanted = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
    found = page.evaluate("wanted => axe.run(document, wanted)", wanted)["violations"]
    return [f"{one['id']} ({one['impact']}): {node['target']}" for one in found for node in one["nodes"]]


def pictures() -> Path:
    """Where screenshots go: a folder that is never committed, or the one that ``make pictures`` names."""
    folder = Path(os.environ.get("PRA_PICTURES", ROOT / "var" / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tab_to(page: Any, target: Any) -> None:
    """Move to something with the Tab key alone, as somebody without a mouse does."""
    found = target.element_handle()  # looked for once: to find something by its role and name is dear on a long page
    for _ in range(TABS_AT_MOST):
        if found.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never came to {target}")


def press(page: Any, key: str, target: Any) -> None:
    """Go to something with the Tab key and press a key that leads to another page."""
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press(key)


def fill(page: Any, target: Any, text: str) -> None:
    """Go to a field with the Tab key and type."""
    tab_to(page, target)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
