"""A service with witnesses behind real ports of the loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.actions import auditing, notices, witnessing
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.outside.witnesses import WitnessPost
from app.rules.reasons import instant_text
from app.rules.witnesses import WitnessPlace
from app.worker.witnesses import ask_all
from tests.build import london
from tests.service import Service
from tests.witnesses import a_witness_folder, served

AT = london(2026, 3, 9, 8, 0)


class Watched:
    """A service, and the folder of one witness that follows its log."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        (folder / "service").mkdir()
        self.service = Service(folder / "service", AT, database_url=database_url)
        self.log_vkey = auditing.log_vkeys(self.service.tools)[0]
        self.witness = folder / "witness"
        self.key = a_witness_folder(self.witness, self.log_vkey)
        self.auditor = self.service.auditor()
        self.administrator = self.service.administrator()
        auditing.sequence(self.service.tools)
        self.pool = ThreadPoolExecutor(4)

    @property
    def tools(self) -> Tools:
        return self.service.tools

    def configure(self, *places: tuple[str, str], seconds: float = 5.0) -> None:
        """Have these witnesses asked: public key and address of each."""
        listed = tuple(WitnessPlace(vkey.split("+")[0], vkey, url) for vkey, url in places)
        policy = replace(self.tools.policy, witnesses=listed)
        self.service.tools = replace(self.tools, policy=policy, witness_post=WitnessPost(seconds=seconds))

    def now_seconds(self) -> int:
        return int(self.service.clock.now().timestamp())

    @contextmanager
    def serving(self, folder: Path | None = None) -> Iterator[str]:
        """Serve the witness by the service's own clock, and have it asked; gives its address."""
        with served(folder or self.witness, self.now_seconds) as address:
            self.configure((self.key.to_text(), address))
            yield address

    def grow(self, count: int = 1) -> None:
        """Put more into the log, and publish it."""
        for _ in range(count):
            with self.tools.transaction() as tx:
                tx.append(Entry(EntryKind.LOG_READ, self.service.clock.now()))
        auditing.sequence(self.tools)

    def ask(self, *, after_seconds: float = 5, by: str = "one") -> int:
        """Let time pass, and ask whoever is due; gives how many cosigned."""
        self.service.clock.forward(seconds=after_seconds)
        return ask_all(self.tools, by, self.pool)

    def standing(self) -> dict[str, Any]:
        """How it stands with the one witness."""
        (one,) = witnessing.standings(self.tools)
        watch = one.watch
        return {
            "cosigned_size": watch.size,
            "fault": watch.fault and watch.fault.value,
            "silent_since": watch.silent_since and instant_text(watch.silent_since),
        }

    def incidents(self) -> list[str]:
        return [leaf["said"]["kind"] for leaf in self.service.entries(EntryKind.INCIDENT_OPENED)]

    def letters(self, words: str) -> list[str]:
        """Who was written to, of letters with these words in the subject."""
        notices.send_due(self.tools)
        return sorted(letter.to for letter in self.service.mailbag.letters if words in letter.subject)


@contextmanager
def answering(status: int, body: bytes, kind: str = "text/plain", **headers: str) -> Iterator[tuple[str, list[bytes]]]:
    """Serve somebody who always answers the same; gives the address, and what was sent."""
    sent: list[bytes] = []

    class Always(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Always) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", sent
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.pool.shutdown()
    made.service.close()
