"""Writing an offline kit: what somebody needs to check a release's entries, or the whole log, without us.

A kit holds no documents and no secret keys. Its clear values are those that the caller says the reader may see.
``app/audit/README.md`` is its format.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.audit import export, reading
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote
from app.audit.cosignature import CosignatureRefused, cosigned_by, witness_key
from app.audit.cosigned import COSIGNED_NAME
from app.audit.export import Reading
from app.audit.kit_page import KitFacts, check_program, how_to_check
from app.audit.merkle import leaf_hash
from app.audit.reading import Logged, Wanted
from app.audit.tiles import TILE_LEVELS, TILE_WIDTH, TileFolder, tile_path
from app.rules.errors import LogDamaged
from app.rules.facts import london_text
from app.rules.reasons import instant_text

FOLDER = "pra-kit"
KIT_TYPE = "pra-kit/1"
_PAGE = 500
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class KitSource:
    """What a kit is made from.

    Attributes:
        reading: Opens a reading transaction; none is held while files are copied and hashed, which takes long.
        note: The published checkpoint, read before anything was asked of the database, which so has all it covers.
        vkeys: The log's public keys, newest first.
        witness_vkeys: Those of the configured witnesses.
        at: When it is made. Aware, UTC.
    """

    reading: Reading
    tiles: TileFolder
    note: str
    vkeys: Sequence[str]
    witness_vkeys: Sequence[str]
    at: datetime


def write_of_release(
    source: KitSource,
    folder: Path,
    release_id: str,
    *,
    seal: tuple[str, Logged] | None,
    may_see: Callable[[Logged], bool],
) -> str:
    """Write the kit of one release into a folder.

    Args:
        source: Whence.
        folder: Empty.
        release_id: Which release.
        seal: The statement of its newest seal, and that seal's entry; None where it was never sealed.
        may_see: Says of an entry whether its clear values may be in the kit.

    Returns:
        The SHA-256 of its manifest, 64 hexadecimal digits.

    Raises:
        LogDamaged: The log cannot vouch for an entry.
    """
    note, cosigned = _heads(source, release_id)
    head = Checkpoint.parse(SignedNote.parse(note).text)
    indexes = []
    for number, logged in enumerate(_about(source.reading, release_id, head.size), 1):
        shown = logged if may_see(logged) else replace(logged, disclosed={})
        receipt = export.receipt(source.tiles, shown, note)
        if source.tiles.node(0, receipt["index"]) != leaf_hash(logged.leaf):
            raise LogDamaged(f"entry {receipt['index']} in the database is not the one that was published")
        indexes.append(receipt["index"])
        _write(folder, f"entries/{number:06}.json", base64.b64decode(receipt["entry"]))
        _write(folder, f"receipts/{number:06}.json", _json(receipt))
    if seal is not None and (seal[1].leaf_index is None or seal[1].leaf_index >= head.size):
        seal = None
    if seal is not None:
        proven = {"statement": seal[0], "receipt": export.receipt(source.tiles, replace(seal[1], disclosed={}), note)}
        _write(folder, "seal.json", _json(proven))
    older = export.size_of(cosigned) if cosigned else 0
    for level, index, width in _tiles_for(head.size, [*indexes, head.size - 1, max(0, older - 1), older]):
        _write(folder, tile_path(level, index, width), source.tiles.read_tile(level, index, width))
    _write(folder, "checkpoint", note.encode())
    _write(folder, "keys.txt", _lines(source.vkeys))
    if cosigned is not None:
        _write(folder, COSIGNED_NAME, cosigned.encode())
    return _finish(source, folder, head, release_id=release_id, sealed=seal is not None)


def write_of_log(source: KitSource, folder: Path) -> str:
    """Write the kit of the whole log into a folder, which does not exist or is empty.

    Returns:
        The SHA-256 of its manifest, 64 hexadecimal digits.

    Raises:
        LogDamaged: The log does not hold; nothing is written.
    """
    export.write(source.reading, source.tiles, folder, list(source.vkeys))
    head = Checkpoint.parse(SignedNote.parse((folder / "checkpoint").read_text("utf-8")).text)
    return _finish(source, folder, head, release_id=None, sealed=False)


def pack(folder: Path, archive: Path, at: datetime) -> None:
    """Put a kit into one ZIP file, piece by piece.

    Args:
        folder: The kit.
        archive: The file to make.
        at: What each of its files is dated. Aware, UTC.
    """
    with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(f"{FOLDER}/{path.relative_to(folder).as_posix()}", at.timetuple()[:6])
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            with path.open("rb") as whole, packed.open(member, "w", force_zip64=True) as target:
                while piece := whole.read(_PIECE_BYTES):
                    target.write(piece)


def _heads(source: KitSource, release_id: str) -> tuple[str, str | None]:
    """Choose the checkpoint of a release's kit: the cosigned one, if all about the release is in it; else the newest.

    Returns:
        The checkpoint, and the cosigned one where that is another.
    """
    note = source.note
    cosigned = export.cosigned_up_to(source.tiles, export.size_of(note), source.vkeys[0])
    if cosigned is None:
        return note, None
    after = export.size_of(cosigned)
    newest = max((one.leaf_index or 0 for one in _about(source.reading, release_id, export.size_of(note))), default=0)
    return (cosigned, None) if newest < after else (note, cosigned)


def _about(opened: Reading, release_id: str, size: int) -> Iterator[Logged]:
    """Give the entries about a release that a tree of some size holds, in the order of their arrival."""
    after = 0
    while True:
        with opened() as connection:
            page = reading.page(connection, Wanted(release_id=release_id), after=after, limit=_PAGE)
        if not page:
            return
        after = page[-1].arrival
        yield from (one for one in page if one.leaf_index is not None and one.leaf_index < size)


def _tiles_for(size: int, indexes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Name the tiles on the ways from some leaves to the root: every hash that a proof between them needs is in one."""
    level, found = 0, []
    while (count := size >> TILE_LEVELS * level) > 0:
        last = (count - 1) // TILE_WIDTH
        wanted = {index >> TILE_LEVELS * (level + 1) for index in indexes if index >= 0}
        there = [index for index in sorted({*wanted, last}) if index <= last]
        found += [(level, index, min(TILE_WIDTH, count - index * TILE_WIDTH)) for index in there]
        level += 1
    return found


def _finish(source: KitSource, folder: Path, head: Checkpoint, *, release_id: str | None, sealed: bool) -> str:
    if source.witness_vkeys:
        _write(folder, "witnesses.txt", _lines(_cosigners_first(source.witness_vkeys, folder)))
    said = {
        "type": KIT_TYPE,
        "scope": "log" if release_id is None else "release",
        "release_id": release_id,
        "origin": head.origin,
        "size": head.size,
        "made_at": instant_text(source.at),
    }
    _write(folder, "kit.json", _json(said))
    _write(folder, "check/check.go", check_program())
    cosigners = _cosigners(source.witness_vkeys, folder)
    facts = KitFacts(
        origin=head.origin,
        size=head.size,
        release_id=release_id,
        made_at=london_text(source.at),
        sealed=sealed,
        cosigned_in=next(iter(cosigners.values()), None),
        cosigners=tuple(cosigners),
        paths=tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())),
    )
    _write(folder, "how-to-check.html", how_to_check(facts).encode())
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    manifest = "".join(f"{_sha256(folder / path)}  {path}\n" for path in paths).encode()
    _write(folder, "MANIFEST.sha256", manifest)
    return hashlib.sha256(manifest).hexdigest()


def _cosigners(witness_vkeys: Sequence[str], folder: Path) -> dict[str, str]:
    """Say which witnesses cosigned a head of this kit, and in which of its files."""
    found: dict[str, str] = {}
    for name in ("checkpoint", COSIGNED_NAME):
        if not (folder / name).is_file():
            continue
        signed = SignedNote.parse((folder / name).read_bytes())
        for vkey in witness_vkeys:
            try:
                if vkey not in found and cosigned_by(signed.text, signed.signatures, witness_key(vkey)) is not None:
                    found[vkey] = name
            except (CosignatureRefused, CheckpointMalformed) as problem:
                raise LogDamaged(f"a cosignature beside the log does not hold: {problem}") from problem
    return found


def _cosigners_first(witness_vkeys: Sequence[str], folder: Path) -> list[str]:
    cosigners = _cosigners(witness_vkeys, folder)
    return [*cosigners, *(vkey for vkey in witness_vkeys if vkey not in cosigners)]


def _write(folder: Path, path: str, content: bytes) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _sha256(path: Path) -> str:
    with path.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _lines(words: Sequence[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode()
