"""What this process keeps for a few seconds: published answers, how often each network asked, what a neighbour said.

It lies in memory: what everybody may read, asked for by everybody at 9:30, costs the database one look every second or
so, and whoever asks without end costs it nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from app.audit.entries import EntryKind

ANSWERS, ANSWER_BYTES = 256, 256 * 1024  # 64 MiB at most
NETWORKS = 50_000
WINDOW_SECONDS = 60.0
SAID_SECONDS = 5.0
_TOLD_SECONDS = 60.0
NOT_KNOWN = "not known yet"

_QUIET = frozenset(
    {
        EntryKind.ACCESS_DECIDED,
        EntryKind.ACTION_REFUSED,
        EntryKind.CLOCK_CHECKED,
        EntryKind.CONTINGENCY_READ,
        EntryKind.COPY_OUTCOME,
        EntryKind.COPY_STARTED,
        EntryKind.LOG_CHECKED,
        EntryKind.LOG_READ,
        EntryKind.NOTICE_BOUNCED,
        EntryKind.NOTICE_DELIVERED,
        EntryKind.NOTICE_FAILED,
        EntryKind.NOTICE_QUEUED,
        EntryKind.NOTICE_SENT,
        EntryKind.NOTICES_TAKEN,
        EntryKind.OPENING_ENDED,
        EntryKind.PAGE_PROBED,
        EntryKind.PASSPHRASE_REVEALED,
        EntryKind.PREPARED_TEXT_READ,
        EntryKind.PREPARED_TEXT_TAKEN,
        EntryKind.REFUSALS_FOLDED,
        EntryKind.REQUEST_REFUSED,
        EntryKind.REVEAL_REFUSED,
        EntryKind.SIGN_IN_CODE_ASKED,
        EntryKind.SIGN_IN_REFUSED,
        EntryKind.SIGNED_IN,
        EntryKind.SIGNED_OUT,
        EntryKind.TOKEN_ISSUED,
        EntryKind.TOKEN_REFUSED,
        EntryKind.WEBHOOK_CHANGED,
        EntryKind.WEBHOOK_FAILED,
        EntryKind.WEBHOOK_MADE,
        EntryKind.WEBHOOK_QUEUED,
        EntryKind.WEBHOOK_SENT,
        EntryKind.WEBHOOK_STOPPED,
        EntryKind.WEBHOOKS_TAKEN,
    }
)


def may_alter_what_is_public(kinds: Iterable[EntryKind]) -> bool:
    """Say whether a transaction that logged this may have changed something everybody can read.

    Named are those that cannot, which are also the frequent ones; so a kind that is added later empties the shelf.
    """
    return not _QUIET.issuperset(kinds)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was made.

    Attributes:
        tag: Its ETag, with the quotation marks.
        headers: What it says beside its body, such as its media type.
        made_at, until: Seconds of the process's counter; from ``until`` on it is given no more.
    """

    body: bytes
    tag: str
    headers: tuple[tuple[str, str], ...]
    made_at: float
    until: float


class Shelf:
    """The answers this process keeps, each until its time is over or something public may have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Hashable, Kept] = {}
        self._in_making: dict[Hashable, float] = {}
        self._emptied = 0

    def find(self, key: Hashable, seconds: float) -> Kept | None:
        """Find an answer that may still be given.

        In the second half of its time one asker is sent to make it anew, and the others get the kept one meanwhile: at
        9:30 they would otherwise all go at once.

        Args:
            seconds: The process's counter now.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or seconds >= kept.until:
                return None
            half = (kept.until - kept.made_at) / 2
            begun = self._in_making.get(key)
            if seconds < kept.made_at + half or (begun is not None and seconds < begun + half):
                return kept
            self._in_making[key] = seconds
            return None

    def mark(self) -> int:
        """Tell how often it was emptied; to be asked before an answer is looked up, and handed to ``keep``."""
        with self._lock:
            return self._emptied

    def keep(self, key: Hashable, kept: Kept, mark: int) -> None:
        """Keep an answer, unless something may have changed since it was looked up, or it is large."""
        with self._lock:
            self._in_making.pop(key, None)
            if mark != self._emptied or len(kept.body) > ANSWER_BYTES:
                return
            self._kept.pop(key, None)
            while len(self._kept) >= ANSWERS:
                oldest = next(iter(self._kept))
                self._kept.pop(oldest)
                self._in_making.pop(oldest, None)
            self._kept[key] = kept

    def empty(self) -> None:
        """Forget everything: something public may have changed."""
        with self._lock:
            self._emptied += 1
            self._kept.clear()
            self._in_making.clear()


class Crowd:
    """How often each network has asked within the minute. It is known by its keyed hash, and forgotten at its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = float("-inf")
        self._asked: Counter[str] = Counter()

    def wait_seconds(self, network_hash: str, seconds: float, limit: int) -> float:
        """Count a request, and say how long its network must wait; 0 while it may ask.

        Beyond so many networks in one minute those that are new are not counted; there is an end to the memory.
        """
        with self._lock:
            if not 0 <= seconds - self._begun < WINDOW_SECONDS:
                self._begun = seconds
                self._asked.clear()
            if network_hash in self._asked or len(self._asked) < NETWORKS:
                self._asked[network_hash] += 1
            if self._asked[network_hash] <= limit:
                return 0
            return self._begun + WINDOW_SECONDS - seconds


class LastSaid:
    """What another program last answered, for those who may not make others wait for it.

    What it said is told for five seconds, that it failed too, and for a minute to whoever comes while it is asked
    again. What is older is not known.
    """

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._outcome: tuple[float, str, Exception | None] | None = None

    def ask(self, check: Callable[[], str], now_seconds: Callable[[], float]) -> str:
        """Give what it answers: asked by one caller at a time, and again after five seconds at the earliest.

        Args:
            check: Asks it, and gives a word.
            now_seconds: A monotonic counter.

        Returns:
            The word, or ``not known yet``.

        Raises:
            Exception: What the check raised, for as long as its word would be told.
        """
        outcome = self._outcome_within(SAID_SECONDS, now_seconds())
        if outcome is None and self._asking.acquire(blocking=False):
            try:
                outcome = self._outcome_within(SAID_SECONDS, now_seconds()) or self._asked(check, now_seconds)
            finally:
                self._asking.release()
        outcome = outcome or self._outcome_within(_TOLD_SECONDS, now_seconds())
        if outcome is None:
            return NOT_KNOWN
        _, said, problem = outcome
        if problem is not None:
            raise problem
        return said

    def _asked(self, check: Callable[[], str], now_seconds: Callable[[], float]) -> tuple[float, str, Exception | None]:
        said, problem = NOT_KNOWN, None
        try:
            said = check()
        except Exception as error:  # noqa: BLE001  # deliberate: it is told to whoever asks within these seconds
            problem = error
        self._outcome = (now_seconds(), said, problem)
        return self._outcome

    def _outcome_within(self, seconds: float, now: float) -> tuple[float, str, Exception | None] | None:
        outcome = self._outcome
        return outcome if outcome is not None and now - outcome[0] < seconds else None
