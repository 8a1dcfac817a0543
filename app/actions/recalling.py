"""What taking something back needs inside one transaction, and what the log shows of those who are asked about it.

The board of a recall is worked out afresh whenever it is read: from the log, and from what people state.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.audit.reading import Wanted
from app.audit.told import told
from app.records import documents, eligibility, evidence, openings, people, recalls, statements
from app.records.documents import DocumentRow
from app.records.recalls import AskedRow as AskedRow
from app.records.recalls import RecallRow as RecallRow
from app.records.releases import ReleaseRow
from app.records.statements import StatementRow as StatementRow
from app.rules import lettersubjects, recall_letters
from app.rules.account import LoggedFact
from app.rules.chasing import Chased
from app.rules.facts import ReleaseState, london_date
from app.rules.openings_seen import EVIDENCE_KINDS, OpeningSeen, openings_seen
from app.rules.recalls import COPIES_RECALLED, DOCUMENT_RECALLED, Answered, Finding, RecallCause, compare
from app.rules.recalls import evidence as evidence_of
from app.rules.reportparts import RecallCount
from app.rules.statements import DID_WORDS
from app.rules.window import opens_at_for

_NOBODY = "Nobody had opened it, and nobody could have."


@dataclass(frozen=True, slots=True)
class Taking:
    """What is being taken back, by whom and why.

    Attributes:
        only_from: The people to ask, where not everyone who had or could have had it is concerned.
    """

    actor: Actor
    release: ReleaseRow
    rows: tuple[DocumentRow, ...]
    cause: RecallCause
    reason: str
    only_from: frozenset[str] | None = None

    @property
    def document_ids(self) -> tuple[str, ...]:
        """The ids of what is taken back."""
        return tuple(row.card.document_id for row in self.rows)

    @property
    def keeps_documents(self) -> bool:
        """Only the copies are taken back: the documents can be opened again once their window opens."""
        return self.cause is RecallCause.MOVED_AFTER_READING


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person on the board of a recall.

    Attributes:
        seen: What the log shows of their openings of what was recalled.
        statement: What they state now; None while nothing is stated.
        statements: How many statements they have made.
        findings: What comparing the two found; of the log alone while nothing is stated.
        contradicted: Statement and log cannot both be right, and nobody has decided on it.
    """

    asked: AskedRow
    seen: tuple[OpeningSeen, ...]
    statement: StatementRow | None
    statements: int
    findings: tuple[Finding, ...]
    contradicted: bool

    def as_answered(self) -> Answered:
        """Give what the rule of closing needs to know."""
        did = self.statement.statement.did if self.statement else None
        return Answered(self.asked.person_id, self.asked.post, did, self.contradicted, self.asked.excused)


def begin(tools: Tools, tx: Transaction, taking: Taking, at: datetime) -> RecallRow:
    """Take documents, or the copies of them, back; ask everyone who had or could have had one for a statement.

    Openings end here, and with them running copies; nothing is destroyed. A second person can destroy the key of what
    was recalled afterwards (``destroying.py``).

    Args:
        at: Now. Aware, UTC.

    Raises:
        Conflict: Somebody changed a document meanwhile.

    Source:
        Producer policy: recalls
    """
    asked = _to_ask(tx.connection, taking, at)
    ended = sum(_take_back(tx, taking, row, at) for row in taking.rows)
    release = taking.release.release
    row = RecallRow(
        recall_id=tools.new_id("rcl"),
        release_id=release.release_id,
        cause=taking.cause,
        document_ids=taking.document_ids,
        reason=taking.reason,
        begun_at=at,
        begun_by=taking.actor.actor_id,
        closed_at=None if asked else at,
        closed_note="" if asked else _NOBODY,
    )
    recalls.add(tx.connection, row)
    tx.append(
        Entry(
            EntryKind.RECALL_BEGUN,
            at,
            actor_id=taking.actor.actor_id,
            producer_id=release.producer.producer_id,
            release_id=release.release_id,
            said={
                "recall_id": row.recall_id,
                "cause": taking.cause.value,
                "documents": len(taking.rows),
                "openings_ended": ended,
                "people_served": sum(asked.values()),
                "people_asked": len(asked),
            },
            sealed={"reason": taking.reason},
        )
    )
    posts = evidence.posts_of(tx.connection, release.release_id)
    for person_id, served in sorted(asked.items()):
        _ask(tools, tx, taking, row, person_id, served, posts.get(person_id, "somebody no longer on the list"))
    return row


def views_of(connection: Connection, row: RecallRow) -> tuple[PersonView, ...]:
    """Give everybody who is asked about a recall, with what the log shows and what they state, by address."""
    told = _Told(connection, (row,))
    return tuple(told.view(row, asked) for asked in recalls.people_of(connection, row.recall_id))


def views_of_person(
    connection: Connection, found: Collection[tuple[RecallRow, AskedRow]], person_id: str
) -> tuple[PersonView, ...]:
    """Give one person as they are asked about some recalls, in the same order.

    Args:
        connection: Any connection.
        found: The recalls, each with what it asks of them; at most a few hundred.
        person_id: The person.
    """
    told = _Told(connection, [row for row, _ in found], person_id)
    return tuple(told.view(row, asked) for row, asked in found)


def view_of(connection: Connection, row: RecallRow, person_id: str) -> PersonView:
    """Give one person who is asked about a recall.

    Raises:
        NotFound: They are not.
    """
    return views_of_person(connection, [(row, recalls.get_person(connection, row.recall_id, person_id))], person_id)[0]


def count_of(connection: Connection, row: RecallRow) -> RecallCount:
    """Count what came of a recall so far, for the draft report."""
    views = views_of(connection, row)
    said = [one.statement.statement.did for one in views if one.statement]
    return RecallCount(
        begun_at=row.begun_at,
        closed_at=row.closed_at,
        asked=len(views),
        served=sum(one.asked.served for one in views),
        stated={DID_WORDS[did]: said.count(did) for did in DID_WORDS if did in said},
        excused=sum(one.statement is None and bool(one.asked.excused) for one in views),
        contradicted=sum(one.contradicted for one in views),
    )


def where_to_state(tools: Tools) -> str:
    """Give the address of the page at which somebody sees what they are asked, and answers."""
    return f"{tools.policy.public_address}/recalls"


def where_it_stands(tools: Tools, recall_id: str) -> str:
    """Give the address of the page that shows the board of a recall."""
    return f"{tools.policy.public_address}/producer/recalls/{recall_id}"


def _to_ask(connection: Connection, taking: Taking, at: datetime) -> dict[str, bool]:
    """Give everyone to ask, by id, and whether a copy was begun for them."""
    asked = recalls.openers(connection, taking.document_ids)
    release = taking.release.release
    fixed = any(row.fixed_at is not None for row in taking.rows)
    if taking.only_from is not None:
        return {person_id: served for person_id, served in asked.items() if person_id in taking.only_from}
    if not fixed or release.state is not ReleaseState.FINAL:
        return asked
    in_force = eligibility.in_force(connection, release.release_id, on=london_date(at))
    for grant in in_force.grants if in_force else ():
        opens = opens_at_for(release, grant)
        if grant.person_id is not None and opens is not None and opens <= at:
            asked.setdefault(grant.person_id, False)
    return asked


def _take_back(tx: Transaction, taking: Taking, row: DocumentRow, at: datetime) -> int:
    """Mark one document as taken back, unless it stays, and end its openings; say how many."""
    document_id = row.card.document_id
    why = COPIES_RECALLED if taking.keeps_documents else DOCUMENT_RECALLED
    ended = openings.stop_all_of(tx.connection, document_id, at=at, reason=why)
    if taking.keeps_documents:
        return ended
    documents.recall(tx.connection, row, reason=taking.reason, by=taking.actor.actor_id, at=at)
    tx.append(
        Entry(
            EntryKind.DOCUMENT_RECALLED,
            at,
            actor_id=taking.actor.actor_id,
            producer_id=taking.release.release.producer.producer_id,
            release_id=row.card.release_id,
            document_id=document_id,
            said={
                "openings_ended": ended,
                "people_served": len(openings.served(tx.connection, document_id)),
                "sha256": row.card.sha256,
            },
            sealed={"reason": taking.reason},
        )
    )
    return ended


def _ask(
    tools: Tools, tx: Transaction, taking: Taking, row: RecallRow, person_id: str, served: bool, post: str
) -> None:
    person, release = people.get(tx.connection, person_id), taking.release.release
    asked = AskedRow(
        recall_person_id=tools.new_id("rcp"),
        recall_id=row.recall_id,
        release_id=row.release_id,
        person_id=person_id,
        name=person.name,
        email=person.email,
        post=post,
        served=served,
        chased=Chased(row.begun_at),
    )
    recalls.add_person(tx.connection, asked)
    where, contact = where_to_state(tools), taking.release.contact
    numbers = recalls.numbers_of(tx.connection, row.document_ids, person_id)
    body = (
        recall_letters.recalled(release, person.name, taking.reason, numbers, where, contact)
        if served
        else recall_letters.not_to_open(release, person.name, where, contact)
    )
    desk.queue_notice(
        tools,
        tx,
        at=row.begun_at,
        email=person.email,
        person_id=person_id,
        kind="recall",
        reason_key=f"recall:{row.recall_id}:{person_id}",
        subject=lettersubjects.recalled(release, served=served),
        body=body,
        release_id=row.release_id,
    )


class _Told:
    """What the log says of openings of what was recalled, and what people state; read once for all of them."""

    def __init__(self, connection: Connection, rows: Collection[RecallRow], person_id: str | None = None) -> None:
        """Read it.

        Args:
            connection: Any connection.
            rows: The recalls; at most a few hundred.
            person_id: Of one person alone; of everybody, if left out.
        """
        self._given = statements.of_recalls(connection, [row.recall_id for row in rows], person_id)
        self._logged: dict[tuple[str | None, str | None], list[LoggedFact]] = {}
        of_documents = frozenset(document_id for row in rows for document_id in row.document_ids)
        wanted = Wanted(person_id=person_id, document_ids=of_documents, kinds=frozenset(EVIDENCE_KINDS))
        for one in told(connection, wanted) if of_documents else ():
            fact = LoggedFact(one.entry_id, one.at, one.kind, one.outcome, "", one.said)
            self._logged.setdefault((one.document_id, one.person_id), []).append(fact)

    def view(self, row: RecallRow, asked: AskedRow) -> PersonView:
        """Give one person who is asked about a recall."""
        seen = openings_seen(self._evidence(row, asked.person_id))
        given = self._given.get((row.recall_id, asked.person_id), ())
        newest = given[-1] if given else None
        findings = compare(newest.statement, seen) if newest else evidence_of(seen)
        undecided = newest is not None and newest.statement_id != asked.decided_on
        contradicted = undecided and any(one.contradicts for one in findings)
        return PersonView(asked, seen, newest, len(given), findings, contradicted)

    def _evidence(self, row: RecallRow, person_id: str) -> list[LoggedFact]:
        """Give what the log says of one person's openings of what was recalled, to the last entry."""
        found = [one for document_id in row.document_ids for one in self._logged.get((document_id, person_id), ())]
        # What they opened afterwards, in the window as it now stands, was not recalled.
        since = {one.said.get("opening_id") for one in found if one.kind == "access_decided" and one.at > row.begun_at}
        return [one for one in found if one.said.get("opening_id") not in since]
