"""The real server, as an operator runs it: ``pra serve`` in its own process, which can be killed at any instant."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from app import wiring
from app.actions import auditing
from app.actions.tools import Tools
from app.keys.ring import create_ring
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
START_LIMIT_SECONDS = 120
CLIENT_TIMEOUT_SECONDS = 30


def live_settings(folder: Path, database_url: str = "") -> Settings:
    """The settings of a server that keeps everything in one folder; ``database_url`` may name a PostgreSQL."""
    return Settings(_env_file=None, var_dir=folder, database_url=database_url)


@functools.cache
def _migrated() -> Path:
    """Give a SQLite database as the migrations make it; made once, as they take a while one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="pra-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    wiring.migrate(live_settings(folder))
    (file,) = folder.glob("*.sqlite3")
    return file


def prepare(folder: Path, database_url: str = "") -> Tools:
    """Do what ``pra init`` does: key ring, schema by the migrations, log. Gives tools on it, by the real clock."""
    chosen = live_settings(folder, database_url)
    chosen.keys_folder.parent.mkdir(parents=True, exist_ok=True)
    create_ring(chosen.keys_folder)
    if database_url:
        wiring.migrate(chosen)
    else:
        shutil.copyfile(_migrated(), folder / _migrated().name)
    tools = wiring.make_tools(chosen)
    auditing.begin_log(tools)
    return tools


def free_port() -> int:
    """A port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveServer:
    """One server on a prepared folder. It keeps its port when it is started again."""

    def __init__(self, folder: Path, database_url: str = "", **environment: str) -> None:
        """Take a prepared folder; ``environment`` holds further ``PRA_`` variables."""
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PRA_", "PYTHON"))},
            "PRA_VAR_DIR": str(folder),
            "PRA_DATABASE_URL": database_url,
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Start the process without waiting for it."""
        pra = "from app.cli.main import run; run()"  # the command's own entry point, wherever it is installed
        command = [sys.executable, "-c", pra, "serve", "--port", str(self.port)]
        with (self.folder / "serve.out").open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdout=out, stderr=subprocess.STDOUT
            )

    def start(self) -> None:
        """Start the process, and wait until it says that it can serve."""
        self.begin()
        patience = time.monotonic() + START_LIMIT_SECONDS
        with self.client() as client:
            while True:
                if self._process is None or self._process.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError(f"the server did not start:\n{self.said()[-3000:]}")
                try:
                    if client.get("/readyz").status_code == 200:
                        return
                except httpx2.TransportError:
                    time.sleep(0.05)

    def ended_with(self) -> int:
        """Wait until the process ends of itself; gives its exit status."""
        assert self._process is not None
        return self._process.wait(START_LIMIT_SECONDS)

    def kill(self) -> None:
        """``kill -9`` this process, and no other."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait(START_LIMIT_SECONDS)

    def stop(self) -> None:
        """Ask the process to end, and see that it did."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(START_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def client(self) -> httpx2.Client:
        """A client of this server; the caller closes it."""
        return httpx2.Client(base_url=self.address, timeout=CLIENT_TIMEOUT_SECONDS, trust_env=False)

    def said(self) -> str:
        """What the server wrote for its operator."""
        return (self.folder / "serve.out").read_text("utf-8", errors="replace")

    def __enter__(self) -> LiveServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
