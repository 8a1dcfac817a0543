"""Whether anything was put on record since a moment that somebody remembers.

No record changes without an entry, so whoever counted something of the records can see in the log alone whether it has
to be counted again. Entries are asked for by their place: it is given after the commit, so that whatever was committed
later than the moment has a later place, or waits for one; the order of arrival does not tell, as an entry can arrive
before another and be committed after it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, String, and_, literal, or_, select, table, union_all
from sqlalchemy.sql import column

from app.answers import asked_once

_ENTRIES = table("entries", *map(column, ("arrival", "entry_id", "kind", "producer_id")))
_PLACES = table("entry_places", *map(column, ("leaf_index", "arrival")))
_WAITING = table("entries_waiting", column("arrival"))
_LOOKED_THROUGH = 20_000  # so many entries are looked through at most; whoever remembers longer counts again
_WAIT = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """What the log held at a moment.

    Attributes:
        placed: How many entries had their place.
        last_id: The id of the one that had the last.
        waiting: The orders of arrival of those that waited for one.
    """

    placed: int
    last_id: str
    waiting: frozenset[int]


@asked_once
def moment(connection: Connection) -> Moment | None:
    """Give the moment that a reading transaction sees; None while too many wait for their place, or none has one."""
    last = select(_PLACES.c.leaf_index, _ENTRIES.c.entry_id, literal(None, Integer()).label("arrival")).join_from(
        _PLACES, _ENTRIES, _PLACES.c.arrival == _ENTRIES.c.arrival
    )
    last = last.order_by(_PLACES.c.leaf_index.desc()).limit(1)
    waits = select(literal(None, Integer()), literal(None, String()), _WAITING.c.arrival).limit(_WAIT + 1)
    found = connection.execute(union_all(*(select(one.subquery()) for one in (last, waits)))).all()
    placed = [(row.leaf_index + 1, row.entry_id) for row in found if row.leaf_index is not None]
    waiting = frozenset(row.arrival for row in found if row.leaf_index is None)
    return Moment(*placed[0], waiting) if placed and len(waiting) <= _WAIT else None


@asked_once
def nothing_came(
    connection: Connection, then: Moment, now: Moment, producer_id: str, *, passing: Collection[str]
) -> bool:
    """Say whether all that was committed since is of another producer, or of a kind that is passed over.

    Args:
        connection: A reading transaction.
        then: A moment before.
        now: The moment that the transaction sees.
        producer_id: Entries of this one count, and those of none.
        passing: Kinds that change nothing that is remembered.
    """
    if not 0 <= now.placed - then.placed <= _LOOKED_THROUGH or _id_at(connection, then.placed - 1) != then.last_id:
        return False  # too long ago, or of another log: a server that took over may have lost entries
    of = _ENTRIES.c
    counts = and_(or_(of.producer_id == producer_id, of.producer_id.is_(None)), of.kind.not_in(sorted(passing)))
    placed = select(of.arrival).join(_PLACES, _PLACES.c.arrival == of.arrival)
    waits = select(of.arrival).join(_WAITING, _WAITING.c.arrival == of.arrival).where(counts)
    came = select(placed.where(counts, _PLACES.c.leaf_index >= then.placed).union_all(waits).subquery().c.arrival)
    # Those that waited then were seen then; each may have had its place since.
    found = connection.execute(came.limit(len(then.waiting) + 1)).scalars()
    return not set(found) - then.waiting


def _id_at(connection: Connection, place: int) -> str:
    asked = select(_ENTRIES.c.entry_id).join(_PLACES, _PLACES.c.arrival == _ENTRIES.c.arrival)
    return connection.execute(asked.where(_PLACES.c.leaf_index == place)).scalar_one_or_none() or ""
