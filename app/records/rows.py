"""What the files of several nouns need: add a row once, get one row, turn a page, give people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from app.plain import plain
from app.records.tables import people
from app.rules.errors import NOTHING_THERE, Code, Conflict, NotFound
from app.rules.facts import Person


def add_row(connection: Connection, table: Table, what: str, **columns: Any) -> None:
    """Insert a row that must be the only one of its kind.

    Args:
        what: The kind, for the message, e.g. ``organisation of this name``.

    Raises:
        Conflict: There is one already.
    """
    try:
        connection.execute(insert(table).values(**columns))
    except IntegrityError as error:
        raise Conflict(f"There is a {what} already. Nothing was added.", code=Code.ALREADY_EXISTS) from error


def is_row(table: Table, ident: str) -> ColumnElement[bool]:
    """Give the condition that a row of this table is the one with this id."""
    (key,) = table.primary_key.columns
    return key == ident


def one_row(connection: Connection, asked: Select[Any], **given: Any) -> Any:
    """Give the one row asked for.

    Args:
        given: What a statement that was built once is asked with.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(asked, given).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return row


def page_of(asked: Select[Any], table: Table, by: Column[Any], limit: int, after: str | None) -> Select[Any]:
    """Ask for a page in the order of one column, then of the id; from the row after the one with this id."""
    (key,) = table.primary_key.columns
    page = asked.order_by(by, key).limit(limit)
    if after is None:
        return page
    mark = table.alias("mark")  # the last row of the page before
    begun = select(mark.c[by.name], mark.c[key.name]).where(mark.c[key.name] == after)
    return page.where(tuple_(by, key) > begun.scalar_subquery())


def people_where(connection: Connection, wanted: ColumnElement[bool]) -> list[Person]:
    """Give the people of whom this is true, by name."""
    asked = select(people).where(wanted).order_by(people.c.name, people.c.person_id)
    return [Person(row.person_id, row.name, row.email) for row in plain(connection.execute(asked))]
