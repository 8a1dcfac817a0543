"""A crowd that opens documents and fetches its copies, in several threads, while its server is killed under it.

What the crowd saw is kept from its own side of the network: which openings were acknowledged, and of which a byte came.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from app.actions import auditing
from app.actions.tools import Tools
from app.audit.verify import verify_log
from app.records import openings
from tests.live import LiveServer
from tests.verifiers import go_accepts
from tests.world import OpenWorld, Recipient


@dataclass
class Seen:
    """What the crowd saw.

    Attributes:
        received_bytes: How much of a copy came, by opening; only openings of which something came.
        other_answers: Answers that were neither the expected ones nor a cut connection.
        left_running: How many copies still were marked as running after each restart.
        settled_seconds: From each start of the process until no copy was marked as running any more.
        restart_seconds: From each start of the process until it said that it can serve.
        checkpoints: The published checkpoint after each restart, as files.
    """

    acknowledged: set[str] = field(default_factory=set)
    received_bytes: Counter[str] = field(default_factory=Counter)
    whole: set[str] = field(default_factory=set)
    other_answers: list[str] = field(default_factory=list)
    left_running: list[int] = field(default_factory=list)
    settled_seconds: list[float] = field(default_factory=list)
    restart_seconds: list[float] = field(default_factory=list)
    checkpoints: list[Path] = field(default_factory=list)


class Crowd:
    """Several people at once on one server."""

    def __init__(self, server: LiveServer, tools: Tools, world: OpenWorld, *, openings_wanted: int, kills: int) -> None:
        """Take a started server.

        Args:
            tools: On the same folder and database as the server; only reads.
            openings_wanted: The crowd goes home after so many acknowledged openings.
            kills: How often the server is killed on the way, at random points.
        """
        self.seen = Seen()
        self._server = server
        self._tools = tools
        self._world = world
        self._wanted = openings_wanted
        self._kill_at = sorted(random.sample(range(openings_wanted // 20, openings_wanted * 9 // 10), kills))
        self._lock = threading.Lock()
        self._up = threading.Event()
        self._over = False  # the server did not come back; everyone goes home

    def run(self, threads: int = 6) -> Seen:
        """Let them all in, and wait until the last one has gone."""
        self._up.set()
        readers = [
            threading.Thread(target=self._read, args=(self._world.recipients[number % len(self._world.recipients)],))
            for number in range(threads)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        return self.seen

    def _read(self, recipient: Recipient) -> None:
        with self._server.client() as client:
            while len(self.seen.acknowledged) < self._wanted and not self._over:
                self._up.wait()
                try:
                    self._open_and_fetch(client, recipient)
                except httpx2.TransportError:
                    continue  # the server was killed under us

    def _open_and_fetch(self, client: httpx2.Client, recipient: Recipient) -> None:
        large = self._kill_is_due()
        document = self._world.large if large else self._world.small
        path = f"/api/v1/documents/{document.card.document_id}/openings"
        answer = client.post(path, headers=recipient.headers)
        if answer.status_code != 201:
            self.seen.other_answers.append(f"{answer.status_code} {answer.text}")
            return
        opening_id = answer.json()["opening_id"]
        with self._lock:
            self.seen.acknowledged.add(opening_id)
        with client.stream("GET", answer.json()["content"], headers=recipient.headers) as copy:
            if copy.status_code != 200:
                self.seen.other_answers.append(f"{copy.status_code} {copy.read().decode()}")
                return
            for piece in copy.iter_bytes():
                self.seen.received_bytes[opening_id] += len(piece)
                if large:  # of a small copy the server has sent everything, and a kill would not cut it
                    self._kill_if_due()
        self.seen.whole.add(opening_id)

    def _kill_is_due(self) -> bool:
        return bool(self._kill_at) and len(self.seen.acknowledged) >= self._kill_at[0]

    def _kill_if_due(self) -> None:
        """Kill the server, while the caller's own copy is running, and start it again."""
        with self._lock:
            if not self._kill_is_due():
                return
            self._up.clear()
            try:
                self._server.kill()
                self._restart()
                self._look_after_restart()
            except BaseException:
                self._over = True
                raise
            finally:
                self._kill_at.pop(0)
                self._up.set()

    def _restart(self) -> None:
        begun = time.perf_counter()
        ready = threading.Event()

        def look() -> None:
            while self._running() and not ready.wait(0.05):
                pass
            self.seen.settled_seconds.append(time.perf_counter() - begun)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            self._server.start()
            self.seen.restart_seconds.append(time.perf_counter() - begun)
        finally:
            ready.set()
            looking.join()

    def _running(self) -> int:
        with self._tools.reading() as connection:
            return len(openings.running(connection))

    def _look_after_restart(self) -> None:
        self.seen.left_running.append(self._running())
        kept = self._server.folder.parent / f"checkpoint.{len(self.seen.checkpoints)}"
        kept.write_text(self._tools.tiles.read_checkpoint() or "", "utf-8")
        self.seen.checkpoints.append(kept)


def exported_entries(tools: Tools, folder: Path, previous: Iterable[Path] = ()) -> list[dict[str, Any]]:
    """Export the log, have it verified by us and by the Go packages, and give its entries in the order of the tree."""
    auditing.export_log(tools, "operator", folder)
    (vkey,) = auditing.log_vkeys(tools)
    earlier = list(previous)
    verified = verify_log(folder, vkey, previous=[path.read_bytes() for path in earlier])
    for path in earlier or [None]:
        assert go_accepts(folder, vkey, path) == "accepted"
    return [json.loads(entry) for entry in verified.entries]


def about(entries: Iterable[dict[str, Any]], kind: str, *outcomes: str) -> list[str]:
    """The openings that entries of one kind, with one of these outcomes, are about; in the log's order."""
    found = [entry for entry in entries if entry["kind"] == kind and entry["outcome"] in outcomes]
    return [entry["said"]["opening_id"] for entry in found]
