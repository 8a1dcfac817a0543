"""DOOR: clock. Sequences the log beside everything else: whatever another duty waits for, a checkpoint does not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.actions import auditing
from app.actions.tools import Tools
from app.rules.errors import PraError

logger = logging.getLogger("pra.sequencing")

REST_SECONDS = 0.5


class Sequencing:
    """A thread beside the worker, in whose ticks a mail server that does not answer holds up what comes after."""

    def __init__(self, tools: Tools, *, rest_seconds: float = REST_SECONDS) -> None:
        self._tools = tools
        self._rest_seconds = rest_seconds
        self._stop = threading.Event()
        self._last_said = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sequence until the end."""
        thread = threading.Thread(target=self._run, name="pra-sequencing", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(self._rest_seconds):
            try:
                auditing.sequence(self._tools)
                self._last_said = ""
            except PraError as error:
                self._say(f"{error.code.value}: {error.detail}")
            except Exception:
                logger.exception("sequencing the log failed")

    def _say(self, fault: str) -> None:
        if fault != self._last_said:  # once, not twice a second
            logger.error("sequence the log: %s", fault)
            self._last_said = fault
