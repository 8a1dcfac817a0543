"""Where an entry of the log stands in the tree, for whoever asks of entries among the records."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.records.tables import entries, entry_places

_END = 2**62  # where whatever waits will come to stand


def place_of_entry() -> ColumnElement[int | None]:
    """Give what a query over ``entries`` says of each one's index in the log; None while it has none."""
    apart = (
        select(entry_places.c.leaf_index)
        .where(entry_places.c.arrival == entries.c.arrival)
        .correlate(entries)
        .scalar_subquery()
    )
    return func.coalesce(entries.c.leaf_index, apart)


def stands_from(through: Any) -> ColumnElement[bool]:
    """Ask of each entry of a query over ``entries`` whether it stands from this index on, or waits for its own.

    Args:
        through: An index, or a query that gives one.
    """
    stands: ColumnElement[bool] = func.coalesce(place_of_entry(), _END) >= through
    return stands
