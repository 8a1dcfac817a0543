"""Which of the processes that share a database are alive, told by a lock that each holds for as long as it lives."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.database import Database
from app.rules.errors import Unavailable

# The first of the two numbers of each such lock: nobody else's advisory locks shall be taken for a process of ours.
_LOCK_CLASS = 0x505241
_HELD = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted "
    "AND classid = CAST(:ours AS oid) AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
).bindparams(ours=_LOCK_CLASS)
_HELD_HERE = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted "
    "AND classid = CAST(:ours AS oid) AND objid = CAST(:owner AS oid) AND pid = pg_backend_pid()"
).bindparams(ours=_LOCK_CLASS)
_TAKE = text("SELECT pg_try_advisory_lock(CAST(:ours AS integer), CAST(:owner AS integer))").bindparams(
    ours=_LOCK_CLASS
)
# A host that vanished without a word is noticed by the server within about eleven seconds instead of two hours: the
# first three where nothing is on its way to it, the last where something is. Over the server's own socket these say
# nothing, and the end of a process is noticed at once.
_NOTICE_SILENCE = (
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 11000",
)
GONE_AFTER_SECONDS = 10.0
"""How far apart two looks are in which a process was not to be seen and is taken for gone: one that lost its lock with
its connection has it again within a second or two."""


class Presence:
    """That this process is alive, for the others to see.

    On PostgreSQL it is an advisory lock on a connection of its own; the server lets go of it when the process ends,
    however it ends. A pooler that gives one server connection to several clients in turn breaks this: the manual says
    so. One process alone serves a SQLite database, so there is nobody to tell there.

    Attributes:
        owner: A number drawn at random for this process, from 1 up to 2**31 - 1.
    """

    def __init__(self, database: Database) -> None:
        """Draw a number; nothing is asked of the database yet."""
        self.owner = secrets.randbelow(2**31 - 1) + 1
        self._database = database
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._not_seen_since_seconds: dict[int, float] = {}
        database.before_closing(self.close)

    def keep(self) -> None:
        """See that the lock is held: take it the first time, and again when its connection was lost.

        Raises:
            Unavailable: The database does not answer.
        """
        if self._database.is_sqlite:
            return
        with self._lock:
            try:
                self._keep()
            except (PoolTimeout, DBAPIError) as error:
                if _is_dead(error):  # else the lock is still held, and letting go of it would say that we are gone
                    self._let_go()
                raise Unavailable("the database did not answer in time") from error

    def gone(self, connection: Connection, owners: Iterable[int]) -> frozenset[int]:
        """Give those of these processes that are no longer alive; this one always is.

        Args:
            connection: Any connection.
            owners: Numbers of processes, as ``owner``.
        """
        others = frozenset(owners) - {self.owner}
        if self._database.is_sqlite or not others:
            return others
        return others - frozenset(connection.execute(_HELD).scalars())

    def gone_for_long(self, connection: Connection, owners: Iterable[int], *, at_seconds: float) -> frozenset[int]:
        """Give those of these processes that were not alive in this look, nor in those of the last ten seconds.

        Called again and again by one thread.

        Args:
            connection: Any connection.
            owners: Numbers of processes, as ``owner``; whoever is missing among them is forgotten.
            at_seconds: Now, by a counter that only goes forward.
        """
        before = self._not_seen_since_seconds
        since = {owner: before.get(owner, at_seconds) for owner in self.gone(connection, owners)}
        self._not_seen_since_seconds = since
        return frozenset(owner for owner, seconds in since.items() if at_seconds - seconds >= GONE_AFTER_SECONDS)

    def close(self) -> None:
        """Let go of the lock: the process serves no more."""
        with self._lock:
            self._let_go()

    def _keep(self) -> None:
        if self._connection is None:
            # Without a transaction: in one it would lie idle, which the server ends after a while.
            made = self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
            try:
                for setting in _NOTICE_SILENCE:
                    made.exec_driver_sql(setting)
            except BaseException:
                made.invalidate()
                made.close()
                raise
            self._connection = made
        if not self._connection.execute(_HELD_HERE, {"owner": self.owner}).scalar_one():
            # Not to be had when the server has not noticed yet that our last connection is gone: the next time, then.
            self._connection.execute(_TAKE, {"owner": self.owner})

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # closes it for good, also when it no longer answers
            self._connection.close()
            self._connection = None


def _is_dead(error: PoolTimeout | DBAPIError) -> bool:
    """Say whether a connection is of no use any more: it is lost, or it was not the server that answered."""
    if not isinstance(error, DBAPIError):
        return False  # none was to be had
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) is None
