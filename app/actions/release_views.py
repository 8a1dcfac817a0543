"""Releases as one person may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.tools import Actor
from app.records import calendar, eligibility
from app.records.releases import ReleaseRow
from app.rules import acknowledgement, lifecycle
from app.rules.acknowledgement import Told
from app.rules.calendar import Shortfall
from app.rules.facts import Grant, Release, ReleaseState, Role, london_date
from app.rules.feeds import CalendarEntry, short_of
from app.rules.lifecycle import Phase
from app.rules.window import opens_at_for, window_of

_WITHOUT_WINDOW = (ReleaseState.POSTPONED, ReleaseState.CANCELLED)


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A release as one person may see it.

    Attributes:
        opens_at: When this person's own window opens, or the ordinary one for those who prepare it. Aware, UTC.
        staff: They have a role with the producer or the service, and see how the release is run.
        short: Where the notice given of the time set is too short; for staff.
        told: On what grounds and conditions this person themselves is given access, grant by grant.
    """

    row: ReleaseRow
    phase: Phase
    opens_at: datetime | None
    staff: bool
    short: tuple[Shortfall, ...] = ()
    told: tuple[Told, ...] = ()


def views_of(
    connection: Connection,
    actor: Actor,
    rows: Sequence[ReleaseRow],
    listed: Mapping[str, tuple[Grant, ...]],
    at: datetime,
) -> tuple[ReleaseView, ...]:
    """Say how somebody sees some releases.

    Args:
        connection: Any connection.
        actor: Who looks.
        rows: The releases.
        listed: Their own grants in the lists in force, by release id.
        at: Now. Aware, UTC.

    Returns:
        In the same order.
    """
    run = {row.release.release_id for row in rows if actor.has(row.organisation_id, *Role)}
    moved = calendar.moves_of(connection, run)
    made = []
    for row in rows:
        release, staff = row.release, row.release.release_id in run
        entry = CalendarEntry(release, row.added_at, moves=moved.get(release.release_id, ()))
        mine = listed.get(release.release_id, ())
        short = short_of(entry, at) if staff else ()
        told = tuple(acknowledgement.told(release, grant) for grant in mine)
        view = ReleaseView(row, lifecycle.phase(release, at), _opens_at(release, mine, staff=staff), staff, short, told)
        made.append(view)
    return tuple(made)


def own_grants(
    connection: Connection, actor: Actor, rows: Sequence[ReleaseRow], at: datetime
) -> dict[str, tuple[Grant, ...]]:
    """Give somebody's own grants in the lists in force of some releases, by release id.

    Args:
        connection: Any connection.
        actor: Whose.
        rows: The releases; at most a few hundred.
        at: Now. Aware, UTC.
    """
    if actor.person_id is None or not rows:
        return {}
    ids = [row.release.release_id for row in rows]
    return eligibility.grants_in_force_for_each(connection, ids, actor.person_id, on=london_date(at))


def _opens_at(release: Release, mine: tuple[Grant, ...], *, staff: bool) -> datetime | None:
    if release.state in _WITHOUT_WINDOW:
        return None
    ordinary = window_of(release).opens_at
    if staff or ordinary is None:
        return ordinary
    opens = [opens_at_for(release, grant) for grant in mine]
    return min((one for one in opens if one is not None), default=ordinary)
