"""Twins of the outside that fail: before they have done something, after they have done it, or with the process itself.

``BEFORE``: it was not done, and we are told so. ``AFTER``: it was done, and we are told that it was not. ``DIES``: it
was done, and the process is killed before it can take note.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.actions.tools import Tools
from app.audit.tiles import TileFolder
from app.changes import Watch
from app.database import Database
from app.rules.errors import Unavailable
from app.vault.shelf import Store, StoredSource

BEFORE, AFTER, DIES = "before", "after", "dies"
FAULTS = (BEFORE, AFTER, DIES)


def fault_happens(fault: str, words: str) -> None:
    """Fail with an error of the disk or the network; or kill this process, as the kernel or a power cut would."""
    if fault == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    raise OSError(words)


class FailingDatabase(Database):
    """The same database, reached by connections of its own. One of its next writes fails at the commit."""

    def __init__(self, url: str, fault: str, *, write_number: int = 1) -> None:
        """Take a database by its address; ``write_number`` says which write fails, counted from 1."""
        super().__init__(url)
        self.fault = fault
        self.left = write_number

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Watch]]:
        self.left -= 1
        due = self.left == 0
        try:
            with super().write() as opened:
                yield opened
                if due and self.fault == BEFORE:
                    fault_happens(BEFORE, "disk I/O error")
            if due:
                fault_happens(self.fault, "the answer was lost")
        except OSError as error:
            raise Unavailable("the database did not answer in time") from error


@dataclass
class FailingStore:
    """A real store whose next object fails, stored or replaced."""

    store: Store
    fault: str
    at_object: int = 1

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        return self._stored(self.store.put, name, chunks)

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        return self._stored(self.store.replace, name, chunks)

    def _stored(self, store: Callable[[str, Iterable[bytes]], int], name: str, chunks: Iterable[bytes]) -> int:
        self.at_object -= 1
        if self.at_object == 0 and self.fault == BEFORE:
            raise Unavailable("the disk is full")
        stored_bytes = store(name, chunks)
        if self.at_object == 0:
            try:
                fault_happens(self.fault, "the answer was lost")
            except OSError as error:
                raise Unavailable("the store did not answer") from error
        return stored_bytes

    def open(self, name: str) -> StoredSource:
        return self.store.open(name)

    def remove(self, name: str) -> None:
        self.store.remove(name)


@dataclass
class FailingMail:
    """A mail system whose next letter fails; ``carried`` takes what really went."""

    carried: Callable[[str], None]
    fault: str

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> None:
        if self.fault != BEFORE:
            self.carried(message_id)
        fault_happens(self.fault, "the mail system does not answer")


class FailingTiles(TileFolder):
    """A real folder of tiles in which one step fails: ``write_range``, ``write_checkpoint`` or ``remove_outgrown``."""

    def __init__(self, folder: TileFolder, step: str, fault: str) -> None:
        """Take a folder, the step that fails, and how."""
        super().__init__(folder.folder)
        self._step = step
        self._fault = fault

    def write_range(self, old_size: int, new_leaf_hashes: Sequence[bytes], new_entries: Sequence[bytes]) -> int:
        with self._failing("write_range"):
            return super().write_range(old_size, new_leaf_hashes, new_entries)

    def write_checkpoint(self, note: str) -> None:
        with self._failing("write_checkpoint"):
            super().write_checkpoint(note)

    def remove_outgrown(self, size: int, since: int = 0) -> None:
        with self._failing("remove_outgrown"):
            super().remove_outgrown(size, since)

    @contextmanager
    def _failing(self, step: str) -> Iterator[None]:
        due = step == self._step
        if due and self._fault == BEFORE:
            fault_happens(BEFORE, "No space left on device")
        yield
        if due:
            fault_happens(self._fault, "Input/output error")


def killed(act: Callable[[], object]) -> bool:
    """Carry something out in a process of its own; says whether it was killed with ``SIGKILL``.

    The child begins with what this process holds, so it makes connections of its own (``anew``).
    """
    return waited_for(begun(act)) == signal.SIGKILL


def begun(act: Callable[[], object]) -> int:
    """Begin to carry something out in a process of its own; gives its id."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid


def waited_for(pid: int) -> int:
    """Wait until a process of ours ends; gives the signal that killed it, or 0."""
    patience = time.monotonic() + 60
    while time.monotonic() < patience:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended == pid:
            return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError("the other process did not end")


def anew(tools: Tools, **changes: Any) -> Tools:
    """The same tools with connections of their own, as another process has; and with what else is given."""
    return replace(tools, **{"database": Database(tools.database.url), **changes})


def files_holding(folder: Path, *plaintexts: bytes) -> list[str]:
    """Names of the files under a folder that hold one of these plaintexts."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.name for path in files if any(plain in path.read_bytes() for plain in plaintexts)]
