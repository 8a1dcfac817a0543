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

from app.actions import deciding, making, uses
from app.actions.making import GROUP_BYTES, Asked, Made
from app.actions.making import SERVED_AS as SERVED_AS
from app.actions.making import Planned as Planned
from app.actions.making import Wanted as Wanted
from app.actions.sending import End, Sending, record_end
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit.entries import EntryKind, Outcome
from app.records import copies as kept
from app.records import documents, openings, releases
from app.records.documents import DocumentRow
from app.records.openings import OpeningRow
from app.rules import access
from app.rules.access import Refusal
from app.rules.errors import Code, NotFound, OutOfOrder, SealBroken
from app.rules.facts import AccessFacts, london_date
from app.vault.workshop.pool import Turn

CHECK_SECONDS = 0.25
GATHER_SECONDS = 30.0
"""How old facts may become of which nobody has told a change: a clock's day may turn, a repair pass us by."""
PIECES_NOT_READY = 4
"""After so many MiB of a document that give no byte of the copy yet, others have their turn."""
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="pra-copy-hash")  # beside the making of the next group
RESUMED = ("resumed",)
"""Stopped by the recipient themselves, who asked for the rest anew: no rule stopped it."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Facts as they were gathered.

    Attributes:
        number: How many changes of facts there had been just before.
        at: When. Aware, UTC.
    """

    facts: AccessFacts
    number: int
    at: datetime

    def is_old(self, number: int, at: datetime) -> bool:
        """Say whether they may be other by now: which suspensions and which holding count depends on the day too."""
        another_day = london_date(at) != london_date(self.at)
        return number != self.number or another_day or abs((at - self.at).total_seconds()) >= GATHER_SECONDS


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
        self._seen: _Seen | None = None
        self._stopped_by: tuple[str, ...] = ()
        self._seal_broken = False
        self._exhausted = False
        self._closed = False
        self._left = False
        self.sent_bytes = 0
        self.part = made.part
        self.planned = sending.planned

    def next_group(self) -> bytes | None:
        """Give about the next MiB, after a bounded amount of work.

        Returns:
            The bytes, or None at the end. Empty where none is ready yet: whoever holds a place meanwhile lets others
            have it, and asks again.

        Raises:
            Refused: The rule no longer lets it go on.
            OutOfOrder: The opening was ended.
            SealBroken: The sealed document does not authenticate; what came before was sound.
        """
        self.check_if_due(CHECK_SECONDS)
        if self._left:
            return None
        try:
            group = self._next_pieces()
        except SealBroken:
            self._seal_broken = True
            raise
        self._exhausted = group is None
        self._hash(group or b"")
        return group

    def leave(self) -> None:
        """Say, from any thread, that nobody waits any more: no further group is made."""
        self._left = True

    def _next_pieces(self) -> bytes | None:
        pieces: list[bytes] = []
        size_bytes = not_ready = 0
        while size_bytes < GROUP_BYTES and not_ready < PIECES_NOT_READY:
            piece = next(self._made.pieces, None)
            if piece is None:
                return b"".join(pieces) or None
            pieces.append(piece)
            size_bytes += len(piece)
            not_ready += not piece
        return b"".join(pieces)

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
        record_end(self._tools, self._sending, end)

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
        """Ask the rule for this instant; the facts are gathered anew only where they may have changed."""
        self._tools.trust.demand()
        at = self._tools.clock.now()
        sending = self._sending
        with self._tools.reading() as connection:
            # First: a change that is committed between this look and the gathering shows in the next look.
            look = kept.look(connection, sending.opening.opening_id, sending.actor.session_id)
            if self._seen is None or self._seen.is_old(look.number, at):
                facts = deciding.gather(connection, sending.actor, sending.opening.document_id, at)
                self._seen = _Seen(facts, look.number, at)
        facts, opening, signed_out = self._seen.facts, look, look.signed_out
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
        Busy: As many copies are being made as can be, and this one's turn did not come in time. Nothing is on record.
        SealBroken: The sealed document does not authenticate. An incident is on record by then.
    """
    asked = _ask(tools, actor, opening_id)
    with making.turn(tools, asked) as mine:
        if mine is not None and mine.waited:  # much may have happened meanwhile
            asked = _ask(tools, actor, opening_id)
        return _begin(tools, actor, asked, wanted, mine)


def _ask(tools: Tools, actor: Actor, opening_id: str) -> Asked:
    """Ask the rule whether the copy of an opening may be sent at this instant, and plan it."""
    at, opening, document, facts = _look(tools, actor, opening_id)
    decision = access.decide(facts, at)
    if isinstance(decision, Refusal):
        raise deciding.refuse(tools, actor, facts, decision, "fetch")
    planned = making.plan(tools, opening, document, facts, decision)
    return Asked(at, opening, document, facts, decision, planned)


def _look(tools: Tools, actor: Actor, opening_id: str) -> tuple[datetime, OpeningRow, DocumentRow, AccessFacts]:
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        opening = deciding.own_opening(connection, actor, opening_id)
        document = documents.get(connection, opening.document_id)
        facts = deciding.gather(connection, actor, opening.document_id, at)
    deciding.demand_standing(opening, at)
    return at, opening, document, facts


def _begin(tools: Tools, actor: Actor, asked: Asked, wanted: Wanted | None, mine: Turn | None) -> Delivery:
    at, opening, planned = asked.at, asked.opening, asked.planned
    opening_id = opening.opening_id
    sending = Sending(actor, opening, asked.facts, planned, planned.part(wanted, opening))
    said = {"copy_format": opening.copy_format, "grant_id": asked.permit.grant_id}
    if opening.age_key_id is not None:
        said["age_key_id"] = opening.age_key_id
    part, takes_over = sending.part, wanted is not None
    instead = takes_over and part is not None and not part.by_place
    length_bytes, owner = planned.length_bytes, tools.presence.owner
    fetch = kept.Fetch(at, owner, planned.tag, length_bytes, takes_over=takes_over, instead=instead)
    with tools.transaction() as tx:
        if not kept.begin_copy(tx.connection, opening, fetch):
            deciding.demand_standing(openings.get(tx.connection, opening_id), at)  # recalled, perhaps, just now
            raise OutOfOrder("A copy of this opening is on its way already. Wait for it to end, or open again.")
        tools.underway[opening_id] = weakref.ref(sending)
        tx.append(sending.entry(EntryKind.COPY_STARTED, at, Outcome.PERMITTED, said))
        uses.note_use(tools, tx, actor, opening, asked.facts.release, "fetch", at)
    try:
        made = making.make(tools, asked, part, mine)
    except BaseException as error:
        record_end(tools, sending, End(Outcome.ABORTED, seal_broken=isinstance(error, SealBroken)))
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
    at, opening, document, facts = _look(tools, actor, opening_id)
    decision = access.decide(facts, at)
    if isinstance(decision, Refusal):
        with tools.reading() as connection:
            related = releases.related(connection, actor, facts.release)
        raise deciding.refused(decision.reasons) if related else NotFound(NOTHING_THERE)
    return making.plan(tools, opening, document, facts, decision)
