"""What the calendar of a producer knows of its releases beside the releases themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, or_, select, update

from app.plain import plain
from app.records.tables import people, release_moves, releases, roles, series
from app.rules.calendar import Due
from app.rules.facts import Release, ReleaseState, Role
from app.rules.feeds import KNOWN_TO_ALL, Moved

_MANY = 500  # how many ids one query names; SQLite takes a limited number


@dataclass(frozen=True, slots=True)
class CalendarMark:
    """What a calendar that was imported calls a release, and whom and what it belongs to; empty where there is none."""

    calendar_uid: str
    series: str
    lead_email: str


def marks_of(
    connection: Connection, producer_id: str, release_ids: Collection[str] | None = None
) -> dict[str, CalendarMark]:
    """Give the marks of a producer's releases, by release id.

    Args:
        connection: Any connection.
        producer_id: Whose.
        release_ids: Which are wanted at least; every one, where none are named.
    """
    wanted = (
        select(releases.c.release_id, releases.c.calendar_uid, series.c.title, people.c.email)
        .join(series, series.c.series_id == releases.c.series_id, isouter=True)
        .join(people, people.c.person_id == releases.c.lead_official_id, isouter=True)
        .where(releases.c.producer_id == producer_id)
    )
    if release_ids is not None and len(release_ids) <= _MANY:
        wanted = wanted.where(releases.c.release_id.in_(sorted(release_ids)))
    return {
        row.release_id: CalendarMark(row.calendar_uid or "", row.title or "", row.email or "")
        for row in plain(connection.execute(wanted))
    }


def due_of_series(connection: Connection, producer_id: str, since: datetime) -> dict[str, list[Release | Due]]:
    """Give when a producer's releases are due, by the title of their series; those of no series are left out.

    Args:
        connection: Any connection.
        producer_id: Whose.
        since: First time set that is wanted. Aware.
    """
    wanted = (
        select(series.c.title, releases.c.publishes_at, releases.c.state, releases.c.rehearsal)
        .join(series, series.c.series_id == releases.c.series_id)
        .where(releases.c.producer_id == producer_id, releases.c.publishes_at >= since)
    )
    found: dict[str, list[Release | Due]] = {}
    for title, publishes_at, state, rehearsal in connection.execute(wanted).all():
        found.setdefault(title, []).append(Due(publishes_at, ReleaseState(state), rehearsal))
    return found


def moves_of(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[Moved, ...]]:
    """Give every move of some releases, oldest first, by release id.

    Args:
        connection: Any connection.
        release_ids: Whose moves; as many as there are.
    """
    wanted = sorted(release_ids)
    found: dict[str, list[Moved]] = {}
    for place in range(0, len(wanted), _MANY):
        for row in plain(connection.execute(_moves(), {"release_ids": wanted[place : place + _MANY]})):
            found.setdefault(row[0], []).append(Moved(*row[1:]))
    return {release_id: tuple(moves) for release_id, moves in found.items()}


@cache
def _moves() -> Select[Any]:
    """Built once: putting a statement together costs several times what running it does."""
    of = release_moves.c
    wanted = select(of.release_id, *(of[name] for name in Moved.__slots__))
    return wanted.where(of.release_id.in_(bindparam("release_ids", expanding=True))).order_by(of.at, of.move_id)


def was_announced(release_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Give the condition that a release was ever announced, as ``feeds.was_announced`` has it, for a query.

    Args:
        release_id: The column of the query that names the release.
    """
    known = release_moves.alias("known")
    return exists().where(known.c.release_id == release_id, known.c.to_state.in_(KNOWN_TO_ALL))


def leads_of(connection: Connection, organisation_id: str, at: datetime) -> dict[str, str]:
    """Give the lead officials and heads of profession of a producer's organisation: person ids by address.

    Args:
        connection: Any connection.
        organisation_id: The producer's.
        at: Who has the role at this instant. Aware.
    """
    wanted = (
        select(people.c.email, people.c.person_id)
        .join(roles, roles.c.person_id == people.c.person_id)
        .where(
            roles.c.organisation_id == organisation_id,
            roles.c.role.in_([Role.LEAD_OFFICIAL.value, Role.HEAD_OF_PROFESSION.value]),
            roles.c.from_at <= at,
            or_(roles.c.ended_at.is_(None), roles.c.ended_at > at),
        )
    )
    return {row.email: row.person_id for row in plain(connection.execute(wanted))}


def note_uid(connection: Connection, release_id: str, calendar_uid: str) -> None:
    """Keep what the calendar it was imported from calls a release.

    Args:
        connection: An open write transaction.
        release_id: The release.
        calendar_uid: The calendar's own name for it, at most 200 characters.
    """
    connection.execute(update(releases).where(releases.c.release_id == release_id).values(calendar_uid=calendar_uid))
