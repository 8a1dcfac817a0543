"""The series of a producer, and the standing list of each, from which a new release's list is derived.

A standing list grants nothing. Whatever is derived from it waits for each holder to be confirmed, and is approved for
its own release; so those who prepare lists may change a standing list line by line, while only the head of profession
says which approved list it begins with. Whoever has changed it since has had a hand in every draft derived from it,
and approves none of them; what was taken from an approved list had been through two pairs of hands already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.lists import PREPARERS
from app.actions.naming import Holder, Naming
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_revision, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, organisations, releases, series, standing
from app.records.organisations import ProducerCard
from app.records.series import Earlier as Earlier
from app.records.series import SeriesRow as SeriesRow
from app.records.standing import StandingRow as StandingRow
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Grant, ListState, Order, Role
from app.rules.listlife import FOR_ONE_RELEASE, for_another_release
from app.rules.seats import next_seat, titled

_READERS = (*PREPARERS, Role.AUDITOR)
_TAKEABLE_SHOWN = 12
_FOR_ONE = "This footing is decided on for one release alone. Choose another, or use the list of that release."
_AHEAD = timedelta(days=3660)  # later than any release is set for


@dataclass(frozen=True, slots=True)
class StandingView:
    """A series with its standing list; no rows where it has none.

    Attributes:
        producer: Whose it is.
        orders: Those that govern its releases.
    """

    producer: ProducerCard
    series: SeriesRow
    orders: frozenset[Order]
    rows: tuple[StandingRow, ...]


@dataclass(frozen=True, slots=True)
class _Editing:
    """A standing list while it is being changed."""

    tools: Tools
    tx: Transaction
    actor: Actor
    producer: ProducerCard
    series: SeriesRow
    rows: tuple[StandingRow, ...]
    at: datetime


def list_series(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int = 50, after: str | None = None
) -> list[SeriesRow]:
    """Give the series of a producer by title, to those who prepare its lists and to auditors.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: Whose.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role.
    """
    return see_series(tools, actor, producer_id, limit=limit, after=after)[1]


def see_series(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int, after: str | None = None
) -> tuple[ProducerCard, list[SeriesRow]]:
    """Give a producer and its series by title, to those who prepare its lists and to auditors.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: Whose.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *_READERS)
        return producer, series.page(connection, producer_id, limit=limit, after=after)


def read_standing(tools: Tools, actor: Actor, series_id: str) -> StandingView:
    """Give a series and its standing list, to those who prepare its lists and to auditors.

    Raises:
        NotFound: There is no such series, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        one = series.get(connection, series_id)
        producer = organisations.get_producer(connection, one.producer_id)
        require_role(actor, producer.organisation_id, *_READERS)
        return _view(connection, producer, one)


def list_takeable(tools: Tools, actor: Actor, series_id: str, *, named: str = "") -> tuple[Earlier, ...]:
    """Give the latest lists in force of a series' releases, and the one named: one can become its standing list.

    Rehearsals and what was cancelled are left out, though their lists can be named to ``take_standing``.

    Raises:
        NotFound: There is no such series, or the actor has no business with it.
        Refused: The actor is not the head of profession.
    """
    before = tools.clock.now() + _AHEAD
    with tools.reading() as connection:
        one = series.get(connection, series_id)
        producer = organisations.get_producer(connection, one.producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        found = series.earlier(connection, series_id, before=before, without="", limit=_TAKEABLE_SHOWN)
        also = series.earlier(connection, series_id, before=before, without="", limit=1, list_id=named) if named else ()
        return tuple(dict.fromkeys((*found, *also)))


def take_standing(tools: Tools, actor: Actor, series_id: str, list_id: str, *, revision: int) -> StandingView:
    """Take the list in force of a release as the standing list of its series, in the place of the one there was.

    Lines that were for that release alone are left out.

    Args:
        tools: The tools.
        actor: The head of profession.
        series_id: The series.
        list_id: The list in force of one of its releases.
        revision: Of the standing list, as the actor read it; 0 where there was none yet.

    Raises:
        NotFound: There is no such series or list, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: The list is not in force, or belongs to a release of another series.
        Conflict: Somebody changed the standing list meanwhile.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        one = series.get(tx.connection, series_id)
        producer = organisations.get_producer(tx.connection, one.producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        require_revision(one.standing_revision, revision)
        listed = eligibility.get(tx.connection, list_id)
        release = releases.get(tx.connection, listed.release_id)
        if release.producer.producer_id != one.producer_id:
            raise NotFound(NOTHING_THERE)
        if release.series_id != series_id:
            raise OutOfOrder("This list belongs to a release of another series, or of none.")
        if listed.state is not ListState.APPROVED:
            raise OutOfOrder(f"This version is {listed.state.value}; take the list that is in force.")
        taken = [(row, for_another_release(row.grant)) for row in grants.of_list(tx.connection, list_id)]
        kept = [
            (row.row, row.post_id, replace(grant, grant_id=tools.new_id("stg")))
            for row, grant in taken
            if grant is not None
        ]
        standing.replace_all(tx.connection, series_id, kept)
        editing = _Editing(tools, tx, actor, producer, one, (), at)
        said = {"change": "taken", "from_list_id": list_id, "left_out": len(taken) - len(kept)}
        return _finish(editing, said, from_list_id=list_id)


def add_standing_grant(
    tools: Tools, actor: Actor, series_id: str, grant: Grant, *, revision: int, holder: Holder | None = None
) -> StandingView:
    """Add a line to a standing list.

    Args:
        tools: The tools.
        actor: Somebody who prepares the producer's lists.
        series_id: The series.
        grant: The line; its id, seat and marks are set here.
        revision: What the actor read.
        holder: Who holds the post, if known.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the list meanwhile, or that person stands there for the same post already.
        OutOfOrder: The series has no standing list.
        Malformed: The holder's address cannot be taken, or the line would be for one release alone.
    """
    with tools.transaction(once=True) as tx:
        editing = _edit(tools, tx, actor, series_id, revision)
        _demand_lasting(grant)
        made = titled(replace(grant, grant_id=tools.new_id("stg")), grant.post_title, grant.organisation)
        made = replace(made, seat=next_seat((one.grant for one in editing.rows), made), exceptional=None)
        naming = _naming(editing)
        post_id = naming.post_id(made.post_title, made.organisation)
        if holder is not None:
            made = _named(editing, naming, made, post_id, holder)
        place = max((one.row for one in editing.rows), default=0) + 1
        standing.add(tx.connection, series_id, place, post_id, made)
        return _finish(editing, {"change": "grant_added", "standing_grant_id": made.grant_id}, made.person_id)


def change_standing_grant(
    tools: Tools,
    actor: Actor,
    series_id: str,
    standing_grant_id: str,
    change: Callable[[Grant], Grant],
    *,
    revision: int,
    holder: Holder | None = None,
) -> StandingView:
    """Change the terms of a line of a standing list, or who holds its post. The post itself stays.

    Args:
        tools: The tools.
        actor: Somebody who prepares the producer's lists.
        series_id: The series.
        standing_grant_id: The line.
        change: Gives the grant as it shall be; post, holder and seat stay as they are whatever it says.
        revision: What the actor read.
        holder: Who holds the post from now on; None leaves whoever is named.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the list meanwhile, or that person stands there for the same post already.
        Malformed: The holder's address cannot be taken, or the line would be for one release alone.
    """
    with tools.transaction() as tx:
        editing = _edit(tools, tx, actor, series_id, revision)
        before = _row_in(editing, standing_grant_id)
        old = before.grant
        after = replace(
            change(old),
            grant_id=standing_grant_id,
            post_title=old.post_title,
            organisation=old.organisation,
            person_id=old.person_id,
            seat=old.seat,
            is_group=old.is_group,
            exceptional=None,
        )
        _demand_lasting(after)
        if holder is not None:
            after = _named(editing, _naming(editing), after, before.post_id, holder)
        standing.change(tx.connection, after)
        return _finish(editing, {"change": "grant_changed", "standing_grant_id": standing_grant_id}, after.person_id)


def remove_standing_grant(
    tools: Tools, actor: Actor, series_id: str, standing_grant_id: str, *, revision: int
) -> StandingView:
    """Take a line off a standing list.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the list meanwhile.
    """
    with tools.transaction() as tx:
        editing = _edit(tools, tx, actor, series_id, revision)
        before = _row_in(editing, standing_grant_id)
        standing.remove(tx.connection, standing_grant_id)
        said = {"change": "grant_removed", "standing_grant_id": standing_grant_id}
        return _finish(editing, said, before.grant.person_id)


def _edit(tools: Tools, tx: Transaction, actor: Actor, series_id: str, revision: int) -> _Editing:
    one = series.get(tx.connection, series_id)
    producer = organisations.get_producer(tx.connection, one.producer_id)
    require_role(actor, producer.organisation_id, *PREPARERS)
    if one.standing_from_list_id is None:
        raise OutOfOrder("This series has no standing list. Take one from an approved list first.")
    require_revision(one.standing_revision, revision)
    rows = standing.of_series(tx.connection, series_id)
    return _Editing(tools, tx, actor, producer, one, rows, tools.clock.now())


def _demand_lasting(grant: Grant) -> None:
    """Refuse a footing that is decided on for one release alone.

    Source:
        SI 2008/2998 Sch. para 5(1)(a); SI 2008/2998 Sch. para 5(1)(b)
    """
    if grant.grant_class in FOR_ONE_RELEASE:
        raise Malformed(f"{_FOR_ONE} Nothing was done.", errors=[{"where": "grant_class", "what": _FOR_ONE}])


def _view(connection: Connection, producer: ProducerCard, one: SeriesRow) -> StandingView:
    orders = series.orders_of(connection, one.series_id)
    return StandingView(producer, one, orders, standing.of_series(connection, one.series_id))


def _naming(editing: _Editing) -> Naming:
    return Naming(editing.tools, editing.tx, editing.actor, editing.series.producer_id, editing.at)


def _row_in(editing: _Editing, standing_grant_id: str) -> StandingRow:
    for one in editing.rows:
        if one.grant.grant_id == standing_grant_id:
            return one
    raise NotFound(NOTHING_THERE)


def _named(editing: _Editing, naming: Naming, grant: Grant, post_id: str, holder: Holder) -> Grant:
    person_id = naming.person_id(holder.email, holder.name)
    for one in editing.rows:
        if one.post_id == post_id and one.grant.person_id == person_id and one.grant.grant_id != grant.grant_id:
            raise Conflict("This person stands on the list for this post already.", code=Code.ALREADY_EXISTS)
    if holder.held_from_on is not None:
        naming.begin_holding(post_id, person_id, holder.held_from_on)
    return replace(grant, person_id=person_id)


def _finish(
    editing: _Editing, said: Mapping[str, object], person_id: str | None = None, *, from_list_id: str | None = None
) -> StandingView:
    """Count the change and log it."""
    one, connection = editing.series, editing.tx.connection
    series.note_standing(
        connection,
        one.series_id,
        revision=one.standing_revision,
        edited_by={editing.actor.actor_id, *one.standing_edited_by} if from_list_id is None else (),
        from_list_id=from_list_id,
    )
    view = _view(connection, editing.producer, series.get(connection, one.series_id))
    editing.tx.append(
        Entry(
            EntryKind.STANDING_LIST_CHANGED,
            editing.at,
            actor_id=editing.actor.actor_id,
            person_id=person_id,
            producer_id=one.producer_id,
            said={"series_id": one.series_id, "revision": one.standing_revision + 1, "grants": len(view.rows), **said},
        )
    )
    return view
