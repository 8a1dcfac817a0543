"""What is random in a copy, drawn from a secret of its opening, so that the copy has the same bytes each time.

A recipient on a bad line asks for the rest of a copy. That rest must belong to the same file as the part they have, yet
no copy is ever stored. So whatever a format wants at random (a salt, a key, a nonce) is derived from the opening's
secret **and from all that goes into the copy**. Where anything differs by a single byte, because the release was moved
and the mark says so, everything derived differs too: no key stream ever covers two texts.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LENGTH_BYTES = 8
_TAG_BYTES = 16


class Derivation:
    """Gives bytes that look random to everybody without the secret, and are the same each time to us.

    Args:
        secret: 32 bytes, known to the service alone and different for every opening. Not the passphrase: a salt stands
            in the file for all to see, and would let guesses at the passphrase be tried faster than the format means.
        made_of: Everything the copy's bytes depend on, part by part, in a fixed order; the hash of a document stands
            for its bytes.
    """

    __slots__ = ("_made_of_sha256", "_secret")

    def __init__(self, secret: bytes, *made_of: bytes) -> None:
        whole = hashlib.sha256()
        for part in made_of:  # each behind its length, so that no two lists of parts run into the same bytes
            whole.update(len(part).to_bytes(_LENGTH_BYTES, "big") + part)
        self._secret = secret
        self._made_of_sha256 = whole.digest()

    def draw(self, purpose: str, length_bytes: int) -> bytes:
        """Give the bytes for one purpose.

        Args:
            purpose: Names the format and what the bytes are in it, such as ``zip/1/salt/0``. One name, one use.
            length_bytes: How many, at most 8,160.

        Source:
            RFC 5869
        """
        info = b"pra-gatekeeper/copy/" + purpose.encode("ascii")
        return HKDF(algorithm=SHA256(), length=length_bytes, salt=self._made_of_sha256, info=info).derive(self._secret)

    @property
    def tag(self) -> str:
        """Name these very bytes, in 32 hexadecimal digits: two copies with one tag are equal byte by byte."""
        return self.draw("tag", _TAG_BYTES).hex()

    def __repr__(self) -> str:
        return "Derivation()"
