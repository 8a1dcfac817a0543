"""What the probes of a public page mean: not yet, live, early, late, cannot tell. Proof is by content, never by 200."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.rules.facts import london_text
from app.rules.probes import Found, Probe
from app.rules.reasons import utc
from app.rules.timeliness import LATE_FROM
from app.rules.watchplans import WatchPlan, shown


class VerdictKind(StrEnum):
    """What the probes mean."""

    NOT_YET = "not_yet"
    LIVE = "live"
    EARLY = "early"
    LATE = "late"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the probes mean together.

    Attributes:
        why: Whole sentences.
        origin_at: No later than when it was published where it comes from, past the caches. Aware, UTC.
        public_at: No later than when the public could see it. Aware, UTC.
        absent_at: When it was last certain that the public could not. Aware, UTC.
        delay_ms: From the time set until ``public_at``.
        unsure_since: Since when nothing could be told; None where the last look told something. Aware, UTC.
    """

    kind: VerdictKind
    why: str
    origin_at: datetime | None = None
    public_at: datetime | None = None
    absent_at: datetime | None = None
    delay_ms: int | None = None
    unsure_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Sighting:
    begun_at: datetime
    seen_at: datetime
    origin: Found
    public: Found


def judge(plan: WatchPlan, probes: Sequence[Probe], at: datetime) -> Verdict:
    """Say what the probes mean at an instant.

    An answer that shows nothing counts for nothing, however often it is repeated. What was seen counts from the end of
    the look that saw it, absence from the beginning of the look that missed it, so that neither is claimed too soon.

    Args:
        plan: What is looked for, and the time set.
        probes: In any order. Those from before the plan was set are passed over.
        at: Now. Aware.

    Source:
        Code 2018 T3.6
    """
    at, due = utc(at), utc(plan.publishes_at)
    sights = [
        _Sighting(
            utc(probe.at),
            probe.finished_at,
            shown(plan, probe.fresh, probe.fresh_files),
            shown(plan, probe.plain, probe.plain_files),
        )
        for probe in sorted(probes, key=lambda one: utc(one.at))
        if probe.at >= plan.set_at
    ]
    if at < due:
        return _before(sights, due)
    verdict = _after([one for one in sights if one.seen_at >= due], due, at)
    # Whoever could not tell before the time set has not been able to for as long.
    return replace(verdict, unsure_since=_unsure_since(sights) if verdict.public_at is None else None)


def _before(sights: list[_Sighting], due: datetime) -> Verdict:
    """Before the time set, what counts is what the last look shows."""
    if not sights:
        return Verdict(VerdictKind.NOT_YET, "Nobody has looked yet.")
    last = sights[-1]
    origin_at, public_at = _first(sights, "origin"), _first(sights, "public")
    if Found.THERE in (last.origin, last.public):
        seen_at = min(one for one in (origin_at, public_at) if one)
        why = f"It was seen at {london_text(seen_at)}, before the time set, {london_text(due)}."
        return Verdict(VerdictKind.EARLY, why, origin_at, public_at, _absent(sights, seen_at))
    if Found.UNSURE in (last.origin, last.public):
        return _cannot_tell(sights, "The last look shows neither that it is there nor that it is not.")
    return Verdict(VerdictKind.NOT_YET, "It is not there.", absent_at=last.begun_at)


def _after(sights: list[_Sighting], due: datetime, at: datetime) -> Verdict:
    late_at = due + LATE_FROM
    origin_at, public_at = _first(sights, "origin"), _first(sights, "public")
    absent_at = _absent(sights, public_at)
    if public_at is not None:
        return _seen(due, late_at, origin_at, public_at, absent_at)
    behind = f" Caches hide it: past them it is there since {london_text(origin_at)}." if origin_at else ""
    if absent_at is not None and absent_at >= late_at:
        why = f"The public could not see it at {london_text(absent_at)}.{behind}"
        return Verdict(VerdictKind.LATE, why, origin_at, None, absent_at)
    if at < late_at and (not sights or sights[-1].public is not Found.UNSURE):
        return Verdict(VerdictKind.NOT_YET, f"It is not there.{behind}", origin_at, None, absent_at)
    why = "No look since the time set shows whether it is there." if sights else "Nobody has looked since the time set."
    return _cannot_tell(sights, why + behind, origin_at, absent_at)


def _seen(
    due: datetime, late_at: datetime, origin_at: datetime | None, public_at: datetime, absent_at: datetime | None
) -> Verdict:
    delay_ms = round((public_at - due) / timedelta(milliseconds=1))
    said = f"The public could see it at {london_text(public_at)}, {delay_ms} ms after the time set"
    if public_at < late_at:
        return Verdict(VerdictKind.LIVE, f"{said}.", origin_at, public_at, absent_at, delay_ms)
    if absent_at is not None and absent_at >= late_at:
        why = f"{said}; at {london_text(absent_at)} it could not."
        return Verdict(VerdictKind.LATE, why, origin_at, public_at, absent_at, delay_ms)
    why = f"{said} at the latest. Nothing shows since when: no look in between could tell."
    return Verdict(VerdictKind.LIVE, why, origin_at, public_at, absent_at, delay_ms)


def _cannot_tell(
    sights: list[_Sighting], why: str, origin_at: datetime | None = None, absent_at: datetime | None = None
) -> Verdict:
    return Verdict(
        VerdictKind.CANNOT_TELL, why, origin_at, None, absent_at or _absent(sights, None), None, _unsure_since(sights)
    )


def _first(sights: list[_Sighting], side: str) -> datetime | None:
    return next((one.seen_at for one in sights if getattr(one, side) is Found.THERE), None)


def _absent(sights: list[_Sighting], before: datetime | None) -> datetime | None:
    """Give when the last look began that certainly missed it, before it was first seen."""
    missed = [
        one.begun_at for one in sights if one.public is Found.NOT_THERE and (before is None or one.seen_at < before)
    ]
    return missed[-1] if missed else None


def _unsure_since(sights: list[_Sighting]) -> datetime | None:
    since = None
    for one in reversed(sights):
        if Found.UNSURE not in (one.origin, one.public) or Found.THERE in (one.origin, one.public):
            break
        since = one.begun_at
    return since
