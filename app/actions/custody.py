"""The key ring, as an operator sees it, and what was left on the shelf. Every change is on record before it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.actions.tools import Tools
from app.audit import reading
from app.audit.entries import Entry, EntryKind
from app.records import documents, uploads
from app.rules.errors import Malformed
from app.vault.age import Recipient
from app.vault.store import ESCROW_SUFFIX

PURPOSES = ("log", "tokens", "declarations", "kek", "sessions")
ORPHAN_AGE = timedelta(days=1)
"""How old a stored object without a record must be to be swept: far longer than it takes to record one.

The last part of an upload stays without a record for as long as its document is made of the parts; and a bucket may
count from the instant at which an object was begun.
"""
_SWEPT_AT_ONCE = 40  # so that an entry that names them stays within its 4 KiB


def describe_ring(tools: Tools) -> list[str]:
    """Give the public parts of the ring, a line each."""
    lines = [f"log: {vkey}" for vkey in tools.keys.checkpoint_vkeys(tools.policy.origin)]
    lines += [f"declarations: {jwk['kid']}" for jwk in tools.keys.declaration_jwk_set()["keys"]]
    return [*lines, f"escrow: {tools.keys.escrow_recipient_text or 'none set; see pra keys escrow'}"]


def check_reading(tools: Tools) -> str:
    """Say in words how documents are read.

    Raises:
        Unavailable: No process can be had that reads them; until one can, no document is taken and no copy made.
    """
    return tools.workshop.check()


def rotate_key(tools: Tools, purpose: str) -> str:
    """Make a new current key for one purpose.

    Returns:
        The new key's kid.

    Raises:
        Malformed: There is no such purpose.
    """
    if purpose not in PURPOSES:
        raise Malformed(f"There is no purpose “{purpose}”; there are {', '.join(PURPOSES)}.")
    with tools.transaction() as tx:
        said = {"act": "rotate", "purpose": purpose}
        tx.append(Entry(EntryKind.KEY_RING_CHANGED, tools.clock.now(), actor_id="operator", said=said))
    kid: str = tools.keys.rotate(purpose)
    return kid


def set_escrow(tools: Tools, recipient: str, keep: Callable[[str], None]) -> None:
    """Set the offline recipient to which documents' keys are sealed too.

    Args:
        recipient: ``age1…``.
        keep: Writes the recipient into the ring's folder.

    Raises:
        Malformed: It is no age recipient.
    """
    text = str(Recipient.parse(recipient.strip()))
    with tools.transaction() as tx:
        said = {"act": "set escrow recipient", "recipient": text}
        tx.append(Entry(EntryKind.KEY_RING_CHANGED, tools.clock.now(), actor_id="operator", said=said))
    keep(text)


def sweep_orphans(tools: Tools) -> int:
    """Remove stored objects that no record knows.

    A process that dies between storing a sealed document and recording it leaves one; so does a database that fell
    silent just then. Nobody can open it any more: its key was to lie in the record. Called when the service starts,
    once clock and log were found sound: a restored database would make every newer document look like an orphan.

    Returns:
        How many were removed. Each is named in the log before it is removed.

    Raises:
        Broken: The store holds the documents of another service, or none of this one's; none of them is touched.
        Unavailable: The store or the database did not answer.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        first_entry_id, kept = reading.first_entry_id(connection), documents.kept_names(connection)
    tools.store.claim(first_entry_id, known=kept)
    stored = tools.store.names(before=at - ORPHAN_AGE)
    with tools.reading() as connection:  # after the listing: what is recorded meanwhile is not taken for an orphan
        known = documents.object_names(connection) | uploads.object_names(connection)
    orphans = [name for name in stored if name.removesuffix(ESCROW_SUFFIX) not in known]
    for start in range(0, len(orphans), _SWEPT_AT_ONCE):
        swept = orphans[start : start + _SWEPT_AT_ONCE]
        with tools.transaction() as tx:
            tx.append(Entry(EntryKind.OBJECTS_SWEPT, at, said={"object_names": swept}))
        for name in swept:
            tools.store.remove(name)
    return len(orphans)
