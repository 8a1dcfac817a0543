"""A producer's calendar comes in: releases that are not there yet are registered, and nothing else is changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from app.actions.registering import put_on_record, series_id
from app.actions.scheduling import lacking_of, producer_for, rows_of
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import calendar, organisations
from app.records.organisations import ProducerCard
from app.rules.calendar import Missing
from app.rules.calendar_columns import NAMES
from app.rules.calendar_import import plan_calendar
from app.rules.calendar_lines import Line, LineDefaults, lines_of
from app.rules.calendar_planned import CalendarPlan, KnownRelease, PlannedRelease, plan_sha256
from app.rules.canonical import sha256_hex
from app.rules.columns import find_header
from app.rules.errors import Code, Conflict, Malformed
from app.rules.facts import PRODUCING, Order, Release, ReleaseState, Sensitivity
from app.rules.feeds import own_uid
from app.rules.planned import RowProblem, problem_record

CalendarKind = Literal["csv", "xlsx", "ods", "ics"]

_ICS_NAMES = {"title": "SUMMARY", "date": "DTSTART", "time": "DTSTART", "uid": "UID", "url": "URL"}
_PROBLEMS_TOLD = 500


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
    shown: str | None = None,
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
        shown: The plan that was shown to whoever imports, as ``plan_sha256`` names it; another one by now stops the
            import. None where none was shown.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: The file cannot be read, or has errors; ``rows`` in extra names each.
        Conflict: What it refers to changed meanwhile, or it would do something else by now than was shown.

    Source:
        Code 2018 T3.1; Code 2018 T3.2
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = producer_for(connection, actor, producer_id, *PRODUCING)
    sheet = _read(tools, content, kind)
    chosen = defaults or LineDefaults()
    with tools.reading() as connection:
        plan = _plan(tools, connection, producer, sheet, chosen, at)
        lacking = lacking_of(connection, producer, at, _added(producer, plan))
    if dry_run:
        return ImportedCalendar(plan, (), lacking)
    if plan.errors:
        raise _refuse(tools, actor, producer, sheet, plan, at)
    with tools.transaction(once=True) as tx:
        organisations.keep_producer(tx.connection, producer_id)  # or two imports would register the same releases
        producer = producer_for(tx.connection, actor, producer_id, *PRODUCING)
        plan = _plan(tools, tx.connection, producer, sheet, chosen, at)
        if plan.errors:
            raise Conflict("What the calendar refers to changed meanwhile. Import it again.")
        if shown is not None and shown != plan_sha256(plan):
            raise Conflict("What the calendar would do has changed since it was looked at. Nothing was imported.")
        made = tuple(_register(tools, tx, actor, producer, one, at) for one in plan.new)
        tx.append(_imported(actor, producer, sheet, plan, at))
    return ImportedCalendar(plan, made, lacking, done=True)


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
    for row in rows_of(connection, producer):
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


def _added(producer: ProducerCard, plan: CalendarPlan) -> list[tuple[str, Release]]:
    return [(one.line.series, _release(producer, one, "", None)) for one in plan.new]


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
