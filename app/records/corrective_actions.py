"""The files on what is to be done because of an incident."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from app.records.rows import is_row, one_row
from app.records.tables import corrective_actions
from app.rules.errors import Code, Conflict
from app.rules.reportparts import CorrectiveAction


def add(connection: Connection, action: CorrectiveAction) -> None:
    """Put an action on record."""
    values = {name: getattr(action, name) for name in CorrectiveAction.__slots__}
    connection.execute(insert(corrective_actions), values)


def get(connection: Connection, corrective_action_id: str) -> CorrectiveAction:
    """Give one action.

    Raises:
        NotFound: There is none.
    """
    wanted = select(corrective_actions).where(is_row(corrective_actions, corrective_action_id))
    return CorrectiveAction(**one_row(connection, wanted)._asdict())


def of_incident(connection: Connection, incident_id: str) -> list[CorrectiveAction]:
    """Give every action of an incident, the first due first."""
    wanted = (
        select(corrective_actions)
        .where(corrective_actions.c.incident_id == incident_id)
        .order_by(corrective_actions.c.due_on, corrective_actions.c.added_at, corrective_actions.c.corrective_action_id)
    )
    return [CorrectiveAction(**row) for row in connection.execute(wanted).mappings()]


def end(connection: Connection, corrective_action_id: str, *, outcome: str, at: datetime, by: str, how: str) -> None:
    """Put on record that an action is done, or dropped.

    Args:
        outcome: ``done`` or ``dropped``.
        at: When. Aware, UTC.
        by: The person.
        how: How it was done, or why it was dropped.

    Raises:
        Conflict: It has ended already.
    """
    still_open = and_(is_row(corrective_actions, corrective_action_id), corrective_actions.c.ended_at.is_(None))
    values = {"outcome": outcome, "ended_at": at, "ended_by": by, "ended_how": how}
    if connection.execute(update(corrective_actions).where(still_open).values(values)).rowcount != 1:
        raise Conflict("This action has ended already.", code=Code.ALREADY_ENDED)
