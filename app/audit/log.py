"""Append inside the caller's transaction: the only writer of entries."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
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
from app.database import Instant

# Lightweight descriptions: the schema belongs to the records room, which this room does not know.
_ENTRIES = table(
    "entries",
    column("at", Instant),
    *map(
        column,
        ("arrival", "entry_id", "kind", "outcome", "producer_id", "release_id", "document_id", "person_id", "leaf"),
    ),
    column("labelled", Boolean),
)
_DISCLOSURES = table("disclosures", *map(column, ("entry_id", "name", "salt", "clear_value")))


def _all_at_once() -> Select[Any]:
    """Put an entry, the values behind its commitments and its labels into one statement, as PostgreSQL can take them.

    One question to the server where there were three: whoever opens a document leaves five entries.
    """
    row = {one.name: bindparam(f"entry_{one.name}", type_=one.type) for one in _ENTRIES.c if one.name != "arrival"}
    added = insert(_ENTRIES).values(row).returning(_ENTRIES.c.at, _ENTRIES.c.arrival).cte("added")
    clear = _unnested("clear", name=String(), salt=LargeBinary(), clear_value=String())
    behind = select(bindparam("entry_entry_id", type_=String()), clear.c.name, clear.c.salt, clear.c.clear_value)
    found_by = _unnested("found_by", name=String(), value=String())
    led = select(found_by.c.name, found_by.c.value, added.c.at, added.c.arrival).join_from(added, found_by, true())
    return select(literal(1)).add_cte(
        insert(_DISCLOSURES).from_select(["entry_id", *clear.c.keys()], behind).cte("behind"),
        insert(labels.LABELS).from_select([*found_by.c.keys(), "at", "arrival"], led).cte("led"),
    )


def _unnested(called: str, **columns: Any) -> Any:
    given = [bindparam(f"{called}_{one}", type_=ARRAY(of_type)) for one, of_type in columns.items()]
    return func.unnest(*given).table_valued(*columns).render_derived(name=called)


# Built once: putting a statement together costs several times what running it does.
_ADD_ENTRY, _ADD_DISCLOSURES = insert(_ENTRIES).returning(_ENTRIES.c.arrival), insert(_DISCLOSURES)
_ADD_ALL = _all_at_once()


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
    found_by = sorted(labels.labels_of(entry.said, clear))
    if connection.dialect.name == "postgresql":
        connection.execute(_ADD_ALL, _given(row, behind, found_by))
    else:
        arrival: int = connection.execute(_ADD_ENTRY, row).scalar_one()
        connection.execute(
            _ADD_DISCLOSURES,
            [{"entry_id": entry_id, "name": name, "salt": salt, "clear_value": value} for name, salt, value in behind],
        )
        labels.add(connection, arrival, entry.at, found_by)
    connection.info["watch"].entries_appended += 1
    return entry_id


def _given(
    row: Mapping[str, Any], behind: list[tuple[str, bytes, str]], found_by: list[tuple[str, str]]
) -> dict[str, Any]:
    return {
        **{f"entry_{name}": value for name, value in row.items()},
        "clear_name": [name for name, _, _ in behind],
        "clear_salt": [salt for _, salt, _ in behind],
        "clear_clear_value": [value for _, _, value in behind],
        "found_by_name": [name for name, _ in found_by],
        "found_by_value": [value for _, value in found_by],
    }
