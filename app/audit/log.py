"""Append inside the caller's transaction: the only writer of entries."""

from __future__ import annotations

import secrets

from sqlalchemy import Boolean, Connection, insert, table
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
# Built once: putting a statement together costs several times what running it does.
_ADD_ENTRY, _ADD_DISCLOSURES = insert(_ENTRIES).returning(_ENTRIES.c.arrival), insert(_DISCLOSURES)


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
    arrival: int = connection.execute(
        _ADD_ENTRY,
        {
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
        },
    ).scalar_one()
    connection.execute(
        _ADD_DISCLOSURES,
        [
            {"entry_id": entry_id, "name": name, "salt": salts[name], "clear_value": value}
            for name, value in clear.items()
        ],
    )
    labels.add(connection, arrival, entry.at, labels.labels_of(entry.said, clear))
    connection.info["watch"].entries_appended += 1
    return entry_id
