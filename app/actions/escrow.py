"""The offline escrow: who holds it for which document, and an export from which documents are recovered without us."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import documents, releases
from app.records.documents import DocumentRow
from app.rules.canonical import canonical_json
from app.rules.errors import Malformed, OutOfOrder, PraError
from app.rules.reasons import instant_text
from app.vault import age, shelf
from app.vault.store import ESCROW_SUFFIX

READ_BYTES = 1024 * 1024
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
    """

    recipient: str | None
    current: int
    older: int
    unknown: int
    none: int


def escrow_status(tools: Tools) -> EscrowState:
    """Say how many documents the holder of the escrow identity could recover."""
    recipient = tools.keys.escrow_recipient_text
    with tools.reading() as connection:
        rows = documents.sealed_to(connection)
    escrowed = [row for row in rows if row.escrowed_identity]
    current = sum(row.escrow_recipient == recipient for row in escrowed)
    unknown = sum(row.escrow_recipient is None for row in escrowed)
    return EscrowState(recipient, current, len(escrowed) - current - unknown, unknown, len(rows) - len(escrowed))


def reseal_escrow(tools: Tools, tell: Callable[[str], None]) -> int:
    """Seal to the present offline recipient every document's key that is not sealed to them yet.

    Args:
        tell: Told, by document id, what could not be opened; the others go on.

    Returns:
        How many were sealed anew. Cut short, it goes on where it was when it is called again.

    Raises:
        OutOfOrder: There is no offline recipient.
        Unavailable: The store, the module or the database does not answer.
    """
    recipient = _recipient(tools)
    with tools.reading() as connection:
        rows = [row for row in documents.sealed_to(connection) if row.escrow_recipient != str(recipient)]
    done = 0
    for row in rows:
        document_id = row.card.document_id
        try:
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
        except PraError as error:
            tell(f"{document_id}: {error.detail}")
            continue
        # The record has it by now, and an export takes it from there: between these two lines nothing is lost.
        tools.store.remove(row.object_name + ESCROW_SUFFIX)
        tools.store.put(row.object_name + ESCROW_SUFFIX, [escrowed])
        done += 1
    return done


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
