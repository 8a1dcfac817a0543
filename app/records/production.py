"""The register of access for production, quality assurance and publishing, beside the eligibility lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, insert, or_, select, update

from app.answers import asked_once
from app.plain import plain
from app.records.rows import is_row, one_row, page_of
from app.records.tables import grants, lists, people, production_access, releases
from app.rules.errors import Conflict
from app.rules.facts import ListState, Person
from app.rules.production import Purpose, Restriction


@dataclass(frozen=True, slots=True)
class ProductionRow:
    """One row of the register.

    Attributes:
        from_on, until_on: First and last London day for which it is meant; no last day where none is set.
        accepted_how: How the restriction was accepted, in words.
        accepted_by: The person, or whoever recorded their written acceptance.
        revision: Counted from 1; goes up with each change.
    """

    production_access_id: str
    release_id: str
    release_title: str
    person: Person
    purpose: Purpose
    why: str
    from_on: date
    until_on: date | None
    restriction: Restriction
    accepted_at: datetime | None
    accepted_how: str
    accepted_by: str | None
    permitted_at: datetime | None
    permitted_by: str | None
    ended_at: datetime | None
    end_reason: str
    added_at: datetime
    added_by: str
    revision: int


@dataclass(frozen=True, slots=True)
class ProductionLine:
    """What a list says of one row of the register: not the words of its restriction, which are long.

    Attributes:
        from_on, until_on: First and last London day for which it is meant; no last day where none is set.
    """

    production_access_id: str
    release_title: str
    purpose: Purpose
    from_on: date
    until_on: date | None
    accepted_at: datetime | None
    permitted_at: datetime | None
    ended_at: datetime | None


def add(
    connection: Connection,
    *,
    production_access_id: str,
    release_id: str,
    person_id: str,
    purpose: Purpose,
    why: str,
    from_on: date,
    until_on: date | None,
    restriction: Restriction,
    at: datetime,
    added_by: str,
) -> None:
    """Put a row on the register, proposed.

    Args:
        from_on, until_on: First and last London day for which it is meant.
        restriction: The words to be accepted.
        at: Now. Aware, UTC.
        added_by: Id of whoever proposes it.
    """
    connection.execute(
        insert(production_access).values(
            production_access_id=production_access_id,
            release_id=release_id,
            person_id=person_id,
            purpose=purpose.value,
            why=why,
            from_on=from_on,
            until_on=until_on,
            restriction_sha256=restriction.sha256,
            restriction_text=restriction.text,
            added_at=at,
            added_by=added_by,
            revision=1,
        )
    )


def get(connection: Connection, production_access_id: str) -> ProductionRow:
    """Give one row of the register.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, _rows().where(is_row(production_access, production_access_id))))


def accept(connection: Connection, row: ProductionRow, *, how: str, by: str, at: datetime) -> None:
    """Put on record that the restriction was accepted.

    Args:
        row: As it was read.
        how: How it was accepted, in words.
        by: Id of the person, or of whoever records their written acceptance.
        at: Now. Aware, UTC.

    Raises:
        Conflict: Somebody changed the row meanwhile.
    """
    _change(connection, row, accepted_at=at, accepted_how=how, accepted_by=by)


def permit(connection: Connection, row: ProductionRow, *, by: str, at: datetime) -> None:
    """Put on record that the figures may be shared.

    Args:
        row: As it was read.
        by: Id of whoever permits it.
        at: Now. Aware, UTC.

    Raises:
        Conflict: Somebody changed the row meanwhile.
    """
    _change(connection, row, permitted_at=at, permitted_by=by)


def end(connection: Connection, row: ProductionRow, *, reason: str, at: datetime) -> None:
    """End an access.

    Args:
        row: As it was read.
        reason: Why.
        at: Now. Aware, UTC.

    Raises:
        Conflict: Somebody changed the row meanwhile.
    """
    _change(connection, row, ended_at=at, end_reason=reason)


def page(
    connection: Connection, release_id: str, *, limit: int | None = None, after: str | None = None
) -> list[ProductionRow]:
    """Give the register of a release, ended rows too, the first proposed first.

    Args:
        limit: How many at most; None for all.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(_rows(), production_access, production_access.c.added_at, limit or 1_000_000, after)
    asked = turned.where(production_access.c.release_id == release_id)
    return [_row(row) for row in plain(connection.execute(asked))]


def of_person(connection: Connection, person_id: str) -> tuple[ProductionRow, ...]:
    """Give the rows about one person, ended ones too, the latest proposed first."""
    of = production_access.c
    asked = _rows().where(of.person_id == person_id).order_by(of.added_at.desc(), of.production_access_id)
    return tuple(_row(row) for row in plain(connection.execute(asked)))


def page_of_person(
    connection: Connection, person_id: str, *, limit: int, after: str | None = None
) -> tuple[ProductionLine, ...]:
    """Give a page of the rows about one person, ended ones too, the latest proposed first.

    Args:
        connection: Any connection.
        person_id: Whom they are about.
        limit: How many at most.
        after: Id of the last one on the page before; None, or an id of no row about this person, to begin.
    """
    of = production_access.c
    asked = (
        select(
            of.production_access_id,
            releases.c.title.label("release_title"),
            of.purpose,
            of.from_on,
            of.until_on,
            of.accepted_at,
            of.permitted_at,
            of.ended_at,
        )
        .join(releases, releases.c.release_id == of.release_id)
        .where(of.person_id == person_id)
        .order_by(of.added_at.desc(), of.production_access_id)
        .limit(limit)
    )
    mark = select(of.added_at).where(is_row(production_access, after or ""), of.person_id == person_id)
    added_at = connection.execute(mark).scalar_one_or_none() if after else None
    if added_at is not None:
        same = and_(of.added_at == added_at, of.production_access_id > after)
        asked = asked.where(or_(of.added_at < added_at, same))
    return tuple(_line(row) for row in plain(connection.execute(asked)))


def get_of_person(connection: Connection, person_id: str, production_access_id: str) -> ProductionRow:
    """Give one row about one person.

    Args:
        connection: Any connection.
        person_id: Whom it must be about.
        production_access_id: The row.

    Raises:
        NotFound: There is none with this id, or it is about somebody else.
    """
    theirs = production_access.c.person_id == person_id
    return _row(one_row(connection, _rows().where(is_row(production_access, production_access_id), theirs)))


@asked_once
def of_person_for(connection: Connection, person_id: str, release_id: str) -> tuple[ProductionRow, ...]:
    """Give the rows about one person on the register of one release, ended ones too, the latest proposed first.

    Args:
        connection: Any connection.
        person_id: Whom they are about.
        release_id: Whose register.
    """
    of = production_access.c
    theirs = _rows().where(of.person_id == person_id, of.release_id == release_id)
    in_turn = theirs.order_by(of.added_at.desc(), of.production_access_id)
    return tuple(_row(row) for row in plain(connection.execute(in_turn)))


def waits_for(connection: Connection, person_id: str, on: date) -> bool:
    """Say whether something proposed for a person is neither accepted by them nor over.

    Args:
        on: Today, London.
    """
    of = production_access.c
    waiting = and_(of.accepted_at.is_(None), of.ended_at.is_(None), or_(of.until_on.is_(None), of.until_on >= on))
    asked = select(of.production_access_id).where(of.person_id == person_id, waiting).limit(1)
    return connection.execute(asked).first() is not None


def listed_people(connection: Connection, release_id: str) -> frozenset[str]:
    """Give the ids of those whom the eligibility list of a release names, in force or in draft."""
    asked = (
        select(grants.c.person_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(
            lists.c.release_id == release_id,
            lists.c.state != ListState.SUPERSEDED.value,
            grants.c.person_id.is_not(None),
        )
    )
    return frozenset(connection.execute(asked).scalars())


def _change(connection: Connection, row: ProductionRow, **values: Any) -> None:
    of = production_access
    same = update(of).where(is_row(of, row.production_access_id), of.c.revision == row.revision)
    if connection.execute(same.values(revision=row.revision + 1, **values)).rowcount != 1:
        raise Conflict("Somebody changed this since you read it. Read it again, then repeat your change.")


def _rows() -> Select[Any]:
    joined = production_access.join(people, people.c.person_id == production_access.c.person_id).join(
        releases, releases.c.release_id == production_access.c.release_id
    )
    asked = select(production_access, people.c.name, people.c.email, releases.c.title.label("release_title"))
    return asked.select_from(joined)


def _line(row: Any) -> ProductionLine:
    return ProductionLine(
        production_access_id=row.production_access_id,
        release_title=row.release_title,
        purpose=Purpose(row.purpose),
        from_on=row.from_on,
        until_on=row.until_on,
        accepted_at=row.accepted_at,
        permitted_at=row.permitted_at,
        ended_at=row.ended_at,
    )


def _row(row: Any) -> ProductionRow:
    return ProductionRow(
        production_access_id=row.production_access_id,
        release_id=row.release_id,
        release_title=row.release_title,
        person=Person(row.person_id, row.name, row.email),
        purpose=Purpose(row.purpose),
        why=row.why,
        from_on=row.from_on,
        until_on=row.until_on,
        restriction=Restriction(row.restriction_text, row.restriction_sha256),
        accepted_at=row.accepted_at,
        accepted_how=row.accepted_how,
        accepted_by=row.accepted_by,
        permitted_at=row.permitted_at,
        permitted_by=row.permitted_by,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        added_at=row.added_at,
        added_by=row.added_by,
        revision=row.revision,
    )
