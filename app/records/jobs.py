"""Work that is due at an instant: whose turn it is, and that it is done. What was done is logged by whoever does it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.rows import is_row
from app.records.tables import jobs, releases
from app.rules.facts import ReleaseState

_AWAITED = (ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work, taken by one of us.

    Attributes:
        kind: What is to be done, e.g. ``tell_overdue``.
        reason_key: What it is to be done for; once for each.
        due_at: When it was due. Aware, UTC.
        note: What it left for itself at its last run, as JSON; empty at first.
        runs: How often it was put off until its next run.
        lease_by: Who has taken it; whoever does not have it any more finishes nothing.
    """

    job_id: str
    kind: str
    release_id: str
    reason_key: str
    due_at: datetime
    note: str
    runs: int
    lease_by: str


def add(connection: Connection, *, job_id: str, kind: str, release_id: str, reason_key: str, due_at: datetime) -> bool:
    """Have something done at an instant, once for one reason.

    Args:
        connection: An open write transaction.
        job_id: A new id.
        kind: What is to be done.
        release_id: The release it is about.
        reason_key: What it is to be done for.
        due_at: When. Aware, UTC.

    Returns:
        False when there is work for this reason already, done or not.
    """
    # Both spellings are the same SQL; a failed plain insert would end a PostgreSQL transaction.
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    wanted = insert(jobs).values(job_id=job_id, kind=kind, release_id=release_id, reason_key=reason_key, due_at=due_at)
    once = wanted.on_conflict_do_nothing(index_elements=["reason_key"]).returning(jobs.c.job_id)
    return connection.execute(once).one_or_none() is not None


def keys_known(connection: Connection, reason_keys: Collection[str]) -> frozenset[str]:
    """Give those of these reasons for which there is work already, done or not.

    Args:
        connection: Any connection.
        reason_keys: The reasons asked about.
    """
    asked = select(jobs.c.reason_key).where(jobs.c.reason_key.in_(sorted(reason_keys)))
    return frozenset(connection.execute(asked).scalars())


def soonest(connection: Connection, at: datetime) -> datetime | None:
    """Say when the next work that nobody has in hand is due; aware UTC, or None when there is none.

    Args:
        connection: Any connection.
        at: Now. Aware, UTC.
    """
    found: datetime | None = connection.execute(select(func.min(jobs.c.due_at)).where(_free(at))).scalar_one()
    return found


def take(connection: Connection, at: datetime, *, by: str, until: datetime, limit: int) -> list[Job]:
    """Take work that is due, the longest due first, so that nobody else takes it.

    Args:
        connection: An open write transaction.
        at: Now, by the clock that all of us share. Aware, UTC.
        by: Who takes it.
        until: From when somebody else may take it, should whoever took it come to grief. Aware, UTC.
        limit: How many at most.

    Returns:
        The work, each with ``by`` as its holder.
    """
    chosen = select(jobs).where(jobs.c.due_at <= at, _free(at)).order_by(jobs.c.due_at, jobs.c.job_id).limit(limit)
    rows = connection.execute(chosen.with_for_update(skip_locked=True)).all()
    taken = [_job(row, by) for row in rows]
    if taken:
        mine = jobs.c.job_id.in_([job.job_id for job in taken])
        connection.execute(update(jobs).where(mine).values(lease_by=by, lease_until=until))
    return taken


def finish(connection: Connection, job: Job, at: datetime) -> bool:
    """Put on record that work is done, in the transaction of its effects.

    Returns:
        False when somebody else has it by now; then nothing must follow from it.
    """
    return _settle(connection, job, done_at=at)


def put_off(connection: Connection, job: Job, due_at: datetime, *, note: str = "") -> bool:
    """Let work be done again at a later instant, in the transaction of this run's effects.

    Args:
        connection: An open write transaction.
        job: The work, as it was taken.
        due_at: When next. Aware, UTC.
        note: What the next run needs to know, as JSON.

    Returns:
        False when somebody else has it by now; then nothing must follow from this run.
    """
    return _settle(connection, job, due_at=due_at, note=note, runs=job.runs + 1, lease_by=None, lease_until=None)


def awaited_between(connection: Connection, from_at: datetime, to_at: datetime) -> list[tuple[str, datetime]]:
    """Give id and time set of each release, announced or final, that is due between two instants, in that order.

    Args:
        connection: Any connection.
        from_at: After this instant. Aware, UTC.
        to_at: Up to this instant, included. Aware, UTC.
    """
    of = releases.c
    asked = select(of.release_id, of.publishes_at).where(
        of.state.in_(_AWAITED), of.publishes_at > from_at, of.publishes_at <= to_at
    )
    return [(row.release_id, row.publishes_at) for row in connection.execute(asked.order_by(of.publishes_at))]


def _free(at: datetime) -> ColumnElement[bool]:
    return and_(jobs.c.done_at.is_(None), or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= at))


def _settle(connection: Connection, job: Job, **columns: Any) -> bool:
    mine = update(jobs).where(is_row(jobs, job.job_id), jobs.c.lease_by == job.lease_by, jobs.c.done_at.is_(None))
    return connection.execute(mine.values(**columns)).rowcount == 1


def _job(row: Any, by: str) -> Job:
    return Job(row.job_id, row.kind, row.release_id, row.reason_key, row.due_at, row.note, row.runs, by)
