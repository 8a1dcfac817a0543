"""Reading, checking, sequencing and exporting the log."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.actions import desk
from app.actions.narrowing import demand_auditor, producers_seen
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_service_role
from app.audit import export, reading
from app.audit import search as looking
from app.audit.asked import EntryPage, Place, Scope, Search
from app.audit.entries import Entry, EntryKind, Outcome
from app.audit.reading import Logged
from app.audit.sequencer import Sequencer
from app.records import releases
from app.rules import breaches
from app.rules.errors import ClockWrong, Code, LogDamaged, NotFound, OutOfOrder, Refused
from app.rules.facts import Role


def sequencer(tools: Tools) -> Sequencer:
    """Give the sequencer of this service's log."""
    signer = tools.keys.checkpoint_signer(tools.policy.origin)
    return Sequencer(tools.database, tools.tiles, tools.policy.origin, signer.sign_note)


def begin_log(tools: Tools) -> None:
    """Begin the log with its first entry; done once, by ``pra init``.

    Raises:
        LogDamaged: There is a log already.
    """
    with tools.transaction() as tx:
        sequencer(tools).begin(tx.connection)
        tx.append(Entry(EntryKind.LOG_BEGUN, tools.clock.now(), said={"origin": tools.policy.origin}))
    sequence(tools)


def sequence(tools: Tools) -> int:
    """Give waiting entries their places and publish a new checkpoint; done twice a second beside the worker.

    Returns:
        How many entries were given a place.

    Raises:
        LogDamaged: The stored and the published tree contradict each other; nothing is signed.
    """
    return sequencer(tools).integrate_all()


def check_before_serving(tools: Tools) -> None:
    """Check everything that must hold before the first request: clock, log, keys. Nothing is repaired silently.

    Raises:
        ClockWrong: The clock differs from a reference, or lies before the newest entry.
        LogDamaged: The database has lost entries, or the published log contradicts it.
        Unavailable: The database does not answer.
    """
    tools.store.sweep_unfinished()
    sequencer(tools).check()
    check_clock(tools)
    sequence(tools)


def check_clock(tools: Tools) -> None:
    """Compare the clock with its references and put the offsets on record as evidence.

    A clock found wrong gives no instant for the record. The finding and its incident carry the newest instant that the
    log holds, and no document is opened until a check succeeds.

    Raises:
        ClockWrong: It cannot be trusted. The finding and an incident are on record.
    """
    with tools.reading() as connection:
        newest = reading.newest_instant(connection)
    try:
        offsets = tools.clock.check(newest)
    except ClockWrong as error:
        at = newest or tools.clock.now()
        draft = breaches.clock_wrong(at, error.extra.get("difference_ms"))
        desk.distrust(tools, "the clock", error, Entry(EntryKind.CLOCK_CHECKED, at, Outcome.REFUSED), draft)
        raise
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.CLOCK_CHECKED, tools.clock.now(), said={"offset_milliseconds": offsets}))
    tools.trust.regain("the clock")


def check_published(tools: Tools) -> None:
    """Check that the published log still is what the database says; every minute, of a large log the next part.

    Raises:
        LogDamaged: It is not. An incident is on record, and no document is opened until a check succeeds.
    """
    at = tools.clock.now()
    keeper = sequencer(tools)
    # What was found damaged is looked at again, and nothing else, until it is sound: another part says nothing of it.
    turn = tools.trust.turn_of("the log", int(at.timestamp() // 60))
    try:
        keeper.check()
        keeper.check_entries(turn)
    except LogDamaged as error:
        checked = Entry(EntryKind.LOG_CHECKED, at, Outcome.REFUSED)
        desk.distrust(tools, "the log", error, checked, breaches.log_damaged(at))
        raise
    tools.trust.regain("the log")


def check_ready(tools: Tools) -> None:
    """Check, cheaply, that requests can be served now.

    Raises:
        Broken: They cannot.
    """
    tools.trust.demand()
    tools.clock.now()
    tools.database.answers()
    sequencer(tools).check(counting=False)


def log_vkeys(tools: Tools) -> list[str]:
    """Give the public keys of the log, newest first, as C2SP verifier keys."""
    return list(tools.keys.checkpoint_vkeys(tools.policy.origin))


def my_entries(tools: Tools, actor: Actor, *, after: Place | None, limit: int) -> EntryPage:
    """Give a person one page of what the log holds about them, the oldest first; it can be shorter than asked for."""
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        place = after or Place(None, 0, looking.newest(connection))
        found = looking.page(connection, Search(person_id=actor.person_id), Scope(), after=place, limit=limit + 1)
        looked_at = tuple(found[:limit])
        asked = {one.release_id for one in looked_at if one.release_id and _may_tell(actor, one)}
        known = _related_of(connection, actor, asked)
    shown = tuple(one for one in looked_at if one.release_id not in asked - known or not _may_tell(actor, one))
    return EntryPage(shown, place.behind(looked_at[-1]) if len(found) > limit else None)


def receipt(tools: Tools, actor: Actor, entry_id: str) -> dict[str, Any]:
    """Give an entry with the proof that it is in the log, as anyone with the public key can check.

    Returns:
        ``entry`` (base64 of the leaf), ``index``, ``inclusion`` (base64 hashes), ``checkpoint`` (a signed note), and
        ``disclosed``: the clear values and salts behind the entry's commitments.

    Raises:
        NotFound: No such entry, or none that this person may see.
        OutOfOrder: The entry is not covered by a checkpoint yet; that takes a second or two.
    """
    with tools.reading() as connection:
        logged = reading.find(connection, entry_id)
        if logged is None or not _may_see(connection, actor, logged):
            raise NotFound(NOTHING_THERE)
    published = sequencer(tools).published()
    if logged.leaf_index is None or published is None or logged.leaf_index >= published.size:
        raise OutOfOrder("This entry is not covered by a checkpoint yet. Ask again in a moment.", code=Code.WRONG_STATE)
    return export.receipt(tools.tiles, logged)


def checkpoint(tools: Tools, actor: Actor) -> str:
    """Give an auditor the newest signed checkpoint, as a C2SP signed note.

    Raises:
        Refused: The actor is no auditor.
        NotFound: Nothing has been published yet.
    """
    demand_auditor(actor)
    note: str | None = tools.tiles.read_checkpoint()
    if note is None:
        raise NotFound(NOTHING_THERE)
    return note


def export_log(tools: Tools, actor_id: str, folder: Path, *, despite_damage: bool = False) -> int:
    """Export the whole log into a folder that anyone with the public key can check.

    Args:
        actor_id: Who exports: a person's id, or ``operator``.
        folder: Must not exist, or be empty.
        despite_damage: Export a damaged log too, with a warning in the folder that names the first bad entry.

    Returns:
        How many entries it holds; the export's own entry is one of them.

    Raises:
        LogDamaged: The log does not hold; nothing is exported.
        Conflict: The folder holds something.
    """
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.LOG_EXPORTED, tools.clock.now(), actor_id=actor_id))
    sequence(tools)
    sequencer(tools).check()
    return export.write(tools.reading, tools.tiles, folder, log_vkeys(tools), despite_damage=despite_damage)


def exported_archive(tools: Tools, actor: Actor) -> Iterator[bytes]:
    """Give a service-wide auditor the exported log as one ZIP file.

    Raises:
        Refused: The actor is not an auditor of the whole service.
    """
    require_service_role(actor, Role.AUDITOR)
    workplace = tempfile.TemporaryDirectory(prefix="pra-export-")
    folder = Path(workplace.name) / "log"
    export_log(tools, actor.actor_id, folder)
    archive = Path(workplace.name) / "log.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            packed.write(path, f"pra-log/{path.relative_to(folder)}")
    return _pieces(archive, workplace)


_TELLING = (EntryKind.ACCESS_DECIDED.value, EntryKind.INCIDENT_OPENED.value)


def _may_see(connection: Connection, actor: Actor, logged: Logged) -> bool:
    about_me = actor.person_id is not None and logged.person_id == actor.person_id
    mine = about_me or _actor_of(logged) == actor.actor_id
    if mine and not _tells_of_a_secret(connection, actor, logged):
        return True
    try:
        producer_ids = producers_seen(connection, actor)
    except Refused:
        return False
    return producer_ids is None or logged.producer_id in producer_ids


def _tells_of_a_secret(connection: Connection, actor: Actor, logged: Logged) -> bool:
    """Say whether an entry about somebody would tell them of a release that they may not know of."""
    if not _may_tell(actor, logged) or logged.release_id is None:
        return False
    return not releases.related(connection, actor, releases.get(connection, logged.release_id))


def _may_tell(actor: Actor, logged: Logged) -> bool:
    """Say whether an entry about somebody can tell them something new of what it is about.

    That of a refusal answered as if nothing were there can. What else they did themselves they know.
    """
    return _actor_of(logged) != actor.actor_id or logged.kind in _TELLING


def _related_of(connection: Connection, actor: Actor, release_ids: Collection[str]) -> set[str]:
    """Give those of some releases that somebody may know of, as ``releases.related`` says of one."""
    if not release_ids:
        return set()
    found = releases.page(
        connection,
        person_id=actor.person_id,
        organisation_ids=actor.organisation_ids,
        only=release_ids,
        limit=len(release_ids),
    )
    return {row.release.release_id for row in found}


def _actor_of(logged: Logged) -> str:
    return logged.disclosed.get("actor", ("", ""))[0]


def _pieces(archive: Path, workplace: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    with workplace, archive.open("rb") as packed:
        while piece := packed.read(256 * 1024):
            yield piece
