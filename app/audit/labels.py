"""What an entry is searched by beside its columns: who did it, from which network, why it was refused, by which clause.

Labels stand in a table of their own, in the order of time, so that a page of them is read from one index. What they say
is in the leaf, or in the clear values beside it: from these anybody can compute them again, and so does the running
check. A label that is a person's goes when the clear value goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, String, and_, exists, insert, select, table, update
from sqlalchemy.sql import column
from sqlalchemy.types import TypeEngine

from app.audit.many import many_rows
from app.database import Instant
from app.rules.errors import LogDamaged

ACTOR, NETWORK, REASON, SOURCE = "actor", "network", "reason", "source"
NAMES = (ACTOR, NETWORK, REASON, SOURCE, "post", "organisation", "series")
# Under which names a leaf seals what these labels say; they are personal, and are erased with the clear value.
SEALED = {"actor": ACTOR, "network": NETWORK, "network_hash": NETWORK}
VALUE_LENGTH = 300
_FEW = 200

LABELS = table("entry_labels", column("at", Instant), *map(column, ("name", "value", "arrival")))
_ENTRIES = table(
    "entries", column("at", Instant), column("labelled", Boolean), *map(column, ("entry_id", "arrival", "leaf"))
)
_DISCLOSURES = table("disclosures", *map(column, ("entry_id", "name", "clear_value")))
_ADD = insert(LABELS)
_TYPES: dict[str, TypeEngine[Any]] = {"name": String(), "value": String(), "at": Instant(), "arrival": BigInteger()}
_Stored = tuple[str, str, datetime, int]  # name, value, instant, order of arrival
_CODE = re.compile(r"[a-z][a-z0-9_]{0,79}")


def labels_of(said: Mapping[str, Any], clear: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Give the labels of an entry.

    Args:
        said: What it says for all to read.
        clear: The clear values behind its commitments, by name; of what was erased there is none.

    Returns:
        Name and value of each.
    """
    found = {(SEALED[name], value) for name, value in clear.items() if name in SEALED}
    for reason in _many(said.get("reasons")):
        one = reason if isinstance(reason, dict) else {"code": reason}
        found |= {(REASON, code) for code in _codes(one.get("code"))}
        found |= {(SOURCE, source) for source in _texts(one.get("source"))}
    found |= {(REASON, code) for code in _codes(said.get("code"))}
    found |= {(SOURCE, source) for listed in _many(said.get("sources")) for source in _texts(listed)}
    for name in ("post", "organisation", "series"):
        found |= {(name, ident) for ident in _texts(said.get(f"{name}_id"))}
    return frozenset((name, value[:VALUE_LENGTH]) for name, value in found if value)


def add(connection: Connection, arrival: int, at: datetime, labels: Iterable[tuple[str, str]]) -> None:
    """Put an entry's labels beside it.

    Args:
        connection: The transaction that appends it.
        arrival: Its order of arrival.
        at: Its instant. Aware.
        labels: As :func:`labels_of` gives them.
    """
    rows = [{"name": name, "value": value, "at": at, "arrival": arrival} for name, value in labels]
    if rows:
        connection.execute(_ADD, rows)


def catch_up(connection: Connection, *, limit: int, locking: bool) -> int:
    """Give the oldest entries without labels theirs: those that stood before there were any.

    Their rows are kept first. An erasure keeps them too, before it deletes labels and clear values: so none is given a
    label from a clear value that is on its way out.

    Args:
        connection: A write transaction.
        limit: At most so many.
        locking: Whether others may be at it too; then each takes what no other has in hand.

    Returns:
        How many were looked at; fewer than the limit when none is left.
    """
    of = _ENTRIES.c
    asked = select(of.entry_id, of.arrival, of.at, of.leaf).where(of.labelled.is_(None)).order_by(of.arrival)
    asked = asked.limit(limit)
    rows = connection.execute(asked.with_for_update(skip_locked=True) if locking else asked).all()
    if not rows:
        return 0
    clear: dict[str, dict[str, str]] = {}
    behind = select(_DISCLOSURES).where(_DISCLOSURES.c.entry_id.in_([row.entry_id for row in rows]))
    for found in connection.execute(behind.where(_DISCLOSURES.c.name.in_(SEALED))):
        clear.setdefault(found.entry_id, {})[found.name] = found.clear_value
    lacking = _lacking(connection, rows, clear)
    if lacking:
        connection.execute(_ADD, [dict(zip(("name", "value", "at", "arrival"), one, strict=True)) for one in lacking])
    arrivals = [row.arrival for row in rows]
    connection.execute(update(_ENTRIES).where(of.arrival.in_(arrivals)).values(labelled=True))
    return len(rows)


def demand_found_by(entry_id: str, said: Mapping[str, Any], clear: Mapping[str, str], asked: Mapping[str, str]) -> None:
    """Stop at an entry that was found by a label which it does not say.

    Args:
        entry_id: Of the entry.
        said: What it says for all to read.
        clear: The clear values that may be shown beside it, by name.
        asked: The labels it was found by.

    Raises:
        LogDamaged: It does not.
    """
    own = labels_of(said, clear)
    for name, value in asked.items():
        if (name, value) not in own:
            raise LogDamaged(f"entry {entry_id} is found by a {name} that it does not say")


def demand_all(connection: Connection, rows: Sequence[Any], clear: Mapping[str, Mapping[str, str]]) -> None:
    """Stop where a label of an entry is missing, so that a search by it would not find the entry.

    Args:
        connection: Any connection.
        rows: The entries: ``entry_id``, ``arrival``, ``at`` and ``leaf``.
        clear: The clear values behind the commitments of each, by entry and by name.

    Raises:
        LogDamaged: One is missing.
    """
    lacking = _lacking(connection, rows, clear)
    if lacking:
        name, _, _, arrival = min(lacking, key=lambda one: one[3])
        entry_id = next(row.entry_id for row in rows if row.arrival == arrival)
        raise LogDamaged(f"entry {entry_id} cannot be found by its {name}: the database does not say it beside it")


def _lacking(connection: Connection, rows: Sequence[Any], clear: Mapping[str, Mapping[str, str]]) -> list[_Stored]:
    expected = {
        (name, value, row.at, row.arrival)
        for row in rows
        for name, value in labels_of(json.loads(bytes(row.leaf))["said"], clear.get(row.entry_id, {}))
    }
    wanted = sorted(expected)
    found: list[_Stored] = []
    for start in range(0, len(wanted), _FEW):
        few = wanted[start : start + _FEW]
        standing = _standing(connection, few)
        found += [one for one in few if one not in standing]
    return found


def _standing(connection: Connection, few: Sequence[_Stored]) -> set[Any]:
    # Each is looked up by the key. Asked as rows that are among these, SQLite goes through every label there is.
    of, given = LABELS.c, many_rows(connection.dialect, _TYPES, few, "few").c
    same = and_(*(of[name] == given[name] for name in _TYPES))
    asked = select(*(given[name] for name in _TYPES)).where(exists(select(of.arrival).where(same)))
    return {tuple(row) for row in connection.execute(asked)}


def _many(found: object) -> list[Any]:
    return found if isinstance(found, list) else []


def _codes(found: object) -> list[str]:
    return [found] if isinstance(found, str) and _CODE.fullmatch(found) else []


def _texts(found: object) -> list[str]:
    return [found] if isinstance(found, str) else []
