"""The child process: loads its libraries, locks itself in, does one task, and ends."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from typing import Any

from app.rules.errors import Code, Mistake
from app.vault.workshop.confinement import address_space_bytes, allow, lock_in
from app.vault.workshop.framing import HEADER_LIMIT_BYTES, LENGTHS, packed, unpacked
from app.vault.workshop.table import TABLE, warm_up
from app.vault.workshop.tasks import LIMITS, Task

_IN, _OUT = 0, 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one task.

    Attributes:
        header: JSON-ready: ``ok``, or ``code`` and what else the error says.
        content: What was made; empty with an error.
    """

    header: dict[str, Any]
    content: bytes = b""


def answer(task: Task, content: bytes, params: dict[str, Any]) -> Answer:
    """Carry out one task; whatever goes wrong becomes an answer.

    Args:
        task: Which one.
        content: The file.
        params: What else is asked.

    Returns:
        What was made, or one of our own errors. An error that nobody foresaw is told by its name alone: its text may
        quote the document.
    """
    try:
        return Answer({"ok": True}, TABLE[task](content, params))
    except Mistake as error:
        return Answer({"code": error.code.value, "detail": error.detail})
    except MemoryError:
        return _too_complex("The file takes too much memory to be read. Split it.")
    except RecursionError:
        return _too_complex("The file is nested too deeply. Save it again in a simpler form.")
    except Exception as error:  # noqa: BLE001  # deliberate: a stranger's file must not end the process by surprise
        return Answer({"code": Code.DOCUMENT_UNREADABLE.value, "unforeseen": type(error).__name__})


def main() -> None:
    """Serve the process that started this one: one task, and no second, or none when the pipe ends before."""
    warm_up()
    gc.freeze()
    gc.enable()
    at_rest_bytes = address_space_bytes()
    _say(Answer({"ready": True, "calls_listed": lock_in()}))
    lengths = _read(LENGTHS.size)
    if not lengths:
        return
    header_bytes, size_bytes = LENGTHS.unpack(lengths)
    if header_bytes > HEADER_LIMIT_BYTES:
        return
    asked = unpacked(_read(header_bytes))
    task = Task(asked["task"])
    limits = LIMITS[task]
    allow(at_rest_bytes + limits.memory_for(size_bytes), limits.cpu_seconds_for(size_bytes))
    given = answer(task, _read(size_bytes), asked["params"])
    allow(at_rest_bytes + limits.memory_for(size_bytes), 0)
    _say(given)
    os._exit(0)  # nothing is left to tidy up, and what the file may have left behind is not run


def _too_complex(detail: str) -> Answer:
    return Answer({"code": Code.DOCUMENT_TOO_COMPLEX.value, "detail": detail})


def _read(length: int) -> bytes:
    """Give so many bytes; nothing when the pipe has ended."""
    if length == 0:
        return b""
    held = bytearray(length)
    rest = memoryview(held)
    while len(rest):
        got = os.readv(_IN, [rest])
        if not got:
            return b""
        rest = rest[got:]
    return bytes(held)


def _say(said: Answer) -> None:
    for part in (packed(said.header, len(said.content)), said.content):
        rest = memoryview(part)
        while len(rest):
            rest = rest[os.write(_OUT, rest) :]
