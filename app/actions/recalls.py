"""Recalls, as the producer runs them: begun, watched on a board, decided on where a statement fails, and closed.

One document is recalled in ``documents.py``. Here everything of a release is, or the copies that were read before the
window as a move has left it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from app.actions import recalling
from app.actions.recalling import PersonView as PersonView
from app.actions.recalling import RecallRow as RecallRow
from app.actions.recalling import Taking
from app.actions.tools import (
    NOTHING_THERE,
    Actor,
    Tools,
    Transaction,
    require_no_own_access,
    require_revision,
    require_role,
)
from app.audit.entries import Entry, EntryKind
from app.records import documents, openings, recalls, releases
from app.records.releases import ReleaseRow
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import DocumentState, ReleaseState, Role
from app.rules.publication import read_too_soon
from app.rules.reasons import instant_text
from app.rules.recalls import RecallCause, closing_lacks

_RECALLERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_READERS = (Role.STATISTICIAN, *_RECALLERS, Role.AUDITOR)
_COLUMNS = (
    "person_id", "name", "post", "served", "opened", "passphrase_shown", "sent_bytes", "asked_at", "reminded_at",
    "reminded_again_at", "escalated_at", "did", "printed", "kept_where", "forwarded_to", "stated_at", "contradicted",
    "excused", "decision",
)  # fmt: skip


class DecisionAbout(StrEnum):
    """What a decision about one person settles."""

    MISSING = "missing"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class RecallView:
    """A recall with everybody who is asked about it.

    Attributes:
        lacks: Everything for which it cannot be closed yet; empty once it is closed.
    """

    row: RecallRow
    people: tuple[PersonView, ...]
    lacks: tuple[dict[str, str], ...]

    @property
    def stated(self) -> int:
        """How many have made a statement."""
        return sum(one.statement is not None for one in self.people)


@dataclass(frozen=True, slots=True)
class Recalls:
    """The recalls of a release, and how many people a recall of copies would ask about now.

    Attributes:
        offered_people: They read before the window as a move has left it, and no recall has asked them yet.
    """

    views: tuple[RecallView, ...]
    offered_people: int


def recall_release(
    tools: Tools, actor: Actor, release_id: str, *, reason: str, copies_only: bool = False
) -> RecallView:
    """Take everything of a release back, or only the copies that were read before the window as it now stands.

    Args:
        reason: Why; told to everyone served.
        copies_only: The documents stay and can be opened once their window opens; who has read is asked to delete.

    Raises:
        NotFound, Refused: The actor is neither lead official nor head of profession of the producer.
        Malformed: No reason (code ``reason_required``).
        OutOfOrder: There is nothing to take back, or nobody has read too soon who was not asked.

    Source:
        Producer policy: recalls; SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4;
        SR 2009/71 Sch. para 4
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("Say why it is taken back.", code=Code.REASON_REQUIRED)
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)
        release = releases.get_row(tx.connection, release_id)
        require_role(actor, release.organisation_id, *_RECALLERS)
        rows = documents.of_release(tx.connection, release_id)
        standing = tuple(row for row in rows if row.card.state is not DocumentState.RECALLED)
        if not standing:
            raise OutOfOrder("Every document of the release was recalled before.", code=Code.ALREADY_ENDED)
        early = _read_too_soon(tx.connection, release) if copies_only else None
        if early is not None and not early:
            raise OutOfOrder("Nobody has read before the window as it stands who was not asked by a recall already.")
        cause = RecallCause.MOVED_AFTER_READING if copies_only else RecallCause.RELEASE
        row = recalling.begin(tools, tx, Taking(actor, release, standing, cause, reason, early), at)
        return _viewed(tx.connection, row)


def recalls_of_release(tools: Tools, actor: Actor, release_id: str) -> Recalls:
    """Give every recall of a release, the first begun first, to those who prepare it or audit it.

    Raises:
        NotFound: There is no such release, or the actor has no such role with its producer.
    """
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        if not actor.has(release.organisation_id, *_READERS):
            raise NotFound(NOTHING_THERE)
        views = tuple(_viewed(connection, row) for row in recalls.of_release(connection, release_id))
        return Recalls(views, len(_read_too_soon(connection, release)))


def get_recall(tools: Tools, actor: Actor, recall_id: str) -> RecallView:
    """Give one recall with its board, to those who prepare the release or audit it.

    Raises:
        NotFound: There is none, or the actor has no such role with its producer.
    """
    with tools.reading() as connection:
        return _viewed(connection, _seen(connection, actor, recall_id)[0])


def decide_statement(
    tools: Tools, actor: Actor, recall_id: str, person_id: str, *, about: DecisionAbout, reason: str
) -> RecallView:
    """Decide on one person: that no statement is waited for, or what to make of one that the log contradicts.

    Args:
        about: What is settled.
        reason: Why.

    Raises:
        NotFound, Refused: The actor is neither lead official nor head of profession, or decides about themself.
        Malformed: No reason (code ``reason_required``).
        OutOfOrder: The recall is closed, or there is nothing of that sort to decide about this person.

    Source:
        Producer policy: recalls
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("Say why; it stays beside the statement.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row, release = _changed_by(tx, actor, recall_id)
        one = recalling.view_of(tx.connection, row, person_id)
        require_no_own_access(actor, {person_id})
        if about is DecisionAbout.MISSING and (one.statement is not None or one.asked.excused):
            raise OutOfOrder("A statement of this person is on record, or a reason why none is waited for.")
        if about is DecisionAbout.CONTRADICTION and not one.contradicted:
            raise OutOfOrder("What this person states and the log do not contradict each other, or it was decided.")
        decided_on = one.statement.statement_id if one.statement else None
        recalls.decide(
            tx.connection,
            one.asked.recall_person_id,
            decision=reason,
            by=actor.actor_id,
            at=at,
            excused=reason if about is DecisionAbout.MISSING else None,
            decided_on=decided_on if about is DecisionAbout.CONTRADICTION else None,
        )
        recalls.touch(tx.connection, row)
        said: dict[str, object] = {"recall_id": recall_id, "about": about.value, "statement_id": decided_on}
        # Not under the person's own name: what was thought of their statement is not theirs to read in their history.
        said["recall_person_id"] = one.asked.recall_person_id
        tx.append(_entry(EntryKind.STATEMENT_DECIDED, actor, row, release, at, said, reason))
        return _viewed(tx.connection, recalls.get(tx.connection, recall_id))


def close_recall(tools: Tools, actor: Actor, recall_id: str, *, note: str, revision: int) -> RecallView:
    """Close a recall once every statement is in, or has a reason for missing, and none contradicts the log undecided.

    Args:
        note: What came of it.

    Raises:
        NotFound, Refused: The actor is neither lead official nor head of profession of the producer.
        Malformed: No note (code ``reason_required``).
        OutOfOrder: It is closed; or something is lacking, and ``errors`` in extra says what, person by person.
        Conflict: Somebody changed it meanwhile; a statement that comes in counts.

    Source:
        Producer policy: recalls
    """
    at = tools.clock.now()
    if not note.strip():
        raise Malformed("Say what came of it.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row, release = _changed_by(tx, actor, recall_id)
        require_revision(row.revision, revision)
        views = recalling.views_of(tx.connection, row)
        lacks = closing_lacks([one.as_answered() for one in views])
        if lacks:
            raise OutOfOrder(f"It cannot be closed yet: {' '.join(one['what'] for one in lacks)}", errors=list(lacks))
        recalls.close(tx.connection, row, by=actor.actor_id, note=note, at=at)
        said: dict[str, object] = {
            "recall_id": recall_id,
            "people_asked": len(views),
            "statements": sum(one.statement is not None for one in views),
            "excused": sum(one.statement is None for one in views),
        }
        tx.append(_entry(EntryKind.RECALL_CLOSED, actor, row, release, at, said, note))
        return _viewed(tx.connection, recalls.get(tx.connection, recall_id))


def board_sheet(tools: Tools, actor: Actor, recall_id: str) -> bytes:
    """Give the board of a recall as CSV (UTF-8 with its mark), one person a line.

    Raises:
        NotFound: As ``get_recall``.
    """
    people = get_recall(tools, actor, recall_id).people
    lines = [list(_COLUMNS), *([one[name] for name in _COLUMNS] for one in map(_line, people))]
    return tools.write_sheet(lines, kind="csv", title="Recall")


def _line(one: PersonView) -> dict[str, str | int]:
    asked, said = one.asked, one.statement.statement if one.statement else None
    chased = {
        name: instant_text(at) if at else ""
        for name in ("asked_at", "reminded_at", "reminded_again_at", "escalated_at")
        for at in (getattr(asked.chased, name),)
    }
    return {
        "person_id": asked.person_id,
        "name": asked.name,
        "post": asked.post,
        "served": asked.served,
        "opened": bool(one.seen),
        "passphrase_shown": any(each.revealed for each in one.seen),
        "sent_bytes": sum(each.sent_bytes for each in one.seen),
        **chased,
        "did": said.did.value if said else "",
        "printed": said.printed if said else "",
        "kept_where": said.kept_where if said else "",
        "forwarded_to": said.forwarded_to if said else "",
        "stated_at": instant_text(one.statement.given_at) if one.statement else "",
        "contradicted": one.contradicted,
        "excused": asked.excused,
        "decision": asked.decision,
    }


def _seen(connection: Connection, actor: Actor, recall_id: str) -> tuple[RecallRow, ReleaseRow]:
    row = recalls.get(connection, recall_id)
    release = releases.get_row(connection, row.release_id)
    if not actor.has(release.organisation_id, *_READERS):
        raise NotFound(NOTHING_THERE)
    return row, release


def _changed_by(tx: Transaction, actor: Actor, recall_id: str) -> tuple[RecallRow, ReleaseRow]:
    row, release = _seen(tx.connection, actor, recall_id)
    require_role(actor, release.organisation_id, *_RECALLERS)
    if row.closed_at is not None:
        raise OutOfOrder("The recall is closed.", code=Code.ALREADY_ENDED)
    return row, release


def _viewed(connection: Connection, row: RecallRow) -> RecallView:
    views = recalling.views_of(connection, row)
    lacks = closing_lacks([one.as_answered() for one in views]) if row.closed_at is None else ()
    return RecallView(row, views, lacks)


def _read_too_soon(connection: Connection, release: ReleaseRow) -> frozenset[str]:
    """Give the people who read before the window as it stands and whom no recall has asked since."""
    if release.release.state in (ReleaseState.PUBLISHED, ReleaseState.CANCELLED):
        return frozenset()
    early = read_too_soon(release.release, openings.facts_of_release(connection, release.release.release_id))
    asked: dict[tuple[str, str], datetime] = {}  # when last; what was opened after that, nobody has asked about
    for row in recalls.of_release(connection, release.release.release_id):
        for person in recalls.people_of(connection, row.recall_id):
            for pair in ((document_id, person.person_id) for document_id in row.document_ids):
                asked[pair] = max(row.begun_at, asked.get(pair, row.begun_at))
    return frozenset(
        one.person_id
        for one in early
        if (one.document_id, one.person_id) not in asked or asked[one.document_id, one.person_id] < one.opened_at
    )


def _entry(
    kind: EntryKind,
    actor: Actor,
    row: RecallRow,
    release: ReleaseRow,
    at: datetime,
    said: dict[str, object],
    reason: str,
    person_id: str | None = None,
) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=person_id,
        producer_id=release.release.producer.producer_id,
        release_id=row.release_id,
        said=said,
        sealed={"reason": reason},
    )
