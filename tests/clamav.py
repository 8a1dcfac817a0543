"""A real ClamAV daemon with one made-up signature, and a daemon that does everything wrong."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.needs import need_program

MARKER = b"PRA-MADE-UP-MALWARE-7f3a"
SIGNATURE = "Pra.Test.Marker.UNOFFICIAL"
START_LIMIT_SECONDS = 60


@contextlib.contextmanager
def clamd(*, stream_limit: str = "4M") -> Iterator[str]:
    """Run Debian's daemon on a socket of its own; gives its address for ``PRA_SCANNER_ADDRESS``."""
    program = need_program("clamd")
    with tempfile.TemporaryDirectory(prefix="pra-clam-") as name:  # a socket's path must be short
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "db").mkdir()
        (folder / "db" / "own.ndb").write_text(f"Pra.Test.Marker:0:*:{MARKER.hex()}\n")
        path = folder / "clamd.sock"
        (folder / "clamd.conf").write_text(
            f"LocalSocket {path}\nDatabaseDirectory {folder / 'db'}\nTemporaryDirectory {folder}\nForeground yes\n"
            f"StreamMaxLength {stream_limit}\nMaxThreads 4\nAlertExceedsMax yes\n"
        )
        with (folder / "out").open("wb") as out:
            process = subprocess.Popen([program, "-c", str(folder / "clamd.conf")], stdout=out, stderr=out)
        try:
            patience = time.monotonic() + START_LIMIT_SECONDS
            while not _answers(path):
                if process.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError(f"clamd did not start: {(folder / 'out').read_text()[-2000:]}")
                time.sleep(0.05)
            yield f"unix:{path}"
        finally:
            process.terminate()
            process.wait(START_LIMIT_SECONDS)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(str(path))
        except OSError:
            return False
    return True


Manner = Callable[[socket.socket], None]
"""What it does once it was asked to take a stream."""


@contextlib.contextmanager
def hostile(manner: Manner, version: bytes | None = b"ClamAV 1.4.6/27000/Mon Jan  5 09:00:00 2026\0") -> Iterator[str]:
    """Run a daemon on the loopback that says its version, and then behaves as told."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=attend, args=(line,), daemon=True).start()

        def attend(line: socket.socket) -> None:
            with line, contextlib.suppress(OSError):
                asked = b""
                while not asked.endswith(b"\0"):
                    asked += line.recv(1)
                if asked == b"zINSTREAM\0":
                    manner(line)
                elif version is not None:
                    line.sendall(version)
                else:
                    over.wait()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)


def swallow(line: socket.socket) -> None:
    """Take the whole stream, as a daemon does."""
    while size := int.from_bytes(_exactly(line, 4)):
        _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = line.recv(size - len(got))
        if not piece:
            raise ConnectionResetError
        got += piece
    return got


def saying(answer: bytes) -> Manner:
    """Take the stream, and give this answer."""

    def manner(line: socket.socket) -> None:
        swallow(line)
        line.sendall(answer)

    return manner
