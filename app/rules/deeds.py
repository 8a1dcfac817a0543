"""What one person did about a release, read from the entries of the log: opened, was refused, stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules.happenings import Noted
from app.rules.reasons import utc
from app.rules.windowspans import InForce, Span

# The kinds of entry that tell of what people did.
KINDS = (
    "access_decided",
    "copy_started",
    "copy_outcome",
    "passphrase_revealed",
    "statement_given",
    "grant_paused",
    "grant_resumed",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening: when, its number, and what became of the copy.

    Attributes:
        became: unfetched, running, part, completed, aborted, stopped or unknown.
        ended_at: When the latest sending ended. Aware, UTC.
        revealed_at: When the passphrase was shown. Aware, UTC.
    """

    at: datetime
    number: str
    became: str
    entry_id: str
    ended_at: datetime | None = None
    revealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal, with the codes of its reasons."""

    at: datetime
    codes: tuple[str, ...]
    entry_id: str


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement about a recall, as ``rules.statements`` names what was done."""

    at: datetime
    did: str
    entry_id: str


def opened_in(entries: Sequence[Noted], became: Mapping[str, str]) -> tuple[Opened, ...]:
    """Give the openings, oldest first.

    Args:
        entries: Theirs, oldest first.
        became: What the records say of each copy, by the opening's id.
    """
    last: dict[str, Noted] = {}
    begun: set[str] = set()
    shown: dict[str, datetime] = {}
    for one in entries:
        opening_id = str(one.said.get("opening_id", ""))
        if one.kind == "copy_started":
            begun.add(opening_id)
            last.pop(opening_id, None)
        elif one.kind == "copy_outcome":
            last[opening_id] = one
        elif one.kind == "passphrase_revealed":
            shown.setdefault(opening_id, utc(one.at))
    return tuple(
        Opened(
            at=utc(one.at),
            number=str(one.said.get("number", "")),
            became=became.get(opening_id) or _ended(last.get(opening_id), opening_id in begun),
            entry_id=one.entry_id,
            ended_at=utc(last[opening_id].at) if opening_id in last else None,
            revealed_at=shown.get(opening_id),
        )
        for one in entries
        if one.kind == "access_decided" and one.outcome == "permitted"
        for opening_id in [str(one.said.get("opening_id", ""))]
    )


def _ended(end: Noted | None, begun: bool) -> str:
    if end is None:
        return "running" if begun else "unfetched"
    return "part" if end.outcome == "completed" and "first_byte" in end.said else end.outcome


def refused_in(entries: Sequence[Noted]) -> tuple[Refused, ...]:
    """Give the refusals, oldest first."""
    return tuple(
        Refused(utc(one.at), tuple(_codes(one.said)), one.entry_id)
        for one in entries
        if one.kind == "access_decided" and one.outcome == "refused"
    )


def _codes(said: dict[str, Any]) -> list[str]:
    return [str(one.get("code", "")) for one in said.get("reasons", []) if isinstance(one, dict)]


def stated_in(entries: Sequence[Noted]) -> tuple[Stated, ...]:
    """Give the statements about recalls, oldest first."""
    return tuple(
        Stated(utc(one.at), str(one.said.get("did", "")), one.entry_id)
        for one in entries
        if one.kind == "statement_given"
    )


def pauses_in(entries: Sequence[Noted], newest: InForce | None, person_id: str, at: datetime) -> tuple[Span, ...]:
    """Give when a person's grant was paused.

    Each version of a list has grants of its own. So a pause that nobody ended has ended where the newest version has a
    grant of theirs that is not paused.

    Args:
        entries: Theirs, oldest first.
        newest: The list in force now, or None.
        person_id: The person.
        at: Now. Aware, UTC.
    """
    found: list[Span] = []
    since: datetime | None = None
    for one in entries:
        if one.kind == "grant_paused":
            since = since or utc(one.at)
        elif one.kind == "grant_resumed" and since is not None:
            found.append(Span(since, utc(one.at)))
            since = None
    if since is not None:
        serves = (
            any(not grant.paused_reason for grant in newest.grants if grant.person_id == person_id) if newest else False
        )
        found.append(Span(since, max(since, newest.from_at) if newest and serves else utc(at)))
    return tuple(found)
