"""Offline kits: what an auditor takes away to check a release's entries, or the whole log, without us.

That one was given, with the hash of its manifest, stands in the log before it leaves.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from app.actions.tools import Actor, Tools, require_role, require_service_role
from app.audit import kit, reading
from app.audit.entries import Entry, EntryKind
from app.audit.kit import KitSource
from app.audit.reading import Logged
from app.audit.sequencer import Sequencer
from app.records import releases, seals
from app.rules.errors import Conflict, LogDamaged, Unavailable
from app.rules.facts import Role

_PIECE_BYTES = 256 * 1024


def release_archive(tools: Tools, actor: Actor, release_id: str) -> Iterator[bytes]:
    """Give an auditor the kit of one release as one ZIP file, in pieces.

    Raises:
        NotFound: There is no such release for this actor.
        Refused: The actor is no auditor of its producer.
        LogDamaged: The log cannot vouch for an entry; nothing is given.
        Unavailable: The disk cannot hold it.
    """
    with tools.reading() as connection:
        row = releases.get_related(connection, actor, release_id)
        require_role(actor, row.organisation_id, Role.AUDITOR)
        producer_id = row.release.producer.producer_id
    whole_service = any(held.role is Role.AUDITOR and held.organisation_id is None for held in actor.roles)

    def may_see(logged: Logged) -> bool:
        return whole_service or logged.producer_id == producer_id

    return _archive(tools, actor.actor_id, release_id, may_see)


def log_archive(tools: Tools, actor: Actor) -> Iterator[bytes]:
    """Give a service-wide auditor the kit of the whole log as one ZIP file, in pieces.

    Raises:
        Refused: The actor is not an auditor of the whole service.
        LogDamaged: The log does not hold; nothing is given.
        Unavailable: The disk cannot hold it.
    """
    require_service_role(actor, Role.AUDITOR)
    return _archive(tools, actor.actor_id, None, _everything)


def write_kit(tools: Tools, actor_id: str, place: Path, release_id: str | None) -> None:
    """Write a kit for the operator: into a folder, or into a ZIP file where the place ends so.

    Args:
        tools: The tools.
        actor_id: Who takes it, as the log will say.
        place: A folder that does not exist or is empty, or a file that does not exist, ending in ``.zip``.
        release_id: Which release; None for the whole log.

    Raises:
        Conflict: There is something in that place.
        NotFound: There is no such release.
        LogDamaged: The log does not hold.
        Unavailable: The disk cannot hold it.
    """
    is_file = place.suffix == ".zip"
    if place.exists() and (is_file or not place.is_dir() or any(place.iterdir())):
        raise Conflict(f"There is something in {place} already; choose another place.")
    if release_id is not None:
        with tools.reading() as connection:
            releases.get(connection, release_id)
    try:
        if not is_file:
            _make(tools, actor_id, place, release_id, _everything)
            return
        pieces = _archive(tools, actor_id, release_id, _everything)
        with place.open("xb") as file:
            for piece in pieces:
                file.write(piece)
    except OSError as error:
        raise Unavailable(f"The kit in {place} is not whole: {error.strerror}. Remove it, and try again.") from error


def _everything(_: Logged) -> bool:
    return True


def _archive(tools: Tools, actor_id: str, release_id: str | None, may_see: Callable[[Logged], bool]) -> Iterator[bytes]:
    workplace = tempfile.TemporaryDirectory(prefix="pra-kit-")
    try:
        folder, archive = Path(workplace.name) / "kit", Path(workplace.name) / "kit.zip"
        at = _make(tools, actor_id, folder, release_id, may_see)
        kit.pack(folder, archive, at)
    except OSError as error:
        workplace.cleanup()
        raise Unavailable("The kit cannot be put together: the service's disk is full or cannot be written.") from error
    except BaseException:
        workplace.cleanup()
        raise
    return _pieces(archive, workplace)


def _make(
    tools: Tools, actor_id: str, folder: Path, release_id: str | None, may_see: Callable[[Logged], bool]
) -> datetime:
    """Write a kit into a folder, and put on record that it is given; gives when it was made."""
    at = tools.clock.now()
    _sequence(tools)  # the newest of the entries may have no place in the tree yet
    note: str | None = tools.tiles.read_checkpoint()
    if note is None:
        raise LogDamaged("the log has no published checkpoint")
    source = KitSource(
        tools.reading,
        tools.tiles,
        note,
        tools.keys.checkpoint_vkeys(tools.policy.origin),
        [place.vkey for place in tools.policy.witnesses],
        at,
    )
    if release_id is None:
        manifest_sha256 = kit.write_of_log(source, folder)
    else:
        with tools.reading() as connection:
            seal = _seal(connection, release_id)
        manifest_sha256 = kit.write_of_release(source, folder, release_id, seal=seal, may_see=may_see)
    with tools.transaction() as tx:
        # Without the release's id among what it is about: what is taken away must not give cause for another seal.
        said = {"scope": "log" if release_id is None else "release", "manifest_sha256": manifest_sha256}
        sealed = {} if release_id is None else {"kit_of": release_id}
        tx.append(Entry(EntryKind.KIT_GIVEN, at, actor_id=actor_id, said=said, sealed=sealed))
    return at


def _seal(connection: Connection, release_id: str) -> tuple[str, Logged] | None:
    row = seals.newest(connection, release_id)
    if row is None:
        return None
    logged = reading.find(connection, row.entry_id)
    if logged is None:
        raise LogDamaged("the entry of a release's seal is not in the log")
    return row.statement, logged


def _sequence(tools: Tools) -> None:
    signer = tools.keys.checkpoint_signer(tools.policy.origin)
    keeper = Sequencer(tools.database, tools.tiles, tools.policy.origin, signer.sign_note)
    keeper.integrate_all()


def _pieces(archive: Path, workplace: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    with workplace, archive.open("rb") as packed:
        while piece := packed.read(_PIECE_BYTES):
            yield piece
