"""How long a breach takes to come to the head of profession, and to be reported; and when its silence is asked about.

The Code of 2009 asks that a wrongful release be reported at once (Protocol 2, practice 8). That any edition sets a
number of days is not established: the times after which letters go are the service's own, and no deadline.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from app.rules.chasing import MORNING, REMIND_AFTER, working_morning
from app.rules.engaged import practices_engaged
from app.rules.facts import LONDON, london_date
from app.rules.incidents import IncidentKind, IncidentState
from app.rules.reasons import utc
from app.rules.workingdays import Counts

ASK_AFTER_DAYS = (5, 20)
"""Working days after which no report is asked about: real ones took from none to some five weeks."""

OLDEST = timedelta(days=60)
"""What has been known for longer is written about no more."""

_AT_ONCE = "P2/8"
_DAY = timedelta(days=1)


class Untold(IntEnum):
    """How often those concerned were written to that nobody has told the head of profession."""

    FIRST = 1
    SECOND = 2


class Unreported(IntEnum):
    """How often those concerned were written to that no report has gone."""

    FIRST = 1
    SECOND = 2


@dataclass(frozen=True, slots=True)
class HeadClock:
    """How long it took, or has taken by now, from when something was known. All instants aware, UTC.

    Attributes:
        known_at: When it was put on record.
        told_at: When the head of profession was told, as somebody put on record; None while nobody has.
        reported_at: When a report was first sent, as somebody put on record; None while nobody has.
        stopped: It was closed as no breach, or is further than a report: nothing more is waited for.
        at_once: The practice that asks for a report at once, where one is engaged; or empty.
        at: Now.
    """

    known_at: datetime
    told_at: datetime | None
    reported_at: datetime | None
    stopped: bool
    at_once: str
    at: datetime

    @property
    def waits_for_head(self) -> bool:
        """Whether it still runs to the head of profession."""
        return self.told_at is None and not self.stopped

    @property
    def waits_for_report(self) -> bool:
        """Whether it still runs to a report."""
        return self.reported_at is None and not self.stopped

    @property
    def minutes_to_head(self) -> int | None:
        """Whole minutes until the head of profession was told, or until now; None where nobody ever was."""
        return self._minutes(self.told_at, self.waits_for_head)

    @property
    def minutes_to_report(self) -> int | None:
        """Whole minutes until it was reported, or until now; None where that is not on record."""
        return self._minutes(self.reported_at, self.waits_for_report)

    def _minutes(self, ended_at: datetime | None, waits: bool) -> int | None:
        until = ended_at or (self.at if waits else None)
        return None if until is None else max(0, (utc(until) - utc(self.known_at)) // timedelta(minutes=1))


def report_at_once(kind: IncidentKind, occurred_at: datetime, practices: Collection[str] | None) -> str:
    """Name the practice that asks for a report at once, where an incident engages one.

    Args:
        kind: What sort of incident it is.
        occurred_at: When it happened. Aware.
        practices: Labels as a person corrected them; None while they are as proposed.

    Returns:
        Its label, or an empty text.

    Source:
        Code 2009 P2/8
    """
    engaged = {one.label for one in practices_engaged(kind, occurred_at, None)} if practices is None else set(practices)
    return _AT_ONCE if _AT_ONCE in engaged else ""


def clock_of(
    *,
    known_at: datetime,
    told_at: datetime | None,
    reported_at: datetime | None,
    state: IncidentState,
    at_once: str,
    at: datetime,
) -> HeadClock:
    """Read the clock of one breach of a producer.

    Args:
        known_at, told_at, reported_at: As on record; None where not. Aware.
        state: How far the incident has come.
        at_once: As ``report_at_once`` gave it.
        at: Now. Aware.

    Source:
        Producer policy: incidents
    """
    stopped = state not in (IncidentState.OPEN, IncidentState.UNDER_REVIEW)
    return HeadClock(known_at, told_at, reported_at, stopped, at_once, at)


def untold_due(clock: HeadClock, step: int, counts: Counts) -> Untold | None:
    """Say whether it is time to write that nobody has told the head of profession: after two hours, and next morning.

    Args:
        clock: As it stands.
        step: How often that was written already.
        counts: Says which London days are worked.

    Source:
        Producer policy: incidents
    """
    if not clock.waits_for_head or clock.at - clock.known_at > OLDEST:
        return None
    if utc(clock.at) >= working_morning(clock.known_at, counts):
        return Untold.SECOND if step < Untold.SECOND else None
    return Untold.FIRST if step < Untold.FIRST and utc(clock.at) >= utc(clock.known_at) + REMIND_AFTER else None


def unreported_due(clock: HeadClock, step: int, counts: Counts) -> Unreported | None:
    """Say whether it is time to ask why no report has gone: in the morning, five and twenty working days after.

    Args:
        clock: As it stands.
        step: How often that was written already.
        counts: Says which London days are worked.

    Source:
        Producer policy: incidents
    """
    if not clock.waits_for_report or clock.at - clock.known_at > OLDEST:
        return None
    here = utc(clock.at).astimezone(LONDON)
    day, today, gone = london_date(clock.known_at), here.date(), 0
    if not counts(today) or here.time() < MORNING:
        return None
    while day < today:
        day += _DAY
        gone += counts(day)
    came = [letter for letter in Unreported if gone >= ASK_AFTER_DAYS[letter - 1]]
    newest = max(came, default=None)
    return newest if newest is not None and newest > step else None
