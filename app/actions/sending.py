"""One copy being sent: whose it is, which part of it, and how it ended, on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actions import desk
from app.actions.making import Part, Planned
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import copies as kept
from app.records.openings import OpeningRow
from app.rules import findings
from app.rules.errors import NotBegun
from app.rules.facts import AccessFacts
from app.rules.incidents import IncidentDraft

END_TRIES = 4  # each waits as long as any writer does; whoever waits for the thread, or for the stop, waits so long


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Sending:
    """Which copy this is: whose opening, decided on which facts; and which fetch of it.

    Attributes:
        part: Which bytes were asked for; None where the length is not known before the copy is made.
    """

    actor: Actor
    opening: OpeningRow
    facts: AccessFacts
    planned: Planned
    part: Part | None

    @property
    def turn(self) -> int:
        """Which fetch of this opening's copy it is."""
        return self.opening.copy_turn + 1

    def entry(self, kind: EntryKind, at: datetime, outcome: Outcome, said: dict[str, Any]) -> Entry:
        """Write an entry about this copy."""
        return Entry(
            kind,
            at,
            outcome,
            actor_id=self.actor.actor_id,
            person_id=self.opening.person_id,
            producer_id=self.facts.release.producer.producer_id,
            release_id=self.opening.release_id,
            document_id=self.opening.document_id,
            said={"opening_id": self.opening.opening_id, "number": self.opening.number, **said, **self._part_said()},
        )

    def _part_said(self) -> dict[str, Any]:
        if self.part is None or self.part.whole:
            return {}
        return {"first_byte": self.part.first, "last_byte": self.part.behind - 1, "of_bytes": self.part.of_bytes}


@dataclass(frozen=True, slots=True)
class End:
    """How a copy ended.

    Attributes:
        sent_bytes: Handed to the network: never less than what the recipient got.
        of_bytes: Length of the whole copy, or None when it was never made.
        sha256: Of the whole copy, where known.
        stopped_by: Codes of what stopped it.
        seal_broken: The sealed document did not authenticate.
        code: The authentication code behind the document, where a pass has worked it out.
    """

    outcome: Outcome
    sent_bytes: int = 0
    of_bytes: int | None = None
    sha256: str | None = None
    stopped_by: tuple[str, ...] = ()
    seal_broken: bool = False
    code: bytes | None = None


def record_end(tools: Tools, sending: Sending, end: End) -> None:
    """Put on record how a copy ended. A sealed document that did not authenticate opens an incident.

    Args:
        tools: What this is done with.
        sending: Which copy.
        end: How it ended.

    Raises:
        Unavailable: It could not be put on record. ``openings.settle_lost`` records what is still known of it.
    """
    at = tools.clock.now()
    opening, part = sending.opening, sending.part
    said: dict[str, Any] = {"sent_bytes": end.sent_bytes, "of_bytes": end.of_bytes, "copy_sha256": end.sha256}
    if end.stopped_by:
        said["stopped_by"] = list(end.stopped_by)
    done = end.outcome is Outcome.COMPLETED
    ended = kept.CopyEnd(
        turn=sending.turn,
        outcome="part" if done and part is not None and not part.whole else end.outcome.value,
        sent_bytes=end.sent_bytes,
        tag=sending.planned.tag,
        first=part.first if part else 0,
        at_end=done and (part is None or part.at_end),
        sha256=end.sha256,
        of_bytes=end.of_bytes,
        code=end.code,
    )
    draft = findings.seal_broken(sending.facts.release, opening.document_id, at) if end.seal_broken else None
    entry = sending.entry(EntryKind.COPY_OUTCOME, at, end.outcome, said)
    for left in reversed(range(END_TRIES)):
        try:
            _keep_end(tools, opening.opening_id, ended, entry, draft)
            break
        except NotBegun:  # many copies end in one moment where a release is recalled: each gets its turn to write
            if not left:
                raise
    held = tools.underway.get(opening.opening_id)
    if held is not None and held() is sending:
        del tools.underway[opening.opening_id]


def _keep_end(tools: Tools, opening_id: str, ended: kept.CopyEnd, entry: Entry, draft: IncidentDraft | None) -> None:
    with tools.transaction() as tx:
        kept.end_copy(tx.connection, opening_id, ended)
        tx.append(entry)
        if draft is not None:
            desk.open_incident(tools, tx, draft, at=entry.at)
