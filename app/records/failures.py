"""Past failures of people to keep to the terms of their access, as they are on record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from app.records.rows import is_row, one_row, page_of
from app.records.tables import failures, grants, lists, people, releases
from app.rules.facts import GrantClass, ListState, Order


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One past failure of one person.

    Attributes:
        order: The Order that governed the access in which it happened.
        release_title: The release it concerned; None where none is named.
        occurred_on: London day.
        recorded_by: Id of whoever recorded it; None when a rule did.
        withdrawn_at: Since when it counts no more. Aware UTC.
    """

    failure_id: str
    producer_id: str
    person_id: str
    person_name: str
    release_id: str | None
    release_title: str | None
    incident_id: str | None
    order: Order
    what: str
    occurred_on: date
    recorded_at: datetime
    recorded_by: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str


def add(
    connection: Connection,
    *,
    failure_id: str,
    producer_id: str,
    person_id: str,
    order: Order,
    what: str,
    occurred_on: date,
    at: datetime,
    recorded_by: str | None,
    release_id: str | None = None,
    incident_id: str | None = None,
) -> None:
    """Put a past failure on record.

    Args:
        order: The Order that governed the access in which it happened.
        occurred_on: London day.
        at: Now. Aware, UTC.
        recorded_by: Id of whoever records it; None when a rule does.
    """
    connection.execute(
        insert(failures).values(
            failure_id=failure_id,
            producer_id=producer_id,
            person_id=person_id,
            release_id=release_id,
            incident_id=incident_id,
            governing_order=order.value,
            what=what,
            occurred_on=occurred_on,
            recorded_at=at,
            recorded_by=recorded_by,
        )
    )


def get(connection: Connection, failure_id: str) -> FailureRow:
    """Give a past failure, withdrawn or not.

    Raises:
        NotFound: There is none with this id.
    """
    return _failure(one_row(connection, _failures().where(is_row(failures, failure_id))))


def withdraw(connection: Connection, failure_id: str, *, at: datetime, reason: str) -> bool:
    """Withdraw a past failure; False when it had been withdrawn already.

    Returns:
        Whether it stood until now.
    """
    standing = update(failures).where(is_row(failures, failure_id), failures.c.withdrawn_at.is_(None))
    return connection.execute(standing.values(withdrawn_at=at, withdrawn_reason=reason)).rowcount == 1


def page(connection: Connection, producer_id: str, *, limit: int, after: str | None = None) -> list[FailureRow]:
    """Give a producer's record of past failures, withdrawn ones too, the first recorded first.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(_failures(), failures, failures.c.recorded_at, limit, after)
    return [_failure(row) for row in connection.execute(turned.where(failures.c.producer_id == producer_id))]


def of_incident(connection: Connection, incident_id: str) -> tuple[FailureRow, ...]:
    """Give the failures put on record because of an incident, withdrawn ones too, the first recorded first."""
    asked = _failures().where(failures.c.incident_id == incident_id)
    in_turn = asked.order_by(failures.c.recorded_at, failures.c.failure_id)
    return tuple(_failure(row) for row in connection.execute(in_turn))


def of_people(connection: Connection, producer_id: str, person_ids: Collection[str]) -> tuple[FailureRow, ...]:
    """Give the failures on a producer's record, and not withdrawn, of any of these people.

    Args:
        connection: Any connection.
        producer_id: Whose record.
        person_ids: The people asked about.

    Returns:
        In the order in which they happened.
    """
    if not person_ids:
        return ()
    asked = _failures().where(
        failures.c.producer_id == producer_id,
        failures.c.person_id.in_(sorted(set(person_ids))),
        failures.c.withdrawn_at.is_(None),
    )
    in_turn = asked.order_by(failures.c.occurred_on, failures.c.failure_id)
    return tuple(_failure(row) for row in connection.execute(in_turn))


def shared_with(connection: Connection, producer_id: str, person_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Give, by person, those to whom they passed statistics for support, as this producer's approved lists have it.

    Args:
        person_ids: The recipients asked about.

    Returns:
        Ids of the supporters; no entry for a recipient who had none.
    """
    if not person_ids:
        return {}
    asked = (
        select(grants.c.for_person_id, grants.c.person_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .join(releases, releases.c.release_id == lists.c.release_id)
        .where(
            releases.c.producer_id == producer_id,
            lists.c.state != ListState.DRAFT.value,
            grants.c.grant_class == GrantClass.ADMINISTRATIVE_SUPPORT.value,
            grants.c.for_person_id.in_(sorted(set(person_ids))),
            grants.c.person_id.is_not(None),
        )
        .distinct()
    )
    found: dict[str, frozenset[str]] = {}
    for row in connection.execute(asked):
        found[row.for_person_id] = found.get(row.for_person_id, frozenset()) | {row.person_id}
    return found


def _failures() -> Select[Any]:
    asked = select(failures, people.c.name.label("person_name"), releases.c.title.label("release_title"))
    with_person = failures.join(people, people.c.person_id == failures.c.person_id)
    return asked.select_from(with_person.join(releases, releases.c.release_id == failures.c.release_id, isouter=True))


def _failure(row: Row[Any]) -> FailureRow:
    return FailureRow(
        failure_id=row.failure_id,
        producer_id=row.producer_id,
        person_id=row.person_id,
        person_name=row.person_name,
        release_id=row.release_id,
        release_title=row.release_title,
        incident_id=row.incident_id,
        order=Order(row.governing_order),
        what=row.what,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )
