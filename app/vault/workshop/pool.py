"""The workshop: a few child processes in which strangers' files are read, so that the service never reads one itself.

A library that a hostile file brings down, keeps busy or takes over, is alone in a process that can open nothing, reach
nobody, and is ended and replaced. Where no process can be had, nothing is read: there is no other way in.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NoReturn

from app.rules.errors import Code, Malformed, Unavailable
from app.vault.workshop.hand import Crashed, Hand, TooSlow
from app.vault.workshop.tasks import SAYABLE, Task

logger = logging.getLogger("pra.workshop")

HANDS = 2
TASKS_EACH = 500
"""After so many a process is replaced: what a library leaks is given back."""
TURN_SECONDS = 30
_DETAIL_LIMIT = 1000


class Workshop:
    """Child processes, started when first needed or by ``start``, and ended by ``close``. For many threads at once.

    Args:
        hands: How many processes; as many tasks run at once.
        tasks_each: After how many tasks a process is replaced.
        turn_seconds: How long a task waits for a free process.
    """

    def __init__(self, hands: int = HANDS, *, tasks_each: int = TASKS_EACH, turn_seconds: float = TURN_SECONDS) -> None:
        self._hands = hands
        self._tasks_each = tasks_each
        self._turn_seconds = turn_seconds
        self._turns = threading.BoundedSemaphore(hands)
        self._lock = threading.Lock()
        self._idle: list[Hand] = []
        self._all: set[Hand] = set()
        self._starter: ThreadPoolExecutor | None = None
        self._closed = False

    def start(self) -> None:
        """Start all processes beside whatever else the service does at its start; nobody waits for them here."""
        begun = [self._new_hand() for _ in range(self._hands - len(self._all))]
        with self._lock:
            self._idle.extend(begun)

    def close(self) -> None:
        """End all processes. Tasks that are under way are refused as unavailable; so are all that come later."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy, self._all = self._all.difference(idle), set()
            starter, self._starter = self._starter, None
        for hand in busy:  # whoever holds it meets the end of its pipe, and clears up
            hand.kill()
        for hand in idle:
            hand.end()
        if starter is not None:
            starter.shutdown()
        atexit.unregister(self.close)

    def do(self, task: Task, content: bytes, params: dict[str, Any]) -> bytes:
        """Have one task carried out.

        Args:
            task: Which one.
            content: The file.
            params: What else is asked, JSON-ready.

        Returns:
            What was made.

        Raises:
            Malformed: The file cannot be used: what the task itself says of it; code ``document_too_complex`` when it
                takes too long or too much memory; code ``document_unreadable`` when it brings the library down.
            Unavailable: There is no process to do it.
        """
        with self._hand() as hand:
            try:
                header, made = hand.do(task, content, params)
            except TooSlow:
                raise Malformed(
                    "The file takes too long to be read. Save it again in a simpler form, or split it.",
                    code=Code.DOCUMENT_TOO_COMPLEX,
                ) from None
            except Crashed:
                logger.error("a file brought down the process that did %s", task.value)
                raise Malformed("The file is broken; save it again.", code=Code.DOCUMENT_UNREADABLE) from None
            except ValueError:
                raise Unavailable("the process that reads documents said something that nobody understands") from None
            if header.get("code") == Code.DOCUMENT_TOO_COMPLEX.value:
                hand.done = self._tasks_each  # what is left of its memory would be missed by the next file
        if header.get("ok") is not True:
            _refuse(task, header)
        return made

    def check(self) -> str:
        """Have the smallest task done, and say in words what stands; for ``pra doctor``.

        Raises:
            Unavailable: There is no process to do it.
        """
        with self._hand() as hand:
            hand.do(Task.ROLL_CALL, b"", {})
            listed = hand.calls_listed
        walls = "no files, no network, few system calls" if listed else "no files, no network; all system calls"
        return f"{self._hands} processes read documents ({walls})"

    @contextmanager
    def _hand(self) -> Iterator[Hand]:
        """Lend a process. An exception leaves it in a state that nobody knows, so it is then replaced."""
        if not self._turns.acquire(timeout=self._turn_seconds):
            raise Unavailable("every process that reads documents is busy")
        try:
            hand = self._take()
            try:
                yield hand
            except BaseException:
                self._drop(hand)
                raise
            self._give_back(hand)
        finally:
            self._turns.release()

    def _take(self) -> Hand:
        while True:
            with self._lock:
                if self._closed:
                    raise Unavailable("the service is ending")
                hand = self._idle.pop() if self._idle else None
            if hand is None:
                return self._new_hand()
            if hand.lives():
                return hand
            self._drop(hand)

    def _give_back(self, hand: Hand) -> None:
        if hand.done >= self._tasks_each:
            self._drop(hand)
            return
        with self._lock:
            if not self._closed:
                self._idle.append(hand)

    def _drop(self, hand: Hand) -> None:
        hand.end()
        with self._lock:
            self._all.discard(hand)

    def _new_hand(self) -> Hand:
        """Start a process from a thread that stays: the kernel ends a child with the very thread that started it."""
        with self._lock:
            if self._closed:
                raise Unavailable("the service is ending")
            if self._starter is None:
                self._starter = ThreadPoolExecutor(1, thread_name_prefix="pra-workshop")
                atexit.register(self.close)
            starter = self._starter
        try:
            hand = starter.submit(Hand).result()
        except (OSError, RuntimeError) as error:
            raise Unavailable("no process that reads documents can be started") from error
        if not self._keeps(hand):
            hand.end()
            raise Unavailable("the service is ending")
        return hand

    def _keeps(self, hand: Hand) -> bool:
        """Count a process among ours; false when we were closed while it was starting."""
        with self._lock:
            if not self._closed:
                self._all.add(hand)
            return not self._closed


def _refuse(task: Task, header: dict[str, Any]) -> NoReturn:
    """Raise what a child says, as far as it may say it."""
    code = next((known for known in SAYABLE if known.value == header.get("code")), None)
    if code is None:
        raise Unavailable("the process that reads documents said something that nobody understands")
    if "unforeseen" in header:
        logger.error("%s met %s, which nobody foresaw", task.value, str(header["unforeseen"])[:80])
        raise Malformed("The file is broken; save it again.", code=code)
    raise Malformed(str(header.get("detail", ""))[:_DETAIL_LIMIT], code=code)
