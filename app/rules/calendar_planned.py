"""What an import of a calendar would do: its new releases, and where it differs from what is there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.rules.calendar import Shortfall
from app.rules.calendar_lines import CalendarLine
from app.rules.canonical import sha256_hex
from app.rules.facts import Release, ReleaseState, london_text
from app.rules.planned import RowProblem

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


def plan_sha256(plan: CalendarPlan) -> str:
    """Give the hash by which a plan that was shown is known again, so that what was shown is what is done.

    Of what is wrong or odd with a line the place and the code count, not the words: some tell how many days are left.
    """
    new = [
        {
            "line": one.line.number,
            "title": one.line.title,
            "series": one.line.series,
            "publishes_at": one.line.publishes_at.isoformat(),
            "order": one.line.order.value if one.line.order else "",
            "sensitivity": one.line.sensitivity.value if one.line.sensitivity else "",
            "lead_official_id": one.lead_official_id,
            "public_url": one.line.public_url,
            "time_exemption": one.line.time_exemption,
            "uid": one.line.uid,
        }
        for one in plan.new
    ]
    record = {
        "new": new,
        "there": [[number, release_id] for number, release_id in plan.there],
        "differences": [[one.number, one.release_id, one.what, one.here, one.there] for one in plan.differences],
        "left_out": list(plan.left_out),
        "problems": [[one.row, one.column, one.code] for one in (*plan.errors, *plan.warnings)],
    }
    return sha256_hex(json.dumps(record).encode("ascii"))  # also of a heading that no UTF-8 could write


def differences(line: CalendarLine, known: KnownRelease) -> list[Difference]:
    """Say where a line says something else of a release than what is on record.

    Args:
        line: The line.
        known: The release it speaks of.

    Source:
        Code 2018 T3.2
    """
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
