"""Whom a suspension covers on a day, and what is still missing before it can end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.records import reapplications, suspensions, training
from app.records.organisations import ProducerCard
from app.records.suspensions import SuspensionRow
from app.rules.facts import Person, london_date
from app.rules.reasons import Reason
from app.rules.reinstatement import reinstatement_lacks


def covered_by(connection: Connection, row: SuspensionRow, at: datetime) -> list[Person]:
    """Give everybody whom a suspension covers on the London day of an instant.

    Args:
        connection: Any connection.
        row: The suspension.
        at: Aware, UTC.
    """
    return suspensions.people_covered(connection, row.subject_kind, row.subject_id, london_date(at), row.unit)


def lacking(
    connection: Connection, producer: ProducerCard, row: SuspensionRow, covered: Sequence[Person], at: datetime
) -> tuple[Reason, ...]:
    """Say which conditions of a suspension are not met; empty when it can end.

    Args:
        connection: Any connection.
        producer: Whose suspension it is.
        row: The suspension.
        covered: Everybody whom it covers now.
        at: Now. Aware, UTC.

    Source:
        Producer policy: reinstatement
    """
    made = reapplications.of_suspension(connection, row.suspension.suspension_id)
    return reinstatement_lacks(
        row.suspension,
        covered=covered,
        trainings=training.of_people(connection, producer.producer_id, {person.person_id for person in covered}),
        training_days=producer.training_days,
        approved=any(one.decision == reapplications.APPROVED for one in made),
        on=london_date(at),
        actions=row.actions,
    )
