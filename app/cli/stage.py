"""What the demo plays on: the real server on loopback, people with sessions, promises checked then and there."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import typer
import uvicorn

from app import wiring
from app.rules.facts import london_text

OUTBOX = Path("var/demo/outbox")


@dataclass
class Stage:
    """The demo's world.

    Attributes:
        promises: One name for each promise, with the result of a check made when the story came to it.
        files: What a person would want to look at, by name.
    """

    address: str
    promises: dict[str, bool] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _seen_letters: set[str] = field(default_factory=set)

    def scene(self, title: str) -> None:
        """Say what comes now, with the time on the scripted clock."""
        typer.echo(f"\n{london_text(wiring.demo_clock().now())}")
        typer.echo(f"── {title}")

    def say(self, line: str) -> None:
        """Say one line."""
        typer.echo(f"   {line}")

    def promise(self, name: str, kept: bool, shown: str = "") -> None:
        """Put on record whether a promise was kept."""
        self.promises[name] = self.promises.get(name, True) and bool(kept)
        typer.echo(f"   {'✓' if kept else '✗ NOT KEPT'} {name}{': ' + shown if shown else ''}")

    def clock(self, text: str) -> None:
        """Put the scripted clock to an instant, ISO 8601 with its offset."""
        wiring.demo_clock().put(datetime.fromisoformat(text))

    def call(
        self, method: str, path: str, *, who: str | None = None, body: Any = None, content: Any = None, **headers: str
    ) -> httpx2.Response:
        """Send one request to the API as somebody; ``who`` is their address, None for a stranger."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent["Authorization"] = f"Bearer {self._tokens[who]}"
        return httpx2.request(
            method, f"{self.address}{path}", json=body, content=content, headers=sent, timeout=60, trust_env=False
        )

    def stream(self, path: str, who: str) -> AbstractContextManager[httpx2.Response]:
        """Open a response whose body is read as it arrives."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        return httpx2.stream("GET", f"{self.address}{path}", headers=headers, timeout=60, trust_env=False)

    def do(self, method: str, path: str, *, who: str, expect: int = 200, **more: Any) -> Any:
        """Send a request that must succeed; gives its JSON with the ETag under ``etag``.

        Raises:
            RuntimeError: It did not answer as expected; the demo ends.
        """
        answer = self.call(method, path, who=who, **more)
        if answer.status_code != expect:
            raise RuntimeError(f"{method} {path}: expected {expect}, got {answer.status_code}: {answer.text[:600]}")
        if not answer.content:
            return {}
        found = answer.json()
        if isinstance(found, dict) and "etag" in answer.headers:
            found["etag"] = answer.headers["etag"]
        return found

    def sign_in(self, email: str) -> None:
        """Sign somebody in with the code that the service mailed to them."""
        asked = self.call("POST", "/api/v1/sign-in/codes", body={"email": email})
        code = re.search(r"\b(\d{8})\b", self._letter_to(email))
        if asked.status_code != 202 or code is None:
            raise RuntimeError(f"no code for {email}: {asked.text}")
        body = {"code_id": asked.json()["code_id"], "code": code.group(1)}
        made = self.call("POST", "/api/v1/sign-in/sessions", body=body)
        if made.status_code != 201:
            raise RuntimeError(f"{email} cannot sign in: {made.text}")
        self._tokens[email] = made.json()["token"]

    def _letter_to(self, email: str) -> str:
        for _ in range(200):
            for path in sorted(OUTBOX.glob("[!.]*")):  # a letter that is half written has a name with a dot before it
                text = path.read_text("utf-8") if path.name not in self._seen_letters else ""
                if email in text and re.search(r"\b\d{8}\b", text):
                    self._seen_letters.add(path.name)
                    return text
            time.sleep(0.05)
        raise RuntimeError(f"no letter with a code for {email}")

    def keep(self, name: str, path: str, content: bytes) -> Path:
        """Keep a file for a person to look at, under ``var/demo``."""
        kept = Path("var/demo") / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        self.files[name] = str(kept)
        return kept

    def finish(self) -> bool:
        """Write the summary; says whether every promise was kept."""
        summary = {"promises": self.promises, "files": self.files}
        Path("var/demo/summary.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
        return bool(self.promises) and all(self.promises.values())


@contextmanager
def real_server() -> Iterator[str]:
    """Run the real application on a free loopback port, with the demo's wiring; gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            "app.main:demo_app", factory=True, host="127.0.0.1", port=0, log_level="critical", access_log=False
        )
    )
    thread = threading.Thread(target=server.run, name="demo-server")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start; run `pra doctor`")
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
