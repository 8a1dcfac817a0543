"""A copy on its way to its recipient: made with an opening, re-checked while it runs, its end on record.

A copy is begun in the log before its first byte, and its outcome is logged after its last. Between the two the rule is
asked again, before the first byte and then at least every quarter of a second while bytes are handed over; a recall, a
suspension or a move cuts a copy that is running.
"""

from __future__ import annotations

import hashlib
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actions import deciding, desk, making
from app.actions.making import GROUP_BYTES, Made, Part
from app.actions.making import SERVED_AS as SERVED_AS
from app.actions.making import Planned as Planned
from app.actions.making import Wanted as Wanted
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import copies as kept
from app.records import documents, openings, releases, sessions
from app.records.openings import OpeningRow
from app.rules import access, breaches
from app.rules.access import Refusal
from app.rules.errors import Code, NotFound, OutOfOrder, SealBroken
from app.rules.facts import AccessFacts

CHECK_SECONDS = 0.25
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="pra-copy-hash")  # beside the making of the next group
RESUMED = ("resumed",)
"""Stopped by the recipient themselves, who asked for the rest anew: no rule stopped it."""


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


class Delivery:
    """One copy being handed over. The door takes group after group, and closes it whatever happens.

    ``next_group`` belongs to one thread at a time; ``check_if_due`` may be called from another.
    """

    def __init__(self, tools: Tools, sending: Sending, made: Made) -> None:
        """Take a copy that is on record as started. Made by ``begin`` alone."""
        self._tools = tools
        self._sending = sending
        self._made = made
        self._sha256 = hashlib.sha256()
        self._hashing: Future[None] | None = None
        self._checked_at_seconds: float | None = None
        self._stopped_by: tuple[str, ...] = ()
        self._seal_broken = False
        self._exhausted = False
        self._closed = False
        self._left = False
        self.sent_bytes = 0
        self.part = made.part
        self.planned = sending.planned

    def next_group(self) -> bytes:
        """Give about the next MiB; nothing at the end.

        Raises:
            Refused: The rule no longer lets it go on.
            OutOfOrder: The opening was ended.
            SealBroken: The sealed document does not authenticate; what came before was sound.
        """
        self.check_if_due(CHECK_SECONDS)
        pieces: list[bytes] = []
        size_bytes = 0
        try:
            while size_bytes < GROUP_BYTES and (piece := next(self._made.pieces, None)) is not None:
                pieces.append(piece)
                size_bytes += len(piece)
                if not piece and self._nobody_waits():
                    return b""
        except SealBroken:
            self._seal_broken = True
            raise
        group = b"".join(pieces)
        self._hash(group)
        self._exhausted = not group
        return group

    def leave(self) -> None:
        """Say, from any thread, that nobody waits any more: a group that takes long to make is given up."""
        self._left = True

    def _nobody_waits(self) -> bool:
        self.check_if_due(CHECK_SECONDS)
        return self._left

    def handing_over(self, size_bytes: int) -> None:
        """Count bytes just before they are handed to the network: the log may say too much, never too little."""
        self.sent_bytes += size_bytes

    def check_if_due(self, every_seconds: float) -> None:
        """Ask the rule again, unless that was done within this span.

        Raises:
            Refused: The rule no longer lets the copy go on.
            OutOfOrder: The opening was ended.
        """
        now = self._tools.clock.monotonic_seconds()
        if self._checked_at_seconds is not None and now - self._checked_at_seconds < every_seconds:
            return
        self._check()
        self._checked_at_seconds = now

    def close(self, *, handed_over_whole: bool) -> None:
        """Let go of the document and put the outcome on record. Closing twice does nothing.

        Args:
            handed_over_whole: Every byte went to the network and the recipient was still there.
        """
        if self._closed:
            return
        self._closed = True
        self._made.let_go()
        outcome = Outcome.ABORTED
        if self._stopped_by not in ((), RESUMED):
            outcome = Outcome.STOPPED
        elif handed_over_whole and self._exhausted and not self._stopped_by:
            outcome = Outcome.COMPLETED
        end = End(
            outcome=outcome,
            sent_bytes=self.sent_bytes,
            of_bytes=self.part.of_bytes,
            sha256=self._sha256.hexdigest() if outcome is Outcome.COMPLETED and self.part.whole else self._made.sha256,
            stopped_by=self._stopped_by,
            seal_broken=self._seal_broken,
            code=self._made.code(),
        )
        _record_end(self._tools, self._sending, end)

    def _hash(self, group: bytes) -> None:
        """Hash a group in its turn: a whole one beside whatever comes next, a short one, as the last is, at once."""
        if not self.part.whole:
            return
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None
        if len(group) < GROUP_BYTES:
            self._sha256.update(group)
        else:
            self._hashing = _HASHING.submit(self._sha256.update, group)

    def _check(self) -> None:
        self._tools.trust.demand()
        at = self._tools.clock.now()
        with self._tools.reading() as connection:
            opening = openings.get(connection, self._sending.opening.opening_id)
            facts = deciding.gather(connection, self._sending.actor, opening.document_id, at)
            signed_out = sessions.was_ended(connection, self._sending.actor.session_id)
        reasons = access.reasons_to_stop(facts, at)
        if reasons:
            self._stopped_by = tuple(reason.code.value for reason in reasons)
            raise deciding.refused(reasons)
        if opening.stopped_at is not None:
            self._stopped_by = (Code.OPENING_ENDED.value,)
            raise OutOfOrder("This opening was ended while its copy was on the way.", code=Code.OPENING_ENDED)
        if opening.copy_turn != self._sending.turn:
            self._stopped_by = RESUMED
            raise OutOfOrder("This copy gave way to a later request for it.", code=Code.OPENING_ENDED)
        if signed_out:  # perhaps because the machine that this goes to was lost
            self._stopped_by = (Code.NOT_SIGNED_IN.value,)
            raise OutOfOrder("The session was ended while the copy was on the way.", code=Code.OPENING_ENDED)


def begin(tools: Tools, actor: Actor, opening_id: str, wanted: Wanted | None = None) -> Delivery:
    """Begin to send the copy of an opening: the rule is asked again, and the start is on record before the first byte.

    Args:
        tools: What this is done with.
        actor: Who asks; must have made the opening.
        opening_id: The opening.
        wanted: Which part of it. Whoever asks for one has lost the line, so a copy still on its way gives way to it.

    Returns:
        A delivery whose first byte has not been read yet. The caller closes it, whatever happens.

    Raises:
        NotFound: There is no such opening, or it is somebody else's.
        OutOfOrder: It has ended (code ``opening_ended``), a copy of it is on the way already (``wrong_state``), or
            the key it was to be sealed to has ended (``age_key_needed``).
        Refused: The rule no longer gives a permit; that is in the log by then.
        Malformed: No byte of the copy was asked for (code ``range_not_satisfiable``).
        SealBroken: The sealed document does not authenticate. An incident is on record by then.
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        opening = deciding.own_opening(connection, actor, opening_id)
        document = documents.get(connection, opening.document_id)
        facts = deciding.gather(connection, actor, opening.document_id, at)
    deciding.demand_standing(opening, at)
    decision = access.decide(facts, at)
    if isinstance(decision, Refusal):
        raise deciding.refuse(tools, actor, facts, decision, "fetch")
    planned = making.plan(tools, opening, document, facts, decision)
    sending = Sending(actor, opening, facts, planned, planned.part(wanted, opening))
    said = {"copy_format": opening.copy_format, "grant_id": decision.grant_id}
    if opening.age_key_id is not None:
        said["age_key_id"] = opening.age_key_id
    asked, part = wanted is not None, sending.part
    instead = asked and part is not None and not part.by_place
    fetch = kept.Fetch(at, tools.presence.owner, planned.tag, planned.length_bytes, takes_over=asked, instead=instead)
    with tools.transaction() as tx:
        if not kept.begin_copy(tx.connection, opening, fetch):
            deciding.demand_standing(openings.get(tx.connection, opening_id), at)  # recalled, perhaps, just now
            raise OutOfOrder("A copy of this opening is on its way already. Wait for it to end, or open again.")
        tools.underway[opening_id] = weakref.ref(sending)
        tx.append(sending.entry(EntryKind.COPY_STARTED, at, Outcome.PERMITTED, said))
    try:
        made = making.make(tools, planned, opening, document, decision, sending.part)
    except BaseException as error:
        _record_end(tools, sending, End(Outcome.ABORTED, seal_broken=isinstance(error, SealBroken)))
        raise
    return Delivery(tools, sending, made)


def describe(tools: Tools, actor: Actor, opening_id: str) -> Planned:
    """Say what would be sent, without sending it: no access, and no entry.

    Args:
        tools: What this is done with.
        actor: Who asks; must have made the opening.
        opening_id: The opening.

    Raises:
        NotFound: There is no such opening, it is somebody else's, or they have nothing to do with the release now.
        OutOfOrder: It has ended (code ``opening_ended``).
        Refused: The rule would not give a permit now.
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        opening = deciding.own_opening(connection, actor, opening_id)
        document = documents.get(connection, opening.document_id)
        facts = deciding.gather(connection, actor, opening.document_id, at)
        related = releases.related(connection, actor, facts.release)
    deciding.demand_standing(opening, at)
    decision = access.decide(facts, at)
    if isinstance(decision, Refusal):
        raise deciding.refused(decision.reasons) if related else NotFound(NOTHING_THERE)
    return making.plan(tools, opening, document, facts, decision)


def _record_end(tools: Tools, sending: Sending, end: End) -> None:
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
    with tools.transaction() as tx:
        kept.end_copy(tx.connection, opening.opening_id, ended)
        tx.append(sending.entry(EntryKind.COPY_OUTCOME, at, end.outcome, said))
        if end.seal_broken:
            draft = breaches.seal_broken(sending.facts.release, opening.document_id, at)
            desk.open_incident(tools, tx, draft, at=at)
    held = tools.underway.get(opening.opening_id)
    if held is not None and held() is sending:
        del tools.underway[opening.opening_id]
