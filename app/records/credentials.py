"""Credentials of programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from app.records.rows import is_row
from app.records.tables import service_credentials
from app.rules.facts import Role


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """What a program may do; ``organisation_id`` None means the whole service. Instants aware UTC."""

    client_id: str
    secret_hash: str
    name: str
    organisation_id: str | None
    role: Role
    made_at: datetime
    ended_at: datetime | None


def add(
    connection: Connection,
    *,
    client_id: str,
    secret_hash: str,
    name: str,
    organisation_id: str | None,
    role: Role,
    at: datetime,
) -> None:
    """Keep a credential; of its secret only the keyed hash.

    Args:
        secret_hash: 64 hexadecimal digits.
        organisation_id: Where it counts; None is the whole service.
    """
    connection.execute(
        insert(service_credentials).values(
            client_id=client_id,
            secret_hash=secret_hash,
            name=name,
            organisation_id=organisation_id,
            role=role.value,
            made_at=at,
        )
    )


def find(connection: Connection, client_id: str) -> CredentialRow | None:
    """Give a credential, ended or not; None when there is none with this id."""
    row = connection.execute(select(service_credentials).where(is_row(service_credentials, client_id))).one_or_none()
    if row is None:
        return None
    return CredentialRow(
        row.client_id, row.secret_hash, row.name, row.organisation_id, Role(row.role), row.made_at, row.ended_at
    )


def end(connection: Connection, client_id: str, at: datetime) -> bool:
    """End a credential; False when it had ended already.

    Returns:
        False when it had ended already, or there is none.
    """
    live = update(service_credentials).where(is_row(service_credentials, client_id))
    return connection.execute(live.where(service_credentials.c.ended_at.is_(None)).values(ended_at=at)).rowcount == 1
