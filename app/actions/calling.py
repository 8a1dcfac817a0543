"""Calling the readers of a release to its documents: each judged by the rule at that instant, then told, or refused.

For the acts in ``ready_letters.py``, inside their transactions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.actions import coordination, deciding, desk
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import documents, notices, openings, people, ready_letters
from app.records.ready_letters import LetterRow
from app.records.releases import ReleaseRow
from app.rules import access, breaches, readyletters, readywords
from app.rules.access import Permit
from app.rules.canonical import sha256_hex
from app.rules.errors import Conflict
from app.rules.facts import AccessFacts, DocumentState, Grant, Person
from app.rules.publication import read_too_soon
from app.rules.readyletters import Judged, LetterState
from app.rules.reasons import Reason, instant_text

_RULE = "rule"
_NO_POST = "somebody who is no longer on the list"


def judge(
    connection: Connection, release: ReleaseRow, grants: Sequence[Grant], person_ids: Collection[str], at: datetime
) -> tuple[Judged, ...]:
    """Ask the rule for every reader: may they open any of the documents at this instant?

    Args:
        connection: Any connection.
        release: The release.
        grants: Of the readers who are on the list in force.
        person_ids: Whom the letter is to alone; whoever is no longer on the list is judged too. Empty for everybody.
        at: Now. Aware, UTC.
    """
    posts: dict[str, str] = {}  # in the order of the list
    for grant in grants:
        posts.setdefault(grant.person_id or "", f"{grant.post_title}, {grant.organisation}")
    for person_id in person_ids:
        posts.setdefault(person_id, _NO_POST)
    fixed = _fixed(connection, release)
    return tuple(_judge_one(connection, release, fixed, person_id, post, at) for person_id, post in posts.items())


def _judge_one(
    connection: Connection, release: ReleaseRow, fixed: Sequence[str], person_id: str, post: str, at: datetime
) -> Judged:
    as_asking = Actor(person_id, "", (), person_id=person_id)
    facts = [deciding.gather(connection, as_asking, document_id, at) for document_id in fixed]
    facts = facts or [deciding.gather_for_release(connection, as_asking, release.release.release_id, at)]
    told = notices.is_known(connection, _letter_key(release, fixed, person_id))
    return Judged(person_id, post, _reasons(facts, at), told)


def _fixed(connection: Connection, release: ReleaseRow) -> tuple[str, ...]:
    """Give the ids of the documents in final form."""
    known = documents.of_release(connection, release.release.release_id)
    return tuple(row.card.document_id for row in known if row.card.state is DocumentState.FINAL)


def _reasons(facts: Sequence[AccessFacts], at: datetime) -> tuple[Reason, ...]:
    decisions = [access.decide(one, at) for one in facts]
    refused = [one.reasons for one in decisions if not isinstance(one, Permit)]
    return () if len(refused) < len(decisions) else refused[0]


def _letter_key(release: ReleaseRow, document_ids: Sequence[str], person_id: str) -> str:
    """One letter to each person about these documents and this time of publication."""
    about = sha256_hex(" ".join([instant_text(release.release.publishes_at), *sorted(document_ids)]).encode())[:16]
    return f"ready_letter:{release.release.release_id}:{about}:{person_id}"


def end_letter(
    tools: Tools, tx: Transaction, release: ReleaseRow, row: LetterRow, judged: Sequence[Judged], at: datetime
) -> str:
    """Send a letter to those who may read now, or withhold it from everybody.

    Args:
        tools: The tools.
        tx: The open transaction.
        release: Its release.
        row: The letter, which is still set to go.
        judged: Every reader, as the rule judged them.
        at: Now. Aware, UTC.

    Returns:
        The receipt.

    Raises:
        Conflict: It has ended already: another of us was first.
    """
    withheld = bool(readyletters.wrong_for(judged)) or not any(one.is_called for one in judged)
    state = LetterState.WITHHELD if withheld else LetterState.SENT
    outcome = [one.as_record(withheld=withheld) for one in judged]
    if not ready_letters.end(tx.connection, row.ready_letter_id, state, at=at, by=_RULE, outcome=outcome):
        raise Conflict("This letter has ended already.")  # another of us was first
    called = () if withheld else tuple(one for one in judged if one.is_called)
    for one in judged:
        if one.reasons:
            tx.append(_refusal(release, row, one, at))
    for one in called:
        _call(tools, tx, release, one, at)
    kind = EntryKind.READY_LETTER_REFUSED if withheld else EntryKind.READY_LETTER_SENT
    entry = entry_of(kind, release, row, row.scheduled_by, at, {"readers": len(judged), "sent": len(called)})
    receipt = tx.append(replace(entry, outcome=Outcome.REFUSED if withheld else Outcome.DONE))
    opened = openings.facts_of_release(tx.connection, release.release.release_id)
    too_soon = read_too_soon(release.release, opened)
    draft = breaches.letter_too_early(release.release, judged, too_soon, by=row.scheduled_by, at=at)
    if draft is not None:
        desk.open_incident(tools, tx, draft, at=at)
    if len(called) < len(judged) or withheld:
        _tell_producer(tools, tx, release, row, judged, at, withheld=withheld)
    return receipt


def _call(tools: Tools, tx: Transaction, release: ReleaseRow, one: Judged, at: datetime) -> None:
    person = people.get(tx.connection, one.person_id)
    where = f"{tools.policy.public_address}/releases/{release.release.release_id}"
    coordination.owe(
        tools,
        tx,
        person,
        "ready_letter",
        _letter_key(release, _fixed(tx.connection, release), one.person_id),
        readywords.ready_subject(release.release),
        readywords.ready_body(release.release, where, release.contact),
        at,
        release_id=release.release.release_id,
    )


def _tell_producer(
    tools: Tools,
    tx: Transaction,
    release: ReleaseRow,
    row: LetterRow,
    judged: Sequence[Judged],
    at: datetime,
    *,
    withheld: bool,
) -> None:
    """Tell whoever set the letter to go, and the lead official, to whom it did not go."""
    asked = people.find(tx.connection, row.scheduled_by)  # a program is no person of ours
    leads = coordination.seniors_of(tx.connection, release, at, head=False)
    told: dict[str, Person] = {person.person_id: person for person in (*([asked] if asked else []), *leads)}
    body = readywords.outcome_body(release.release, judged, withheld=withheld, at=at)
    subject = readywords.outcome_subject(release.release, withheld=withheld)
    for person in told.values():
        key = f"ready_letter_outcome:{row.ready_letter_id}:{person.person_id}"
        about = release.release.release_id
        coordination.owe(tools, tx, person, "ready_letter_outcome", key, subject, body, at, release_id=about)


def _refusal(release: ReleaseRow, row: LetterRow, one: Judged, at: datetime) -> Entry:
    said = {"reasons": [{"code": reason.code.value, "source": reason.source} for reason in one.reasons]}
    entry = entry_of(EntryKind.READY_LETTER_REFUSED, release, row, row.scheduled_by, at, said)
    return replace(entry, outcome=Outcome.REFUSED, person_id=one.person_id)


def entry_of(
    kind: EntryKind, release: ReleaseRow, row: LetterRow | None, actor_id: str, at: datetime, said: dict[str, Any]
) -> Entry:
    """Give an entry about a letter.

    Args:
        kind: What happened.
        release: Its release.
        row: The letter; None where it was refused when it was set.
        actor_id: Who did it.
        at: When. Aware, UTC.
        said: What else the entry says.
    """
    about = {"ready_letter_id": row.ready_letter_id} if row else {}
    return Entry(
        kind,
        at,
        actor_id=actor_id,
        producer_id=release.release.producer.producer_id,
        release_id=release.release.release_id,
        said={**about, **said},
    )
