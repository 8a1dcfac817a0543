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
        most_each: How many of these may be one person's.
    """

    def __init__(self, at_once: int, most_waiting: int, most_each: int) -> None:
        self._lock = threading.Lock()
        self._free = at_once
        self._most_waiting = most_waiting
        self._most_each = most_each
        self._waiting: deque[threading.Event] = deque()
        self._whose: dict[threading.Event, str] = {}

    def take(self, seconds: float, who: str = "") -> bool:
        """Take a turn, which must be given back.

        Args:
            seconds: How long to wait for one at most.
            who: For whom; empty where it is for nobody in particular.

        Returns:
            Whether there was any waiting, so that what was found out before may be out of date.

        Raises:
            Busy: There was none in that time, or too many wait already, of all or of this person's.
        """
        with self._lock:
            if self._free:
                self._free -= 1
                return False
            theirs = sum(who == other for other in self._whose.values()) if who else 0
            if len(self._waiting) >= self._most_waiting or theirs >= self._most_each:
                raise _busy()
            mine = threading.Event()
            self._waiting.append(mine)
            self._whose[mine] = who
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
                del self._whose[mine]
            return mine.is_set()

    def give_back(self) -> None:
        """Give a turn to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                first = self._waiting.popleft()
                del self._whose[first]
                first.set()
            else:
                self._free += 1


def _busy() -> Busy:
    return Busy(
        "The service is reading documents and making copies as fast as it can, and others asked first. Nothing was "
        f"done, and nothing is lost: try again in {RETRY_AFTER_SECONDS} seconds.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
