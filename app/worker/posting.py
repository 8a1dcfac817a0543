"""DOOR: clock. Sends messages to webhooks, beside everything else: a slow receiver holds up nothing but itself."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from app.actions import posting
from app.actions.posting import DeliveryRow
from app.actions.tools import Tools
from app.rules.errors import PraError

logger = logging.getLogger("pra.webhooks")

AT_ONCE = 8
REST_SECONDS = 0.5


def send_due(tools: Tools, by: str) -> int:
    """Send everything that is due now, one after the other.

    Args:
        tools: The tools.
        by: Who sends it.

    Returns:
        How many messages there were.
    """
    count = 0
    while taken := posting.take_messages(tools, by, AT_ONCE):
        for message in taken:
            _send(tools, message)
        count += len(taken)
    return count


class Posting:
    """A thread beside the application that sends messages to webhooks."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._by = secrets.token_hex(8)  # a process that starts again takes over nothing from before
        self._stop = threading.Event()
        self._in_hand: set[Future[None]] = set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send until the end; what is in hand is then finished."""
        if self._tools.webhook_post is None:
            yield
            return
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pra-webhook") as pool:
            thread = threading.Thread(target=self._run, args=(pool,), name="pra-webhooks", daemon=True)
            thread.start()
            try:
                yield
            finally:
                self._stop.set()
                thread.join(timeout=10)

    def _run(self, pool: ThreadPoolExecutor) -> None:
        while not self._stop.wait(REST_SECONDS):
            try:
                self._in_hand = {one for one in self._in_hand if not one.done()}
                for message in posting.take_messages(self._tools, self._by, AT_ONCE - len(self._in_hand)):
                    self._in_hand.add(pool.submit(_send, self._tools, message))
            except PraError as error:
                logger.error("webhooks: %s: %s", error.code.value, error.detail)
            except Exception:
                logger.exception("sending to webhooks failed")


def _send(tools: Tools, message: DeliveryRow) -> None:
    try:
        posting.send_message(tools, message)
    except PraError as error:  # then the lease runs out, and somebody takes it up again
        logger.error("%s: %s: %s", message.delivery_id, error.code.value, error.detail)
    except Exception:
        logger.exception("sending %s failed", message.delivery_id)
