"""An object in a bucket, open for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import PreconditionError

from app.rules.errors import SealBroken, Unavailable
from app.vault.answers import answering

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

WHOLE_BYTES = 256 * 1024
"""Up to this an object is read whole when it is opened."""
AHEAD_BYTES = 4 * 1024 * 1024
"""So much is asked for at once while an object is read from one end to the other."""

_CHANGED = "The sealed file was replaced or removed while it was read."


class Replaced(SealBroken):
    """What lies there is not what was opened."""


class BucketSource:
    """One stored object, open for reading at any place. Not for two threads at once.

    Every read names the version of the object that was opened, so that no two are mixed.
    """

    def __init__(self, bucket: ObjectStore, name: str, meta: ObjectMeta) -> None:
        self._bucket: ObjectStore | None = bucket
        self._name = name
        self._tag = meta["e_tag"]
        self._size_bytes = meta["size"]
        self._held, self._held_at = b"", 0

    @property
    def size_bytes(self) -> int:
        """Length of the object when it was opened."""
        return self._size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """Give the bytes from offset on; fewer than length only at the end of the object.

        Raises:
            SealBroken: the object was removed, replaced or cut since it was opened.
            Unavailable: the bucket did not give them, or the source is closed.
        """
        if self._bucket is None:
            raise Unavailable("The stored object is closed already.")
        behind = min(offset + length, self._size_bytes)
        if behind <= offset:
            return b""
        held_behind = self._held_at + len(self._held)
        going_on = self._held_at <= offset <= held_behind and held_behind > 0
        if not (going_on and behind <= held_behind):
            kept = self._held[offset - self._held_at :] if going_on else b""
            start = offset + len(kept)
            stop = min(self._size_bytes, max(behind, start + AHEAD_BYTES)) if going_on else behind
            self._held, self._held_at = kept + self._fetch(self._bucket, start, stop), offset
        return self._held[offset - self._held_at : behind - self._held_at]

    def hold_whole(self) -> None:
        """Read all of a small object now: it may be replaced at any moment."""
        self.read_at(0, self._size_bytes)

    def _fetch(self, bucket: ObjectStore, start: int, stop: int) -> bytes:
        try:
            with answering("read", PreconditionError):
                answer = obstore.get(bucket, self._name, options={"range": (start, stop), "if_match": self._tag})
                fetched = bytes(answer.bytes())
        except PreconditionError:
            raise Replaced(_CHANGED, stage="payload") from None
        except FileNotFoundError:
            raise SealBroken(_CHANGED, stage="missing") from None
        if len(fetched) != stop - start or answer.range != (start, stop):
            raise SealBroken("The store gives less of the sealed file than it says there is.", stage="payload")
        return fetched

    def close(self) -> None:
        """Let go of the object. Closing twice does nothing."""
        self._bucket = None
        self._held = b""

    def __enter__(self) -> BucketSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
