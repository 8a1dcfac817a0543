"""What everybody may have of a release that this service itself has made public: the page's facts, and the bytes.

The walk of one reader: 1. what the records said within the last second, from memory; 2. the permit that the rule gave
at that instant; 3. the bytes, from memory or, where they are too many for it, from the vault, which demands the permit.
The reader is counted, and the counts of a minute are one entry.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.kept_public import DAMAGED_SECONDS, FAILED_SECONDS, Body, Snapshot
from app.actions.scanning import shelf_card
from app.actions.tools import NOTHING_THERE, Tools
from app.audit.entries import Entry, EntryKind
from app.records import contingencies, facts_each, releases
from app.records.contingencies import ContingencyRow
from app.records.documents import DocumentRow
from app.rules.contingency import PublicPermit, decide_public
from app.rules.errors import NotFound, PraError, SealBroken
from app.rules.facts import Release
from app.vault import shelf

logger = logging.getLogger("pra.public")

_RECORDS = "the records"


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """A document that everybody may have, with the permit."""

    row: DocumentRow
    permit: PublicPermit


@dataclass(frozen=True, slots=True)
class PublicRelease:
    """A release that this service has made public: now, or until it was withdrawn."""

    release: Release
    row: ContingencyRow
    documents: tuple[PublicDocument, ...]

    @property
    def stands(self) -> bool:
        """Whether it is made public here now."""
        return self.row.stands


def list_public(tools: Tools) -> tuple[PublicRelease, ...]:
    """Give every release that this service has made public, the newest first.

    Raises:
        Broken: The clock, the log or the records cannot be trusted or asked.
    """
    return tuple(current(tools).releases.values())


def read_public(tools: Tools, release_id: str) -> PublicRelease:
    """Give one of them.

    Raises:
        NotFound: There is none; whether there is such a release at all is never told.
        Broken: The clock, the log or the records cannot be trusted or asked.
    """
    return of_snapshot(current(tools), release_id)


def of_snapshot(snapshot: Snapshot, release_id: str) -> PublicRelease:
    """Give one release of what the records said.

    Raises:
        NotFound: It is not among them.
    """
    found: PublicRelease | None = snapshot.releases.get(release_id)
    if found is None:
        raise NotFound(NOTHING_THERE)
    return found


def fresh(tools: Tools) -> Snapshot | None:
    """Give what the records said within the last second, without asking them; None where they must be asked.

    Raises:
        Broken: The clock or the log cannot be trusted, or the records did not answer a moment ago.
    """
    tools.trust.demand()
    seconds = tools.clock.monotonic_seconds()
    found = tools.public_desk.snapshot(seconds)
    if found is None:
        _raise_again(tools, _RECORDS, seconds)
    return found


def current(tools: Tools) -> Snapshot:
    """Give what the records say, asking them at most once a second.

    Raises:
        Broken: The clock or the log cannot be trusted, or the records do not answer.
    """
    found = fresh(tools)
    if found is not None:
        return found
    begun, mark = tools.clock.monotonic_seconds(), tools.public_desk.mark()
    try:
        at = tools.clock.now()
        with tools.reading() as connection:
            shown = {one.release.release_id: one for one in _shown(connection, at)}
    except PraError as error:
        tools.public_desk.fail(_RECORDS, begun, error)
        raise
    snapshot = Snapshot(at, begun, shown)
    permitted = frozenset(one.permit.sha256 for release in shown.values() for one in release.documents)
    tools.public_desk.keep(snapshot, permitted, mark)
    return snapshot


def find_document(release: PublicRelease, document_id: str) -> PublicDocument:
    """Give a document that everybody may have now.

    Raises:
        NotFound: There is none such, or it is not given any more.
    """
    found = next((one for one in release.documents if one.permit.document_id == document_id), None)
    if found is None:
        raise NotFound(NOTHING_THERE)
    return found


def held(tools: Tools, document: PublicDocument) -> Body | None:
    """Give a document's bytes from memory, where they are held.

    Raises:
        Broken: They could not be unsealed a moment ago, or were found damaged within half a minute.
    """
    found = tools.public_desk.body(document.permit.sha256)
    if found is None:
        _raise_again(tools, document.permit.sha256, tools.clock.monotonic_seconds())
    return found


def was_damaged(tools: Tools, document: PublicDocument) -> bool:
    """Say whether a document was found damaged, and has not been read through whole since."""
    return tools.public_desk.is_damaged(document.permit.sha256)


def fits(tools: Tools, document: PublicDocument) -> bool:
    """Say whether a document may be held in memory; a longer one is unsealed for each reader."""
    return document.row.card.plain_bytes <= tools.policy.public_held_bytes


def unseal(tools: Tools, document: PublicDocument) -> Body | None:
    """Unseal a document into memory, and hold it there.

    Args:
        tools: What this is done with.
        document: With the permit.

    Returns:
        All of its bytes, of the hash that was fixed; None where there is no room for them.

    Raises:
        SealBroken: It is not, byte for byte, what was fixed as final form. Nothing is given, and an incident is on
            record.
        KeyMissing: Its key is not in the ring.
        Unavailable: The store does not answer.
    """
    found = held(tools, document)
    if found is not None:
        return found
    body = tools.public_desk.room(document.row.card.plain_bytes, tools.policy.public_held_bytes)
    if body is None:
        return None
    behind = 0

    def take(piece: bytes) -> None:
        nonlocal behind
        body.data[behind : behind + len(piece)] = piece
        behind += len(piece)

    _read_through(tools, document, take)
    tools.public_desk.hold(document.permit.sha256, body)
    return body


def look_through(tools: Tools, document: PublicDocument) -> None:
    """Read a document through that was found damaged, before anything of it is given again.

    Raises:
        SealBroken: It is damaged still.
        KeyMissing, Unavailable: As the vault has it.
    """
    _read_through(tools, document, lambda _: None)


def note_failure(tools: Tools, document: PublicDocument, error: PraError) -> None:
    """Remember that a document could not be unsealed; where it is damaged, an incident is put on record.

    Args:
        tools: What this is done with.
        document: Which.
        error: What was found.
    """
    damaged = isinstance(error, SealBroken)
    seconds = tools.clock.monotonic_seconds()
    tools.public_desk.fail(
        document.permit.sha256, seconds, error, for_seconds=DAMAGED_SECONDS if damaged else FAILED_SECONDS
    )
    if not damaged:
        return
    tools.public_desk.found(document.permit.sha256, damaged=True)
    try:
        desk.tell_seal_broken(tools, document.permit.release_id, document.permit.document_id)
    except PraError as unsaid:  # nothing of it is given all the same; whoever asks next has it found, and said, again
        logger.error("a damaged public document is not on record yet: %s: %s", unsaid.code.value, unsaid.detail)


def _read_through(tools: Tools, document: PublicDocument, take: Callable[[bytes], None]) -> None:
    digest, length = hashlib.sha256(), 0
    try:
        for piece in pieces(tools, document):
            digest.update(piece)
            length += len(piece)
            take(piece)
        if digest.hexdigest() != document.permit.sha256 or length != document.row.card.plain_bytes:
            raise SealBroken("The sealed file is not the document recorded.", stage="payload")
    except PraError as error:
        note_failure(tools, document, error)
        raise
    tools.public_desk.found(document.permit.sha256, damaged=False)


def pieces(tools: Tools, document: PublicDocument, offset: int = 0, length: int | None = None) -> Generator[bytes]:
    """Unseal a document, or a part of it, piece by piece, each authenticated.

    Args:
        tools: What this is done with.
        document: With the permit.
        offset: First byte wanted.
        length: How many; None for all that follow.

    Returns:
        The pieces. Whoever does not take them all closes it.

    Raises:
        SealBroken, KeyMissing, Unavailable: As the vault has it.
    """
    row = document.row
    reading = shelf.open_document(
        document.permit,
        at=document.permit.at,
        card=shelf_card(row),
        store=tools.store,
        unwrap=tools.keys.unwrap,
        offset=offset,
        length=length,
    )
    try:
        yield from reading
    finally:
        reading.close()


def count_readings(tools: Tools) -> int:
    """Put on record how often each document was read since the last time; done every minute by the worker.

    Returns:
        How many entries there were.
    """
    taken = tools.public_desk.take()
    if not taken:
        return 0
    try:
        at = tools.clock.now()
        with tools.transaction() as tx:
            for one in taken:
                producer_id = releases.get(tx.connection, one.release_id).producer.producer_id
                said = {"counts": dict(sorted(one.counts.items())), "sent_bytes": one.sent_bytes}
                tx.append(
                    Entry(
                        EntryKind.CONTINGENCY_READ,
                        at,
                        actor_id="nobody",
                        producer_id=producer_id,
                        release_id=one.release_id,
                        document_id=one.document_id,
                        said=said,
                    )
                )
    except Exception:
        tools.public_desk.put_back(taken)
        raise
    return len(taken)


def _raise_again(tools: Tools, what: str, seconds: float) -> None:
    error = tools.public_desk.failed(what, seconds)
    if isinstance(error, PraError):
        raise type(error)(error.detail, code=error.code)


def _shown(connection: Connection, at: datetime) -> Iterator[PublicRelease]:
    rows = contingencies.newest(connection)
    known = releases.get_rows(connection, {row.decision.release_id for row in rows})
    kept = facts_each.documents_of_each(connection, {row.decision.release_id for row in rows if row.stands})
    for row in rows:
        release = known[row.decision.release_id].release
        given = tuple(_given(kept.get(release.release_id, ()), release, row, at)) if row.stands else ()
        yield PublicRelease(release, row, given)


def _given(
    kept: tuple[DocumentRow, ...], release: Release, row: ContingencyRow, at: datetime
) -> Iterator[PublicDocument]:
    for document in kept:
        permit = decide_public(release, row.decision, document.card, at)
        if permit is not None:
            yield PublicDocument(document, permit)
