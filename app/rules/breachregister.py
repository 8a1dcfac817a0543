"""A producer's register of breaches. Facts in, rows out; nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.rules.causes import CAUSE_WORDS, Cause
from app.rules.engaged import BY_LABEL, practices_engaged
from app.rules.facts import Release, london_text
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.links import Link
from app.rules.reasons import utc

HEADINGS = (
    "Number",
    "Statistics",
    "Series",
    "Occurred (UK time)",
    "Kind",
    "Near miss",
    "State",
    "Practices",
    "Practices confirmed",
    "Causes",
    "Came to notice (UK time)",
    "Minutes to notice",
    "Minutes to contain",
    "Report signed off (UK time)",
    "Report submitted (UK time)",
    "Submitted to",
    "Earlier incidents linked",
    "Head of profession told (UK time)",
)


@dataclass(frozen=True, slots=True)
class RegisteredIncident:
    """One incident as the register needs it.

    Attributes:
        release: The release it is about, or None.
        practices: Labels as a person corrected them; None while they are as proposed.
        facts: The incident's own.
        recalled_at: When a recall of the release was first begun after it occurred. Aware, UTC.
        causes: As a person gave them.
        signed_at, submitted_at: Of its report, the first time. Aware, UTC.
        linked: Earlier incidents that share more than the producer, newest first.
        head_told_at: When the head of profession was told, as on record. Aware, UTC.
    """

    incident_id: str
    number: int
    release: Release | None
    series_title: str
    kind: IncidentKind
    near_miss: bool
    state: str
    occurred_at: datetime
    opened_at: datetime
    practices: tuple[str, ...] | None
    facts: dict[str, Any]
    causes: tuple[Cause, ...] = ()
    recalled_at: datetime | None = None
    signed_at: datetime | None = None
    submitted_at: datetime | None = None
    submitted_to: str = ""
    linked: tuple[Link, ...] = ()
    head_told_at: datetime | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Give the practices engaged, as a person corrected them or as proposed."""
        if self.practices is not None:
            return tuple(label for label in self.practices if label in BY_LABEL)
        return tuple(one.label for one in practices_engaged(self.kind, self.occurred_at, self.release))

    @property
    def minutes_to_notice(self) -> int:
        """Give the whole minutes from when it happened to when it was on record."""
        return _minutes(self.occurred_at, self.opened_at)

    @property
    def minutes_to_contain(self) -> int | None:
        """Give the whole minutes to the end of it: to publication where it was late, to the first recall otherwise.

        Returns:
            None where no end is on record.
        """
        public_at = self.facts.get("public_at") if self.kind is IncidentKind.LATE_PUBLICATION else None
        ended_at = datetime.fromisoformat(public_at) if isinstance(public_at, str) else self.recalled_at
        return None if ended_at is None else _minutes(self.occurred_at, ended_at)

    def cells(self) -> list[str | int | None]:
        """Give the row of the register."""
        return [
            self.number,
            self.release.title if self.release else "",
            self.series_title,
            london_text(self.occurred_at),
            KIND_WORDS[self.kind],
            "yes" if self.near_miss else "no",
            self.state.replace("_", " "),
            "; ".join(self.labels),
            "no" if self.practices is None else "yes",
            "; ".join(CAUSE_WORDS[one] for one in self.causes),
            london_text(self.opened_at),
            self.minutes_to_notice,
            self.minutes_to_contain,
            london_text(self.signed_at) if self.signed_at else "",
            london_text(self.submitted_at) if self.submitted_at else "",
            self.submitted_to,
            "; ".join(f"{one.earlier.number} ({one.words})" for one in self.linked),
            london_text(self.head_told_at) if self.head_told_at else "",
        ]


def _minutes(begun_at: datetime, ended_at: datetime) -> int:
    return max(0, (utc(ended_at) - utc(begun_at)) // timedelta(minutes=1))
