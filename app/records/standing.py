"""The standing list of a series: whom each new release's list begins with. It grants nothing by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.records.tables import organisations, people, posts, standing_grants
from app.rules.facts import Grant, GrantClass


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A line of a standing list.

    Attributes:
        grant: Its terms; its id is the line's own.
        row: Where it stands in the list, counted from 1.
        holder_name, holder_email: The person named, or empty.
    """

    grant: Grant
    row: int
    post_id: str
    organisation_id: str
    holder_name: str
    holder_email: str


def of_series(connection: Connection, series_id: str) -> tuple[StandingRow, ...]:
    """Give the standing list of a series in its own order; empty where it has none.

    Whoever is on it has to be confirmed for each release.
    """
    wanted = (
        select(
            standing_grants,
            posts.c.title,
            posts.c.organisation_id,
            organisations.c.name.label("organisation"),
            people.c.name.label("holder_name"),
            people.c.email.label("holder_email"),
        )
        .join(posts, posts.c.post_id == standing_grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .outerjoin(people, people.c.person_id == standing_grants.c.person_id)
        .where(standing_grants.c.series_id == series_id)
        .order_by(standing_grants.c.row, standing_grants.c.standing_grant_id)
    )
    return tuple(_standing_row(row) for row in connection.execute(wanted))


def replace_all(connection: Connection, series_id: str, rows: Iterable[tuple[int, str, Grant]]) -> None:
    """Put these lines in the place of the standing list of a series.

    Args:
        connection: An open write transaction.
        series_id: The series.
        rows: Place in the list, id of the post, and grant with the line's own new id.
    """
    connection.execute(delete(standing_grants).where(standing_grants.c.series_id == series_id))
    for row, post_id, grant in rows:
        add(connection, series_id, row, post_id, grant)


def add(connection: Connection, series_id: str, row: int, post_id: str, grant: Grant) -> None:
    """Add a line to the standing list of a series.

    Args:
        connection: An open write transaction.
        series_id: The series.
        row: Where it stands, counted from 1.
        post_id: The post it is for.
        grant: Its terms, with the line's own id.
    """
    placed = {"series_id": series_id, "row": row, "post_id": post_id}
    connection.execute(insert(standing_grants), {**placed, **_values(grant)})


def change(connection: Connection, grant: Grant) -> None:
    """Store a line as it now is; its post and its place in the list stay."""
    same = standing_grants.c.standing_grant_id == grant.grant_id
    connection.execute(update(standing_grants).where(same).values(_values(grant)))


def remove(connection: Connection, standing_grant_id: str) -> None:
    """Take a line off a standing list."""
    connection.execute(delete(standing_grants).where(standing_grants.c.standing_grant_id == standing_grant_id))


def _values(grant: Grant) -> dict[str, Any]:
    return {
        "standing_grant_id": grant.grant_id,
        "person_id": grant.person_id,
        "grant_class": grant.grant_class.value,
        "ground": grant.ground,
        "ground_letter": grant.ground_letter,
        "asked_minutes": None if grant.asked is None else int(grant.asked.total_seconds() // 60),
        "seat": grant.seat,
        "conditions": grant.conditions,
        "for_person_id": grant.for_person_id,
        "place": grant.place,
        "is_group": grant.is_group,
    }


def _standing_row(row: Row[*tuple[Any, ...]]) -> StandingRow:
    grant = Grant(
        grant_id=row.standing_grant_id,
        post_title=row.title,
        organisation=row.organisation,
        person_id=row.person_id,
        grant_class=GrantClass(row.grant_class),
        ground=row.ground,
        asked=None if row.asked_minutes is None else timedelta(minutes=row.asked_minutes),
        seat=row.seat,
        conditions=row.conditions,
        is_group=row.is_group,
        ground_letter=row.ground_letter,
        for_person_id=row.for_person_id,
        place=row.place,
        confirm_needed=True,
    )
    return StandingRow(
        grant=grant,
        row=row.row,
        post_id=row.post_id,
        organisation_id=row.organisation_id,
        holder_name=row.holder_name or "",
        holder_email=row.holder_email or "",
    )
