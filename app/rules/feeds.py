"""What a calendar that people subscribe to says of each release: to anybody, and to those who run it.

That a release is planned is a secret until it is announced. So the public sees a release from its announcement on, and
of its moves those since then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from app.rules.calendar import Shortfall, shortfalls
from app.rules.facts import LONDON, Release, ReleaseState, Sensitivity, london_text
from app.rules.reasons import utc

KNOWN_TO_ALL = (ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value, ReleaseState.PUBLISHED.value)
"""To reach one of these makes a release known to everybody. To be postponed or cancelled does not."""
_TOLD = {"reschedule": "Moved", "postpone": "Postponed", "cancel": "Cancelled"}
_SETS_A_TIME = ("announce", "reschedule")


class Standing(StrEnum):
    """How firm an event is, as RFC 5545 has it."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Moved:
    """One move of a release. Instants aware, UTC."""

    move: str
    to_state: str
    from_publishes_at: datetime
    to_publishes_at: datetime
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A release as the calendar knows it.

    Attributes:
        moves: Oldest first.
        calendar_uid: What the calendar it was imported from calls it, or empty.
        lead_email: Address of its lead official, or empty.
    """

    release: Release
    added_at: datetime
    series: str = ""
    moves: tuple[Moved, ...] = ()
    calendar_uid: str = ""
    lead_email: str = ""
    time_exemption: str = ""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event of a feed.

    Attributes:
        sequence: Rises with each move that this feed shows.
        changed_at: When it last changed. Aware, UTC.
        marks: What only those who run it see, by property name; it imports again.
    """

    uid: str
    sequence: int
    standing: Standing
    summary: str
    starts_at: datetime
    changed_at: datetime
    description: str
    url: str = ""
    marks: tuple[tuple[str, str], ...] = ()


def was_announced(moves: Sequence[Moved]) -> bool:
    """Say by all its moves whether a release was ever announced; one postponed before that never was."""
    return any(one.to_state in KNOWN_TO_ALL for one in moves)


def public_moves(entry: CalendarEntry) -> tuple[Moved, ...] | None:
    """Give the moves since a release was announced, the announcement first; None when it is not public at all."""
    first = next((place for place, one in enumerate(entry.moves) if one.to_state in KNOWN_TO_ALL), None)
    if first is None or entry.release.rehearsal or entry.release.state is ReleaseState.PLANNED:
        return None
    return entry.moves[first:]


def fixed_at(entry: CalendarEntry, at: datetime) -> datetime:
    """Say since when the time set is known to all; now, for a release that is not announced yet.

    Args:
        entry: The release.
        at: Now. Aware.
    """
    told = public_moves(entry) or ()
    return next((one.at for one in reversed(told) if one.move in _SETS_A_TIME), at)


def short_of(entry: CalendarEntry, at: datetime) -> tuple[Shortfall, ...]:
    """Say where the notice given of a release is too short; of a rehearsal nothing is asked.

    Args:
        entry: The release.
        at: Now. Aware.
    """
    release = entry.release
    if release.rehearsal:
        return ()
    known_at = fixed_at(entry, at)
    kind = Sensitivity.MARKET_SENSITIVE if release.is_market_sensitive else release.sensitivity
    return shortfalls(release.publishes_at, kind, fixed_at=known_at, state=release.state)


def own_uid(release_id: str, origin: str) -> str:
    """Give what our own calendars call a release that no other calendar named.

    Args:
        release_id: The release.
        origin: The service's own name.
    """
    return f"{release_id}@{origin}"


def feed(entries: Iterable[CalendarEntry], *, origin: str, public: bool) -> tuple[FeedEvent, ...]:
    """Write releases as the events of a feed.

    Args:
        entries: The releases, in any state.
        origin: The service's own name, e.g. ``pra.department.gov.example``.
        public: For anybody: only what is known to all. Otherwise everything, with marks.

    Source:
        Code 2018 T3.1; Code 2018 T3.2; RFC 5545
    """
    events = []
    for one in entries:
        moves = public_moves(one) if public else one.moves
        if moves is not None:
            events.append(_event(one, moves, origin, public=public))
    return tuple(events)


def linked_feed(entries: Iterable[CalendarEntry], *, origin: str) -> tuple[FeedEvent, ...]:
    """Write releases for those who publish, read without a sign-in: title, time and state, and nothing else.

    Args:
        entries: The releases, in any state; rehearsals are left out.
        origin: The service's own name.

    Source:
        RFC 5545
    """
    events = []
    for one in entries:
        if not one.release.rehearsal:
            uid, state = own_uid(one.release.release_id, origin), (("X-PRA-STATE", one.release.state.value),)
            whole = _event(one, one.moves, origin, public=False)
            events.append(replace(whole, uid=uid, description=_time_sentence(one.release), url="", marks=state))
    return tuple(events)


def linked_rows(entries: Iterable[CalendarEntry]) -> list[list[str | int | date | None]]:
    """Write the same as rows of a sheet, the headings first; times are UK time.

    Args:
        entries: The releases, in any state; rehearsals are left out.
    """
    rows: list[list[str | int | date | None]] = [["Title", "Date", "Time", "State"]]
    for one in entries:
        local = utc(one.release.publishes_at).astimezone(LONDON)
        if not one.release.rehearsal:
            rows.append([one.release.title, local.date(), f"{local:%H:%M}", one.release.state.value])
    return rows


def _event(entry: CalendarEntry, moves: tuple[Moved, ...], origin: str, *, public: bool) -> FeedEvent:
    release = entry.release
    known = [f"{release.producer.name}.", _time_sentence(release)]
    known += [_told(one, public=public) for one in moves if one.move in _TOLD]
    return FeedEvent(
        uid=entry.calendar_uid or own_uid(release.release_id, origin),
        sequence=len(moves) - public,
        standing=_standing(release.state),
        summary=release.title,
        starts_at=utc(release.publishes_at),
        changed_at=utc(moves[-1].at if moves else entry.added_at),
        description="\n".join(known),
        url=release.public_url or "",
        marks=() if public else _marks(entry),
    )


def _standing(state: ReleaseState) -> Standing:
    if state is ReleaseState.CANCELLED:
        return Standing.CANCELLED
    # Postponed, it has no time that anybody could rely on.
    tentative = state in (ReleaseState.PLANNED, ReleaseState.POSTPONED)
    return Standing.TENTATIVE if tentative else Standing.CONFIRMED


def _time_sentence(release: Release) -> str:
    on = london_text(release.publishes_at)
    if release.state is ReleaseState.PLANNED:
        return f"Planned for {on}. Not announced yet."
    if release.state is ReleaseState.POSTPONED:
        return f"Postponed. It was set for {on}; the new time will be announced."
    if release.state is ReleaseState.CANCELLED:
        return f"Cancelled. It was set for {on}."
    published_at = release.published_at
    return f"Published {london_text(published_at)}." if published_at else f"To be published {on}."


def _told(move: Moved, *, public: bool) -> str:
    local = utc(move.at).astimezone(LONDON)
    what = f"{_TOLD[move.move]} on {local.day} {local:%B %Y}"
    if move.move == "reschedule":
        what += f" from {london_text(move.from_publishes_at)} to {london_text(move.to_publishes_at)}"
    # A reason is written for those on the list, and may say what nobody else may know yet.
    return f"{what}. Reason: {move.reason.strip()}" if move.reason.strip() and not public else f"{what}."


def _marks(entry: CalendarEntry) -> tuple[tuple[str, str], ...]:
    release = entry.release
    told = (
        ("X-PRA-SERIES", entry.series),
        ("X-PRA-ORDER", release.order.value),
        ("X-PRA-SENSITIVITY", release.sensitivity.value),
        ("X-PRA-STATE", release.state.value),
        ("X-PRA-LEAD-OFFICIAL", entry.lead_email),
        ("X-PRA-TIME-EXEMPTION", entry.time_exemption),
    )
    return tuple((name, text) for name, text in told if text)
