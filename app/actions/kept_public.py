"""What this process keeps of releases made public by the service itself: which there are, their bytes, how often read.

At 9:30 everybody asks at once. So the database is asked once a second, whoever asks; a document is unsealed once; and
its readers are counted here, and stand in the log as one entry a minute. Nothing here is a secret any more, but what is
older than its second is not given: whoever cannot ask the database again serves nothing.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakSet

FRESH_SECONDS = 1.0
FAILED_SECONDS = 1.0
"""For how long a failure is told again without trying: a crowd must not wear out what has just failed."""
DAMAGED_SECONDS = 30.0
"""The same, where a document was found damaged: reading it through again may take a while, and each reader asks."""
SHORT_OF = 8
"""A document of an eighth of what may be held, or less, finds room beside long ones that hang, or are still sent."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the records said at one instant.

    Attributes:
        at: That instant, by which every permit in it was given. Aware, UTC.
        begun: The process's counter when the records were asked.
        releases: What is or was shown, by the release's id, the newest first.
    """

    at: datetime
    begun: float
    releases: Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    """How often one document was read since the last count.

    Attributes:
        whole, parts, unchanged, cut: Answers with all of it, with a part, with “you have it”, and those that broke off.
        sent_bytes: Handed to the network.
    """

    release_id: str
    document_id: str
    counts: Counter[str] = field(default_factory=Counter)
    sent_bytes: int = 0


class Body:
    """A document's bytes in memory, for as long as anybody holds them, sends them, or is reading them in."""

    __slots__ = ("__weakref__", "data")

    def __init__(self, length: int) -> None:
        self.data = bytearray(length)  # at once where it stays: joining pieces held it twice


class PublicDesk:
    """What this process knows of the releases that the service itself has made public. Asked from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._forgotten = 0
        self._failed: dict[str, tuple[float, float, BaseException]] = {}
        self._bodies: OrderedDict[str, Body] = OrderedDict()
        self._alive: WeakSet[Body] = WeakSet()
        self._damaged: set[str] = set()
        self._readings: dict[str, Reading] = {}
        self._under_way: Counter[str] = Counter()

    # -- which there are ------------------------------------------------------------------------------------------

    def snapshot(self, seconds: float) -> Snapshot | None:
        """Give what the records said within the last second; None where they must be asked again."""
        kept = self._snapshot
        return kept if kept is not None and 0 <= seconds - kept.begun < FRESH_SECONDS else None

    def mark(self) -> int:
        """Tell how often it was forgotten; to be asked before the records are, and handed to ``keep``."""
        with self._lock:
            return self._forgotten

    def keep(self, snapshot: Snapshot, permitted: frozenset[str], mark: int) -> None:
        """Keep what the records say, and let go of the bytes of what may not be given any more.

        Args:
            permitted: Hashes of the documents that everybody may have.
        """
        with self._lock:
            for sha256 in [one for one in self._bodies if one not in permitted]:
                del self._bodies[sha256]
            if mark == self._forgotten:
                self._snapshot = snapshot

    def forget(self) -> None:
        """Ask the records again before anything more is given: a decision may have changed."""
        with self._lock:
            self._forgotten += 1
            self._snapshot = None

    # -- what failed -----------------------------------------------------------------------------------------------

    def failed(self, what: str, seconds: float) -> BaseException | None:
        """Give the error with which this failed a moment ago; None where it is worth trying."""
        found = self._failed.get(what)
        return found[2] if found is not None and 0 <= seconds - found[0] < found[1] else None

    def fail(self, what: str, seconds: float, error: BaseException, for_seconds: float = FAILED_SECONDS) -> None:
        """Keep for a while that this has just failed."""
        with self._lock:
            if len(self._failed) > 100:
                self._failed.clear()
            self._failed[what] = (seconds, for_seconds, error)

    def is_damaged(self, sha256: str) -> bool:
        """Say whether a document was found damaged, however long ago, and has not been read through whole since."""
        return sha256 in self._damaged

    def found(self, sha256: str, *, damaged: bool) -> None:
        """Keep that a document was found damaged, or was read through whole."""
        with self._lock:
            (self._damaged.add if damaged else self._damaged.discard)(sha256)

    # -- bytes -------------------------------------------------------------------------------------------------------

    def body(self, sha256: str) -> Body | None:
        """Give a document's bytes, where they are held."""
        with self._lock:
            if sha256 in self._bodies:
                self._bodies.move_to_end(sha256)
            return self._bodies.get(sha256)

    def room(self, length: int, limit_bytes: int) -> Body | None:
        """Give an empty place in memory for a document's bytes.

        Held documents that nobody is being sent make room, those asked for longest ago first. What is held, being read
        in, or still sent to somebody is never more than ``limit_bytes``; short documents may take as much again, so
        that long ones which hang, or which slow readers keep, do not keep every other from its readers.

        Args:
            length: Of the document, in bytes.
            limit_bytes: How many may be held.

        Returns:
            The place, or None where there is no room for it.
        """
        most = limit_bytes if length > limit_bytes // SHORT_OF else 2 * limit_bytes
        with self._lock:
            idle = [one for one in self._bodies if not self._under_way[sent(one)]]
            if self._bytes_alive() - sum(len(self._bodies[one].data) for one in idle) + length > most:
                return None  # nothing is let go in vain
            for sha256 in idle:
                if self._bytes_alive() + length <= limit_bytes:
                    break
                del self._bodies[sha256]
            if self._bytes_alive() + length > most:
                return None
            body = Body(length)
            self._alive.add(body)
            return body

    def hold(self, sha256: str, body: Body) -> None:
        """Hold a document's bytes, in the place that ``room`` gave."""
        with self._lock:
            self._bodies[sha256] = body

    def bytes_alive(self) -> int:
        """Give how many bytes of documents lie in memory: held, being read in, or still sent to somebody."""
        with self._lock:
            return self._bytes_alive()

    def _bytes_alive(self) -> int:
        return sum(len(body.data) for body in self._alive)

    # -- readers -----------------------------------------------------------------------------------------------------

    def enter(self, how: str, limit: int) -> bool:
        """Count somebody who is being sent a document in one way; says whether there is a place."""
        with self._lock:
            if self._under_way[how] >= limit:
                return False
            self._under_way[how] += 1
            return True

    def leave(self, how: str) -> None:
        """Give the place back."""
        with self._lock:
            self._under_way[how] -= 1
            if not self._under_way[how]:
                del self._under_way[how]  # some are named after a network, of which there is no end

    def count(self, release_id: str, document_id: str, how: str, sent_bytes: int) -> None:
        """Count an answer about a document.

        Args:
            how: ``whole``, ``part``, ``unchanged``, ``cut`` or ``busy``.
        """
        with self._lock:
            reading = self._readings.setdefault(document_id, Reading(release_id, document_id))
            reading.counts[how] += 1
            reading.sent_bytes += sent_bytes

    def take(self) -> tuple[Reading, ...]:
        """Take out what was counted; whoever takes it must write it, or put it back."""
        with self._lock:
            taken, self._readings = tuple(self._readings.values()), {}
            return taken

    def put_back(self, readings: tuple[Reading, ...]) -> None:
        """Keep what could not be written; it goes into the next entry."""
        with self._lock:
            for one in readings:
                reading = self._readings.setdefault(one.document_id, Reading(one.release_id, one.document_id))
                reading.counts += one.counts
                reading.sent_bytes += one.sent_bytes


def sent(sha256: str) -> str:
    """Give the name under which the readers who are being sent a held document are counted."""
    return f"sent {sha256}"
