"""Series: what a producer publishes again and again, and what is known of its releases so far."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, true, update

from app.plain import plain
from app.records.rows import is_row, one_row, page_of
from app.records.tables import grants, lists, openings, releases, series
from app.rules.errors import Conflict
from app.rules.facts import ListState, Order, ReleaseState


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series of a producer.

    Attributes:
        standing_from_list_id: The approved list that its standing list was last taken from; None where it has none.
        standing_revision: Counts the changes of the standing list; what an ETag says.
        standing_edited_by: Ids of whoever changed it since it was taken; each had a hand in the drafts made from it.
    """

    series_id: str
    producer_id: str
    title: str
    standing_from_list_id: str | None
    standing_revision: int
    standing_edited_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier release of a series, and how long its list in force is.

    Attributes:
        grants_count, people_count, posts_count: Of the list in force.
    """

    release_id: str
    title: str
    publishes_at: datetime
    published: bool
    list_id: str
    version: int
    grants_count: int
    people_count: int
    posts_count: int


def find_titled(connection: Connection, producer_id: str, title: str) -> str | None:
    """Give the id of a producer's series by its title; None when there is none."""
    same = and_(series.c.producer_id == producer_id, series.c.title == title)
    found: str | None = connection.execute(select(series.c.series_id).where(same)).scalar_one_or_none()
    return found


def add(connection: Connection, series_id: str, producer_id: str, title: str) -> None:
    """Add a series of a producer."""
    connection.execute(insert(series), {"series_id": series_id, "producer_id": producer_id, "title": title})


def get(connection: Connection, series_id: str) -> SeriesRow:
    """Give a series.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, _series().where(is_row(series, series_id))))


def page(connection: Connection, producer_id: str, *, limit: int, after: str | None = None) -> list[SeriesRow]:
    """Give the series of a producer by title, from the one after this id.

    Args:
        connection: Any connection.
        producer_id: Whose.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(_series(), series, series.c.title, limit, after).where(series.c.producer_id == producer_id)
    return [_row(row) for row in plain(connection.execute(turned))]


def releases_of(connection: Connection, series_id: str) -> tuple[str, ...]:
    """Give the ids of every release of a series."""
    asked = select(releases.c.release_id).where(releases.c.series_id == series_id).order_by(releases.c.release_id)
    return tuple(connection.execute(asked).scalars())


def orders_of(connection: Connection, series_id: str) -> frozenset[Order]:
    """Give the Orders that govern the releases of a series."""
    asked = select(releases.c.governing_order).where(releases.c.series_id == series_id).distinct()
    return frozenset(Order(value) for value in connection.execute(asked).scalars())


def note_standing(
    connection: Connection,
    series_id: str,
    *,
    revision: int,
    edited_by: Iterable[str],
    from_list_id: str | None = None,
) -> None:
    """Count a change of the standing list, if nobody changed it meanwhile.

    Args:
        connection: An open write transaction.
        series_id: The series.
        revision: The revision that was read.
        edited_by: Ids of everybody with a hand in it as it now is.
        from_list_id: The approved list that it was taken from anew; None leaves what stands there.

    Raises:
        Conflict: Somebody was first.
    """
    values: dict[str, object] = {
        "standing_revision": revision + 1,
        "standing_edited_by": json.dumps(sorted(set(edited_by))),
    }
    if from_list_id is not None:
        values["standing_from_list_id"] = from_list_id
    same = and_(series.c.series_id == series_id, series.c.standing_revision == revision)
    if connection.execute(update(series).where(same).values(values)).rowcount != 1:
        raise Conflict("Somebody changed this list since you read it. Read it again, then repeat your change.")


def earlier(
    connection: Connection, series_id: str, *, before: datetime, without: str, limit: int, list_id: str | None = None
) -> tuple[Earlier, ...]:
    """Give the releases of a series that came before an instant and had a list, the latest first.

    Args:
        connection: Any connection.
        series_id: The series.
        before: Only releases set for an earlier time than this. Aware.
        without: Id of the release that is looked at itself.
        limit: How many at most.
        list_id: Only the release whose list in force this is; None for all.
    """
    counted = (
        select(
            releases.c.release_id,
            releases.c.title,
            releases.c.publishes_at,
            releases.c.state,
            lists.c.list_id,
            lists.c.version,
            func.count(grants.c.grant_id),
            func.count(grants.c.person_id.distinct()),
            func.count(grants.c.post_id.distinct()),
        )
        .join(lists, and_(lists.c.release_id == releases.c.release_id, lists.c.state == ListState.APPROVED.value))
        .join(grants, grants.c.list_id == lists.c.list_id)
        .where(
            releases.c.series_id == series_id,
            releases.c.release_id != without,
            releases.c.publishes_at < before,
            releases.c.state != ReleaseState.CANCELLED.value,
            releases.c.rehearsal.is_(False),
            true() if list_id is None else lists.c.list_id == list_id,
        )
        .group_by(
            releases.c.release_id,
            releases.c.title,
            releases.c.publishes_at,
            releases.c.state,
            lists.c.list_id,
            lists.c.version,
        )
        .order_by(releases.c.publishes_at.desc(), releases.c.release_id)
        .limit(limit)
    )
    return tuple(
        Earlier(row[0], row[1], row[2], row[3] == ReleaseState.PUBLISHED.value, *row[4:])
        for row in plain(connection.execute(counted))
    )


def named_on(connection: Connection, list_ids: list[str]) -> dict[str, frozenset[str]]:
    """Give, by person, the releases whose lists name them.

    Args:
        connection: Any connection.
        list_ids: The lists to look at.

    Returns:
        Ids of releases, by the id of each person who is named on one of the lists.
    """
    wanted = (
        select(grants.c.person_id, lists.c.release_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(lists.c.list_id.in_(list_ids), grants.c.person_id.is_not(None))
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for person_id, release_id in connection.execute(wanted):
        found.setdefault(person_id, set()).add(release_id)
    return {person_id: frozenset(ids) for person_id, ids in found.items()}


def openers_of(connection: Connection, release_ids: list[str]) -> frozenset[str]:
    """Give the ids of everybody who opened a document of one of these releases.

    Args:
        connection: Any connection.
        release_ids: The releases to look at.
    """
    wanted = select(openings.c.person_id).where(openings.c.release_id.in_(release_ids)).distinct()
    return frozenset(connection.execute(wanted).scalars())


def _series() -> Select[Any]:
    of = series.c
    return select(
        of.series_id,
        of.producer_id,
        of.title,
        of.standing_from_list_id,
        of.standing_revision,
        of.standing_edited_by,
    )


def _row(row: Row[Any]) -> SeriesRow:
    return SeriesRow(
        series_id=row.series_id,
        producer_id=row.producer_id,
        title=row.title,
        standing_from_list_id=row.standing_from_list_id,
        standing_revision=row.standing_revision,
        standing_edited_by=frozenset(json.loads(row.standing_edited_by)),
    )
