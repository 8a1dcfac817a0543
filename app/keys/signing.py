"""Sign checkpoints of the log, and nothing else, with the log's own key.

The note carries the signer's name, so that a signature line for one log is not taken for another's. Anyone can check it
with the ``vkey`` and a few lines of code of their own.
"""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519_TYPE = b"\x01"
KEY_HASH_BYTES = 4
_NAME = re.compile(r"[^\s+]+\Z")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class CheckpointSigner:
    """One name and one Ed25519 key that sign notes in the C2SP form.

    Source:
        C2SP signed-note, sections "Format" and "Signatures"
    """

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        """Take a name and a key.

        Args:
            name: The log's name, such as ``pra.stats.gov.example/log``: no white space, no plus sign, not empty.
            key: The log's private key.

        Raises:
            ValueError: The name cannot stand in a signature line.
        """
        if not _NAME.match(name) or not name.isprintable():
            raise ValueError("a signer's name has at least one character, no white space and no plus sign")
        self.name = name
        self._key = key
        self._public = ED25519_TYPE + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def vkey(self) -> str:
        """Give the public key in the text form that verifiers take.

        Returns:
            Name, eight hexadecimal digits of the key hash, and base64 of type byte and 32-byte key, joined by plus.

        Source:
            C2SP signed-note, section "Verifier keys"
        """
        return f"{self.name}+{self._key_hash().hex()}+{base64.b64encode(self._public).decode('ascii')}"

    def signature_line(self, text: str) -> str:
        """Sign a text and give the line that goes below it.

        Args:
            text: Ends with a newline and has no control characters but newlines.

        Returns:
            An em dash, the name and base64 of key hash and signature, ending with a newline.

        Raises:
            ValueError: The text cannot be the text of a note.
        """
        # A blank line inside the text is allowed: verifiers split the note at its last blank line.
        if not text.endswith("\n") or text == "\n" or _CONTROL.search(text):
            raise ValueError("a note's text ends with a newline and has no other control characters")
        signature = self._key.sign(text.encode("utf-8"))
        return f"\N{EM DASH} {self.name} {base64.b64encode(self._key_hash() + signature).decode('ascii')}\n"

    def sign_note(self, text: str) -> str:
        """Sign a text and give the whole note.

        Args:
            text: As `signature_line`.

        Returns:
            The text, a blank line and the signature line.

        Raises:
            ValueError: The text cannot be the text of a note.
        """
        return f"{text}\n{self.signature_line(text)}"

    def _key_hash(self) -> bytes:
        return hashlib.sha256(self.name.encode("utf-8") + b"\n" + self._public).digest()[:KEY_HASH_BYTES]
