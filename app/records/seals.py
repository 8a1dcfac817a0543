"""Seals of releases: what each says, where everybody stands in its tree, and which releases want one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, or_, select

from app.records.places import stands_from
from app.records.tables import entries, erasures, grants, lists, release_moves, release_seals, releases, seal_places
from app.rules.facts import ReleaseState

_SEALED = "release_sealed"
_OVER = (ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value)
# An entry that arrived earlier can be committed later: it is looked for this far back, which no transaction outlives.
_LATECOMERS = 20_000


@dataclass(frozen=True, slots=True)
class SealRow:
    """One seal. ``through``: how many entries of the log it has looked at; ``sealed_at`` aware, UTC."""

    seal_id: str
    release_id: str
    number: int
    through: int
    newest_arrival: int
    sealed_at: datetime
    entry_id: str
    statement: str
    filler_seed: bytes


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place in a seal's tree. ``salt`` and ``record`` are None once they were erased."""

    place: int
    leaf: bytes
    salt: bytes | None
    record: str | None


def add(connection: Connection, row: SealRow, places: Iterable[PlaceRow]) -> None:
    """Add a seal with its places.

    Args:
        row: The seal.
        places: Of everybody who stands in its tree.
    """
    connection.execute(insert(release_seals), {name: getattr(row, name) for name in SealRow.__slots__})
    found = [
        {"seal_id": row.seal_id, "place": f"{one.place:032x}", "leaf": one.leaf, "salt": one.salt, "record": one.record}
        for one in places
    ]
    if found:
        connection.execute(insert(seal_places), found)


def newest(connection: Connection, release_id: str) -> SealRow | None:
    """Give the newest seal of a release; None before the first."""
    asked = select(release_seals).where(release_seals.c.release_id == release_id)
    row: Any = connection.execute(asked.order_by(release_seals.c.number.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in SealRow.__slots__}
    return SealRow(**{**values, "filler_seed": bytes(row.filler_seed)})


def places(connection: Connection, seal_id: str) -> dict[int, PlaceRow]:
    """Give every place of a seal."""
    found = connection.execute(select(seal_places).where(seal_places.c.seal_id == seal_id))
    rows = (
        PlaceRow(int(row.place, 16), bytes(row.leaf), None if row.salt is None else bytes(row.salt), row.record)
        for row in found
    )
    return {row.place: row for row in rows}


def people_listed(connection: Connection, release_id: str) -> set[str]:
    """Give everybody who stands on any version of a release's list."""
    asked = (
        select(grants.c.person_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(lists.c.release_id == release_id, grants.c.person_id.is_not(None))
    )
    return set(connection.execute(asked).scalars())


def _destroyed() -> Select[Any]:
    """Ask for releases whose records were destroyed: a seal made from then on would say that nobody opened."""
    return select(erasures.c.release_id).where(erasures.c.release_id.is_not(None))


def is_destroyed(connection: Connection, release_id: str) -> bool:
    """Say whether a release's records were destroyed."""
    asked = _destroyed().where(erasures.c.release_id == release_id).limit(1)
    return connection.execute(asked).first() is not None


def over_and_unsealed(connection: Connection) -> list[tuple[str, str]]:
    """Give published and cancelled releases about which the log holds what no seal covers: id and state."""
    last = (
        select(release_seals.c.release_id, func.max(release_seals.c.newest_arrival).label("arrival"))
        .group_by(release_seals.c.release_id)
        .subquery()
    )
    through = (
        select(func.max(release_seals.c.through))
        .where(release_seals.c.release_id == releases.c.release_id)
        .correlate(releases)
        .scalar_subquery()
    )
    more = (
        select(entries.c.arrival)
        .where(
            entries.c.release_id == releases.c.release_id,
            entries.c.arrival > last.c.arrival - _LATECOMERS,
            entries.c.kind != _SEALED,
            stands_from(through),
        )
        .correlate(releases, last)
        .exists()
    )
    asked = (
        select(releases.c.release_id, releases.c.state)
        .select_from(releases.outerjoin(last, last.c.release_id == releases.c.release_id))
        .where(
            releases.c.state.in_(_OVER),
            or_(last.c.arrival.is_(None), more),
            releases.c.release_id.not_in(_destroyed()),
        )
        .order_by(releases.c.release_id)
    )
    return [(row.release_id, row.state) for row in connection.execute(asked)]


def moved_since_sealed(connection: Connection) -> list[str]:
    """Give releases that are not over and were moved out of their final form, or in it, since their last seal."""
    sealed_at = (
        select(func.max(release_seals.c.sealed_at))
        .where(release_seals.c.release_id == release_moves.c.release_id)
        .correlate(release_moves)
        .scalar_subquery()
    )
    asked = (
        select(release_moves.c.release_id)
        .join(releases, releases.c.release_id == release_moves.c.release_id)
        .where(
            release_moves.c.from_state == ReleaseState.FINAL.value,
            releases.c.state.not_in(_OVER),
            releases.c.release_id.not_in(_destroyed()),
            or_(sealed_at.is_(None), release_moves.c.at > sealed_at),
        )
        .distinct()
    )
    return sorted(connection.execute(asked).scalars())


def unsealed_span(connection: Connection, release_id: str, seal: SealRow) -> tuple[datetime, datetime] | None:
    """Give when the oldest and the newest entry came that a seal does not cover; None when there is none."""
    of = entries.c
    asked = select(func.min(of.at), func.max(of.at)).where(
        of.release_id == release_id,
        of.arrival > seal.newest_arrival - _LATECOMERS,
        of.kind != _SEALED,
        stands_from(seal.through),
    )
    oldest, latest = connection.execute(asked).one()
    return None if oldest is None else (oldest, latest)
