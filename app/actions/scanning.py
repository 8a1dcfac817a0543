"""A document is shown to the malware scanner while it is read; what was found is put on record, and told."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Scanner, Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import people, scans
from app.records.documents import DocumentRow
from app.records.releases import ReleaseRow
from app.rules import officeletters
from app.rules.errors import Code, Malformed, Unavailable
from app.rules.facts import DocumentState, Role
from app.rules.scans import NEVER, WHY, NotScanned, Scanned, ScanState, is_due
from app.vault.shelf import ShelfCard, show_document

SENT_AT_ONCE_BYTES = 1024 * 1024


class Shown:
    """Chunks that are shown to the scanner as they pass on; ``scanned`` says what it found, once they have passed."""

    def __init__(self, tools: Tools, chunks: Iterable[bytes]) -> None:
        self._scanner = tools.scanner
        self._policy = tools.policy
        self._chunks = chunks
        self.scanned: Scanned = NEVER

    def __iter__(self) -> Generator[bytes]:
        """Pass the chunks on; before their end is told, see what was found.

        Raises:
            Malformed: Something was (code ``malware_found``); or the document is larger than the scanner takes, and a
                scan is demanded (code ``document_too_large``).
            Unavailable: A scan is demanded, and could not be had (code ``not_scanned``).
        """
        if self._scanner is None:
            yield from self._chunks
            return
        scan = self._scanner.begin()
        try:
            for chunk in self._chunks:
                for start in range(0, len(chunk), SENT_AT_ONCE_BYTES):
                    scan.take(chunk[start : start + SENT_AT_ONCE_BYTES])
                yield chunk
            self.scanned = scan.end()
        finally:
            scan.close()
        demand(self.scanned, required=self._policy.scanner_required)


def demand(scanned: Scanned, *, required: bool) -> None:
    """Stop where something was found, or where a scan is demanded and there was none.

    Raises:
        Malformed, Unavailable: As ``Shown`` says.
    """
    if scanned.state is ScanState.FOUND:
        raise Malformed(
            f"The malware scanner found “{scanned.signature}” in this document. Nobody will be able to open it; an "
            "upload was not kept. Do not open the file: tell your security team, and make it anew on another machine.",
            code=Code.MALWARE_FOUND,
            signature=scanned.signature,
        )
    if scanned.state is ScanState.CLEAN or not required:
        return
    if scanned.why is NotScanned.TOO_LARGE:
        raise Malformed(
            "The document is larger than the malware scanner looks through, and here every document must be scanned. "
            "Split it, or ask the operator.",
            code=Code.DOCUMENT_TOO_LARGE,
        )
    raise Unavailable(f"not scanned: {WHY[scanned.why or NotScanned.UNCLEAR]}", code=Code.NOT_SCANNED)


def put_find_on_record(
    tools: Tools, actor: Actor, release: ReleaseRow, scanned: Scanned, at: datetime, document_id: str | None = None
) -> None:
    """Put a find on record, and tell the heads of profession and the administrators, by no title and no file name.

    Args:
        actor: Who sent the document, or asked for it to be fixed.
        document_id: Which it was; None for one that was refused as it arrived, and of which nothing is kept.
    """
    with tools.transaction() as tx:
        if document_id is not None:
            scans.note_scan(tx.connection, document_id, replace(scanned, at=at))
        tx.append(_entry(EntryKind.MALWARE_FOUND, actor, release, scanned, at, document_id))
        kept = document_id is not None
        subject, body = officeletters.malware_found(release.release.release_id, scanned, kept=kept)
        for person_id, email in _to_tell(tx.connection, release, at):
            desk.queue_notice(
                tools,
                tx,
                at=at,
                email=email,
                person_id=person_id,
                kind="malware_found",
                # Once a day for one release and one find: whoever tries again and again writes no letters.
                reason_key=f"malware:{document_id or release.release.release_id}:{at.date()}:{person_id}",
                subject=subject,
                body=body,
            )


def scan_again(tools: Tools, scanner: Scanner, actor: Actor, release: ReleaseRow, row: DocumentRow) -> Scanned:
    """Scan a sealed document again, and put what was found on record.

    Nothing of it is given to anybody: it passes from the shelf to the scanner.

    Raises:
        SealBroken, KeyMissing, Unavailable: The sealed document cannot be read.
    """
    scan = scanner.begin()
    try:
        show_document(shelf_card(row), tools.store, tools.keys.unwrap, scan.take)
        scanned = scan.end()
    finally:
        scan.close()
    at = tools.clock.now()
    if scanned.state is ScanState.FOUND:
        put_find_on_record(tools, actor, release, scanned, at, row.card.document_id)
    else:
        with tools.transaction() as tx:
            scans.note_scan(tx.connection, row.card.document_id, replace(scanned, at=at))
            tx.append(_entry(EntryKind.DOCUMENT_SCANNED, actor, release, scanned, at, row.card.document_id))
    return scanned


def shelf_card(row: DocumentRow) -> ShelfCard:
    """Give what the vault must know of a document."""
    card = row.card
    return ShelfCard(
        document_id=card.document_id,
        object_name=row.object_name,
        wrapped_identity=row.wrapped_identity,
        plain_bytes=card.plain_bytes,
        sha256=card.sha256,
        crc32=row.crc32,
    )


def scan_before_fixing(tools: Tools, actor: Actor, release: ReleaseRow, row: DocumentRow, sha256: str) -> None:
    """Have an old scan of a draft done again, outside any transaction; who may not fix it sets nothing going.

    Args:
        release: Of whose producer the actor was found to prepare releases.
        sha256: Of the document as the actor knows it.

    Raises:
        Malformed: Something was found, now or before (code ``malware_found``); or ``document_too_large``.
        Unavailable: A scan is demanded, and could not be had (code ``not_scanned``).
        SealBroken, KeyMissing: The sealed document cannot be read.
    """
    fixable = row.card.state is DocumentState.DRAFT and sha256.lower() == row.card.sha256
    if not fixable or actor.person_id in (None, row.uploaded_by):
        return
    scanned = row.scanned
    good_for = timedelta(hours=tools.policy.scan_good_hours)
    if tools.scanner is not None and is_due(scanned, tools.clock.now(), good_for):
        scanned = scan_again(tools, tools.scanner, actor, release, row)
    demand(scanned, required=tools.policy.scanner_required)


def said_of(scanned: Scanned) -> dict[str, str]:
    """Give what an entry says of a scan; nothing where no scanner is configured."""
    if scanned.why is NotScanned.NO_SCANNER:
        return {}
    said = {"scan": scanned.state.value, "engine": scanned.engine, "signatures": scanned.signatures}
    if scanned.why is not None:
        said["why"] = scanned.why.value
    if scanned.signature:
        said["signature"] = scanned.signature
    return said


def _entry(
    kind: EntryKind, actor: Actor, release: ReleaseRow, scanned: Scanned, at: datetime, document_id: str | None
) -> Entry:
    return Entry(
        kind,
        at,
        Outcome.REFUSED if kind is EntryKind.MALWARE_FOUND else Outcome.DONE,
        actor_id=actor.actor_id,
        producer_id=release.release.producer.producer_id,
        release_id=release.release.release_id,
        document_id=document_id,
        said=said_of(scanned),
    )


def _to_tell(connection: Connection, release: ReleaseRow, at: datetime) -> list[tuple[str, str]]:
    heads = people.people_with_role(connection, release.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    administrators = people.people_with_role(connection, None, Role.ADMINISTRATOR, at=at)
    return sorted({(person.person_id, person.email) for person in (*heads, *administrators)})
