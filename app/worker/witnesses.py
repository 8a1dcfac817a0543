"""DOOR: clock. Asks the witnesses of the log, beside everything else: a slow one holds up nothing but itself."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from app.actions import witnessing
from app.actions.tools import Tools
from app.actions.witnessing import Turn
from app.rules.errors import PraError

logger = logging.getLogger("pra.witnesses")

AT_ONCE = 4
REST_SECONDS = 1.0


def ask_all(tools: Tools, by: str, pool: ThreadPoolExecutor) -> int:
    """Ask every witness whose turn it is, and publish what each cosigned as soon as it has.

    Args:
        tools: The tools.
        by: Who asks.
        pool: Where they are asked beside each other.

    Returns:
        How many cosigned.
    """
    turns = witnessing.take_turns(tools, by)
    return sum(pool.map(lambda turn: _ask(tools, turn), turns))


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
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pra-witness") as pool:
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
                ask_all(self._tools, self._by, pool)
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
