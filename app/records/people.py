"""People and their roles."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, insert, or_, select, update

from app.plain import plain
from app.records.organisations import producers_of_organisations as producers_of_organisations
from app.records.rows import add_row, is_row, one_row, page_of
from app.records.suspensions import suspensions_for as suspensions_for
from app.records.tables import people, roles
from app.rules.facts import Person, Role

_MANY = 500  # how many ids one query names; SQLite takes a limited number
# Built once: putting a statement together costs several times what running it does, and every request asks these.
_BY_ID = select(people).where(people.c.person_id == bindparam("person_id"))
_OF_THESE = select(people).where(people.c.person_id.in_(bindparam("person_ids", expanding=True)))
_GIVEN = and_(roles.c.from_at <= bindparam("at"), or_(roles.c.ended_at.is_(None), roles.c.ended_at > bindparam("at")))
_ROLES = (
    select(roles).where(roles.c.person_id == bindparam("person_id"), _GIVEN).order_by(roles.c.from_at, roles.c.role_id)
)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role given to a person; ``organisation_id`` None means the whole service. Instants aware UTC."""

    role_id: str
    person_id: str
    organisation_id: str | None
    role: Role
    from_at: datetime
    ended_at: datetime | None


def add(connection: Connection, *, person_id: str, name: str, email: str, at: datetime) -> None:
    """Add a person.

    Args:
        email: Normalised, and no shared mailbox: see ``rules/mailboxes.py``.

    Raises:
        Conflict: There is one with this address.
    """
    add_row(connection, people, "person with this address", person_id=person_id, name=name, email=email, added_at=at)


def get(connection: Connection, person_id: str) -> Person:
    """Give a person.

    Raises:
        NotFound: There is none with this id.
    """
    row = one_row(connection, select(people).where(is_row(people, person_id)))
    return Person(row.person_id, row.name, row.email)


def find(connection: Connection, person_id: str) -> Person | None:
    """Give a person; None when there is none with this id."""
    row = connection.execute(_BY_ID, {"person_id": person_id}).one_or_none()
    return Person(row.person_id, row.name, row.email) if row else None


def named(connection: Connection, person_ids: Collection[str]) -> dict[str, Person]:
    """Give people by their ids.

    Args:
        connection: Any connection.
        person_ids: Of people who are there; as many as there are.
    """
    wanted, found = sorted(person_ids), {}
    for place in range(0, len(wanted), _MANY):
        some = connection.execute(_OF_THESE, {"person_ids": wanted[place : place + _MANY]})
        for row in plain(some):
            found[row.person_id] = Person(row.person_id, row.name, row.email)
    return found


def keep(connection: Connection, person_id: str) -> None:
    """Let nobody else act on a person in the same way until this transaction is over."""
    connection.execute(select(people.c.person_id).where(is_row(people, person_id)).with_for_update())


def find_by_email(connection: Connection, email: str) -> Person | None:
    """Give the person with exactly this normalised address; None when there is none."""
    row = connection.execute(select(people).where(people.c.email == email)).one_or_none()
    return Person(row.person_id, row.name, row.email) if row else None


def page(connection: Connection, *, limit: int, after: str | None = None) -> list[Person]:
    """Give people by name, from the one after this id. For administrators only: see ``actions/people.py``.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(select(people), people, people.c.name, limit, after)
    return [Person(row.person_id, row.name, row.email) for row in plain(connection.execute(turned))]


def add_role(
    connection: Connection, *, role_id: str, person_id: str, organisation_id: str | None, role: Role, at: datetime
) -> None:
    """Give a person a role, in one organisation or, with None, in the whole service."""
    connection.execute(
        insert(roles).values(
            role_id=role_id, person_id=person_id, organisation_id=organisation_id, role=role.value, from_at=at
        )
    )


def get_role(connection: Connection, role_id: str) -> RoleRow:
    """Give a role that was given, ended or not.

    Raises:
        NotFound: There is none with this id.
    """
    return _role(one_row(connection, select(roles).where(is_row(roles, role_id))))


def end_role(connection: Connection, role_id: str, at: datetime) -> bool:
    """End a role; False when it had ended already.

    Returns:
        Whether it had not ended already.
    """
    ended = update(roles).where(is_row(roles, role_id), roles.c.ended_at.is_(None)).values(ended_at=at)
    return connection.execute(ended).rowcount == 1


def roles_of(connection: Connection, person_id: str, at: datetime) -> tuple[RoleRow, ...]:
    """Give the roles that a person has at an instant."""
    return tuple(_role(row) for row in plain(connection.execute(_ROLES, {"person_id": person_id, "at": at})))


def people_with_role(
    connection: Connection, organisation_id: str | None, *wanted: Role, at: datetime
) -> tuple[Person, ...]:
    """Give the people who have one of these roles at an instant, in an organisation or (None) the whole service."""
    asked: dict[str, Any] = {"roles": [role.value for role in wanted], "at": at}
    if organisation_id:
        asked["organisation_id"] = organisation_id
    rows = plain(connection.execute(_with_role(somewhere=bool(organisation_id)), asked))
    return tuple(Person(row.person_id, row.name, row.email) for row in rows)


@cache
def _with_role(*, somewhere: bool) -> Select[Any]:
    """Built once, as those above."""
    of = roles.c
    where = of.organisation_id == bindparam("organisation_id") if somewhere else of.organisation_id.is_(None)
    held = select(of.person_id).where(where, of.role.in_(bindparam("roles", expanding=True)), _GIVEN)
    return select(people).where(people.c.person_id.in_(held)).order_by(people.c.name, people.c.person_id)


def _role(row: Row[Any]) -> RoleRow:
    return RoleRow(row.role_id, row.person_id, row.organisation_id, Role(row.role), row.from_at, row.ended_at)
