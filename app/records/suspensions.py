"""Who is kept from a producer's releases, why, and until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from app.plain import plain
from app.records import corrective_actions
from app.records.posts import held_on
from app.records.rows import is_row, one_row, page_of, people_where
from app.records.tables import holdings, organisations, people, posts, suspensions
from app.rules.facts import Person, Suspension, london_date
from app.rules.reportparts import CorrectiveAction

# Built once: putting a statement together costs several times what running it does.
_ANY_IN_FORCE = (
    select(suspensions.c.suspension_id)
    .where(
        suspensions.c.producer_id.in_(bindparam("producer_ids", expanding=True)),
        suspensions.c.from_at <= bindparam("at"),
        or_(suspensions.c.ended_at.is_(None), suspensions.c.ended_at > bindparam("at")),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A suspension with what it was begun on and by whom.

    Attributes:
        subject_kind: ``person``, ``post``, ``organisation`` or ``unit``.
        subject_id: For a unit, the id of its organisation.
        unit: Its name; empty unless a unit is suspended.
        incident_id: The incident that led to it, where one is named.
        posts_without_unit: Where a unit was suspended just now: titles of the organisation's posts with no unit, by id.
        actions: What must be done, and confirmed by a second person, before it can end.
    """

    suspension: Suspension
    producer_id: str
    subject_kind: str
    subject_id: str
    unit: str
    incident_id: str | None
    end_reason: str | None
    by_person_id: str
    posts_without_unit: tuple[tuple[str, str], ...] = ()
    actions: tuple[CorrectiveAction, ...] = ()


def add(
    connection: Connection,
    *,
    suspension_id: str,
    producer_id: str,
    subject_kind: str,
    subject_id: str,
    reason: str,
    conditions: str,
    at: datetime,
    by_person_id: str,
    unit: str = "",
    needs_training: bool = False,
    needs_reapplication: bool = False,
    incident_id: str | None = None,
) -> None:
    """Keep a person, a post, a unit or an organisation from a producer's releases, from this instant.

    Args:
        subject_kind: ``person``, ``post``, ``organisation`` or ``unit``.
        subject_id: For a unit, the id of its organisation.
        conditions: What must be met besides for it to end, in words; may be empty.
        at: Aware, UTC.
        unit: The unit's name; empty unless a unit is suspended.
        incident_id: The incident that led to it, where one is named.
    """
    connection.execute(
        insert(suspensions).values(
            suspension_id=suspension_id,
            producer_id=producer_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            unit=unit,
            reason=reason,
            conditions=conditions,
            needs_training=needs_training,
            needs_reapplication=needs_reapplication,
            incident_id=incident_id,
            from_at=at,
            by_person_id=by_person_id,
        )
    )


def get(connection: Connection, suspension_id: str) -> SuspensionRow:
    """Give a suspension, ended or not.

    Raises:
        NotFound: There is none with this id.
    """
    row = one_row(connection, _suspensions().where(is_row(suspensions, suspension_id)))
    return _with_actions(connection, [row])[0]


def keep(connection: Connection, suspension_id: str) -> None:
    """Hold a suspension until the end of the transaction, so that what it waits for does not change meanwhile."""
    held = select(suspensions.c.suspension_id).where(is_row(suspensions, suspension_id)).with_for_update()
    connection.execute(held)


def end(connection: Connection, suspension_id: str, *, at: datetime, reason: str) -> bool:
    """End a suspension; False when it had ended already.

    Returns:
        Whether it had not ended already.
    """
    ended = update(suspensions).where(is_row(suspensions, suspension_id), suspensions.c.ended_at.is_(None))
    return connection.execute(ended.values(ended_at=at, end_reason=reason)).rowcount == 1


def of_incident(connection: Connection, incident_id: str) -> tuple[SuspensionRow, ...]:
    """Give the suspensions begun because of an incident, ended or not, the earliest first."""
    asked = _suspensions().where(suspensions.c.incident_id == incident_id)
    in_turn = asked.order_by(suspensions.c.from_at, suspensions.c.suspension_id)
    return tuple(_with_actions(connection, connection.execute(in_turn)))


def page(connection: Connection, producer_id: str, *, limit: int, after: str | None = None) -> list[SuspensionRow]:
    """Give a producer's suspensions, the earliest first, from the one after this id.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(_suspensions(), suspensions, suspensions.c.from_at, limit, after)
    return _with_actions(connection, connection.execute(turned.where(suspensions.c.producer_id == producer_id)))


def suspensions_for(
    connection: Connection, *, producer_id: str, person_id: str, at: datetime, post_ids: tuple[str, ...] = ()
) -> tuple[Suspension, ...]:
    """Give the suspensions that keep a person from a producer's releases at an instant.

    Those of the person, of the posts they hold on that London day, and of the units and organisations of those posts.

    Args:
        at: Aware, UTC.
        post_ids: Posts to count beside those held, such as those for which the person was granted access.

    Returns:
        Those in force at the instant, the earliest first.
    """
    if connection.execute(_ANY_IN_FORCE, {"producer_ids": [producer_id], "at": at}).first() is None:
        return ()  # as almost always; whom each one covers is asked only where there is one
    asked = _suspensions().where(
        suspensions.c.producer_id == producer_id, _in_force(at), _covers(person_id, at, post_ids)
    )
    in_turn = asked.order_by(suspensions.c.from_at, suspensions.c.suspension_id)
    return tuple(row.suspension for row in _with_actions(connection, connection.execute(in_turn)))


def producers_suspending(
    connection: Connection, producer_ids: Collection[str], person_id: str, at: datetime, post_ids: tuple[str, ...]
) -> frozenset[str]:
    """Say which of some producers keep a person from anything of theirs at an instant; as ``suspensions_for`` counts.

    Args:
        at: Aware, UTC.
        post_ids: Posts to count beside those held, of all the releases that are asked about together.
    """
    theirs = sorted(producer_ids)
    if connection.execute(_ANY_IN_FORCE, {"producer_ids": theirs, "at": at}).first() is None:
        return frozenset()  # as almost always; whom each one covers is asked only where there is one
    named = suspensions.c.producer_id.in_(theirs)
    asked = select(suspensions.c.producer_id).where(named, _in_force(at), _covers(person_id, at, post_ids))
    return frozenset(connection.execute(asked.distinct()).scalars())


def covering(connection: Connection, person_id: str, at: datetime) -> tuple[SuspensionRow, ...]:
    """Give the suspensions, by whichever producer, that cover a person at an instant; the earliest first.

    Args:
        at: Aware, UTC.
    """
    asked = _suspensions().where(_in_force(at), _covers(person_id, at, ()))
    in_turn = asked.order_by(suspensions.c.from_at, suspensions.c.suspension_id)
    return tuple(_with_actions(connection, connection.execute(in_turn)))


def people_covered(
    connection: Connection, subject_kind: str, subject_id: str, on: date, unit: str = ""
) -> list[Person]:
    """Give the people whom a suspension of this subject covers on a London day.

    Args:
        subject_kind: ``person``, ``post``, ``organisation`` or ``unit``.
        unit: The unit's name; empty unless it is a unit.
    """
    holders = select(holdings.c.person_id).join(posts, posts.c.post_id == holdings.c.post_id).where(held_on(on))
    of_organisation = holders.where(posts.c.organisation_id == subject_id)
    covered = {
        "person": people.c.person_id == subject_id,
        "post": people.c.person_id.in_(holders.where(posts.c.post_id == subject_id)),
        "organisation": people.c.person_id.in_(of_organisation),
        "unit": people.c.person_id.in_(of_organisation.where(func.lower(posts.c.unit) == func.lower(unit))),
    }
    return people_where(connection, covered[subject_kind])


def covered_of_producer(
    connection: Connection, producer_id: str, since: datetime, until: datetime
) -> dict[str, list[tuple[datetime, datetime]]]:
    """Give when people were kept from a producer's releases within a span, whatever they were suspended by.

    Units, posts and organisations cover those who hold the posts now.

    Args:
        since, until: Suspensions that stood in this span. Aware, UTC.

    Returns:
        From when to when, at most to the end of the span, by person id.
    """
    stood = and_(suspensions.c.from_at < until, or_(suspensions.c.ended_at.is_(None), suspensions.c.ended_at > since))
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in plain(connection.execute(select(suspensions).where(suspensions.c.producer_id == producer_id, stood))):
        ended_at = until if row.ended_at is None else min(row.ended_at, until)
        for person in people_covered(connection, row.subject_kind, row.subject_id, london_date(until), row.unit):
            found.setdefault(person.person_id, []).append((row.from_at, ended_at))
    return found


def find_unit(connection: Connection, organisation_id: str, unit: str) -> str | None:
    """Give a unit's name as the posts of its organisation have it, whatever its capitals; None when none has it."""
    same = and_(posts.c.organisation_id == organisation_id, func.lower(posts.c.unit) == func.lower(unit))
    found: str | None = connection.execute(
        select(posts.c.unit).where(same, posts.c.unit != "").order_by(posts.c.unit).limit(1)
    ).scalar_one_or_none()
    return found


def unit_is_suspended(connection: Connection, organisation_id: str, unit: str, at: datetime) -> bool:
    """Say whether any producer has suspended a unit of an organisation at an instant. Aware, UTC.

    Args:
        unit: Its name, whatever its capitals; empty is no unit.
    """
    of_unit = and_(suspensions.c.subject_kind == "unit", suspensions.c.subject_id == organisation_id)
    named = func.lower(suspensions.c.unit) == func.lower(unit)
    asked = select(suspensions.c.suspension_id).where(of_unit, named, _in_force(at)).limit(1)
    return bool(unit) and connection.execute(asked).first() is not None


def _in_force(at: datetime) -> ColumnElement[bool]:
    return and_(suspensions.c.from_at <= at, or_(suspensions.c.ended_at.is_(None), suspensions.c.ended_at > at))


def _covers(person_id: str, at: datetime, post_ids: tuple[str, ...]) -> ColumnElement[bool]:
    held = select(holdings.c.post_id).where(holdings.c.person_id == person_id, held_on(london_date(at)))
    # Under another name, since a suspension's own post stands in the same statement.
    mine = posts.alias("mine")
    counted = or_(mine.c.post_id.in_(held), mine.c.post_id.in_(post_ids))
    in_unit = select(mine.c.post_id).where(
        counted,
        mine.c.organisation_id == suspensions.c.subject_id,
        func.lower(mine.c.unit) == func.lower(suspensions.c.unit),
    )
    return or_(
        _subject("person", suspensions.c.subject_id == person_id),
        _subject("post", suspensions.c.subject_id.in_(select(mine.c.post_id).where(counted))),
        _subject("organisation", suspensions.c.subject_id.in_(select(mine.c.organisation_id).where(counted))),
        _subject("unit", in_unit.exists()),
    )


def _subject(kind: str, wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(suspensions.c.subject_kind == kind, wanted)


def _suspensions() -> Select[Any]:
    of = suspensions.c
    subject = func.coalesce(people.c.name, posts.c.title, organisations.c.name, of.subject_id).label("subject")
    return (
        select(suspensions, subject)
        .join(people, people.c.person_id == of.subject_id, isouter=True)
        .join(posts, posts.c.post_id == of.subject_id, isouter=True)
        .join(organisations, organisations.c.organisation_id == of.subject_id, isouter=True)
    )


def _with_actions(connection: Connection, rows: Iterable[Row[Any]]) -> list[SuspensionRow]:
    """Give suspensions with the corrective actions they wait for."""
    found = [_suspension(row) for row in rows]
    waits = corrective_actions.of_suspensions(connection, [one.suspension.suspension_id for one in found])
    return [
        replace(
            one,
            suspension=replace(one.suspension, needs_actions=tuple(action.due_text for action in actions)),
            actions=actions,
        )
        if (actions := waits.get(one.suspension.suspension_id, ()))
        else one
        for one in found
    ]


def _suspension(row: Row[Any]) -> SuspensionRow:
    fact = Suspension(
        row.suspension_id,
        f"{row.unit}, {row.subject}" if row.unit else row.subject,
        row.reason,
        row.conditions,
        row.from_at,
        row.ended_at,
        row.needs_training,
        row.needs_reapplication,
    )
    return SuspensionRow(
        fact,
        row.producer_id,
        row.subject_kind,
        row.subject_id,
        row.unit,
        row.incident_id,
        row.end_reason,
        row.by_person_id,
    )
