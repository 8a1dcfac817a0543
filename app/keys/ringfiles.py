"""A ring as it lies in its folder: one file for each key, and an index that says which is current.

A key held in a hardware module has a file in its place that says in which token it lies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.keys import folder as private
from app.keys.compact import CompactRefused, read_object
from app.keys.generations import Generations, RingKey
from app.keys.held import KeyModule
from app.keys.material import Purpose, file_name, read_text, write_text
from app.rules.errors import Broken, Code, Conflict, KeyMissing

INDEX_NAME = "ring.json"
ESCROW_NAME = "escrow-recipient.txt"
INDEX_FORMAT = "pra-ring/1"
_KID = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def read_purposes(folder: Path, module: KeyModule | None) -> dict[Purpose, Generations[Any]]:
    """Read every key of a ring, each checked against its name.

    Raises:
        KeyMissing, Broken, Unavailable: As `app.keys.ring.load_ring`.
    """
    try:
        text = private.read_private(folder / INDEX_NAME)
    except KeyMissing:
        raise KeyMissing(f"There is no {INDEX_NAME} in {folder}. Run `pra init` to make a key ring.") from None
    index = _checked_index(text)
    return {purpose: _read_generations(folder, purpose, index[purpose], module) for purpose in Purpose}


def _read_generations(folder: Path, purpose: Purpose, kids: list[str], module: KeyModule | None) -> Generations[Any]:
    current, *retired = (RingKey(kid, _read_key(folder, purpose, kid, module)) for kid in kids)
    return Generations(current, tuple(retired))


def _read_key(folder: Path, purpose: Purpose, kid: str, module: KeyModule | None) -> Any:
    note = folder / _note_name(kid)
    if purpose is not Purpose.KEK or not note.exists():
        return read_text(purpose, kid, private.read_private(folder / file_name(purpose, kid)))
    token = private.read_private(note).decode("utf-8", errors="replace").strip()
    if module is None or module.token != token:
        raise KeyMissing(
            f"The key-encryption key {kid} lies in the token “{token}” of a hardware module. Configure that module "
            "(PRA_HSM_LIBRARY, PRA_HSM_TOKEN, PRA_HSM_PIN_FILE)."
        )
    return module.get(kid)


def _note_name(kid: str) -> str:
    """Give the name of the file that stands in for a key held elsewhere: it says in which token."""
    return f"{Purpose.KEK}.{kid}.held"


def index_mark(folder: Path) -> tuple[int, int, int] | None:
    """Tell one index file from the next: each is written whole beside the old one and renamed."""
    try:
        found = (folder / INDEX_NAME).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _checked_index(text: bytes) -> dict[str, list[str]]:
    """Read the index into kids per purpose, the current one first."""
    try:
        index = read_object(text)
    except CompactRefused as why:
        raise Broken(f"{INDEX_NAME} is damaged: {why}.") from None
    keys = index.get("keys")
    if index.keys() != {"format", "keys"} or index["format"] != INDEX_FORMAT or not isinstance(keys, dict):
        raise Broken(f"{INDEX_NAME} is not in the format {INDEX_FORMAT}.")
    if keys.keys() != set(Purpose):
        raise Broken(f"{INDEX_NAME} must name the purposes {', '.join(Purpose)} and no others.")
    return {purpose: _checked_kids(purpose, keys[purpose]) for purpose in Purpose}


def _checked_kids(purpose: Purpose, written: Any) -> list[str]:
    if not isinstance(written, dict) or written.keys() != {"current", "retired"}:
        raise Broken(f"{INDEX_NAME} does not say which key for {purpose} is current and which are retired.")
    if not isinstance(written["retired"], list):
        raise Broken(f"{INDEX_NAME} does not say which key for {purpose} is current and which are retired.")
    kids = [written["current"], *written["retired"]]
    # A kid becomes part of a file name, so nothing but its one shape may pass.
    if not all(isinstance(kid, str) and _KID.match(kid) for kid in kids) or len(set(kids)) != len(kids):
        raise Broken(f"{INDEX_NAME} names a key for {purpose} that cannot be one, or names one twice.")
    return kids


def write_key(folder: Path, purpose: Purpose, key: RingKey[Any], module: KeyModule | None) -> None:
    """Write a key into the folder, or, for one held in the module, the note that says so."""
    if purpose is Purpose.KEK and module is not None:
        private.write_private(folder / _note_name(key.kid), f"{module.token}\n".encode())
    else:
        private.write_private(folder / file_name(purpose, key.kid), write_text(key.key))


def destroy_key(folder: Path, purpose: Purpose, key: RingKey[Any], module: KeyModule | None) -> None:
    """Destroy a key: its file, or what the module holds and then the note of it."""
    note = folder / _note_name(key.kid)
    if purpose is Purpose.KEK and module is not None and note.exists():
        module.destroy(key.kid)
        note.unlink()
    else:
        (folder / file_name(purpose, key.kid)).unlink()


def write_index(folder: Path, purposes: Mapping[Purpose, Generations[Any]]) -> None:
    """Write the index, whole or not at all."""
    keys = {
        purpose.value: {"current": known.current.kid, "retired": [old.kid for old in known.retired]}
        for purpose, known in purposes.items()
    }
    text = json.dumps({"format": INDEX_FORMAT, "keys": keys}, indent=2, sort_keys=True) + "\n"
    private.write_private(folder / INDEX_NAME, text.encode("ascii"))


def demand_unused(folder: Path) -> None:
    """Refuse a folder that holds anything but an escrow recipient.

    Raises:
        Conflict: It does.
    """
    names = sorted(path.name for path in folder.iterdir() if path.name != ESCROW_NAME)
    if INDEX_NAME in names:
        raise Conflict(f"A key ring already lies in {folder}. It was left as it is.", code=Code.ALREADY_EXISTS)
    if names:
        raise Conflict(
            f"{folder} holds files but no key ring ({names[0]} among them). Choose an empty folder, or clear this one "
            "if an earlier `pra init` was cut short.",
            code=Code.ALREADY_EXISTS,
        )
