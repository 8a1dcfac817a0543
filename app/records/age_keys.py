"""The public keys of age to which people have their own copies sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import age_keys


@dataclass(frozen=True, slots=True)
class AgeKeyRow:
    """A person's own key. Only its public half is known here. Instants aware UTC.

    Attributes:
        recipient: ``age1…``.
    """

    age_key_id: str
    person_id: str
    recipient: str
    registered_at: datetime
    ended_at: datetime | None = None


def add(connection: Connection, row: AgeKeyRow) -> None:
    """Keep a key.

    Raises:
        Conflict: It is registered already, or was once; or the person has one that stands.
    """
    add_row(
        connection,
        age_keys,
        "registration of this key",
        **{name: getattr(row, name) for name in AgeKeyRow.__slots__},
    )


def get(connection: Connection, age_key_id: str) -> AgeKeyRow:
    """Give a key, ended or not.

    Raises:
        NotFound: There is none with this id.
    """
    row = one_row(connection, select(age_keys).where(is_row(age_keys, age_key_id)))
    return AgeKeyRow(**{name: getattr(row, name) for name in AgeKeyRow.__slots__})


def end(connection: Connection, age_key_id: str, at: datetime) -> bool:
    """End a key; False when it had ended already."""
    ended = update(age_keys).where(is_row(age_keys, age_key_id), age_keys.c.ended_at.is_(None))
    return connection.execute(ended.values(ended_at=at)).rowcount == 1


def of_person(connection: Connection, person_id: str) -> tuple[AgeKeyRow, ...]:
    """Give a person's keys, ended ones too, the earliest first."""
    asked = select(age_keys).where(age_keys.c.person_id == person_id)
    in_turn = asked.order_by(age_keys.c.registered_at, age_keys.c.age_key_id)
    rows = connection.execute(in_turn)
    return tuple(AgeKeyRow(**{name: getattr(row, name) for name in AgeKeyRow.__slots__}) for row in rows)


def standing(connection: Connection, person_id: str) -> AgeKeyRow | None:
    """Give the key of a person that stands, if there is one."""
    return next((row for row in of_person(connection, person_id) if row.ended_at is None), None)
