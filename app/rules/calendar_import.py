"""What importing a calendar would do: new releases, what is there already, and what differs from it.

Pure. An import registers releases and never changes one: a date that was announced belongs to the head of profession,
and so does every other move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.rules.calendar import Shortfall, shortfalls
from app.rules.calendar_rows import CalendarLine, Line, LineDefaults, LineReading
from app.rules.facts import Release, ReleaseState, Sensitivity, london_text
from app.rules.planned import RowProblem

RELEASE_LIMIT = 500
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
RESCHEDULING = "The date is not moved by an import; ask the head of profession to reschedule it, with a reason."
_CANCELLING = "Nothing is cancelled by an import; ask the head of profession to cancel it, with a reason."
_KEPT = "What is on record was kept; an import changes nothing of a release that is there."


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """A release of the producer that is there already.

    Attributes:
        uids: What calendars call it: the one it was imported by, and our own.
        lead_email: Address of its lead official, or empty.
    """

    release: Release
    series: str = ""
    uids: tuple[str, ...] = ()
    lead_email: str = ""
    time_exemption: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a line says something else of a release than what is on record.

    Attributes:
        what: Which of its facts, e.g. ``publishes_at``.
        here, there: What is on record, and what the line says; as a person reads it.
        remedy: What would put it right.
    """

    number: int
    release_id: str
    title: str
    what: str
    here: str
    there: str
    remedy: str


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """A release that the import would register.

    Attributes:
        lead_official_id: The person with the address on the line, or None.
        short: Where its notice is too short, seen from now.
    """

    line: CalendarLine
    lead_official_id: str | None
    short: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """What an import would do. Nothing has been done.

    Attributes:
        there: (line, release id) of each line whose release is there already, whether or not something differs.
        left_out: Lines that are not registered, by number; each has its warning.
    """

    new: tuple[PlannedRelease, ...] = ()
    there: tuple[tuple[int, str], ...] = ()
    differences: tuple[Difference, ...] = ()
    left_out: tuple[int, ...] = ()
    errors: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()


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
        planning.differences.extend(_differences(line, release))
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


def _differences(line: CalendarLine, known: KnownRelease) -> list[Difference]:
    release = known.release
    said: list[tuple[str, str, str, str]] = []
    if line.cancelled and release.state is not ReleaseState.CANCELLED:
        said.append(("state", release.state.value, "cancelled", _CANCELLING))
    if not line.cancelled and line.publishes_at != release.publishes_at:
        remedy = _KEPT if release.state in _OVER else RESCHEDULING
        said.append(("publishes_at", london_text(release.publishes_at), london_text(line.publishes_at), remedy))
    compared = (
        ("title", release.title, line.title),
        ("series", known.series, line.series),
        ("order", release.order.value, line.order.value if line.order else ""),
        ("sensitivity", release.sensitivity.value, line.sensitivity.value if line.sensitivity else ""),
        ("lead_official", known.lead_email, line.lead_email),
        ("public_url", release.public_url or "", line.public_url or ""),
        ("time_exemption", known.time_exemption, line.time_exemption),
    )
    said += [(what, here, there, _KEPT) for what, here, there in compared if there and there != here]
    return [
        Difference(line.number, release.release_id, release.title, what, here, there, remedy)
        for what, here, there, remedy in said
    ]
