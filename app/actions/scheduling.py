"""What reading and importing a calendar both need: a producer's releases with all that the calendar knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.tools import Actor, require_role
from app.records import calendar, organisations, releases
from app.records.organisations import ProducerCard
from app.records.releases import ReleaseRow
from app.rules.calendar import Missing, missing
from app.rules.facts import Release, Role
from app.rules.feeds import CalendarEntry

KNOWN_LIMIT = 20_000  # more than any producer has ever published
LOOKED_BACK = timedelta(days=732)  # as much of a series as shows its rhythm


def producer_for(connection: Connection, actor: Actor, producer_id: str, *wanted: Role) -> ProducerCard:
    """Give a producer to somebody who has one of these roles there.

    Args:
        connection: Any connection.
        actor: Who asks.
        producer_id: The producer asked for.
        wanted: The roles.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    producer = organisations.get_producer(connection, producer_id)
    require_role(actor, producer.organisation_id, *wanted)
    return producer


def rows_of(
    connection: Connection,
    producer: ProducerCard,
    *,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = KNOWN_LIMIT,
) -> tuple[ReleaseRow, ...]:
    """Give a producer's releases by the time set and then id.

    Args:
        connection: Any connection.
        producer: Whose.
        due_from: First time set that is wanted. Aware.
        due_to: Last time set that is wanted, included. Aware.
        after: Time set and id of the last release already given.
        limit: How many at most.
    """
    return releases.page(
        connection,
        person_id=None,
        organisation_ids=frozenset({producer.organisation_id}),
        due_from=due_from,
        due_to=due_to,
        after=after,
        limit=limit,
    )


def entries_of(
    connection: Connection, producer: ProducerCard, rows: tuple[ReleaseRow, ...]
) -> tuple[CalendarEntry, ...]:
    """Give releases as the calendar knows them: with series, moves, and what calendars call them.

    Args:
        connection: Any connection.
        producer: Whose they are.
        rows: The releases.
    """
    ids = [row.release.release_id for row in rows]
    marks = calendar.marks_of(connection, producer.producer_id, ids)
    moves = calendar.moves_of(connection, ids)
    return tuple(
        CalendarEntry(
            release=row.release,
            added_at=row.added_at,
            series=marks[row.release.release_id].series,
            moves=moves.get(row.release.release_id, ()),
            calendar_uid=marks[row.release.release_id].calendar_uid,
            lead_email=marks[row.release.release_id].lead_email,
            time_exemption=row.time_exemption,
        )
        for row in rows
    )


def lacking_of(
    connection: Connection, producer: ProducerCard, at: datetime, added: Iterable[tuple[str, Release]] = ()
) -> tuple[Missing, ...]:
    """Say what twelve months lack, series by series.

    Args:
        connection: Any connection.
        producer: Whose calendar.
        at: Now. Aware, UTC.
        added: Releases that are to be counted in, each with the title of its series or nothing.
    """
    series = calendar.due_of_series(connection, producer.producer_id, at - LOOKED_BACK)
    for title, release in added:
        if title:
            series.setdefault(title, []).append(release)
    return missing(sorted(series.items()), at)
