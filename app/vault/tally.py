"""What passes on its way to the shelf, counted, hashed and limited."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator

from app.rules.errors import Code, Malformed


class Tally:
    """Counts, hashes and limits the plaintext as it passes."""

    def __init__(self, chunks: Iterable[bytes], limit_bytes: int) -> None:
        self._chunks = chunks
        self._limit_bytes = limit_bytes
        self.total_bytes = 0
        self.sha256 = hashlib.sha256()
        self.crc32 = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.total_bytes += len(chunk)
            if self.total_bytes > self._limit_bytes:
                raise Malformed(
                    f"The document is larger than the {self._limit_bytes} bytes allowed.",
                    code=Code.DOCUMENT_TOO_LARGE,
                    limit_bytes=self._limit_bytes,
                )
            self.sha256.update(chunk)
            self.crc32 = zlib.crc32(chunk, self.crc32)
            yield chunk
        if self.total_bytes == 0:
            raise Malformed("The document is empty.", code=Code.DOCUMENT_EMPTY)

    def close(self) -> None:
        """Close the chunks, if they can be closed."""
        close = getattr(self._chunks, "close", None)
        if callable(close):
            close()
