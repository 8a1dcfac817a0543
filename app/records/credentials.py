"""Credentials of programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from app.records.rows import is_row
from app.records.tables import entry_labels, organisations, service_credentials
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


@dataclass(frozen=True, slots=True)
class CredentialSeen:
    """A credential as administrators see it.

    Attributes:
        organisation: Name of the organisation it counts in; None for the whole service.
        last_used_at: The last act on record by it, a token that it was given among them; None before the first.
    """

    row: CredentialRow
    organisation: str | None
    last_used_at: datetime | None


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
    return None if row is None else _credential(row)


def newest(connection: Connection) -> tuple[CredentialSeen, ...]:
    """Give every credential, the newest first; those that have ended come last."""
    of, label = service_credentials.c, entry_labels.c
    used = select(func.max(label.at)).where(label.name == "actor", label.value == of.client_id).scalar_subquery()
    joined = service_credentials.join(
        organisations, organisations.c.organisation_id == of.organisation_id, isouter=True
    )
    asked = select(service_credentials, organisations.c.name.label("organisation"), used.label("used_at"))
    in_turn = asked.select_from(joined).order_by(of.ended_at.is_not(None), of.made_at.desc(), of.client_id)
    return tuple(CredentialSeen(_credential(row), row.organisation, row.used_at) for row in connection.execute(in_turn))


def renew(connection: Connection, client_id: str, secret_hash: str) -> bool:
    """Keep another secret of a credential in the place of the one before.

    Args:
        secret_hash: 64 hexadecimal digits.

    Returns:
        False when it has ended, or there is none.
    """
    live = update(service_credentials).where(is_row(service_credentials, client_id))
    standing = live.where(service_credentials.c.ended_at.is_(None))
    return connection.execute(standing.values(secret_hash=secret_hash)).rowcount == 1


def end(connection: Connection, client_id: str, at: datetime) -> bool:
    """End a credential; False when it had ended already.

    Returns:
        False when it had ended already, or there is none.
    """
    live = update(service_credentials).where(is_row(service_credentials, client_id))
    return connection.execute(live.where(service_credentials.c.ended_at.is_(None)).values(ended_at=at)).rowcount == 1


def _credential(row: Row[Any]) -> CredentialRow:
    return CredentialRow(
        row.client_id, row.secret_hash, row.name, row.organisation_id, Role(row.role), row.made_at, row.ended_at
    )
