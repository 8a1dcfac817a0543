"""Append inside the caller's transaction: the only writer of entries."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    LargeBinary,
    Select,
    String,
    bindparam,
    func,
    insert,
    literal,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import column

from app.audit import labels
from app.audit.entries import Entry, commitment, leaf_bytes
from app.changes import Watch
from app.database import Instant

# Lightweight descriptions: the schema belongs to the records room, which this room does not know.
_ENTRIES = table(
    "entries",
    column("arrival"),
    column("at", Instant),
    *(
        column(name, String)
        for name in ("entry_id", "kind", "outcome", "producer_id", "release_id", "document_id", "person_id")
    ),
    column("leaf", LargeBinary),
    column("labelled", Boolean),
)
_COLUMNS = [one for one in _ENTRIES.c if one.name != "arrival"]
_DISCLOSURES = table("disclosures", *map(column, ("entry_id", "name", "salt", "clear_value")))

# What is told together at most; a statement that says more might take longer than the server allows.
_TOGETHER = 200


def _all_at_once() -> Select[Any]:
    """Put an entry, the values behind its commitments and its labels into one statement, as PostgreSQL can take them.

    One question to the server where there were three.
    """
    row = {one.name: bindparam(f"entry_{one.name}", type_=one.type) for one in _COLUMNS}
    added = insert(_ENTRIES).values(row).returning(_ENTRIES.c.at, _ENTRIES.c.arrival).cte("added")
    clear = _unnested("clear", name=String(), salt=LargeBinary(), clear_value=String())
    behind = select(bindparam("entry_entry_id", type_=String()), clear.c.name, clear.c.salt, clear.c.clear_value)
    found_by = _unnested("found_by", name=String(), value=String())
    led = select(found_by.c.name, found_by.c.value, added.c.at, added.c.arrival).join_from(added, found_by, true())
    return select(literal(1)).add_cte(
        insert(_DISCLOSURES).from_select(["entry_id", *clear.c.keys()], behind).cte("behind"),
        insert(labels.LABELS).from_select([*found_by.c.keys(), "at", "arrival"], led).cte("led"),
    )


def _many_at_once() -> Select[Any]:
    """Put several entries, in this order, with what goes with them into one statement for PostgreSQL."""
    rows = func.unnest(*(_array("entry", one.name, one.type) for one in _COLUMNS))
    given = rows.table_valued(*(one.name for one in _COLUMNS), with_ordinality="place").render_derived(name="given")
    in_order = select(*(given.c[one.name] for one in _COLUMNS)).order_by(given.c.place)
    add = insert(_ENTRIES).from_select([one.name for one in _COLUMNS], in_order)
    added = add.returning(_ENTRIES.c.entry_id, _ENTRIES.c.at, _ENTRIES.c.arrival).cte("added")
    clear = _unnested("clear", entry_id=String(), name=String(), salt=LargeBinary(), clear_value=String())
    found_by = _unnested("found_by", entry_id=String(), name=String(), value=String())
    led = select(found_by.c.name, found_by.c.value, added.c.at, added.c.arrival).join_from(
        added, found_by, added.c.entry_id == found_by.c.entry_id
    )
    return select(literal(1)).add_cte(
        insert(_DISCLOSURES).from_select([*clear.c.keys()], select(clear)).cte("behind"),
        insert(labels.LABELS).from_select(["name", "value", "at", "arrival"], led).cte("led"),
    )


def _unnested(called: str, **columns: Any) -> Any:
    given = [_array(called, one, of_type) for one, of_type in columns.items()]
    return func.unnest(*given).table_valued(*columns).render_derived(name=called)


def _array(called: str, one: str, of_type: Any) -> Any:
    return bindparam(f"{called}_{one}", type_=ARRAY(of_type))


# Built once: putting a statement together costs several times what running it does.
_ADD_ENTRY, _ADD_DISCLOSURES = insert(_ENTRIES).returning(_ENTRIES.c.arrival), insert(_DISCLOSURES)
_ADD_ALL, _ADD_MANY = _all_at_once(), _many_at_once()


@dataclass(frozen=True, slots=True)
class _New:
    """An entry as its tables take it: its row, the values behind its commitments, and what it is found by."""

    row: dict[str, Any]
    behind: list[tuple[str, bytes, str]]
    found_by: list[tuple[str, str]]


class _Coming(list[_New]):
    """Entries of one transaction of which the server has not been told, in their order.

    Whoever opens a document leaves several in a row. They are told in one statement, before anything else is said to
    the server: their order, and what the transaction sees of itself, is as if each had been told at once.
    """

    def __call__(self, connection: Connection) -> None:
        """Tell the server of them."""
        if len(self) == 1:
            connection.execute(_ADD_ALL, _given_one(self[0]))
        else:
            connection.execute(_ADD_MANY, _given_many(self))


def append(connection: Connection, entry: Entry) -> str:
    """Append one entry; it stands or falls with the caller's transaction.

    Args:
        connection: An open write transaction.
        entry: What to log.

    Returns:
        The entry's opaque id, which may be quoted as a receipt and tells nothing of how busy the log is.

    Raises:
        ValueError: The leaf would be longer than 4 KiB.
    """
    entry_id = "ent_" + secrets.token_hex(12)
    clear = {"actor": entry.actor_id, **({"person": entry.person_id} if entry.person_id else {}), **entry.sealed}
    salts = {name: secrets.token_bytes(16) for name in clear}
    leaf = leaf_bytes(entry_id, entry, {name: commitment(salts[name], value) for name, value in clear.items()})
    row = {
        "entry_id": entry_id,
        "kind": entry.kind.value,
        "at": entry.at,
        "outcome": entry.outcome.value,
        "producer_id": entry.producer_id,
        "release_id": entry.release_id,
        "document_id": entry.document_id,
        "person_id": entry.person_id,
        "leaf": leaf,
        "labelled": True,
    }
    behind = [(name, salts[name], value) for name, value in clear.items()]
    new = _New(row, behind, sorted(labels.labels_of(entry.said, clear)))
    watch: Watch = connection.info["watch"]
    if connection.dialect.name == "postgresql":
        _put_off(connection, watch, new)
    else:
        _add(connection, new)
    watch.entries_appended += 1
    return entry_id


def _put_off(connection: Connection, watch: Watch, new: _New) -> None:
    if not isinstance(watch.put_off, _Coming):
        watch.catch_up(connection)
        watch.put_off = _Coming()
    watch.put_off.append(new)
    if len(watch.put_off) == _TOGETHER:
        watch.catch_up(connection)


def _add(connection: Connection, new: _New) -> None:
    arrival: int = connection.execute(_ADD_ENTRY, new.row).scalar_one()
    entry_id = new.row["entry_id"]
    connection.execute(
        _ADD_DISCLOSURES,
        [{"entry_id": entry_id, "name": name, "salt": salt, "clear_value": value} for name, salt, value in new.behind],
    )
    labels.add(connection, arrival, new.row["at"], new.found_by)


def _given_one(new: _New) -> dict[str, Any]:
    return {
        **{f"entry_{name}": value for name, value in new.row.items()},
        **_columns("clear", ("name", "salt", "clear_value"), new.behind),
        **_columns("found_by", ("name", "value"), new.found_by),
    }


def _given_many(coming: Sequence[_New]) -> dict[str, Any]:
    behind = [(new.row["entry_id"], *one) for new in coming for one in new.behind]
    found_by = [(new.row["entry_id"], *one) for new in coming for one in new.found_by]
    return {
        **{f"entry_{one.name}": [new.row[one.name] for new in coming] for one in _COLUMNS},
        **_columns("clear", ("entry_id", "name", "salt", "clear_value"), behind),
        **_columns("found_by", ("entry_id", "name", "value"), found_by),
    }


def _columns(called: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {f"{called}_{name}": [row[place] for row in rows] for place, name in enumerate(names)}
