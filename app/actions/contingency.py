"""With the producer's site down: one recorded decision makes the final documents public, to everybody at once.

The walk of ``release_to_everyone``: 1. the clock is compared with its references; in doubt, nothing is decided. 2. What
stands against it is told, all of it. 3. Every document is read through, outside any transaction: what does not open, or
is not what was fixed, is not promised to the public. 4. One transaction: the same is asked again, the release is
published, with everything that follows from that, and the decision is on record. Only what is committed is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk, moves, spreading
from app.actions.scanning import shelf_card
from app.actions.tools import Actor, Tools, require_fresh_sign_in, require_revision, require_role
from app.audit import reading
from app.audit.entries import Entry, EntryKind
from app.records import contingencies, documents, eligibility, public_lists, releases, watching
from app.records.contingencies import ContingencyRow as ContingencyRow
from app.records.documents import DocumentRow as DocumentRow
from app.records.releases import ReleaseRow
from app.rules.contingency import CONFIRMATION, Contingency, reasons_against
from app.rules.eligibility import public_list
from app.rules.errors import Code, Conflict, Malformed, NotFound, Refused, SealBroken
from app.rules.facts import DocumentState, Role, london_date
from app.rules.publication import list_of_posts_reasons
from app.rules.reasons import Reason, instant_text
from app.vault import shelf

_HEADS = (Role.HEAD_OF_PROFESSION,)
_WITHDRAWERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_READERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
_CURRENT = (DocumentState.DRAFT, DocumentState.FINAL)


@dataclass(frozen=True, slots=True)
class ContingencyView:
    """Whether a release's documents can be made public here, are, or were.

    Attributes:
        row: The decision; None while there is none.
        reasons: What stands against deciding it now; empty once it is decided.
        documents: What would be, or was, released.
        may_release, may_withdraw: Whether whoever asks has the role for it.
    """

    release: ReleaseRow
    row: ContingencyRow | None
    reasons: tuple[Reason, ...]
    documents: tuple[DocumentRow, ...]
    may_release: bool
    may_withdraw: bool


def read_contingency(tools: Tools, actor: Actor, release_id: str) -> ContingencyView:
    """Show whether a release's documents can be made public here, are, or were.

    Raises:
        NotFound: There is no such release, or the actor has no role with its producer.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        require_role(actor, release.organisation_id, *_READERS)
        return _view(connection, actor, release, at)


def release_to_everyone(
    tools: Tools, actor: Actor, release_id: str, *, reason: str, confirmation: str, revision: int
) -> ContingencyView:
    """Make the final documents of a release public on this service's own page. It cannot be undone.

    The release is published by that, at that instant: the embargo ends, and everybody listed is told.

    Args:
        tools: What this is done with.
        actor: The head of profession, signed in freshly.
        release_id: The release.
        reason: Why; kept with the decision.
        confirmation: ``rules.contingency.CONFIRMATION``, typed.
        revision: Of the release, as the actor read it.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: Another role, no fresh sign-in, or something stands against it (code ``contingency_refused``).
        Malformed: No reason, or another text than the confirmation.
        Conflict: Somebody changed the release or a document meanwhile.
        ClockWrong: The clock cannot be trusted; nothing is decided by it.
        SealBroken: A document does not open as what was fixed. Nothing is released, and an incident is on record.

    Source:
        Producer policy: contingency; SI 2008/2998 Sch. para 6(1); SI 2008/2998 Sch. para 9(b); Code 2018 T3.6;
        Code 2025 3
    """
    tools.trust.demand()
    with tools.reading() as connection:
        newest = reading.newest_instant(connection)
        release = releases.get_row(connection, release_id)
    require_role(actor, release.organisation_id, *_HEADS)
    tools.clock.check(newest)
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    _demand_words(reason, confirmation)
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        _demand_nothing_against(connection, release, at)
        fixed = _current(connection, release_id)
    require_revision(release.revision, revision)
    for row in fixed:
        _read_through(tools, row)
    at = tools.clock.now()  # anew: reading everything through may have taken a while
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)
        release = releases.get_row(tx.connection, release_id)
        require_role(actor, release.organisation_id, *_HEADS)
        _demand_nothing_against(tx.connection, release, at)
        if _current(tx.connection, release_id) != fixed:
            raise Conflict("A document changed meanwhile. Read the page again, then decide anew. Nothing was released.")
        decision = Contingency(release_id, tuple(row.card.document_id for row in fixed), at)
        made = ContingencyRow(tools.new_id("ctg"), decision, reason, actor.actor_id)
        contingencies.add(tx.connection, made)
        tx.append(
            _entry(
                EntryKind.CONTINGENCY_RELEASED,
                release,
                actor,
                at,
                {
                    "contingency_id": made.contingency_id,
                    "publishes_at": instant_text(release.release.publishes_at),
                    "documents": len(fixed),
                    "sha256s": [row.card.sha256 for row in fixed[:20]],
                },
                {"reason": reason[:2000]},
            )
        )
        where = public_page(tools, release_id)
        why = f"Released on this service's own public page, the producer's site being down. {reason}"
        release = moves.publish_here(tools, tx, actor, release_id, revision=revision, reason=why, page_url=where, at=at)
        spreading.spread(tools, tx, release.release.producer.producer_id, release_id, made.contingency_id, at)
        return _view(tx.connection, actor, release, at)


def _read_through(tools: Tools, row: DocumentRow) -> None:
    """Read a document through before it is promised to the public; where it is damaged, an incident says so."""
    try:
        shelf.show_document(shelf_card(row), tools.store, tools.keys.unwrap, _let_go)
    except SealBroken:
        desk.tell_seal_broken(tools, row.card.release_id, row.card.document_id)
        raise


def withdraw(tools: Tools, actor: Actor, release_id: str, *, reason: str, revision: int) -> ContingencyView:
    """Take the documents off this service's own page, the site being back. The page then says where they are.

    The release stays published: what everybody could read is no secret any more.

    Args:
        tools: What this is done with.
        actor: The lead official or the head of profession.
        release_id: The release.
        reason: Why, e.g. that the site was seen to work again.
        revision: Of the decision, as the actor read it.

    Raises:
        NotFound: There is no such release or decision, or the actor has no business with it.
        Refused: The actor has another role.
        Malformed: No reason is given.
        OutOfOrder: It was withdrawn before (code ``already_ended``).
        Conflict: Somebody changed it meanwhile.

    Source:
        Producer policy: contingency
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)
        release = releases.get_row(tx.connection, release_id)
        require_role(actor, release.organisation_id, *_WITHDRAWERS)
        row = contingencies.find(tx.connection, release_id)
        if row is None:
            raise NotFound("The documents of this release were not made public here.")
        if not reason.strip():
            raise _missing("reason", "Say why the documents are taken off the public page. Nothing was done.")
        if row.stands:
            require_revision(row.revision, revision)
        contingencies.withdraw(tx.connection, row, by=actor.actor_id, reason=reason, at=at)
        begun = instant_text(row.decision.released_at)
        said: dict[str, object] = {"contingency_id": row.contingency_id, "released_at": begun}
        tx.append(_entry(EntryKind.CONTINGENCY_WITHDRAWN, release, actor, at, said, {"reason": reason[:2000]}))
        spreading.spread(tools, tx, release.release.producer.producer_id, release_id, row.contingency_id, at)
        return _view(tx.connection, actor, release, at)


def public_page(tools: Tools, release_id: str) -> str:
    """Give the address of the public page of a release made public here."""
    return f"{tools.policy.public_address}/published/{release_id}"


def _view(connection: Connection, actor: Actor, release: ReleaseRow, at: datetime) -> ContingencyView:
    row = contingencies.find(connection, release.release.release_id)
    rows = documents.of_release(connection, release.release.release_id)
    if row is None:
        shown = tuple(one for one in rows if one.card.state in _CURRENT)
    else:
        shown = tuple(one for one in rows if one.card.document_id in row.decision.document_ids)
    return ContingencyView(
        release=release,
        row=row,
        reasons=_against(connection, release, at) if row is None else (),
        documents=shown,
        may_release=row is None and actor.has(release.organisation_id, *_HEADS),
        may_withdraw=row is not None and row.stands and actor.has(release.organisation_id, *_WITHDRAWERS),
    )


def _current(connection: Connection, release_id: str) -> tuple[DocumentRow, ...]:
    return tuple(row for row in documents.of_release(connection, release_id) if row.card.state in _CURRENT)


def _against(connection: Connection, release: ReleaseRow, at: datetime) -> tuple[Reason, ...]:
    facts = release.release
    verdict = watching.last_verdict(connection, facts.release_id, facts.publishes_at)
    seen_at = verdict.public_at if verdict else None
    cards = [row.card for row in _current(connection, facts.release_id)]
    listed = eligibility.in_force(connection, facts.release_id, on=london_date(at))
    published = public_lists.find(connection, facts.release_id)
    enforced = public_list(listed, facts) if listed else ()
    return (
        *reasons_against(facts, cards, seen_at, at),
        *list_of_posts_reasons(facts.order, published.rows.encode() if published else None, enforced),
    )


def _demand_nothing_against(connection: Connection, release: ReleaseRow, at: datetime) -> None:
    reasons = _against(connection, release, at)
    if reasons:
        detail = " ".join(reason.detail for reason in reasons)
        raise Refused(f"{detail} Nothing was released.", code=Code.CONTINGENCY_REFUSED, reasons=reasons)


def _demand_words(reason: str, confirmation: str) -> None:
    if not reason.strip():
        raise _missing("reason", "Say why; the reason is kept. Nothing was released.")
    if " ".join(confirmation.split()).casefold() != CONFIRMATION.casefold():
        raise Malformed(
            f"Type “{CONFIRMATION}” to confirm. Nothing was released.",
            errors=[{"where": "confirmation", "what": f"is not “{CONFIRMATION}”"}],
        )


def _missing(where: str, detail: str) -> Malformed:
    return Malformed(detail, code=Code.REASON_REQUIRED, errors=[{"where": where, "what": "is missing"}])


def _let_go(_piece: bytes) -> None:
    """Keep nothing of what is read through."""


def _entry(
    kind: EntryKind, release: ReleaseRow, actor: Actor, at: datetime, said: dict[str, object], sealed: dict[str, str]
) -> Entry:
    facts = release.release
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=facts.producer.producer_id,
        release_id=facts.release_id,
        said=said,
        sealed=sealed,
    )
