"""Rehearsing the whole day of a release: a twin of it, with made-up documents, minutes instead of a day, and a report.

The service prepares the twin by itself: its list is the one in force for the real release, its documents are made up
here. So the head of profession who asks for it is the second person for both, as for any other release, and nothing of
the real one is touched or read but its list.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import desk
from app.actions.registering import put_on_record
from app.actions.shelving import take_back_document
from app.actions.tools import (
    Actor,
    Tools,
    Transaction,
    require_no_own_access,
    require_role,
)
from app.audit.entries import Entry, EntryKind
from app.records import documents, eligibility, grants, moves, rehearsals, releases
from app.records.documents import DocumentRow
from app.records.eligibility import ListRow
from app.records.moves import MoveRow
from app.records.releases import ReleaseRow
from app.rules import letters
from app.rules.eligibility import list_sha256
from app.rules.errors import Malformed, OutOfOrder, Refused
from app.rules.facts import (
    DocumentCard,
    DocumentState,
    EligibilityList,
    ListState,
    Release,
    ReleaseState,
    Role,
    london_text,
)
from app.rules.lifecycle import Move
from app.rules.reasons import instant_text
from app.rules.rehearsals import PREFIX, no_day_of
from app.rules.window import NO_WINDOW, window_of
from app.vault import age, shelf
from app.vault.rehearsal_documents import MadeUp, made_up
from app.vault.workshop.tasks import Task

MINUTES_LEAST, MINUTES_MOST = 2, 24 * 60
_SERVICE = Actor("rule", "the service", ())
_EXEMPTION = "A rehearsal; nothing is published."


def begin_rehearsal(
    tools: Tools, actor: Actor, release_id: str, *, minutes: int = 30, tells_people: bool = False
) -> ReleaseRow:
    """Begin a rehearsal of a release's day: the same list, made-up documents, published within minutes.

    Its window is open at once where the Order gives a day, and it is lived through like any release: people sign, open,
    and see the passphrase; it is declared published, or found overdue.

    Args:
        minutes: From now to the time set for publication.
        tells_people: Its letters go to everyone listed; otherwise only to those with a role with the producer.

    Raises:
        NotFound, Refused: The actor is not the head of profession of the producer, is on the list, or the release has
            no window.
        OutOfOrder: It is a rehearsal itself, is postponed, cancelled or published, or has no approved list.
        Malformed: The minutes are too few or too many, or the title is too long with its heading.

    Source:
        Producer policy: rehearsals; Producer policy: two persons
    """
    at = tools.clock.now()
    if not MINUTES_LEAST <= minutes <= MINUTES_MOST:
        what = f"A rehearsal takes {MINUTES_LEAST} to {MINUTES_MOST} minutes."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "minutes", "what": what}])
    with tools.reading() as connection:
        _rehearsed(connection, actor, release_id)
    twin_id = tools.new_id("rel")
    made = [_sealed(tools, twin_id, one, at) for one in made_up(tools.workshop.do(Task.REHEARSAL_PDF, b"", {}))]
    try:
        with tools.transaction(once=True) as tx:
            releases.keep(tx.connection, release_id)
            real, listed = _rehearsed(tx.connection, actor, release_id)
            row = _twin(tx, real.release, twin_id, minutes, at)
            rehearsals.mark_twin(tx.connection, twin_id, of_release_id=release_id, quiet=not tells_people)
            _take_list(tools, tx, actor, row.release, listed, at)
            for document in made:
                _take_document(tx, actor, row.release, document, at)
            _sign_off(tools, tx, actor, row, at)
            _invite(tools, tx, twin_id, at)
            return releases.get_row(tx.connection, twin_id)
    except BaseException as error:
        for document in made:
            take_back_document(tools, document, error)
        raise


def demand_rehearsable(tools: Tools, actor: Actor, release_id: str) -> None:
    """Stop somebody who could not rehearse the day of a release now, whatever they ask for.

    Raises:
        NotFound, Refused, OutOfOrder: As for ``begin_rehearsal``.
    """
    with tools.reading() as connection:
        _rehearsed(connection, actor, release_id)


def _rehearsed(connection: Connection, actor: Actor, release_id: str) -> tuple[ReleaseRow, ListRow]:
    """Give the real release and its list in force, to somebody who may rehearse it."""
    row = releases.get_row(connection, release_id)
    require_role(actor, row.organisation_id, Role.HEAD_OF_PROFESSION)
    if row.release.rehearsal:
        raise OutOfOrder("That is a rehearsal itself. Rehearse the real release.")
    no_day = no_day_of(row.release)
    if no_day:
        raise OutOfOrder(no_day)
    refusal = window_of(row.release).refusal
    if refusal is not None:
        raise Refused(f"{refusal.detail} {refusal.remedy}", code=NO_WINDOW[refusal.code], reasons=(refusal,))
    list_id = eligibility.find_version(connection, release_id, ListState.APPROVED)
    if list_id is None:
        raise OutOfOrder("No eligibility list has been approved for this release. Have one approved first.")
    listed = eligibility.get_row(connection, list_id)
    require_no_own_access(actor, {one.grant.person_id for one in listed.rows})
    return row, listed


def _twin(tx: Transaction, real: Release, twin_id: str, minutes: int, at: datetime) -> ReleaseRow:
    publishes_at = at.replace(second=0, microsecond=0) + timedelta(minutes=minutes + 1)
    # The time in the title tells one rehearsal of a release from the next; no two have the same.
    title = f"{PREFIX}{real.title} ({london_text(at)})"
    twin = replace(
        real,
        release_id=twin_id,
        title=title,
        state=ReleaseState.PLANNED,
        publishes_at=publishes_at,
        published_at=None,
        public_url=None,
        series_id=None,
        rehearsal=True,
        list_frozen_at=None,
    )
    return put_on_record(tx, _SERVICE, twin, at, time_exemption=_EXEMPTION)


def _take_list(tools: Tools, tx: Transaction, actor: Actor, twin: Release, listed: ListRow, at: datetime) -> None:
    """Take over the list in force, approved by whoever asks for the rehearsal. Pauses are those of the real release."""
    rows = [replace(one.grant, grant_id=tools.new_id("grt"), paused_reason="") for one in listed.rows]
    mine = EligibilityList(
        tools.new_id("lst"), twin.release_id, 1, ListState.DRAFT, tuple(rows), prepared_by=_SERVICE.actor_id
    )
    eligibility.add(tx.connection, mine, prepared_at=at, edited_by=())
    for place, (grant, one) in enumerate(zip(rows, listed.rows, strict=True), 1):
        grants.add(tx.connection, mine.list_id, place, one.post_id, grant)
    digest = list_sha256(mine)
    eligibility.approve(
        tx.connection,
        mine.list_id,
        revision=1,
        approved_by=actor.actor_id,
        approved_at=at,
        sha256=digest,
        holdings_as_of=listed.holdings_as_of or at,
    )
    said = {"list_id": mine.list_id, "version": 1, "sha256": digest, "grants": len(rows)}
    tx.append(
        _entry(EntryKind.LIST_APPROVED, actor, twin, at, {**said, "from_list_id": listed.eligibility_list.list_id})
    )


def _sealed(tools: Tools, twin_id: str, one: MadeUp, at: datetime) -> DocumentRow:
    document_id = tools.new_id("doc")
    escrow = tools.keys.escrow_recipient_text
    sealed = shelf.seal_document(
        tools.store,
        document_id=document_id,
        chunks=[one.content],
        wrap=tools.keys.wrap,
        escrow_recipient=None if escrow is None else age.Recipient.parse(escrow),
        limit_bytes=tools.policy.document_limit_bytes,
    )
    card = DocumentCard(
        document_id=document_id,
        release_id=twin_id,
        file_name=one.file_name,
        media_type=one.media_type,
        sha256=sealed.sha256,
        plain_bytes=sealed.plain_bytes,
        state=DocumentState.DRAFT,
        rehearsal=True,
    )
    return DocumentRow(
        card=card,
        replaces_id=None,
        note="",
        crc32=sealed.crc32,
        sealed_bytes=sealed.sealed_bytes,
        object_name=sealed.object_name,
        wrapped_identity=sealed.wrapped_identity,
        escrowed_identity=sealed.escrowed_identity,
        escrow_recipient=escrow,
        uploaded_by=_SERVICE.actor_id,
        uploaded_at=at,
    )


def _take_document(tx: Transaction, actor: Actor, twin: Release, row: DocumentRow, at: datetime) -> None:
    card = row.card
    documents.add(tx.connection, row)
    documents.fix(tx.connection, row, by=actor.actor_id, at=at)
    said = {"sha256": card.sha256, "plain_bytes": card.plain_bytes, "media_type": card.media_type, "made_up": True}
    sealed = _entry(EntryKind.DOCUMENT_SEALED, _SERVICE, twin, at, said)
    tx.append(replace(sealed, document_id=card.document_id))
    fixed = _entry(EntryKind.DOCUMENT_FIXED, actor, twin, at, {"sha256": card.sha256, "version": card.version})
    tx.append(replace(fixed, document_id=card.document_id))


def _sign_off(tools: Tools, tx: Transaction, actor: Actor, row: ReleaseRow, at: datetime) -> None:
    twin = row.release
    releases.change(tx.connection, replace(twin, state=ReleaseState.FINAL), revision=row.revision)
    opens_at = window_of(twin).opens_at
    states = (ReleaseState.PLANNED, ReleaseState.ANNOUNCED, ReleaseState.FINAL)
    for move, before, after in zip((Move.ANNOUNCE, Move.SIGN_OFF), states, states[1:], strict=False):
        move_id = tools.new_id("mov")
        made = MoveRow(
            move=move.value,
            from_state=before.value,
            to_state=after.value,
            from_publishes_at=twin.publishes_at,
            to_publishes_at=twin.publishes_at,
            at=at,
            by_person_id=actor.actor_id,
            reason="",
        )
        moves.add(tx.connection, move_id, twin.release_id, made)
        said: dict[str, object] = {
            "move_id": move_id,
            "move": move.value,
            "from_state": before.value,
            "to_state": after.value,
            "to_publishes_at": instant_text(twin.publishes_at),
            "to_opens_at": instant_text(opens_at) if opens_at else None,
        }
        tx.append(_entry(EntryKind.RELEASE_MOVED, actor, twin, at, said))


def _invite(tools: Tools, tx: Transaction, twin_id: str, at: datetime) -> None:
    """Write to everyone listed; of a quiet rehearsal the desk withholds what is not for the producer's own people."""
    row = releases.get_row(tx.connection, twin_id)
    listed = eligibility.in_force(tx.connection, twin_id)
    for person in eligibility.listed_people(tx.connection, twin_id, 1):
        mine = [one for one in listed.grants if one.person_id == person.person_id] if listed else []
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="invitation",
            reason_key=f"rehearsal:{twin_id}:{person.person_id}",
            subject=row.release.title,
            body=letters.invitation(row.release, mine, row.contact),
            release_id=row.release.release_id,
        )


def _entry(kind: EntryKind, actor: Actor, twin: Release, at: datetime, said: dict[str, object]) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=twin.producer.producer_id,
        release_id=twin.release_id,
        said={**said, "rehearsal": True},
    )
