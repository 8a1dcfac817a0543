"""What a draft report is made from, beside the incident itself: posts, openings, earlier incidents."""

from __future__ import annotations

import json

from sqlalchemy import Connection, or_, select

from app.records.tables import grants, incidents, lists, openings, organisations, posts, releases, series
from app.rules.incidents import IncidentKind
from app.rules.reportparts import Delivery, EarlierIncident

_EARLIER_LIMIT = 50


def posts_of(connection: Connection, release_id: str) -> dict[str, str]:
    """Give the posts by which people stand on a release's list.

    Args:
        connection: Any connection.
        release_id: The release; every version of its list counts, the newest most.

    Returns:
        Title and organisation of the post, by person id.
    """
    wanted = (
        select(grants.c.person_id, posts.c.title, organisations.c.name)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(lists.c.release_id == release_id, grants.c.person_id.is_not(None))
        .order_by(lists.c.version, grants.c.row.desc())
    )
    return {row.person_id: f"{row.title}, {row.name}" for row in connection.execute(wanted)}


def deliveries_of(connection: Connection, release_id: str) -> list[tuple[str, Delivery]]:
    """Give (person id, what the log shows) of each opening of a release, oldest first."""
    wanted = (
        select(openings, posts.c.title, organisations.c.name)
        .join(grants, grants.c.grant_id == openings.c.grant_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(openings.c.release_id == release_id)
        .order_by(openings.c.opened_at, openings.c.opening_id)
    )
    return [
        (
            row.person_id,
            Delivery(
                opening_id=row.opening_id,
                number=row.number,
                post=f"{row.title}, {row.name}",
                opened_at=row.opened_at,
                outcome=row.outcome,
                sent_bytes=row.sent_bytes,
                revealed_at=row.revealed_at,
            ),
        )
        for row in connection.execute(wanted)
    ]


def find_release_of_mark(connection: Connection, number: str) -> str | None:
    """Give the release of the opening whose number stands in a mark.

    Args:
        connection: Any connection.
        number: As read from the mark.

    Returns:
        The release's id, or None when there is no such number.
    """
    wanted = select(openings.c.release_id).where(openings.c.number == number)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found


def openings_on_record(connection: Connection, release_id: str) -> set[str]:
    """Give the ids of the openings that stand in the facts of an incident of this release already."""
    wanted = select(incidents.c.facts).where(incidents.c.release_id == release_id)
    kinds = [IncidentKind.ACCESS_BEFORE_WINDOW.value, IncidentKind.ACCESS_MADE_OVER_LONG.value]
    found = connection.execute(wanted.where(incidents.c.kind.in_(kinds))).scalars()
    return {one["opening_id"] for facts in found for one in json.loads(facts).get("openings", [])}


def earlier_than(
    connection: Connection, number: int, producer_id: str | None, series_id: str | None
) -> list[EarlierIncident]:
    """Give the incidents of a producer before one of them, near misses and rehearsals apart.

    Args:
        connection: Any connection.
        number: Those with a smaller number are given.
        producer_id: The producer, or None for the service as a whole.
        series_id: The series of the release it is about, where it has one.

    Returns:
        At most 50, newest first.
    """
    wanted = (
        select(incidents, releases.c.series_id)
        .outerjoin(releases, releases.c.release_id == incidents.c.release_id)
        .where(
            incidents.c.producer_id == producer_id,
            incidents.c.number < number,
            incidents.c.near_miss.is_(False),
            or_(releases.c.rehearsal.is_(None), releases.c.rehearsal.is_(False)),
        )
        .order_by(incidents.c.number.desc())
        .limit(_EARLIER_LIMIT)
    )
    return [
        EarlierIncident(
            number=row.number,
            kind=IncidentKind(row.kind),
            occurred_at=row.occurred_at,
            state=row.state,
            same_series=series_id is not None and row.series_id == series_id,
        )
        for row in connection.execute(wanted)
    ]


def find_series_title(connection: Connection, series_id: str) -> str | None:
    """Give the title of a series; None when there is none."""
    wanted = select(series.c.title).where(series.c.series_id == series_id)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found
