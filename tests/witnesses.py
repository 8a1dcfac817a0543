"""Witnesses for tests: one in memory or behind a real port of the loopback, and logs that submit to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.audit import merkle
from app.audit.checkpoint import Checkpoint, SignedNote, VerifierKey
from app.audit.tiles import TileFolder
from app.audit.witness.commands import follow, make
from app.audit.witness.key import read_key
from app.audit.witness.protocol import Witness
from app.audit.witness.serving import WitnessServer, evidence_keeper
from app.audit.witness.state import KEY_NAME, State, read_followed
from app.audit.witness.submission import Submission
from tests.live import ROOT

NAME = "witness.regulator.example/w1"
NOW_SECONDS = 1_772_000_000


def a_witness_folder(folder: Path, *vkeys: str, name: str = NAME) -> VerifierKey:
    """Make a witness that follows logs; gives its public key."""
    make(folder, name)
    for vkey in vkeys:
        follow(folder, vkey)
    return read_key(folder / KEY_NAME).verifier


def opened(folder: Path) -> Witness:
    """The witness of a folder as it is after a start."""
    return Witness(read_key(folder / KEY_NAME), State(folder), read_followed(folder), evidence_keeper(folder))


def submission(tiles: TileFolder, old_size: int) -> Submission:
    """What an honest log sends: its newest checkpoint, and the proof from an older size."""
    note = tiles.read_checkpoint()
    assert note is not None
    size = Checkpoint.parse(SignedNote.parse(note).text).size
    return Submission(old_size, tuple(merkle.consistency_proof(old_size, size, tiles.node)), note)


@contextmanager
def served(folder: Path, now_seconds: Callable[[], int] = lambda: NOW_SECONDS, port: int = 0) -> Iterator[str]:
    """Serve a witness in a thread of this process; gives its address."""
    with WitnessServer(("127.0.0.1", port), opened(folder), now_seconds) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)


class WitnessProcess:
    """``python -m app.witness serve`` in a process of its own, which can be killed."""

    def __init__(self, folder: Path, port: int = 0, *, before: str = "") -> None:
        """Start it.

        Args:
            folder: The witness's.
            port: 0 takes a free one.
            before: Python that runs in the process first, to bring it to grief somewhere.
        """
        run = "import runpy, sys\nsys.argv = sys.argv[1:]\nrunpy.run_module('app.witness', run_name='__main__')"
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{run}", "witness", "serve", str(folder), "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert " port " in said, f"the witness did not start: {said!r}"
        self.port = int(said.rsplit(" ", 1)[1])
        self.address = f"http://127.0.0.1:{self.port}"

    def stop_answering(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> int:
        """``kill -9`` this process and no other; gives how it ended."""
        self._process.kill()
        return self.ended()

    def ended(self) -> int:
        status = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status
