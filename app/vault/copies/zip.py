"""Copies as ZIP: the document as it is, beside a notice, both under AES-256.

Streams in flat memory: the document is stored, not compressed, and its length and CRC-32 are known from when it was
sealed, so that every header can be written before the bytes it speaks of.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Generator, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import stream_zip as library
from stream_zip import NO_COMPRESSION_64, MemberFile, ZipError, stream_zip

from app.rules.errors import SealBroken
from app.vault.copies.marks import Mark, readme_name

_LONDON = ZoneInfo("Europe/London")
_OWNER_ONLY = 0o600
_SHA1_BYTES = 20

# The fixed parts of a member and of the end, in bytes. PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.14, 4.3.15, 4.3.16 and 4.5.3;
# the AES extra field and the salt, verifier and authentication code around the member as in the AE-2 specification.
_AES_EXTRA, _AES_AROUND = 11, 16 + 2 + 10
_LOCAL_HEADER = 30 + 20 + _AES_EXTRA
_CENTRAL_HEADER = 46 + 28 + _AES_EXTRA
_END = 56 + 20 + 22


def marked_zip(
    file_name: str,
    mark: Mark,
    chunks: Iterable[bytes],
    *,
    size_bytes: int,
    crc32: int,
    modified_at: datetime,
    passphrase: str,
) -> Generator[bytes, None, None]:
    """Make a ZIP copy as the document streams by. Closes ``chunks`` when it ends or is left early.

    Args:
        file_name: The document's name, already checked by ``check_file_name``.
        mark: Goes into the notice beside the document.
        chunks: The plaintext.
        size_bytes: Its length, as recorded when it was sealed.
        crc32: Its CRC-32, as recorded when it was sealed.
        modified_at: Aware; written as London wall-clock time, which is what ZIP readers show.
        passphrase: ASCII, from ``new_passphrase``.

    Yields:
        The ZIP file in pieces of 64 KiB, ``zip_copy_bytes`` in all.

    Raises:
        SealBroken: the plaintext is not the recorded one; the ZIP is then left without its end and does not open.
        ValueError: ``modified_at`` is naive.

    Source:
        PKWARE APPNOTE 6.3; WinZip AE-2
    """
    if modified_at.tzinfo is None:
        raise ValueError("modified_at must be aware")
    notice = mark.notice()
    dated = modified_at.astimezone(_LONDON)
    members: tuple[MemberFile, ...] = (
        (readme_name(mark.label), dated, _OWNER_ONLY, NO_COMPRESSION_64(len(notice), zlib.crc32(notice)), [notice]),
        (file_name, dated, _OWNER_ONLY, NO_COMPRESSION_64(size_bytes, crc32), chunks),
    )
    # Without extended timestamps: they are 32-bit seconds and end in January 2038.
    pieces = stream_zip(members, password=passphrase, extended_timestamps=False)
    try:
        yield from pieces
    except ZipError as error:
        raise SealBroken("The document is not the one that was recorded when it was sealed.", stage="copy") from error
    finally:
        _close(pieces)
        _close(chunks)


def zip_copy_bytes(file_name: str, mark: Mark, size_bytes: int) -> int:
    """Say how long a ZIP copy will be, for a ``Content-Length``.

    Args:
        file_name: As for ``marked_zip``.
        mark: As for ``marked_zip``.
        size_bytes: Length of the document's plaintext.

    Returns:
        Exactly the length of what ``marked_zip`` yields.

    Source:
        PKWARE APPNOTE 6.3; WinZip AE-2
    """
    members = ((readme_name(mark.label), len(mark.notice())), (file_name, size_bytes))
    return _END + sum(_member_bytes(name, size) for name, size in members)


# The library's SHA-1 is portable code: authenticating took as long as all the rest of a long copy, and deriving the key
# as long as all the rest of a short one. The standard library's uses the processor's own instructions and lets other
# threads run meanwhile. The bytes are the same, as pyzipper and 7-Zip find in the tests.


def _derived(password: str, salt: bytes, length_bytes: int, rounds: int) -> bytes:
    """Derive the keys of one member, as the library asks for them."""
    return hashlib.pbkdf2_hmac("sha1", password.encode("ascii"), salt, rounds, length_bytes)


class _Authentication:
    """Stands in for the library's HMAC."""

    @staticmethod
    def new(key: bytes, *, digestmod: object) -> hmac.HMAC:
        """Begin a code as the library asks for it.

        Args:
            key: The key.
            digestmod: The library's own SHA-1; the format has no other.

        Raises:
            ValueError: Another hash is asked for.
        """
        if getattr(digestmod, "digest_size", 0) != _SHA1_BYTES:
            raise ValueError("the format authenticates with SHA-1 and nothing else")
        return hmac.new(key, digestmod="sha1")


library.HMAC = _Authentication  # type: ignore[attr-defined, assignment]  # deliberate: the library offers no other way
library.PBKDF2 = _derived  # type: ignore[attr-defined, assignment]  # deliberate: as above


def _member_bytes(name: str, size_bytes: int) -> int:
    return _LOCAL_HEADER + _AES_AROUND + size_bytes + _CENTRAL_HEADER + 2 * len(name.encode("utf-8"))


def _close(pieces: Iterable[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if callable(close):
        close()
