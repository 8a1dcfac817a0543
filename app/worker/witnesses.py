"""DOOR: clock. Asks the witnesses of the log, beside everything else: a slow one holds up nothing but itself."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from app.actions import witnessing
from app.actions.tools import Tools
from app.actions.witnessing import Turn
from app.rules.errors import PraError

logger = logging.getLogger("pra.witnesses")

REST_SECONDS = 1.0
TOGETHER_SECONDS = 2.0
"""How long a round waits for those it has asked: whoever answers within it cosigns the same checkpoint as others."""


def begin_round(tools: Tools, by: str, pool: ThreadPoolExecutor) -> list[Future[bool]]:
    """Begin to ask every witness whose turn it is, and publish what each cosigns as soon as it has.

    Whoever is still being asked has no turn: a slow one is asked once, and holds up nobody.

    Args:
        tools: The tools.
        by: Who asks.
        pool: Where they are asked beside each other; with a place for each, so that their turns begin at once.

    Returns:
        Of each, whether it cosigned.
    """
    return [pool.submit(_ask, tools, turn) for turn in witnessing.take_turns(tools, by)]


def ask_all(tools: Tools, by: str, pool: ThreadPoolExecutor) -> int:
    """Ask every witness whose turn it is, and wait for the last of them.

    Args:
        tools: The tools.
        by: Who asks.
        pool: Where they are asked beside each other.

    Returns:
        How many cosigned.
    """
    return sum(one.result() for one in begin_round(tools, by, pool))


class Witnessing:
    """A thread beside the application that asks witnesses; none where none is configured."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._by = secrets.token_hex(8)
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask until the end."""
        if not self._tools.policy.witnesses:
            yield
            return
        each = len(self._tools.policy.witnesses)  # as many threads, so that nobody waits for another's answer
        with ThreadPoolExecutor(each, thread_name_prefix="pra-witness") as pool:
            thread = threading.Thread(target=self._run, args=(pool,), name="pra-witnesses", daemon=True)
            thread.start()
            try:
                yield
            finally:
                self._stop.set()
                thread.join(timeout=10)

    def _run(self, pool: ThreadPoolExecutor) -> None:
        while not self._stop.wait(REST_SECONDS):
            try:
                wait(begin_round(self._tools, self._by, pool), TOGETHER_SECONDS)
            except PraError as error:
                logger.error("witnesses: %s: %s", error.code.value, error.detail)
            except Exception:
                logger.exception("asking the witnesses failed")


def _ask(tools: Tools, turn: Turn) -> bool:
    try:
        cosigned = witnessing.ask(tools, turn)
        if cosigned:
            witnessing.publish_cosigned(tools)  # at once: a slow one holds up no other's cosignature
        return cosigned
    except PraError as error:
        logger.error("%s: %s: %s", turn.place.name, error.code.value, error.detail)
    except Exception:
        logger.exception("asking %s failed", turn.place.name)
    return False
