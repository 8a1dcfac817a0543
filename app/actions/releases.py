"""Releases: registered, read, listed, and their history told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, moves, organisations, people, releases
from app.records import series as series_records
from app.records.moves import MoveRow
from app.records.organisations import ProducerCard
from app.records.releases import ReleaseRow
from app.rules import lifecycle
from app.rules.errors import Malformed
from app.rules.facts import Order, Release, ReleaseState, Role, Sensitivity, london_date
from app.rules.lifecycle import Phase
from app.rules.publication import check_instant
from app.rules.reasons import instant_text, utc
from app.rules.window import UK_SENSITIVITIES, opens_at_for, window_of

PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_LEADS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_WITHOUT_WINDOW = (ReleaseState.POSTPONED, ReleaseState.CANCELLED)


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A release as one person may see it.

    Attributes:
        opens_at: When this person's own window opens, or the ordinary one for those who prepare it. Aware, UTC.
        staff: They have a role with the producer or the service, and see how the release is run.
    """

    row: ReleaseRow
    phase: Phase
    opens_at: datetime | None
    staff: bool


def register_release(
    tools: Tools,
    actor: Actor,
    *,
    producer_id: str,
    title: str,
    order: Order,
    sensitivity: Sensitivity,
    publishes_at: datetime,
    series: str | None = None,
    public_url: str | None = None,
    time_exemption: str = "",
    lead_official_id: str | None = None,
    rehearsal: bool = False,
) -> ReleaseRow:
    """Register a release, so that its list and documents can be prepared.

    Args:
        tools: The tools.
        actor: A statistician, lead official or head of profession of the producer.
        producer_id: Who produces it.
        title: Its title, one line.
        order: The governing Order.
        sensitivity: Its class.
        publishes_at: The time set for publication. Aware.
        series: Title of the series it belongs to, which is begun if there is none of that name.
        public_url: Where the public will find it.
        time_exemption: What allows a time other than 09:30 on a weekday.
        lead_official_id: Who answers for it.
        rehearsal: It can carry rehearsal documents only.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: The time, the class or the lead official cannot be taken.

    Source:
        Code 2018 T3.6
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *PREPARERS)
        _demand_class(order, sensitivity)
        _demand_lead(tx.connection, producer, lead_official_id, at)
        release = Release(
            release_id=tools.new_id("rel"),
            producer=producer.producer,
            title=title,
            order=order,
            sensitivity=sensitivity,
            state=ReleaseState.PLANNED,
            publishes_at=check_instant(publishes_at, at, time_exemption=time_exemption),
            public_url=public_url,
            series_id=_series_id(tools, tx, actor, producer_id, series, at) if series else None,
            rehearsal=rehearsal,
        )
        releases.add(
            tx.connection,
            release,
            lead_official_id=lead_official_id,
            time_exemption=time_exemption,
            prepared_by=actor.actor_id,
            added_at=at,
        )
        tx.append(_registered(actor, release, at))
        return releases.get_row(tx.connection, release.release_id)


def read_release(tools: Tools, actor: Actor, release_id: str) -> ReleaseView:
    """Show a release to somebody who is related to it.

    Raises:
        NotFound: There is none, or the actor has no relation to it.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_related(connection, actor, release_id)
        return _view(connection, actor, row, at)


def list_releases(
    tools: Tools,
    actor: Actor,
    *,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[ReleaseView, ...]:
    """List the releases somebody is related to, by the time set for publication.

    Args:
        tools: The tools.
        actor: Who asks.
        due_from: First instant wanted, included. Aware.
        due_to: Last instant wanted, included. Aware.
        after: Time set and id of the last release already given.
        limit: How many at most.
    """
    at = tools.clock.now()
    whole = any(held.organisation_id is None for held in actor.roles)
    mine = frozenset(held.organisation_id for held in actor.roles if held.organisation_id is not None)
    with tools.reading() as connection:
        found = releases.page(
            connection,
            person_id=actor.person_id,
            organisation_ids=None if whole else mine,
            due_from=due_from,
            due_to=due_to,
            after=after,
            limit=limit,
        )
        return tuple(_view(connection, actor, row, at) for row in found)


def read_history(tools: Tools, actor: Actor, release_id: str) -> tuple[MoveRow, ...]:
    """Tell every move of a release, oldest first, to somebody who is related to it.

    Raises:
        NotFound: There is none, or the actor has no relation to it.
    """
    with tools.reading() as connection:
        releases.get_related(connection, actor, release_id)
        return moves.of_release(connection, release_id)


def _view(connection: Connection, actor: Actor, row: ReleaseRow, at: datetime) -> ReleaseView:
    staff = actor.has(row.organisation_id, *Role)
    return ReleaseView(
        row, lifecycle.phase(row.release, at), _opens_at(connection, actor, row.release, staff, at), staff
    )


def _opens_at(connection: Connection, actor: Actor, release: Release, staff: bool, at: datetime) -> datetime | None:
    if release.state in _WITHOUT_WINDOW:
        return None
    ordinary = window_of(release).opens_at
    if staff or ordinary is None:
        return ordinary
    listed = eligibility.in_force(connection, release.release_id, on=london_date(at))
    mine = [grant for grant in (listed.grants if listed else ()) if grant.person_id == actor.person_id]
    opens = [opens_at_for(release, grant) for grant in mine]
    return min((one for one in opens if one is not None), default=ordinary)


def _demand_class(order: Order, sensitivity: Sensitivity) -> None:
    if order is Order.UK and sensitivity not in UK_SENSITIVITIES:
        what = f"The UK Order has no class of “{sensitivity.value}” statistics; it knows ordinary and market_sensitive."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "sensitivity", "what": what}])


def _demand_lead(connection: Connection, producer: ProducerCard, person_id: str | None, at: datetime) -> None:
    if person_id is None:
        return
    held = people.roles_of(connection, person_id, at)
    if any(role.organisation_id == producer.organisation_id and role.role in _LEADS for role in held):
        return
    what = "There is no lead official or head of profession of this producer with that id."
    raise Malformed(f"{what} Nothing was done.", errors=[{"where": "lead_official_id", "what": what}])


def _series_id(tools: Tools, tx: Transaction, actor: Actor, producer_id: str, title: str, at: datetime) -> str:
    found = series_records.find_titled(tx.connection, producer_id, title)
    if found is not None:
        return found
    series_id = tools.new_id("ser")
    series_records.add(tx.connection, series_id, producer_id, title)
    tx.append(
        Entry(
            EntryKind.SERIES_ADDED,
            at,
            actor_id=actor.actor_id,
            producer_id=producer_id,
            said={"series_id": series_id},
            sealed={"title": title},
        )
    )
    return series_id


def _registered(actor: Actor, release: Release, at: datetime) -> Entry:
    opens = window_of(release).opens_at
    return Entry(
        EntryKind.RELEASE_REGISTERED,
        at,
        actor_id=actor.actor_id,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={
            "order": release.order.value,
            "sensitivity": release.sensitivity.value,
            "publishes_at": instant_text(utc(release.publishes_at)),
            "opens_at": instant_text(opens) if opens else None,
            "rehearsal": release.rehearsal,
        },
        sealed={"title": release.title},
    )
