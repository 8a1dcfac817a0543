"""Where wrapped secrets lie, which key-encryption key wrapped them, and putting a freshly wrapped one in their place.

A secret lies in its row with what it is bound to. A new column for one belongs on the list below; a test looks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, and_, func, select, update

from app.records.tables import documents, notices, openings, prepared_text_versions, upload_parts, webhook_secrets


@dataclass(frozen=True, slots=True)
class Place:
    """A column of wrapped secrets.

    Attributes:
        kind: What they are, for people and entries.
        key: The table's primary key.
        wrapped: The column.
        context: The column that a secret is bound to.
    """

    kind: str
    key: Column[str]
    wrapped: Column[bytes]
    context: Column[str]


PLACES = (
    Place("documents", documents.c.document_id, documents.c.wrapped_identity, documents.c.document_id),
    Place("parts of uploads", upload_parts.c.part_id, upload_parts.c.wrapped_identity, upload_parts.c.part_id),
    Place(
        "prepared texts",
        prepared_text_versions.c.version_id,
        prepared_text_versions.c.wrapped_identity,
        prepared_text_versions.c.bound_to,
    ),
    Place("passphrases", openings.c.opening_id, openings.c.wrapped_passphrase, openings.c.opening_id),
    Place("notices", notices.c.notice_id, notices.c.secret, notices.c.reason_key),
    Place("webhooks", webhook_secrets.c.secret_id, webhook_secrets.c.wrapped, webhook_secrets.c.secret_id),
)
"""Every column of wrapped secrets there is."""


@dataclass(frozen=True, slots=True)
class WrappedSecret:
    """One wrapped secret and where it lies."""

    place: Place
    row_id: str
    wrapped: bytes
    context: str


def count_by_prefix(connection: Connection, prefix_bytes: int) -> dict[bytes, Counter[str]]:
    """Count wrapped secrets by how they begin, which names the key that wrapped them.

    Args:
        prefix_bytes: How long that beginning is.

    Returns:
        By beginning, how many of each kind.
    """
    found: dict[bytes, Counter[str]] = {}
    for place in PLACES:
        begins: Any = func.substr(place.wrapped, 1, prefix_bytes, type_=LargeBinary)
        asked = select(begins, func.count()).where(_is_there(place)).group_by(begins)
        for prefix, count in connection.execute(asked):
            found.setdefault(bytes(prefix), Counter())[place.kind] += count
    return found


def wrapped_otherwise(
    connection: Connection, place: Place, prefix: bytes, *, after: str, limit: int
) -> tuple[WrappedSecret, ...]:
    """Give a page of the secrets in one place that do not begin with a prefix, in the order of their rows.

    Args:
        after: The row that the page before ended with; empty for the first.
        limit: At most so many.
    """
    begins = func.substr(place.wrapped, 1, len(prefix), type_=LargeBinary)
    asked = select(place.key, place.wrapped, place.context).where(_is_there(place), begins != prefix, place.key > after)
    rows = connection.execute(asked.order_by(place.key).limit(limit))
    return tuple(WrappedSecret(place, row_id, bytes(wrapped), context) for row_id, wrapped, context in rows)


def put(connection: Connection, secret: WrappedSecret, fresh: bytes) -> bool:
    """Put a freshly wrapped secret in an old one's place.

    Args:
        secret: As it was read.
        fresh: The same secret, wrapped again.

    Returns:
        False when it was changed or destroyed meanwhile; then nothing is changed.
    """
    place = secret.place
    here = and_(place.key == secret.row_id, place.wrapped == secret.wrapped)
    changed = update(place.wrapped.table).where(here).values({place.wrapped.name: fresh})
    return connection.execute(changed).rowcount == 1


def _is_there(place: Place) -> Any:
    return and_(place.wrapped.is_not(None), func.length(place.wrapped) > 0)
