"""The calendar of a producer: looked at, and given to people's own calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.scheduling import entries_of, lacking_of, producer_for, rows_of
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit.entries import EntryKind, Outcome
from app.audit.reading import Wanted
from app.audit.told import newest
from app.records import organisations
from app.records.organisations import ProducerCard
from app.records.releases import ReleaseRow
from app.rules.calendar import Missing, Shortfall
from app.rules.calendarsheet import calendar_rows
from app.rules.errors import NotFound
from app.rules.facts import PRODUCING, Role
from app.rules.feeds import CalendarEntry, feed, short_of

_READERS = (*PRODUCING, Role.AUDITOR)
# As far back as feeds go, and more than a producer publishes: a calendar that people subscribe to stays small.
_FEED_BACK = timedelta(days=366)
_FEED_LIMIT = 2000
_YEAR = timedelta(days=366)
_IMPORTED = ("registered", "there", "left_out")  # as the entry of an import says them


@dataclass(frozen=True, slots=True)
class DatedRelease:
    """A release as it stands in the calendar, and where its notice is too short."""

    row: ReleaseRow
    entry: CalendarEntry
    short: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class LastImport:
    """What the last calendar that was imported did, as its entry in the log says.

    Attributes:
        at: When. Aware, UTC.
        registered, there, left_out: How many of its releases were made, were here already, and were left out.
    """

    at: datetime
    registered: int
    there: int
    left_out: int


@dataclass(frozen=True, slots=True)
class CalendarView:
    """One page of a producer's calendar, and what the next twelve months lack."""

    producer: ProducerCard
    dated: tuple[DatedRelease, ...]
    missing: tuple[Missing, ...]


def list_calendars(tools: Tools, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Give (id, name) of the producers whose calendar and series the actor may see, by name."""
    held = [one for one in actor.roles if one.role in _READERS]
    everywhere = any(one.organisation_id is None for one in held)
    mine = frozenset(one.organisation_id for one in held if one.organisation_id is not None)
    if not mine and not everywhere:
        return ()
    with tools.reading() as connection:
        return organisations.producers_named(connection, None if everywhere else mine)


def read_calendar(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> CalendarView:
    """Show a producer's calendar, with where notice is too short and what twelve months lack.

    Args:
        tools: The tools.
        actor: Somebody who prepares the producer's releases, or an auditor.
        producer_id: Whose calendar.
        due_from: First time set that is wanted; now, if left out. Aware.
        due_to: Last time set that is wanted, included. Aware.
        after: Time set and id of the last release already given.
        limit: How many at most.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.

    Source:
        Code 2018 T3.1; Code 2022 T3.1; Code 2025 3.1
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = producer_for(connection, actor, producer_id, *_READERS)
        rows = rows_of(connection, producer, due_from=due_from or at, due_to=due_to, after=after, limit=limit)
        return CalendarView(producer, _dated(connection, producer, rows, at), lacking_of(connection, producer, at))


def read_last_import(tools: Tools, actor: Actor, producer_id: str) -> LastImport | None:
    """Say what the last calendar that was imported did, to whoever may see the calendar; None where there was none.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        LogDamaged: The entry of that import is not what it is searched by.
    """
    kind, outcome = EntryKind.CALENDAR_IMPORTED.value, Outcome.DONE.value
    wanted = Wanted(producer_ids=frozenset({producer_id}), kind=kind, outcome=outcome)
    with tools.reading() as connection:
        producer_for(connection, actor, producer_id, *_READERS)
        found = newest(connection, wanted)
    return LastImport(found.at, *(found.said[name] for name in _IMPORTED)) if found else None


def calendar_sheet(tools: Tools, actor: Actor, producer_id: str) -> bytes:
    """Write the next twelve months as CSV, in headings that import again, for those who publish.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = producer_for(connection, actor, producer_id, *_READERS)
        rows = rows_of(connection, producer, due_from=at, due_to=at + _YEAR, limit=_FEED_LIMIT)
        dated = _dated(connection, producer, rows, at)
    table = calendar_rows((one.entry, one.short) for one in dated)
    return tools.write_sheet(table, kind="csv", title="Calendar")


def staff_feed(tools: Tools, actor: Actor, producer_id: str) -> bytes:
    """Write everything in a producer's calendar as an iCalendar feed, for those who run it.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer = producer_for(connection, actor, producer_id, *_READERS)
        entries = _feed_entries(tools, connection, producer)
    events = feed(entries, origin=tools.policy.origin, public=False)
    return tools.write_calendar(events, name=f"{producer.name}: all releases")


def public_feed(tools: Tools, producer_id: str) -> bytes:
    """Write the releases that a producer has announced as an iCalendar feed, for anybody.

    Raises:
        NotFound: There is no such producer, or it has announced nothing yet; the two are never told apart.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        entries = _feed_entries(tools, connection, producer)
    events = feed(entries, origin=tools.policy.origin, public=True)
    if not events:
        raise NotFound(NOTHING_THERE)
    return tools.write_calendar(events, name=f"{producer.name}: releases")


def _dated(
    connection: Connection, producer: ProducerCard, rows: tuple[ReleaseRow, ...], at: datetime
) -> tuple[DatedRelease, ...]:
    return tuple(
        DatedRelease(row, entry, short_of(entry, at))
        for row, entry in zip(rows, entries_of(connection, producer, rows), strict=True)
    )


def _feed_entries(tools: Tools, connection: Connection, producer: ProducerCard) -> tuple[CalendarEntry, ...]:
    rows = rows_of(connection, producer, due_from=tools.clock.now() - _FEED_BACK, limit=_FEED_LIMIT)
    return entries_of(connection, producer, rows)
