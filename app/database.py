"""Engine, transactions and the shared MetaData. One schema on SQLite and PostgreSQL.

A write transaction carries a *watch* (see ``changes.py``): it sees every statement that passes, so that the caller can
refuse to commit a change that logged nothing (see ``actions/tools.py``). A reading connection refuses to write at all,
and sees one state of the database from its first statement to its last, whatever is committed meanwhile. A writing one
on PostgreSQL sees at each statement what has been committed by then, which its locks rely on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, MetaData, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator

from app.answers import ANSWERS
from app.changes import Watch
from app.connections import ANSWER_SECONDS, HURRY, WRITE_WAIT_SECONDS, make_engine
from app.rules.errors import Broken, Mistake, NotBegun, NotSignedIn, Refused, Unavailable
from app.rules.reasons import utc

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

_REST_SECONDS = 1.0
# On PostgreSQL; the driver says it in the BEGIN that it sends anyway. SQLite in WAL mode reads so by itself. Two
# statements that saw two states would find a log damaged that is whole.
_ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, to the microsecond. SQLite keeps it as naive UTC text, PostgreSQL as timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values; give UTC to the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # framework
        """Give an aware UTC value back."""
        if value is None:
            return None
        return utc(value) if value.tzinfo else value.replace(tzinfo=UTC)


class _Line:
    """A lock that is had in the order in which it was asked for.

    A plain one goes to whoever happens to ask when it is free; of many who write at once, some would wait too long.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, timeout_seconds: float) -> bool:
        """Wait for one's turn; gives False when it has not come in time."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout_seconds):
            return True
        with self._guard:
            if mine.is_set():  # it came as the time was up
                return True
            self._waiting.remove(mine)
        return False

    def release(self) -> None:
        """Hand it to the next in line."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class _Kept(threading.local):
    """The reading transaction in which a thread reads everything meanwhile, where it is to see one state of things.

    Attributes:
        wanted: It is.
        opened: The transaction, to be left; None until something is read, and again after something is written.
        depth: How many are reading in it now.
        behind: Something was written meanwhile that it does not see.
        writing: How many write transactions this thread has open; what is read beside one is not kept.
    """

    wanted: bool = False
    opened: AbstractContextManager[tuple[Connection, Watch]] | None = None
    connection: Connection | None = None
    depth: int = 0
    behind: bool = False
    writing: int = 0


class Database:
    """One database: SQLite (one process, one write lock) or PostgreSQL (any number of processes).

    When a PostgreSQL server falls silent, one request finds out, and those that follow are refused at once for a
    second, so that no thread is kept by each of them.
    """

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        """Take a database; nothing is asked of it yet.

        Args:
            url: SQLAlchemy address.
            pool_size: How many connections are kept; as many again are made when needed.

        Raises:
            Broken: It would be a SQLite database in memory, of which each thread sees another.
        """
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite and (make_url(url).database in (None, "", ":memory:") or "mode=memory" in url):
            raise Broken("a SQLite database in memory keeps nothing, and each thread sees another; name a file")
        self._line = _Line()
        self._kept = _Kept()
        self._silent_until_seconds = 0.0
        self._closing: list[Callable[[], None]] = []
        self.engine = make_engine(url, pool_size)
        event.listen(self.engine, "before_cursor_execute", _notice_statement)

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Watch]]:
        """Open a write transaction; commits on leaving, rolls back on any exception.

        Raises:
            Unavailable: The database did not answer in time.
            NotBegun: The turn to write did not come in time.
        """
        kept = self._kept
        kept.behind = True  # what is read afterwards is to see what is written now
        if not kept.depth:
            self._let_go()
        if self.is_sqlite and not self._line.acquire(WRITE_WAIT_SECONDS):
            raise NotBegun("the database is busy")
        kept.writing += 1
        try:
            with self._open(Watch(may_write=True), "BEGIN IMMEDIATE") as opened:
                yield opened
        finally:
            kept.writing -= 1
            if self.is_sqlite:
                self._line.release()

    @contextmanager
    def read(self, *, apart: bool = False) -> Iterator[Connection]:
        """Open a reading transaction, of one state of the database: that of its first statement.

        Any attempt to write raises ``UnrecordedChange``.

        Args:
            apart: What is read must not be older than this call, whatever :meth:`one_state` keeps.
        """
        kept = self._kept
        if apart or not kept.wanted or kept.writing:
            with self._open(Watch(may_write=False), "BEGIN") as (connection, _):
                yield connection
            return
        connection = kept.connection or self._keep()
        kept.depth += 1
        try:
            yield connection
        except SQLAlchemyError as error:
            self._let_go(error)
            raise
        except BaseException:
            kept.behind = True  # whatever went wrong, what is read next is read anew
            raise
        finally:
            kept.depth -= 1
            if kept.behind and not kept.depth:
                self._let_go()

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Have everything that this thread reads meanwhile read in one transaction, and so of one state.

        Until it writes: what it reads after that is of the state that it left.
        """
        if self._kept.wanted:
            yield
            return
        self._kept.wanted = True
        try:
            yield
        finally:
            self._kept.wanted = False
            with suppress(Unavailable, SQLAlchemyError):  # all was read; the pool gives no lost connection out again
                self._let_go()

    def _keep(self) -> Connection:
        opened = self._open(Watch(may_write=False), "BEGIN")
        connection, _ = opened.__enter__()
        connection.info[ANSWERS] = {}
        self._kept.opened, self._kept.connection, self._kept.behind = opened, connection, False
        return connection

    def _let_go(self, error: SQLAlchemyError | None = None) -> None:
        """Leave the transaction that is kept, if one is; with an error, as an error leaves any other.

        Raises:
            Unavailable: The error says that the database did not answer, or it does not answer now.
        """
        opened, self._kept.opened, self._kept.connection = self._kept.opened, None, None
        if opened is not None:
            opened.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)

    @contextmanager
    def _open(self, watch: Watch, begin: str) -> Iterator[tuple[Connection, Watch]]:
        if time.monotonic() < self._silent_until_seconds:
            raise Unavailable("the database did not answer a moment ago")
        try:
            with self._connected() as connection:
                if self.is_sqlite:
                    _begin(connection, begin)
                elif not watch.may_write:
                    connection.execution_options(**_ONE_STATE)  # the pool takes it back with the connection
                connection.info["watch"] = watch
                try:
                    yield connection, watch
                    watch.catch_up(connection)
                    connection.commit()
                except (Refused, Mistake, NotSignedIn):
                    # After a ROLLBACK the driver has the server forget every statement that it keeps for us.
                    (connection.rollback if watch.may_write else connection.commit)()
                    raise
                except BaseException:
                    connection.rollback()
                    raise
                finally:
                    connection.info.pop("watch", None)
                    connection.info.pop(ANSWERS, None)
        except (OperationalError, PoolTimeout) as error:
            if getattr(error.__cause__, "sqlstate", "") is None:  # not said by a server: there was no answer
                self._silent_until_seconds = time.monotonic() + _REST_SECONDS
            raise Unavailable("the database did not answer in time") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("the database connection was lost") from error
            raise

    def _connected(self) -> Connection:
        HURRY.until_seconds = time.monotonic() + ANSWER_SECONDS
        try:
            return self.engine.connect()
        finally:
            HURRY.until_seconds = None

    def answers(self) -> None:
        """Ask the database something small.

        Raises:
            Unavailable: It does not answer.
        """
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def before_closing(self, act: Callable[[], None]) -> None:
        """Have somebody who holds a connection of their own give it back when all are."""
        self._closing.append(act)

    def close(self) -> None:
        """Give every connection back."""
        for act in self._closing:
            act()
        self.engine.dispose()


def _begin(connection: Connection, begin: str) -> None:
    """Begin a transaction on SQLite, where another process may write just now.

    Raises:
        NotBegun: It did so for too long.
    """
    try:
        connection.exec_driver_sql(begin)
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise
        raise NotBegun("the database is busy") from error


def _notice_statement(conn: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    watch = conn.info.get("watch")
    if watch is not None:
        watch.catch_up(conn)
        watch.saw(statement)
