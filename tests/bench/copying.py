"""Rows by the hundred thousand, for whoever inserts many at a time: by COPY into PostgreSQL, in haste into SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, event

from app import connections

_PLAIN_INSERT = re.compile(r"INSERT INTO (?P<into>\w+ \([\w, ]+\)) VALUES \((?P<values>.+)\)")
_ROWS_AT_ONCE = 500
_PLACE = re.compile(r"%\((?P<name>\w+)\)s(?:::[\w ]+)?")


@contextmanager
def copied(engine: Engine) -> Iterator[None]:
    """Have inserts of many rows sent as COPY meanwhile; any other statement stays as it is.

    The statements are seen by whoever watches them as before: only how the rows travel is another. SQLite is given
    memory enough that a long transaction is not written out in its middle, and does not wait for the disk.
    """
    if engine.dialect.name != "postgresql":
        with _hasty(engine):
            yield
        return
    event.listen(engine, "do_executemany", _copy)
    try:
        with pytest.MonkeyPatch.context() as patience:  # a disk that catches up keeps so many rows for seconds
            patience.setattr(connections, "ANSWER_SECONDS", 120.0)
            yield
    finally:
        event.remove(engine, "do_executemany", _copy)


def put(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows past SQLAlchemy, which takes longer over a row than the database does.

    Args:
        connection: Of a transaction.
        table: Where they go.
        names: The columns of each row, in its order.
        rows: Values as the table's types take them.
    """
    dialect = connection.dialect
    written = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    changed = [(place, process) for place, process in enumerate(written) if process]
    cursor: Any = connection.connection.cursor()
    ready = [_processed(row, changed) for row in rows]
    into = f"{table.name} ({', '.join(names)})"
    if dialect.name == "sqlite":
        cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(names))})", ready)
        return
    cursor.execute("SET LOCAL statement_timeout = 0")
    for start in range(0, len(ready), _ROWS_AT_ONCE):
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in ready[start : start + _ROWS_AT_ONCE]:
                copy.write_row(row)


def _processed(row: tuple[Any, ...], changed: Sequence[tuple[int, Any]]) -> Sequence[Any]:
    one = list(row)
    for place, process in changed:
        one[place] = process(one[place])
    return one


@contextmanager
def _hasty(engine: Engine) -> Iterator[None]:
    def prepare(connection: Any, *_: Any) -> None:
        for pragma in ("cache_size=-1500000", "synchronous=off"):
            connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "checkout", prepare)
    try:
        yield
    finally:
        event.remove(engine, "checkout", prepare)
        engine.dispose()  # whoever measures has connections as the service opens them


def _copy(cursor: Any, statement: str, rows: Sequence[dict[str, Any]], _context: Any) -> bool:
    """Send the rows; gives False for a statement that is more than an insert of values, which is left alone."""
    plain = _PLAIN_INSERT.fullmatch(statement)
    places = [_PLACE.fullmatch(value) for value in plain["values"].split(", ")] if plain else []
    if plain is None or None in places:
        return False
    names = [place["name"] for place in places if place]
    cursor.execute("SET LOCAL statement_timeout = 0")  # for the same reason
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        with cursor.copy(f"COPY {plain['into']} FROM STDIN") as copy:
            for row in rows[start : start + _ROWS_AT_ONCE]:
                copy.write_row([row[name] for name in names])
    return True
