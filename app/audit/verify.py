"""Check an exported log, or one receipt, with the public key and nothing of ours.

With the writer it shares only ``merkle``, ``checkpoint`` and ``cosignature``, which are pure and are checked against
other people's programs; folders it reads through ``exported``, checkpoints through ``verify_head``. It needs the
standard library and ``cryptography``.

It believes nothing that does not follow from the key. What it finds wrong it names: the first record, in the order of
the log, that is not what the signed checkpoint says it was.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from app.audit import merkle
from app.audit.checkpoint import Checkpoint
from app.audit.exported import WIDTH, Entries, LogRefused, check_nothing_besides, read_file, read_tile, tile_path, tiles
from app.audit.verify_head import cosigned_notes, verify_witnesses
from app.audit.verify_head import verify_note as verify_note

_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
_RECEIPT_MEMBERS = {"entry", "index", "inclusion", "checkpoint"}


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


def verify_log(
    folder: Path, vkey: str, *, previous: Sequence[str | bytes] = (), keep_entries: bool = True
) -> VerifiedLog:
    """Check an exported log to its last byte.

    Signature, every entry against its leaf hash, every tile against the tiles below, the whole tree against the root,
    that it continues the cosigned checkpoint where one lies beside it, and that there is nothing besides. Where
    ``disclosures.ndjson`` lies beside, every clear value against its commitment.

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
    checkpoint = verify_note(read_file(folder, "checkpoint"), vkey)
    known = [verify_note(note, vkey, f"previous checkpoint {number}") for number, note in enumerate(previous, 1)]
    known += [verify_note(note, vkey, name) for name, note in cosigned_notes(folder)[1:]]
    disclosures = folder / "disclosures.ndjson"
    entries = Entries(keep_entries or disclosures.is_file())
    leaves = [leaf for index, width in tiles(checkpoint.size) for leaf in entries.checked(folder, index, width)]
    _check_higher_tiles(folder, leaves)
    _check_roots(leaves, checkpoint, known)
    check_nothing_besides(folder, checkpoint.size)
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
    members = json_object(receipt, "the receipt") if isinstance(receipt, bytes | str) else receipt
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
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        help="the public key of a witness that must have cosigned the log; may be repeated",
    )
    wanted = parser.parse_args(argv)
    try:
        previous = [read_file(path.parent, path.name) for path in wanted.previous]
        log = verify_log(wanted.folder, wanted.key, previous=previous, keep_entries=False)
        cosigned = verify_witnesses(wanted.folder, wanted.key, wanted.witness)
    except LogRefused as refusal:
        sys.stderr.write(one_line(f"refused: {refusal}"))
        return 1
    root = base64.b64encode(log.root).decode()
    sys.stdout.write(one_line(f"accepted: {log.origin}, {log.size} entries, root {root}"))
    sys.stdout.write("".join(one_line(witness.in_words()) for witness in cosigned))
    return 0


def one_line(text: str) -> str:
    """Make one line that cannot steer a terminal: file names in a folder are the sender's to choose."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text) + "\n"


def _check_higher_tiles(folder: Path, leaves: Sequence[bytes]) -> None:
    level, hashes = 0, leaves
    while len(hashes) >= WIDTH:
        level += 1
        whole = len(hashes) // WIDTH
        hashes = [merkle.root_of(hashes[number * WIDTH : (number + 1) * WIDTH]) for number in range(whole)]
        for index, width in tiles(len(hashes)):
            path = tile_path(level, index, width)
            for number, found in enumerate(read_tile(folder, path, width)):
                if found != hashes[index * WIDTH + number]:
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


def _check_disclosures(path: Path, entries: Sequence[bytes]) -> None:
    by_id = {json.dumps(json_object(entry, f"entry {at}").get("id")): at for at, entry in enumerate(entries)}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        where = f"{path.name} line {number}"
        members = json_object(line, where)
        at = by_id.get(json.dumps(members.get("entry_id")))
        if set(members) != {"entry_id", "disclosed"} or at is None:
            raise LogRefused(where, "is not about an entry of this log")
        _opened(entries[at], members["disclosed"], f"{where}, entry {at}")


def _opened(entry: bytes, disclosed: Any, where: str) -> dict[str, str]:
    """Check clear values against the entry's commitments: SHA-256 of the salt followed by the value."""
    if disclosed == {}:
        return {}
    sealed = json_object(entry, where).get("sealed")
    if not isinstance(disclosed, dict) or not isinstance(sealed, dict):
        raise LogRefused(where, "discloses values that the entry holds no commitment to")
    opened = {}
    for name, pair in disclosed.items():
        # The salt's length is fixed, or else bytes could be moved between the salt and the value.
        is_pair = isinstance(pair, dict) and set(pair) == {"salt", "value"} and isinstance(pair["value"], str)
        if not is_pair or not _SALT.fullmatch(str(pair["salt"])):
            raise LogRefused(where, f"the disclosed {name!r} is not a value with its salt")
        clear = pair["value"].encode("utf-8", "surrogatepass")
        if sealed.get(name) != hashlib.sha256(bytes.fromhex(pair["salt"]) + clear).hexdigest():
            raise LogRefused(where, f"the disclosed {name!r} does not fit its commitment")
        opened[name] = pair["value"]
    return opened


def json_object(text: bytes | str, where: str) -> dict[str, Any]:
    """Read a JSON object that can be read in one way only.

    Args:
        text: Somebody else's.
        where: What to call it when it is refused.

    Raises:
        LogRefused: It is not JSON, no object, or names a member twice.
    """
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
