"""What people asked for about their own details: taken up by a proposal, waiting again without it, or done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Update, update

from app.records.tables import erasures


def take_up(connection: Connection, person_id: str, at: datetime) -> None:
    """Note that what a person asked for is proposed by now.

    Args:
        connection: An open write transaction.
        person_id: Who asked.
        at: When it was proposed. Aware, UTC.
    """
    connection.execute(_asked(person_id, "asked").values(state="taken_up", decided_at=at))


def put_back(connection: Connection, person_id: str, proposed_at: datetime) -> None:
    """Let what a person asked for wait again, because the proposal that took it up is withdrawn.

    Args:
        connection: An open write transaction.
        person_id: Who asked.
        proposed_at: When that was proposed. Aware, UTC.
    """
    _wait(connection, _asked(person_id, "taken_up").where(erasures.c.decided_at == proposed_at))


def put_back_lapsed(connection: Connection, person_id: str, before: datetime) -> None:
    """Let what a person asked for wait again, where the proposal that took it up has lapsed.

    Args:
        connection: An open write transaction.
        person_id: Who asked.
        before: What was proposed before this instant has lapsed. Aware, UTC.
    """
    _wait(connection, _asked(person_id, "taken_up").where(erasures.c.decided_at < before))


def close(connection: Connection, person_id: str, at: datetime) -> None:
    """Note that what a person asked for is done, so that none of it waits for ever.

    Args:
        connection: An open write transaction.
        person_id: Whose details are erased.
        at: When. Aware, UTC.
    """
    connection.execute(_asked(person_id, "asked", "taken_up").values(state="done", decided_at=at))


def _asked(person_id: str, *states: str) -> Update:
    return update(erasures).where(erasures.c.person_id == person_id, erasures.c.state.in_(states))


def _wait(connection: Connection, which: Update) -> None:
    connection.execute(which.values(state="asked", decided_at=None))
