"""Two acts at the same moment, so that they meet where it hurts, every time and on every machine.

The first act is stopped just before it runs a certain statement. Then the second begins, and the first goes on only
when the second is over, or has to wait for the first: for its lock on PostgreSQL, for the one writer on SQLite.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, text

from app.database import Database
from app.rules.errors import Unavailable

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@dataclass
class _Meeting:
    database: Database
    where: re.Pattern[str]
    second: Callable[[], Any]
    pool: ThreadPoolExecutor
    before_it: int
    met: bool = False
    answer: Any = None

    def look(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """See one statement go by; the first that is looked for lets the second act begin."""
        if self.met or not self.where.search(" ".join(statement.split())):
            return
        if self.before_it:
            self.before_it -= 1
            return
        self.met = True
        self.answer = self.pool.submit(_until_not_busy, self.second)
        while not (self.answer.done() or self._second_waits()):
            threading.Event().wait(0.01)

    def _second_waits(self) -> bool:
        if self.database.is_sqlite:
            return bool(self.database._line._waiting)
        with self.database.engine.connect() as connection:
            waiting: int = connection.execute(text(_WAITING)).scalar_one()
        return waiting > 0


def _until_not_busy(act: Callable[[], Any]) -> Any:
    """Ask as a caller should: 503 says that nothing was done, and to ask again. A loaded machine gives it."""
    for _ in range(4):
        try:
            answer = act()
        except Unavailable:  # the same, of an act that is no request
            continue
        if getattr(answer, "status_code", None) != 503:
            return answer
    return act()


def at_once(
    database: Database, first: Callable[[], Any], where: str, second: Callable[[], Any], *, before_it: int = 0
) -> tuple[Any, Any]:
    """Let two acts meet; gives what each of them gave.

    Args:
        database: On which both work.
        first: The act that is under way.
        where: A pattern of the statement of the first, before which the second begins.
        second: The act that comes between.
        before_it: How many such statements of the first go by before that one.
    """
    with ThreadPoolExecutor(1) as pool:
        meeting = _Meeting(database, re.compile(where), second, pool, before_it)
        with _listening(database, meeting):
            given = first()
            assert meeting.met, f"the first act ran no statement like {where}"
            return given, meeting.answer.result()


@contextmanager
def _listening(database: Database, meeting: _Meeting) -> Iterator[None]:
    event.listen(database.engine, "before_cursor_execute", meeting.look)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", meeting.look)
