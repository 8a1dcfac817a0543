"""Whose turn it is: so many at once, and the others in the order in which they came, for a bounded time."""

from __future__ import annotations

import threading
from collections import deque

from app.rules.errors import Busy

RETRY_AFTER_SECONDS = 15


class Turns:
    """Turns at something that only so many can do at once. For many threads.

    A turn that is given back goes straight to whoever has waited longest, so that nobody who comes later can take it.

    Args:
        at_once: How many turns there are.
        most_waiting: How many may wait for one; whoever comes then is told so at once.
    """

    def __init__(self, at_once: int, most_waiting: int) -> None:
        self._lock = threading.Lock()
        self._free = at_once
        self._most_waiting = most_waiting
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Take a turn, which must be given back.

        Args:
            seconds: How long to wait for one at most.

        Returns:
            Whether there was any waiting, so that what was found out before may be out of date.

        Raises:
            Busy: There was none in that time, or too many wait already.
        """
        with self._lock:
            if self._free:
                self._free -= 1
                return False
            if len(self._waiting) >= self._most_waiting:
                raise _busy()
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            mine.wait(seconds)
        except BaseException:
            if self._has_come(mine):
                self.give_back()
            raise
        if not self._has_come(mine):
            raise _busy()
        return True

    def _has_come(self, mine: threading.Event) -> bool:
        """Say whether a turn has come; where it has not, nobody waits for it any more."""
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
            return mine.is_set()

    def give_back(self) -> None:
        """Give a turn to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


def _busy() -> Busy:
    return Busy(
        "The service is reading documents and making copies as fast as it can, and others asked first. Nothing was "
        f"done, and nothing is lost: try again in {RETRY_AFTER_SECONDS} seconds.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
