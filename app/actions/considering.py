"""What stands beside a list while it is decided on, from the records of the people it names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from app.records import failures, production, training
from app.records.failures import FailureRow
from app.rules.facts import EligibilityList, Grant, Release, london_date
from app.rules.failures import PastFailure, counts_those_shared_with, weight_of
from app.rules.production import both_registers
from app.rules.reasons import Reason
from app.rules.training import training_reasons


def training_lacking(
    connection: Connection, listed: EligibilityList, release: Release, at: datetime
) -> tuple[Reason, ...]:
    """Say of each grant whose holder has not the training that the producer asks for.

    Args:
        connection: Any connection.
        at: Now. Aware, UTC.

    Source:
        Producer policy: training
    """
    if release.producer.training_days is None:
        return ()
    named = {grant.person_id for grant in listed.grants if grant.person_id is not None}
    done = training.of_people(connection, release.producer.producer_id, named)
    return training_reasons(listed, release, done, at)


def past_failures(connection: Connection, listed: EligibilityList, release: Release) -> tuple[PastFailure, ...]:
    """Give the past failures that bear on the grants of a list, each with what the governing Order makes of it.

    Returns:
        In the list's own order, those of one person in the order in which they happened.

    Source:
        WSI 2009/2818 Sch. para 8
    """
    producer_id = release.producer.producer_id
    grants = {grant.person_id: grant for grant in listed.grants if grant.person_id is not None}
    shared = (
        failures.shared_with(connection, producer_id, set(grants)) if counts_those_shared_with(release.order) else {}
    )
    counted = set(grants).union(*shared.values())
    by_person: dict[str, list[FailureRow]] = {}
    for row in failures.of_people(connection, producer_id, counted):
        by_person.setdefault(row.person_id, []).append(row)
    return tuple(
        _shown(row, person_id, grant, release)
        for person_id, grant in grants.items()
        for row in _bearing_on(person_id, shared.get(person_id, frozenset()), by_person)
    )


def production_remarks(
    connection: Connection, listed: EligibilityList, release: Release, at: datetime
) -> tuple[str, ...]:
    """Say of each person on a list that they are on the release's register of production access as well.

    Args:
        connection: Any connection.
        listed: The list with its grants.
        release: The release it is for.
        at: Now. Aware, UTC.
    """
    named = {grant.person_id for grant in listed.grants}
    today = london_date(at)
    return tuple(
        both_registers(row.person.name, row.purpose, row.from_on)
        for row in production.page(connection, release.release_id)
        if row.person.person_id in named and row.ended_at is None and (row.until_on is None or row.until_on >= today)
    )


def _bearing_on(
    person_id: str, supporters: frozenset[str], by_person: dict[str, list[FailureRow]]
) -> Iterator[FailureRow]:
    yield from by_person.get(person_id, ())
    for supporter in sorted(supporters - {person_id}):
        yield from by_person.get(supporter, ())


def _shown(row: FailureRow, person_id: str, grant: Grant, release: Release) -> PastFailure:
    return PastFailure(
        failure_id=row.failure_id,
        person_id=person_id,
        of_person=row.person_name,
        shared_with=row.person_id != person_id,
        what=row.what,
        occurred_on=row.occurred_on,
        release_title=row.release_title,
        incident_id=row.incident_id,
        order=row.order,
        weight=weight_of(release.order, grant.grant_class),
    )
