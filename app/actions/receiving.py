"""Parts of a document as they arrive: sealed one by one, put on record, and made into the document with the last one.

Whoever adds to an upload has its turn, and says every few seconds that they are still at it. Each transaction that puts
something on record asks first whether the turn is still theirs, so that of two who are at one upload only one has any
effect; it makes no difference whether they are in one process.

The last part is never on record as one: it is kept together with the document it completes, or not at all. Until then
the upload stands where that part begins, so a client that asks how far it got is never told that all is done when it is
not.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.actions import desk, shelving
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import releases, uploads
from app.records.documents import DocumentRow
from app.records.releases import ReleaseRow
from app.records.uploads import UploadRow
from app.rules import breaches
from app.rules.errors import Broken, Code, Conflict, Malformed, OutOfOrder, PraError, SealBroken, Unavailable
from app.rules.uploads import PARTS_AT_MOST, PartCard, UploadState
from app.vault.arriving import Arriving
from app.vault.parts import demanding_hash, part_chunks, seal_part

logger = logging.getLogger("pra.uploads")
TURN_LASTS = timedelta(seconds=30)
RENEWED_EVERY_SECONDS = 8.0


@dataclass
class Turn:
    """The turn to add to one upload, ours until it ends.

    Attributes:
        ask_again: Says once more who is asking, as the records say at that moment.
        by: Random, so that no other turn is taken for this one.
    """

    tools: Tools
    ask_again: Callable[[], Actor]
    upload_id: str
    by: str
    _over: threading.Event = field(default_factory=threading.Event)

    def take(self, at: datetime) -> UploadRow:
        """Take the turn, and give the upload as whoever had it before has left it.

        Raises:
            NotFound: There is no such upload any more.
            Conflict: Somebody else has it (code ``upload_in_use``).
        """
        with self.tools.transaction() as tx:
            if uploads.take_turn(tx.connection, self.upload_id, by=self.by, at=at, until=at + TURN_LASTS):
                return uploads.get(tx.connection, self.upload_id)
            uploads.get(tx.connection, self.upload_id)
        raise Conflict(
            "Another request is adding to this upload just now, or its connection broke a moment ago. Wait a few "
            "seconds, ask where the upload stands, and go on from there.",
            code=Code.UPLOAD_IN_USE,
        )

    def demand(self, tx: Transaction, at: datetime) -> UploadRow:
        """Stop where the turn is not ours any more; give the upload as it stands.

        Raises:
            Conflict: Somebody else has taken over, or the upload was taken back (code ``upload_in_use``).
        """
        self._go_on_having(tx, at)
        return uploads.get(tx.connection, self.upload_id)

    def completes(self) -> None:
        """Say that the document is being made from now on.

        Raises:
            Conflict: As ``demand``.
        """
        with self.tools.transaction() as tx:
            self._go_on_having(tx, self.tools.clock.now(), completing=True)

    def _go_on_having(self, tx: Transaction, at: datetime, *, completing: bool | None = None) -> None:
        until = at + TURN_LASTS
        if not uploads.renew_turn(tx.connection, self.upload_id, by=self.by, until=until, completing=completing):
            raise Conflict(
                "Another request has gone on with this upload meanwhile, or it was taken back. Nothing more of this "
                "one was kept. Ask where the upload stands.",
                code=Code.UPLOAD_IN_USE,
            )

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the turn again and again, then give it up. Making a document can take longer than a turn lasts."""
        thread = threading.Thread(target=self._renew, name="pra-upload-turn", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            with suppress(Broken), self.tools.transaction() as tx:  # where it cannot be given up, it runs out
                uploads.give_up_turn(tx.connection, self.upload_id, by=self.by)

    def _renew(self) -> None:
        while not self._over.wait(RENEWED_EVERY_SECONDS):
            try:
                until = self.tools.clock.now() + TURN_LASTS
                with self.tools.transaction() as tx:
                    uploads.renew_turn(tx.connection, self.upload_id, by=self.by, until=until)
            except PraError as error:  # it may run out for that; then nothing more of ours has any effect
                logger.warning("the turn of an upload was not renewed: %s", error.code.value)


def keep_part(turn: Turn, row: UploadRow, chunks: Generator[bytes]) -> UploadRow:
    """Seal the next part as it streams in, and put it on record; the last one together with the document.

    Args:
        turn: Ours.
        row: The upload as it stands.
        chunks: The part's plaintext.

    Returns:
        The upload as it stands then.

    Raises:
        NotSignedIn, NotFound, Refused, OutOfOrder: Whoever sends it may not any more.
        Conflict: The turn is not ours any more.
        PraError: What ``complete`` raises.
    """
    tools = turn.tools
    if row.parts >= PARTS_AT_MOST:
        raise OutOfOrder(
            f"The upload has {row.parts} parts, which is as many as one may have. Take it back, and send the file in "
            "larger pieces."
        )
    card = seal_part(tools.store, part_id=tools.new_id("prt"), chunks=chunks, wrap=tools.keys.wrap)
    if row.kept_bytes + card.plain_bytes == row.plain_bytes:
        try:
            return complete(turn, row, card)
        finally:
            remove_objects(tools, [card.object_name])
    try:
        actor = turn.ask_again()
        at = tools.clock.now()
        with tools.transaction() as tx:
            here = turn.demand(tx, at)
            release = shelving.release_being_prepared(tx.connection, actor, here.release_id)
            uploads.add_part(tx.connection, here, card, at=at, expires_at=expiry(tools, at))
            said = {"first_byte": here.kept_bytes, "plain_bytes": card.plain_bytes, "part": here.parts + 1}
            tx.append(entry_of(EntryKind.UPLOAD_PART_KEPT, at, actor.actor_id, release, here, said))
            return uploads.get(tx.connection, here.upload_id)
    except BaseException as error:
        shelving.take_back(
            tools, row.release_id, [card.object_name], lambda known: uploads.is_kept(known, card.part_id), error
        )
        raise


def complete(turn: Turn, row: UploadRow, last: PartCard) -> UploadRow:
    """Make the document of its parts, as if it came in one piece; then nothing of the parts is left.

    Args:
        turn: Ours.
        row: The upload, with every part but the last.
        last: The last one, on the shelf and not on record.

    Returns:
        The upload, complete.

    Raises:
        PraError: What ``documents.upload_document`` raises. Where the caller can mend it by another file, the upload
            has ended, and the reason is kept for whoever asks.
        Conflict: The file is not the one announced (code ``hash_differs``), or the turn is not ours any more.
        SealBroken: A part on the shelf was altered; the upload has ended, and an incident is on record.
        Unavailable: A part is not where it should be. The upload stays as it was: the store can be put right.
    """
    tools = turn.tools
    turn.completes()
    with tools.reading() as connection:
        cards = (*uploads.parts_of(connection, row.upload_id), last)
    left: list[str] = []

    def put_end_on_record(tx: Transaction, made: DocumentRow) -> None:
        here = turn.demand(tx, made.uploaded_at)
        left.extend(
            uploads.end(
                tx.connection,
                here.upload_id,
                UploadState.COMPLETE,
                at=made.uploaded_at,
                expires_at=expiry(tools, made.uploaded_at),
                document_id=made.card.document_id,
            )
        )
        release, became = releases.get_row(tx.connection, here.release_id), made.card.document_id
        tx.append(ended_entry(made.uploaded_at, made.uploaded_by, release, here, Outcome.COMPLETED, document_id=became))

    chunks = part_chunks(cards, tools.store, tools.keys.unwrap)
    arriving = Arriving(
        file_name=row.file_name,
        media_type=row.media_type,
        chunks=demanding_hash(chunks, row.sha256),
        said_bytes=row.plain_bytes,
        replaces_id=row.replaces_id,
        note=row.note,
    )
    try:
        shelving.put_on_shelf(
            tools, turn.ask_again(), row.release_id, arriving, ask_again=turn.ask_again, also=put_end_on_record
        )
    except (Malformed, Conflict, OutOfOrder, SealBroken) as error:
        if isinstance(error, SealBroken) and error.extra.get("stage") == "missing":
            logger.error("a part of the upload %s is missing from the store", row.upload_id)
            raise Unavailable("A part of the upload is missing from the store.") from error
        if error.code is not Code.UPLOAD_IN_USE:
            _refuse(turn, error)
        raise
    remove_objects(tools, left)
    with tools.reading() as connection:
        return uploads.get(connection, row.upload_id)


def expiry(tools: Tools, at: datetime) -> datetime:
    """Say until when an upload waits for its next part, or its end can be asked for."""
    return at + timedelta(hours=tools.policy.upload_hours)


def entry_of(
    kind: EntryKind,
    at: datetime,
    by: str,
    release: ReleaseRow,
    row: UploadRow,
    said: Mapping[str, object],
    *,
    outcome: Outcome = Outcome.DONE,
    document_id: str | None = None,
) -> Entry:
    """Make an entry about an upload. What the document is called is not in it: until it is whole, that is nobody's.

    Args:
        kind: What happened.
        at: When. Aware, UTC.
        by: Who did it, or ``rule``.
        release: The release it is for.
        row: The upload as it stood.
        said: What may be read by anyone who holds the log.
        outcome: How it ended.
        document_id: What it became.
    """
    return Entry(
        kind,
        at,
        outcome,
        actor_id=by,
        producer_id=release.release.producer.producer_id,
        release_id=row.release_id,
        document_id=document_id,
        said={"upload_id": row.upload_id, **said},
    )


def ended_entry(
    at: datetime,
    by: str,
    release: ReleaseRow,
    row: UploadRow,
    outcome: Outcome,
    *,
    document_id: str | None = None,
    code: Code | None = None,
) -> Entry:
    """Make the entry of the end of an upload.

    Args:
        at: When. Aware, UTC.
        by: Who ended it, or ``rule``.
        release: The release it is for.
        row: The upload as it stood.
        outcome: Completed, refused, aborted by whoever began it, or stopped when its time was over.
        document_id: What it became.
        code: Why it was refused.
    """
    said: dict[str, object] = {"kept_bytes": row.kept_bytes, "parts": row.parts}
    if code is not None:
        said["code"] = code.value
    return entry_of(EntryKind.UPLOAD_ENDED, at, by, release, row, said, outcome=outcome, document_id=document_id)


def remove_objects(tools: Tools, names: list[str] | tuple[str, ...]) -> None:
    """Remove the objects of parts whose keys are destroyed; those that cannot be removed now are swept later."""
    for name in names:
        with suppress(Broken):
            tools.store.remove(name)


def _refuse(turn: Turn, error: PraError) -> None:
    """End an upload whose document cannot be kept, and keep why."""
    tools = turn.tools
    at = tools.clock.now()
    why = {"code": error.code.value, "detail": "" if isinstance(error, Broken) else error.detail}
    with tools.transaction() as tx:
        here = turn.demand(tx, at)
        names = uploads.end(
            tx.connection,
            here.upload_id,
            UploadState.REFUSED,
            at=at,
            expires_at=expiry(tools, at),
            problem=json.dumps(why, ensure_ascii=False),
        )
        release = releases.get_row(tx.connection, here.release_id)
        tx.append(ended_entry(at, here.begun_by, release, here, Outcome.REFUSED, code=error.code))
        if isinstance(error, SealBroken):
            desk.open_incident(tools, tx, breaches.part_seal_broken(release.release, here.upload_id, at), at=at)
    remove_objects(tools, names)
