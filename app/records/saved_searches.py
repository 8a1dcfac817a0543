"""Searches of the log that auditors keep under a name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, or_, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import people, saved_searches


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One search under a name.

    Attributes:
        owner_id: The person whose it is.
        organisation_id: Whose auditors it is for: of this producer's organisation, or of the service.
        filters: What is asked for, by the names of the filters, as text.
        shared: Whether the other auditors of the same may run it.
        saved_at: Aware, UTC.
    """

    saved_search_id: str
    owner_id: str
    owner_name: str
    organisation_id: str | None
    name: str
    filters: dict[str, str]
    newest_first: bool
    shared: bool
    saved_at: datetime
    revision: int


def add(connection: Connection, saved: SavedSearch) -> None:
    """Add one.

    Raises:
        Conflict: The person has one of that name.
    """
    row = {name: getattr(saved, name) for name in SavedSearch.__slots__ if name != "owner_name"}
    row["filters"] = json.dumps(saved.filters, sort_keys=True)
    add_row(connection, saved_searches, "saved search of this name", **row)


def change(connection: Connection, saved: SavedSearch) -> None:
    """Name one anew, and share it or not."""
    changed = update(saved_searches).where(is_row(saved_searches, saved.saved_search_id))
    connection.execute(changed.values(name=saved.name, shared=saved.shared, revision=saved.revision))


def forget(connection: Connection, saved_search_id: str) -> None:
    """Delete one."""
    connection.execute(delete(saved_searches).where(is_row(saved_searches, saved_search_id)))


def get(connection: Connection, saved_search_id: str) -> SavedSearch:
    """Give one.

    Raises:
        NotFound: There is none.
    """
    return _saved(one_row(connection, _all().where(is_row(saved_searches, saved_search_id))))


def keep(connection: Connection, saved_search_id: str) -> SavedSearch:
    """Give one, and keep others from changing it until the transaction ends.

    Raises:
        NotFound: There is none.
    """
    one_row(connection, select(saved_searches).where(is_row(saved_searches, saved_search_id)).with_for_update())
    return get(connection, saved_search_id)


def find_named(connection: Connection, owner_id: str, name: str) -> str | None:
    """Give the id of somebody's search of this name; None when there is none."""
    of = saved_searches.c
    asked = select(of.saved_search_id).where(of.owner_id == owner_id, of.name == name)
    found: str | None = connection.execute(asked).scalar_one_or_none()
    return found


def count_of(connection: Connection, owner_id: str) -> int:
    """Say how many somebody keeps."""
    asked = select(func.count()).select_from(saved_searches).where(saved_searches.c.owner_id == owner_id)
    return int(connection.execute(asked).scalar_one())


def seen_by(
    connection: Connection, owner_id: str, scopes: set[str | None], *, limit: int, after: str | None = None
) -> list[SavedSearch]:
    """Give somebody's own searches, and what is shared with auditors of these organisations, in the order of their ids.

    Args:
        owner_id: The person.
        scopes: Organisations whose auditor they are; None among them for the service.
        limit: At most so many.
        after: The id where the page before ended.
    """
    of = saved_searches.c
    own = [of.organisation_id.in_([one for one in scopes if one])]
    if None in scopes:
        own.append(of.organisation_id.is_(None))
    asked = _all().where(or_(of.owner_id == owner_id, and_(of.shared, or_(*own))))
    if after is not None:
        asked = asked.where(of.saved_search_id > after)
    return [_saved(row) for row in connection.execute(asked.order_by(of.saved_search_id).limit(limit))]


def _all() -> Select[Any]:
    joined = saved_searches.join(people, people.c.person_id == saved_searches.c.owner_id)
    return select(saved_searches, people.c.name.label("owner_name")).select_from(joined)


def _saved(row: Row[Any]) -> SavedSearch:
    values = {name: getattr(row, name) for name in SavedSearch.__slots__}
    return SavedSearch(**{**values, "filters": json.loads(row.filters)})
