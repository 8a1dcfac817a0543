"""An alarm at the time of publication: when people are called, whom, and who stands in for whoever is on leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.rules.errors import Malformed
from app.rules.reasons import utc

LADDER = (1, 2, 5, 15)
"""Minutes after the time set at which people are called, the alarm being raised at the first."""
AGAIN_EVERY = timedelta(minutes=15)
CALLED_FOR = timedelta(days=1)
CONTACTS_LIMIT = 50


class AlarmKind(StrEnum):
    """What an alarm is about."""

    NOT_CONFIRMED = "not_confirmed"  # the time set has passed, and nothing confirms that the release is public
    EARLY = "early"  # seen in public before the time set


@dataclass(frozen=True, slots=True)
class Away:
    """A leave. The days are London days, both included.

    Attributes:
        cover_id: Who is called instead.
    """

    from_on: date
    until_on: date
    cover_id: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody on a roster.

    Attributes:
        from_minute: From which rung of the ladder they are called; None for somebody of whom only leave is kept.
    """

    person_id: str
    from_minute: int | None = None
    away: tuple[Away, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Whom a producer's alarms reach, beside the lead official and the heads of profession, and who is away when."""

    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody who is called; ``for_ids`` names those on leave whom they stand in for."""

    person_id: str
    for_ids: tuple[str, ...] = ()


def minute_of(rung: int) -> int:
    """Say at which minute a rung of the ladder stands; beyond its last, every 15 minutes.

    Args:
        rung: Counted from 0.
    """
    every = int(AGAIN_EVERY.total_seconds() // 60)
    return LADDER[rung] if rung < len(LADDER) else LADDER[-1] + every * (rung - len(LADDER) + 1)


def calls_at(raised_at: datetime, rung: int) -> datetime | None:
    """Say when a rung is called, for an alarm that was raised at its first; None once it has rung for a day.

    Args:
        raised_at: Aware.
        rung: Counted from 0.
    """
    after = timedelta(minutes=minute_of(rung) - LADDER[0])
    return utc(raised_at) + after if after <= CALLED_FOR else None


def whom(
    roster: Roster, seniors: Sequence[str], present: Iterable[str], *, minute: int, on: date
) -> tuple[Called, ...]:
    """Say who is called at one rung. Whoever is on leave is passed over for their cover.

    Args:
        roster: The producer's.
        seniors: The lead official and the heads of profession; called at every rung.
        present: Everybody who works for the producer at present; nobody else is called.
        minute: The rung's.
        on: The London day.

    Returns:
        Each person once, seniors first. When leave leaves nobody, the seniors all the same: an alarm reaches somebody.
    """
    here = frozenset(present)
    joined = [one.person_id for one in roster.contacts if one.from_minute is not None and one.from_minute <= minute]
    found: dict[str, list[str]] = {}
    for person_id in dict.fromkeys((*seniors, *joined)):
        stands_in = _at_hand(roster, person_id, here, on)
        if stands_in is not None:
            found.setdefault(stands_in, []).extend([person_id] if stands_in != person_id else [])
    if not found:
        found = {person_id: [] for person_id in seniors}
    return tuple(Called(person_id, tuple(for_ids)) for person_id, for_ids in found.items())


def check_roster(roster: Roster, present: Iterable[str]) -> Roster:
    """Stop unless a roster can be worked from.

    Args:
        roster: As it is to be.
        present: Everybody who works for the producer at present.

    Raises:
        Malformed: Somebody is on it twice, does not work for the producer, covers themselves, or a leave ends before it
            begins. Every fault is named.
    """
    here, faults = frozenset(present), []
    ids = [one.person_id for one in roster.contacts]
    for place, one in enumerate(roster.contacts):
        where = f"contacts.{place}"
        if ids.index(one.person_id) != place:
            faults.append((f"{where}.person_id", "stands on the roster already"))
        if one.person_id not in here:
            faults.append((f"{where}.person_id", "has no role with this producer"))
        for number, away in enumerate(one.away):
            leave = f"{where}.away.{number}"
            if away.until_on < away.from_on:
                faults.append((f"{leave}.until_on", "lies before the first day"))
            if away.cover_id == one.person_id:
                faults.append((f"{leave}.cover_id", "is the person on leave"))
            elif away.cover_id not in here:
                faults.append((f"{leave}.cover_id", "has no role with this producer"))
    if faults:
        raise Malformed(
            "The roster cannot be worked from: "
            + "; ".join(f"{where} {what}" for where, what in faults)
            + ". Nothing was changed.",
            errors=[{"where": where, "what": what} for where, what in faults],
        )
    return roster


def roster_record(roster: Roster) -> list[dict[str, Any]]:
    """Write a roster as JSON-ready members."""
    return [
        {
            "person_id": one.person_id,
            "from_minute": one.from_minute,
            "away": [
                {"from_on": away.from_on.isoformat(), "until_on": away.until_on.isoformat(), "cover_id": away.cover_id}
                for away in one.away
            ],
        }
        for one in roster.contacts
    ]


def roster_from(record: list[dict[str, Any]]) -> Roster:
    """Read a roster back.

    Args:
        record: As ``roster_record`` wrote it.
    """
    return Roster(
        tuple(
            Contact(
                one["person_id"],
                one["from_minute"],
                tuple(
                    Away(date.fromisoformat(away["from_on"]), date.fromisoformat(away["until_on"]), away["cover_id"])
                    for away in one["away"]
                ),
            )
            for one in record
        )
    )


def _at_hand(roster: Roster, person_id: str, here: frozenset[str], on: date) -> str | None:
    """Go from cover to cover until somebody is there; None where that leads nowhere, or round in a circle."""
    leave = {one.person_id: one.away for one in roster.contacts}
    passed: set[str] = set()
    while person_id not in passed:
        passed.add(person_id)
        away = next((one for one in leave.get(person_id, ()) if one.from_on <= on <= one.until_on), None)
        if away is None:
            return person_id if person_id in here else None
        person_id = away.cover_id
    return None
