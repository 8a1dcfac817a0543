"""Each publishing of the list of posts, kept as it was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, or_, select, union_all

from app.records import releases as release_records
from app.records.calendar import was_announced
from app.records.tables import annual_lists, arrangements, organisations, producers, public_lists, releases
from app.rules.facts import Order, Release, ReleaseState


@dataclass(frozen=True, slots=True)
class PublicListRow:
    """The list of posts as it was published. ``rows`` is canonical JSON, ``published_at`` aware UTC."""

    list_version: int
    sha256: str
    rows: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A release whose list of posts everybody may read. Aware UTC; ``listed_at`` is when it was published last."""

    release_id: str
    title: str
    publishes_at: datetime
    listed_at: datetime


def add(
    connection: Connection, public_list_id: str, release_id: str, published: PublicListRow, by_person_id: str
) -> None:
    """Keep the list of posts as it is published."""
    connection.execute(
        insert(public_lists),
        {
            "public_list_id": public_list_id,
            "release_id": release_id,
            "list_version": published.list_version,
            "sha256": published.sha256,
            "rows": published.rows,
            "published_at": published.published_at,
            "by_person_id": by_person_id,
        },
    )


def find(connection: Connection, release_id: str) -> PublicListRow | None:
    """Give the list of posts as it was last published; None when it never was.

    Whether everybody may read it, is not asked here.
    """
    row = connection.execute(
        select(public_lists)
        .where(public_lists.c.release_id == release_id)
        .order_by(public_lists.c.published_at.desc(), public_lists.c.list_version.desc())
        .limit(1)
    ).one_or_none()
    return PublicListRow(row.list_version, row.sha256, row.rows, row.published_at) if row else None


def publishings(connection: Connection, release_id: str) -> tuple[tuple[datetime, bytes], ...]:
    """Give when each list of posts of a release was published, aware UTC, and its content, the earliest first."""
    of = public_lists.c
    asked = select(of.published_at, of.rows).where(of.release_id == release_id).order_by(of.published_at)
    return tuple((row.published_at, row.rows.encode()) for row in connection.execute(asked))


def releases_listed_after(connection: Connection, producer_id: str) -> tuple[Release, ...]:
    """Give the published releases of a producer after whose publication a list of posts was published, latest first."""
    listed = public_lists.c
    later = select(listed.release_id).where(
        listed.release_id == releases.c.release_id, listed.published_at > releases.c.published_at
    )
    asked = select(releases.c.release_id).where(
        releases.c.producer_id == producer_id,
        releases.c.state == ReleaseState.PUBLISHED.value,
        releases.c.rehearsal.is_(False),
        later.exists(),
    )
    found = connection.execute(_latest_first(asked)).scalars().all()
    return tuple(release_records.get(connection, release_id) for release_id in found)


def of_producer(connection: Connection, producer_id: str) -> tuple[tuple[Release, PublicListRow], ...]:
    """Give the announced releases of a producer whose list of posts is published, each with it, the latest first."""
    listed = select(public_lists.c.release_id)
    asked = select(releases.c.release_id).where(
        releases.c.producer_id == producer_id,
        releases.c.rehearsal.is_(False),
        releases.c.release_id.in_(listed),
        was_announced(releases.c.release_id),
    )
    return tuple(
        (release_records.get(connection, release_id), published)
        for release_id in connection.execute(_latest_first(asked)).scalars()
        if (published := find(connection, release_id)) is not None
    )


def published_without(connection: Connection, producer_id: str, order: Order) -> tuple[Release, ...]:
    """Give the published releases of a producer under an Order whose list of posts was never published."""
    asked = select(releases.c.release_id).where(
        releases.c.producer_id == producer_id,
        releases.c.governing_order == order.value,
        releases.c.state == ReleaseState.PUBLISHED.value,
        releases.c.rehearsal.is_(False),
        releases.c.release_id.not_in(select(public_lists.c.release_id)),
    )
    found = connection.execute(_latest_first(asked)).scalars().all()
    return tuple(release_records.get(connection, release_id) for release_id in found)


def releases_to_come(connection: Connection, producer_id: str) -> tuple[Release, ...]:
    """Give the releases of a producer that are announced or final and still to be published, the next one first."""
    coming = [ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value]
    asked = select(releases.c.release_id).where(
        releases.c.producer_id == producer_id, releases.c.state.in_(coming), releases.c.rehearsal.is_(False)
    )
    found: Select[Any] = asked.order_by(releases.c.publishes_at, releases.c.release_id)
    return tuple(
        release_records.get(connection, release_id) for release_id in connection.execute(found).scalars().all()
    )


def listed_of(connection: Connection, producer_id: str) -> tuple[Listed, ...]:
    """Give the announced releases of a producer whose list of posts is published, the latest first; no list."""
    asked = (
        select(
            releases.c.release_id,
            releases.c.title,
            releases.c.publishes_at,
            func.max(public_lists.c.published_at).label("listed_at"),
        )
        .join(public_lists, public_lists.c.release_id == releases.c.release_id)
        .where(
            releases.c.producer_id == producer_id,
            releases.c.rehearsal.is_(False),
            was_announced(releases.c.release_id),
        )
        .group_by(releases.c.release_id, releases.c.title, releases.c.publishes_at)
    )
    return tuple(Listed(*row) for row in connection.execute(_latest_first(asked)))


def producers_publishing(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Give the id and the name of each producer of which ``has_published`` holds, by name."""
    shown = (
        select(releases.c.producer_id)
        .join(public_lists, public_lists.c.release_id == releases.c.release_id)
        .where(releases.c.rehearsal.is_(False), was_announced(releases.c.release_id))
    )
    of = producers.c.producer_id
    any_of = or_(of.in_(shown), of.in_(select(annual_lists.c.producer_id)), of.in_(select(arrangements.c.producer_id)))
    asked = (
        select(of, organisations.c.name)
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
        .where(any_of)
        .order_by(organisations.c.name, of)
    )
    return tuple((row.producer_id, row.name) for row in connection.execute(asked))


def has_published(connection: Connection, producer_id: str) -> bool:
    """Say whether a producer has published anything here: a list of posts, an annual list, or its arrangements.

    Of rehearsals and of releases that were never announced nobody learns by this.
    """
    of_releases = select(releases.c.release_id).where(
        releases.c.producer_id == producer_id,
        releases.c.rehearsal.is_(False),
        was_announced(releases.c.release_id),
    )
    found = union_all(
        select(public_lists.c.public_list_id).where(public_lists.c.release_id.in_(of_releases)),
        select(annual_lists.c.annual_list_id).where(annual_lists.c.producer_id == producer_id),
        select(arrangements.c.arrangements_id).where(arrangements.c.producer_id == producer_id),
    )
    return connection.execute(found.limit(1)).first() is not None


def _latest_first(asked: Select[Any]) -> Select[Any]:
    return asked.order_by(releases.c.publishes_at.desc(), releases.c.release_id)
