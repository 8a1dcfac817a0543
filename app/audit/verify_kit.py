"""Check an offline kit, as a folder or a ZIP file, with public keys and nothing of ours.

A kit is of one release, with its entries and the few tiles that prove them, or of the whole log. As ``verify`` does,
this needs the standard library and ``cryptography``. Other logs that were exported it hands on to ``verify``.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from app.audit import merkle, verify
from app.audit.exported import WIDTH, LogRefused, read_file, read_tile, tile_path
from app.audit.verify import json_object, one_line, verify_log, verify_receipt
from app.audit.verify_head import VerifiedWitness, cosigned_notes, verify_note, verify_witnesses
from app.audit.verify_seal import check_complete, verify_seal

KIT_NAME, MANIFEST_NAME, SEAL_NAME = "kit.json", "MANIFEST.sha256", "seal.json"
KIT_TYPE = "pra-kit/1"
MEMBERS_LIMIT = 2_000_000
UNPACKED_FACTOR = 200
UNPACKED_LEAST_BYTES = 64 * 1024**2
_PIECE_BYTES = 1024**2
_LINE = re.compile(r"([0-9a-f]{64})  ([ -~]+)", re.ASCII)
_TILE = re.compile(r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_RECEIPT = re.compile(r"receipts/([0-9]{6,12})\.json", re.ASCII)
_ENTRY = re.compile(r"entries/([0-9]{6,12})\.json", re.ASCII)
_TEXTS = frozenset({"checkpoint", "checkpoint.cosigned", "keys.txt", "witnesses.txt", "how-to-check.html", KIT_NAME})
_OTHERS = _TEXTS | {SEAL_NAME, "check/check.go"}
_OTHERS_OF_LOG = _TEXTS | {"check/check.go", "READ-ME.txt", "disclosures.ndjson"}


@dataclass(frozen=True, slots=True)
class VerifiedKit:
    """A kit that holds.

    Attributes:
        scope: ``release`` or ``log``.
        release_id: Which release; None where it is of the whole log.
        entries: How many entries it proves.
        sealed: Whether a seal of the release was in it, and its counts are those of the entries.
        witnesses: What each of the witnesses asked for has cosigned.
    """

    scope: str
    release_id: str | None
    origin: str
    size: int
    entries: int
    sealed: bool
    witnesses: tuple[VerifiedWitness, ...]


def verify_kit(folder: Path, vkey: str, witness_vkeys: Sequence[str] = ()) -> VerifiedKit:
    """Check a kit to its last file.

    Every file against the manifest; the checkpoint's signature, and that it continues the cosigned one; of a release,
    every entry, receipt and tile, and against the seal that no entry is missing; of the whole log, all of it.

    Args:
        folder: The unpacked kit.
        vkey: The log's public key as one word.
        witness_vkeys: Public keys of witnesses that must have cosigned it.

    Raises:
        LogRefused: Anything does not hold. Names the first bad file.
    """
    paths = _check_manifest(folder)
    said = json_object(read_file(folder, KIT_NAME), KIT_NAME)
    checkpoint = verify_note(read_file(folder, "checkpoint"), vkey)
    if said.get("type") != KIT_TYPE or said.get("scope") not in ("release", "log"):
        raise LogRefused(KIT_NAME, "is not of a kit that this program knows")
    if (said.get("origin"), said.get("size")) != (checkpoint.origin, checkpoint.size):
        raise LogRefused(KIT_NAME, "does not say the origin and the size of the checkpoint")
    _demand_listed(folder, "keys.txt", [vkey])
    _demand_listed(folder, "witnesses.txt", witness_vkeys)
    witnesses = tuple(verify_witnesses(folder, vkey, witness_vkeys))
    if said["scope"] == "log":
        _check_names_of_log(paths)
        entries, sealed = verify_log(folder, vkey, keep_entries=False).size, False
    else:
        entries, sealed = _ReleaseKit(folder, vkey, said, paths).check()
    release_id = said.get("release_id") if said["scope"] == "release" else None
    return VerifiedKit(said["scope"], release_id, checkpoint.origin, checkpoint.size, entries, sealed, witnesses)


class _ReleaseKit:
    """The kit of one release, being checked."""

    def __init__(self, folder: Path, vkey: str, said: dict[str, Any], paths: frozenset[str]) -> None:
        self._folder, self._vkey, self._paths = folder, vkey, paths
        self._release_id = said.get("release_id")
        self._note = read_file(folder, "checkpoint")
        self._head = verify_note(self._note, vkey)

    def check(self) -> tuple[int, bool]:
        """Check everything; gives how many entries there are, and whether a seal counts them."""
        self._check_names()
        self._check_tiles()
        self._check_cosigned()
        entries = {}
        for path in sorted(path for path in self._paths if _RECEIPT.fullmatch(path)):
            index, entry = self._entry(path)
            if index in entries:
                raise LogRefused(path, f"proves entry {index} a second time")
            entries[index] = entry
        if len(entries) != sum(1 for path in self._paths if _ENTRY.fullmatch(path)):
            raise LogRefused("entries", "are not as many as receipts")
        if not entries:
            raise LogRefused("receipts", "are missing: a kit of a release proves at least one entry")
        return len(entries), self._check_seal(entries)

    def _check_names(self) -> None:
        for path in sorted(self._paths):
            known = path in _OTHERS or any(one.fullmatch(path) for one in (_RECEIPT, _ENTRY, _TILE))
            if not known:
                raise LogRefused(path, "does not belong to a kit of a release")

    def _entry(self, path: str) -> tuple[int, bytes]:
        whole = read_file(self._folder, path)
        receipt = verify_receipt(whole, self._vkey)
        beside = path.replace("receipts/", "entries/")
        if read_file(self._folder, beside) != receipt.entry:
            raise LogRefused(beside, f"is not the entry that {path} proves")
        if json_object(whole, path)["checkpoint"].encode() != self._note:
            raise LogRefused(path, "is not under the checkpoint of the kit")
        if json_object(receipt.entry, beside).get("release_id") != self._release_id:
            raise LogRefused(beside, "is not about the release of the kit")
        if self._node(0, receipt.index) != merkle.leaf_hash(receipt.entry):
            raise LogRefused(path, "its entry is not the leaf in the tiles")
        return receipt.index, receipt.entry

    def _check_seal(self, entries: dict[int, bytes]) -> bool:
        if SEAL_NAME not in self._paths:
            return False
        seal = verify_seal(read_file(self._folder, SEAL_NAME), self._vkey)
        if seal.release_id != self._release_id:
            raise LogRefused(SEAL_NAME, "is of another release than the kit")
        if entries.get(seal.receipt.index) != seal.receipt.entry:
            raise LogRefused(SEAL_NAME, "its own entry is not among the kit's")
        check_complete(seal, entries)
        return True

    def _check_cosigned(self) -> None:
        for name, note in cosigned_notes(self._folder)[1:]:
            older = verify_note(note, self._vkey, name)
            try:
                proof = merkle.consistency_proof(older.size, self._head.size, self._node)
                merkle.check_consistency(older.size, older.root, self._head.size, self._head.root, proof)
            except merkle.ProofFailed as problem:
                raise LogRefused(name, f"the checkpoint does not continue it: {problem}") from problem

    def _check_tiles(self) -> None:
        """Check that the tiles give the root, and each whole tile the hash above it: then every hash in them holds."""
        if merkle.root_from(self._head.size, self._node) != self._head.root:
            raise LogRefused("tile", "the tiles do not give the root of the checkpoint")
        for path in sorted(path for path in self._paths if path.startswith("tile/")):
            level, index, width = _place(path)
            if width != self._width(level, index):
                raise LogRefused(path, f"does not belong to a log of {self._head.size} entries")
            if width == WIDTH:
                hashes = read_tile(self._folder, path, WIDTH)
                if merkle.root_of(hashes) != self._node(8 * (level + 1), index):
                    raise LogRefused(path, "its hashes do not give the one above")

    def _width(self, level: int, index: int) -> int:
        return min(WIDTH, (self._head.size >> 8 * level) - index * WIDTH)

    def _node(self, level: int, index: int) -> bytes:
        tile_level, rise = divmod(level, 8)
        tile_index, offset = divmod(index << rise, WIDTH)
        width = self._width(tile_level, tile_index)
        path = tile_path(tile_level, tile_index, width)
        if path not in self._paths:
            raise LogRefused(path, "is missing")
        return merkle.root_of(read_tile(self._folder, path, width)[offset : offset + (1 << rise)])


@contextmanager
def unpacked(place: Path) -> Iterator[Path]:
    """Give the folder of a kit: the place itself, or what a ZIP file there holds, for as long as it is looked at.

    Args:
        place: A folder, or a ZIP file of somebody else.

    Raises:
        LogRefused: The file is no ZIP file, or one that would write elsewhere or without end.
    """
    if not place.is_file():
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="pra-kit-") as workplace:
        try:
            with zipfile.ZipFile(place) as packed:
                _unpack(packed, Path(workplace), max(UNPACKED_LEAST_BYTES, UNPACKED_FACTOR * place.stat().st_size))
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            OSError,
            EOFError,
            ValueError,
        ) as bad:
            raise LogRefused(place.name, "is no ZIP file that can be unpacked") from bad
        inner = list(Path(workplace).iterdir())
        yield inner[0] if len(inner) == 1 and inner[0].is_dir() else Path(workplace)


def main(argv: Sequence[str] | None = None) -> int:
    """Check a kit from the shell, or an exported log; say in a line or two whether it holds.

    Args:
        argv: What stands after the program's name.

    Returns:
        0 when it holds, 1 when it is refused. Wrong usage leaves with status 2.
    """
    parser = argparse.ArgumentParser(prog="pra audit verify", description="Check an offline kit or an exported log.")
    parser.add_argument("place", type=Path, help="a kit, as a folder or a ZIP file; or an exported log")
    parser.add_argument("--key", required=True, help="the log's public key: name+hash+base64")
    parser.add_argument("--witness", action="append", default=[], help="a witness that must have cosigned; repeatable")
    parser.add_argument(
        "--previous", action="append", default=[], help="a checkpoint file kept from earlier; repeatable"
    )
    wanted = parser.parse_args(argv)
    try:
        with unpacked(wanted.place) as folder:
            if not (folder / KIT_NAME).is_file():
                more = [f"--witness={one}" for one in wanted.witness] + [f"--previous={one}" for one in wanted.previous]
                return verify.main([str(folder), "--key", wanted.key, *more])
            if wanted.previous:
                _check_previous(folder, wanted.key, wanted.previous)
            kit = verify_kit(folder, wanted.key, wanted.witness)
    except LogRefused as refusal:
        sys.stderr.write(one_line(f"refused: {refusal}"))
        return 1
    sys.stdout.write("".join(one_line(sentence) for sentence in _in_words(kit)))
    return 0


def _check_previous(folder: Path, vkey: str, previous: Sequence[str]) -> None:
    if json_object(read_file(folder, KIT_NAME), KIT_NAME).get("scope") != "log":
        raise LogRefused(KIT_NAME, "is of one release: to compare with an earlier checkpoint, take the whole log")
    verify_log(folder, vkey, previous=[read_file(Path(p).parent, Path(p).name) for p in previous], keep_entries=False)


def _in_words(kit: VerifiedKit) -> list[str]:
    whole = f"accepted: {kit.origin}, {kit.size} entries"
    if kit.scope == "log":
        told = [f"{whole}, all of them in this kit."]
    else:
        told = [f"{whole}, of which this kit proves {kit.entries} about {kit.release_id}."]
        told.append(
            "The release's seal counts the same entries: none that it speaks of is missing."
            if kit.sealed
            else "There is no seal: what is in this kit stands in the log as it is here, but nothing counts the "
            "entries about the release: one may be missing, and more may follow. A seal is made once pre-release "
            "access has ended. Ask whoever gave you this kit for a new one after that; until then, do not conclude "
            "from it that somebody did not open a document."
        )
    return [*told, *(witness.in_words() for witness in kit.witnesses)]


def _check_manifest(folder: Path) -> frozenset[str]:
    listed: set[str] = set()
    for number, line in enumerate(read_file(folder, MANIFEST_NAME).decode("utf-8", "replace").splitlines(), 1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in listed or not _is_inside(found[2]):
            raise LogRefused(f"{MANIFEST_NAME} line {number}", "is not a hash and the path of a file, once")
        listed.add(found[2])
        if _sha256(folder, found[2]) != found[1]:
            raise LogRefused(found[2], f"is not the file that {MANIFEST_NAME} names")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name not in listed and name != MANIFEST_NAME:
            raise LogRefused(name, f"is not in {MANIFEST_NAME}")
    return frozenset(listed)


def _sha256(folder: Path, path: str) -> str:
    file = folder / path
    if file.is_symlink() or not file.is_file():
        raise LogRefused(path, "is missing, or is no plain file")
    with file.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _demand_listed(folder: Path, path: str, vkeys: Sequence[str]) -> None:
    if vkeys:
        listed = read_file(folder, path).decode("utf-8", "replace").split()
        if any(vkey.strip() not in listed for vkey in vkeys):
            raise LogRefused(path, "does not name the key that you gave")


def _check_names_of_log(paths: frozenset[str]) -> None:
    for path in sorted(paths):
        if path not in _OTHERS_OF_LOG and not path.startswith("tile/"):
            raise LogRefused(path, "does not belong to a kit of the whole log")


def _place(path: str) -> tuple[int, int, int]:
    found = _TILE.fullmatch(path)
    if found is None:
        raise LogRefused(path, "is no tile of hashes")
    digits = found[2].replace("x", "").replace("/", "") + found[3]
    level, index, width = int(found[1]), int(digits), int(found[4] or WIDTH)
    if path != tile_path(level, index, width):
        raise LogRefused(path, "is not spelt as a tile is")
    return level, index, width


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and str(parts) == path and "\\" not in path


def _unpack(packed: zipfile.ZipFile, target: Path, limit_bytes: int) -> None:
    """Unpack plain files, in pieces, nowhere else, and not without end: what is announced is not believed."""
    members, left = packed.infolist(), limit_bytes
    if len(members) > MEMBERS_LIMIT:
        raise ValueError("too many files")
    for member in members:
        name = member.filename.removesuffix("/")
        if not _is_inside(name) or (member.external_attr >> 16) & 0o170000 not in (0, 0o100000, 0o040000):
            raise ValueError("a name that leads elsewhere, or no plain file")
        if member.is_dir():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with packed.open(member) as source, (target / name).open("xb") as file:
            while piece := source.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise ValueError("it unpacks without end")
                file.write(piece)


if __name__ == "__main__":
    sys.exit(main())
