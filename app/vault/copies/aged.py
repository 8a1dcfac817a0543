"""Copies sealed to a person's own key, as age files: no passphrase travels, and only the holder of the key opens them.

Inside is what carries the mark itself, or else a ZIP with the notice beside the document. An age file tells nothing of
what is in it, so that ZIP needs no lock of its own.

Source:
    C2SP age.md; PKWARE APPNOTE 6.3
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing

from app.rules.errors import SealBroken
from app.vault import age
from app.vault.copies.marks import Mark, readme_name
from app.vault.copies.zip import Pieces, StoredDocument
from app.vault.copies.zipparts import Member, directory, dos_time

_BEFORE_CHUNKS_BYTES = 22 + 98 + 48 + 16
"""Version line, the stanza of one recipient, authentication and nonce."""


class OpenZip:
    """A ZIP without a lock: the document as it is, behind the notice.

    Args:
        document: What goes into it.
        mark: Goes into the notice.

    Attributes:
        length_bytes: Of the whole.
    """

    def __init__(self, document: StoredDocument, mark: Mark) -> None:
        self._document, self._notice = document, mark.notice()
        name, dated = readme_name(mark.label).encode(), dos_time(document.dated_at)
        readme = Member(name, len(self._notice), dated, at=0, crc32=zlib.crc32(self._notice))
        name, size, crc32 = document.file_name.encode(), document.size_bytes, document.crc32
        self._members = (readme, Member(name, size, dated, at=readme.length_bytes, crc32=crc32))
        self.length_bytes = sum(member.length_bytes for member in self._members) + len(directory(self._members))

    def read(self, plain: Pieces) -> Iterator[bytes]:
        """Make it, in flat memory.

        Args:
            plain: The document's plaintext; closed when it has been read, or left early.

        Raises:
            SealBroken: The plaintext is not the recorded one. The end of the file is then left out.
        """
        readme, body = self._members
        size_bytes = crc32 = 0
        with closing(plain) as pieces:
            yield readme.local_header() + self._notice + body.local_header()
            for piece in pieces:
                size_bytes, crc32 = size_bytes + len(piece), zlib.crc32(piece, crc32)
                yield piece
        if (size_bytes, crc32) != (self._document.size_bytes, self._document.crc32):
            raise SealBroken("The document is not the one that was recorded when it was sealed.", stage="copy")
        yield directory(self._members)


def check_recipient(text: str) -> str:
    """Read what a person's copies are to be sealed to, in its one spelling.

    Args:
        text: ``age1…``.

    Raises:
        Malformed: It is no X25519 recipient of age, or one to which anybody could open a file (code ``key_not_valid``).
    """
    recipient = age.Recipient.parse(text)
    age.seal_small([recipient], b"")
    return str(recipient)


def sealed_to(recipient: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Seal a copy as it is made.

    Args:
        recipient: From ``check_recipient``.
        pieces: The copy. Closed when it has been read, or left early.

    Returns:
        The sealed copy, as it is made.

    Raises:
        SealBroken: What the pieces raise; the file then stays without its end and does not open.
    """
    return age.seal([age.Recipient.parse(recipient)], pieces)


def sealed_bytes(plain_bytes: int) -> int:
    """Say how long a file of this length is once it is sealed to one person."""
    chunks = max(1, -(-plain_bytes // age.CHUNK_BYTES))
    return _BEFORE_CHUNKS_BYTES + plain_bytes + chunks * age.TAG_BYTES
