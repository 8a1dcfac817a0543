"""Checkpoints and signed notes, parsed and printed. Pure: no signature is made or checked here.

A checkpoint is three lines: origin, size, root. A signed note is a text, a blank line, and signature lines.
Parsing is strict: of every number, base64 word and note there is exactly one accepted spelling.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from app.audit.merkle import HASH_BYTES

SIGNATURES_LIMIT = 64
ED25519 = b"\x01"
"""Type of a key that signs notes."""
COSIGNATURE = b"\x04"
"""Type of a key by which a witness cosigns checkpoints, with the time."""
_PUBLIC_KEY_BYTES = 32
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_KEY_HASH = re.compile(r"[0-9a-f]{8}", re.ASCII)
_DASH = "\u2014 "
_KIND_WORDS = {ED25519: "an Ed25519 key that signs notes", COSIGNATURE: "a witness's key that cosigns checkpoints"}


class CheckpointMalformed(ValueError):
    """A checkpoint, a signed note or a verifier key is not written as its specification demands."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the log at one size.

    Attributes:
        origin: The log's name: one non-empty line.
        size: How many leaves.
        root: 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Print the three lines that are signed, the last newline included.

        Raises:
            CheckpointMalformed: The members cannot be printed so that they would be read back.

        Source:
            C2SP tlog-checkpoint, note text
        """
        text = f"{self.origin}\n{self.size}\n{_base64_text(self.root)}\n"
        if Checkpoint.parse(text) != self:
            raise CheckpointMalformed("the checkpoint would not be read back as it is")
        return text

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the three lines, the last newline included.

        Extension lines are refused: the specification allows them, advises against them, and this log prints none.

        Raises:
            CheckpointMalformed: Anything else than exactly that.

        Source:
            C2SP tlog-checkpoint, note text
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise CheckpointMalformed("a checkpoint is exactly three lines, each ended by a newline")
        origin, size, root = lines[:3]
        if not origin or not _is_printable(origin):
            raise CheckpointMalformed("the origin is empty or holds control characters")
        if not _SIZE.fullmatch(size):
            raise CheckpointMalformed("the size is not a decimal number without leading zeroes")
        return cls(origin, int(size), _base64_bytes(root, "the root", HASH_BYTES))


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line.

    Attributes:
        key_name: No spaces, no plus.
        key_hash: 4 bytes that, with the name, identify the key.
        signature: The rest of the line's bytes; for Ed25519, 64.
    """

    key_name: str
    key_hash: bytes
    signature: bytes

    def to_text(self) -> str:
        """Print the line, newline included."""
        return f"{_DASH}{self.key_name} {_base64_text(self.key_hash + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and the signatures over exactly its bytes.

    Attributes:
        text: What is signed; ends with a newline.
        signatures: In the order they stand; at least one, at most ``SIGNATURES_LIMIT``.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_text(self) -> str:
        """Print the note.

        Raises:
            CheckpointMalformed: The members cannot be printed so that they would be read back.
        """
        note = self.text + "\n" + "".join(signature.to_text() for signature in self.signatures)
        if SignedNote.parse(note) != self:
            raise CheckpointMalformed("the note would not be read back as it is")
        return note

    @classmethod
    def parse(cls, note: str | bytes) -> SignedNote:
        """Read a signed note. Whether a signature holds is for the holder of a key to say.

        Raises:
            CheckpointMalformed: It is not a signed note.

        Source:
            C2SP signed-note, format
        """
        whole = _utf8(note) if isinstance(note, bytes) else note
        if not _is_printable(whole.replace("\n", "")):
            raise CheckpointMalformed("a signed note holds no control characters but the newline")
        text, blank, block = whole.rpartition("\n\n")
        if not blank or not block.endswith("\n"):
            raise CheckpointMalformed("a signed note is a text, a blank line and signature lines")
        lines = block[:-1].split("\n")
        if len(lines) > SIGNATURES_LIMIT:
            raise CheckpointMalformed(f"more than {SIGNATURES_LIMIT} signatures")
        return cls(text + "\n", tuple(_signature(line) for line in lines))


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a note key, with the name it signs under.

    Attributes:
        name: No spaces, no plus; for this log also the origin of its checkpoints.
        public_key: 32 bytes, Ed25519.
        kind: ``ED25519`` or ``COSIGNATURE``: what its signatures are over.
    """

    name: str
    public_key: bytes
    kind: bytes = ED25519

    @property
    def key_hash(self) -> bytes:
        """The 4 bytes that stand before each signature by this key.

        Source:
            C2SP signed-note, signatures
        """
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public_key).digest()[:4]

    def to_text(self) -> str:
        """Print the key as one word: ``name+hash+base64``, the form Go's note package reads."""
        return f"{self.name}+{self.key_hash.hex()}+{_base64_text(self.kind + self.public_key)}"

    @classmethod
    def parse(cls, vkey: str, kind: bytes = ED25519) -> VerifierKey:
        """Read a key; white space around it is forgiven.

        Args:
            vkey: One word.
            kind: Which kind it must be of; a key of another kind is refused.

        Raises:
            CheckpointMalformed: It is not an Ed25519 verifier key of this kind, or its hash does not belong to it.
        """
        # The base64 part may hold a plus of its own, so only the first two separate.
        name, _, rest = vkey.strip().partition("+")
        key_hash, _, word = rest.partition("+")
        if not _is_key_name(name) or not _KEY_HASH.fullmatch(key_hash):
            raise CheckpointMalformed("a verifier key is name+hash+base64")
        typed = _base64_bytes(word, "the verifier key", 1 + _PUBLIC_KEY_BYTES)
        key = cls(name, typed[1:], kind)
        if typed[:1] != kind:
            raise CheckpointMalformed(f"the verifier key is not of the type {kind.hex()}: {_KIND_WORDS[kind]}")
        if key.key_hash.hex() != key_hash:
            raise CheckpointMalformed("the verifier key's hash does not belong to it")
        return key


def signature_lines(block: str) -> tuple[NoteSignature, ...]:
    """Read signature lines that stand alone, as a witness answers them.

    Args:
        block: One line or more, each ended by a newline.

    Raises:
        CheckpointMalformed: They are none, or too many.

    Source:
        C2SP signed-note, format
    """
    if not block.endswith("\n"):
        raise CheckpointMalformed("signature lines end with a newline each")
    note = SignedNote.parse(f"-\n\n{block}")
    if note.text != "-\n":
        raise CheckpointMalformed("there is an empty line among the signature lines")
    return note.signatures


def _signature(line: str) -> NoteSignature:
    name, _, word = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not _is_key_name(name):
        raise CheckpointMalformed("a signature line is a dash, a key name and a base64 word")
    signed = _base64_bytes(word, "a signature")
    if len(signed) < 5:
        raise CheckpointMalformed("a signature is too short")
    return NoteSignature(name, signed[:4], signed[4:])


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and _is_printable(name) and not any(letter.isspace() for letter in name)


def _is_printable(text: str) -> bool:
    """Say whether text holds no ASCII control characters, and no lone surrogates, which have no UTF-8 form."""
    return not any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in text)


def _utf8(note: bytes) -> str:
    try:
        return note.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise CheckpointMalformed("a signed note is UTF-8") from problem


def _base64_text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _base64_bytes(word: str, what: str, length: int | None = None) -> bytes:
    """Decode standard base64, accepting only the one spelling an encoder would write."""
    try:
        content = base64.b64decode(word.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as problem:
        raise CheckpointMalformed(f"{what} is not base64") from problem
    if _base64_text(content) != word or length not in (None, len(content)):
        raise CheckpointMalformed(f"{what} is not canonical base64 of the right length")
    return content
