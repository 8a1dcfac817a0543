"""Writing the log out for others to check: a folder of C2SP tiles, the clear values beside it, and single receipts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.audit import beside, merkle, reading
from app.audit.checkpoint import Checkpoint, SignedNote, VerifierKey
from app.audit.cosigned import COSIGNED_NAME, read_cosigned
from app.audit.reading import Logged, Wanted
from app.audit.tiles import TILE_LEVELS, TILE_WIDTH, TileFolder
from app.rules.errors import Conflict, LogDamaged

PAGE = 1000
Reading = Callable[[], AbstractContextManager[Connection]]

READ_ME = """This folder is an exported audit log of pre-release access.

checkpoint        the signed head of the log: C2SP tlog-checkpoint, Ed25519 signed note
checkpoint.cosigned  where witnesses cosign: the newest head that one did, C2SP tlog-cosignature
tile/             the log itself: C2SP tlog-tiles; tile/entries holds the entries, canonical JSON
keys.txt          the public keys the log has used, newest first. Compare them with a copy you trust
disclosures.ndjson  clear values and salts behind the commitments in the entries: personal, keep it safe;
                  the log can be checked without it

Check it with the public key you trust:   pra audit verify FOLDER --key KEY
or with any implementation of the C2SP specifications, such as Go's golang.org/x/mod/sumdb packages.
"""


def first_difference(connection: Connection, tiles: TileFolder) -> str | None:
    """Compare every sequenced entry in the database with the published tiles.

    Returns:
        Which entry is the first to differ, in words; None when all are equal.
    """
    after, seen = 0, 0
    size = published_size(tiles)

    @lru_cache(maxsize=8)  # entries come nearly in the order of the tree: each tile is read once
    def published(tile: int) -> list[bytes]:
        return list(tiles.leaf_hashes(tile * TILE_WIDTH, min((tile + 1) * TILE_WIDTH, size)))

    while found := reading.page(connection, Wanted(), after=after, limit=PAGE, compared=False):
        after = found[-1].arrival
        for logged in found:
            if logged.leaf_index is None or logged.leaf_index >= size:
                continue
            seen += 1
            tile, place = divmod(logged.leaf_index, TILE_WIDTH)
            if merkle.leaf_hash(logged.leaf) != published(tile)[place]:
                return (
                    f"entry {logged.leaf_index} ({logged.entry_id}) in the database is not the one that was published"
                )
            try:
                beside.demand_same(
                    logged, {name: (value, bytes.fromhex(salt)) for name, (value, salt) in logged.disclosed.items()}
                )
            except LogDamaged as error:
                return f"entry {logged.leaf_index}: {error.detail}"
    return None if seen == size else f"{size - seen} published entries are missing from the database"


def write(opened: Reading, tiles: TileFolder, folder: Path, vkeys: list[str], *, despite_damage: bool = False) -> int:
    """Write the published log and its clear values into a folder.

    Args:
        opened: Opens a reading transaction; none is held while the tiles are copied, which may take minutes.
        folder: Must not exist, or be empty.
        vkeys: The log's public keys, newest first.
        despite_damage: Export a damaged log too, with a warning in the folder that names the first bad entry.

    Returns:
        How many entries the exported log holds.

    Raises:
        Conflict: The folder holds something.
        LogDamaged: Nothing has been published yet; or the database differs from what was published.
    """
    note = _published_note(tiles)  # before anything is asked of the database, which so has all it covers
    with opened() as connection:
        damage = first_difference(connection, tiles)
    if damage and not despite_damage:
        raise LogDamaged(damage)
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"The folder {folder} is not empty; choose another.")
    tiles.export(folder, note)
    (folder / "keys.txt").write_text("".join(f"{vkey}\n" for vkey in vkeys), "utf-8", newline="\n")
    (folder / "READ-ME.txt").write_text(READ_ME, "utf-8", newline="\n")
    if damage:
        (folder / "WARNING.txt").write_text(f"This log is damaged: {damage}.\n", "utf-8", newline="\n")
    size = size_of(note)
    cosigned = cosigned_up_to(tiles, size, vkeys[0])
    if cosigned is not None:
        (folder / COSIGNED_NAME).write_text(cosigned, "utf-8", newline="\n")
    with opened() as connection:
        _write_disclosures(connection, folder / "disclosures.ndjson", size)
    return size


def cosigned_up_to(tiles: TileFolder, size: int, vkey: str) -> str | None:
    """Give the newest cosigned checkpoint, where there is one that goes with an export of this size under this key.

    After the log's key was rotated, one that the earlier key signed does not: whoever checks has the new key alone.
    """
    note = read_cosigned(tiles)
    if note is None or size_of(note) > size:
        return None
    key = VerifierKey.parse(vkey)
    signed = any(
        (line.key_name, line.key_hash) == (key.name, key.key_hash) for line in SignedNote.parse(note).signatures
    )
    return note if signed else None


def receipt(tiles: TileFolder, logged: Logged, note: str | None = None) -> dict[str, Any]:
    """Give one entry with the proof that the published log holds it.

    Args:
        tiles: The published log.
        logged: An entry whose index the checkpoint covers.
        note: A signed checkpoint of this log; the newest by default.

    Returns:
        The receipt that ``app.audit.verify.verify_receipt`` checks, with the clear values under ``disclosed``.

    Raises:
        LogDamaged: There is no checkpoint, or the entry has no place in the tree.
    """
    if logged.leaf_index is None:
        raise LogDamaged("the entry has no place in the tree yet")
    note = note or _published_note(tiles)
    size = size_of(note)
    proof = merkle.inclusion_proof(logged.leaf_index, size, _nodes(tiles, size))
    return {
        "entry": base64.b64encode(logged.leaf).decode(),
        "index": logged.leaf_index,
        "inclusion": [base64.b64encode(node).decode() for node in proof],
        "checkpoint": note,
        "disclosed": _disclosed(logged),
    }


def _nodes(tiles: TileFolder, size: int) -> merkle.NodeSource:
    """Give the nodes of the published tree for one proof, each of the few tiles it touches read once."""

    @cache
    def hashes(level: int, index: int) -> list[bytes]:
        width = min(TILE_WIDTH, (size >> TILE_LEVELS * level) - index * TILE_WIDTH)
        tile = tiles.read_tile(level, index, width)
        return [tile[at : at + merkle.HASH_BYTES] for at in range(0, len(tile), merkle.HASH_BYTES)]

    def node(level: int, index: int) -> bytes:
        tile_level, rise = divmod(level, TILE_LEVELS)
        tile_index, offset = divmod(index << rise, TILE_WIDTH)
        return merkle.root_of(hashes(tile_level, tile_index)[offset : offset + (1 << rise)])

    return node


def _published_note(tiles: TileFolder) -> str:
    note = tiles.read_checkpoint()
    if note is None:
        raise LogDamaged("the log has no published checkpoint")
    return note


def size_of(note: str) -> int:
    """Say how many entries a signed checkpoint of ours covers."""
    return Checkpoint.parse(SignedNote.parse(note).text).size


def published_size(tiles: TileFolder) -> int:
    """Say how many entries the published checkpoint covers.

    Raises:
        LogDamaged: There is none.
    """
    return size_of(_published_note(tiles))


def _write_disclosures(connection: Connection, path: Path, size: int) -> None:
    after = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        while found := reading.page(connection, Wanted(), after=after, limit=PAGE, compared=False):
            after = found[-1].arrival
            for logged in found:
                if logged.leaf_index is not None and logged.leaf_index < size:
                    record = {"entry_id": logged.entry_id, "disclosed": _disclosed(logged)}
                    out.write(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n")


def _disclosed(logged: Logged) -> dict[str, dict[str, str]]:
    return {name: {"value": value, "salt": salt} for name, (value, salt) in sorted(logged.disclosed.items())}
