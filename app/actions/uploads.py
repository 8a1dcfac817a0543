"""Uploads that go on after a lost connection: begun, received part by part, asked after, taken back, and swept.

What is kept of an upload that was cut off is what had arrived; the document exists once the whole is right, and not a
moment sooner. Only whoever began an upload may know of it. Nothing of it can be read by anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import receiving, shelving
from app.actions.receiving import Turn
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import releases, uploads
from app.records.uploads import UploadRow as UploadRow
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.uploads import Room, Unfinished, UploadState, demand_room
from app.vault.arriving import Arriving, check_length, check_names
from app.vault.parts import CHECKSUM_ALGORITHMS as CHECKSUM_ALGORITHMS
from app.vault.parts import Checksum as Checksum
from app.vault.parts import CutOff as CutOff
from app.vault.parts import Cutter, demanding_checksum

PART_BYTES = 16 * 1024 * 1024
"""What a crash costs at most: whatever comes in one request is kept in parts no longer than this."""
_SWEPT_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Announced:
    """A document that is going to be sent in parts.

    Attributes:
        plain_bytes: Its length.
        sha256: Of all of it, 64 hexadecimal digits; None where its sender does not say.
        replaces_id: The document whose place it takes once it is fixed.
        note: What changed; needed with ``replaces_id``.
    """

    file_name: str
    media_type: str
    plain_bytes: int
    sha256: str | None = None
    replaces_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one request sends of a document.

    Attributes:
        offset: Where in the document it begins.
        chunks: The bytes; raises ``CutOff`` where they break off.
        said_bytes: How many were announced, where they were.
        checksum: Of all of them, where it was sent; then they are kept all together, or not at all.
    """

    offset: int
    chunks: Iterable[bytes]
    said_bytes: int | None = None
    checksum: Checksum | None = None


def begin_upload(tools: Tools, actor: Actor, release_id: str, announced: Announced) -> UploadRow:
    """Begin an upload. Nothing is sent yet.

    Args:
        tools: What this is done with.
        actor: Statistician, lead official or head of profession of the producer.
        release_id: The release that the document belongs to.
        announced: The document.

    Raises:
        NotFound, Refused: The actor has no such role with the producer.
        OutOfOrder: The release is published or cancelled, the document to be replaced is not current, or too much is
            unfinished (code ``too_many_uploads``).
        Malformed: A name, type or length that cannot be taken, told before anything is sent.
    """
    arriving = _arriving(announced)
    check_names(arriving)
    check_length(arriving, announced.plain_bytes, tools.looking(), limit_bytes=tools.policy.document_limit_bytes)
    at = tools.clock.now()
    row = UploadRow(
        upload_id=tools.new_id("upl"),
        release_id=release_id,
        begun_by=actor.actor_id,
        file_name=announced.file_name,
        media_type=announced.media_type,
        plain_bytes=announced.plain_bytes,
        sha256=announced.sha256.lower() if announced.sha256 else None,
        replaces_id=announced.replaces_id,
        note=announced.note,
        begun_at=at,
        expires_at=receiving.expiry(tools, at),
    )
    with tools.transaction(once=True) as tx:
        release = shelving.release_being_prepared(tx.connection, actor, release_id)
        shelving.replaced_by(tx.connection, arriving, release_id)
        unfinished = uploads.unfinished(tx.connection, release.release.producer.producer_id)
        demand_room(unfinished, Unfinished(actor.actor_id, announced.plain_bytes), _room(tools))
        uploads.add(tx.connection, row)
        said = {"plain_bytes": row.plain_bytes, "media_type": row.media_type}
        tx.append(receiving.entry_of(EntryKind.UPLOAD_BEGUN, at, actor.actor_id, release, row, said))
    return row


def get_upload(tools: Tools, actor: Actor, upload_id: str) -> UploadRow:
    """Give an upload to whoever began it, while they may prepare the release.

    Its state is ``completing`` while its document is being made of its parts.

    Raises:
        NotFound: There is none, it is gone, or somebody else began it.
        Refused: The actor has lost the role.
    """
    row = _own(tools, actor, upload_id)
    with tools.reading() as connection:
        release = releases.get_row(connection, row.release_id)
    require_role(actor, release.organisation_id, *shelving.PREPARERS)
    return row


def list_uploads(tools: Tools, actor: Actor) -> tuple[UploadRow, ...]:
    """Give the actor's own uploads, finished or not, in the order in which they were begun."""
    at = tools.clock.now()
    with tools.reading() as connection:
        rows = uploads.of_person(connection, actor.actor_id, at)
    return tuple(_as_it_stands(row, at) for row in rows)


def receive(tools: Tools, ask_again: Callable[[], Actor], upload_id: str, sent: Sent) -> UploadRow:
    """Take the next bytes of a document, and keep them; with the last of them the document is made.

    They are kept in parts of at most ``PART_BYTES``, each durable and on record before the next is begun. Where they
    break off, what had come is kept. Who sends them is asked again at each part, so that a role, a session or a
    credential that was taken away ends it there.

    Args:
        tools: What this is done with.
        ask_again: Says who is asking, as the records say at that moment.
        upload_id: The upload.
        sent: What is sent.

    Returns:
        The upload as it stands then: ``kept_bytes`` says how far it came.

    Raises:
        NotFound: There is no such upload, it is gone, or somebody else began it.
        NotSignedIn, Refused: Whoever sends it may not, or may not any more.
        Conflict: It stands elsewhere (code ``upload_offset_differs``), or somebody else is at it (``upload_in_use``).
        OutOfOrder: It has ended (code ``upload_ended``); or the release is published or cancelled.
        Malformed: More came than was announced, or the checksum differs (code ``checksum_differs``).
        PraError: With the last bytes, what ``documents.upload_document`` raises.
    """
    actor = ask_again()
    row = _own(tools, actor, upload_id)
    if row.state is UploadState.COMPLETE and sent.offset == row.plain_bytes and not sent.said_bytes:
        return row
    _demand_open(row)
    turn = Turn(tools, ask_again, upload_id, tools.new_id("upt"))
    row = turn.take(tools.clock.now())
    with turn.renewed():
        _demand_open(row)
        _demand_next(row, sent)
        with tools.reading() as connection:
            shelving.release_being_prepared(connection, actor, row.release_id)
        left_bytes = row.plain_bytes - row.kept_bytes
        whole = sent.checksum is not None
        chunks = demanding_checksum(sent.chunks, sent.checksum) if sent.checksum is not None else sent.chunks
        cutter = Cutter(chunks, part_bytes=left_bytes if whole else PART_BYTES, limit_bytes=left_bytes)
        while (part := cutter.next_part()) is not None:
            row = receiving.keep_part(turn, row, part)
    return row


def take_back_upload(tools: Tools, actor: Actor, upload_id: str) -> None:
    """Take an upload back: what was kept of it is destroyed at once, and a request that is at it ends.

    Args:
        tools: What this is done with.
        actor: Whoever began it, whatever their role is now.
        upload_id: The upload; of one that has ended only the answer is forgotten, and its document stays.

    Raises:
        NotFound: There is none, it is gone, or somebody else began it.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        uploads.keep(tx.connection, upload_id)
        row = uploads.get(tx.connection, upload_id)
        if row.begun_by != actor.actor_id:
            raise NotFound(NOTHING_THERE)
        names = uploads.remove(tx.connection, upload_id)
        tx.append(_gone(tx.connection, row, at, Outcome.ABORTED, actor.actor_id))
    receiving.remove_objects(tools, names)


def uploads_due(tools: Tools) -> tuple[str, ...]:
    """Give the ids of uploads that nobody went on with in time, and of those that ended long enough ago."""
    with tools.reading() as connection:
        return uploads.expired(connection, tools.clock.now(), _SWEPT_AT_ONCE)


def sweep_upload(tools: Tools, upload_id: str) -> None:
    """Remove an upload that is gone, with all that was kept of it; on record before it is done."""
    at = tools.clock.now()
    with tools.transaction() as tx:
        uploads.keep(tx.connection, upload_id)
        row = uploads.get(tx.connection, upload_id)
        if row.expires_at > at or (row.held_until is not None and row.held_until > at):
            return  # somebody went on with it meanwhile
        names = uploads.remove(tx.connection, upload_id)
        tx.append(_gone(tx.connection, row, at, Outcome.STOPPED, "rule"))
    receiving.remove_objects(tools, names)


def settle_turns(tools: Tools) -> None:
    """Let whoever comes go on with every upload, where a process that starts is known to be the only one."""
    if not tools.database.is_sqlite:
        return
    with tools.reading() as connection:
        held = uploads.is_any_turn_held(connection)
    if held:
        with tools.transaction() as tx:
            uploads.give_up_every_turn(tx.connection)


def _own(tools: Tools, actor: Actor, upload_id: str) -> UploadRow:
    at = tools.clock.now()
    with tools.reading() as connection:
        row = uploads.get(connection, upload_id)
    at_it = row.held_until is not None and row.held_until > at
    if row.begun_by != actor.actor_id or (row.expires_at <= at and not at_it):
        raise NotFound(NOTHING_THERE)
    return _as_it_stands(row, at)


def _as_it_stands(row: UploadRow, at: datetime) -> UploadRow:
    """Give an upload as completing where its document is being made at this instant."""
    at_it = row.held_until is not None and row.held_until > at
    if row.state is UploadState.RECEIVING and at_it and row.completing:
        return replace(row, state=UploadState.COMPLETING)
    return row


def _demand_open(row: UploadRow) -> None:
    if row.state in (UploadState.COMPLETE, UploadState.REFUSED):
        raise OutOfOrder(
            f"This upload is {row.state.value}; nothing can be added to it. Ask for it to see what came of it; a file "
            "that was refused is begun anew once it is put right.",
            code=Code.UPLOAD_ENDED,
        )


def _demand_next(row: UploadRow, sent: Sent) -> None:
    if sent.offset != row.kept_bytes:
        raise Conflict(
            f"The upload stands at byte {row.kept_bytes}, and what was sent begins at {sent.offset}. Go on from there.",
            code=Code.UPLOAD_OFFSET_DIFFERS,
            upload_offset=row.kept_bytes,
        )
    if sent.said_bytes is not None and sent.offset + sent.said_bytes > row.plain_bytes:
        raise Malformed(
            f"{row.plain_bytes} bytes were announced for the document, and with this request more would come. Nothing "
            "of it was kept.",
            code=Code.DOCUMENT_UNREADABLE,
        )


def _arriving(announced: Announced) -> Arriving:
    return Arriving(
        file_name=announced.file_name,
        media_type=announced.media_type,
        chunks=(),
        said_bytes=announced.plain_bytes,
        replaces_id=announced.replaces_id,
        note=announced.note,
    )


def _room(tools: Tools) -> Room:
    policy = tools.policy
    return Room(policy.uploads_per_person, policy.uploads_per_producer, policy.upload_held_bytes)


def _gone(connection: Connection, row: UploadRow, at: datetime, outcome: Outcome, by: str) -> Entry:
    release = releases.get_row(connection, row.release_id)
    if row.state is UploadState.RECEIVING:
        return receiving.ended_entry(at, by, release, row, outcome)
    return receiving.entry_of(EntryKind.UPLOAD_FORGOTTEN, at, by, release, row, {"state": row.state.value})
