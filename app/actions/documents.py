"""Documents: sealed as they arrive, fixed as final form by a second person, listed, and taken back.

How one is opened and sent stands in ``openings.py`` and ``copies.py``. Nobody reads a draft here: access in the course
of production is outside pre-release access (SI 2008/2998 Sch. para 10); the second person compares their file's hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.actions import crossing, deciding, recalling, scanning, shelving
from app.actions.recalling import Taking
from app.actions.tools import (
    NOTHING_THERE,
    Actor,
    Tools,
    require_revision,
    require_role,
    require_second_person,
)
from app.audit.entries import Entry, EntryKind
from app.records import documents, releases
from app.records.documents import DocumentRow as DocumentRow
from app.records.releases import ReleaseRow
from app.rules import access, versions
from app.rules.access import Refusal
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import DocumentState, ReleaseState, Role
from app.rules.recalls import RecallCause
from app.vault.arriving import Arriving as Arriving

_PREPARERS = shelving.PREPARERS
_SIGNERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_RECALLERS = _SIGNERS
_READERS = (*_PREPARERS, Role.AUDITOR)


def upload_document(
    tools: Tools,
    actor: Actor,
    release_id: str,
    arriving: Arriving,
    *,
    ask_again: Callable[[], Actor] | None = None,
) -> DocumentRow:
    """Seal a document as it streams in. Its plaintext never touches the disk.

    A PDF, an Office document, an archive or a picture is held in memory meanwhile and looked through before it is kept.

    Args:
        tools: What this is done with.
        actor: Statistician, lead official or head of profession of the producer.
        release_id: The release it belongs to.
        arriving: The document.
        ask_again: Says once more who is asking, when all has arrived and before it is put on record.

    Returns:
        The document, as a draft.

    Raises:
        NotFound, Refused: The actor has no such role with the producer, or has lost it meanwhile.
        NotSignedIn: Their session or credential has ended meanwhile. Nothing is left.
        OutOfOrder: The release is published or cancelled, or the document to be replaced is not current.
        Conflict: It is a real document for a rehearsal, or the reverse (code ``rehearsal_crossed``).
        Malformed: A name or type that cannot be used, an empty, oversize, cut or unreadable document; or one
            in which the malware scanner found something. Nothing is left.
        Unavailable: Every document must be scanned, and the scanner did not answer (code ``not_scanned``).
    """
    return shelving.put_on_shelf(tools, actor, release_id, arriving, ask_again=ask_again)


def list_documents(tools: Tools, actor: Actor, release_id: str) -> tuple[DocumentRow, ...]:
    """Give the documents of a release: all to those who prepare it, to recipients those they may open now.

    Raises:
        NotFound: There is no such release, or the actor has no relation to it.
        Refused: A recipient could open none of them now; every reason is told.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        rows = documents.of_release(connection, release_id)
        if actor.has(release.organisation_id, *_READERS):
            return rows
        if not releases.related(connection, actor, release.release):
            raise NotFound(NOTHING_THERE)
        facts = deciding.gather_for_release(connection, actor, release_id, at)
    fixed = [row for row in rows if row.card.state is DocumentState.FINAL]
    decisions = [(row, access.decide(replace(facts, document=row.card), at)) for row in fixed]
    openable = tuple(row for row, decision in decisions if not isinstance(decision, Refusal))
    if openable:
        return openable
    refusals = [decision for _, decision in decisions if isinstance(decision, Refusal)]
    none_fixed = access.decide(facts, at)
    if not refusals and isinstance(none_fixed, Refusal):
        refusals = [none_fixed]
    raise deciding.refused(refusals[0].reasons)


def get_document(tools: Tools, actor: Actor, document_id: str) -> DocumentRow:
    """Give one document, without its bytes, to those who prepare the release, and to a recipient who may open it now.

    Raises:
        NotFound: There is none, or the actor has no relation to its release.
        Refused: A recipient may not open it now.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = documents.get(connection, document_id)
        release = releases.get_row(connection, row.card.release_id)
        if actor.has(release.organisation_id, *_READERS):
            return row
        if not releases.related(connection, actor, release.release):
            raise NotFound(NOTHING_THERE)
        decision = access.decide(deciding.gather(connection, actor, document_id, at), at)
    if isinstance(decision, Refusal):
        raise deciding.refused(decision.reasons)
    return row


def fix_document(tools: Tools, actor: Actor, document_id: str, *, sha256: str, revision: int) -> DocumentRow:
    """Fix a draft as final form by its hash. The version it replaces is superseded at the same instant.

    Args:
        tools: What this is done with.
        actor: Statistician, lead official or head of profession, and not the one who uploaded it.
        document_id: The draft.
        sha256: Of the document as the actor knows it; 64 hexadecimal digits.
        revision: The revision the actor read.

    Raises:
        NotFound, Refused: The actor has no such role, or uploaded it.
        Conflict: Another hash (code ``hash_differs``), somebody changed it meanwhile, or the same file was taken for a
            rehearsal (or as a real document) since it was uploaded (code ``rehearsal_crossed``).
        OutOfOrder: It is no draft, its release is over, or signed off without it; or another version took its place.

        Malformed, Unavailable: What the malware scanner said of it: see ``scanning.py``.

    Source:
        SRSA 2007 s.11(8)
    """
    with tools.reading() as connection:
        row = documents.get(connection, document_id)
        release = shelving.release_being_prepared(connection, actor, row.card.release_id)
    scanning.scan_before_fixing(tools, actor, release, row, sha256)
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, documents.get(tx.connection, document_id).card.release_id)
        row = documents.get(tx.connection, document_id)  # anew: somebody else may have decided until now
        release = shelving.release_being_prepared(tx.connection, actor, row.card.release_id)
        _demand_sign_off_covers(actor, release, row)
        require_second_person(actor, {row.uploaded_by}, "this document")
        require_revision(row.revision, revision)
        if row.card.state is not DocumentState.DRAFT:
            raise OutOfOrder(f"The document is {row.card.state.value}; only a draft can be fixed.", allowed=["draft"])
        if sha256.lower() != row.card.sha256:
            raise Conflict(
                "The hash you gave is not that of the stored document. Nothing was fixed.", code=Code.HASH_DIFFERS
            )
        crossing.demand_own_sort(tx.connection, row.card, release)
        scanning.demand(row.scanned, required=tools.policy.scanner_required)
        if row.replaces_id is not None:
            versions.check_place_free(documents.get(tx.connection, row.replaces_id).card)
        documents.fix(tx.connection, row, by=actor.actor_id, at=at)
        tx.append(
            Entry(
                EntryKind.DOCUMENT_FIXED,
                at,
                actor_id=actor.actor_id,
                producer_id=release.release.producer.producer_id,
                release_id=row.card.release_id,
                document_id=document_id,
                said={
                    "sha256": row.card.sha256,
                    "version": row.card.version,
                    "replaces_id": row.replaces_id,
                    **scanning.said_of(row.scanned),
                },
            )
        )
        return documents.get(tx.connection, document_id)


def recall_document(tools: Tools, actor: Actor, document_id: str, *, reason: str, revision: int) -> DocumentRow:
    """Take a document back: its openings end, running copies stop within a second, statements are asked for.

    Everyone served, and everyone who could have opened it, is asked what became of it: see ``actions/recalls.py``. The
    sealed bytes stay, as evidence of what was recalled; nobody can open them through the service.

    Args:
        tools: What this is done with.
        actor: Lead official or head of profession of the producer.
        document_id: The document.
        reason: Why; told to everyone served.
        revision: The revision the actor read.

    Raises:
        NotFound, Refused: The actor has no such role.
        Malformed: No reason (code ``reason_required``).
        OutOfOrder: It was recalled before (code ``already_ended``).
        Conflict: Somebody changed it meanwhile.

    Source:
        Producer policy: recalls
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("Say why the document is taken back.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        releases.keep(tx.connection, documents.get(tx.connection, document_id).card.release_id)
        row = documents.get(tx.connection, document_id)
        release = releases.get_row(tx.connection, row.card.release_id)
        require_role(actor, release.organisation_id, *_RECALLERS)
        require_revision(row.revision, revision)
        if row.card.state is DocumentState.RECALLED:
            raise OutOfOrder("The document was recalled before; the first instant stands.", code=Code.ALREADY_ENDED)
        recalling.begin(tools, tx, Taking(actor, release, (row,), RecallCause.DOCUMENT, reason), at)
        return documents.get(tx.connection, document_id)


def _demand_sign_off_covers(actor: Actor, release: ReleaseRow, row: DocumentRow) -> None:
    """Stop when fixing a draft would let recipients open what nobody has signed off; a correction is fixed by a signer.

    Source:
        SRSA 2007 s.11(8)
    """
    if release.release.state is not ReleaseState.FINAL:
        return
    require_role(actor, release.organisation_id, *_SIGNERS)
    if row.replaces_id is None:
        detail = "The release was signed off without this document. Take the sign-off back, fix the document, and sign "
        remedy = "the release off again; or upload it as a new version of one that was there."
        raise OutOfOrder(f"{detail}{remedy}", allowed=["reopen"])
