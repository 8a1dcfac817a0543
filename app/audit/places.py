"""Where entries stand in the tree, and which of them wait for a place there.

A place is a row of its own, added once. The entry stays as it was appended: it is wide and a dozen indexes lead to it,
and to change it would write all of them anew. Entries that had their place before there were such rows keep it in a
column; both are read, and nothing is added there any more. What waits is known by the database itself: whoever adds
an entry, a trigger puts it among those that wait, and only the giving of a place takes it from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, TableClause, delete, func, insert, select, table
from sqlalchemy import union_all as both
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import column

from app.rules.errors import LogDamaged

COUNTED_AT_ONCE = 500_000

_ENTRIES = table("entries", *map(column, ("arrival", "leaf", "leaf_index")))
_PLACES = table("entry_places", *map(column, ("leaf_index", "arrival")))
_WAITING = table("entries_waiting", column("arrival"))
_P, _W = _PLACES.c, _WAITING.c
_ADD = insert(_PLACES).execution_options(preserve_rowcount=True)


def place_of(entries: TableClause) -> ColumnElement[Any]:
    """Give the column of a query that says where each of its entries stands; None while it waits.

    Asked one by one, so that no plan goes through all places for a page of entries.

    Args:
        entries: The table of entries, with ``arrival`` and ``leaf_index``, as the query names it.
    """
    apart = select(_P.leaf_index).where(_P.arrival == entries.c.arrival).correlate(entries).scalar_subquery()
    return func.coalesce(entries.c.leaf_index, apart).label("leaf_index")


def between(entries: TableClause, start: int, end: int, names: Sequence[str]) -> CompoundSelect[Any]:
    """Ask for the entries from one place to before another, in their order.

    Args:
        entries: The table of entries, with ``arrival``, ``leaf_index`` and what is named.
        start: The first place.
        end: The place before which.
        names: Columns wanted beside ``leaf_index``.
    """
    of, wanted = entries.c, [entries.c[name] for name in names]
    own = select(of.leaf_index, *wanted).where(of.leaf_index >= start, of.leaf_index < end)
    apart = select(_P.leaf_index, *wanted).join_from(_PLACES, entries, of.arrival == _P.arrival)
    return both(own, apart.where(_P.leaf_index >= start, _P.leaf_index < end)).order_by("leaf_index")


def oldest_waiting(connection: Connection, limit: int) -> list[tuple[int, bytes]]:
    """Give order of arrival and leaf of those that have waited longest.

    Raises:
        LogDamaged: One that waits is not there, or has its place already.
    """
    of = _ENTRIES.c
    leaf = select(of.leaf).where(of.arrival == _W.arrival, of.leaf_index.is_(None)).correlate(_WAITING)
    asked = select(_W.arrival, leaf.scalar_subquery().label("leaf")).order_by(_W.arrival).limit(limit)
    found = connection.execute(asked).all()
    if any(row.leaf is None for row in found):
        raise LogDamaged("an entry that is said to wait for its place in the log is missing, or has one")
    return [(row.arrival, bytes(row.leaf)) for row in found]


def give(connection: Connection, arrivals: Sequence[int], size: int) -> None:
    """Give waiting entries the places from size on, in this order; a run without a gap at one stroke.

    Args:
        connection: The transaction that also stores the tree they make.
        arrivals: Which, by their order of arrival, ascending.
        size: How many entries have their place already.

    Raises:
        LogDamaged: One of them does not wait, or has its place already, or a place is taken.
    """
    for place, first, last in _runs(arrivals, size):
        run = (_W.arrival >= first, _W.arrival <= last)
        numbered = select(_W.arrival + (place - first), _W.arrival).where(*run)
        try:
            added = connection.execute(_ADD.from_select(["leaf_index", "arrival"], numbered)).rowcount
        except IntegrityError as error:
            raise LogDamaged("an entry that is said to wait for its place has one, or another has it") from error
        taken = connection.execute(delete(_WAITING).where(*run)).rowcount
        if not added == taken == last - first + 1:
            raise LogDamaged(f"{added} entries were to be numbered where {last - first + 1} were waiting")


def waiting(connection: Connection) -> int:
    """Say how many entries have no place in the tree yet."""
    return int(connection.execute(select(func.count()).select_from(_WAITING)).scalar_one())


def highest(connection: Connection) -> int | None:
    """Give the last place that is taken; None where none is."""
    found = [connection.execute(select(func.max(one))).scalar_one() for one in (_P.leaf_index, _ENTRIES.c.leaf_index)]
    return max((one for one in found if one is not None), default=None)


def counted(connection: Connection, size: int) -> int:
    """Count the places that are taken, part by part: no statement may take longer than the database allows.

    Args:
        connection: A reading transaction, which sees one state from the first part to the last.
        size: The places looked at: those before this one.

    Raises:
        LogDamaged: There are not as many entries as have a place or wait for one.
    """
    placed = _count(connection, _P.leaf_index, size)
    standing = select(func.coalesce(func.max(_ENTRIES.c.arrival), 0))
    entries = _count(
        connection, _ENTRIES.c.arrival, connection.execute(standing).scalar_one() + 1, _ENTRIES.c.leaf_index.is_(None)
    )
    wait = waiting(connection)
    if entries != placed + wait:
        raise LogDamaged(f"there are {entries} entries in the table, {placed} places in the tree and {wait} that wait")
    return placed + _count(connection, _ENTRIES.c.leaf_index, size)


def _count(connection: Connection, of: Any, end: int, *where: ColumnElement[bool]) -> int:
    parts = (
        select(func.count()).select_from(of.table).where(of >= start, of < min(start + COUNTED_AT_ONCE, end), *where)
        for start in range(0, end, COUNTED_AT_ONCE)
    )
    return sum(int(connection.execute(part).scalar_one()) for part in parts)


def _runs(arrivals: Sequence[int], place: int) -> Iterator[tuple[int, int, int]]:
    """Give runs without a gap: the place of the first, and the orders of arrival of the first and the last."""
    start = 0
    for end in range(1, len(arrivals) + 1):
        if end == len(arrivals) or arrivals[end] != arrivals[end - 1] + 1:
            yield place + start, arrivals[start], arrivals[end - 1]
            start = end
