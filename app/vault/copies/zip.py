"""Copies as ZIP: the document as it is, beside a notice, both under AES-256; any part can be made by itself.

The document is stored, not compressed, and its length is known from when it was sealed. So every byte of the copy has
its place before the first is made: ``ZipLayout`` knows the places, ``ZipCopy`` makes bytes. Both the sealed document
and AES in counter mode can be entered anywhere. The one thing that cannot is the authentication code behind the
document, ten bytes that need all of its ciphertext: it is worked out on the way when the whole document passes, and
otherwise only for a part that reaches it.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from Crypto.Cipher import AES
from Crypto.Util import Counter

from app.rules.errors import SealBroken
from app.vault.copies.derivation import Derivation
from app.vault.copies.marks import Mark, readme_name
from app.vault.copies.zipparts import Member, directory, dos_time


class Pieces(Protocol):
    """Plaintext as it comes, piece by piece; holds something open."""

    def __iter__(self) -> Iterator[bytes]:
        """Give the next pieces."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class KeyStream(Protocol):
    """A cipher that goes on where it stopped."""

    def encrypt(self, plaintext: bytes) -> bytes:
        """Encrypt the bytes that come next."""
        ...


Plain = Callable[[int, int | None], Pieces]
"""Give the document's plaintext from an offset on, so many bytes or all that follow."""

CODE_BYTES = 10
_SALT_BYTES, _VERIFIER_BYTES, _KEY_BYTES, _BLOCK_BYTES = 16, 2, 32, 16
_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The document that goes into a copy, as it was recorded when it was sealed.

    Attributes:
        file_name: Already checked by ``check_file_name``.
        sha256: 64 hexadecimal digits.
        dated_at: Aware; written as London wall-clock time, which is what ZIP readers show.
    """

    file_name: str
    size_bytes: int
    sha256: str
    crc32: int
    dated_at: datetime


class ZipLayout:
    """Where everything lies in a ZIP copy. Made by ``lay_out``; needs no passphrase.

    Attributes:
        length_bytes: Of the whole copy.
        tag: Names its bytes: the same for every part of one copy, and another where one byte would differ.
    """

    def __init__(self, document: StoredDocument, mark: Mark, derivation: Derivation) -> None:
        self.document = document
        self.notice = mark.notice()
        self.tag = derivation.tag
        self.salts = tuple(derivation.draw(f"zip/1/salt/{member}", _SALT_BYTES) for member in range(2))
        dated = dos_time(document.dated_at)
        readme = Member(readme_name(mark.label).encode(), len(self.notice), dated, at=0)
        body = Member(document.file_name.encode(), document.size_bytes, dated, at=readme.length_bytes)
        self._members = (readme, body)
        self.local_headers = tuple(member.local_header() for member in self._members)
        self._document_at = readme.length_bytes + len(self.local_headers[1]) + _SALT_BYTES + _VERIFIER_BYTES
        self.length_bytes = sum(member.length_bytes for member in self._members) + len(self.directory())

    def document_part(self, first: int, behind: int) -> tuple[int, int | None]:
        """Say which bytes of the document a part of the copy holds: offset, and how many or None for all of it."""
        size, at = self.document.size_bytes, self._document_at
        start, stop = min(size, max(0, first - at)), max(0, min(size, behind - at))
        return (0, None) if (start, stop) == (0, size) else (start, max(0, stop - start))

    def directory(self) -> bytes:
        """Give the central directory and what closes the file."""
        return directory(self._members)


def lay_out(document: StoredDocument, mark: Mark, secret: bytes) -> ZipLayout:
    """Lay out a ZIP copy.

    Args:
        document: What goes into it.
        mark: Goes into the notice beside it.
        secret: 32 bytes, of this opening alone; the salts are derived from it.

    Raises:
        ValueError: ``dated_at`` is naive.

    Source:
        PKWARE APPNOTE 6.3; WinZip AE-2; RFC 5869
    """
    derivation = Derivation(
        secret,
        b"zip/1",
        document.file_name.encode(),
        bytes.fromhex(document.sha256),
        document.size_bytes.to_bytes(8, "big"),
        repr(dos_time(document.dated_at)).encode(),
        readme_name(mark.label).encode(),
        mark.notice(),
    )
    return ZipLayout(document, mark, derivation)


class ZipCopy:
    """Makes the bytes of a ZIP copy, whole or in part, in flat memory.

    Args:
        layout: From ``lay_out``.
        passphrase: ASCII, from ``new_passphrase``.
        code: The authentication code of the document, where an earlier pass has left it.

    Attributes:
        code: The same, also once it has been worked out here.
    """

    def __init__(self, layout: ZipLayout, passphrase: str, code: bytes | None = None) -> None:
        self.code = code
        self._layout = layout
        readme, self._keys = (_Keys(passphrase, salt) for salt in layout.salts)
        locked = readme.cipher(0).encrypt(layout.notice)
        self._before = b"".join(
            (
                layout.local_headers[0] + layout.salts[0] + readme.verifier,
                locked + readme.code_begun(locked).digest()[:CODE_BYTES],
                layout.local_headers[1] + layout.salts[1] + self._keys.verifier,
            )
        )

    def read(self, plain: Plain, first: int = 0, behind: int | None = None) -> Iterator[bytes]:
        """Make the copy, all of it or a part.

        Args:
            plain: Gives the document's plaintext. Whatever it gives is closed when it has been read, or left early.
            first: Of the bytes wanted.
            behind: The first byte that is not wanted any more; None for the end.

        Yields:
            The bytes wanted. An empty piece means that none is ready yet, and that this is a moment to look whether
            anybody still waits: so it is while the authentication code is worked out for a part that reaches it.

        Raises:
            SealBroken: The plaintext is not the recorded one. The document's code and the end of the file are then
                left out, and the file does not open.

        Source:
            PKWARE APPNOTE 6.3; WinZip AE-2
        """
        behind = self._layout.length_bytes if behind is None else behind
        at = len(self._before)
        yield from _some(self._before[first:behind])
        start, length = self._layout.document_part(first, behind)
        if length is None:
            yield from self._whole_document(plain)
        elif length:
            yield from self._part_of_document(plain, start, length)
        at += self._layout.document.size_bytes
        if first < at + CODE_BYTES and behind > at:
            yield from self._work_out_code(plain)
            yield from _some((self.code or b"")[max(0, first - at) : behind - at])
        at += CODE_BYTES
        if behind > at:
            yield from _some(self._layout.directory()[max(0, first - at) : behind - at])

    def _part_of_document(self, plain: Plain, start: int, length: int) -> Iterator[bytes]:
        cipher = self._keys.cipher(start)
        with closing(plain(start, length)) as pieces:
            for piece in pieces:
                yield cipher.encrypt(piece)

    def _whole_document(self, plain: Plain) -> Iterator[bytes]:
        """Encrypt all of it, and check and authenticate it on the way."""
        document = self._layout.document
        cipher, code = self._keys.cipher(0), self._keys.code_begun()
        size_bytes = crc32 = 0
        with closing(plain(0, None)) as pieces:
            for piece in pieces:
                size_bytes, crc32 = size_bytes + len(piece), zlib.crc32(piece, crc32)
                locked = cipher.encrypt(piece)
                code.update(locked)
                yield locked
        if (size_bytes, crc32) != (document.size_bytes, document.crc32):
            raise SealBroken("The document is not the one that was recorded when it was sealed.", stage="copy")
        self.code = code.digest()[:CODE_BYTES]

    def _work_out_code(self, plain: Plain) -> Iterator[bytes]:
        """See to it that the code is known: by one more pass over the document where no earlier one has left it."""
        if self.code is None:
            for _ in self._whole_document(plain):
                yield b""


def held(content: bytes) -> Plain:
    """Give a document that is in memory already as the shelf would give it.

    Args:
        content: The whole document.

    Returns:
        What ``ZipCopy.read`` takes.
    """

    def read(offset: int, length: int | None) -> Generator[bytes, None, None]:
        yield content[offset : None if length is None else offset + length]

    return read


class _Keys:
    """The keys of one member. SHA-1 and 1,000 rounds are the format's own: the passphrase must carry it alone."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        derived = hashlib.pbkdf2_hmac(
            "sha1", passphrase.encode("ascii"), salt, _ROUNDS, 2 * _KEY_BYTES + _VERIFIER_BYTES
        )
        self._cipher_key, self._code_key = derived[:_KEY_BYTES], derived[_KEY_BYTES : 2 * _KEY_BYTES]
        self.verifier = derived[2 * _KEY_BYTES :]

    def cipher(self, offset: int) -> KeyStream:
        """Give the key stream from an offset on: AES in counter mode, the counter little-endian and from 1."""
        block, within = divmod(offset, _BLOCK_BYTES)
        counter = Counter.new(nbits=128, little_endian=True, initial_value=1 + block)
        cipher: KeyStream = AES.new(self._cipher_key, AES.MODE_CTR, counter=counter)
        cipher.encrypt(bytes(within))
        return cipher

    def code_begun(self, locked: bytes = b"") -> hmac.HMAC:
        """Begin to authenticate ciphertext."""
        return hmac.new(self._code_key, locked, "sha1")


def _some(piece: bytes) -> Iterator[bytes]:
    if piece:
        yield piece
