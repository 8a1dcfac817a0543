"""What stands beside a leaf in the database, so that auditors can search: it has to say what the leaf says.

A leaf cannot be changed unseen. The columns could: an entry whose column says another release would be missing from an
auditor's answer although its leaf is whole. So whoever reads an entry, and the running check, compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import Boolean, Connection, select, table
from sqlalchemy.sql import column

from app.audit import labels, places
from app.audit.entries import commitment
from app.database import Instant
from app.plain import plain
from app.rules.errors import LogDamaged
from app.rules.reasons import instant_text

_NAMES = ("kind", "outcome", "producer_id", "release_id", "document_id")
_ENTRIES = table(
    "entries",
    column("at", Instant),
    column("labelled", Boolean),
    *map(column, ("arrival", "entry_id", "person_id", "leaf", "leaf_index", *_NAMES)),
)
_READ = [one.name for one in _ENTRIES.c if one.name != "leaf_index"]
_DISCLOSURES = table("disclosures", *map(column, ("entry_id", "name", "salt", "clear_value")))
# Reads a leaf in half the time of the standard library, and quotes nothing of one that it cannot read.
_RECORD = TypeAdapter(dict[str, Any], config=ConfigDict(hide_input_in_errors=True))
PERSON, _NOBODY = "person", "nobody"


def demand_same(row: Any, disclosed: Mapping[str, tuple[str, bytes]]) -> dict[str, Any]:
    """Give what a leaf says; stop where a column beside it, or whom it is said to be about, says something else.

    Args:
        row: The entry: ``entry_id``, ``kind``, ``at``, ``outcome``, ``producer_id``, ``release_id``, ``document_id``,
            ``person_id`` and ``leaf``.
        disclosed: Clear value and salt behind its commitments, by name. Of an entry whose clear values were erased
            there is none, and whom it is about is not said; that is no damage.

    Raises:
        LogDamaged: It is not.
    """
    try:
        record = _RECORD.validate_json(row.leaf)
    except ValueError as error:
        raise LogDamaged(f"the leaf of entry {row.entry_id} cannot be read") from error
    says = record.get
    person_holds = _person_holds(says("sealed", {}).get(PERSON), row.person_id, disclosed.get(PERSON))
    same = person_holds and (
        says("id") == row.entry_id
        and says("at") == instant_text(row.at)
        and says("kind") == row.kind
        and says("outcome") == row.outcome
        and says("producer_id") == row.producer_id
        and says("release_id") == row.release_id
        and says("document_id") == row.document_id
    )
    if not same:
        _name_differing(record, row, person_holds=person_holds)
    return record


def _name_differing(record: dict[str, Any], row: Any, *, person_holds: bool) -> None:
    beside = {"id": row.entry_id, "at": instant_text(row.at), **{name: getattr(row, name) for name in _NAMES}}
    differing = [name for name, value in beside.items() if record.get(name) != value]
    if not person_holds:
        differing.append("person_id")
    raise LogDamaged(f"beside entry {row.entry_id} the database does not say what its leaf says: {differing}")


def demand_all_same(connection: Connection, start: int, end: int) -> None:
    """Compare the entries from one place to before another with what stands beside them.

    Raises:
        LogDamaged: Something beside one of them is not what its leaf says.
    """
    rows = plain(connection.execute(places.between(_ENTRIES, start, end, _READ)))
    ids = places.between(_ENTRIES, start, end, ["entry_id"]).subquery()
    opened = _opened(connection, select(ids.c.entry_id))
    for row in rows:
        demand_same(row, opened.get(row.entry_id, {}))
    clear = {entry_id: {name: value for name, (value, _) in one.items()} for entry_id, one in opened.items()}
    labels.demand_all(connection, [row for row in rows if row.labelled], clear)


def _opened(connection: Connection, entry_ids: Any) -> dict[str, dict[str, tuple[str, bytes]]]:
    names = [PERSON, *labels.SEALED]
    asked = select(_DISCLOSURES).where(_DISCLOSURES.c.name.in_(names), _DISCLOSURES.c.entry_id.in_(entry_ids))
    opened: dict[str, dict[str, tuple[str, bytes]]] = {}
    for row in plain(connection.execute(asked)):
        opened.setdefault(row.entry_id, {})[row.name] = (row.clear_value, bytes(row.salt))
    return opened


def _person_holds(committed: str | None, person_id: str | None, disclosed: tuple[str, bytes] | None) -> bool:
    if disclosed is None:
        return person_id is None
    value, salt = disclosed
    about = None if value == _NOBODY else value
    return committed == commitment(salt, value) and about == person_id
