"""The calendar of a producer: imported, looked at, and given to people's own calendars."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from app.actions.registering import put_on_record, series_id
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import calendar, organisations, releases
from app.records.organisations import ProducerCard
from app.records.releases import ReleaseRow
from app.rules.calendar import Missing, Shortfall, missing
from app.rules.calendar_import import CalendarPlan, KnownRelease, PlannedRelease, plan_calendar
from app.rules.calendar_rows import NAMES, Line, LineDefaults, lines_of
from app.rules.calendarsheet import calendar_rows
from app.rules.canonical import sha256_hex
from app.rules.columns import find_header
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import PRODUCING, Order, Release, ReleaseState, Role, Sensitivity
from app.rules.feeds import CalendarEntry, feed, own_uid, short_of
from app.rules.planned import RowProblem, problem_record

CalendarKind = Literal["csv", "xlsx", "ods", "ics"]

_READERS = (*PRODUCING, Role.AUDITOR)
_ICS_NAMES = {"title": "SUMMARY", "date": "DTSTART", "time": "DTSTART", "uid": "UID", "url": "URL"}
_PROBLEMS_TOLD = 500
# As far back as feeds go, and more than a producer publishes: a calendar that people subscribe to stays small.
_FEED_BACK = timedelta(days=366)
_FEED_LIMIT = 2000
_KNOWN_LIMIT = 20_000
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ImportedCalendar:
    """What an import did, or would do.

    Attributes:
        registered: Ids of the releases that were made, in the order of ``plan.new``; empty after a dry run.
        missing: What the next twelve months lack, with the new releases counted in.
        done: False after a dry run.
    """

    plan: CalendarPlan
    registered: tuple[str, ...]
    missing: tuple[Missing, ...]
    done: bool = False


@dataclass(frozen=True, slots=True)
class CalendarItem:
    """A release as it stands in the calendar, and where its notice is too short."""

    row: ReleaseRow
    entry: CalendarEntry
    short: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class CalendarView:
    """One page of a producer's calendar, and what the next twelve months lack."""

    items: tuple[CalendarItem, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    lines: list[Line]
    headings: dict[str, str]
    problems: tuple[RowProblem, ...]
    sha256: str


def import_calendar(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    content: bytes,
    kind: CalendarKind,
    *,
    dry_run: bool,
    defaults: LineDefaults | None = None,
) -> ImportedCalendar:
    """Register the releases that a calendar names and that are not there yet, or say what that would do.

    Nothing of a release that is there already is changed: the differences are told, and a changed date waits for the
    head of profession.

    Args:
        tools: The tools.
        actor: Somebody who prepares the producer's releases.
        producer_id: Whose calendar.
        content: The file's bytes.
        kind: ``csv``, ``xlsx``, ``ods`` or ``ics``.
        dry_run: Change nothing; give the plan with its errors.
        defaults: What holds for lines that say nothing themselves.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: The file cannot be read, or has errors; ``rows`` in extra names each.
        Conflict: What it refers to changed meanwhile.

    Source:
        Code 2018 T3.1; Code 2018 T3.2
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = _producer_for(connection, actor, producer_id, *PRODUCING)
    sheet = _read(tools, content, kind)
    chosen = defaults or LineDefaults()
    with tools.reading() as connection:
        plan = _plan(tools, connection, producer, sheet, chosen, at)
        lacking = _lacking(connection, producer, plan, at)
    if dry_run:
        return ImportedCalendar(plan, (), lacking)
    if plan.errors:
        raise _refuse(tools, actor, producer, sheet, plan, at)
    with tools.transaction(once=True) as tx:
        producer = _producer_for(tx.connection, actor, producer_id, *PRODUCING)
        plan = _plan(tools, tx.connection, producer, sheet, chosen, at)
        if plan.errors:
            raise Conflict("What the calendar refers to changed meanwhile. Import it again.")
        made = tuple(_register(tools, tx, actor, producer, one, at) for one in plan.new)
        tx.append(_imported(actor, producer, sheet, plan, at))
    return ImportedCalendar(plan, made, lacking, done=True)


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
        producer = _producer_for(connection, actor, producer_id, *_READERS)
        rows = _rows(connection, producer, due_from=due_from or at, due_to=due_to, after=after, limit=limit)
        return CalendarView(_items(connection, producer, rows, at), _lacking(connection, producer, None, at))


def calendar_sheet(tools: Tools, actor: Actor, producer_id: str) -> bytes:
    """Write the next twelve months as CSV, in headings that import again, for those who publish.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = _producer_for(connection, actor, producer_id, *_READERS)
        rows = _rows(connection, producer, due_from=at, due_to=at + _YEAR, limit=_FEED_LIMIT)
        items = _items(connection, producer, rows, at)
    table = calendar_rows((one.entry, one.short) for one in items)
    return tools.write_sheet(table, kind="csv", title="Calendar")


def staff_feed(tools: Tools, actor: Actor, producer_id: str) -> bytes:
    """Write everything in a producer's calendar as an iCalendar feed, for those who run it.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer = _producer_for(connection, actor, producer_id, *_READERS)
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


def _producer_for(connection: Connection, actor: Actor, producer_id: str, *wanted: Role) -> ProducerCard:
    producer = organisations.get_producer(connection, producer_id)
    require_role(actor, producer.organisation_id, *wanted)
    return producer


def _rows(
    connection: Connection,
    producer: ProducerCard,
    *,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = _KNOWN_LIMIT,
) -> tuple[ReleaseRow, ...]:
    return releases.page(
        connection,
        person_id=None,
        organisation_ids=frozenset({producer.organisation_id}),
        due_from=due_from,
        due_to=due_to,
        after=after,
        limit=limit,
    )


def _entries(connection: Connection, producer: ProducerCard, rows: tuple[ReleaseRow, ...]) -> tuple[CalendarEntry, ...]:
    marks = calendar.marks_of(connection, producer.producer_id)
    moves = calendar.moves_of(connection, [row.release.release_id for row in rows])
    return tuple(
        CalendarEntry(
            release=row.release,
            added_at=row.added_at,
            series=marks[row.release.release_id].series,
            moves=moves.get(row.release.release_id, ()),
            calendar_uid=marks[row.release.release_id].calendar_uid,
            lead_email=marks[row.release.release_id].lead_email,
            time_exemption=row.time_exemption,
        )
        for row in rows
    )


def _items(
    connection: Connection, producer: ProducerCard, rows: tuple[ReleaseRow, ...], at: datetime
) -> tuple[CalendarItem, ...]:
    return tuple(
        CalendarItem(row, entry, short_of(entry, at))
        for row, entry in zip(rows, _entries(connection, producer, rows), strict=True)
    )


def _feed_entries(tools: Tools, connection: Connection, producer: ProducerCard) -> tuple[CalendarEntry, ...]:
    rows = _rows(connection, producer, due_from=tools.clock.now() - _FEED_BACK, limit=_FEED_LIMIT)
    return _entries(connection, producer, rows)


def _read(tools: Tools, content: bytes, kind: CalendarKind) -> _Sheet:
    limit, sha256 = tools.policy.sheet_limit_bytes, sha256_hex(content)
    if kind == "ics":
        return _Sheet(tools.read_calendar(content, limit_bytes=limit), _ICS_NAMES, (), sha256)
    rows = tools.read_sheet(content, kind=kind, limit_bytes=limit)
    found = find_header(rows, names=NAMES, needed=("title", "date"))
    if found is None:
        detail = "No row has headings that name the release and its date, such as “Title” and “Date”."
        return _Sheet([], {}, (RowProblem(1, "", "headings_missing", detail, error=True),), sha256)
    header, at = found
    unknown = [
        RowProblem(at + 1, one, "column_unknown", f"The column “{one}” is not known and was not read.", error=False)
        for one in header.unknown
    ]
    twice = [
        RowProblem(at + 1, one, "column_twice", f"The column “{one}” names what another names already.", error=True)
        for one in header.twice
    ]
    return _Sheet(lines_of(rows, header, at), header.headings, (*twice, *unknown), sha256)


def _plan(
    tools: Tools, connection: Connection, producer: ProducerCard, sheet: _Sheet, defaults: LineDefaults, at: datetime
) -> CalendarPlan:
    if any(one.error for one in sheet.problems):
        return CalendarPlan(errors=tuple(one for one in sheet.problems if one.error))
    marks = calendar.marks_of(connection, producer.producer_id)
    known = []
    for row in _rows(connection, producer):
        mark = marks[row.release.release_id]
        ours = own_uid(row.release.release_id, tools.policy.origin)
        uids = (ours, mark.calendar_uid) if mark.calendar_uid and mark.calendar_uid != ours else (ours,)
        known.append(KnownRelease(row.release, mark.series, uids, mark.lead_email, row.time_exemption))
    return plan_calendar(
        sheet.lines,
        headings=sheet.headings,
        defaults=defaults,
        known=known,
        leads=calendar.leads_of(connection, producer.organisation_id, at),
        at=at,
        noticed=sheet.problems,
    )


def _lacking(
    connection: Connection, producer: ProducerCard, plan: CalendarPlan | None, at: datetime
) -> tuple[Missing, ...]:
    """Say what twelve months lack, series by series, counting in what an import would add."""
    marks = calendar.marks_of(connection, producer.producer_id)
    series: dict[str, list[Release]] = {}
    for row in _rows(connection, producer, due_from=at - 2 * _YEAR):
        title = marks[row.release.release_id].series
        if title:
            series.setdefault(title, []).append(row.release)
    for one in plan.new if plan else ():
        if one.line.series:
            series.setdefault(one.line.series, []).append(_release(producer, one, "", None))
    return missing(sorted(series.items()), at)


def _release(producer: ProducerCard, one: PlannedRelease, release_id: str, of_series: str | None) -> Release:
    return Release(
        release_id=release_id,
        producer=producer.producer,
        title=one.line.title,
        order=one.line.order or Order.UK,
        sensitivity=one.line.sensitivity or Sensitivity.ORDINARY,
        state=ReleaseState.PLANNED,
        publishes_at=one.line.publishes_at,
        public_url=one.line.public_url,
        series_id=of_series,
    )


def _register(
    tools: Tools, tx: Transaction, actor: Actor, producer: ProducerCard, one: PlannedRelease, at: datetime
) -> str:
    named = one.line.series
    of_series = series_id(tools, tx, actor, producer.producer_id, named, at) if named else None
    release = _release(producer, one, tools.new_id("rel"), of_series)
    put_on_record(
        tx,
        actor,
        release,
        at,
        lead_official_id=one.lead_official_id,
        time_exemption=one.line.time_exemption,
    )
    if one.line.uid:
        calendar.note_uid(tx.connection, release.release_id, one.line.uid)
    return release.release_id


def _refuse(
    tools: Tools, actor: Actor, producer: ProducerCard, sheet: _Sheet, plan: CalendarPlan, at: datetime
) -> Malformed:
    """Put the refusal on record, durably, and give the error that tells it."""
    with tools.transaction() as tx:
        receipt = tx.append(
            Entry(
                EntryKind.CALENDAR_IMPORT_REFUSED,
                at,
                Outcome.REFUSED,
                actor_id=actor.actor_id,
                producer_id=producer.producer_id,
                said={"sheet_sha256": sheet.sha256, "errors": _counted(plan.errors)},
            )
        )
    first = plan.errors[0]
    return Malformed(
        f"{len(plan.errors)} errors in the calendar; the first is on line {first.row}: {first.detail} "
        "Nothing was imported.",
        code=Code.IMPORT_REJECTED,
        rows=[problem_record(one) for one in (*plan.errors, *plan.warnings)[:_PROBLEMS_TOLD]],
        receipt=receipt,
    )


def _imported(actor: Actor, producer: ProducerCard, sheet: _Sheet, plan: CalendarPlan, at: datetime) -> Entry:
    return Entry(
        EntryKind.CALENDAR_IMPORTED,
        at,
        actor_id=actor.actor_id,
        producer_id=producer.producer_id,
        said={
            "sheet_sha256": sheet.sha256,
            "registered": len(plan.new),
            "there": len(plan.there),
            "differences": len(plan.differences),
            "left_out": len(plan.left_out),
            "warnings": _counted(plan.warnings),
        },
    )


def _counted(problems: tuple[RowProblem, ...]) -> dict[str, int]:
    return dict(sorted(Counter(one.code for one in problems).items()))
