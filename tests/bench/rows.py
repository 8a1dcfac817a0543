"""Rows of many tables, written as they point to one another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert

from app.database import metadata

_ROWS_AT_ONCE = 1_000


def put_rows(connection: Connection, made: dict[Table, list[dict[str, Any]]]) -> None:
    """Write rows, in an order in which whatever a row points to comes before it."""
    for table in metadata.sorted_tables:
        rows = made.get(table, [])
        for start in range(0, len(rows), _ROWS_AT_ONCE):  # so that no statement takes longer than one may
            connection.execute(insert(table), rows[start : start + _ROWS_AT_ONCE])
