"""What the malware scanner said of each document."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from app.records.tables import documents, releases
from app.rules.facts import DocumentState, ReleaseState
from app.rules.scans import NEVER, NotScanned, Scanned, ScanState


def note_scan(connection: Connection, document_id: str, scanned: Scanned) -> None:
    """Put on record what a later scan found; a find is never taken back. No new revision: nobody changed the document.

    Args:
        scanned: What was found, with its instant.
    """
    standing = or_(documents.c.scan_state.is_(None), documents.c.scan_state != ScanState.FOUND.value)
    noted = update(documents).where(documents.c.document_id == document_id, standing)
    connection.execute(noted.values(**scan_values(scanned)))


def final_and_embargoed(connection: Connection) -> tuple[str, ...]:
    """Give the ids of documents in final form, of releases not over, in which nothing was found so far."""
    over = (ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value)
    wanted = (
        select(documents.c.document_id)
        .join(releases, releases.c.release_id == documents.c.release_id)
        .where(
            documents.c.state == DocumentState.FINAL.value,
            documents.c.key_destroyed_at.is_(None),
            releases.c.state.not_in(over),
            or_(documents.c.scan_state.is_(None), documents.c.scan_state != ScanState.FOUND.value),
        )
        .order_by(documents.c.document_id)
    )
    return tuple(connection.execute(wanted).scalars())


def scan_values(scanned: Scanned) -> dict[str, Any]:
    """Give what a scan is in the columns of a document."""
    return {
        "scan_state": scanned.state.value,
        "scan_why": scanned.why.value if scanned.why else None,
        "scan_signature": scanned.signature or None,
        "scan_engine": scanned.engine or None,
        "scan_signatures": scanned.signatures or None,
        "scanned_at": scanned.at,
    }


def scanned_of(row: Row[*tuple[Any, ...]]) -> Scanned:
    """Read a scan off the columns of a document."""
    if row.scan_state is None:
        return NEVER
    return Scanned(
        ScanState(row.scan_state),
        NotScanned(row.scan_why) if row.scan_why else None,
        row.scan_signature or "",
        row.scan_engine or "",
        row.scan_signatures or "",
        row.scanned_at,
    )
