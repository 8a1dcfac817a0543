"""Check an exported log, or one receipt, with the public key and nothing of ours.

This file reads the folder by itself, on purpose: it shares with the writer only ``merkle`` and ``checkpoint``, which are
pure and are checked against other people's programs. It needs the standard library and ``cryptography``.

It believes nothing that does not follow from the key. What it finds wrong it names: the first record, in the order of
the log, that is not what the signed checkpoint says it was.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.audit import merkle
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote, VerifierKey

_WIDTH = 256
_RECEIPT_MEMBERS = {"entry", "index", "inclusion", "checkpoint"}


class LogRefused(Exception):
    """The log, or the receipt, does not hold.

    Attributes:
        where: The first bad record: an entry by its index, a tile by its path, a line of a file, the checkpoint.
        why: What is wrong with it.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """A whole log that holds.

    Attributes:
        checkpoint: Origin, size and root, as signed.
        entries: Every entry in order; empty when the caller did not want them kept.
    """

    checkpoint: Checkpoint
    entries: tuple[bytes, ...]

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """How many entries."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self.checkpoint.root


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """One entry that the log held when it signed the checkpoint.

    Attributes:
        disclosed: Clear values, by name, that fit the entry's commitments; empty when the receipt carries none.
    """

    index: int
    entry: bytes
    checkpoint: Checkpoint
    disclosed: dict[str, str]


def verify_note(note: str | bytes, vkey: str, where: str = "checkpoint") -> Checkpoint:
    """Check a signed checkpoint alone.

    Args:
        note: The signed note.
        vkey: The log's public key as one word; its name is also the log's origin.
        where: What to call the note when it is refused.

    Raises:
        LogRefused: It is malformed, of another log, or not signed by this key.

    Source:
        C2SP signed-note, signatures; C2SP tlog-checkpoint
    """
    try:
        key = VerifierKey.parse(vkey)
    except CheckpointMalformed as problem:
        raise LogRefused("the key", str(problem)) from problem
    try:
        signed = SignedNote.parse(note)
        _check_signatures(signed, key, where)
        checkpoint = Checkpoint.parse(signed.text)
    except CheckpointMalformed as problem:
        raise LogRefused(where, str(problem)) from problem
    if checkpoint.origin != key.name:
        raise LogRefused(where, f"is of the log {checkpoint.origin!r}, not of {key.name!r}")
    return checkpoint


def verify_log(
    folder: Path, vkey: str, *, previous: Sequence[str | bytes] = (), keep_entries: bool = True
) -> VerifiedLog:
    """Check an exported log to its last byte.

    Signature, every entry against its leaf hash, every tile against the tiles below, the whole tree against the root,
    and that there is nothing besides. Where ``disclosures.ndjson`` lies beside, every clear value against its
    commitment.

    Args:
        folder: Holds ``checkpoint`` and ``tile/``.
        vkey: The log's public key as one word.
        previous: Signed checkpoints of the same log seen earlier, which this log must continue.
        keep_entries: Whether the caller wants the entries.

    Raises:
        LogRefused: Anything does not hold. Names the first bad record.

    Source:
        C2SP tlog-tiles; RFC 6962 section 2.1
    """
    checkpoint = verify_note(_read(folder, "checkpoint"), vkey)
    known = [verify_note(note, vkey, f"previous checkpoint {number}") for number, note in enumerate(previous, 1)]
    disclosures = folder / "disclosures.ndjson"
    entries = _Entries(keep_entries or disclosures.is_file())
    leaves = [leaf for index, width in _tiles(checkpoint.size) for leaf in entries.checked(folder, index, width)]
    _check_higher_tiles(folder, leaves)
    _check_roots(leaves, checkpoint, known)
    _check_nothing_besides(folder, checkpoint.size)
    if disclosures.is_file():
        _check_disclosures(disclosures, entries.kept)
    return VerifiedLog(checkpoint, tuple(entries.kept) if keep_entries else ())


def verify_receipt(receipt: Mapping[str, Any] | bytes | str, vkey: str) -> VerifiedReceipt:
    """Check one receipt.

    Args:
        receipt: A JSON object, read or not: ``entry`` in base64, ``index``, ``inclusion`` as a list of base64 hashes,
            ``checkpoint`` as a signed note; and, if it carries clear values, ``disclosed``.
        vkey: The log's public key as one word.

    Raises:
        LogRefused: The receipt is malformed, or does not prove that the log held the entry.

    Source:
        RFC 9162 section 2.1.3.2
    """
    members = _json_object(receipt, "the receipt") if isinstance(receipt, bytes | str) else receipt
    if set(members) - {"disclosed"} != _RECEIPT_MEMBERS:
        raise LogRefused("the receipt", f"must have the members {', '.join(sorted(_RECEIPT_MEMBERS))}, and no others")
    index, hashes, note = members["index"], members["inclusion"], members["checkpoint"]
    if type(index) is not int or not isinstance(hashes, list) or not isinstance(note, str):
        raise LogRefused("the receipt", "a member has the wrong type")
    entry = _base64_bytes(members["entry"], "the receipt's entry")
    proof = [_base64_bytes(word, f"the receipt's inclusion hash {number}") for number, word in enumerate(hashes)]
    checkpoint = verify_note(note, vkey, "the receipt's checkpoint")
    try:
        merkle.check_inclusion(merkle.leaf_hash(entry), index, checkpoint.size, proof, checkpoint.root)
    except merkle.ProofFailed as problem:
        raise LogRefused(f"entry {index}", str(problem)) from problem
    disclosed = _opened(entry, members.get("disclosed", {}), f"entry {index}")
    return VerifiedReceipt(index, entry, checkpoint, disclosed)


def main(argv: Sequence[str] | None = None) -> int:
    """Check an exported log from the shell, and say in one line whether it holds.

    Args:
        argv: What stands after the program's name.

    Returns:
        0 when it holds, 1 when it is refused. Wrong usage leaves with status 2.
    """
    parser = argparse.ArgumentParser(prog="pra audit verify", description="Check an exported audit log.")
    parser.add_argument("folder", type=Path, help="the exported log")
    parser.add_argument("--key", required=True, help="the log's public key: name+hash+base64")
    parser.add_argument(
        "--previous",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint file kept from earlier; may be repeated",
    )
    wanted = parser.parse_args(argv)
    try:
        previous = [_read(path.parent, path.name) for path in wanted.previous]
        log = verify_log(wanted.folder, wanted.key, previous=previous, keep_entries=False)
    except LogRefused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 1
    print(f"accepted: {log.origin}, {log.size} entries, root {base64.b64encode(log.root).decode()}")
    return 0


class _Entries:
    """Reads bundles in order, and keeps the entries if wanted."""

    def __init__(self, keep: bool) -> None:
        self.kept: list[bytes] = []
        self._keep = keep

    def checked(self, folder: Path, index: int, width: int) -> Iterator[bytes]:
        """Give the leaf hashes of one bundle, each compared with the leaf tile before the next is read."""
        bundle_path, tile_path = _path("entries", index, width), _path(0, index, width)
        first = index * _WIDTH
        bundle, tile = _read(folder, bundle_path), _read_tile(folder, tile_path, width)
        at = 0
        for number in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if end > len(bundle) or at + 2 > len(bundle):
                raise LogRefused(f"entry {first + number}", f"is missing or cut short in {bundle_path}")
            entry, at = bundle[at + 2 : end], end
            leaf = merkle.leaf_hash(entry)
            if leaf != tile[number]:
                raise LogRefused(f"entry {first + number}", f"its bytes in {bundle_path} do not fit {tile_path}")
            if self._keep:
                self.kept.append(entry)
            yield leaf
        if at != len(bundle):
            raise LogRefused(f"entry {first + width}", f"{bundle_path} holds more than {width} entries")


def _check_signatures(signed: SignedNote, key: VerifierKey, where: str) -> None:
    """Check every signature that claims to be by our key; there must be one. Those of strangers say nothing to us."""
    ours = [line for line in signed.signatures if (line.key_name, line.key_hash) == (key.name, key.key_hash)]
    if not ours:
        raise LogRefused(where, f"is not signed by the key {key.name}+{key.key_hash.hex()}")
    try:
        for line in ours:
            Ed25519PublicKey.from_public_bytes(key.public_key).verify(line.signature, signed.text.encode())
    except (InvalidSignature, ValueError) as problem:
        raise LogRefused(where, f"the signature by {key.name} does not fit") from problem


def _check_higher_tiles(folder: Path, leaves: Sequence[bytes]) -> None:
    level, hashes = 0, leaves
    while len(hashes) >= _WIDTH:
        level += 1
        whole = len(hashes) // _WIDTH
        hashes = [merkle.root_of(hashes[number * _WIDTH : (number + 1) * _WIDTH]) for number in range(whole)]
        for index, width in _tiles(len(hashes)):
            path = _path(level, index, width)
            for number, found in enumerate(_read_tile(folder, path, width)):
                if found != hashes[index * _WIDTH + number]:
                    raise LogRefused(path, f"its hash {number} is not that of the tile below")


def _check_roots(leaves: Sequence[bytes], checkpoint: Checkpoint, known: Sequence[Checkpoint]) -> None:
    """Compare the root at every size for which there is a signed checkpoint, smallest first."""
    frontier = merkle.Frontier()
    for signed in sorted([*known, checkpoint], key=lambda signed: signed.size):
        if signed.size > len(leaves):
            raise LogRefused("checkpoint", f"covers {len(leaves)} entries, but an earlier one covered {signed.size}")
        frontier.extend(leaves[frontier.size : signed.size])
        if frontier.root() != signed.root:
            raise LogRefused("checkpoint", f"the first {signed.size} entries do not give the root signed for them")


def _check_nothing_besides(folder: Path, size: int) -> None:
    """Refuse any file under tile/ that this size does not need.

    A partial tile left from an earlier checkpoint may stay, if it is the beginning of the tile that took its place.
    """
    needed = _needed(size)
    for path in sorted(_files(folder)):
        if path in needed:
            continue
        place, _, width = path.partition(".p/")
        final = next((_path_of(place, wide) for wide in _widths_above(width) if _path_of(place, wide) in needed), None)
        if final is None:
            raise LogRefused(path, f"does not belong to a log of {size} entries")
        earlier, whole = _read(folder, path), _read(folder, final)
        if not whole.startswith(earlier) or not _has_width(place, earlier, int(width)):
            raise LogRefused(path, f"is not the beginning of {final}")


def _check_disclosures(path: Path, entries: Sequence[bytes]) -> None:
    by_id = {}
    for index, entry in enumerate(entries):
        by_id[_json_object(entry, f"entry {index}").get("id")] = (index, entry)
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        where = f"{path.name} line {number}"
        members = _json_object(line, where)
        if set(members) != {"entry_id", "disclosed"} or members["entry_id"] not in by_id:
            raise LogRefused(where, "is not about an entry of this log")
        index, entry = by_id[members["entry_id"]]
        _opened(entry, members["disclosed"], f"{where}, entry {index}")


def _opened(entry: bytes, disclosed: Any, where: str) -> dict[str, str]:
    """Check clear values against the entry's commitments: SHA-256 of the salt followed by the value."""
    if disclosed == {}:
        return {}
    sealed = _json_object(entry, where).get("sealed")
    if not isinstance(disclosed, dict) or not isinstance(sealed, dict):
        raise LogRefused(where, "discloses values that the entry holds no commitment to")
    opened = {}
    for name, pair in disclosed.items():
        try:
            committed = hashlib.sha256(bytes.fromhex(pair["salt"]) + pair["value"].encode()).hexdigest()
        except (TypeError, KeyError, AttributeError, ValueError) as problem:
            raise LogRefused(where, f"the disclosed {name!r} is not a value with its salt") from problem
        # The salt's length is fixed, or else bytes could be moved between the salt and the value.
        if len(pair) != 2 or len(pair["salt"]) != 32 or sealed.get(name) != committed:
            raise LogRefused(where, f"the disclosed {name!r} does not fit its commitment")
        opened[name] = pair["value"]
    return opened


def _tiles(count: int) -> Iterator[tuple[int, int]]:
    """Name the tiles of one level that holds count hashes, as (index, width)."""
    for start in range(0, count, _WIDTH):
        yield start // _WIDTH, min(_WIDTH, count - start)


def _needed(size: int) -> set[str]:
    needed = {_path("entries", index, width) for index, width in _tiles(size)}
    level = 0
    while size:
        needed.update(_path(level, index, width) for index, width in _tiles(size))
        level, size = level + 1, size // _WIDTH
    return needed


def _path(kind: int | str, index: int, width: int) -> str:
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return _path_of(f"tile/{kind}/" + "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]]), width)


def _path_of(place: str, width: int) -> str:
    return place if width == _WIDTH else f"{place}.p/{width}"


def _widths_above(width: str) -> range:
    """Give the widths that can have taken the place of a partial tile; none, if that is no width of one."""
    is_width = width.isascii() and width.isdigit() and str(int(width)) == width and 0 < int(width) < _WIDTH
    return range(int(width) + 1, _WIDTH + 1) if is_width else range(0)


def _has_width(place: str, content: bytes, width: int) -> bool:
    if not place.startswith("tile/entries/"):
        return len(content) == width * merkle.HASH_BYTES
    count = at = 0
    while at < len(content):
        at += 2 + int.from_bytes(content[at : at + 2], "big")
        count += 1
    return at == len(content) and count == width


def _files(folder: Path) -> Iterator[str]:
    """Name everything under tile/ that is not a plain folder; links are named, not followed."""
    for above, folders, files in os.walk(folder / "tile"):
        links = [name for name in folders if Path(above, name).is_symlink()]
        for name in [*files, *links]:
            yield Path(above, name).relative_to(folder).as_posix()


def _read(folder: Path, path: str) -> bytes:
    file = folder / path
    if not file.is_file():
        raise LogRefused(path, "is missing")
    try:
        return file.read_bytes()
    except OSError as problem:
        raise LogRefused(path, f"cannot be read: {problem.strerror}") from problem


def _read_tile(folder: Path, path: str, width: int) -> list[bytes]:
    tile = _read(folder, path)
    if len(tile) != width * merkle.HASH_BYTES:
        raise LogRefused(path, f"has {len(tile)} bytes, not {width * merkle.HASH_BYTES}")
    return [tile[at : at + merkle.HASH_BYTES] for at in range(0, len(tile), merkle.HASH_BYTES)]


def _json_object(text: bytes | str, where: str) -> dict[str, Any]:
    try:
        members = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise LogRefused(where, "is not JSON that can be read in one way only") from problem
    if not isinstance(members, dict):
        raise LogRefused(where, "is not a JSON object")
    return members


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _base64_bytes(word: Any, where: str) -> bytes:
    try:
        content = base64.b64decode(word, validate=True)
    except (binascii.Error, TypeError, ValueError) as problem:
        raise LogRefused(where, "is not base64") from problem
    if base64.b64encode(content).decode() != word:
        raise LogRefused(where, "is not canonical base64")
    return content


if __name__ == "__main__":
    sys.exit(main())
