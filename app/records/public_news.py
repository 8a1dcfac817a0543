"""Where the news that everybody may know stands on record: moves, published lists of posts, contingencies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select, union_all

from app.records import calendar, contingencies
from app.records import releases as release_records
from app.records.tables import contingencies as contingency_rows
from app.records.tables import public_lists, release_moves, releases
from app.rules.contingency import Contingency
from app.rules.facts import Release, ReleaseState
from app.rules.feeds import KNOWN_TO_ALL, CalendarEntry
from app.rules.publicnews import Listing

_TOLD = ("announce", "reschedule", "postpone", "cancel", "declare_published")


@dataclass(frozen=True, slots=True)
class NewsPlace:
    """Where one piece of news stands. ``at`` aware, UTC."""

    at: datetime
    ident: str
    release_id: str


@dataclass(frozen=True, slots=True)
class Announced:
    """A release with everything on record that may be news of it."""

    entry: CalendarEntry
    listings: tuple[Listing, ...]
    contingency: tuple[str, Contingency] | None


def newest(
    connection: Connection, *, producer_id: str | None, after: tuple[datetime, str] | None, limit: int
) -> tuple[NewsPlace, ...]:
    """Give where news of announced releases stands, the newest first. What of it is news, the rule says.

    Args:
        connection: Any connection.
        producer_id: Of one producer only.
        after: Instant and id of the last one already given.
        limit: How many at most.
    """
    found = union_all(*(_shown(one, producer_id) for one in (_moves(), _lists(), _opened(), _withdrawn()))).subquery()
    asked = select(found).order_by(found.c.at.desc(), found.c.ident.desc()).limit(limit)
    if after is not None:
        earlier = and_(found.c.at == after[0], found.c.ident < after[1])
        asked = asked.where(or_(found.c.at < after[0], earlier))
    return tuple(NewsPlace(row.at, row.ident, row.release_id) for row in connection.execute(asked))


def announced(connection: Connection, release_ids: Collection[str]) -> dict[str, Announced]:
    """Give releases with everything on record that may be news of them, by release id.

    Args:
        connection: Any connection.
        release_ids: The releases; at most a few hundred.
    """
    moves = calendar.moves_of(connection, release_ids)
    listings: dict[str, list[Listing]] = {}
    of = public_lists.c
    asked = select(of.release_id, of.public_list_id, of.list_version, of.published_at).where(
        of.release_id.in_(sorted(release_ids))
    )
    for release_id, *told in connection.execute(asked):
        listings.setdefault(release_id, []).append(Listing(*told))
    made = contingencies.of_releases(connection, release_ids)
    return {
        release_id: Announced(
            CalendarEntry(row.release, row.added_at, moves=moves.get(release_id, ())),
            tuple(listings.get(release_id, ())),
            (made[release_id].contingency_id, made[release_id].decision) if release_id in made else None,
        )
        for release_id, row in release_records.get_rows(connection, release_ids).items()
    }


def coming(connection: Connection, *, limit: int) -> tuple[Release, ...]:
    """Give the releases that are announced and still to be published, of all producers, the next one first.

    Args:
        connection: Any connection.
        limit: How many at most.
    """
    awaited = (ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value)
    asked = select(releases.c.release_id).where(releases.c.state.in_(awaited), releases.c.rehearsal.is_(False))
    asked = asked.order_by(releases.c.publishes_at, releases.c.release_id).limit(limit)
    found = connection.execute(asked).scalars().all()
    rows = release_records.get_rows(connection, found)
    return tuple(rows[release_id].release for release_id in found)


def _moves() -> Select[Any]:
    of, before = release_moves.c, release_moves.alias("before")
    known = exists().where(
        before.c.release_id == of.release_id,
        before.c.to_state.in_(KNOWN_TO_ALL),
        or_(before.c.at < of.at, and_(before.c.at == of.at, before.c.move_id <= of.move_id)),
    )
    return select(of.at.label("at"), of.move_id.label("ident"), of.release_id).where(of.move.in_(_TOLD), known)


def _lists() -> Select[Any]:
    of = public_lists.c
    return select(of.published_at.label("at"), of.public_list_id.label("ident"), of.release_id)


def _opened() -> Select[Any]:
    of = contingency_rows.c
    return select(of.released_at.label("at"), of.contingency_id.label("ident"), of.release_id)


def _withdrawn() -> Select[Any]:
    of = contingency_rows.c
    ended = select(of.withdrawn_at.label("at"), of.contingency_id.label("ident"), of.release_id)
    return ended.where(of.withdrawn_at.is_not(None))


def _shown(asked: Select[Any], producer_id: str | None) -> Select[Any]:
    """Leave out what is no news for anybody: rehearsals, and whatever was never announced, planned or postponed."""
    release_id: ColumnElement[Any] = asked.selected_columns.release_id
    wanted = asked.join(releases, releases.c.release_id == release_id).where(
        releases.c.rehearsal.is_(False),
        releases.c.state != ReleaseState.PLANNED.value,
        calendar.was_announced(release_id),
    )
    return wanted if producer_id is None else wanted.where(releases.c.producer_id == producer_id)
