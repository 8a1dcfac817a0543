"""Rows by the hundred thousand into PostgreSQL, by its COPY, for whoever inserts many at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app import database

_PLAIN_INSERT = re.compile(r"INSERT INTO (?P<into>\w+ \([\w, ]+\)) VALUES \((?P<values>.+)\)")
_ROWS_AT_ONCE = 500
_PLACE = re.compile(r"%\((?P<name>\w+)\)s(?:::[\w ]+)?")


@contextmanager
def copied(engine: Engine) -> Iterator[None]:
    """Have inserts of many rows sent as COPY meanwhile; any other statement, and SQLite, stay as they are.

    The statements are seen by whoever watches them as before: only how the rows travel is another.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    event.listen(engine, "do_executemany", _copy)
    try:
        with pytest.MonkeyPatch.context() as patience:  # a disk that catches up keeps so many rows for seconds
            patience.setattr(database, "_ANSWER_SECONDS", 120.0)
            yield
    finally:
        event.remove(engine, "do_executemany", _copy)


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
