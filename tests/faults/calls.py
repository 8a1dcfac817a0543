"""System calls that fail: another process does something while strace lets one of its calls fail.

The child is forked, so it begins at once with what the test has prepared; strace follows its first thread alone, which
is the one that acts. What it says goes by shared memory, which takes no call that could be made to fail.
"""

from __future__ import annotations

import mmap
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.failing import waited_for
from tests.needs import need_program

# Every call by which something comes to lie on a disk, or to lie there under another name.
WRITING = ("write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate", "rename", "renameat", "renameat2", "link")
_SAID_BYTES = 65_536
_CALL = re.compile(r"^(\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One call that fails: its name, which one of that name, counted from 1, and the error."""

    call: str
    number: int
    error: str


def calls_of(act: Callable[[], str], workplace: Path) -> tuple[str, Counter[str]]:
    """Let a child act with nothing failing; gives what it said, and how many calls of each name it made."""
    trace = workplace / "calls"
    said = _traced(act, trace, [f"--trace={','.join(WRITING)}"])
    return said, Counter(_CALL.findall(trace.read_text("utf-8", "replace")))


def acted_under(fault: Fault, act: Callable[[], str], workplace: Path) -> tuple[str, bool]:
    """Let a child act while one of its calls fails; gives what it said, and whether the call did fail."""
    trace = workplace / "calls"
    inject = f"--inject={fault.call}:error={fault.error}:when={fault.number}"
    said = _traced(act, trace, [f"--trace={fault.call}", inject])
    return said, "(INJECTED)" in trace.read_text("utf-8", "replace")


def _traced(act: Callable[[], str], trace: Path, asked: list[str]) -> str:
    strace = need_program("strace")
    said = mmap.mmap(-1, _SAID_BYTES)
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        _act_when_told(act, said, ready)
    os.close(ready)
    # -s 0: nothing of what is written is kept. The child's death ends strace.
    watcher = subprocess.Popen(
        [strace, "--attach", str(pid), "-s", "0", "--output", str(trace), *asked],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        attached = watcher.stderr.readline() if watcher.stderr else ""
        if "attached" not in attached:
            raise AssertionError(f"strace did not begin: {attached}")
        os.write(go, b"!")
        ended_by = waited_for(pid)
        pid = 0
        watcher.communicate(timeout=30)
    finally:
        os.close(go)
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        watcher.kill()
        watcher.wait()
    assert ended_by == 0
    return said[:].rstrip(b"\0").decode()


def _act_when_told(act: Callable[[], str], said: mmap.mmap, ready: int) -> None:
    """Wait until strace looks on, act, say what came of it, and end without any of the test's own cleaning up."""
    try:
        os.read(ready, 1)
        said.write(act().encode())
    finally:  # whatever came of it is for the test to judge
        if sys.exc_info()[1] is not None:
            said.write(repr(sys.exc_info()[1]).encode())
        os._exit(0)
