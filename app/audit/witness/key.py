"""A witness's own key: made once, kept in a file for its owner alone, used for cosignatures and nothing else."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit import durable
from app.audit.checkpoint import COSIGNATURE, NoteSignature, VerifierKey
from app.audit.cosignature import cosignature_line, cosigned_bytes
from app.audit.witness.trouble import WitnessTrouble

_WRITTEN = "PRIVATE+KEY+"
_NAME = re.compile(r"[!-*,-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A name and the private key that cosigns under it."""

    name: str
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._key.public_key().public_bytes_raw(), COSIGNATURE)

    def cosign(self, text: str, at_seconds: int) -> NoteSignature:
        """Cosign a checkpoint's text.

        Args:
            text: Its last newline included.
            at_seconds: Now: seconds since 1970.

        Source:
            C2SP tlog-cosignature, Ed25519 signed message
        """
        return cosignature_line(self.verifier, at_seconds, self._key.sign(cosigned_bytes(text, at_seconds)))


def make_key(path: Path, name: str) -> Cosigner:
    """Make a key and write it into a file that only its owner can read.

    Args:
        path: Must not exist.
        name: What the witness is called in its cosignatures, such as ``witness.regulator.example/w1``.

    Raises:
        WitnessTrouble: The name cannot stand in a signature line, or there is a file already.
    """
    if not _NAME.fullmatch(name):
        raise WitnessTrouble("a witness's name is plain letters, without spaces and without a plus")
    if path.exists():
        raise WitnessTrouble(f"{path} is there already; a witness's key is made once")
    key = Ed25519PrivateKey.generate()
    cosigner = Cosigner(name, key)
    word = base64.b64encode(COSIGNATURE + key.private_bytes_raw()).decode("ascii")
    written = f"{_WRITTEN}{name}+{cosigner.verifier.key_hash.hex()}+{word}\n"
    durable.write_whole(path, written.encode(), path.parent / ".writing")
    return cosigner


def read_key(path: Path) -> Cosigner:
    """Read a witness's key.

    Raises:
        WitnessTrouble: It is missing, damaged, or others than its owner may read it.
    """
    try:
        readable_by = stat.S_IMODE(path.stat().st_mode)
        written = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessTrouble(f"the key {path} cannot be read; `pra witness key` makes one") from error
    if readable_by & 0o077:
        raise WitnessTrouble(f"others may read {path}: chmod 600 it, and think about who read it")
    name, _, rest = written.removeprefix(_WRITTEN).partition("+")
    key_hash, _, word = rest.partition("+")
    try:
        typed = base64.b64decode(word, validate=True)
    except binascii.Error as error:
        raise WitnessTrouble(f"the key {path} is damaged") from error
    if not written.startswith(_WRITTEN) or typed[:1] != COSIGNATURE or len(typed) != 33:
        raise WitnessTrouble(f"the key {path} is not that of a witness")
    cosigner = Cosigner(name, Ed25519PrivateKey.from_private_bytes(typed[1:]))
    if cosigner.verifier.key_hash.hex() != key_hash:
        raise WitnessTrouble(f"the key {path} is damaged: its hash does not belong to it")
    return cosigner


def demand_private(folder: Path) -> None:
    """Make a witness's folder, or see that it is its owner's alone.

    Raises:
        WitnessTrouble: Others may look into it.
    """
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077 or folder.stat().st_uid != os.getuid():
        raise WitnessTrouble(f"the folder {folder} must be its owner's alone: chmod 700 it")
