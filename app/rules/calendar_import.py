"""What importing a calendar would do: new releases, what is there already, and what differs from it.

Pure. An import registers releases and never changes one: a date that was announced belongs to the head of profession,
and so does every other move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.rules.calendar import shortfalls
from app.rules.calendar_lines import CalendarLine, Line, LineDefaults
from app.rules.calendar_planned import CalendarPlan, Difference, KnownRelease, PlannedRelease, differences
from app.rules.calendar_rows import LineReading
from app.rules.facts import ReleaseState, Sensitivity, london_text
from app.rules.planned import RowProblem

RELEASE_LIMIT = 500
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)


@dataclass
class _Planning:
    """What has been gathered so far."""

    leads: Mapping[str, str]
    at: datetime
    by_uid: dict[str, KnownRelease] = field(default_factory=dict)
    by_name: dict[tuple[str, str], list[KnownRelease]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    new: list[PlannedRelease] = field(default_factory=list)
    there: list[tuple[int, str]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    uids: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[str, str, datetime], int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)


def plan_calendar(
    lines: Sequence[Line],
    *,
    headings: Mapping[str, str],
    defaults: LineDefaults,
    known: Sequence[KnownRelease],
    leads: Mapping[str, str],
    at: datetime,
    noticed: Sequence[RowProblem] = (),
) -> CalendarPlan:
    """Plan the import of a calendar.

    Args:
        lines: The lines, as they were read.
        headings: The sender's own headings, by what they hold.
        defaults: What holds for lines that say nothing themselves.
        known: The producer's releases, in whatever state.
        leads: Ids of the producer's lead officials and heads of profession, by normalised address.
        at: Now. Aware.
        noticed: What was noticed of the sheet as a whole.

    Returns:
        The plan; nothing may be imported while it has errors.

    Source:
        Code 2018 T3.1; Code 2018 T3.2
    """
    planning = _Planning(leads, at, problems=list(noticed))
    for one in known:
        planning.by_uid.update(dict.fromkeys(one.uids, one))
        planning.by_name.setdefault((one.release.title.casefold(), one.series.casefold()), []).append(one)
    readings = [LineReading(line, headings, defaults) for line in lines]
    read = [(reading, reading.read(at)) for reading in readings]
    for _, line in read:
        planning.settled.update(found.release.release_id for found in (_exact(planning, line) if line else ()))
    for reading, line in read:
        if line is not None:
            _place(planning, reading, line)
        planning.problems.extend(reading.problems)
    if not lines:
        planning.problems.append(RowProblem(1, "", "rows_missing", "The calendar names no release.", error=True))
    if len(planning.new) > RELEASE_LIMIT:
        detail = f"The calendar has more than {RELEASE_LIMIT} new releases."
        planning.problems.append(RowProblem(1, "", "too_many", detail, error=True))
    return CalendarPlan(
        new=tuple(planning.new),
        there=tuple(planning.there),
        differences=tuple(planning.differences),
        left_out=tuple(planning.left_out),
        errors=tuple(one for one in planning.problems if one.error),
        warnings=tuple(one for one in planning.problems if not one.error),
    )


def _place(planning: _Planning, reading: LineReading, line: CalendarLine) -> None:
    """Find the release a line speaks of, or plan a new one."""
    if _stands_twice(planning, reading, line):
        return
    found = _find(planning, line)
    if len(found) > 1:
        detail = "Several releases of this title and series are there, and none at this time. Give the UID of the one."
        reading.say("title", "ambiguous", detail)
        return
    if found:
        (release,) = found
        earlier = planning.taken.setdefault(release.release.release_id, line.number)
        if earlier != line.number:
            detail = f"It speaks of the same release as line {earlier}. Give each its UID, or a title of its own."
            reading.say("title", "same_release", detail)
            return
        planning.there.append((line.number, release.release.release_id))
        planning.differences.extend(differences(line, release))
        return
    if line.cancelled:
        reading.say("date", "cancelled", "It is cancelled, and is not on record; it was left out.", error=False)
        planning.left_out.append(line.number)
    elif line.publishes_at <= planning.at:
        detail = f"{london_text(line.publishes_at)} has passed; the release was left out."
        reading.say("date", "in_the_past", detail, error=False)
        planning.left_out.append(line.number)
    else:
        _plan_new(planning, reading, line)


def _stands_twice(planning: _Planning, reading: LineReading, line: CalendarLine) -> bool:
    earlier = planning.uids.setdefault(line.uid, line.number) if line.uid else line.number
    if earlier != line.number:
        reading.say("uid", "duplicate_uid", f"The UID stands on line {earlier} already.")
        return True
    place = (line.title.casefold(), line.series.casefold(), line.publishes_at)
    earlier = planning.places.setdefault(place, line.number)
    if earlier != line.number:
        reading.say("title", "duplicate_row", f"The same release stands on line {earlier} already.")
        return True
    return False


def _find(planning: _Planning, line: CalendarLine) -> list[KnownRelease]:
    """Find by UID, or by title and series: at the same time, or else among those ahead that no other line names."""
    exact = _exact(planning, line)
    if exact:
        return exact
    return [
        one
        for one in _named(planning, line)
        if one.release.state not in _OVER
        and one.release.publishes_at > planning.at
        and one.release.release_id not in planning.settled
        and not (line.uid and one.uids[1:])  # two UIDs are two releases, whatever they are called
    ]


def _exact(planning: _Planning, line: CalendarLine) -> list[KnownRelease]:
    by_uid = planning.by_uid.get(line.uid) if line.uid else None
    if by_uid is not None:
        return [by_uid]
    return [one for one in _named(planning, line) if one.release.publishes_at == line.publishes_at]


def _named(planning: _Planning, line: CalendarLine) -> list[KnownRelease]:
    return planning.by_name.get((line.title.casefold(), line.series.casefold()), [])


def _plan_new(planning: _Planning, reading: LineReading, line: CalendarLine) -> None:
    reading.check_new(line, planning.at)
    lead_id = planning.leads.get(line.lead_email) if line.lead_email else None
    if line.lead_email and lead_id is None:
        detail = "No lead official or head of profession of this producer has that address; none was named."
        reading.say("lead", "lead_unknown", detail, error=False)
    if any(one.error for one in reading.problems):
        return
    sensitivity = line.sensitivity or Sensitivity.ORDINARY
    short = shortfalls(line.publishes_at, sensitivity, fixed_at=planning.at)
    for one in short:
        reading.say("date", f"notice_{one.code}", f"{one.detail} ({one.source})", error=False)
    planning.new.append(PlannedRelease(line, lead_id, short))
