"""The files on how incidents of one producer belong together: what is compared, and what people corrected."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.records.tables import holdings, incident_links, incidents, posts, producers, releases
from app.rules.causes import Cause
from app.rules.facts import london_date
from app.rules.incidents import IncidentKind
from app.rules.links import Linkable, LinkCorrection


def of_producer(
    connection: Connection, producer_id: str | None, *, up_to: int | None = None, besides: str | None = None
) -> list[Linkable]:
    """Give what is compared of the incidents of a producer, rehearsals left out, in the order of their numbers.

    Args:
        connection: Any connection.
        producer_id: The producer, or None for the service as a whole.
        up_to: Only those whose number is not greater; None for all.
        besides: The id of one that is given even where it is of a rehearsal.
    """
    wanted = (
        select(
            incidents.c.incident_id,
            incidents.c.number,
            incidents.c.kind,
            incidents.c.near_miss,
            incidents.c.state,
            incidents.c.occurred_at,
            incidents.c.causes,
            releases.c.series_id,
            releases.c.lead_official_id,
        )
        .outerjoin(releases, releases.c.release_id == incidents.c.release_id)
        .where(
            incidents.c.producer_id == producer_id,
            func.coalesce(releases.c.rehearsal, False).is_(False) | (incidents.c.incident_id == besides),
        )
        .order_by(incidents.c.number)
    )
    if up_to is not None:
        wanted = wanted.where(incidents.c.number <= up_to)
    rows = connection.execute(wanted).all()
    units = _units(connection, producer_id, {row.lead_official_id for row in rows} - {None})
    return [_linkable(row, units) for row in rows]


def corrections_of(connection: Connection, producer_id: str | None) -> dict[str, dict[str, LinkCorrection]]:
    """Give what people said of the links of a producer's incidents: by incident, then by the earlier one."""
    found: dict[str, dict[str, LinkCorrection]] = {}
    wanted = (
        select(incident_links)
        .join(incidents, incidents.c.incident_id == incident_links.c.incident_id)
        .where(incidents.c.producer_id == producer_id)
    )
    for row in connection.execute(wanted):
        said = LinkCorrection(row.linked, row.reason, row.corrected_at, row.corrected_by)
        found.setdefault(row.incident_id, {})[row.earlier_id] = said
    return found


def correct(connection: Connection, incident_id: str, earlier_id: str, correction: LinkCorrection) -> None:
    """Put on record what a person says of a link, in the place of what was said of it before."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    said = {
        "linked": correction.linked,
        "reason": correction.reason,
        "corrected_at": correction.at,
        "corrected_by": correction.by,
    }
    added = insert(incident_links).values(incident_id=incident_id, earlier_id=earlier_id, **said)
    connection.execute(added.on_conflict_do_update(index_elements=["incident_id", "earlier_id"], set_=said))


def _units(
    connection: Connection, producer_id: str | None, leads: Collection[str]
) -> dict[str, list[tuple[str, date, date | None]]]:
    """Give the units in which people hold, or held, posts of the producer: by person, with the first and last day."""
    if not leads:
        return {}
    organisation = select(producers.c.organisation_id).where(producers.c.producer_id == producer_id).scalar_subquery()
    wanted = (
        select(holdings.c.person_id, posts.c.unit, holdings.c.held_from_on, holdings.c.held_until_on)
        .join(posts, posts.c.post_id == holdings.c.post_id)
        .where(posts.c.organisation_id == organisation, posts.c.unit != "", holdings.c.person_id.in_(sorted(leads)))
    )
    found: dict[str, list[tuple[str, date, date | None]]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.person_id, []).append((row.unit, row.held_from_on, row.held_until_on))
    return found


def _linkable(row: Any, units: dict[str, list[tuple[str, date, date | None]]]) -> Linkable:
    on = london_date(row.occurred_at)
    held = [unit for unit, since, until in units.get(row.lead_official_id or "", ()) if _holds(since, until, on)]
    return Linkable(
        incident_id=row.incident_id,
        number=row.number,
        kind=IncidentKind(row.kind),
        near_miss=row.near_miss,
        state=row.state,
        occurred_at=row.occurred_at,
        series_id=row.series_id,
        teams=frozenset(map(str.casefold, held)),
        causes=tuple(map(Cause, json.loads(row.causes))) if row.causes else (),
    )


def _holds(since: date, until: date | None, on: date) -> bool:
    return since <= on and (until is None or on <= until)
