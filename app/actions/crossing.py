"""Keeps rehearsals and real documents apart: one and the same file is never both.

The mail of 2020 that carried the real tables was a test. Here a test can hold only what was made up for it; what the
hash cannot show is a real table copied into a new file.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Tools
from app.records import documents, openings, releases
from app.records.releases import ReleaseRow
from app.rules import breaches
from app.rules.errors import Code, Conflict
from app.rules.facts import DocumentCard


def demand_own_sort(connection: Connection, card: DocumentCard, release: ReleaseRow) -> None:
    """Stop when a file with this very content is on record on the other side.

    Raises:
        Conflict: It is, code ``rehearsal_crossed``.

    Source:
        Producer policy: rehearsals
    """
    if not documents.of_other_sort(connection, release.release.producer.producer_id, card):
        return
    raise Conflict(
        "This very file is on record as a real document of this producer. A rehearsal takes only what was made up for "
        "it. Nothing was kept."
        if card.rehearsal
        else "This very file stands in a rehearsal of this producer. If its figures are real, recall it there at once. "
        "A real document is never one that was rehearsed with. Nothing was kept.",
        code=Code.REHEARSAL_CROSSED,
    )


def put_on_record(tools: Tools, card: DocumentCard, release: ReleaseRow, at: datetime) -> None:
    """Put a crossing that was refused on record: an incident of the real release, for each one concerned.

    Args:
        card: What was refused.
        release: For which it was meant.
        at: When. Aware, UTC.
    """
    with tools.transaction() as tx:
        for other in documents.of_other_sort(tx.connection, release.release.producer.producer_id, card):
            theirs = releases.get(tx.connection, other.card.release_id)
            real, rehearsal = (theirs, release.release) if card.rehearsal else (release.release, theirs)
            served = 0 if card.rehearsal else len(openings.served(tx.connection, other.card.document_id))
            draft = breaches.rehearsal_crossed(real, rehearsal, sha256=card.sha256, served=served, at=at)
            desk.open_incident(tools, tx, draft, at=at)
