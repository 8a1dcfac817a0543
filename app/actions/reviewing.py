"""The rule asked again about openings that are past, whenever facts have changed since; done by the worker.

A change leaves a mark in its own transaction (``tools.Transaction``). The worker takes the oldest mark, and of its
openings a few at a time: it asks the rule by the records as they are now, outside any transaction that writes, and
then keeps the difference, and how far it has come, in one short transaction. Whatever stops it between two of these,
nothing is done twice and nothing is left out; and where facts were changed while it asked, it keeps nothing and asks
anew. What is held against an opening stands in exactly one incident for each sort.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Connection

from app.actions import findings
from app.actions.findings import Keeping, New
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import breaches, documents, evidence, facts_changes, reviews, wrong_facts
from app.records.asked_then import asked_then
from app.records.reviews import FindingRow, Mark, OpeningThen
from app.rules.askedthen import AskedThen
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import Order, ReleaseState
from app.rules.incidents import OpeningFact
from app.rules.reasons import instant_text
from app.rules.reviewcauses import MOVES, Because
from app.rules.reviews import Finding, Held, judge, truly
from app.rules.wrongfacts import WrongFact

BATCH = 50
"""How many openings are looked at before anything is kept: what one transaction that writes may have to put right."""
BATCHES_AT_ONCE = 6
"""In one turn of the worker, so that the log and the letters do not wait behind a long list."""
TRIED_AGAIN = timedelta(minutes=1)
"""After how long a change is tried again that could not be followed up."""


class _Overtaken(Exception):  # not an error: what was found is thrown away and asked anew
    """Facts were changed, or somebody else came as far, while the rule was asked."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the rule said of a few openings.

    Attributes:
        number: How many changes of facts there had been before it was asked.
        last: There are no more openings behind these.
        differs: Something of it is not on record yet, or is and should not be.
    """

    mark: Mark
    number: int
    looked_at: tuple[OpeningThen, ...]
    held: tuple[tuple[OpeningThen, Held], ...]
    last: bool
    differs: bool = False


@dataclass(frozen=True, slots=True)
class _Differences:
    """What is held and not on record, what is on record and no longer held, and what other incidents tell already."""

    found: list[New]
    ended: list[FindingRow]
    taken_over: list[FindingRow]

    @property
    def any(self) -> bool:
        return bool(self.found or self.ended or self.taken_over)


def review_marks(tools: Tools) -> int:
    """Ask the rule again about openings because of what was changed; the oldest change first.

    A change that cannot be followed up is tried again a minute later, behind all others, and holds up none.

    Returns:
        How many openings were looked at.

    Raises:
        Exception: The first thing that went wrong, once everything else of this turn was done.
    """
    count = 0
    failed: dict[str, Exception] = {}
    for _ in range(BATCHES_AT_ONCE):
        mark = _oldest(tools, failed)
        if mark is None:
            break
        try:
            asked = _ask(tools, mark)
            _keep(tools, asked)
        except _Overtaken:
            continue
        except Exception as error:  # noqa: BLE001  # deliberate: it holds up no other, and is raised below
            failed[mark.key] = error
            continue
        count += len(asked.looked_at)
    if failed:
        with tools.transaction() as tx:
            reviews.put_off(tx.connection, failed, tools.clock.now() + TRIED_AGAIN)
    for first in failed.values():
        raise first
    return count


def _oldest(tools: Tools, passed_over: Collection[str] = ()) -> Mark | None:
    at = tools.clock.now()
    with tools.reading() as connection:
        return reviews.oldest(connection, at, passed_over)


def _ask(tools: Tools, mark: Mark) -> _Asked:
    with tools.reading() as connection:
        number = facts_changes.number(connection)  # first: a change from here on is seen when this is kept
        looked_at = reviews.batch(connection, mark, BATCH)
        clock = wrong_facts.of_clock(connection)
        asking: dict[tuple[str, Order], AskedThen] = {}
        held = tuple((one, found) for one in looked_at for found in _judge(connection, one, clock, asking))
        asked = _Asked(mark, number, looked_at, held, last=len(looked_at) < BATCH)
        return replace(asked, differs=bool(looked_at) and _differences(connection, asked).any)


def _judge(
    connection: Connection,
    one: OpeningThen,
    clock: Sequence[WrongFact],
    asking: dict[tuple[str, Order], AskedThen],
) -> tuple[Held, ...]:
    facts = documents.facts_then(
        connection,
        person_id=one.person_id,
        document_id=one.document_id,
        list_id=one.list_id,
        at=truly(one.opened_at, clock),
    )
    grant = next((grant for grant in facts.grants if grant.grant_id == one.grant_id), None)
    opening = OpeningFact(
        opening_id=one.opening_id,
        number=one.number,
        document_id=one.document_id,
        person_id=one.person_id,
        post_title=one.post_title,
        organisation=one.organisation,
        opened_at=one.opened_at,
        grant=grant,
        window_opened_at=one.window_opened_at,
    )
    asker = facts.release.producer.producer_id, facts.release.order
    if asker not in asking:  # one for most of a batch
        asking[asker] = asked_then(connection, *asker)
    return judge(facts, opening, clock, asking[asker])


def _keep(tools: Tools, asked: _Asked) -> None:
    at = tools.clock.now()
    mark = asked.mark
    with tools.transaction() as tx:
        if not reviews.step(tx.connection, mark, None if asked.last else asked.looked_at[-1].opening_id):
            raise _Overtaken
        if not asked.looked_at:
            return
        index = reviews.index_of(tx.connection, mark.key) if mark.kind else None
        because = Because(mark.key, mark.kind, mark.at, index, reviews.done_by(tx.connection, mark))
        keeping = Keeping(tools, tx, because, at)
        found = ended = 0
        if asked.differs:
            found, ended = _keep_differences(keeping, asked)
        if mark.kind or asked.differs:  # that the records were looked through, and stood, is no news
            tx.append(_reviewed(keeping, asked, found, ended))
        if asked.differs and facts_changes.number_kept(tx.connection) != asked.number:
            raise _Overtaken


def _keep_differences(keeping: Keeping, asked: _Asked) -> tuple[int, int]:
    """Put on record what differs; gives how much was found, and how much stands no longer."""
    connection = keeping.tx.connection
    breaches.take_turn(connection)  # from here on nobody else opens or completes an incident
    differences = _differences(connection, asked)
    for row in differences.taken_over:
        reviews.keep_finding(connection, replace(row, found_at=keeping.at), known=False)
    for (release_id, finding), of_one in _by_release_and_sort(differences.found):
        findings.put_on_record(keeping, release_id, finding, of_one)
    for incident_id, rows in _by_incident(differences.ended):
        findings.say_ended(keeping, incident_id, rows)
    return len(differences.found), len(differences.ended)


def _differences(connection: Connection, asked: _Asked) -> _Differences:
    known = reviews.findings_of(connection, [one.opening_id for one in asked.looked_at])
    told = {
        release_id: evidence.openings_on_record(connection, release_id)
        for release_id in {one.release_id for one in asked.looked_at}
    }
    taken_over = []
    later: set[str] = set()
    for one in asked.looked_at:  # an incident that a move opened tells of it already: taken over as it is
        tells = told[one.release_id].get(one.opening_id)
        if tells is not None and (one.opening_id, Finding.WINDOW) not in known:
            row = FindingRow(one.opening_id, Finding.WINDOW, tells.incident_id, asked.mark.at, "")
            taken_over.append(row)
            known[one.opening_id, Finding.WINDOW] = row
        if tells is not None and asked.mark.kind in MOVES and instant_text(asked.mark.at) > tells.told_at:
            later.add(one.opening_id)
    cancelled = {one.opening_id for one in asked.looked_at if one.release_state == ReleaseState.CANCELLED.value}
    held = {
        (one.opening_id, found.finding): (one, found)
        for one, found in asked.held
        # It will not come out, so nobody can say any more how long before that it was.
        if not (found.finding is Finding.WINDOW and one.opening_id in cancelled)
    }
    found = []
    for key, (one, what) in held.items():
        before, sha256 = known.get(key), _sha256(what)
        if before is None or before.ended_at is not None or not _says(before, sha256, later=one.opening_id in later):
            found.append(New(one, what, sha256, before))
    ended = [
        row
        for key, row in known.items()
        if key not in held and row.ended_at is None and not (key[1] is Finding.WINDOW and key[0] in cancelled)
    ]
    return _Differences(found, ended, taken_over)


def _says(before: FindingRow, sha256: str, *, later: bool) -> bool:
    """Say whether what is on record is what is held now; what was taken over is, until a later change."""
    return before.sha256 == sha256 or (not before.sha256 and not later)


def _sha256(held: Held) -> str:
    """Name what is held, so that what is told twice is told once."""
    told = [held.opens_at.isoformat() if held.opens_at else "", held.truly_at.isoformat()]
    return sha256_hex(canonical_json([*told, *(reason.code.value for reason in held.reasons)]))


def _reviewed(keeping: Keeping, asked: _Asked, found: int, ended: int) -> Entry:
    mark = asked.mark
    said = {"because": mark.key if mark.kind else None, "openings": len(asked.looked_at), "found": found}
    return Entry(
        EntryKind.OPENINGS_REVIEWED,
        keeping.at,
        producer_id=mark.producer_id,
        release_id=mark.release_id,
        said={**said, "no_longer": ended, "whole": asked.last},
    )


def _by_release_and_sort(found: Sequence[New]) -> list[tuple[tuple[str, Finding], list[New]]]:
    def key(new: New) -> tuple[str, Finding]:
        return new.one.release_id, new.held.finding

    return [(of, list(those)) for of, those in groupby(sorted(found, key=key), key=key)]


def _by_incident(ended: Sequence[FindingRow]) -> list[tuple[str, list[FindingRow]]]:
    def key(row: FindingRow) -> str:
        return row.incident_id

    return [(of, list(those)) for of, those in groupby(sorted(ended, key=key), key=key)]
