"""What the database itself does when rows of the log are written: the part of the schema that is not a table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, event

# Whoever appends an entry, this service or the version before it, it waits for its place in the tree from the instant
# it stands. And whoever would give it one where it no longer stands is refused: a version before, if one still runs.
_ADD_WAITING = "INSERT INTO entries_waiting (arrival) VALUES (NEW.arrival)"
_REFUSAL = "'entries have their places in entry_places'"
_AFTER, _BEFORE = "AFTER INSERT ON entries", "BEFORE UPDATE OF leaf_index ON entries"
_SQLITE = (
    f"CREATE TRIGGER entries_wait {_AFTER} BEGIN {_ADD_WAITING}; END",
    f"CREATE TRIGGER entries_keep_place {_BEFORE} BEGIN SELECT RAISE(ABORT, {_REFUSAL}); END",
)
_FUNCTION = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; END $$"
_POSTGRESQL = (
    _FUNCTION.format("entries_wait", f"{_ADD_WAITING}; RETURN NULL"),
    f"CREATE TRIGGER entries_wait {_AFTER} FOR EACH ROW EXECUTE FUNCTION entries_wait()",
    _FUNCTION.format("entries_keep_place", f"RAISE EXCEPTION {_REFUSAL}"),
    f"CREATE TRIGGER entries_keep_place {_BEFORE} FOR EACH ROW EXECUTE FUNCTION entries_keep_place()",
)


def keep_places(entries: Table, waiting: Table) -> None:
    """Have both triggers made with the tables.

    Args:
        entries: The table of the log's entries.
        waiting: The table of those that have no place in the tree yet.
    """
    waiting.add_is_dependent_on(entries)  # so that it is made after it: then both are there
    event.listen(waiting, "after_create", _make)


def _make(_waiting: Table, connection: Connection, **_: Any) -> None:
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
