"""What the workshop does with a stranger's file, by name, and how much each may take. Known on both sides of the pipe.

What carries a task out stands in ``table.py``, which only the child process imports: the service itself never reads a
document with a library.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.rules.errors import Code

MIB = 1024 * 1024


class Task(StrEnum):
    """Everything that can be asked of the workshop."""

    ROLL_CALL = "roll_call"
    INSPECT = "inspect"
    MAKE_COPY = "make_copy"
    REHEARSAL_PDF = "rehearsal_pdf"
    TRACE = "trace"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one task may take, over and above the loaded program.

    Attributes:
        memory_bytes: Address space, whatever the size of the file.
        memory_times: And so many times the file's length.
        cpu_seconds: Processor time.
        cpu_seconds_per_mib: And so much for every MiB of the file.
        answer_bytes: The longest answer that is believed.
        answer_times: And so many times the file's length.
    """

    memory_bytes: int
    memory_times: int
    cpu_seconds: float
    cpu_seconds_per_mib: float
    answer_bytes: int
    answer_times: int = 0

    def memory_for(self, size_bytes: int) -> int:
        """Give the address space, in bytes, that a file of this size may take."""
        return self.memory_bytes + self.memory_times * size_bytes

    def cpu_seconds_for(self, size_bytes: int) -> float:
        """Give the processor time that a file of this size may take."""
        return self.cpu_seconds + self.cpu_seconds_per_mib * size_bytes / MIB

    def wall_seconds_for(self, size_bytes: int) -> float:
        """Give the time by the clock: far more, since other processes use the machine too."""
        return 10 + 10 * self.cpu_seconds_for(size_bytes)

    def answer_limit(self, size_bytes: int) -> int:
        """Give the length, in bytes, beyond which an answer is not believed."""
        return self.answer_bytes + self.answer_times * size_bytes


LIMITS: dict[Task, Limits] = {
    Task.ROLL_CALL: Limits(memory_bytes=64 * MIB, memory_times=0, cpu_seconds=1, cpu_seconds_per_mib=0, answer_bytes=0),
    # A file of 2,000 honest pages is looked through, and a copy of it made, in about two seconds.
    Task.INSPECT: Limits(
        memory_bytes=224 * MIB, memory_times=6, cpu_seconds=8, cpu_seconds_per_mib=1, answer_bytes=MIB
    ),
    Task.MAKE_COPY: Limits(
        memory_bytes=384 * MIB,
        memory_times=8,
        cpu_seconds=20,
        cpu_seconds_per_mib=2,
        answer_bytes=64 * MIB,
        answer_times=4,
    ),
    Task.REHEARSAL_PDF: Limits(
        memory_bytes=64 * MIB, memory_times=0, cpu_seconds=2, cpu_seconds_per_mib=0, answer_bytes=MIB
    ),
    # A stray copy may be anything: a marked PDF of 2,000 pages is looked through in about a second.
    Task.TRACE: Limits(
        memory_bytes=224 * MIB, memory_times=4, cpu_seconds=5, cpu_seconds_per_mib=0.5, answer_bytes=16 * MIB
    ),
}

SAYABLE = frozenset(
    (
        Code.DOCUMENT_UNREADABLE,
        Code.DOCUMENT_TOO_LARGE,
        Code.DOCUMENT_TOO_COMPLEX,
        Code.DOCUMENT_NOT_INERT,
        Code.DOCUMENT_TYPE_DIFFERS,
    )
)
"""The codes a child may answer with. It has read a stranger's file, so whatever else it says is not believed."""
