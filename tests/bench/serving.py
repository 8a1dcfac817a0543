"""The processes that are measured and measured against. Each is started here, on loopback, and ended by its own id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import BenchFailed, Missing

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0  # a cold start on a busy machine
_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    port: int
    pid: int


@contextmanager
def our_service(folder: Path, database_url: str = "") -> Iterator[Served]:
    """Run ``pra serve`` on a prepared folder, with its worker beside it."""
    settings = {"PRA_VAR_DIR": str(folder), "PRA_DATABASE_URL": database_url}
    port = free_port()
    command = [str(Path(sys.executable).parent / "pra"), "serve", "--port", str(port)]
    with _running(command, folder, port, settings) as served:
        yield served


@contextmanager
def bare_uvicorn(folder: Path, files: Path) -> Iterator[Served]:
    """Run the barest application that sends a file as we do: uvicorn, 1 MiB at a time, read in a thread."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.bare:app", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--log-level", "warning", "--no-access-log"]
    with _running(command, folder, port, {"BENCH_FILES": str(files), "PYTHONPATH": str(_ROOT)}) as served:
        yield served


@contextmanager
def nginx(folder: Path, files: Path) -> Iterator[Served]:
    """Run Debian's nginx from a prefix of its own, one process, with sendfile.

    Raises:
        Missing: It is not installed.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise Missing("the Debian package nginx-light is not installed")
    prefix = folder / "nginx"
    prefix.mkdir()
    port = free_port()
    temporary = "".join(
        f"  {kind}_temp_path {prefix}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    (prefix / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {prefix}/nginx.pid;\nerror_log {prefix}/error.log warn;\n"
        "events { worker_connections 256; }\n"
        f"http {{\n{temporary}  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 100000000;\n"
        f"  server {{ listen 127.0.0.1:{port}; location / {{ root {files}; }} }}\n}}\n",
        "utf-8",
    )
    command = [program, "-p", str(prefix), "-c", str(prefix / "nginx.conf"), "-e", str(prefix / "error.log")]
    with _running(command, prefix, port, {}) as served:
        yield served


def free_port() -> int:
    """Give a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_bytes(pid: int) -> int:
    """Say how much memory a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def cpu_seconds(pid: int) -> float:
    """Say how much time of the processors a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class MemoryWatch:
    """Looks at the memory of a process every 10 ms; ``most`` is the most it held."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory-watch")
        self.before = self.most = resident_bytes(pid)

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            self.most = max(self.most, resident_bytes(self._pid))

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int, settings: dict[str, str]) -> Iterator[Served]:
    said = folder / f"server-{port}.out"
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PRA_")} | settings
    with said.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait_until_it_listens(process, port, said)
        yield Served(port, process.pid)
        if process.poll() is not None:
            raise BenchFailed(f"the server ended by itself: {said.read_text('utf-8', 'replace')[-800:]}")
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, said: Path) -> None:
    deadline = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise BenchFailed(f"{Path(process.args[0]).name} did not start: {said.read_text('utf-8', 'replace')[-800:]}")
