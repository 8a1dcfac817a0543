"""The offline escrow: who holds it for which document, and an export from which documents are recovered without us."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import documents, releases
from app.records.documents import DocumentRow
from app.rules.canonical import canonical_json
from app.rules.errors import Malformed, NotFound, OutOfOrder, PraError, Unavailable
from app.rules.reasons import instant_text
from app.vault import age, shelf
from app.vault.beside import Beside, beside, put_beside
from app.vault.store import ESCROW_SUFFIX

READ_BYTES = 1024 * 1024
_LAID_AT_MOST = 4
HOW_TO_RECOVER = """How to recover these documents
==============================

You need: this folder, the offline escrow identity (a file with one line AGE-SECRET-KEY-1…), and the program
"age" (https://age-encryption.org; Debian: apt-get install age). Nothing of the service that made them is needed.

Each document is three files named alike:

  NAME          the document, sealed under its own key
  NAME.escrow   that key, sealed to the escrow identity
  NAME.about    what it is, sealed to the escrow identity: title of the release, file name, length and SHA-256

For each NAME:

  age -d -i escrow.key NAME.about                     # says what it is, and what its file is called
  age -d -i escrow.key NAME.escrow > document.key
  age -d -i document.key NAME > document
  sha256sum document                                  # must be what NAME.about says
  rm document.key

MANIFEST.json lists the names with length and SHA-256 of each sealed file, so that a lost or damaged one is noticed.
Documents may still be under embargo. Recover them where only people who may see them can look.
"""


@dataclass(frozen=True, slots=True)
class EscrowState:
    """How far the escrow reaches.

    Attributes:
        recipient: Who new documents are sealed to, or None.
        current, older, unknown, none: How many documents' keys are sealed to that one; to an earlier one; to one that
            is not on record; to nobody.
        missing, different: How many keys on record as sealed are not in the store; lie there otherwise than on record.
    """

    recipient: str | None
    current: int
    older: int
    unknown: int
    none: int
    missing: int
    different: int

    @property
    def whole(self) -> bool:
        """Whether the holder of the present identity could recover every document, from a backup of the store too."""
        lacking = self.older or self.unknown or self.none or self.missing or self.different
        return self.recipient is not None and not lacking


@dataclass(frozen=True, slots=True)
class Resealed:
    """What was done to seal everything to the present recipient.

    Attributes:
        anew: How many keys were sealed anew.
        mended: How many more lay in the store otherwise than on record, or not at all, and were put there again.
    """

    anew: int
    mended: int


def escrow_status(tools: Tools) -> EscrowState:
    """Say how many documents the holder of the escrow identity could recover, by the records and by the store.

    Raises:
        Unavailable: The store or the database does not answer.
    """
    recipient = tools.keys.escrow_recipient_text
    with tools.reading() as connection:
        rows = documents.sealed_to(connection)
    escrowed = [row for row in rows if row.escrowed_identity]
    current = sum(row.escrow_recipient == recipient for row in escrowed)
    unknown = sum(row.escrow_recipient is None for row in escrowed)
    lie = Counter(beside(tools.store, row.object_name, row.escrowed_identity or b"") for row in escrowed)
    return EscrowState(
        recipient,
        current,
        len(escrowed) - current - unknown,
        unknown,
        len(rows) - len(escrowed),
        missing=lie[Beside.MISSING],
        different=lie[Beside.DIFFERENT],
    )


def reseal_escrow(tools: Tools, tell: Callable[[str], None]) -> Resealed:
    """Seal to the present offline recipient every document's key that is not sealed to them yet.

    What lies in the store is made to agree with the record for every document, those sealed to them before included.
    Cut short at any place, it goes on where it was when it is called again.

    Args:
        tell: Told, by document id, what could not be done; the others go on.

    Returns:
        What was done.

    Raises:
        OutOfOrder: There is no offline recipient.
        Unavailable: The database does not answer.
    """
    recipient = _recipient(tools)
    with tools.reading() as connection:
        rows = documents.sealed_to(connection)
    anew = mended = 0
    for row in rows:
        document_id = row.card.document_id
        due = not row.escrowed_identity or row.escrow_recipient != str(recipient)
        try:
            if due:
                _seal_anew(tools, row, recipient)
            put_there = _lay_beside(tools, row)
        except PraError as error:
            tell(f"{document_id}: {error.detail}")
            continue
        anew += due
        mended += put_there and not due
    return Resealed(anew, mended)


def _seal_anew(tools: Tools, row: DocumentRow, recipient: age.Recipient) -> None:
    """On record first: an export takes the key from there, and what the store lacks is seen and mended from there."""
    document_id = row.card.document_id
    secret = tools.keys.unwrap(row.wrapped_identity, document_id)
    escrowed = age.seal_small([recipient], secret + b"\n")
    with tools.transaction() as tx:
        documents.put_escrow(tx.connection, row, escrowed=escrowed, recipient=str(recipient))
        tx.append(
            Entry(
                EntryKind.DOCUMENT_KEY_ESCROWED,
                tools.clock.now(),
                actor_id="operator",
                release_id=row.card.release_id,
                document_id=document_id,
                said={"recipient": str(recipient)},
            )
        )


def _lay_beside(tools: Tools, row: DocumentRow) -> bool:
    """Make what lies in the store agree with the record; says whether anything had to be put there.

    The record is read again after each change of the store: a key that was destroyed meanwhile must not come back, and
    one that somebody else sealed anew must not give way to what was read before.
    """
    changed = False
    for _ in range(_LAID_AT_MOST):
        escrowed = _escrowed_now(tools, row)
        if escrowed is not None and beside(tools.store, row.object_name, escrowed) is Beside.AS_RECORDED:
            return changed
        put_beside(tools.store, row.object_name, escrowed)
        if escrowed is None:
            return False
        changed = True
    raise Unavailable("The store does not give back the sealed key that was put there. Look at the store, then repeat.")


def _escrowed_now(tools: Tools, row: DocumentRow) -> bytes | None:
    try:
        with tools.reading() as connection:
            return documents.get(connection, row.card.document_id).escrowed_identity
    except NotFound:  # destroyed with its release
        return None


def export_escrow(tools: Tools, keep: Callable[[str, Iterator[bytes]], None]) -> tuple[str, ...]:
    """Give out everything from which the holder of the escrow identity recovers the documents with plain age.

    Nothing of it is readable without that identity: not the documents, nor what they are called.

    Args:
        keep: Takes the name of a file and its bytes.

    Returns:
        The ids of documents that are not in it, because their keys are sealed to nobody.

    Raises:
        OutOfOrder: There is no offline recipient.
        SealBroken: A sealed body is missing from the store.
        Unavailable: The store or the database does not answer.
    """
    recipient = _recipient(tools)
    with tools.reading() as connection:
        rows = documents.sealed_to(connection)
        titles = {row.card.release_id: releases.get(connection, row.card.release_id).title for row in rows}
    left_out = tuple(row.card.document_id for row in rows if not row.escrowed_identity)
    with tools.transaction() as tx:  # on record before anything leaves
        said = {"documents": len(rows) - len(left_out), "left_out": len(left_out)}
        tx.append(Entry(EntryKind.ESCROW_EXPORTED, tools.clock.now(), actor_id="operator", said=said))
    manifest: list[dict[str, object]] = []
    for row in rows:
        if not row.escrowed_identity:
            continue
        measured = shelf.Measured(shelf.sealed_body(tools.store, row.object_name, READ_BYTES))
        keep(row.object_name, iter(measured))
        keep(row.object_name + ESCROW_SUFFIX, iter([row.escrowed_identity]))
        about = age.seal_small([recipient], _about(row, titles[row.card.release_id]))
        keep(row.object_name + ".about", iter([about]))
        manifest.append({"name": row.object_name, "bytes": measured.total_bytes, "sha256": measured.hexdigest()})
    keep("MANIFEST.json", iter([(json.dumps(manifest, indent=2) + "\n").encode("ascii")]))
    keep("HOW-TO-RECOVER.txt", iter([HOW_TO_RECOVER.encode("utf-8")]))
    return left_out


def _recipient(tools: Tools) -> age.Recipient:
    text = tools.keys.escrow_recipient_text
    if text is None:
        raise OutOfOrder("No offline recipient is set. Set one with `pra keys escrow age1…`.")
    try:
        return age.Recipient.parse(text)
    except Malformed as error:
        raise OutOfOrder(f"The offline recipient in the key ring's folder cannot be used: {error.detail}") from None


def _about(row: DocumentRow, title: str) -> bytes:
    card = row.card
    told = {
        "release": title,
        "file_name": card.file_name,
        "media_type": card.media_type,
        "version": card.version,
        "plain_bytes": card.plain_bytes,
        "sha256": card.sha256,
        "document_id": card.document_id,
        "sealed_at": instant_text(row.uploaded_at),
    }
    return canonical_json(told) + b"\n"
