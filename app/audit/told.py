"""Entries read for what they say to all, where nobody asks for what stands behind their commitments.

One statement gives a thousand of them with whom each is about: a window has as many, and a page waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from app.audit import beside
from app.audit.reading import DISCLOSURES, ENTRIES, Wanted, filtered
from app.plain import plain

_FACTS = tuple(one for one in ENTRIES.c if one.name not in ("leaf_index", "labelled"))
_WITH_PERSON = select(*_FACTS, DISCLOSURES.c.clear_value, DISCLOSURES.c.salt).outerjoin(
    DISCLOSURES, and_(DISCLOSURES.c.entry_id == ENTRIES.c.entry_id, DISCLOSURES.c.name == beside.PERSON)
)
_MANY = 1_000


class Told(NamedTuple):
    """One entry with what it says for all to read and whom it is about, compared with its leaf; ``at`` aware, UTC."""

    entry_id: str
    at: datetime
    kind: str
    outcome: str
    document_id: str | None
    person_id: str | None
    said: dict[str, Any]


def told(connection: Connection, wanted: Wanted) -> Iterator[Told]:
    """Give all entries that are wanted, oldest first, read as they are asked for, many at a time.

    Args:
        connection: Any connection.
        wanted: Which.

    Raises:
        LogDamaged: What one of them is searched by is not what its leaf says.
    """
    asked = filtered(_WITH_PERSON, wanted).order_by(ENTRIES.c.arrival).limit(_MANY)
    after = 0
    while True:
        rows = plain(connection.execute(asked.where(ENTRIES.c.arrival > after)))
        yield from map(_compared, rows)
        if len(rows) < _MANY:
            return
        after = rows[-1].arrival


def newest(connection: Connection, wanted: Wanted) -> Told | None:
    """Give the one of the entries wanted with the latest instant; None where there is none.

    Args:
        connection: Any connection.
        wanted: Which.

    Raises:
        LogDamaged: What it is searched by is not what its leaf says.
    """
    asked = filtered(_WITH_PERSON, wanted).order_by(ENTRIES.c.at.desc(), ENTRIES.c.arrival.desc()).limit(1)
    return next(map(_compared, plain(connection.execute(asked))), None)


def _compared(row: Any) -> Told:
    # Where it was erased whom an entry is about, nothing stands behind that commitment; that is no damage.
    person = {} if row.salt is None else {beside.PERSON: (row.clear_value, row.salt)}
    said = beside.demand_same(row, person)["said"]
    return Told(row.entry_id, row.at, row.kind, row.outcome, row.document_id, row.person_id, said)
