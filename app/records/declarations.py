"""Declarations, and the keys that people sign them with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update

from app.records.tables import declarations, person_keys
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import Declaration

# Built once: putting a statement together costs several times what running it does.
_COVERING = (
    select(declarations)
    .where(
        declarations.c.person_id == bindparam("person_id"),
        declarations.c.release_id == bindparam("release_id"),
    )
    .order_by(declarations.c.signed_at, declarations.c.declaration_id)
)


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """A declaration with its words and its signature.

    Attributes:
        how: ``sealed_by_service`` or ``own_key``.
        jws: The compact JWS.
    """

    declaration: Declaration
    release_id: str
    undertaking_version: str
    undertaking_text: str
    how: str
    jws: str


def add(connection: Connection, row: DeclarationRow) -> None:
    """Add a declaration.

    Raises:
        IntegrityError: Its id is used already; the caller looks first.
    """
    signed = row.declaration
    connection.execute(
        insert(declarations),
        {
            "declaration_id": signed.declaration_id,
            "person_id": signed.person_id,
            "release_id": row.release_id,
            "list_version": signed.list_version,
            "undertaking_version": row.undertaking_version,
            "undertaking_sha256": signed.undertaking_sha256,
            "undertaking_text": row.undertaking_text,
            "signed_at": signed.signed_at,
            "lapses_at": signed.lapses_at,
            "withdrawn_at": signed.withdrawn_at,
            "how": row.how,
            "jws": row.jws,
        },
    )


def find(connection: Connection, declaration_id: str) -> DeclarationRow | None:
    """Give a declaration; None when there is none."""
    row = connection.execute(select(declarations).where(declarations.c.declaration_id == declaration_id)).one_or_none()
    return _row(row) if row else None


def get(connection: Connection, declaration_id: str) -> DeclarationRow:
    """Give a declaration.

    Raises:
        NotFound: There is none.
    """
    found = find(connection, declaration_id)
    if found is None:
        raise NotFound(NOTHING_THERE)
    return found


def covering(connection: Connection, *, person_id: str, release_id: str) -> tuple[Declaration, ...]:
    """Give every declaration of a person that covers a release, oldest first, withdrawn and lapsed ones included."""
    found = connection.execute(_COVERING, {"person_id": person_id, "release_id": release_id})
    return tuple(_row(row).declaration for row in found)


def page(
    connection: Connection,
    *,
    person_id: str | None = None,
    release_id: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[DeclarationRow, ...]:
    """Give declarations of a person, of a release, or both, newest first.

    Args:
        connection: Any connection.
        person_id, release_id: Whose, and for what; None leaves it open.
        after: Instant of signing and id of the last one already given.
        limit: How many at most.
    """
    wanted = select(declarations).order_by(declarations.c.signed_at.desc(), declarations.c.declaration_id).limit(limit)
    if person_id is not None:
        wanted = wanted.where(declarations.c.person_id == person_id)
    if release_id is not None:
        wanted = wanted.where(declarations.c.release_id == release_id)
    if after is not None:
        earlier = declarations.c.signed_at < after[0]
        same = and_(declarations.c.signed_at == after[0], declarations.c.declaration_id > after[1])
        wanted = wanted.where(or_(earlier, same))
    return tuple(_row(row) for row in connection.execute(wanted))


def withdraw(connection: Connection, declaration_id: str, at: datetime) -> bool:
    """Mark a declaration as withdrawn; say whether it was not so already."""
    same = and_(declarations.c.declaration_id == declaration_id, declarations.c.withdrawn_at.is_(None))
    return connection.execute(update(declarations).where(same).values(withdrawn_at=at)).rowcount == 1


def keys_of(connection: Connection, person_id: str) -> dict[str, list[dict[str, Any]]]:
    """Give the public keys that a person has registered and not ended, as a JWK set."""
    wanted = select(person_keys.c.jwk).where(person_keys.c.person_id == person_id, person_keys.c.ended_at.is_(None))
    return {"keys": [json.loads(jwk) for jwk in connection.execute(wanted).scalars()]}


def _row(row: Row[*tuple[Any, ...]]) -> DeclarationRow:
    return DeclarationRow(
        declaration=Declaration(
            declaration_id=row.declaration_id,
            person_id=row.person_id,
            undertaking_sha256=row.undertaking_sha256,
            list_version=row.list_version,
            signed_at=row.signed_at,
            lapses_at=row.lapses_at,
            withdrawn_at=row.withdrawn_at,
        ),
        release_id=row.release_id,
        undertaking_version=row.undertaking_version,
        undertaking_text=row.undertaking_text,
        how=row.how,
        jws=row.jws,
    )
