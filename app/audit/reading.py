"""Reading the log back: filters and keyset pages for auditors, leaves for exports and receipts."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Boolean, Connection, Select, func, select, table
from sqlalchemy.sql import column

from app.audit import beside, merkle, places
from app.audit.many import among
from app.database import Instant
from app.plain import plain
from app.rules.errors import LogDamaged

ENTRIES = table(
    "entries",
    column("at", Instant),
    column("labelled", Boolean),
    *map(
        column,
        (
            "arrival",
            "entry_id",
            "kind",
            "outcome",
            "producer_id",
            "release_id",
            "document_id",
            "person_id",
            "leaf",
            "leaf_index",
        ),
    ),
)
_READ = (*(one for one in ENTRIES.c if one.name != "leaf_index"), places.place_of(ENTRIES))
DISCLOSURES = table("disclosures", *map(column, ("entry_id", "name", "salt", "clear_value")))
_Opened = dict[str, dict[str, tuple[str, bytes]]]  # by entry and by name: clear value and salt
_NONE: dict[str, tuple[str, bytes]] = {}
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an auditor asks to see; every filter that is set must hold.

    Attributes:
        from_at, until_at: First instant, and the instant before which; aware UTC.
        producer_ids: Only entries of these producers; None means every entry, those of no producer too.
    """

    producer_ids: frozenset[str] | None = None
    release_id: str | None = None
    person_id: str | None = None
    document_id: str | None = None
    document_ids: frozenset[str] | None = None  # of one of these
    kind: str | None = None
    kinds: frozenset[str] | None = None  # of one of these
    outcome: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True)
class Logged:
    """One entry as it lies in the log, with the clear values that may be shown beside it.

    Attributes:
        arrival: Order of arrival; never shown, it would tell how busy the log is.
        leaf: The exact bytes of the leaf.
        leaf_index: Its place in the tree, None until it is sequenced.
        disclosed: Clear values and salts (hexadecimal) behind the commitments, by name.
        record: The leaf as it was read, where it was compared with what stands beside it.
    """

    arrival: int
    entry_id: str
    kind: str
    at: datetime
    outcome: str
    producer_id: str | None
    release_id: str | None
    document_id: str | None
    person_id: str | None
    leaf: bytes
    leaf_index: int | None
    disclosed: dict[str, tuple[str, str]]
    record: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def said(self) -> dict[str, Any]:
        """What the entry says for all to read."""
        said: dict[str, Any] = (self.record or json.loads(self.leaf))["said"]
        return said


def page(
    connection: Connection,
    wanted: Wanted,
    *,
    after: int,
    limit: int,
    compared: bool = True,
    behind: Collection[str] | None = None,
) -> list[Logged]:
    """Give one page of entries, oldest first.

    Args:
        after: The ``arrival`` of the last entry of the page before; 0 for the first page.
        limit: At most so many.
        compared: Compare what each is searched by with its leaf. An export does that itself, and names the first.
        behind: Names of the clear values that are asked for; whom an entry is about comes with it. None asks for all.

    Raises:
        LogDamaged: What one of them is searched by is not what its leaf says.
    """
    query = filtered(select(*_READ), wanted).where(ENTRIES.c.arrival > after)
    rows = connection.execute(query.order_by(ENTRIES.c.arrival).limit(limit)).all()
    return _with_disclosures(connection, rows, compared=compared, behind=behind)


def every(connection: Connection, wanted: Wanted, *, behind: Collection[str] | None = None) -> Iterator[Logged]:
    """Give all entries that are wanted, oldest first, read as they are asked for, many at a time.

    Args:
        connection: Any connection.
        wanted: Which.
        behind: As :func:`page` has it.

    Raises:
        LogDamaged: What one of them is searched by is not what its leaf says.
    """
    after = 0
    while True:
        read = page(connection, wanted, after=after, limit=_MANY, behind=behind)
        yield from read
        if len(read) < _MANY:
            return
        after = read[-1].arrival


def by_arrival(
    connection: Connection, arrivals: Sequence[int], *, behind: Collection[str] | None = None
) -> list[Logged]:
    """Give the entries that arrived as these, oldest first.

    Args:
        arrivals: Of each.
        behind: As :func:`page` has it.

    Raises:
        LogDamaged: What one of them is searched by is not what its leaf says.
    """
    asked = select(*_READ).where(among(ENTRIES.c.arrival, arrivals, connection.dialect)).order_by(ENTRIES.c.arrival)
    return _with_disclosures(connection, connection.execute(asked).all(), behind=behind)


def find(connection: Connection, entry_id: str) -> Logged | None:
    """Give one entry by its opaque id; None when there is none.

    Raises:
        LogDamaged: What it is searched by is not what its leaf says.
    """
    rows = connection.execute(select(*_READ).where(ENTRIES.c.entry_id == entry_id)).all()
    found = _with_disclosures(connection, rows)
    return found[0] if found else None


def first_entry_id(connection: Connection) -> str:
    """Give the id of the log's first entry, which tells this service from every other for as long as it lives.

    Raises:
        LogDamaged: The log is empty.
    """
    found: str | None = connection.execute(
        select(ENTRIES.c.entry_id).order_by(ENTRIES.c.arrival).limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise LogDamaged("the log has no first entry")
    return found


def newest_instant(connection: Connection) -> datetime | None:
    """Give the newest instant that the log holds; None when it is empty."""
    newest: datetime | None = connection.execute(select(func.max(ENTRIES.c.at))).scalar_one()
    return newest


def waiting(connection: Connection) -> int:
    """Say how many entries have no place in the tree yet."""
    return places.waiting(connection)


def filtered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Narrow a query of ``ENTRIES`` to what is wanted."""
    by_document = wanted.document_id is not None or wanted.document_ids is not None
    if wanted.producer_ids is not None:
        query = query.where(ENTRIES.c.producer_id.in_(wanted.producer_ids))
    if wanted.document_ids is not None:
        query = query.where(ENTRIES.c.document_id.in_(sorted(wanted.document_ids)))
    if wanted.kinds is not None:
        query = query.where(ENTRIES.c.kind.in_(sorted(wanted.kinds)))
    for name in ("release_id", "person_id", "document_id", "kind", "outcome"):
        value = getattr(wanted, name)
        if value is not None and not (name == "person_id" and by_document):
            query = query.where(ENTRIES.c[name] == value)
    if wanted.person_id is not None and by_document:
        # A document has hundreds of entries, a person may have thousands: so written that these do not lead to it.
        query = query.where(ENTRIES.c.person_id.concat("") == wanted.person_id)
    if wanted.from_at is not None:
        query = query.where(ENTRIES.c.at >= wanted.from_at)
    if wanted.until_at is not None:
        query = query.where(ENTRIES.c.at < wanted.until_at)
    return query


def _with_disclosures(
    connection: Connection, found: Sequence[Any], *, compared: bool = True, behind: Collection[str] | None = None
) -> list[Logged]:
    rows = plain(found)
    ids = [row.entry_id for row in rows]
    opened = _behind(connection, ids, behind) if ids else {}
    records: Sequence[dict[str, Any] | None] = [None] * len(rows)
    if compared:
        try:
            records = _all_same(rows, opened)
        except LogDamaged:
            rows, opened = _of_one_moment(connection, ids)
            records = _all_same(rows, opened)
    return [
        Logged(
            row.arrival,
            row.entry_id,
            row.kind,
            row.at,
            row.outcome,
            row.producer_id,
            row.release_id,
            row.document_id,
            row.person_id,
            row.leaf,
            row.leaf_index,
            {name: (value, salt.hex()) for name, (value, salt) in opened.get(row.entry_id, _NONE).items()},
            record,
        )
        for row, record in zip(rows, records, strict=True)
    ]


def _behind(connection: Connection, entry_ids: Sequence[str], names: Collection[str] | None) -> _Opened:
    asked = select(DISCLOSURES).where(among(DISCLOSURES.c.entry_id, entry_ids, connection.dialect))
    if names is not None:
        asked = asked.where(DISCLOSURES.c.name.in_(sorted({beside.PERSON, *names})))
    return _opened(connection.execute(asked))


def _opened(disclosures: Iterable[Any]) -> _Opened:
    opened: _Opened = {}
    for row in plain(disclosures):
        opened.setdefault(row.entry_id, {})[row.name] = (row.clear_value, row.salt)
    return opened


def _all_same(rows: Sequence[Any], opened: _Opened) -> list[dict[str, Any]]:
    return [beside.demand_same(row, opened.get(row.entry_id, _NONE)) for row in rows]


def _of_one_moment(connection: Connection, entry_ids: Sequence[str]) -> tuple[list[Any], _Opened]:
    """Read entries, and what stands behind their commitments, in one statement.

    In a writing transaction on PostgreSQL two statements may see what was before an erasure and what is after it. That
    is no damage; damage is still there when both are seen as of one moment.
    """
    behind = DISCLOSURES.c
    asked = select(*_READ, behind.name, behind.clear_value, behind.salt).outerjoin(
        DISCLOSURES, behind.entry_id == ENTRIES.c.entry_id
    )
    found = connection.execute(
        asked.where(among(ENTRIES.c.entry_id, entry_ids, connection.dialect)).order_by(ENTRIES.c.arrival)
    ).all()
    return list({row.arrival: row for row in found}.values()), _opened(row for row in found if row.name is not None)


def entry_record(logged: Logged) -> dict[str, Any]:
    """Give an entry as JSON-ready members: the leaf as it stands, its place, and what may be shown beside it."""
    return {
        "entry_id": logged.entry_id,
        "leaf": json.loads(logged.leaf),
        "leaf_base64": base64.b64encode(logged.leaf).decode(),
        "sequenced": logged.leaf_index is not None,
        "index": logged.leaf_index,
        "leaf_hash": merkle.leaf_hash(logged.leaf).hex(),
        "disclosed": {name: {"value": value, "salt": salt} for name, (value, salt) in logged.disclosed.items()},
    }
