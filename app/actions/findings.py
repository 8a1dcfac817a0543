"""What is held against openings, put on record in the incident that tells of it; never taken out, only told as over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.actions import desk
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import breaches, releases, reviews
from app.records.breaches import IncidentCard
from app.records.reviews import FindingRow, OpeningThen
from app.rules import officeletters
from app.rules.errors import Conflict
from app.rules.facts import Release
from app.rules.incidents import ENDED, KIND_WORDS, IncidentState
from app.rules.reviewcauses import Because
from app.rules.reviewdrafts import completed, drafted, record_of, summary_of
from app.rules.reviews import Finding, Held

_STILL_OPEN = (IncidentState.OPEN, IncidentState.UNDER_REVIEW)


@dataclass(frozen=True, slots=True)
class New:
    """Something that is held against an opening, and was not said yet, or not like this.

    Attributes:
        before: What was kept of it; None where nothing was.
        sha256: Of what is said now.
    """

    one: OpeningThen
    held: Held
    sha256: str
    before: FindingRow | None


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the keeping of it needs."""

    tools: Tools
    tx: Transaction
    because: Because
    at: datetime


def put_on_record(keeping: Keeping, release_id: str, finding: Finding, found: Sequence[New]) -> None:
    """Tell of openings in the incident that tells of them, or of their like; or open one."""
    release = releases.get(keeping.tx.connection, release_id)
    of_known: dict[str, list[New]] = {}
    for new in found:
        of_known.setdefault(new.before.incident_id if new.before else "", []).append(new)
    fresh = of_known.pop("", [])
    for incident_id, again in of_known.items():
        _complete(keeping, release, finding, incident_id, again)
    if not fresh:
        return
    key = f"review:{release_id}:{finding.value}"
    newest = reviews.newest_incident(keeping.tx.connection, key)
    if newest is not None and newest[1] in [state.value for state in _STILL_OPEN]:
        _complete(keeping, release, finding, newest[0], fresh)
        return
    records = [_record(keeping, new) for new in fresh]
    key = f"{key}:{newest[2] + 1 if newest else 1}"
    draft = drafted(release, finding, records, keeping.because, key=key, at=keeping.at)
    opened = desk.open_incident(keeping.tools, keeping.tx, draft, at=keeping.at)
    if opened is None:
        raise Conflict("Somebody else opened this incident meanwhile.")
    _keep_findings(keeping, opened, fresh)


def _record(keeping: Keeping, new: New) -> dict[str, object]:
    return record_of(new.held, keeping.because, reviews.evidence_of(keeping.tx.connection, new.one))


def _keep_findings(keeping: Keeping, incident_id: str, found: Sequence[New]) -> None:
    for new in found:
        row = FindingRow(new.one.opening_id, new.held.finding, incident_id, keeping.at, new.sha256)
        reviews.keep_finding(keeping.tx.connection, row, known=new.before is not None)


def _complete(keeping: Keeping, release: Release, finding: Finding, incident_id: str, found: Sequence[New]) -> None:
    card = breaches.get(keeping.tx.connection, incident_id)
    records = [_record(keeping, new) for new in found]
    _change(keeping, release, finding, card, completed(card.facts, records, frozenset(), keeping.because))
    _keep_findings(keeping, incident_id, found)


def say_ended(keeping: Keeping, incident_id: str, rows: Sequence[FindingRow]) -> None:
    """Say on an incident that what was held against openings stands no longer. It is never taken out."""
    connection = keeping.tx.connection
    card = breaches.get(connection, incident_id)
    ended = frozenset(row.opening_id for row in rows)
    if card.release_id is None or "clock_fast_seconds" in card.facts:
        return  # a person said how fast the clock was, and the records do not know it
    release = releases.get(connection, card.release_id)
    facts = completed(card.facts, (), ended, keeping.because)
    _change(keeping, release, rows[0].finding, card, facts)
    for row in rows:
        reviews.keep_finding(connection, replace(row, ended_at=keeping.at), known=True)


def _change(keeping: Keeping, release: Release, finding: Finding, card: IncidentCard, facts: dict[str, object]) -> None:
    told_of_it = keeping.because.as_record() in card.facts.get("because", [])
    summary = summary_of(release, finding, facts)
    breaches.complete(keeping.tx.connection, card, summary, facts)
    keeping.tx.append(
        Entry(
            EntryKind.INCIDENT_CHANGED,
            keeping.at,
            producer_id=card.producer_id,
            release_id=card.release_id,
            said={
                "incident_id": card.incident_id,
                "state": card.state.value,
                "kind": card.kind.value,
                "because": keeping.because.key,
            },
            sealed={"summary": summary[:2000]},
        )
    )
    if not told_of_it:
        _tell(keeping, card, summary)


def _tell(keeping: Keeping, card: IncidentCard, summary: str) -> None:
    """Tell those who answer for it that an incident says more, or less, than it did; once for each change of facts."""
    where = f"{keeping.tools.policy.public_address}/producer/incidents/{card.incident_id}"
    subject, body = officeletters.incident_completed(
        card.number, KIND_WORDS[card.kind], summary, where, closed=card.state in ENDED
    )
    for person_id, email in breaches.list_people_to_tell(
        keeping.tx.connection, card.producer_id, card.release_id, keeping.at
    ):
        desk.queue_notice(
            keeping.tools,
            keeping.tx,
            at=keeping.at,
            email=email,
            person_id=person_id,
            kind="incident",
            reason_key=f"incident:{card.incident_id}:{keeping.because.key}:{person_id}",
            subject=subject,
            body=body,
        )
