"""Engine, transactions and the shared MetaData. One schema on SQLite and PostgreSQL.

A write transaction carries a *watch*: it sees every statement that passes, so that the caller can refuse to commit a
change that logged nothing (see ``actions/tools.py``). A reading connection refuses to write at all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator

from app.rules.errors import Unavailable, UnrecordedChange

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# The log's own tables: writing to them is the logging, not something that must be logged.
LOG_TABLES = frozenset({"entries", "disclosures", "log_state"})
# Bookkeeping that says nothing about anybody: the stored answers to repeated requests.
BOOKKEEPING_TABLES = frozenset({"idempotency"})
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "WITH")
_WRITE_WAIT_SECONDS = 2.5


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

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware UTC value back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass
class Watch:
    """What has passed through one transaction."""

    may_write: bool
    written_tables: set[str] = field(default_factory=set)
    entries_appended: int = 0

    def saw(self, statement: str) -> None:
        """Note one statement; raises when this transaction may not write."""
        words = statement.lstrip(" \n\t(").split(None, 3)
        if not words or words[0].upper() not in _WRITES:
            return
        if words[0].upper() == "WITH" and not any(f" {w} " in statement.upper() for w in _WRITES[:3]):
            return
        if not self.may_write:
            raise UnrecordedChange(f"a reading transaction tried to {words[0].upper()}")
        table = words[2] if words[0].upper() in ("INSERT", "DELETE") else words[1]
        self.written_tables.add(table.strip('"').split("(")[0].lower())

    @property
    def unrecorded(self) -> set[str]:
        """The tables changed without an entry; empty when all is well."""
        return set() if self.entries_appended else self.written_tables - LOG_TABLES - BOOKKEEPING_TABLES


class Database:
    """One database: SQLite (one process, one write lock) or PostgreSQL (any number of processes)."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._lock = threading.Lock()
        self.engine = self._engine(url, pool_size)
        event.listen(self.engine, "before_cursor_execute", _notice_statement)

    def _engine(self, url: str, pool_size: int) -> Engine:
        if not self.is_sqlite:
            return create_engine(
                url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_timeout=_WRITE_WAIT_SECONDS,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": 2,
                    "options": "-c statement_timeout=2500 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=30000",
                },
            )
        memory = ":memory:" in url or url == "sqlite://"
        options: dict[str, Any] = {} if memory else {"pool_size": pool_size, "max_overflow": pool_size}
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": _WRITE_WAIT_SECONDS}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Watch]]:
        """Open a write transaction; commits on leaving, rolls back on any exception.

        Raises:
            Unavailable: The database did not answer, or its lock was not to be had, in time.
        """
        if self.is_sqlite and not self._lock.acquire(timeout=_WRITE_WAIT_SECONDS):
            raise Unavailable("the database is busy")
        try:
            with self._open(Watch(may_write=True), "BEGIN IMMEDIATE") as opened:
                yield opened
        finally:
            if self.is_sqlite:
                self._lock.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction. Any attempt to write raises ``UnrecordedChange``."""
        with self._open(Watch(may_write=False), "BEGIN") as (connection, _):
            yield connection

    @contextmanager
    def _open(self, watch: Watch, begin: str) -> Iterator[tuple[Connection, Watch]]:
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql(begin)
                connection.info["watch"] = watch
                try:
                    yield connection, watch
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
                finally:
                    connection.info.pop("watch", None)
        except (OperationalError, PoolTimeout) as error:
            raise Unavailable("the database did not answer in time") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("the database connection was lost") from error
            raise

    def answers(self) -> None:
        """Ask the database something small.

        Raises:
            Unavailable: It does not answer.
        """
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _notice_statement(conn: Connection, cursor: Any, statement: str, *_: Any) -> None:
    watch = conn.info.get("watch")
    if watch is not None:
        watch.saw(statement)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not start transactions of its own
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=2500"):
        connection.execute(f"PRAGMA {pragma}").close()
