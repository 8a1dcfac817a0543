"""The files on what is to be done because of an incident."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, and_, delete, insert, select, update

from app.records.erasing import GONE
from app.records.rows import is_row, one_row
from app.records.tables import corrective_actions, suspension_actions, suspensions
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


def keep(connection: Connection, corrective_action_id: str) -> None:
    """Let nobody else end an action, or have a suspension wait for it, before this transaction is over.

    Args:
        connection: An open write transaction. On SQLite there is only one at a time anyway.
        corrective_action_id: The action; it need not be there.
    """
    kept = select(corrective_actions.c.corrective_action_id).where(is_row(corrective_actions, corrective_action_id))
    connection.execute(kept.with_for_update())


def of_incident(connection: Connection, incident_id: str) -> list[CorrectiveAction]:
    """Give every action of an incident, the first due first."""
    wanted = (
        select(corrective_actions)
        .where(corrective_actions.c.incident_id == incident_id)
        .order_by(corrective_actions.c.due_on, corrective_actions.c.added_at, corrective_actions.c.corrective_action_id)
    )
    return [CorrectiveAction(**row) for row in connection.execute(wanted).mappings()]


def of_suspensions(connection: Connection, suspension_ids: Collection[str]) -> dict[str, tuple[CorrectiveAction, ...]]:
    """Give the actions that must be done before suspensions can end: by suspension, the first due first."""
    found: dict[str, tuple[CorrectiveAction, ...]] = {}
    if not suspension_ids:
        return found
    wanted = (
        select(suspension_actions.c.suspension_id, corrective_actions)
        .join(
            corrective_actions,
            corrective_actions.c.corrective_action_id == suspension_actions.c.corrective_action_id,
        )
        .where(suspension_actions.c.suspension_id.in_(sorted(suspension_ids)))
        .order_by(corrective_actions.c.due_on, corrective_actions.c.added_at, corrective_actions.c.corrective_action_id)
    )
    for row in connection.execute(wanted).mappings():
        action = CorrectiveAction(**{name: row[name] for name in CorrectiveAction.__slots__})
        found[row["suspension_id"]] = (*found.get(row["suspension_id"], ()), action)
    return found


def bind(connection: Connection, suspension_id: str, corrective_action_ids: Collection[str]) -> None:
    """Put on record which actions must be done before a suspension can end, in the place of those before.

    Args:
        connection: An open write transaction.
        suspension_id: The suspension.
        corrective_action_ids: All of them; none where it waits for no action.
    """
    connection.execute(delete(suspension_actions).where(suspension_actions.c.suspension_id == suspension_id))
    for corrective_action_id in sorted(corrective_action_ids):
        values = {"suspension_id": suspension_id, "corrective_action_id": corrective_action_id}
        connection.execute(insert(suspension_actions), values)


def is_waited_for(connection: Connection, corrective_action_id: str) -> bool:
    """Say whether a suspension that has not ended waits for this action."""
    wanted = (
        select(suspension_actions.c.suspension_id)
        .join(suspensions, suspensions.c.suspension_id == suspension_actions.c.suspension_id)
        .where(suspension_actions.c.corrective_action_id == corrective_action_id, suspensions.c.ended_at.is_(None))
        .limit(1)
    )
    return connection.execute(wanted).first() is not None


def open_until(connection: Connection, until_on: date) -> list[CorrectiveAction]:
    """Give every action that is still to be done, is due by a London day and was not destroyed, the first due first."""
    wanted = (
        select(corrective_actions)
        .where(
            corrective_actions.c.ended_at.is_(None),
            corrective_actions.c.due_on <= until_on,
            corrective_actions.c.what != GONE,
        )
        .order_by(corrective_actions.c.due_on, corrective_actions.c.corrective_action_id)
    )
    return [CorrectiveAction(**row) for row in connection.execute(wanted).mappings()]


def mark_letter(connection: Connection, corrective_action_id: str, step: int) -> bool:
    """Mark that a letter about an open action's day goes now.

    Args:
        connection: An open write transaction.
        corrective_action_id: The action.
        step: Which letter, by its place in the order in which they go.

    Returns:
        False when it, or a later one, went already, or the action has ended.
    """
    still = and_(
        is_row(corrective_actions, corrective_action_id),
        corrective_actions.c.ended_at.is_(None),
        corrective_actions.c.letter_step < step,
    )
    return connection.execute(update(corrective_actions).where(still).values(letter_step=step)).rowcount == 1


def confirm(connection: Connection, corrective_action_id: str, *, at: datetime, by: str, how: str) -> None:
    """Put on record that a second person has seen that an action is done.

    Args:
        at: When. Aware, UTC.
        by: The person.
        how: How they know.

    Raises:
        Conflict: Somebody confirmed it already.
    """
    still_open = and_(
        is_row(corrective_actions, corrective_action_id),
        corrective_actions.c.outcome == "done",
        corrective_actions.c.confirmed_at.is_(None),
    )
    values = {"confirmed_at": at, "confirmed_by": by, "confirmed_how": how}
    if connection.execute(update(corrective_actions).where(still_open).values(values)).rowcount != 1:
        raise Conflict("This action is confirmed already.", code=Code.ALREADY_ENDED)


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
