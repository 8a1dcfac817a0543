"""The seal of a release: at the close of its window, and again when more came, what the log holds about it.

It lets an auditor see that nothing about the release is kept from them, and lets each person prove that they did, or
did not, open anything before an instant. ``app/audit/README.md`` is its format.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit import export, merkle, reading, seals
from app.audit.checkpoint import Checkpoint, SignedNote
from app.audit.entries import Entry, EntryKind, Outcome
from app.audit.reading import Logged, Wanted
from app.records import documents, eligibility, moves, releases
from app.records import seals as seal_records
from app.records.moves import MoveRow
from app.records.seals import PlaceRow, SealRow
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.eligibility import list_sha256
from app.rules.errors import Code, LogDamaged, NotFound, OutOfOrder
from app.rules.facts import Release, ReleaseState, Role, london_date
from app.rules.lifecycle import Move
from app.rules.reasons import instant_text
from app.rules.window import window_of

QUIET = timedelta(minutes=10)
"""More is sealed once nothing came for so long."""
AT_LATEST = timedelta(hours=1)
"""Or once something has waited for so long."""
AT_ONCE = 20
"""So many are sealed in one turn of the worker: after an upgrade every past one is due, and the log waits behind."""
_ENDING = (Move.RESCHEDULE.value, Move.POSTPONE.value, Move.REOPEN.value)


@dataclass(frozen=True, slots=True)
class SealDue:
    """A release that is to be sealed, and why: ``published``, ``cancelled``, ``moved`` or ``supplement``."""

    release_id: str
    cause: str


def seals_due(tools: Tools, at_most: int = AT_ONCE) -> list[SealDue]:
    """Give the releases whose window has closed since they were last sealed, or about which more has come since.

    Args:
        tools: What this is done with.
        at_most: How many to give; whichever is not given now is due again at the next turn.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        over = seal_records.over_and_unsealed(connection)
        moved = seal_records.moved_since_sealed(connection)
        found = chain(
            (SealDue(one, "moved") for one in moved if _window_was_ended(connection, one)),
            (_due_once_over(connection, release_id, state, at) for release_id, state in over),
        )
        return list(islice((one for one in found if one is not None), at_most))


def seal_release(tools: Tools, due: SealDue) -> str | None:
    """Seal a release: put on record what the log holds about it now. Done once, however many do it.

    Args:
        due: Which, and why.

    Returns:
        The id of the seal's entry; None when somebody else did it, or an entry has no place in the log yet.
    """
    at = tools.clock.now()
    through = _published_size(tools)
    with tools.transaction() as tx:
        releases.keep(tx.connection, due.release_id)
        last = seal_records.newest(tx.connection, due.release_id)
        if due not in seals_due_for(tx.connection, due.release_id, at, last):
            return None
        about = _entries_about(tx.connection, due.release_id)
        if any(one.leaf_index is None or one.leaf_index >= through for one in about):
            return None
        about.sort(key=lambda one: one.leaf_index or 0)
        seed = secrets.token_bytes(32)
        rows = _places(due.release_id, about, seal_records.people_listed(tx.connection, due.release_id))
        tree = seals.OpeningsTree({**seals.fillers(seed), **{row.place: row.leaf for row in rows}})
        number = last.number + 1 if last else 1
        statement = _statement(tx.connection, due, about, at, through=through, number=number, root=tree.root)
        release = releases.get(tx.connection, due.release_id)
        text = canonical_json(statement).decode()
        entry_id = tx.append(_sealed(release, statement, text, at))
        newest = max((one.arrival for one in about), default=0)
        seal_id = tools.new_id("sel")
        row = SealRow(seal_id, due.release_id, number, through, newest, at, entry_id, text, seed)
        seal_records.add(tx.connection, row, rows)
    return entry_id


def seals_due_for(connection: Connection, release_id: str, at: datetime, last: SealRow | None) -> list[SealDue]:
    """Give why one release is to be sealed now, as ``seals_due`` does; asked again by whoever is about to seal it.

    Args:
        connection: An open transaction that nobody else decides on the release beside.
        release_id: The release.
        at: Now. Aware, UTC.
        last: Its newest seal.
    """
    if seal_records.is_destroyed(connection, release_id):
        return []
    release = releases.get(connection, release_id)
    if release.state in (ReleaseState.PUBLISHED, ReleaseState.CANCELLED):
        due = _due_once_over(connection, release_id, release.state.value, at)
        return [due] if due else []
    made = [one for one in moves.of_release(connection, release_id) if last is None or one.at > last.sealed_at]
    return [SealDue(release_id, "moved")] if any(_ended_window(release, one) for one in made) else []


def get_seal(tools: Tools, actor: Actor, release_id: str) -> dict[str, Any]:
    """Give an auditor the newest seal of a release: its statement, and the receipt of the entry that holds its hash.

    Raises:
        NotFound: There is no such release for this actor, or it was never sealed.
        Refused: The actor is no auditor.
        OutOfOrder: No checkpoint covers the seal yet; that takes a second or two.
    """
    with tools.reading() as connection:
        seal = _found(connection, actor, release_id)
    _put_reading_on_record(tools, actor, release_id)
    return _with_receipt(tools, seal)


def prove(tools: Tools, actor: Actor, release_id: str, person_id: str) -> dict[str, Any]:
    """Give an auditor what a release's newest seal says of one person, with the proof.

    Raises:
        NotFound: As ``get_seal``.
        Refused: The actor is no auditor.
        OutOfOrder: As ``get_seal``; or what the seal said of them has been erased.
    """
    with tools.reading() as connection:
        seal = _found(connection, actor, release_id)
    _put_reading_on_record(tools, actor, release_id, person_id)
    return _proof(tools, seal, person_id)


def prove_own(tools: Tools, actor: Actor, release_id: str) -> dict[str, Any]:
    """Give a person what a release's newest seal says of them, with the proof.

    Without the seal's statement: what was counted of others, and the hashes of documents that may still be under
    embargo, are an auditor's to see. The log's entry alone has the root that the proof leads to.

    Raises:
        NotFound: There is no such release, none that they may know of, or it was never sealed.
        OutOfOrder: As ``prove``.
    """
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        releases.get_related(connection, actor, release_id)
        seal = seal_records.newest(connection, release_id)
    if seal is None:
        raise NotFound(NOTHING_THERE)
    proof = _proof(tools, seal, actor.person_id)
    return {**proof, "seal": {**proof["seal"], "statement": None}}


def _found(connection: Connection, actor: Actor, release_id: str) -> SealRow:
    row = releases.get_related(connection, actor, release_id)
    require_role(actor, row.organisation_id, Role.AUDITOR)
    seal = seal_records.newest(connection, release_id)
    if seal is None:
        raise NotFound(NOTHING_THERE)
    return seal


def _put_reading_on_record(tools: Tools, actor: Actor, release_id: str, person_id: str | None = None) -> None:
    filters = ["release_id", *(["person_id"] if person_id else [])]
    with tools.transaction() as tx:
        # Without the release's id: what reads a seal must not give cause for another one.
        said = {"filters": filters, "seal": True}
        sealed = {"seal_of": release_id, **({"asked_about": person_id} if person_id else {})}
        tx.append(Entry(EntryKind.LOG_READ, tools.clock.now(), actor_id=actor.actor_id, said=said, sealed=sealed))


def _proof(tools: Tools, seal: SealRow, person_id: str) -> dict[str, Any]:
    with tools.reading() as connection:
        places = seal_records.places(connection, seal.seal_id)
    place = seals.place_of(seal.release_id, person_id)
    mine = places.get(place)
    if mine is not None and (mine.salt is None or mine.record is None):
        raise OutOfOrder(
            "What this seal said of the person was erased with the release's records, and cannot be proved any more.",
            code=Code.WRONG_STATE,
        )
    tree = seals.OpeningsTree({**seals.fillers(seal.filler_seed), **{row.place: row.leaf for row in places.values()}})
    return {
        "seal": _with_receipt(tools, seal),
        "person_id": person_id,
        "siblings": tree.siblings(place),
        "salt": mine.salt.hex() if mine and mine.salt else None,
        "record": mine.record if mine else None,
    }


def _with_receipt(tools: Tools, seal: SealRow) -> dict[str, Any]:
    with tools.reading() as connection:
        logged = reading.find(connection, seal.entry_id)
    if logged is None or logged.leaf_index is None or logged.leaf_index >= _published_size(tools):
        raise OutOfOrder("No checkpoint covers this seal yet. Ask again in a moment.", code=Code.WRONG_STATE)
    # The clear values behind the seal's own entry say only that the rule made it; they are left out.
    return {"statement": seal.statement, "receipt": export.receipt(tools.tiles, replace(logged, disclosed={}))}


def _due_once_over(connection: Connection, release_id: str, state: str, at: datetime) -> SealDue | None:
    """Say why a release that is over is to be sealed now, if it is."""
    last = seal_records.newest(connection, release_id)
    if last is None or f'"state":"{state}"' not in last.statement:
        return SealDue(release_id, state)
    span = seal_records.unsealed_span(connection, release_id, last)
    if span is not None and (at - span[1] >= QUIET or at - span[0] >= AT_LATEST):
        return SealDue(release_id, "supplement")
    return None


def _window_was_ended(connection: Connection, release_id: str) -> bool:
    last = seal_records.newest(connection, release_id)
    release = releases.get(connection, release_id)
    made = [one for one in moves.of_release(connection, release_id) if last is None or one.at > last.sealed_at]
    return any(_ended_window(release, one) for one in made)


def _ended_window(release: Release, move: MoveRow) -> bool:
    """Say whether a move took away a window that stood open."""
    if move.from_state != ReleaseState.FINAL.value or move.move not in _ENDING:
        return False
    before = window_of(replace(release, publishes_at=move.from_publishes_at)).opens_at
    if before is None or move.at < before:
        return False
    after = window_of(replace(release, publishes_at=move.to_publishes_at)).opens_at
    return move.to_state != ReleaseState.FINAL.value or after is None or after > move.at


def _entries_about(connection: Connection, release_id: str) -> list[Logged]:
    return list(reading.every(connection, Wanted(release_id=release_id), behind=()))


def _places(release_id: str, about: list[Logged], listed: set[str]) -> list[PlaceRow]:
    """Say of everybody who has anything to do with the release what they opened."""
    opened: dict[str, list[datetime]] = {person_id: [] for person_id in sorted(listed)}
    for one in about:
        permitted = one.kind == EntryKind.ACCESS_DECIDED.value and one.outcome == Outcome.PERMITTED.value
        if one.person_id is None:
            if permitted:
                raise LogDamaged(f"entry {one.entry_id} does not say whom it let in: the release cannot be sealed")
            continue
        instants = opened.setdefault(one.person_id, [])
        if permitted:
            instants.append(one.at)
    rows = []
    for person_id, instants in opened.items():
        record: dict[str, Any] = {"count": len(instants)}
        if instants:
            record |= {"first_at": instant_text(min(instants)), "last_at": instant_text(max(instants))}
        text, salt = canonical_json(record).decode(), secrets.token_bytes(seals.SALT_BYTES)
        rows.append(PlaceRow(seals.place_of(release_id, person_id), seals.leaf_of(salt, text), salt, text))
    return rows


def _statement(
    connection: Connection, due: SealDue, about: list[Logged], at: datetime, *, through: int, number: int, root: bytes
) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = {}
    for one in about:
        kind = counts.setdefault(one.kind, {})
        kind[one.outcome] = kind.get(one.outcome, 0) + 1
    listed = eligibility.in_force(connection, due.release_id, on=london_date(at))
    places = [one.leaf_index for one in about]
    return {
        "type": seals.STATEMENT_TYPE,
        "release_id": due.release_id,
        "number": number,
        "cause": due.cause,
        "state": releases.get(connection, due.release_id).state.value,
        "sealed_at": instant_text(at),
        "through": through,
        "first_index": places[0] if places else None,
        "last_index": places[-1] if places else None,
        "entries": len(about),
        "counts": counts,
        "entries_root": merkle.root_of(merkle.leaf_hash(one.leaf) for one in about).hex(),
        "list_version": listed.version if listed else None,
        "list_sha256": (listed.sha256 or list_sha256(listed)) if listed else None,
        "documents": [
            {"document_id": row.card.document_id, "sha256": row.card.sha256, "state": row.card.state.value}
            for row in documents.of_release(connection, due.release_id)
        ],
        "openings_root": root.hex(),
    }


def _sealed(release: Release, statement: dict[str, Any], text: str, at: datetime) -> Entry:
    names = ("number", "cause", "through", "first_index", "last_index", "entries", "list_sha256", "openings_root")
    return Entry(
        EntryKind.RELEASE_SEALED,
        at,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={**{name: statement[name] for name in names}, "statement_sha256": sha256_hex(text.encode())},
    )


def _published_size(tools: Tools) -> int:
    note: str | None = tools.tiles.read_checkpoint()
    return 0 if note is None else Checkpoint.parse(SignedNote.parse(note).text).size
