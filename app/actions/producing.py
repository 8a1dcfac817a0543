"""What every act on the register of production access needs: one row as it stands today, and whose register it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.actions.tools import NOTHING_THERE, Actor, require_role
from app.records import production, releases
from app.records.production import ProductionLine, ProductionRow
from app.records.releases import ReleaseRow
from app.rules.errors import NotFound
from app.rules.facts import PRODUCING, Role, london_date
from app.rules.production import ProductionState, shared_from, state_of, warnings

READING = (*PRODUCING, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class ProductionView:
    """One row of the register as it stands today.

    Attributes:
        shared_from_on: From which London day anything could be shared; None while it is not permitted.
        warnings: What whoever keeps the register should look at.
    """

    row: ProductionRow
    state: ProductionState
    shared_from_on: date | None
    warnings: tuple[str, ...] = ()


def release_for(connection: Connection, actor: Actor, release_id: str, *wanted: Role) -> ReleaseRow:
    """Give a release to somebody with one of these roles in its producer.

    Args:
        connection: Any connection.
        actor: Who asks.
        release_id: The release.
        wanted: The roles.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    release = releases.get_row(connection, release_id)
    require_role(actor, release.organisation_id, *wanted)
    return release


def row_of_release(connection: Connection, release_id: str, production_access_id: str) -> ProductionRow:
    """Give one row of the register of a release.

    Args:
        connection: Any connection.
        release_id: The release.
        production_access_id: The row.

    Raises:
        NotFound: There is none, or it is on another release's register.
    """
    row = production.get(connection, production_access_id)
    if row.release_id != release_id:
        raise NotFound(NOTHING_THERE)
    return row


def state_today(row: ProductionRow | ProductionLine, at: datetime) -> ProductionState:
    """Say in which state a row is at an instant."""
    return state_of(
        accepted_at=row.accepted_at,
        permitted_at=row.permitted_at,
        ended_at=row.ended_at,
        until_on=row.until_on,
        on=london_date(at),
    )


def plain(row: ProductionRow, at: datetime) -> ProductionView:
    """Give a row as it stands, without what only the keeper of the register should look at."""
    return ProductionView(row, state_today(row, at), shared_from(row.from_on, row.permitted_at))


def seen(row: ProductionRow, release: ReleaseRow, listed: frozenset[str], at: datetime) -> ProductionView:
    """Give a row as the keeper of the register sees it.

    Args:
        row: The row.
        release: Its release.
        listed: Ids of those whom the release's eligibility list names.
        at: Now. Aware, UTC.
    """
    state = state_today(row, at)
    also_listed = row.person.person_id in listed
    told = warnings(release.release, row.purpose, state, also_listed=also_listed)
    return ProductionView(row, state, shared_from(row.from_on, row.permitted_at), told)


def view(connection: Connection, row: ProductionRow, release: ReleaseRow, at: datetime) -> ProductionView:
    """Give a row as the keeper of the register sees it, reading the eligibility list for it.

    Args:
        connection: Any connection.
        row: The row.
        release: Its release.
        at: Now. Aware, UTC.
    """
    return seen(row, release, production.listed_people(connection, row.release_id), at)
