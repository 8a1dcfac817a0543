"""Destroying a document's key: what was recalled can then be opened by nobody, here or from a backup of the store."""

from __future__ import annotations

from app.actions.tools import (
    Actor,
    Tools,
    require_fresh_sign_in,
    require_revision,
    require_role,
    require_second_person,
)
from app.audit.entries import Entry, EntryKind
from app.records import documents, keeping, openings, releases, retention
from app.records.documents import DocumentRow
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import DocumentState, Role
from app.rules.holds import hold_reasons
from app.vault import shelf


def destroy_document_key(tools: Tools, actor: Actor, document_id: str, *, reason: str, revision: int) -> DocumentRow:
    """Destroy the key of a recalled document, the passphrases of its copies, and then its sealed body.

    The record of who had access stays, with the document's hash; the document itself need not be kept. At the end of
    retention the keys go with the records (``erasing.py``).

    Args:
        tools: What this is done with.
        actor: Head of profession, signed in just now, and not the one who recalled the document.
        document_id: The document.
        reason: Why; kept behind a commitment.
        revision: The revision the actor read.

    Returns:
        The document, whose ``key_destroyed_at`` now says when.

    Raises:
        NotFound, Refused: The actor has no such role, recalled it themself, has not signed in just now, or a legal hold
            stands on the release's records (code ``erasure_refused``).
        Malformed: No reason (code ``reason_required``).
        OutOfOrder: It is not recalled; or its key is destroyed already (code ``already_ended``).
        Conflict: Somebody changed it meanwhile.
        Unavailable: The store did not answer. The key is destroyed all the same, and the worker removes the body later.

    Source:
        Producer policy: retention; Producer policy: two persons
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("Say why the document's key is destroyed.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row = documents.get(tx.connection, document_id)
        release = releases.get_row(tx.connection, row.card.release_id)
        require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
        require_fresh_sign_in(actor, at, tools.policy)
        require_revision(row.revision, revision)
        _demand_recalled(row)
        require_second_person(actor, {row.recalled_by} if row.recalled_by else set(), "this recall, by destroying it,")
        retention.lock_producers(tx.connection, release.release.producer.producer_id)
        kept = keeping.kept(tx.connection, row.card.release_id)
        if reasons := hold_reasons(kept.release.title, kept.holds):
            words = " ".join(f"{one.detail} {one.remedy}" for one in reasons)
            raise Refused(f"{words} Nothing was destroyed.", code=Code.ERASURE_REFUSED, reasons=reasons)
        documents.destroy_key(tx.connection, row, by=actor.actor_id, at=at)
        forgotten = openings.forget_passphrases(tx.connection, document_id)
        tx.append(
            Entry(
                EntryKind.DOCUMENT_KEY_DESTROYED,
                at,
                actor_id=actor.actor_id,
                producer_id=release.release.producer.producer_id,
                release_id=row.card.release_id,
                document_id=document_id,
                said={"sha256": row.card.sha256, "passphrases_forgotten": forgotten},
                sealed={"reason": reason},
            )
        )
        destroyed = documents.get(tx.connection, document_id)
    shelf.destroy(tools.store, row.object_name)
    return destroyed


def _demand_recalled(row: DocumentRow) -> None:
    if row.key_destroyed_at is not None:
        raise OutOfOrder("The key of this document is destroyed already.", code=Code.ALREADY_ENDED)
    if row.card.state is not DocumentState.RECALLED or not row.wrapped_identity:
        raise OutOfOrder(
            f"The document is {row.card.state.value}. Only the key of a recalled document is destroyed: recall it "
            "first, so that everyone who was served is told.",
            allowed=["recall"],
        )
