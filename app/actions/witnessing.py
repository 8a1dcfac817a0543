"""Ask the witnesses of the log to cosign its checkpoints, keep what they cosign, and tell when they stop.

The log never waits for a witness: checkpoints are published first, and a thread of its own asks afterwards. What a
witness cosigns is no entry of the log, since each would make another checkpoint to be cosigned; that one falls silent,
comes back, or says that the log contradicts itself, is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.actions import desk
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_anywhere, require_service_role
from app.audit import merkle
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote, signature_lines
from app.audit.cosignature import Cosignature, CosignatureRefused, cosigned_by, with_cosignatures, witness_key
from app.audit.cosigned import read_cosigned, write_cosigned
from app.audit.entries import Entry, EntryKind
from app.audit.witness.submission import SIZE_TYPE, Submission
from app.records import breaches, witnesses
from app.rules.errors import LogDamaged, NotFound
from app.rules.facts import Role
from app.rules.reasons import instant_text
from app.rules.witnesses import (
    FAULT_WORDS,
    WitnessFault,
    WitnessPlace,
    WitnessWatch,
    contradicted,
    is_silent,
    return_letter,
    silence_letter,
)

logger = logging.getLogger("pra.witnesses")

EVERY = timedelta(seconds=2)
"""How often one is asked, at most, while all is well."""
STALE_AFTER = timedelta(minutes=1)
"""After so long one is asked again even where the log has not grown: that it still stands behind it."""
LONGEST_REST = timedelta(minutes=1)
HELD_FOR = timedelta(minutes=1)
CLOCK_APART = timedelta(minutes=5)
ROUNDS = 3
"""How many times one is asked in one turn: it may know another size than we thought."""
_STATUS_FAULTS = {404: WitnessFault.NOT_FOLLOWED, 403: WitnessFault.KEY_NOT_TRUSTED}


@dataclass(frozen=True, slots=True)
class Turn:
    """Ours to ask one witness about one checkpoint."""

    place: WitnessPlace
    watch: WitnessWatch
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What came of asking: a cosignature, or a fault; with their size where that contradicts ours."""

    cosignature: Cosignature | None = None
    fault: WitnessFault | None = None
    their_size: int | None = None


@dataclass(frozen=True, slots=True)
class WitnessStanding:
    """How it stands with one witness, for people.

    Attributes:
        lag_entries: How many entries of the published log it has not cosigned yet.
    """

    watch: WitnessWatch
    lag_entries: int


def take_turns(tools: Tools, by: str) -> list[Turn]:
    """Take the turn of every witness that is to be asked now, so that no other process asks it.

    All are asked about one checkpoint, so that it can bear the cosignatures of all.

    Args:
        tools: The tools.
        by: Who asks; different for each process, and each time one starts.

    Returns:
        The turns, ours for ``HELD_FOR``.
    """
    places = {place.vkey: place for place in tools.policy.witnesses}
    note: str | None = tools.tiles.read_checkpoint() if places else None
    if note is None:
        return []
    at = tools.clock.now()
    with tools.reading() as connection:
        known = {watch.vkey for watch in witnesses.watches(connection, places)}
        due = witnesses.due(connection, places, at, size=_head(note).size, stale_from=at - STALE_AFTER)
    if not due and len(known) == len(places):
        return []
    with tools.transaction() as tx:
        if len(known) < len(places):
            witnesses.begin_watching(tx.connection, places.values(), at)
            due = sorted({*due, *(places.keys() - known)})
        taken = witnesses.take(tx.connection, due, at, by=by, until=at + HELD_FOR)
    return [Turn(places[watch.vkey], watch, note, by) for watch in taken]


def ask(tools: Tools, turn: Turn) -> bool:
    """Ask one witness, and keep what it says. No transaction is open while it is asked.

    Returns:
        Whether it cosigned.

    Raises:
        LogDamaged: Our own tiles do not give the checkpoint; the witness is not asked.
    """
    said = _ask(tools, turn)
    at = tools.clock.now()
    if said.cosignature is not None:
        cosigned_at = datetime.fromtimestamp(min(said.cosignature.at_seconds, 253_402_300_799), UTC)
        if abs(cosigned_at - at) <= CLOCK_APART:
            return _keep(tools, turn, said.cosignature, cosigned_at, at)
        said = _Said(fault=WitnessFault.CLOCK_APART)
    fault = said.fault or WitnessFault.UNREADABLE
    rest = min(EVERY * 2 ** min(turn.watch.tries, 10), LONGEST_REST)
    with tools.transaction() as tx:
        witnesses.unheard(tx.connection, turn.watch, at, by=turn.by, fault=fault, due_at=at + rest)
        if fault is WitnessFault.CONTRADICTS:
            size = _head(turn.note).size
            draft = contradicted(turn.watch, at, own_size=size, their_size=said.their_size)
            desk.open_incident(tools, tx, draft, at=at)
    logger.warning("the witness %s: %s", turn.place.name, FAULT_WORDS[fault])
    return False


def publish_cosigned(tools: Tools) -> None:
    """Write the newest cosigned checkpoint, with every cosignature there is for it, beside the plain one.

    Raises:
        LogDamaged: The one that lies there is of another log.
        OSError: The folder cannot be written.
    """
    vkeys = [place.vkey for place in tools.policy.witnesses]
    with tools.reading() as connection:
        notes = [note for _, note in witnesses.cosigned_notes(connection, vkeys)]
    if not notes:
        return
    first, *others = (SignedNote.parse(note) for note in notes)
    lines = [line for other in others if other.text == first.text for line in other.signatures]
    write_cosigned(tools.tiles, with_cosignatures(notes[0], lines))


def tell_of_silence(tools: Tools) -> int:
    """Tell administrators and auditors of witnesses whose cosignatures have stopped; once for each silence.

    Returns:
        How many fell silent.
    """
    at = tools.clock.now()
    limit = timedelta(minutes=tools.policy.witness_silent_minutes)
    told = 0
    for watch in _watches(tools):
        if watch.silent_since is None and is_silent(watch, at, limit):
            with tools.transaction() as tx:
                if witnesses.fell_silent(tx.connection, watch):
                    fault = watch.fault.value if watch.fault else "not_asked"
                    since = instant_text(watch.heard_at)
                    said = {"witness": watch.name, "since": since, "size": watch.size, "fault": fault}
                    tx.append(Entry(EntryKind.WITNESS_SILENT, at, said=said))
                    _tell(tools, tx, watch, at, "silent", *silence_letter(watch, tools.policy.public_address))
                    told += 1
    return told


def list_standings(tools: Tools, actor: Actor) -> list[WitnessStanding]:
    """Give an auditor, or an administrator, how it stands with each configured witness, by name.

    Raises:
        Refused: The actor has another role.
    """
    require_anywhere(actor, Role.AUDITOR, Role.ADMINISTRATOR)
    return standings(tools)


def standings(tools: Tools) -> list[WitnessStanding]:
    """Give how it stands with each configured witness, by name, for the operator's own shell."""
    size = _published_size(tools)
    return [WitnessStanding(watch, max(0, size - watch.size)) for watch in _watches(tools)]


def cosigned_checkpoint(tools: Tools, actor: Actor) -> str:
    """Give an auditor the newest checkpoint that a witness cosigned, as a C2SP signed note.

    Raises:
        Refused: The actor is no auditor.
        NotFound: No witness has cosigned yet.
    """
    if not any(held.role is Role.AUDITOR for held in actor.roles):
        require_service_role(actor, Role.AUDITOR)
    note: str | None = read_cosigned(tools.tiles)
    if note is None:
        raise NotFound(NOTHING_THERE)
    return note


def witnesses_state(tools: Tools) -> str:
    """Say in a word how it stands with the witnesses, for anybody who may ask whether the service is ready."""
    if not tools.policy.witnesses:
        return "none"
    watches = _watches(tools)
    if len(watches) < len(tools.policy.witnesses) or any(watch.answered_at is None for watch in watches):
        return "not all have cosigned yet"
    return "silent" if any(watch.silent_since for watch in watches) else "cosigning"


def describe_witnesses(tools: Tools) -> str:
    """Say of each witness when it last cosigned, for the operator.

    Raises:
        LogDamaged: A witness says that the log contradicts itself.
    """
    if not tools.policy.witnesses:
        return "none is configured"
    words = []
    for standing in standings(tools):
        watch = standing.watch
        when = f"last cosigned {instant_text(watch.cosigned_at)}" if watch.cosigned_at else "never cosigned"
        behind = f", {standing.lag_entries} entries behind" if standing.lag_entries else ""
        fault = f"; {FAULT_WORDS[watch.fault]}" if watch.fault else ""
        words.append(f"{watch.name} {when}{behind}{fault}")
        if watch.fault is WitnessFault.CONTRADICTS:
            raise LogDamaged("; ".join(words))
    return "; ".join(words) or "not asked yet: the service has not run since they were configured"


def _ask(tools: Tools, turn: Turn) -> _Said:
    text, head = SignedNote.parse(turn.note).text, _head(turn.note)
    old_size = turn.watch.size if turn.watch.size <= head.size else 0
    for _ in range(ROUNDS):
        submission = Submission(old_size, _proof(tools, old_size, head), turn.note)
        answer = tools.witness_post.submit(turn.place.url, submission.to_bytes()) if tools.witness_post else None
        if answer is None or answer.fault is not None:
            return _Said(fault=answer.fault if answer else WitnessFault.NO_ANSWER)
        if answer.status == 200:
            return _cosigned(text, answer.body, turn.place)
        if answer.status == 422:
            # The proof was checked before it was sent: from our tree of that size it does lead to the new one.
            return _Said(fault=WitnessFault.CONTRADICTS)
        if answer.status != 409:
            return _Said(fault=_STATUS_FAULTS.get(answer.status, WitnessFault.UNREADABLE))
        their_size = _size(answer.kind, answer.body)
        if their_size is None:
            return _Said(fault=WitnessFault.UNREADABLE)
        if their_size == old_size or their_size > _published_size(tools):
            return _Said(fault=WitnessFault.CONTRADICTS, their_size=their_size)
        if their_size > head.size:
            return _Said(fault=WitnessFault.AHEAD)  # another process has published and sent more meanwhile
        # It knows another tree of ours: an older one after it was restored, a newer one where an answer was lost.
        old_size = their_size
    return _Said(fault=WitnessFault.UNREADABLE)


def _proof(tools: Tools, old_size: int, head: Checkpoint) -> tuple[bytes, ...]:
    try:
        proof = merkle.consistency_proof(old_size, head.size, tools.tiles.node)
        merkle.check_consistency(old_size, tools.tiles.root(old_size), head.size, head.root, proof)
    except merkle.ProofFailed as problem:
        raise LogDamaged(f"the tiles do not give a proof from {old_size} to the checkpoint: {problem}") from problem
    return tuple(proof)


def _cosigned(text: str, body: bytes, place: WitnessPlace) -> _Said:
    try:
        found = cosigned_by(text, signature_lines(body.decode("utf-8")), witness_key(place.vkey))
    except (CheckpointMalformed, UnicodeDecodeError):
        return _Said(fault=WitnessFault.UNREADABLE)
    except CosignatureRefused:
        return _Said(fault=WitnessFault.SIGNATURE_WRONG)
    return _Said(found) if found else _Said(fault=WitnessFault.SIGNATURE_WRONG)


def _size(kind: str, body: bytes) -> int | None:
    digits = body.removesuffix(b"\n")
    plain = kind == SIZE_TYPE and digits.isdigit() and len(digits) < 19 and str(int(digits)).encode() == digits
    return int(digits) if plain else None


def _keep(tools: Tools, turn: Turn, cosignature: Cosignature, cosigned_at: datetime, at: datetime) -> bool:
    note = with_cosignatures(turn.note, [cosignature.line])
    with tools.transaction() as tx:
        kept = witnesses.heard(
            tx.connection,
            turn.place.vkey,
            at,
            by=turn.by,
            size=_head(turn.note).size,
            note=note,
            cosigned_at=cosigned_at,
            due_at=at + EVERY,
        )
        if kept and witnesses.came_back(tx.connection, turn.place.vkey):
            said = {"witness": turn.place.name, "since": instant_text(turn.watch.heard_at)}
            tx.append(Entry(EntryKind.WITNESS_BACK, at, said=said))
            _tell(tools, tx, turn.watch, at, "back", *return_letter(turn.watch, at))
    return kept


def _tell(tools: Tools, tx: Transaction, watch: WitnessWatch, at: datetime, what: str, subject: str, body: str) -> None:
    for person_id, email in breaches.list_people_to_tell(tx.connection, None, None, at):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=email,
            person_id=person_id,
            kind="witness",
            reason_key=f"witness:{what}:{watch.vkey.split('+')[1]}:{instant_text(watch.heard_at)}:{person_id}",
            subject=subject,
            body=body,
        )


def _watches(tools: Tools) -> list[WitnessWatch]:
    vkeys = [place.vkey for place in tools.policy.witnesses]
    if not vkeys:
        return []
    with tools.reading() as connection:
        return witnesses.watches(connection, vkeys)


def _published_size(tools: Tools) -> int:
    note: str | None = tools.tiles.read_checkpoint()
    return 0 if note is None else _head(note).size


def _head(note: str) -> Checkpoint:
    try:
        return Checkpoint.parse(SignedNote.parse(note).text)
    except CheckpointMalformed as problem:
        raise LogDamaged(f"the published checkpoint cannot be read: {problem}") from problem
