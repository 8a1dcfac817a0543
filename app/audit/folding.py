"""Refusals of people we do not know: the first of each minute are entries of their own, the others are counted.

Whoever sends rubbish without signing in would otherwise write an entry with each request, for as long as they like.
What is counted here becomes one entry when its minute is over. It lies in the memory of this process until then, so
what a crash takes with it is the counts of about a minute, and never a decision about anybody.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

KINDS_NAMED = 10  # an entry is at most 4 KiB
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MINUTE = timedelta(minutes=1)


class RefusalKind(NamedTuple):
    """What a refusal is counted as: only words of ours, so that a stranger cannot make up more of them."""

    code: str
    method: str
    route: str


@dataclass(frozen=True, slots=True)
class Folded:
    """What was counted. ``from_at`` and ``until_at`` are whole minutes, aware UTC."""

    from_at: datetime
    until_at: datetime
    counts: Counter[RefusalKind]

    def said(self) -> dict[str, object]:
        """Write it for an entry: how many, and of which kinds, the most frequent first."""
        ranked = sorted(self.counts.items(), key=lambda one: (-one[1], one[0]))
        named = [{**kind._asdict(), "count": count} for kind, count in ranked[:KINDS_NAMED]]
        return {"count": self.counts.total(), "kinds": named, "kinds_more": len(ranked) - len(named)}


def kind_of(code: str, method: str, route: str) -> RefusalKind:
    """Give the kind of a refusal.

    Args:
        code: The problem's code.
        method: As it was sent; one that HTTP does not know is a stranger's own word, and is not kept.
        route: The route's template.
    """
    return RefusalKind(code, method if method in METHODS else "other", route)


class Refusals:
    """The refusals of strangers in this process, minute by minute. Requests come from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute: datetime | None = None
        self._own = 0
        self._counting: Counter[RefusalKind] = Counter()
        self._over: Folded | None = None

    def counted(self, kind: RefusalKind, at: datetime, *, entries_per_minute: int) -> bool:
        """Count a refusal, unless it is among the first of its minute, which are entries of their own.

        Args:
            at: When it was refused.
            entries_per_minute: How many of a minute are entries of their own.

        Returns:
            Whether it was counted, and so needs no entry.
        """
        with self._lock:
            self._begin(at)
            if self._own < entries_per_minute:
                self._own += 1
                return False
            self._counting[kind] += 1
            return True

    def take(self, at: datetime, *, unfinished: bool = False) -> Folded | None:
        """Take out what was counted in minutes that are over; whoever takes it must write it, or put it back.

        Args:
            at: The present instant.
            unfinished: The present minute as well: the process is about to end.
        """
        with self._lock:
            self._begin(at)
            if unfinished:
                self._close()
            taken, self._over = self._over, None
            return taken

    def put_back(self, folded: Folded) -> None:
        """Keep what could not be written; it goes into the next entry."""
        with self._lock:
            self._add(folded)

    def _begin(self, at: datetime) -> None:
        minute = at.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._close()
            self._minute, self._own = minute, 0

    def _close(self) -> None:
        if self._counting and self._minute is not None:
            self._add(Folded(self._minute, self._minute + _MINUTE, self._counting))
        self._counting = Counter()

    def _add(self, folded: Folded) -> None:
        if self._over is None:
            self._over = folded
            return
        self._over = Folded(
            min(self._over.from_at, folded.from_at),
            max(self._over.until_at, folded.until_at),
            self._over.counts + folded.counts,
        )
