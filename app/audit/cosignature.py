"""Cosignatures of witnesses: the bytes they are over, and how one is checked. No private key is here.

A cosignature says: at this time, this was the largest tree of this log that the witness had seen, and it continued
every earlier one it had seen. It counts for whoever trusts the witness's public key, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.audit.checkpoint import COSIGNATURE, NoteSignature, SignedNote, VerifierKey

_TIME_BYTES = 8
_LATEST = 1 << 63


class CosignatureRefused(ValueError):
    """A signature line that claims to be by a known witness does not hold."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that holds.

    Attributes:
        at_seconds: When the witness made it, by its own clock: seconds since 1970.
        line: As it stands under the checkpoint.
    """

    at_seconds: int
    line: NoteSignature


def cosigned_bytes(text: str, at_seconds: int) -> bytes:
    """Give what a cosignature is over.

    Args:
        text: The checkpoint's text, its last newline included.
        at_seconds: Seconds since 1970.

    Source:
        C2SP tlog-cosignature, Ed25519 signed message
    """
    return f"cosignature/v1\ntime {at_seconds}\n{text}".encode()


def cosignature_line(key: VerifierKey, at_seconds: int, signature: bytes) -> NoteSignature:
    """Put a signature and its time into a signature line.

    Args:
        key: The witness's, of the kind ``COSIGNATURE``.
        at_seconds: As it was signed.
        signature: 64 bytes.

    Source:
        C2SP tlog-cosignature, Format
    """
    return NoteSignature(key.name, key.key_hash, at_seconds.to_bytes(_TIME_BYTES, "big") + signature)


def cosigned_by(text: str, lines: Iterable[NoteSignature], key: VerifierKey) -> Cosignature | None:
    """Find the newest cosignature by one witness.

    Args:
        text: The checkpoint's text.
        lines: Signature lines; those of other keys are passed over.
        key: The witness's, of the kind ``COSIGNATURE``.

    Returns:
        None when no line claims to be by this witness.

    Raises:
        CosignatureRefused: A line that claims to be does not hold.

    Source:
        C2SP tlog-cosignature, Format; C2SP signed-note, signatures
    """
    found = [_checked(text, line, key) for line in lines if (line.key_name, line.key_hash) == (key.name, key.key_hash)]
    return max(found, key=lambda one: one.at_seconds, default=None)


def with_cosignatures(note: str, lines: Iterable[NoteSignature]) -> str:
    """Put cosignatures under a signed checkpoint; a line that stands there already is not repeated.

    Args:
        note: The checkpoint as the log signed it.
        lines: In the order in which they shall stand.

    Returns:
        The signed note.

    Raises:
        CheckpointMalformed: The note is none, or would have too many signatures.
    """
    signed = SignedNote.parse(note)
    return SignedNote(signed.text, tuple(dict.fromkeys((*signed.signatures, *lines)))).to_text()


def witness_key(vkey: str) -> VerifierKey:
    """Read a witness's public key.

    Args:
        vkey: One word.

    Raises:
        CheckpointMalformed: It is none; a log's own key, which is of another type, is none either.
    """
    return VerifierKey.parse(vkey, COSIGNATURE)


def _checked(text: str, line: NoteSignature, key: VerifierKey) -> Cosignature:
    at_seconds = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if len(line.signature) != _TIME_BYTES + 64 or at_seconds >= _LATEST:
        raise CosignatureRefused(f"the cosignature by {key.name} is not a time and an Ed25519 signature")
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(
            line.signature[_TIME_BYTES:], cosigned_bytes(text, at_seconds)
        )
    except (InvalidSignature, ValueError) as problem:
        raise CosignatureRefused(f"the cosignature by {key.name} does not fit") from problem
    return Cosignature(at_seconds, line)
