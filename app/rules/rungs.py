"""By when something must be there before a release, and who is told that it is not: the owner, then those above.

Two calendars meet here. A week is seven days, as the window's own question to departments counts it; the two days and
the day before are working days, since nobody schedules a page on a Sunday: for a release on a Monday the day before is
the Friday. Working days are neither Saturdays, Sundays, nor bank holidays where the release's people work, nor days
that the governing Order leaves out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from app.rules.facts import LONDON, london_date
from app.rules.reasons import utc
from app.rules.workingdays import Counts, day_back

MORNING, NOON = time(9), time(12)
"""London times: the first thing that is read, and the last moment from which a day's work can still mend it."""
HEAD_AFTER = timedelta(hours=3)
LAST_BEFORE = timedelta(hours=1)
_QUIET_UNTIL, _QUIET_FROM = time(7), time(20)
_DAY = timedelta(days=1)


class Stage(StrEnum):
    """Which of the four days something belongs to."""

    WEEK = "week"
    TWO_DAYS = "two_days"
    DAY_BEFORE = "day_before"
    DAY = "day"


class Rung(StrEnum):
    """Who is told now that something is missing; each rung once."""

    OWNER = "owner"
    LEAD_OFFICIAL = "lead_official"
    HEAD_OF_PROFESSION = "head_of_profession"
    EVERYBODY = "everybody"


def day_of(stage: Stage, publishes_at: datetime, counts: Counts) -> date:
    """Give the London day of a stage.

    Args:
        stage: Which one.
        publishes_at: The time set for publication. Aware.
        counts: Says which London days are worked.

    Source:
        Producer policy: readiness
    """
    on = london_date(publishes_at)
    if stage is Stage.DAY:
        return on
    if stage is Stage.WEEK:
        week = on - 7 * _DAY
        return week if counts(week) else day_back(week, 1, counts)
    return day_back(on, 1 if stage is Stage.DAY_BEFORE else 2, counts)


def due_at(
    stage: Stage, publishes_at: datetime, counts: Counts, *, opens_at: datetime | None, able_at: datetime | None
) -> datetime:
    """Say from which instant on something that is missing is late.

    Noon on its day, or the opening of the window where that is earlier and readers would find a closed door. Whoever
    could not have done it by then, because the release was registered or moved late, or what it builds on came late,
    has until noon of the next working day, and never more than half the time that is left.

    Args:
        stage: To which of the days it belongs.
        publishes_at: The time set for publication. Aware, as are the others.
        counts: Says which London days are worked.
        opens_at: When the ordinary window opens, where readers need it; None where they do not.
        able_at: Since when it can be done; None while it cannot.

    Source:
        Producer policy: readiness
    """
    ends = utc(publishes_at) - LAST_BEFORE
    due = ends if stage is Stage.DAY else _at(day_of(stage, publishes_at, counts), NOON)
    if opens_at is not None and utc(opens_at) < due:
        on = london_date(opens_at)
        early = utc(opens_at).astimezone(LONDON).time() < MORNING or not counts(on)
        due = _at(day_back(on, 1, counts), NOON) if early else utc(opens_at)
    if able_at is None:
        return max(due, ends)
    half = utc(able_at) + (utc(publishes_at) - utc(able_at)) / 2
    grace = min(_at(_next_worked(london_date(able_at), counts), NOON), half)
    return min(max(due, grace), max(due, ends))


def tells_owner_at(due: datetime, counts: Counts) -> datetime:
    """Say when whoever owes something is reminded: on the morning of the working day before it is due."""
    return _at(day_back(london_date(due), 1, counts), MORNING)


def rung_due(due: datetime, publishes_at: datetime, counts: Counts, at: datetime) -> Rung | None:
    """Say who is told now that something is missing.

    A rung that was missed, because the service stood still, is not made up for when a higher one is due already.

    Args:
        due: From when it is late. Aware, as are the others.
        publishes_at: The time set for publication; from then on the watch gives alarm instead.
        counts: Says which London days are worked.
        at: Now.

    Returns:
        The rung, or None when it is nobody's turn: too early, too late, or at night. An hour before publication the
        hour of the night is no reason to wait.

    Source:
        Producer policy: readiness
    """
    if utc(at) >= utc(publishes_at):
        return None
    if utc(at) >= utc(publishes_at) - LAST_BEFORE:
        return Rung.EVERYBODY
    if not _QUIET_UNTIL <= utc(at).astimezone(LONDON).time() < _QUIET_FROM:
        return None
    if utc(at) >= utc(due) + HEAD_AFTER:
        return Rung.HEAD_OF_PROFESSION
    if utc(at) >= utc(due):
        return Rung.LEAD_OFFICIAL
    return Rung.OWNER if utc(at) >= tells_owner_at(due, counts) else None


def _next_worked(day: date, counts: Counts) -> date:
    day += _DAY
    while not counts(day):
        day += _DAY
    return day


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LONDON).astimezone(UTC)
