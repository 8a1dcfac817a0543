"""How ready releases are: looked at, and told to whoever owes what is missing, then to those above them.

Each person of a rung is told of each missing thing once, however many of us there are: what was told is marked in the
transaction that queues the letter. A release that is moved is told of anew, as everything is counted from its new time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import coordination, readying
from app.actions.readying import Readiness as Readiness
from app.actions.scheduling import producer_for, rows_of
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import people, readiness, releases
from app.records.releases import ReleaseRow
from app.rules import readinessletters
from app.rules.canonical import sha256_hex
from app.rules.facts import PRODUCING, ListState, Person, Role
from app.rules.readiness import AHEAD_OF, Line
from app.rules.readinessfacts import Need, Standing
from app.rules.reasons import instant_text
from app.rules.rungs import Rung, rung_due

READERS = (*PRODUCING, Role.AUDITOR)
_LOOK_AHEAD = timedelta(days=35)  # longer than a week before the longest window
_RELEASES_LIMIT = 20_000  # more than all producers publish in a month


def read_readiness(tools: Tools, actor: Actor, release_id: str) -> Readiness:
    """Show what must be there before a release, and how it stands.

    Args:
        tools: The tools.
        actor: Somebody who works for its producer, or an auditor.
        release_id: The release.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *READERS)
        return readying.gauge(tools, connection, (row,), at)[0]


def list_readiness(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[Readiness, ...]:
    """Show how ready a producer's releases are, by the time set.

    Args:
        tools: The tools.
        actor: Somebody who works for the producer, or an auditor.
        producer_id: Whose releases.
        due_from: First time set that is wanted; now, if left out. Aware.
        due_to: Last time set that is wanted, included. Aware.
        after: Time set and id of the last release already given.
        limit: How many at most.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = producer_for(connection, actor, producer_id, *READERS)
        rows = rows_of(connection, producer, due_from=due_from or at, due_to=due_to, after=after, limit=limit)
        return readying.gauge(tools, connection, rows, at)


def list_own(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[Readiness, ...]:
    """Show how ready the releases to come are, of every producer that the actor works for or audits, by the time set.

    Args:
        tools: The tools.
        actor: Who asks; nothing is shown to whoever works for no producer.
        after: Time set and id of the last release already given.
        limit: How many at most.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    held = [one.organisation_id for one in actor.roles if one.role in READERS]
    mine = None if None in held else frozenset(one for one in held if one is not None)
    with tools.reading() as connection:
        rows = releases.page(connection, person_id=None, organisation_ids=mine, due_from=at, after=after, limit=limit)
        return readying.gauge(tools, connection, rows, at)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What there is of a release so far: whether a list is in force, how many documents, and how many are fixed."""

    listed: bool
    documents: int
    fixed: int


def prepared_of(tools: Tools, actor: Actor, release_ids: Collection[str]) -> dict[str, Prepared]:
    """Say what has been prepared of some releases by release id; as many questions for twenty as for one.

    A release that is not there, or whose producer the actor neither works for nor audits, is not in what is given.

    Args:
        tools: The tools.
        actor: Who asks.
        release_ids: At most a few hundred.
    """
    with tools.reading() as connection:
        rows = releases.get_rows(connection, release_ids)
        ids = [release_id for release_id, row in rows.items() if actor.has(row.organisation_id, *READERS)]
        live, marks = readiness.live_lists(connection, ids), readiness.documents_of(connection, ids)
    return {
        release_id: Prepared(
            listed=any(one.state is ListState.APPROVED for one in live.get(release_id, ())),
            documents=len(marks.get(release_id, ())),
            fixed=sum(1 for mark in marks.get(release_id, ()) if mark.final),
        )
        for release_id in ids
    }


def releases_unready(tools: Tools) -> tuple[str, ...]:
    """Say of which releases somebody is to be told now that something is missing, the soonest first."""
    at = tools.clock.now()
    with tools.reading() as connection:
        found = releases.page(
            connection,
            person_id=None,
            organisation_ids=None,
            due_from=at,
            due_to=at + _LOOK_AHEAD,
            limit=_RELEASES_LIMIT,
        )
        rows = [row for row in found if row.release.state in AHEAD_OF]
        told = readiness.told_of(connection, [row.release.release_id for row in rows])
        return tuple(
            one.row.release.release_id
            for one in readying.gauge(tools, connection, rows, at)
            if any(_mark(one.row, line, rung) not in told for line, rung in _due(one, at))
        )


def tell_unready(tools: Tools, release_id: str) -> None:
    """Tell whoever's turn it is what is missing before a release, in one letter to each.

    Args:
        tools: The tools.
        release_id: As ``releases_unready`` found it.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)  # of two at once, the second finds what the first has marked
        row = releases.get_row(tx.connection, release_id)
        told = readiness.told_of(tx.connection, [release_id])
        gauged = readying.gauge(tools, tx.connection, (row,), at)[0]
        marked = [(line, rung) for line, rung in _due(gauged, at) if _mark(row, line, rung) not in told]
        for line, rung in marked:
            _mark_told(tools, tx, row, line, rung, at)
        for rung in Rung:
            lines = tuple(line for line, on in marked if on is rung)
            if lines:
                _tell(tools, tx, row, rung, lines, at)


def _due(one: Readiness, at: datetime) -> list[tuple[Line, Rung]]:
    """Give what is missing, each with whoever is to be told of it now, told already or not."""
    found = []
    for line in one.lines:
        rung = rung_due(line.due_at, one.row.release.publishes_at, one.counts, at)
        if line.standing is not Standing.DONE and rung is not None:
            found.append((line, rung))
    return found


def _mark(row: ReleaseRow, line: Line, rung: Rung) -> tuple[str, datetime, str, str, str]:
    return (row.release.release_id, row.release.publishes_at, line.need.value, line.cause, rung.value)


def _mark_told(tools: Tools, tx: Transaction, row: ReleaseRow, line: Line, rung: Rung, at: datetime) -> None:
    release_id, publishes_at, need, cause, on = _mark(row, line, rung)
    readiness.mark_told(
        tx.connection,
        mark_id=tools.new_id("rdm"),
        release_id=release_id,
        publishes_at=publishes_at,
        need=need,
        cause=cause,
        rung=on,
        at=at,
    )


def _tell(tools: Tools, tx: Transaction, row: ReleaseRow, rung: Rung, lines: tuple[Line, ...], at: datetime) -> None:
    """Write to each person of a rung of what concerns them, and put on record how many were written to of what."""
    release = row.release
    theirs: dict[str, tuple[Person, list[Line]]] = {}
    for line in lines:
        reached = _people(tx.connection, row, rung, line.need, at)
        for person in reached:
            theirs.setdefault(person.person_id, (person, []))[1].append(line)
        tx.append(_told(row, rung, line, len(reached), at))
    for person, mine in theirs.values():
        named = sha256_hex("|".join(f"{one.need.value}:{one.cause}" for one in mine).encode())[:16]
        only_page = {one.need for one in mine} == {Need.PAGE_CONFIRMED}  # the publishing team sees no more than that
        shown = "page" if only_page else "readiness"
        where = f"{tools.policy.public_address}/producer/releases/{release.release_id}/{shown}"
        key = f"readiness:{release.release_id}:{instant_text(release.publishes_at)}:{rung.value}:{named}"
        coordination.owe(
            tools,
            tx,
            person,
            "readiness",
            f"{key}:{person.person_id}",
            readinessletters.subject(release, rung),
            readinessletters.body(release, rung, tuple(mine), where, at),
            at,
            release_id=release.release_id,
        )


def _told(row: ReleaseRow, rung: Rung, line: Line, count: int, at: datetime) -> Entry:
    return Entry(
        EntryKind.READINESS_TOLD,
        at,
        producer_id=row.release.producer.producer_id,
        release_id=row.release.release_id,
        said={"rung": rung.value, "missing": [line.need.value], "people": count},
    )


def _people(connection: Connection, row: ReleaseRow, rung: Rung, need: Need, at: datetime) -> tuple[Person, ...]:
    """Give whom a rung reaches; whoever is missing there is replaced by the next one up, so that somebody is told."""
    heads = people.people_with_role(connection, row.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    leads = coordination.seniors_of(connection, row, at, head=False) or heads
    if rung is Rung.HEAD_OF_PROFESSION:
        return heads or leads
    if rung is Rung.LEAD_OFFICIAL:
        return leads
    owners = _owners(connection, row, need, at) or leads
    if rung is Rung.OWNER:
        return owners
    return tuple({person.person_id: person for person in (*owners, *leads, *heads)}.values())


def _owners(connection: Connection, row: ReleaseRow, need: Need, at: datetime) -> tuple[Person, ...]:
    if need is Need.SIGNED_OFF:
        return coordination.seniors_of(connection, row, at, head=False)
    if need is Need.LIST_APPROVED:
        return people.people_with_role(connection, row.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    if need is Need.PAGE_CONFIRMED:
        publishers = people.people_with_role(connection, row.organisation_id, Role.PUBLISHER, at=at)
        if publishers:
            return publishers
    present = people.people_with_role(connection, row.organisation_id, *PRODUCING, at=at)
    statisticians = people.people_with_role(connection, row.organisation_id, Role.STATISTICIAN, at=at)
    return tuple(one for one in present if one.person_id == row.prepared_by) or statisticians
