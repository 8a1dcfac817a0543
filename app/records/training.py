"""Who has done which training, when, and with which producer it counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, tuple_, update

from app.records.rows import is_row, one_row
from app.records.tables import organisations, people, producers, training_records
from app.rules.facts import Person, Training


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One piece of training as it is on record.

    Attributes:
        producer_id: With whom it counts.
        training_days: For how many days training counts there now; None where none is asked for.
        withdrawn_at: Since when it counts no more. Aware UTC.
    """

    training_id: str
    person_id: str
    producer_id: str
    producer: str
    training_days: int | None
    course: str
    training: Training
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Trained:
    """Somebody with everything they have done for one producer that asks for training."""

    person: Person
    producer_id: str
    producer: str
    contact: str
    training_days: int
    trainings: tuple[Training, ...]


def add(
    connection: Connection,
    *,
    training_id: str,
    person_id: str,
    producer_id: str,
    course: str,
    training: Training,
    at: datetime,
    recorded_by: str,
) -> None:
    """Put training on record.

    Args:
        at: Now. Aware, UTC.
        recorded_by: Id of whoever records it.
    """
    connection.execute(
        insert(training_records).values(
            training_id=training_id,
            person_id=person_id,
            producer_id=producer_id,
            course=course,
            done_on=training.done_on,
            valid_until_on=training.valid_until_on,
            recorded_at=at,
            recorded_by=recorded_by,
        )
    )


def get(connection: Connection, training_id: str) -> TrainingRow:
    """Give one piece of training, withdrawn or not.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, _rows().where(is_row(training_records, training_id))))


def withdraw(connection: Connection, training_id: str, *, at: datetime) -> bool:
    """Withdraw training that should not be on record; False when that was done already.

    Returns:
        Whether it stood until now.
    """
    of = training_records
    standing = update(of).where(is_row(of, training_id), of.c.withdrawn_at.is_(None)).values(withdrawn_at=at)
    return connection.execute(standing).rowcount == 1


def rows_of(
    connection: Connection, person_id: str, *, producer_ids: Collection[str] | None = None
) -> tuple[TrainingRow, ...]:
    """Give a person's training, withdrawn or not, the latest done first.

    Args:
        producer_ids: Only what counts with these; None for every producer.
    """
    of = training_records.c
    asked = _rows().where(of.person_id == person_id).order_by(of.done_on.desc(), of.training_id)
    if producer_ids is not None:
        asked = asked.where(of.producer_id.in_(sorted(producer_ids)))
    return tuple(_row(row) for row in connection.execute(asked))


def page_of_producer(
    connection: Connection, producer_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> tuple[tuple[Person, TrainingRow], ...]:
    """Give what counts or counted with a producer, withdrawn or not, with whose it is; the latest recorded first.

    Args:
        connection: Any connection.
        producer_id: With whom it counts.
        after: When the last one already given was recorded, and its id; None to begin. Aware.
        limit: How many at most.
    """
    of = training_records.c
    asked = _rows().add_columns(people.c.name, people.c.email).join(people, people.c.person_id == of.person_id)
    asked = asked.where(of.producer_id == producer_id)
    if after is not None:
        asked = asked.where(tuple_(of.recorded_at, of.training_id) < after)
    in_turn = asked.order_by(of.recorded_at.desc(), of.training_id.desc()).limit(limit)
    return tuple((Person(row.person_id, row.name, row.email), _row(row)) for row in connection.execute(in_turn))


def of_people(connection: Connection, producer_id: str, person_ids: Collection[str]) -> dict[str, tuple[Training, ...]]:
    """Give the training that counts with a producer and is not withdrawn, of these people.

    Args:
        connection: Any connection.
        producer_id: With whom it counts.
        person_ids: The people asked about.

    Returns:
        By person, the earliest done first; no entry for who has none.
    """
    of = training_records.c
    asked = select(of.person_id, of.done_on, of.valid_until_on).where(
        of.producer_id == producer_id, of.person_id.in_(sorted(person_ids)), of.withdrawn_at.is_(None)
    )
    found: dict[str, tuple[Training, ...]] = {}
    for row in connection.execute(asked.order_by(of.done_on, of.training_id)):
        found[row.person_id] = (*found.get(row.person_id, ()), Training(row.done_on, row.valid_until_on))
    return found


def everybody(connection: Connection) -> list[Trained]:
    """Give everybody with training that is not withdrawn, for each producer that asks for training."""
    of = training_records.c
    asked = (
        select(
            people,
            of.producer_id,
            of.done_on,
            of.valid_until_on,
            producers.c.training_days,
            producers.c.contact,
            organisations.c.name.label("producer"),
        )
        .select_from(training_records)
        .join(people, people.c.person_id == of.person_id)
        .join(producers, producers.c.producer_id == of.producer_id)
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
        .where(of.withdrawn_at.is_(None), producers.c.training_days.is_not(None))
        .order_by(of.producer_id, of.person_id, of.done_on)
    )
    found: dict[tuple[str, str], Trained] = {}
    for row in connection.execute(asked):
        key = (row.producer_id, row.person_id)
        earlier = found[key].trainings if key in found else ()
        person = Person(row.person_id, row.name, row.email)
        done = (*earlier, Training(row.done_on, row.valid_until_on))
        found[key] = Trained(person, row.producer_id, row.producer, row.contact, row.training_days, done)
    return list(found.values())


def _rows() -> Select[Any]:
    with_producer = training_records.join(producers, producers.c.producer_id == training_records.c.producer_id).join(
        organisations, organisations.c.organisation_id == producers.c.organisation_id
    )
    asked = select(training_records, producers.c.training_days, organisations.c.name.label("producer"))
    return asked.select_from(with_producer)


def _row(row: Row[Any]) -> TrainingRow:
    return TrainingRow(
        training_id=row.training_id,
        person_id=row.person_id,
        producer_id=row.producer_id,
        producer=row.producer,
        training_days=row.training_days,
        course=row.course,
        training=Training(row.done_on, row.valid_until_on),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        withdrawn_at=row.withdrawn_at,
    )
