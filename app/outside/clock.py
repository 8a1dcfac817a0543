"""The one place that reads a clock. Everything else takes the instant as an argument.

Trust line: an attacker who can set the clock can open a window early. So the clock is compared with references where
there are any (the database server's clock, a web server's ``Date``), with the last instant the log holds, and with
the machine's monotonic counter; when they disagree, nothing is served.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.rules.errors import ClockWrong
from app.rules.reasons import instant_text, utc

Reference = Callable[[], datetime]

TOLERANCE = timedelta(seconds=2)  # an HTTP Date header is whole seconds; proof.md asks for 1 s where it can be had
DRIFT = timedelta(seconds=1)
ASKED_EVERY_SECONDS = 1.0  # the source, at most; counted on between
_PROMPT_SECONDS = 0.25  # an answer that took longer is too far behind to count on from


@dataclass
class SystemClock:
    """The machine's clock, watched.

    Attributes:
        references: Other clocks, by name; each gives an aware instant or raises.
        source: Where instants come from; the database server's clock when there is one, else the machine's. It is
            asked at most once a second: between, the machine's counter is added to what it said last. That is never
            ahead of it, as the counting begins when the answer is there.
    """

    references: dict[str, Reference] = field(default_factory=dict)
    source: Reference | None = None
    _anchor: tuple[float, datetime] | None = None
    _told: tuple[float, datetime] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """Give the present instant, aware UTC.

        Raises:
            ClockWrong: The wall clock has jumped against the monotonic counter since the last check.
        """
        counted_on = self._counted_on()
        if counted_on is None:
            return self._asked()
        self._compare_with_monotonic(counted_on)
        return counted_on

    def _asked(self) -> datetime:
        begun = _counter()
        at = utc(self.source()) if self.source else datetime.now(UTC)
        then = _counter()
        self._compare_with_monotonic(at)
        if self.source is not None and then - begun < _PROMPT_SECONDS:
            self._keep(then, at)
        return at

    def _keep(self, then: float, at: datetime) -> None:
        """Count on from an answer that was right and came promptly, unless one from which to count is further on."""
        with self._lock:
            told = self._told
            if told is not None and then - told[0] < ASKED_EVERY_SECONDS and at - told[1] < _seconds(then - told[0]):
                return
            self._told = (then, at)

    def _counted_on(self) -> datetime | None:
        """Give what the source would say now, from what it said less than a second ago; None where that is too old."""
        told = self._told
        if told is None:
            return None
        then, at = told
        passed = _counter() - then
        return at + _seconds(passed) if 0 <= passed < ASKED_EVERY_SECONDS else None

    def monotonic_seconds(self) -> float:
        """Give seconds of a counter that never goes back; only differences mean anything."""
        return time.monotonic()

    def check(self, not_before: datetime | None = None) -> dict[str, str]:
        """Compare the clock with every reference, and say the offsets, as evidence for the log.

        Args:
            not_before: The newest instant in the log, which the present cannot precede.

        Returns:
            Offset in milliseconds by reference, as text.

        Raises:
            ClockWrong: An offset is beyond the tolerance, a reference does not answer, or time has gone back.
        """
        at = self._asked()
        if not_before is not None and at < not_before - DRIFT:
            raise ClockWrong(
                f"the clock says {instant_text(at)}, but the log already holds an entry of {instant_text(not_before)}"
            )
        offsets = {}
        for name, reference in self.references.items():
            offset = self._offset(name, reference)
            offsets[name] = str(round(offset.total_seconds() * 1000))
            if abs(offset) > TOLERANCE:
                raise ClockWrong(
                    f"the clock differs from {name} by {offset.total_seconds():.1f} seconds",
                    difference_ms=round(offset.total_seconds() * 1000),
                )
        return offsets

    def _offset(self, name: str, reference: Reference) -> timedelta:
        try:
            return datetime.now(UTC) - utc(reference())
        except Exception as error:
            raise ClockWrong(f"the time reference {name} does not answer") from error

    def _compare_with_monotonic(self, at: datetime) -> None:
        with self._lock:
            counter = time.monotonic()
            if self._anchor is None:
                self._anchor = (counter, at)
                return
            then, anchored_at = self._anchor
            expected = anchored_at + timedelta(seconds=counter - then)
            if abs(at - expected) > DRIFT:
                raise ClockWrong(
                    f"the clock moved by {(at - expected).total_seconds():+.1f} seconds against the machine's counter; "
                    "restart the service once the clock is right"
                )
            if counter - then > 60:  # follow a slow, lawful correction; a jump is seen between two readings
                self._anchor = (counter, at)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _counter() -> float:
    """Give seconds of a counter that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class ScriptedClock:
    """A clock that stands where it was put. Only the demo's own wiring may have one."""

    def __init__(self, at: datetime) -> None:
        self._at = utc(at)

    def now(self) -> datetime:
        """Give the instant the clock was put to."""
        return self._at

    def put(self, at: datetime) -> None:
        """Put the clock to an instant; it only ever goes forward.

        Raises:
            ClockWrong: The instant lies before the present one.
        """
        if utc(at) < self._at:
            raise ClockWrong("a scripted clock goes forward only")
        self._at = utc(at)

    def monotonic_seconds(self) -> float:
        """Give the real counter: running downloads are re-checked in real time."""
        return time.monotonic()

    def check(self, not_before: datetime | None = None) -> dict[str, str]:
        """A scripted clock is trusted by those who scripted it; it is never behind the log."""
        if not_before is not None and self._at < not_before:
            raise ClockWrong("the scripted clock is behind the log")
        return {"scripted": "0"}


def machine_seconds() -> int:
    """Give seconds since 1970, by this machine's clock. A witness goes by it, and sees that it never goes back."""
    return int(datetime.now(UTC).timestamp())
