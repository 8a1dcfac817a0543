"""Small logs for tests: a toy key, a folder of tiles, receipts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit import merkle
from app.audit.checkpoint import Checkpoint, NoteSignature, SignedNote, VerifierKey
from app.audit.tiles import TileFolder
from app.audit.verify import LogRefused

ORIGIN = "log.pra.gov.example"


@dataclass(frozen=True)
class ToyKey:
    """A note key whose secret is the hash of a word, so that its signatures are the same on every run."""

    name: str = ORIGIN
    word: str = "a toy"

    @property
    def _secret(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.word.encode()).digest())

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self._secret.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        return self.verifier.to_text()

    def sign(self, text: str) -> str:
        line = NoteSignature(self.name, self.verifier.key_hash, self._secret.sign(text.encode()))
        return SignedNote(text, (line,)).to_text()


KEY = ToyKey()


def some_entries(count: int, start: int = 0) -> list[bytes]:
    return [f'{{"id":"ent_{number:024x}","kind":"log_read","v":1}}'.encode() for number in range(start, start + count)]


def grow(tiles: TileFolder, old_size: int, entries: list[bytes], key: ToyKey = KEY) -> str:
    """Append entries, sign the new head with its own origin, and tidy up, as the sequencer does."""
    size = tiles.write_range(old_size, [merkle.leaf_hash(entry) for entry in entries], entries)
    note = key.sign(Checkpoint(key.name, size, tiles.root(size)).to_text())
    tiles.write_checkpoint(note)
    tiles.remove_outgrown(size)
    return note


def a_log(folder: Path, count: int, key: ToyKey = KEY) -> TileFolder:
    tiles = TileFolder(folder)
    grow(tiles, 0, some_entries(count), key)
    return tiles


def a_receipt(tiles: TileFolder, index: int) -> dict[str, Any]:
    note = tiles.read_checkpoint()
    assert note is not None
    size = Checkpoint.parse(SignedNote.parse(note).text).size
    (entry,) = tiles.entries(index, index + 1)
    proof = merkle.inclusion_proof(index, size, tiles.node)
    return {
        "entry": base64.b64encode(entry).decode(),
        "index": index,
        "inclusion": [base64.b64encode(sibling).decode() for sibling in proof],
        "checkpoint": note,
    }


def resign(folder: Path, key: ToyKey = KEY, origin: str = ORIGIN) -> None:
    """Sign over a folder's tiles whatever they now say, as a thief of the tiles with a key of their own would."""
    note = SignedNote.parse((folder / "checkpoint").read_bytes())
    size = Checkpoint.parse(note.text).size
    text = Checkpoint(origin, size, TileFolder(folder).root(size)).to_text()
    (folder / "checkpoint").write_text(key.sign(text))


def refusal(check: Callable[[], object]) -> tuple[str, str]:
    """Give where and why a check refuses; it must."""
    with pytest.raises(LogRefused) as refused:
        check()
    return refused.value.where, refused.value.why
