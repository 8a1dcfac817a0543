"""The workshop: child processes in which strangers' files are read, so that the service never reads one itself.

A library that a hostile file brings down, keeps busy or takes over, is alone in a process that can open nothing, reach
nobody, and is ended after that one task: it never sees another file. A few processes stand ready that have seen nothing
yet. Where no process can be had, nothing is read: there is no other way in.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from app.rules.errors import Code, Malformed, Unavailable
from app.vault.workshop.hand import Crashed, Hand, TooSlow
from app.vault.workshop.tasks import SAYABLE, Task
from app.vault.workshop.turns import Turns

logger = logging.getLogger("pra.workshop")

HANDS = 2
TURN_SECONDS = 30
MOST_WAITING = 64
"""As many as a long list has people: they all may ask in the same minute."""
MOST_WAITING_EACH = 8
"""As many documents as one person may well ask for at once; whoever asks for more does not fill the line for others."""
_DETAIL_LIMIT = 1000


class Turn:
    """Leave to have tasks carried out, one after the other; given by ``Workshop.turn``.

    Attributes:
        waited: It did not come at once, so that what was found out before may be out of date.
    """

    def __init__(self, workshop: Workshop, *, waited: bool) -> None:
        self._workshop = workshop
        self.waited = waited

    def do(self, task: Task, content: bytes, params: dict[str, Any]) -> bytes:
        """Have one task carried out, in a process that does this and nothing else.

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
        with self._workshop.fresh_hand() as hand:
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
        if header.get("ok") is not True:
            _refuse(task, header)
        return made


class Workshop:
    """Gives each task a child process of its own. For many threads at once.

    Args:
        hands: How many tasks run at once; once started, as many further processes stand ready for the next.
        turn_seconds: How long a task waits for its turn.
        most_waiting: How many may wait.

    Attributes:
        most_within: How many can be here at once, at work or waiting.
    """

    def __init__(
        self, hands: int = HANDS, *, turn_seconds: float = TURN_SECONDS, most_waiting: int = MOST_WAITING
    ) -> None:
        self._hands = hands
        self._turn_seconds = turn_seconds
        self._turns = Turns(hands, most_waiting, MOST_WAITING_EACH)
        self.most_within = hands + most_waiting
        self._lock = threading.Lock()
        self._spares: deque[Hand] = deque()
        self._all: set[Hand] = set()
        self._most_spares = 0
        self._coming = 0
        self._starter: ThreadPoolExecutor | None = None
        self._closed = False

    def start(self) -> None:
        """Keep processes ready from now on. They start beside whatever else is done; nobody waits for them here."""
        self._most_spares = self._hands
        self._make_up()

    def close(self) -> None:
        """End all processes. Tasks that are under way are refused as unavailable; so are all that come later."""
        with self._lock:
            self._closed = True
            spares = list(self._spares)
            self._spares.clear()
            busy, self._all = self._all.difference(spares), set()
            starter, self._starter = self._starter, None
        for hand in busy:  # whoever holds it meets the end of its pipe, and clears up
            hand.kill()
        for hand in spares:
            hand.end()
        if starter is not None:
            starter.shutdown()
        atexit.unregister(self.close)

    @contextmanager
    def turn(self, who: str = "") -> Iterator[Turn]:
        """Wait for a turn and hold it. Nothing has been started by then, so whoever is turned away has lost nothing.

        Args:
            who: For whom, where it is for one person.

        Raises:
            Busy: None came in time, or too many wait already, of all or of this person's.
        """
        waited = self._turns.take(self._turn_seconds, who)
        try:
            yield Turn(self, waited=waited)
        finally:
            self._turns.give_back()

    def do(self, task: Task, content: bytes, params: dict[str, Any]) -> bytes:
        """Wait for a turn, and have one task carried out.

        Args:
            task: Which one.
            content: The file.
            params: What else is asked, JSON-ready.

        Returns:
            What was made.

        Raises:
            Busy: No turn came in time.
            Malformed, Unavailable: As ``Turn.do`` says.
        """
        with self.turn() as turn:
            return turn.do(task, content, params)

    def check(self) -> str:
        """Have the smallest task done, and say in words what stands; for ``pra doctor``.

        Raises:
            Busy: No turn came in time.
            Unavailable: There is no process to do it.
        """
        with self.turn(), self.fresh_hand() as hand:
            try:
                hand.do(Task.ROLL_CALL, b"", {})
            except (TooSlow, Crashed, ValueError):
                raise Unavailable("the process that reads documents cannot do the smallest task") from None
            listed = hand.calls_listed
        walls = "no files, no network, few system calls" if listed else "no files, no network; all system calls"
        return f"each document is read in a process of its own, {self._hands} at once ({walls})"

    @contextmanager
    def fresh_hand(self) -> Iterator[Hand]:
        """Lend a process that has done nothing yet, and end it afterwards. For whoever holds a turn.

        Raises:
            Unavailable: None can be had.
        """
        hand = self._take()
        try:
            yield hand
        finally:
            self._drop(hand)

    def _take(self) -> Hand:
        """Take the spare that was begun first, as it is likeliest to be ready; where there is none, start one."""
        while True:
            with self._lock:
                if self._closed:
                    raise Unavailable("the service is ending")
                hand = self._spares.popleft() if self._spares else None
            if hand is None:
                hand = self._new_hand()
            elif not hand.lives():
                self._drop(hand)
                continue
            self._make_up()
            return hand

    def _drop(self, hand: Hand) -> None:
        hand.end()
        with self._lock:
            self._all.discard(hand)

    def _make_up(self) -> None:
        """Have as many spares started as are missing, without waiting for them."""
        with self._lock:
            missing = 0 if self._closed else max(0, self._most_spares - len(self._spares) - self._coming)
            self._coming += missing
            starter = self._starting() if missing else None
        for _ in range(missing):
            if starter is not None:
                with suppress(RuntimeError):  # closed in this very moment
                    starter.submit(self._add_spare)

    def _add_spare(self) -> None:
        hand: Hand | None = None
        kept = False
        try:
            hand = Hand()
        except OSError as error:  # whoever needs it next starts one, and is told if that fails
            logger.error("no process that reads documents could be started: %s", error)
        finally:
            with self._lock:
                self._coming -= 1
                if hand is not None and not self._closed:
                    kept = True
                    self._all.add(hand)
                    self._spares.append(hand)
        if hand is not None and not kept:
            hand.end()

    def _new_hand(self) -> Hand:
        with self._lock:
            if self._closed:
                raise Unavailable("the service is ending")
            starter = self._starting()
        try:
            hand = starter.submit(Hand).result()
        except (OSError, RuntimeError) as error:
            raise Unavailable("no process that reads documents can be started") from error
        if not self._keeps(hand):
            hand.end()
            raise Unavailable("the service is ending")
        return hand

    def _starting(self) -> ThreadPoolExecutor:
        """Give the one thread that starts processes. It stays: the kernel ends a child with the thread it came from."""
        if self._starter is None:
            self._starter = ThreadPoolExecutor(1, thread_name_prefix="pra-workshop")
            atexit.register(self.close)
        return self._starter

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
