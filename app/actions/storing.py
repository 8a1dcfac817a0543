"""The store of sealed documents, as an operator sees it: whether it does what is relied on, and moving to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.actions.tools import Tools
from app.audit import reading
from app.audit.entries import Entry, EntryKind
from app.records import documents, erasing, uploads
from app.records.documents import DocumentRow
from app.rules.errors import Conflict, SealBroken
from app.vault.beside import Beside, beside, put_beside
from app.vault.store import ESCROW_SUFFIX
from app.vault.transfer import copy_body, try_out


@dataclass(frozen=True, slots=True)
class StoreCopied:
    """What came of copying a store.

    Attributes:
        bodies: Documents that were copied.
        there: Documents that lay there already, the very same.
        keys: Sealed keys that were put beside them, or mended.
        taken_away: Objects removed there because their document's key was destroyed meanwhile.
        left: Documents that are not there, or arrived meanwhile.
        parts: Parts of unfinished uploads that are there.
        parts_left: Those that are not, or arrived meanwhile.
    """

    bodies: int
    there: int
    keys: int
    taken_away: int
    left: int
    parts: int = 0
    parts_left: int = 0


def check_store(tools: Tools) -> str:
    """Put, read, list and remove an object in the store.

    Returns:
        In words, where documents lie and what was done there.

    Raises:
        Broken: It holds the documents of another service, or none of this one's, or does not do what is relied on.
        Unavailable: It refused, or did not answer.
    """
    with tools.reading() as connection:
        first_entry_id, known = reading.first_entry_id(connection), documents.kept_names(connection)
    tools.store.claim(first_entry_id, known=known)
    try_out(tools.store, tools.clock.now())
    return f"in {tools.store.where}; an object was put there, read, listed and removed"


def copy_store(tools: Tools, target: Any, tell: Callable[[str], None]) -> StoreCopied:
    """Copy every sealed document, the sealed keys beside them, and the parts of unfinished uploads to another store.

    Nothing is opened, and nothing changes where they lie. What lies there already and is the same is left; cut short,
    it goes on where it was when it is called again. The keys are written from the record.

    Args:
        target: The other store.
        tell: Told, by document id or as a part, what could not be copied; the others go on.

    Returns:
        What was done. With nothing left, the service may be pointed at the other store.

    Raises:
        Broken: The other store holds the documents of another service.
        Unavailable: A store or the database did not answer. Call it again.
    """
    with tools.reading() as connection:
        rows = documents.sealed_to(connection)
        first_entry_id = reading.first_entry_id(connection)
    target.claim(first_entry_id)
    with tools.transaction() as tx:  # on record before anything leaves
        said = {"documents": len(rows), "to": target.where}
        tx.append(Entry(EntryKind.STORE_COPIED, tools.clock.now(), actor_id="operator", said=said))
    copied = keys = 0
    failed: set[str] = set()
    for row in rows:
        try:
            copied += copy_body(tools.store, target, row.object_name)
            keys += _lay_beside(target, row)
        except (SealBroken, Conflict) as error:
            failed.add(row.object_name)
            if _is_kept(tools, row):
                tell(f"{row.card.document_id}: {error.detail}")
    parts = _copy_parts(tools, target, tell)
    return _settled(tools, target, rows, failed, parts, StoreCopied(copied, 0, keys, 0, 0))


def _copy_parts(tools: Tools, target: Any, tell: Callable[[str], None]) -> set[str]:
    """Copy the parts of unfinished uploads; gives the names of those that are there."""
    with tools.reading() as connection:
        names = uploads.object_names(connection)
    brought: set[str] = set()
    for name in sorted(names):
        try:
            copy_body(tools.store, target, name)
            brought.add(name)
        except (SealBroken, Conflict) as error:
            with tools.reading() as connection:
                if name in uploads.object_names(connection):
                    tell(f"a part of an unfinished upload: {error.detail}")
    return brought


def _lay_beside(target: Any, row: DocumentRow) -> bool:
    """Make the key beside a body agree with the record; says whether anything had to be put there."""
    escrowed = row.escrowed_identity
    if escrowed is None:
        put_beside(target, row.object_name, None)
        return False
    if beside(target, row.object_name, escrowed) is Beside.AS_RECORDED:
        return False
    put_beside(target, row.object_name, escrowed)
    return True


def _is_kept(tools: Tools, row: DocumentRow) -> bool:
    """Say whether a document's key still stands: one that was destroyed meanwhile is no longer where it was."""
    with tools.reading() as connection:
        return row.object_name in documents.kept_names(connection)


def _settled(
    tools: Tools,
    target: Any,
    rows: tuple[DocumentRow, ...],
    failed: set[str],
    parts: set[str],
    done: StoreCopied,
) -> StoreCopied:
    """Take away what was destroyed since it was copied, now or in an earlier run: it must not come back."""
    with tools.reading() as connection:
        kept, parts_kept = documents.kept_names(connection), uploads.object_names(connection)
        gone = erasing.erased_objects(connection)
    taken_away = [name for name in target.names() if name.removesuffix(ESCROW_SUFFIX) in gone]
    for name in taken_away:
        target.remove(name)
    for name in parts - parts_kept:  # of uploads that ended meanwhile; an earlier run's are swept at a start there
        target.remove(name)
    brought = {row.object_name for row in rows} - failed
    return replace(
        done,
        there=len(rows) - len(failed) - done.bodies,
        taken_away=len(taken_away),
        left=len(kept - brought),
        parts=len(parts & parts_kept),
        parts_left=len(parts_kept - parts),
    )
