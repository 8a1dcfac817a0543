"""A recall for the estate: somebody is asked about a document, which stays as it is, since the tests still open it."""

from __future__ import annotations

from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import recalls
from app.rules.chasing import Chased
from app.rules.recalls import RecallCause


def ask_about(tools: Tools, ids: dict[str, str], person_id: str, *, by: str) -> str:
    """Have one person asked about the document of these ids; gives the recall's id."""
    at = tools.clock.now()
    row = recalls.RecallRow(
        recall_id=tools.new_id("rcl"),
        release_id=ids["rel"],
        cause=RecallCause.MOVED_AFTER_READING,
        document_ids=(ids["doc"],),
        reason="Moved after reading.",
        begun_at=at,
        begun_by=by,
    )
    asked = recalls.AskedRow(
        recall_person_id=tools.new_id("rcp"),
        recall_id=row.recall_id,
        release_id=row.release_id,
        person_id=person_id,
        name="",
        email="",
        post="Private Secretary 1",
        served=False,
        chased=Chased(at),
    )
    with tools.transaction() as tx:
        recalls.add(tx.connection, row)
        recalls.add_person(tx.connection, asked)
        tx.append(Entry(EntryKind.RECALL_BEGUN, at, producer_id=ids["prd"], said={"recall_id": row.recall_id}))
    return row.recall_id
