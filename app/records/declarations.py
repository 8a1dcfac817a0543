"""Declarations, and the keys that people sign them with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from app.plain import plain
from app.records.tables import declarations, people, person_keys, releases, suspensions
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import Declaration, DeclarationScope, ReleaseState

_OVER = (ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value)


def _suspended_at() -> ScalarSelect[datetime]:
    # Only a suspension of the person counts, by the producer of the release at which it was signed.
    signed_for = releases.alias("signed_for")
    return (
        select(func.min(suspensions.c.from_at))
        .join(signed_for, signed_for.c.producer_id == suspensions.c.producer_id)
        .where(
            signed_for.c.release_id == declarations.c.release_id,
            suspensions.c.subject_kind == "person",
            suspensions.c.subject_id == declarations.c.person_id,
            suspensions.c.from_at > declarations.c.signed_at,
        )
        .correlate(declarations)
        .scalar_subquery()
    )


ROWS = select(declarations, _suspended_at().label("suspended_at"))
_OF_FACTS = (
    *("declaration_id", "person_id", "release_id", "series_id", "undertaking_sha256", "list_version"),
    *("signed_at", "lapses_at", "withdrawn_at", "scope"),
)
# The same as far as the rule looks at it: without the words and the signature, which are the bulk of it.
FACTS = select(*(declarations.c[name] for name in _OF_FACTS), _suspended_at().label("suspended_at"))
# Built once: putting a statement together costs several times what running it does.
_COVERING = ROWS.where(
    declarations.c.person_id == bindparam("person_id"),
    or_(
        and_(declarations.c.scope == "release", declarations.c.release_id == bindparam("release_id")),
        and_(declarations.c.scope == "series", declarations.c.series_id == bindparam("series_id")),
    ),
).order_by(declarations.c.signed_at, declarations.c.declaration_id)


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """A declaration with its words and its signature.

    Attributes:
        release_id: What it covers; with the scope of a series, the release at which the series was signed for.
        series_id: Set with that scope alone.
        how: ``sealed_by_service`` or ``own_key``.
        jws: The compact JWS.
        reminded_at: When its signer was last reminded that it is about to lapse. Aware, UTC.
    """

    declaration: Declaration
    release_id: str
    undertaking_version: str
    undertaking_text: str
    how: str
    jws: str
    series_id: str | None = None
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who has signed, for the letter that asks them to sign again."""

    person_id: str
    name: str
    email: str


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
            "scope": signed.scope.value,
            "series_id": row.series_id,
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
    row = connection.execute(ROWS.where(declarations.c.declaration_id == declaration_id)).one_or_none()
    return row_of(row) if row else None


def get(connection: Connection, declaration_id: str) -> DeclarationRow:
    """Give a declaration.

    Raises:
        NotFound: There is none.
    """
    found = find(connection, declaration_id)
    if found is None:
        raise NotFound(NOTHING_THERE)
    return found


def covering(
    connection: Connection, *, person_id: str, release_id: str, series_id: str | None
) -> tuple[Declaration, ...]:
    """Give every declaration of a person that covers a release, oldest first, withdrawn and lapsed ones included.

    Args:
        connection: Any connection.
        person_id, release_id: Whose, and for what.
        series_id: The series of the release; None where it belongs to none.
    """
    asked = {"person_id": person_id, "release_id": release_id, "series_id": series_id or ""}
    return tuple(row_of(row).declaration for row in plain(connection.execute(_COVERING, asked)))


def page(
    connection: Connection,
    *,
    person_id: str | None = None,
    release_id: str | None = None,
    series_id: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[DeclarationRow, ...]:
    """Give declarations of a person, or those that cover a release, newest first.

    Args:
        connection: Any connection.
        person_id, release_id: Whose, and for what; None leaves it open.
        series_id: The series of the release; those for the whole series cover it too.
        after: Instant of signing and id of the last one already given.
        limit: How many at most.
    """
    wanted = ROWS.order_by(declarations.c.signed_at.desc(), declarations.c.declaration_id).limit(limit)
    if person_id is not None:
        wanted = wanted.where(declarations.c.person_id == person_id)
    if release_id is not None:
        whole = and_(declarations.c.scope == "series", declarations.c.series_id == (series_id or ""))
        wanted = wanted.where(or_(declarations.c.release_id == release_id, whole))
    if after is not None:
        earlier = declarations.c.signed_at < after[0]
        same = and_(declarations.c.signed_at == after[0], declarations.c.declaration_id > after[1])
        wanted = wanted.where(or_(earlier, same))
    return tuple(row_of(row) for row in plain(connection.execute(wanted)))


def withdraw(connection: Connection, row: DeclarationRow, at: datetime) -> tuple[str, ...]:
    """Mark a declaration as withdrawn, and with it whatever its signer signed for the same earlier.

    Args:
        connection: An open write transaction.
        row: The declaration.
        at: When. Aware.

    Returns:
        The ids of those that were not withdrawn already; empty when this one was.
    """
    signed = row.declaration
    this = and_(declarations.c.declaration_id == signed.declaration_id, declarations.c.withdrawn_at.is_(None))
    if connection.execute(update(declarations).where(this).values(withdrawn_at=at)).rowcount != 1:
        return ()
    earlier = and_(
        declarations.c.person_id == signed.person_id,
        declarations.c.signed_at <= signed.signed_at,
        declarations.c.withdrawn_at.is_(None),
        _same_cover(row),
    )
    also = connection.execute(select(declarations.c.declaration_id).where(earlier)).scalars().all()
    if also:
        those = declarations.c.declaration_id.in_(also)
        connection.execute(update(declarations).where(those).values(withdrawn_at=at))
    return (signed.declaration_id, *sorted(also))


def signers_concerned(connection: Connection, *, producer_id: str, order: str, at: datetime) -> tuple[Signer, ...]:
    """Give everybody whose declaration counts at an instant for statistics of a producer under an Order.

    Args:
        connection: Any connection.
        producer_id: The producer.
        order: The governing Order's name.
        at: Aware.

    Returns:
        Each once, by address. Whoever signed only for what is published or cancelled by then is left out.
    """
    wanted = (
        select(people.c.person_id, people.c.name, people.c.email)
        .join(declarations, declarations.c.person_id == people.c.person_id)
        .join(releases, releases.c.release_id == declarations.c.release_id)
        .where(
            releases.c.producer_id == producer_id,
            releases.c.governing_order == order,
            declarations.c.withdrawn_at.is_(None),
            declarations.c.lapses_at > at,
            or_(declarations.c.scope == "series", releases.c.state.not_in(_OVER)),
        )
        .distinct()
        .order_by(people.c.email)
    )
    return tuple(Signer(*row) for row in plain(connection.execute(wanted)))


def lapsing(connection: Connection, *, after: datetime, until: datetime) -> tuple[DeclarationRow, ...]:
    """Give the declarations that lapse between two instants, and that nothing has made idle before.

    Idle is one that was withdrawn or renewed, that lapsed with a suspension, or whose release is over.

    Args:
        connection: Any connection.
        after, until: The first excluded, the last included. Aware.
    """
    newer = declarations.alias("newer")
    renewed = exists().where(
        newer.c.person_id == declarations.c.person_id,
        newer.c.signed_at > declarations.c.signed_at,
        newer.c.withdrawn_at.is_(None),
        newer.c.scope == declarations.c.scope,
        or_(
            and_(newer.c.scope == "release", newer.c.release_id == declarations.c.release_id),
            and_(newer.c.scope == "series", newer.c.series_id == declarations.c.series_id),
        ),
    )
    wanted = (
        ROWS.join(releases, releases.c.release_id == declarations.c.release_id)
        .where(
            declarations.c.lapses_at > after,
            declarations.c.lapses_at <= until,
            declarations.c.withdrawn_at.is_(None),
            _suspended_at().is_(None),
            or_(declarations.c.scope == "series", releases.c.state.not_in(_OVER)),
            ~renewed,
        )
        .order_by(declarations.c.lapses_at, declarations.c.declaration_id)
    )
    return tuple(row_of(row) for row in plain(connection.execute(wanted)))


def mark_reminded(connection: Connection, declaration_id: str, at: datetime) -> None:
    """Put down that the signer of a declaration was reminded."""
    this = update(declarations).where(declarations.c.declaration_id == declaration_id)
    connection.execute(this.values(reminded_at=at))


def keys_of(connection: Connection, person_id: str) -> dict[str, list[dict[str, Any]]]:
    """Give the public keys that a person has registered and not ended, as a JWK set."""
    wanted = select(person_keys.c.jwk).where(person_keys.c.person_id == person_id, person_keys.c.ended_at.is_(None))
    return {"keys": [json.loads(jwk) for jwk in connection.execute(wanted).scalars()]}


def _same_cover(row: DeclarationRow) -> ColumnElement[bool]:
    if row.declaration.scope is DeclarationScope.SERIES:
        return and_(declarations.c.scope == "series", declarations.c.series_id == row.series_id)
    return and_(declarations.c.scope == "release", declarations.c.release_id == row.release_id)


def row_of(row: Row[*tuple[Any, ...]]) -> DeclarationRow:
    """Read what ``ROWS`` asks for.

    Args:
        row: One row of it.
    """
    return DeclarationRow(
        declaration=fact_of(row),
        release_id=row.release_id,
        undertaking_version=row.undertaking_version,
        undertaking_text=row.undertaking_text,
        how=row.how,
        jws=row.jws,
        series_id=row.series_id,
        reminded_at=row.reminded_at,
    )


def fact_of(row: Row[*tuple[Any, ...]]) -> Declaration:
    """Read the declaration that the rule looks at.

    Args:
        row: One row of ``ROWS`` or ``FACTS``.
    """
    return Declaration(
        declaration_id=row.declaration_id,
        person_id=row.person_id,
        undertaking_sha256=row.undertaking_sha256,
        list_version=row.list_version,
        signed_at=row.signed_at,
        lapses_at=row.lapses_at,
        withdrawn_at=row.withdrawn_at,
        scope=DeclarationScope(row.scope),
        suspended_at=row.suspended_at,
    )
