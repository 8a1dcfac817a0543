"""Whose turn it is to do the work that is due at an instant. The work itself stands with its own nouns."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.actions.tools import Tools
from app.records import jobs
from app.records.jobs import Job as Job

# Longer than the slowest work takes, so that nobody takes from us what we still have in hand.
HELD_FOR = timedelta(minutes=2)
AGAIN_AFTER = timedelta(seconds=5)


def next_turn(tools: Tools) -> tuple[datetime, datetime | None]:
    """Give the present instant, and when the next work that nobody has in hand is due; None when there is none."""
    at = tools.clock.now()
    with tools.reading() as connection:
        return at, jobs.soonest(connection, at)


def take_work(tools: Tools, by: str, limit: int) -> list[Job]:
    """Take work that is due by the clock that all of us share, the longest due first.

    Args:
        tools: The tools.
        by: Who takes it; different for each of us, and each time one of us starts.
        limit: How many at most; also how many wait for the lease to run out after a crash.

    Returns:
        The work, now ours for ``HELD_FOR``.
    """
    at, due_at = next_turn(tools)
    if due_at is None or due_at > at:
        return []
    with tools.transaction() as tx:
        return jobs.take(tx.connection, at, by=by, until=at + HELD_FOR, limit=limit)


def give_back(tools: Tools, job: Job) -> None:
    """Give work back that went wrong, to be tried again a little later, by us or by another.

    Args:
        tools: The tools.
        job: As it was taken.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        jobs.put_off(tx.connection, job, at + AGAIN_AFTER, note=job.note)
