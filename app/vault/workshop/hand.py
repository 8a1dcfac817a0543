"""One child process, seen from the service: started, given its one task, heard, ended."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.rules.errors import Unavailable
from app.vault.workshop.framing import HEADER_LIMIT_BYTES, LENGTHS, packed, unpacked
from app.vault.workshop.tasks import LIMITS, Task

_ROOT = Path(__file__).parents[3]
_PIPE_BYTES = 1024 * 1024
_START_LIMIT_SECONDS = 60
_PROGRAM = (
    "import gc, sys; gc.disable(); from app.vault.workshop.confinement import die_with; die_with(int(sys.argv[1])); "
    "from app.vault.workshop.child import main; main()"
)
"""It is bound to the service's life before the rest is loaded, which takes longer with the collector on."""
_PIECE_BYTES = 1024 * 1024
_KEPT = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH")
_OWN_LIMITS = frozenset((signal.SIGPROF, signal.SIGXCPU))
_CRASHES = frozenset((signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS))


class TooSlow(Exception):
    """The task took longer than it may."""


class Crashed(Exception):
    """The process ended in the middle of a task, in a way that a library brought down by a file does."""


class Hand:
    """One child process, for one task. Belongs to one thread at a time.

    The process gets a short environment of its own: nothing that the service was told, such as a database's password,
    is in it. What it says for people goes nowhere, as it might quote a document.
    """

    def __init__(self) -> None:
        """Start the process, without waiting until it is ready. Called by a thread that lives as long as the hand."""
        self._process = subprocess.Popen(  # noqa: S603  # deliberate: our own interpreter and our own words
            [sys.executable, "-c", _PROGRAM, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        self._in, self._out = self._process.stdin, self._process.stdout
        try:
            self._fate = os.pidfd_open(self._process.pid)
        except OSError:
            self._process.kill()
            self._process.wait()
            raise
        self._lock = threading.Lock()
        self._ended = False
        self.calls_listed = False
        for pipe in (self._in, self._out):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                with suppress(OSError):  # a smaller pipe is only slower
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def lives(self) -> bool:
        """Say whether the process has not ended."""
        return not self._ended and not self._ends_within(0)

    def do(self, task: Task, content: bytes, params: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Have the one task carried out. The process ends of itself then, and a second task finds it gone.

        Args:
            task: Which one.
            content: The file.
            params: What else is asked, JSON-ready.

        Returns:
            The header of the answer, and its bytes. Not believed yet: the process has read a stranger's file.

        Raises:
            TooSlow: It took longer than it may, by the processor's time or by the clock.
            Crashed: The file brought the process down.
            Unavailable: The process could not be started, or was ended by somebody else.
        """
        self._await_ready()
        limits = LIMITS[task]
        until = time.monotonic() + limits.wall_seconds_for(len(content))
        try:
            for part in (packed({"task": task.value, "params": params}, len(content)), content):
                self._write(part, until)
            return self._read_answer(until, limits.answer_limit(len(content)))
        except (EOFError, BrokenPipeError):
            raise self._why_it_ended() from None

    def kill(self) -> None:
        """End the process and no more; for another thread than the one it belongs to."""
        with self._lock:
            if not self._ended:
                signal.pidfd_send_signal(self._fate, signal.SIGKILL)

    def end(self) -> None:
        """End the process and whatever it may have started, and wait until it has ended. Ending twice does nothing."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            os.killpg(self._process.pid, signal.SIGKILL)  # not waited for yet, so the number is still its own
        for pipe in (self._in, self._out):
            if pipe is not None:
                pipe.close()
        self._process.wait()
        os.close(self._fate)

    def _await_ready(self) -> None:
        try:
            said, _ = self._read_answer(time.monotonic() + _START_LIMIT_SECONDS, 0)
        except (EOFError, TooSlow, ValueError):
            raise Unavailable("the process that reads documents does not start") from None
        self.calls_listed = said.get("calls_listed") is True
        if said.get("ready") is not True:
            raise Unavailable("the process that reads documents does not say that it is ready")

    def _write(self, part: bytes, until: float) -> None:
        pipe = self._fileno(self._in)
        rest = memoryview(part)
        while len(rest):
            _await(pipe, select.POLLOUT, until)
            with suppress(BlockingIOError):
                rest = rest[os.write(pipe, rest[:_PIECE_BYTES]) :]

    def _read_answer(self, until: float, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
        header_bytes, size_bytes = LENGTHS.unpack(self._read(LENGTHS.size, until))
        if header_bytes > HEADER_LIMIT_BYTES or size_bytes > limit_bytes:
            raise ValueError("an answer longer than any true one")
        return unpacked(self._read(header_bytes, until)), self._read(size_bytes, until)

    def _read(self, length: int, until: float) -> bytes:
        pipe = self._fileno(self._out)
        pieces: list[bytes] = []
        while length > 0:
            _await(pipe, select.POLLIN, until)
            with suppress(BlockingIOError):
                piece = os.read(pipe, min(length, _PIECE_BYTES))
                if not piece:
                    raise EOFError
                pieces.append(piece)
                length -= len(piece)
        return b"".join(pieces)

    def _why_it_ended(self) -> Exception:
        fate = self._ended_by() if self._ends_within(5) else None  # its pipe has ended, so that it is about to
        if fate in _OWN_LIMITS:
            return TooSlow()
        if fate in _CRASHES:
            return Crashed()
        return Unavailable("the process that reads documents was ended from outside")

    def _ends_within(self, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(self._fate, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def _ended_by(self) -> int | None:
        """Give the signal that ended the process, which has; it keeps its number until ``end`` has cleared up."""
        found = os.waitid(os.P_PIDFD, self._fate, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        return found.si_status if found and found.si_code in (os.CLD_KILLED, os.CLD_DUMPED) else None

    @staticmethod
    def _fileno(pipe: Any) -> int:
        if pipe is None or pipe.closed:
            raise Unavailable("the process that reads documents was ended")
        return int(pipe.fileno())


def _await(pipe: int, event: int, until: float) -> None:
    """Wait until a pipe can be read or written; its end counts too, and is met by whoever reads or writes next."""
    waiting = select.poll()
    waiting.register(pipe, event)
    if not waiting.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TooSlow


def _environment() -> dict[str, str]:
    """Give what the process is told. It starts for each task, so it finds its modules compiled, if we may."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(_ROOT),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MALLOC_ARENA_MAX": "1",
    }
