"""How connections are made, how long they wait for an answer, and when they are asked whether they still stand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

WRITE_WAIT_SECONDS = 2.5
ANSWER_SECONDS = 2.75  # a little more than the server's own limits, so that its errors come before our impatience
_RESTED_SECONDS = 1.0
# PostgreSQL plans for discs on which to look a row up costs four times as much as to read one in passing, and reads all
# posts and holdings for the eighty rows of a list: 18 ms in place of 2. What we read lies in memory, or on flash.
_BY_INDEX = "-c random_page_cost=1.1"
# The server reads and plans a statement anew each time until it is told to keep it, which takes longer than to answer
# it: 15 ms of a page with nineteen statements. The driver keeps a hundred and only from the sixth time on, and our
# pages and doors have some hundreds between them, so that none was ever kept for long.
_KEPT_FROM = 1  # times that a connection has seen a statement before
_KEPT_STATEMENTS = 600  # for a while twice as many: one goes as another is seen for the first time


class _Hurry(threading.local):
    """Until when this thread waits for a connection; None outside of that. Whether it waits for any answer at all."""

    until_seconds: float | None = None
    patient: bool = False


HURRY = _Hurry()


@contextmanager
def patient() -> Iterator[None]:
    """Have this thread wait for an answer as long as it takes: a migration may build an index for minutes."""
    HURRY.patient = True
    try:
        yield
    finally:
        HURRY.patient = False


def make_engine(url: str, pool_size: int) -> Engine:
    """Make what gives out connections to SQLite or PostgreSQL; none is made yet.

    Args:
        url: SQLAlchemy address.
        pool_size: How many connections are kept; as many again are made when needed.
    """
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=WRITE_WAIT_SECONDS,
            pool_use_lifo=True,  # whoever asks next finds the connection that has seen most statements
            hide_parameters=True,  # else an error's text, and so the operator's log, would quote names and codes
            connect_args={
                "connect_timeout": 2,
                "prepare_threshold": _KEPT_FROM,
                # Of those given out last first, others lie idle for hours, and a firewall on the way would forget them.
                "keepalives_idle": 60,
                "keepalives_interval": 10,
                "keepalives_count": 3,
                "options": "-c timezone=UTC -c statement_timeout=2500 -c lock_timeout=2000 "
                "-c idle_in_transaction_session_timeout=30000 " + _BY_INDEX,
            },
        )
        event.listen(engine, "do_connect", _impatient_connector())
        _ask_after_a_rest(engine)
        return engine
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": WRITE_WAIT_SECONDS},
        hide_parameters=True,  # as above
        pool_size=pool_size,
        max_overflow=pool_size,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _ask_after_a_rest(engine: Engine) -> None:
    """Ask a connection that lay idle for a second whether it still stands, before it is given out.

    Asking each time takes as long as most of what is asked next.
    """

    def rest(_connection: Any, record: Any) -> None:
        record.info["rests_since_seconds"] = time.monotonic()

    def ask(connection: Any, record: Any, _fairy: Any) -> None:
        since = record.info.get("rests_since_seconds", time.monotonic())
        if time.monotonic() - since < _RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # those that lay beside it went with the same server

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", ask)


def _impatient_connector() -> Callable[..., Any]:
    """Give what makes PostgreSQL connections that wait for an answer so long and no longer.

    The server's own limits do not help when the server itself is stopped or cut off. A connection is given up then, and
    nobody knows whether what was sent to it last was done.
    """
    import psycopg  # noqa: PLC0415  # deliberate: SQLite alone does without the driver

    class Impatient(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            if HURRY.patient:
                return super().wait(gen, interval, timeout)
            until = HURRY.until_seconds
            most = ANSWER_SECONDS if until is None else max(until - time.monotonic(), 0.01)
            try:
                return super().wait(gen, interval, most if timeout is None else min(timeout, most))
            except psycopg.OperationalError as error:
                if error.sqlstate is None:  # not said by the server
                    self.pgconn.finish()
                raise

    def connect(_dialect: Any, _record: Any, arguments: Any, settings: Any) -> Any:
        until = HURRY.until_seconds
        if until is not None and time.monotonic() > until - 0.1:  # a kept connection has used up the time already
            raise psycopg.OperationalError("the server did not answer in time")
        made = Impatient.connect(*arguments, **settings)
        made.prepared_max = _KEPT_STATEMENTS
        return made

    return connect


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not start transactions of its own
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=2500", "secure_delete=on"):
        connection.execute(f"PRAGMA {pragma}").close()
