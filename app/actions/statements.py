"""What a person is asked about a recall, and what they state: by themself, freshly signed in, signed, compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import coordination, desk, recalling
from app.actions.recalling import PersonView, RecallRow
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import recalls, releases, statements
from app.records.releases import ReleaseRow
from app.records.statements import StatementRow as StatementRow
from app.rules import lettersubjects, recall_letters
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.declarations import same_name
from app.rules.errors import Malformed, NotFound
from app.rules.reasons import instant_text
from app.rules.recalls import forwarded
from app.rules.statements import Statement, check_statement, signed_record


@dataclass(frozen=True, slots=True)
class AskedOfMe:
    """What one person is asked about one recall, as they may see it.

    Attributes:
        title: Of the release, which they were listed for.
        reason: Why it was recalled, where they were served; empty otherwise.
        numbers: Of their own openings of what was recalled.
    """

    row: RecallRow
    title: str
    producer: str
    contact: str
    reason: str
    numbers: tuple[str, ...]
    view: PersonView

    @property
    def still_asked(self) -> bool:
        """Whether a statement is waited for."""
        return self.row.closed_at is None and self.view.statement is None and not self.view.asked.excused


def my_recalls(
    tools: Tools,
    actor: Actor,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
    still_open: bool = False,
) -> tuple[AskedOfMe, ...]:
    """Give the recalls about which this person is or was asked, newest first, with what they stated.

    Args:
        tools: The tools.
        actor: Who asks.
        after: When the last one already given began, and its id.
        limit: How many at most.
        still_open: Those that nobody has closed alone.

    Raises:
        NotFound: A program asks; it has opened nothing.
    """
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        found = recalls.of_person(connection, actor.person_id, limit=limit, after=after, still_open=still_open)
        known = releases.get_rows(connection, {row.release_id for row, _ in found})
        views = recalling.views_of_person(connection, found, actor.person_id)
    return tuple(_as_asked(row, known[row.release_id], view) for (row, _), view in zip(found, views, strict=True))


def my_recall(tools: Tools, actor: Actor, recall_id: str) -> AskedOfMe:
    """Give one recall about which this person is or was asked, with what they stated.

    Raises:
        NotFound: There is no such recall, or they are not asked about it.
    """
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        recalls.get_person(connection, recall_id, actor.person_id)
        return _asked_of(connection, recalls.get(connection, recall_id), actor.person_id)


def give_statement(
    tools: Tools, actor: Actor, recall_id: str, statement: Statement, *, typed_name: str, agreed: bool
) -> AskedOfMe:
    """State what one did with what was recalled. A later statement takes the place of an earlier; all are kept.

    Args:
        statement: What they state.
        typed_name: The person's own name, capitals and blanks apart.
        agreed: The box was ticked: this is true to the best of their knowledge.

    Returns:
        What they are asked, with the statement and what the comparison with the log found.

    Raises:
        NotFound: There is no such recall, or they are not asked about it.
        Refused: The sign-in is not fresh.
        Malformed: Not agreed, another name, or it contradicts itself.

    Source:
        Producer policy: recalls; Producer policy: fresh sign-in
    """
    at = tools.clock.now()
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        recalls.get_person(connection, recall_id, actor.person_id)  # nobody else is told what is wrong with theirs
    require_fresh_sign_in(actor, at, tools.policy)
    check_statement(statement)
    if not agreed or not same_name(typed_name, actor.name):
        what = "Type your own name as it is on record." if agreed else "Tick the box: you state it as true."
        raise Malformed(
            f"{what} Nothing was put on record.", errors=[{"where": "typed_name" if agreed else "agreed", "what": what}]
        )
    with tools.transaction(once=True) as tx:
        row = recalls.get(tx.connection, recall_id)
        release = releases.get_row(tx.connection, row.release_id)
        given, digest = _signed(tools, actor, row, statement, typed_name, at)
        statements.add(tx.connection, given)
        recalls.touch(tx.connection, row)
        view = recalling.view_of(tx.connection, row, actor.person_id)
        tx.append(_entry(actor, release, view, digest, at))
        _follow(tools, tx, release, view, at)
        return _asked_of(tx.connection, row, actor.person_id)


def _signed(
    tools: Tools, actor: Actor, row: RecallRow, statement: Statement, typed_name: str, at: datetime
) -> tuple[StatementRow, str]:
    """Sign a statement; gives it with the SHA-256 of what was signed."""
    ids = {
        "statement_id": tools.new_id("stm"),
        "recall_id": row.recall_id,
        "release_id": row.release_id,
        "person_id": actor.actor_id,
    }
    given = {
        "given_at": instant_text(at),
        "authenticated_by": actor.how,
        "authenticated_at": instant_text(actor.authenticated_at or at),
        "typed_name": typed_name,
    }
    payload = canonical_json(signed_record(statement, ids=ids, person_name=actor.name, given=given))
    jws = tools.keys.sign_statement(payload)
    return StatementRow(**ids, statement=statement, given_at=at, jws=jws), sha256_hex(payload)


def _entry(actor: Actor, release: ReleaseRow, view: PersonView, digest: str, at: datetime) -> Entry:
    given = view.statement
    if given is None:
        raise ValueError("the statement that was just added is not on record")
    said = given.statement
    return Entry(
        EntryKind.STATEMENT_GIVEN,
        at,
        actor_id=actor.actor_id,
        person_id=actor.person_id,
        producer_id=release.release.producer.producer_id,
        release_id=given.release_id,
        said={
            "recall_id": given.recall_id,
            "statement_id": given.statement_id,
            "sha256": digest,
            "did": said.did.value,
            "printed": said.printed,
            "forwarded": bool(said.forwarded_to.strip()),
            "findings": sorted({one.kind.value for one in view.findings}),
            "contradicted": view.contradicted,
        },
    )


def _follow(tools: Tools, tx: Transaction, release: ReleaseRow, view: PersonView, at: datetime) -> None:
    """Open an incident for what was passed on, and tell those who answer of what cannot be right."""
    given = view.statement
    if given is not None and given.statement.forwarded_to.strip():
        draft = forwarded(
            release.release,
            recall_id=given.recall_id,
            person_id=given.person_id,
            post=view.asked.post,
            to=given.statement.forwarded_to,
            at=at,
        )
        desk.open_incident(tools, tx, draft, at=at)
    if given is None or not view.contradicted:
        return
    where = recalling.where_it_stands(tools, given.recall_id)
    body = recall_letters.contradicted(release.release, view.asked.post, view.findings, where)
    subject = lettersubjects.statement_differs(release.release)
    for person in coordination.seniors_of(tx.connection, release, at, head=True):
        key = f"statement_differs:{given.statement_id}:{given.recall_id}:{person.person_id}"
        coordination.owe(tools, tx, person, "statement_differs", key, subject, body, at)


def _asked_of(connection: Connection, row: RecallRow, person_id: str) -> AskedOfMe:
    release = releases.get_row(connection, row.release_id)
    return _as_asked(row, release, recalling.view_of(connection, row, person_id))


def _as_asked(row: RecallRow, release: ReleaseRow, view: PersonView) -> AskedOfMe:
    return AskedOfMe(
        row=row,
        title=release.release.title,
        producer=release.release.producer.name,
        contact=release.contact,
        reason=row.reason if view.asked.served else "",
        numbers=tuple(one.number for one in view.seen),
        view=view,
    )
