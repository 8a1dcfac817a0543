"""The files on when the head of profession was told of a breach, and on the letters that ask about its silence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from app.records.breaches import UNFINISHED
from app.records.tables import incidents, producers, roles
from app.rules.facts import Role


def put_head_told(
    connection: Connection, incident_id: str, *, told_at: datetime, how: str, at: datetime, by: str
) -> None:
    """Put on record that the head of profession was told, in the place of what was said of it before.

    Args:
        told_at: When they were. Aware, UTC.
        how: How.
        at: Now. Aware, UTC.
        by: Who says so.
    """
    values = {"head_told_at": told_at, "head_told_how": how, "head_told_recorded_at": at, "head_told_by": by}
    connection.execute(update(incidents).where(incidents.c.incident_id == incident_id).values(values))


def mark_untold(connection: Connection, incident_id: str, step: int) -> bool:
    """Mark that a letter goes now which says that the head of profession is not told.

    Args:
        connection: An open write transaction.
        incident_id: The incident.
        step: Which letter, by its place in the order in which they go.

    Returns:
        False when it, or a later one, went already, or they were told meanwhile.
    """
    untold = and_(incidents.c.untold_step < step, incidents.c.head_told_at.is_(None))
    wanted = update(incidents).where(incidents.c.incident_id == incident_id, untold)
    return connection.execute(wanted.values(untold_step=step)).rowcount == 1


def mark_unreported(connection: Connection, incident_id: str, step: int) -> bool:
    """Mark that a letter goes now which says that no report has gone.

    Args:
        connection: An open write transaction.
        incident_id: The incident.
        step: Which letter, by its place in the order in which they go.

    Returns:
        False when it, or a later one, went already, or the incident is reported or closed.
    """
    silent = and_(incidents.c.unreported_step < step, incidents.c.state.in_(UNFINISHED))
    wanted = update(incidents).where(incidents.c.incident_id == incident_id, silent)
    return connection.execute(wanted.values(unreported_step=step)).rowcount == 1


def is_head(connection: Connection, producer_id: str | None, person_id: str, at: datetime) -> bool:
    """Say whether somebody is a head of profession of a producer at an instant. Aware, UTC.

    Args:
        connection: Any connection.
        producer_id: The producer; None for the service as a whole, which has none.
        person_id: The person.
        at: Aware, UTC.
    """
    organisation = select(producers.c.organisation_id).where(producers.c.producer_id == producer_id).scalar_subquery()
    held = select(roles.c.role_id).where(
        roles.c.person_id == person_id,
        roles.c.organisation_id == organisation,
        roles.c.role == Role.HEAD_OF_PROFESSION.value,
        roles.c.from_at <= at,
        or_(roles.c.ended_at.is_(None), roles.c.ended_at > at),
    )
    return producer_id is not None and connection.execute(held.limit(1)).first() is not None
