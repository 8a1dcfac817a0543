"""What happened to a release, entry by entry, in words that name nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.rules.account import LoggedFact, account
from app.rules.facts import london_text
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.reasons import utc

# The kinds of entry that a timeline tells of the release itself.
_TOLD = (
    "list_approved",
    "release_moved",
    "document_recalled",
    "recall_begun",
    "recall_closed",
    "public_list_published",
    "verdict_changed",
    "overdue_told",
    "alarm_raised",
)
KINDS = (*_TOLD, "hold_begun", "hold_ended", "window_changed", "incident_opened")
_VERDICTS = {
    "not_yet": "The watch saw that the page was not public yet",
    "live": "The watch saw the page public",
    "early": "The watch saw the page public before the time set",
    "late": "The watch saw the page public, after the time set",
    "cannot_tell": "The watch could not tell whether the page was public",
}


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry of the log about a release, as a timeline needs it.

    Attributes:
        at: Aware, UTC.
        kind, outcome: As the log has them.
        person_id: Whom it is about; None where it is about nobody, or their details were erased.
        said: What the entry says for all to read.
    """

    entry_id: str
    at: datetime
    kind: str
    outcome: str
    person_id: str | None
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to the release. ``at`` aware, UTC; ``number`` counts from 1, the oldest first."""

    number: int
    at: datetime
    kind: str
    text: str
    entry_id: str


def happenings(entries: Sequence[Noted]) -> tuple[Happening, ...]:
    """Give what happened to the release, oldest first; entries of other kinds are passed over.

    Args:
        entries: Oldest first.
    """
    told = sorted(((_when(one), one, text) for one in entries if (text := _text(one))), key=lambda found: found[0])
    return tuple(Happening(number, at, one.kind, text, one.entry_id) for number, (at, one, text) in enumerate(told, 1))


def _when(one: Noted) -> datetime:
    """Give when it happened; of what the watch saw, when it was public at the latest, and not when that was told."""
    public_at = one.said.get("public_at") if one.kind == "verdict_changed" else None
    return utc(datetime.fromisoformat(public_at)) if isinstance(public_at, str) else utc(one.at)


def _text(one: Noted) -> str:
    if one.kind == "hold_begun":
        return "A legal hold on the records of the release was begun."
    if one.kind == "hold_ended":
        return "The legal hold on the records of the release was ended."
    if one.kind == "window_changed":
        return f"The window changed with a closed day. {_opening(one.said.get('opens_at'))}"
    if one.kind == "incident_opened":
        sort = "A near miss was put on record" if one.said.get("near_miss") else "An incident was opened"
        return f"{sort}: {_kind_words(one.said.get('kind'))}."
    if one.kind == "verdict_changed":
        return _seen(one.said)
    if one.kind not in _TOLD:
        return ""
    ((line,), _) = account([LoggedFact(one.entry_id, one.at, one.kind, one.outcome, "", one.said)])
    return line.text


def _kind_words(kind: Any) -> str:
    return KIND_WORDS[IncidentKind(kind)] if kind in set(IncidentKind) else str(kind)


def _opening(opens_at: Any) -> str:
    if not isinstance(opens_at, str):
        return "There is none."
    return f"It opens on {london_text(datetime.fromisoformat(opens_at))}."


def _seen(said: dict[str, Any]) -> str:
    words = _VERDICTS.get(str(said.get("verdict")), "The watch looked at the page")
    delay = said.get("delay_ms")
    if not isinstance(delay, int) or isinstance(delay, bool):
        return f"{words}."
    return f"{words}: {delay_text(delay)}."


def delay_text(delay_ms: int) -> str:
    """Say how long after, or before, the time set something was public: ``4.1 seconds after the time set``.

    Args:
        delay_ms: In thousandths of a second; negative where it was before.
    """
    span = abs(timedelta(milliseconds=delay_ms))
    side = "after" if delay_ms >= 0 else "before"
    if span < timedelta(minutes=2):
        return f"{span / timedelta(seconds=1):.1f} seconds {side} the time set"
    minutes = span // timedelta(minutes=1)
    if minutes < 120:
        return f"{minutes} minutes {side} the time set"
    return f"{minutes // 60} hours {minutes % 60} minutes {side} the time set"
