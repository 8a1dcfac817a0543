"""The files a producer's register of breaches is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from app.records import incident_links
from app.records import releases as release_files
from app.records.tables import incidents, recalls, releases, report_submissions, report_versions, series
from app.rules.breachregister import RegisteredIncident
from app.rules.breachreturn import Timing
from app.rules.causes import Cause
from app.rules.facts import Release, ReleaseState
from app.rules.incidents import IncidentKind
from app.rules.links import Link, close_links

_MANY = 500  # how many ids one query names; SQLite takes a limited number


def of_producer(
    connection: Connection, producer_id: str, known: Mapping[str, Release] | None = None
) -> list[RegisteredIncident]:
    """Give every incident of a producer, near misses too and rehearsals not, in the order of their numbers.

    Args:
        connection: Any connection.
        producer_id: The producer.
        known: Releases that were read already, by id.
    """
    wanted = (
        select(incidents, series.c.title.label("series_title"))
        .outerjoin(releases, releases.c.release_id == incidents.c.release_id)
        .outerjoin(series, series.c.series_id == releases.c.series_id)
        .where(incidents.c.producer_id == producer_id, func.coalesce(releases.c.rehearsal, False).is_(False))
        .order_by(incidents.c.number)
    )
    rows = connection.execute(wanted).all()
    about = dict(known or {})
    lacking = sorted({row.release_id for row in rows} - {None, *about})
    for place in range(0, len(lacking), _MANY):
        found = release_files.get_rows(connection, lacking[place : place + _MANY])
        about |= {release_id: one.release for release_id, one in found.items()}
    recalled, reports = _recalled(connection, producer_id), _reports(connection, producer_id)
    linked = _linked(connection, producer_id)
    return [_registered(row, about, recalled, reports, linked) for row in rows]


def timings_of(connection: Connection, producer_id: str) -> list[Timing]:
    """Give when each release of a producer was to be public and was; cancelled, postponed and rehearsed ones not."""
    gone = [ReleaseState.CANCELLED.value, ReleaseState.POSTPONED.value]
    wanted = select(releases.c.publishes_at, releases.c.published_at).where(
        releases.c.producer_id == producer_id, releases.c.rehearsal.is_(False), releases.c.state.not_in(gone)
    )
    return [Timing(row.publishes_at, row.published_at) for row in connection.execute(wanted)]


def _registered(
    row: Any,
    about: dict[str, Release],
    recalled: dict[str, list[Any]],
    reports: dict[str, dict[str, Any]],
    linked: dict[str, tuple[Link, ...]],
) -> RegisteredIncident:
    report = reports.get(row.incident_id, {})
    begun = [at for at in recalled.get(row.release_id or "", ()) if at >= row.occurred_at]
    return RegisteredIncident(
        incident_id=row.incident_id,
        number=row.number,
        release=about.get(row.release_id),
        series_title=row.series_title or "",
        kind=IncidentKind(row.kind),
        near_miss=row.near_miss,
        state=row.state,
        occurred_at=row.occurred_at,
        opened_at=row.opened_at,
        practices=None if row.practices is None else tuple(json.loads(row.practices)),
        facts=json.loads(row.facts),
        causes=tuple(map(Cause, json.loads(row.causes))) if row.causes else (),
        recalled_at=min(begun, default=None),
        head_told_at=row.head_told_at,
        linked=linked.get(row.incident_id, ()),
        **report,
    )


def _linked(connection: Connection, producer_id: str) -> dict[str, tuple[Link, ...]]:
    """Give, by incident, the earlier ones that share more than the producer."""
    known = incident_links.of_producer(connection, producer_id)
    return close_links(known, incident_links.corrections_of(connection, producer_id))


def _recalled(connection: Connection, producer_id: str) -> dict[str, list[Any]]:
    wanted = (
        select(recalls.c.release_id, recalls.c.begun_at)
        .join(releases, releases.c.release_id == recalls.c.release_id)
        .where(releases.c.producer_id == producer_id)
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.release_id, []).append(row.begun_at)
    return found


def _reports(connection: Connection, producer_id: str) -> dict[str, dict[str, Any]]:
    """Give, by incident, when its report was first signed off and first submitted, and to whom."""
    of_producer = (
        select(report_versions.c.incident_id, report_versions.c.signed_at, report_submissions)
        .join(incidents, incidents.c.incident_id == report_versions.c.incident_id)
        .outerjoin(report_submissions, report_submissions.c.report_version_id == report_versions.c.report_version_id)
        .where(incidents.c.producer_id == producer_id, report_versions.c.signed_at.is_not(None))
        .order_by(report_versions.c.number, report_submissions.c.submitted_at)
    )
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(of_producer):
        kept = found.setdefault(row.incident_id, {"signed_at": row.signed_at})
        if row.submitted_at is not None and "submitted_at" not in kept:
            kept |= {"submitted_at": row.submitted_at, "submitted_to": row.to_whom}
    return found
