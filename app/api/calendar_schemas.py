"""Calendars as JSON: what an import does, or would do, and how a producer's calendar stands."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from app.actions.calendar import CalendarView, DatedRelease
from app.actions.calendar_imports import ImportedCalendar
from app.api.import_schemas import RowProblemOut
from app.api.release_schemas import NoticeOut, notice_out
from app.api.schemas import Moment, Out
from app.rules.calendar import Missing
from app.rules.facts import Order, Sensitivity, london_text
from app.rules.planned import problem_record

_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_TITLE = "UK labour market statistics: March 2026"
_SERIES = "UK labour market statistics"


class MissingOut(Out):
    """What the calendar of a series lacks within the next twelve months."""

    series: str = Field(examples=[_SERIES])
    code: str = Field(description="nothing_ahead or gap", examples=["nothing_ahead"])
    source: str = Field(examples=["Code 2025 3.1"])
    detail: str = Field(examples=[f"The calendar has no release of “{_SERIES}” in the next twelve months."])
    from_on: date = Field(examples=["2026-03-10"])
    to_on: date = Field(examples=["2027-03-10"])


class DatedReleaseOut(Out):
    """A release in the calendar of its producer."""

    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=[_TITLE])
    series: str = Field(examples=[_SERIES])
    order: Order
    sensitivity: Sensitivity
    state: str = Field(examples=["announced"])
    publishes_at: Moment
    publishes_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    lead_official: str = Field(description="Their address; empty where nobody is named.", examples=[""])
    public_url: str | None
    calendar_uid: str = Field(description="What an imported calendar calls it.", examples=["labour-2026-03"])
    rehearsal: bool
    notice: list[NoticeOut]


class CalendarOut(Out):
    """One page of a producer's calendar, by the time set; and what the next twelve months lack."""

    results: list[DatedReleaseOut]
    missing: list[MissingOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class NewReleaseOut(Out):
    """A release that the calendar adds."""

    line: int = Field(description="Row of the sheet, or which event of the file, from 1.", examples=[4])
    release_id: str | None = Field(description="Null after a dry run.", examples=[_RELEASE])
    title: str = Field(examples=[_TITLE])
    series: str = Field(examples=[_SERIES])
    order: Order
    sensitivity: Sensitivity
    publishes_at: Moment
    publishes_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    lead_official_id: str | None = Field(examples=[None])
    public_url: str | None
    uid: str = Field(examples=["labour-2026-03"])
    notice: list[NoticeOut]


class DifferenceOut(Out):
    """Where a line says something else of a release than what is on record. Nothing of it is changed."""

    line: int = Field(examples=[5])
    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=[_TITLE])
    what: str = Field(examples=["publishes_at"])
    on_record: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    in_the_file: str = Field(examples=["Thursday 12 March 2026, 9:30am (UK time)"])
    remedy: str = Field(examples=["Ask the head of profession to reschedule it, with a reason."])


class CalendarImportOut(Out):
    """What an import of a calendar does, in buckets. After a dry run nothing has been done."""

    done: bool = Field(description="False after a dry run.")
    to_add: list[NewReleaseOut]
    already_there: list[int] = Field(
        description="Lines whose release is there, with or without differences.", examples=[[5, 6]]
    )
    differences: list[DifferenceOut]
    left_out: list[int] = Field(description="Lines that lie in the past or are cancelled.", examples=[[2, 3]])
    problems: list[RowProblemOut] = Field(description="Errors first; they stop the import.")
    missing: list[MissingOut] = Field(description="What twelve months lack, with the new releases counted in.")


def calendar_out(view: CalendarView, limit: int, place: str | None) -> CalendarOut:
    """Write one page of a calendar.

    Args:
        view: What was found; it may have one more than the page shows.
        limit: How many the page shows.
        place: Where the next page begins; None at the end.
    """
    return CalendarOut(
        results=[_dated_out(one) for one in view.dated[:limit]],
        missing=[_missing_out(one) for one in view.missing],
        next=place,
    )


def import_calendar_out(imported: ImportedCalendar) -> CalendarImportOut:
    """Write what an import does, or did."""
    plan = imported.plan
    ids: list[str | None] = [*imported.registered] or [None] * len(plan.new)
    return CalendarImportOut(
        done=imported.done,
        to_add=[
            NewReleaseOut(
                line=one.line.number,
                release_id=release_id,
                title=one.line.title,
                series=one.line.series,
                order=one.line.order or Order.UK,
                sensitivity=one.line.sensitivity or Sensitivity.ORDINARY,
                publishes_at=one.line.publishes_at,
                publishes_at_london=london_text(one.line.publishes_at),
                lead_official_id=one.lead_official_id,
                public_url=one.line.public_url,
                uid=one.line.uid,
                notice=[notice_out(short) for short in one.short],
            )
            for one, release_id in zip(plan.new, ids, strict=True)
        ],
        already_there=[number for number, _ in plan.there],
        differences=[
            DifferenceOut(
                line=one.number,
                release_id=one.release_id,
                title=one.title,
                what=one.what,
                on_record=one.here,
                in_the_file=one.there,
                remedy=one.remedy,
            )
            for one in plan.differences
        ],
        left_out=list(plan.left_out),
        problems=[RowProblemOut.model_validate(problem_record(one)) for one in (*plan.errors, *plan.warnings)],
        missing=[_missing_out(one) for one in imported.missing],
    )


def _dated_out(one: DatedRelease) -> DatedReleaseOut:
    release, entry = one.row.release, one.entry
    return DatedReleaseOut(
        release_id=release.release_id,
        title=release.title,
        series=entry.series,
        order=release.order,
        sensitivity=release.sensitivity,
        state=release.state.value,
        publishes_at=release.publishes_at,
        publishes_at_london=london_text(release.publishes_at),
        lead_official=entry.lead_email,
        public_url=release.public_url,
        calendar_uid=entry.calendar_uid,
        rehearsal=release.rehearsal,
        notice=[notice_out(short) for short in one.short],
    )


def _missing_out(one: Missing) -> MissingOut:
    return MissingOut(
        series=one.series, code=one.code, source=one.source, detail=one.detail, from_on=one.from_on, to_on=one.to_on
    )
