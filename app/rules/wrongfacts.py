"""What was taken for a fact and was found wrong later: by a person, on record. The rule counts it for then and for now.

Nothing is rewritten: the declaration, the list, the time in a post stay as they were put on record, and what was found
of them lies beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.rules.reasons import utc


class WrongKind(StrEnum):
    """What was found wrong."""

    CLOCK = "clock"
    DECLARATION = "declaration"
    APPROVAL = "approval"
    HOLDING = "holding"
    DEPUTY = "deputy"


WRONG_WORDS: dict[WrongKind, str] = {
    WrongKind.CLOCK: "the clock was found to have been wrong",
    WrongKind.DECLARATION: "a declaration was found not to count",
    WrongKind.APPROVAL: "the approval of a list was found wrong",
    WrongKind.HOLDING: "somebody was found not to have held their post",
    WrongKind.DEPUTY: "the paper by which somebody stood in was found not to count",
}


@dataclass(frozen=True, slots=True)
class WrongFact:
    """One thing that was found wrong and stands as found.

    Attributes:
        subject_id: The declaration, the version of a list, the post or the request for a deputy; empty for a clock.
        recorded_at: When it was put on record. Aware, UTC.
        person_id: Whose declaration, post or deputising; None for a list or a clock.
        from_on, until_on: The London days on which a post was not held; no last day while that goes on.
        from_at, until_at: When the clock could not be trusted, by that clock, both included. Aware, UTC.
        fast_by: How far ahead of the truth it stood then, negative when behind; None where nobody knows.
        grant_ids: The grants that rest on it.
    """

    wrong_fact_id: str
    kind: WrongKind
    subject_id: str
    recorded_at: datetime
    person_id: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    fast_by: timedelta | None = None
    grant_ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for at in (self.recorded_at, self.from_at, self.until_at):
            if at is not None:
                utc(at)

    def covers_day(self, day: date) -> bool:
        """Say whether a London day is among those on which the post was not held."""
        begun = self.from_on is None or self.from_on <= day
        return begun and (self.until_on is None or day <= self.until_on)

    def covers(self, at: datetime) -> bool:
        """Say whether the clock could not be trusted when it showed this instant. Aware."""
        return self.from_at is not None and self.until_at is not None and self.from_at <= at <= self.until_at
