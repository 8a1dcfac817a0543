"""A copy on its way to its recipient: made with an opening, re-checked while it runs, its end on record.

A copy is begun in the log before its first byte, and its outcome is logged after its last. Between the two the rule is
asked again, before the first byte and then at least every quarter of a second while bytes are handed over; a recall, a
suspension or a move cuts a copy that is running.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.actions import deciding, desk
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import documents, openings, organisations, sessions
from app.records.documents import DocumentRow
from app.records.openings import OpeningRow
from app.rules import access, breaches
from app.rules.access import Permit, Refusal
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, OutOfOrder, SealBroken
from app.rules.facts import AccessFacts, london_text
from app.rules.marking import label_of, marking
from app.vault import shelf
from app.vault.copies import MEDIA_TYPES, CopyFormat, copy_name
from app.vault.copies.marks import Mark
from app.vault.copies.whole import WHOLE, whole_copy
from app.vault.copies.zip import marked_zip, zip_copy_bytes

SERVED_AS = tuple(MEDIA_TYPES.values())
"""Every media type that a copy may have."""
GROUP_BYTES = 1024 * 1024
CHECK_SECONDS = 0.25
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="pra-copy-hash")  # beside the making of the next group
_WHOLE_COPIES_AT_ONCE = threading.BoundedSemaphore(2)  # each is held in memory whole while it is made


@dataclass(frozen=True, slots=True)
class Made:
    """A copy ready to be sent.

    Attributes:
        length_bytes: Of the whole copy, known before its first byte.
        let_go: Closes the sealed document behind it.
        sha256: Of the whole copy, where it is known before its first byte.
    """

    pieces: Iterator[bytes] = field(repr=False)
    length_bytes: int
    let_go: Callable[[], None]
    sha256: str | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Sending:
    """Which copy this is: whose opening, decided on which facts."""

    actor: Actor
    opening: OpeningRow
    facts: AccessFacts

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
            said={"opening_id": self.opening.opening_id, "number": self.opening.number, **said},
        )


@dataclass(frozen=True, slots=True)
class End:
    """How a copy ended.

    Attributes:
        sent_bytes: Handed to the network: never less than what the recipient got.
        of_bytes: Length of the whole copy, or None when it was never made.
        sha256: Of the whole copy, where known.
        stopped_by: Codes of what stopped it.
        seal_broken: The sealed document did not authenticate.
    """

    outcome: Outcome
    sent_bytes: int = 0
    of_bytes: int | None = None
    sha256: str | None = None
    stopped_by: tuple[str, ...] = ()
    seal_broken: bool = False


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
        self.sent_bytes = 0
        self.length_bytes = made.length_bytes
        made_as = CopyFormat(sending.opening.copy_format)
        self.media_type = MEDIA_TYPES[made_as]
        card, label = sending.facts.document, label_of(sending.facts.release)
        self.file_name = copy_name(card.file_name, made_as, label=label, number=sending.opening.number)

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
            while size_bytes < GROUP_BYTES and (piece := next(self._made.pieces, b"")):
                pieces.append(piece)
                size_bytes += len(piece)
        except SealBroken:
            self._seal_broken = True
            raise
        group = b"".join(pieces)
        self._hash(group)
        self._exhausted = not group
        return group

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
        if self._stopped_by:
            outcome = Outcome.STOPPED
        elif handed_over_whole and self._exhausted:
            outcome = Outcome.COMPLETED
        end = End(
            outcome=outcome,
            sent_bytes=self.sent_bytes,
            of_bytes=self.length_bytes,
            sha256=self._sha256.hexdigest() if outcome is Outcome.COMPLETED else self._made.sha256,
            stopped_by=self._stopped_by,
            seal_broken=self._seal_broken,
        )
        _record_end(self._tools, self._sending, end)

    def _hash(self, group: bytes) -> None:
        """Hash a group in its turn: a whole one beside whatever comes next, a short one, as the last is, at once."""
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
        if signed_out:  # perhaps because the machine that this goes to was lost
            self._stopped_by = (Code.NOT_SIGNED_IN.value,)
            raise OutOfOrder("The session was ended while the copy was on the way.", code=Code.OPENING_ENDED)


def begin(tools: Tools, actor: Actor, opening_id: str) -> Delivery:
    """Begin to send the copy of an opening: the rule is asked again, and the start is on record before the first byte.

    Args:
        tools: What this is done with.
        actor: Who asks; must have made the opening.
        opening_id: The opening.

    Returns:
        A delivery whose first byte has not been read yet. The caller closes it, whatever happens.

    Raises:
        NotFound: There is no such opening, or it is somebody else's.
        OutOfOrder: It has ended (code ``opening_ended``), or a copy of it is on the way already (``wrong_state``).
        Refused: The rule no longer gives a permit; that is in the log by then.
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
    sending = Sending(actor, opening, facts)
    said = {"copy_format": opening.copy_format, "grant_id": decision.grant_id}
    with tools.transaction() as tx:
        if not openings.begin_copy(tx.connection, opening_id, at):
            deciding.demand_standing(openings.get(tx.connection, opening_id), at)  # recalled, perhaps, just now
            raise OutOfOrder("A copy of this opening is on its way already. Wait for it to end, or open again.")
        tools.underway[opening_id] = weakref.ref(sending)
        tx.append(sending.entry(EntryKind.COPY_STARTED, at, Outcome.PERMITTED, said))
    try:
        made = _make(tools, document, sending, decision)
    except BaseException as error:
        _record_end(tools, sending, End(Outcome.ABORTED, seal_broken=isinstance(error, SealBroken)))
        raise
    return Delivery(tools, sending, made)


def _record_end(tools: Tools, sending: Sending, end: End) -> None:
    at = tools.clock.now()
    opening = sending.opening
    said: dict[str, Any] = {"sent_bytes": end.sent_bytes, "of_bytes": end.of_bytes, "copy_sha256": end.sha256}
    if end.stopped_by:
        said["stopped_by"] = list(end.stopped_by)
    with tools.transaction() as tx:
        openings.end_copy(
            tx.connection,
            opening.opening_id,
            outcome=end.outcome.value,
            sent_bytes=end.sent_bytes,
            copy_sha256=end.sha256,
        )
        tx.append(sending.entry(EntryKind.COPY_OUTCOME, at, end.outcome, said))
        if end.seal_broken:
            draft = breaches.seal_broken(sending.facts.release, opening.document_id, at)
            desk.open_incident(tools, tx, draft, at=at)
    tools.underway.pop(opening.opening_id, None)


def _make(tools: Tools, document: DocumentRow, sending: Sending, permit: Permit) -> Made:
    """Make the recipient's copy. One with the mark inside is made whole, bounded in size; anything else streams."""
    opening, card = sending.opening, document.card
    passphrase = tools.keys.unwrap(opening.wrapped_passphrase or b"", opening.opening_id).decode("ascii")
    mark = _mark(tools, sending, permit)
    reading = shelf.open_document(
        permit,
        at=permit.at,
        card=shelf.ShelfCard(
            document_id=card.document_id,
            object_name=document.object_name,
            wrapped_identity=document.wrapped_identity,
            plain_bytes=card.plain_bytes,
            sha256=card.sha256,
            crc32=document.crc32,
        ),
        store=tools.store,
        unwrap=tools.keys.unwrap,
    )
    made_as = CopyFormat(opening.copy_format)
    if made_as in WHOLE:
        with reading, _WHOLE_COPIES_AT_ONCE:
            whole = whole_copy(b"".join(reading), made_as, mark, passphrase)
        return Made(_slices(whole), len(whole), reading.close, sha256_hex(whole))
    pieces = marked_zip(
        card.file_name,
        mark,
        reading,
        size_bytes=card.plain_bytes,
        crc32=document.crc32,
        modified_at=document.uploaded_at,
        passphrase=passphrase,
    )
    return Made(pieces, zip_copy_bytes(card.file_name, mark, card.plain_bytes), reading.close)


def _mark(tools: Tools, sending: Sending, permit: Permit) -> Mark:
    release = sending.facts.release
    grant = deciding.grant_of(sending.facts, permit)
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, release.producer.producer_id)
    marked = marking(release, producer.contact)
    return Mark(
        recipient_name=sending.facts.person.name,
        post=grant.post_title,
        organisation=grant.organisation,
        restricted_until_text=f"publication, set for {london_text(release.publishes_at)}",
        opening_number=sending.opening.number,
        warning_text=("REHEARSAL. " if release.rehearsal else "") + producer.warning,
        label=marked.label,
        accompanying=marked.lines,
        binding=marked.requirements,
    )


def _slices(whole: bytes) -> Iterator[bytes]:
    return (whole[start : start + GROUP_BYTES] for start in range(0, len(whole), GROUP_BYTES))
