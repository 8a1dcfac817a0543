"""DOOR: clock. Does what is due at an instant: looked up ahead, held to the instant, once across all of us."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from app.actions import alarms, moves, overdue, turns, watching
from app.actions.tools import Tools
from app.actions.turns import Job
from app.rules.errors import PraError

logger = logging.getLogger("pra.jobs")


def look(tools: Tools, job: Job) -> None:
    """Look at the public page; what is seen live is declared, where the release's plan says so."""
    if watching.look(tools, job):
        moves.declare_seen_live(tools, job.release_id)


PLANS: tuple[Callable[[Tools], object], ...] = (overdue.plan_overdue, watching.plan_looks)
ACTS: dict[str, Callable[[Tools, Job], object]] = {
    overdue.TELL_OVERDUE: overdue.tell_overdue,
    alarms.CALL_ALARM: alarms.call_alarm,
    watching.LOOK: look,
    watching.TELL_UNWATCHED: watching.tell_unwatched,
}
PLAN_EVERY_SECONDS = 15.0
LONGEST_REST_SECONDS = 1.0
AT_ONCE = 4  # a page that answers slowly must not hold up the letters of another release


def plan(tools: Tools) -> None:
    """Arrange what is coming up; one failure never stops the rest."""
    for arrange in PLANS:
        try:
            arrange(tools)
        except PraError as error:
            logger.error("%s: %s: %s", arrange.__name__, error.code.value, error.detail)
        except Exception:
            logger.exception("%s failed", arrange.__name__)


def act(tools: Tools, job: Job) -> None:
    """Do one piece of work; what goes wrong is tried again a little later."""
    try:
        ACTS[job.kind](tools, job)
    except Exception as error:  # deliberate: one failure never stops the rest
        if isinstance(error, PraError):
            logger.error("%s of %s: %s: %s", job.kind, job.release_id, error.code.value, error.detail)
        else:
            logger.exception("%s of %s failed", job.kind, job.release_id)
        _give_back(tools, job)


def _give_back(tools: Tools, job: Job) -> None:
    try:
        turns.give_back(tools, job)
    except PraError as error:  # then the lease runs out, and somebody takes it up again
        logger.error("%s was not given back: %s: %s", job.job_id, error.code.value, error.detail)


def do_due(tools: Tools, by: str) -> int:
    """Do everything that is due now, one after the other.

    Args:
        tools: The tools.
        by: Who does it.

    Returns:
        How much there was.
    """
    count = 0
    while taken := turns.take_work(tools, by, AT_ONCE):
        for job in taken:
            act(tools, job)
        count += len(taken)
    return count


class Punctual:
    """A thread beside the application that does each piece of work at its instant."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._by = secrets.token_hex(8)  # a process that starts again takes over nothing from before
        self._stop = threading.Event()
        self._planned_at = -PLAN_EVERY_SECONDS
        self._in_hand: set[Future[None]] = set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Do what is due until the end; work in hand is then finished."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pra-job") as pool:
            thread = threading.Thread(target=self._run, args=(pool,), name="pra-punctual", daemon=True)
            thread.start()
            try:
                yield
            finally:
                self._stop.set()
                thread.join(timeout=10)

    def _run(self, pool: ThreadPoolExecutor) -> None:
        rest_seconds = 0.0
        while not self._stop.wait(rest_seconds):
            try:
                rest_seconds = self._turn(pool)
            except PraError as error:
                logger.error("%s: %s", error.code.value, error.detail)
                rest_seconds = LONGEST_REST_SECONDS
            except Exception:
                logger.exception("the turn failed")
                rest_seconds = LONGEST_REST_SECONDS

    def _turn(self, pool: ThreadPoolExecutor) -> float:
        """Take what is due; say for how many seconds there is nothing to do."""
        if time.monotonic() - self._planned_at >= PLAN_EVERY_SECONDS:
            plan(self._tools)
            self._planned_at = time.monotonic()
        self._in_hand = {one for one in self._in_hand if not one.done()}
        if len(self._in_hand) < AT_ONCE:
            for job in turns.take_work(self._tools, self._by, AT_ONCE - len(self._in_hand)):
                self._in_hand.add(pool.submit(act, self._tools, job))
        if len(self._in_hand) >= AT_ONCE:
            return 0.1
        at, due_at = turns.next_turn(self._tools)
        if due_at is None:
            return LONGEST_REST_SECONDS
        until_due = (due_at - at).total_seconds()
        return min(max(until_due, 0.02), LONGEST_REST_SECONDS)
