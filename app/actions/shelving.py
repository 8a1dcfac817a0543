"""A document put on the shelf: sealed as it streams in, and put on record as a draft with the entry that says so.

What sends it, in one piece or in several, stands in ``documents.py`` and ``uploads.py``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.actions import crossing, scanning
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import documents, releases
from app.records.documents import DocumentRow
from app.records.releases import ReleaseRow
from app.rules import versions
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, PraError, Unavailable
from app.rules.facts import DocumentCard, DocumentState, ReleaseState, Role
from app.rules.scans import Scanned
from app.vault import age, shelf
from app.vault.arriving import Arriving, check_names, checked_chunks
from app.vault.store import ESCROW_SUFFIX

logger = logging.getLogger("pra.shelf")

PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


def put_on_shelf(
    tools: Tools,
    actor: Actor,
    release_id: str,
    arriving: Arriving,
    *,
    ask_again: Callable[[], Actor] | None = None,
    also: Callable[[Transaction, DocumentRow], None] | None = None,
) -> DocumentRow:
    """Seal a document as it streams in; ``documents.upload_document`` says what it takes and raises.

    Args:
        ask_again: Says once more who is asking, when all has arrived and before it is put on record.
        also: Done in the transaction that puts it on record.
    """
    check_names(arriving)
    with tools.reading() as connection:
        release = release_being_prepared(connection, actor, release_id)
        replaced = replaced_by(connection, arriving, release_id)
    document_id = tools.new_id("doc")
    sealed, scanned = _sealed(tools, actor, release, document_id, arriving)
    # Read once, and only now: the seal is what happens at this instant, however long the bytes took to arrive.
    at = tools.clock.now()
    card = DocumentCard(
        document_id=document_id,
        release_id=release_id,
        file_name=arriving.file_name,
        media_type=arriving.media_type,
        sha256=sealed.sha256,
        plain_bytes=sealed.plain_bytes,
        state=DocumentState.DRAFT,
        version=replaced.card.version + 1 if replaced else 1,
        rehearsal=release.release.rehearsal,
    )
    row = replace(_draft(tools, card, arriving, sealed, actor, at), scanned=replace(scanned, at=at))
    try:
        if ask_again is not None:
            actor = ask_again()
        with tools.transaction(once=True) as tx:
            releases.keep(tx.connection, release_id)
            release_being_prepared(tx.connection, actor, release_id)  # it may have been published meanwhile
            crossing.demand_own_sort(tx.connection, card, release)
            replaced_by(tx.connection, arriving, release_id)  # or another version have taken that one's place
            documents.add(tx.connection, row)
            tx.append(_sealed_entry(actor, release, row))
            if also is not None:
                also(tx, row)
    except BaseException as error:
        take_back_document(tools, row, error)
        if isinstance(error, Conflict) and error.code is Code.REHEARSAL_CROSSED:
            crossing.put_on_record(tools, card, release, at)
        raise
    return row


def release_being_prepared(connection: Connection, actor: Actor, release_id: str) -> ReleaseRow:
    """Give a release to somebody who may prepare its documents, while these still change.

    Raises:
        NotFound, Refused: The actor has no such role with the producer.
        OutOfOrder: The release is published or cancelled.
    """
    row = releases.get_row(connection, release_id)
    require_role(actor, row.organisation_id, *PREPARERS)
    if row.release.state in (ReleaseState.PUBLISHED, ReleaseState.CANCELLED):
        raise OutOfOrder(f"The release is {row.release.state.value}; its documents no longer change.")
    return row


def replaced_by(connection: Connection, arriving: Arriving, release_id: str) -> DocumentRow | None:
    """Give the document whose place the arriving one is to take; None where it takes none.

    Raises:
        NotFound: The release has no such document.
        OutOfOrder, Malformed: It is not current, or nothing was said of what changed.
    """
    if arriving.replaces_id is None:
        return None
    replaced = documents.get(connection, arriving.replaces_id)
    if replaced.card.release_id != release_id:
        raise NotFound(NOTHING_THERE)
    versions.check_replaceable(replaced.card, arriving.note)
    return replaced


def _sealed(
    tools: Tools, actor: Actor, release: ReleaseRow, document_id: str, arriving: Arriving
) -> tuple[shelf.SealedDocument, Scanned]:
    """Seal what arrives, looked through and scanned on its way."""
    shown = scanning.Shown(tools, arriving.chunks)
    try:
        sealed = shelf.seal_document(
            tools.store,
            document_id=document_id,
            chunks=checked_chunks(replace(arriving, chunks=shown), tools.looking()),
            wrap=tools.keys.wrap,
            escrow_recipient=_escrow(tools),
            limit_bytes=tools.policy.document_limit_bytes,
        )
    except Malformed as error:
        if error.code is Code.MALWARE_FOUND:  # nothing of it is left by now
            scanning.put_find_on_record(tools, actor, release, shown.scanned, tools.clock.now())
        raise
    return sealed, shown.scanned


def _draft(
    tools: Tools, card: DocumentCard, arriving: Arriving, sealed: shelf.SealedDocument, actor: Actor, at: datetime
) -> DocumentRow:
    return DocumentRow(
        card=card,
        replaces_id=arriving.replaces_id,
        note=arriving.note,
        crc32=sealed.crc32,
        sealed_bytes=sealed.sealed_bytes,
        object_name=sealed.object_name,
        wrapped_identity=sealed.wrapped_identity,
        escrowed_identity=sealed.escrowed_identity,
        escrow_recipient=tools.keys.escrow_recipient_text,
        uploaded_by=actor.actor_id,
        uploaded_at=at,
    )


def take_back(
    tools: Tools, release_id: str, names: list[str], is_recorded: Callable[[Connection], bool], error: BaseException
) -> None:
    """Remove stored objects whose record failed, once it is settled that there is none; otherwise they stay.

    A commit that failed may have persisted all the same: its answer was lost, or its flush failed and SQLite brings it
    back when the next process opens the file. Looking does not settle that. Another commit does: PostgreSQL lets it
    wait for the first one's end, and SQLite writes it in the first one's place. Where that fails too, the objects are
    left to ``custody.sweep_orphans``.

    Args:
        release_id: The release that the record names.
        names: The objects.
        is_recorded: Whether the record is there, asked in the settling transaction.
        error: What the recording raised.
    """
    if isinstance(error, PraError) and not isinstance(error, Unavailable):  # refused before any commit was tried
        _remove(tools, names)
        return
    try:
        with tools.transaction() as tx:
            releases.keep(tx.connection, release_id)
            if is_recorded(tx.connection):
                return
            tx.append(Entry(EntryKind.OBJECTS_SWEPT, tools.clock.now(), said={"object_names": names}))
    except Exception:  # deliberate: the first error is the one to be told; the sweep has the objects
        logger.exception("whether an object is on record could not be settled; it is left to the sweep")
        return
    _remove(tools, names)


def take_back_document(tools: Tools, row: DocumentRow, error: BaseException) -> None:
    """Remove a sealed document whose record failed, as ``take_back`` does."""
    names = [row.object_name + ESCROW_SUFFIX, row.object_name]
    take_back(tools, row.card.release_id, names, partial(_is_recorded, row), error)


def _remove(tools: Tools, names: list[str]) -> None:
    for name in names:
        tools.store.remove(name)


def _is_recorded(row: DocumentRow, connection: Connection) -> bool:
    return any(one.object_name == row.object_name for one in documents.of_release(connection, row.card.release_id))


def _escrow(tools: Tools) -> age.Recipient | None:
    text = tools.keys.escrow_recipient_text
    return None if text is None else age.Recipient.parse(text)


def _sealed_entry(actor: Actor, release: ReleaseRow, row: DocumentRow) -> Entry:
    card = row.card
    return Entry(
        EntryKind.DOCUMENT_SEALED,
        row.uploaded_at,
        actor_id=actor.actor_id,
        producer_id=release.release.producer.producer_id,
        release_id=card.release_id,
        document_id=card.document_id,
        said={
            "sha256": card.sha256,
            "plain_bytes": card.plain_bytes,
            "media_type": card.media_type,
            "version": card.version,
            "replaces_id": row.replaces_id,
            "escrowed": row.escrowed_identity is not None,
            **scanning.said_of(row.scanned),
        },
        sealed={"file_name": card.file_name, "note": row.note},
    )
