"""Check a signed checkpoint alone, and what witnesses cosigned of it; with public keys and nothing of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote, VerifierKey
from app.audit.cosignature import Cosignature, CosignatureRefused, cosigned_by, witness_key
from app.audit.exported import LogRefused, read_file

COSIGNED_NAME = "checkpoint.cosigned"


@dataclass(frozen=True, slots=True)
class VerifiedWitness:
    """What one witness cosigned of a log.

    Attributes:
        name: The witness's.
        size: How many entries.
        at: When, by the witness's clock. Aware, UTC.
    """

    name: str
    size: int
    at: datetime

    def in_words(self) -> str:
        """Say it."""
        return f"{self.name} cosigned the first {self.size} entries at {self.at.isoformat()}"


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


def cosigned_notes(folder: Path) -> list[tuple[str, bytes]]:
    """Give what may bear cosignatures in an exported log, by name: the checkpoint, and the cosigned one where it lies.

    Raises:
        LogRefused: There is no checkpoint.
    """
    names = ["checkpoint", *([COSIGNED_NAME] if (folder / COSIGNED_NAME).is_file() else [])]
    return [(name, read_file(folder, name)) for name in names]


def verify_witnesses(folder: Path, vkey: str, witness_vkeys: Sequence[str]) -> list[VerifiedWitness]:
    """Check that each of these witnesses cosigned this log, and give the newest that it cosigned.

    That what they cosigned is the beginning of the log is for the caller to check, against its entries or tiles.

    Args:
        folder: An exported log or a kit.
        vkey: The log's public key as one word.
        witness_vkeys: The witnesses' public keys, a word each.

    Raises:
        LogRefused: One of them did not, or a line that claims to be by one of them does not hold.
    """
    notes = [(name, verify_note(note, vkey, name), SignedNote.parse(note)) for name, note in cosigned_notes(folder)]
    return [_verified(witness_vkey, notes) for witness_vkey in witness_vkeys]


def _verified(witness_vkey: str, notes: list[tuple[str, Checkpoint, SignedNote]]) -> VerifiedWitness:
    try:
        key = witness_key(witness_vkey)
    except CheckpointMalformed as problem:
        raise LogRefused("the witness's key", str(problem)) from problem
    found: list[tuple[int, Cosignature]] = []
    for name, checkpoint, signed in notes:
        try:
            cosignature = cosigned_by(signed.text, signed.signatures, key)
        except CosignatureRefused as problem:
            raise LogRefused(name, str(problem)) from problem
        if cosignature is not None:
            found.append((checkpoint.size, cosignature))
    if not found:
        raise LogRefused("checkpoint", f"is not cosigned by {key.name}")
    size, newest = max(found, key=lambda one: (one[0], one[1].at_seconds))
    try:
        return VerifiedWitness(key.name, size, datetime.fromtimestamp(newest.at_seconds, UTC))
    except (ValueError, OverflowError, OSError) as problem:
        raise LogRefused("checkpoint", f"the time of the cosignature by {key.name} is none") from problem


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
