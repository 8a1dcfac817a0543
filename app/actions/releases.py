"""Releases: registered, read, listed, and their history told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions.registering import put_on_record, series_id
from app.actions.release_views import ReleaseView as ReleaseView
from app.actions.release_views import own_grants, views_of
from app.actions.scheduling import producer_for
from app.actions.tools import Actor, Tools, require_role
from app.records import eligibility, moves, organisations, people, related, releases
from app.records import series as series_records
from app.records.moves import MoveRow
from app.records.organisations import ProducerCard
from app.records.releases import ReleaseRow
from app.rules.errors import Malformed
from app.rules.facts import Order, Person, Release, ReleaseState, Role, Sensitivity
from app.rules.limits import may_be_market_sensitive_besides
from app.rules.publication import check_instant
from app.rules.window import sensitivities_of

PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_LEADS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_SERIES_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from when a release of a producer is registered.

    Attributes:
        series: Titles of the series it has, the first 500 of them.
        leads: Who may answer for a release.
    """

    producer_id: str
    name: str
    series: tuple[str, ...]
    leads: tuple[Person, ...]


def list_registering(tools: Tools, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Give (id, name) of each producer for which somebody may register releases, by name; none for everybody else."""
    mine = frozenset(held.organisation_id for held in actor.roles if held.organisation_id and held.role in PREPARERS)
    if not mine:
        return ()
    with tools.reading() as connection:
        return organisations.producers_named(connection, mine)


def read_choices(tools: Tools, actor: Actor, producer_id: str) -> Choices:
    """Give the series and the people to choose from, to whoever may register a release of a producer.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *PREPARERS)
        return Choices(
            producer_id=producer_id,
            name=producer.name,
            series=tuple(one.title for one in series_records.page(connection, producer_id, limit=_SERIES_SHOWN)),
            leads=people.people_with_role(connection, producer.organisation_id, *_LEADS, at=at),
        )


def register_release(
    tools: Tools,
    actor: Actor,
    *,
    producer_id: str,
    title: str,
    order: Order,
    sensitivity: Sensitivity,
    publishes_at: datetime,
    also_market_sensitive: bool = False,
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
        also_market_sensitive: Its class is another one, and it is market sensitive besides.
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
    with tools.reading() as connection:  # or whoever has no business here waits where there is a producer
        producer_for(connection, actor, producer_id, *PREPARERS)
    with tools.transaction(once=True) as tx:
        organisations.keep_producer(tx.connection, producer_id)  # or an import could register it at the same moment
        producer = producer_for(tx.connection, actor, producer_id, *PREPARERS)
        _demand_class(order, sensitivity)
        _demand_one_class(order, sensitivity, also_market_sensitive)
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
            series_id=series_id(tools, tx, actor, producer_id, series, at) if series else None,
            rehearsal=rehearsal,
            also_market_sensitive=also_market_sensitive,
        )
        return put_on_record(tx, actor, release, at, lead_official_id=lead_official_id, time_exemption=time_exemption)


def read_release(tools: Tools, actor: Actor, release_id: str) -> ReleaseView:
    """Show a release to somebody who is related to it.

    Raises:
        NotFound: There is none, or the actor has no relation to it.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_related(connection, actor, release_id)
        return views_of(connection, actor, (row,), own_grants(connection, actor, (row,), at), at)[0]


def list_releases(
    tools: Tools,
    actor: Actor,
    *,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
    over: bool | None = None,
    latest_first: bool = False,
) -> tuple[ReleaseView, ...]:
    """List the releases somebody is related to, by the time set for publication.

    Args:
        tools: The tools.
        actor: Who asks.
        due_from: First instant wanted, included. Aware.
        due_to: Last instant wanted, included. Aware.
        after: Time set and id of the last release already given.
        limit: How many at most.
        over: Only those that are published or cancelled, or only the others; None for both.
        latest_first: The other way round; ``after`` is meant so too.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        found = releases.page(
            connection,
            person_id=actor.person_id,
            organisation_ids=actor.organisation_ids,
            due_from=due_from,
            due_to=due_to,
            after=after,
            limit=limit,
            over=over,
            latest_first=latest_first,
        )
        return views_of(connection, actor, found, own_grants(connection, actor, found, at), at)


def list_over(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[Release, ...]:
    """List the releases somebody is related to that are over, the latest first, without what only the others need.

    Args:
        tools: The tools.
        actor: Who asks.
        after: Time set and id of the last release already given.
        limit: How many at most.
    """
    with tools.reading() as connection:
        found = releases.page(
            connection,
            person_id=actor.person_id,
            organisation_ids=actor.organisation_ids,
            after=after,
            limit=limit,
            over=True,
            latest_first=True,
        )
    return tuple(row.release for row in found)


def list_titles(tools: Tools, actor: Actor, *, limit: int, over: bool) -> tuple[tuple[str, str], ...]:
    """Give (id, title) of releases somebody is related to, to choose from.

    Args:
        tools: The tools.
        actor: Who asks.
        limit: How many at most.
        over: Those that are published or cancelled, the latest first; or else the others, the soonest first.
    """
    with tools.reading() as connection:
        return related.titles(
            connection,
            person_id=actor.person_id,
            organisation_ids=actor.organisation_ids,
            limit=limit,
            over=over,
            latest_first=over,
        )


def read_history(tools: Tools, actor: Actor, release_id: str) -> tuple[MoveRow, ...]:
    """Tell every move of a release, oldest first, to somebody who is related to it.

    Whoever is publisher there and nothing else is not told why: a reason may speak of the figures or the list.

    Raises:
        NotFound: There is none, or the actor has no relation to it.
    """
    with tools.reading() as connection:
        row = releases.get_related(connection, actor, release_id)
        moved = moves.of_release(connection, release_id)
        told_why = (
            actor.has(row.organisation_id, *(role for role in Role if role is not Role.PUBLISHER))
            or not actor.has(row.organisation_id, Role.PUBLISHER)
            or (actor.person_id is not None and eligibility.person_named_on(connection, release_id, actor.person_id))
        )
        return moved if told_why else tuple(replace(one, reason="") for one in moved)


def _demand_one_class(order: Order, sensitivity: Sensitivity, also_market_sensitive: bool) -> None:
    if also_market_sensitive and not may_be_market_sensitive_besides(order, sensitivity):
        what = "Only economic and excepted statistics can be market sensitive besides; else the class says it."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "also_market_sensitive", "what": what}])


def _demand_class(order: Order, sensitivity: Sensitivity) -> None:
    known = sensitivities_of(order)
    if sensitivity not in known:
        named = ", ".join(one.value for one in Sensitivity if one in known)
        what = f"The governing Order has no class of “{sensitivity.value}” statistics; it knows {named}."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "sensitivity", "what": what}])


def _demand_lead(connection: Connection, producer: ProducerCard, person_id: str | None, at: datetime) -> None:
    if person_id is None:
        return
    held = people.roles_of(connection, person_id, at)
    if any(role.organisation_id == producer.organisation_id and role.role in _LEADS for role in held):
        return
    what = "There is no lead official or head of profession of this producer with that id."
    raise Malformed(f"{what} Nothing was done.", errors=[{"where": "lead_official_id", "what": what}])
