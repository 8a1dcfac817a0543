"""“It does not open”: what is wrong with the window, the passphrase as typed, or the file, said to whom it belongs.

This opens nothing, so it is never an access and no attempt at one. What was found is on record; what was typed is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import deciding, desk
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import documents, releases, sessions
from app.records.openings import OpeningRow
from app.rules import access
from app.rules.access import Refusal
from app.rules.closures import Window, window_of
from app.rules.diagnosis import Finding, KnownCopy, findings
from app.rules.diagnosis import Told as Told
from app.rules.diagnosiswords import OPENS_WITH
from app.rules.errors import NotFound
from app.rules.facts import AccessFacts

TRIES_PER_OPENING_PER_HOUR = 10
_TRIED = "diagnose_opening"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        at: When it was so. Aware, UTC.
        window: How the opening stands; looked at before all else.
        findings: One for each thing that was told.
        opens_with: Which programs open such a copy.
    """

    opening_id: str
    number: str
    at: datetime
    window: Window
    findings: tuple[Finding, ...]
    opens_with: str


def diagnose(tools: Tools, actor: Actor, opening_id: str, told: Told) -> Diagnosis:
    """Say why the copy of one's own opening does not open.

    Args:
        tools: What this is done with.
        actor: Who asks; signed in freshly.
        opening_id: The opening.
        told: What they tell of the passphrase they typed and the file they have.

    Raises:
        NotFound: There is no such opening, it is somebody else's, or they have nothing to do with the release now.
        Refused: The sign-in is not fresh.
        TooManyTries: This was asked too often for this opening within the hour.
    """
    tools.trust.demand()
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    with tools.transaction() as tx:
        opening = deciding.own_opening(tx.connection, actor, opening_id)
        facts = deciding.gather(tx.connection, actor, opening.document_id, at)
        window = _window(tx.connection, actor, opening, facts, at)
        _count(tools, tx, opening_id, at)
        found = findings(told, _known(tools, opening, window, told))
        tx.append(_entry(actor, opening, facts, at, window, found))
    return Diagnosis(opening_id, opening.number, at, window, found, OPENS_WITH[opening.copy_format])


def _window(connection: Connection, actor: Actor, opening: OpeningRow, facts: AccessFacts, at: datetime) -> Window:
    decision = access.decide(facts, at)
    reasons = decision.reasons if isinstance(decision, Refusal) else ()
    if reasons and not releases.related(connection, actor, facts.release):
        raise NotFound(NOTHING_THERE)
    ran_out = opening.expires_at if opening.expires_at <= at else None
    return window_of(
        facts,
        reasons,
        at,
        recalled_at=documents.get(connection, opening.document_id).recalled_at,
        ended_at=opening.stopped_at or ran_out,
        ended_because=opening.stopped_reason if opening.stopped_at else None,
    )


def _count(tools: Tools, tx: Transaction, opening_id: str, at: datetime) -> None:
    subject_hash = tools.keys.keyed_hash("opening", opening_id)
    desk.demand_fewer_tries(
        tx, _TRIED, subject_hash, at, limit=TRIES_PER_OPENING_PER_HOUR, of="questions about this opening"
    )
    sessions.add_attempt(tx.connection, _TRIED, subject_hash, at, forget_before=at - desk.TRIES_SPAN)


def _known(tools: Tools, opening: OpeningRow, window: Window, told: Told) -> KnownCopy:
    comparing = told.passphrase is not None and opening.revealed_at is not None and not window.stopped
    passphrase = None
    if comparing and opening.wrapped_passphrase is not None:  # taken out only where it is looked at
        passphrase = tools.keys.unwrap(opening.wrapped_passphrase, opening.opening_id).decode("ascii")
    return KnownCopy(
        number=opening.number,
        copy_format=opening.copy_format,
        passphrase=passphrase,
        revealed=opening.revealed_at is not None,
        fetched=opening.copy_turn > 0,
        of_bytes=opening.copy_bytes,
        sha256=opening.copy_sha256,
        same_each_time=opening.copy_tag is not None,
        only_one=opening.copy_turn == 1 or (opening.copy_tag is not None and not opening.other_copy_held),
        standing=window.standing,
        stopped=window.stopped,
        published=window.closed_by_publication,
    )


def _entry(
    actor: Actor,
    opening: OpeningRow,
    facts: AccessFacts,
    at: datetime,
    window: Window,
    found: tuple[Finding, ...],
) -> Entry:
    said = {
        "opening_id": opening.opening_id,
        "number": opening.number,
        "window": window.state.value,
        "closed_by": [one.reason.code.value for one in window.closures],
        "found": [one.code.value for one in found],
    }
    return Entry(
        EntryKind.COPY_DIAGNOSED,
        at,
        actor_id=actor.actor_id,
        person_id=opening.person_id,
        producer_id=facts.release.producer.producer_id,
        release_id=opening.release_id,
        document_id=opening.document_id,
        said=said,
    )
