"""The object store in a bucket: of S3, of what speaks as S3 does, or of Azure Blob Storage, where it is a container.

It promises what the store in a folder does (``app.vault.store``), by other means: a small object is made by one
request that is refused where the name is taken; a large one is sent in parts that nobody sees before the last, while a
marker beside it keeps the name. A bucket is trusted to keep what it took; the seal shows when it gives something else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError

from app.rules.errors import Code, Conflict, SealBroken, Unavailable
from app.vault.answers import answering, unavailable
from app.vault.bucket_source import WHOLE_BYTES, BucketSource, Replaced
from app.vault.hatch import hand_through
from app.vault.names import OWNER_NAME, UNFINISHED_SUFFIX, demand_object_name, demand_owner, demand_some, is_object_name

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

SMALL_BYTES = 8 * 1024 * 1024
"""Up to this an object is stored by one request; beyond, in parts of this size. Both are held in memory."""
PARTS_AT_ONCE = 2
ABANDONED_AFTER = timedelta(days=1)
"""A marker that is older was left by a process that died: no upload takes that long."""
_ATTEMPT = "attempt"
_OPEN_TRIES = 3


class BucketStore:
    """Objects in a bucket, perhaps under a prefix. For many threads, and many processes, at once.

    Args:
        bucket: From ``app.vault.places``. It exists already.
        now: Gives the present instant, aware.
        where: What it is, in words.
    """

    def __init__(self, bucket: ObjectStore, now: Callable[[], datetime], where: str) -> None:
        self._bucket = bucket
        self._now = now
        self.where = where

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store an object under a name that is not taken yet.

        Whatever goes wrong on the way leaves no object under the name, unless the bucket fell silent just as it took
        the last byte: then an object may lie there that nothing refers to, and it is swept.

        Args:
            name: From ``new_name``, perhaps with ``ESCROW_SUFFIX``.
            chunks: The bytes, in pieces of any size.

        Returns:
            How many bytes were stored, durably.

        Raises:
            Conflict: the name is taken, or being taken (code ``already_exists``).
            Unavailable: the bucket refused, or did not answer.
            SealBroken: not an object name.
        """
        demand_object_name(name)
        attempt = _new_attempt()
        start, rest = _start_of(chunks)
        if rest is None:
            self._create(name, start, attempt, "An object of this name is stored already.")
            return len(start)
        with self._marked(name, attempt):
            if self._find(name) is not None:
                raise Conflict("An object of this name is stored already.", code=Code.ALREADY_EXISTS)
            return self._send_parts(name, chain([start], rest), attempt)

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store an object under a name that may be taken; what was there gives way in one step.

        At each moment either the old object lies there or the new one, whole. After ``Unavailable`` it may be either.
        Of two who replace at once, the last one wins.

        Args:
            name: From ``new_name``, perhaps with ``ESCROW_SUFFIX``.
            chunks: The bytes, in pieces of any size.

        Returns:
            How many bytes were stored, durably.

        Raises:
            Unavailable: the bucket refused, or did not answer.
            SealBroken: not an object name.
        """
        demand_object_name(name)
        attempt = _new_attempt()
        start, rest = _start_of(chunks)
        if rest is not None:
            return self._send_parts(name, chain([start], rest), attempt)
        with _storing():
            obstore.put(self._bucket, name, start, use_multipart=False, attributes={_ATTEMPT: attempt})
        return len(start)

    def open(self, name: str) -> BucketSource:
        """Open an object for reading.

        Returns:
            A source; the caller closes it.

        Raises:
            SealBroken: the object is missing, or the name is not an object name.
            Unavailable: the bucket did not answer.
        """
        demand_object_name(name)
        for _ in range(_OPEN_TRIES):
            source = BucketSource(self._bucket, name, self._meta(name))
            if source.size_bytes > WHOLE_BYTES:
                return source
            with suppress(Replaced):  # an escrowed key gave way to another just now
                source.hold_whole()
                return source
        raise Unavailable("The stored object could not be opened: the bucket holds another each time.")

    def remove(self, name: str) -> None:
        """Remove an object. One that is not there is removed already.

        Raises:
            Unavailable: the bucket refused, or did not answer; the object may still be there.
            SealBroken: not an object name.
        """
        self._remove(demand_object_name(name))

    def names(self, *, before: datetime | None = None) -> list[str]:
        """Give the names of all whole objects, sorted; or of those stored before an instant alone. Aware.

        Which instant counts is the bucket's to say: of an object that was sent in parts, S3 gives the one at which it
        was begun.

        Raises:
            Unavailable: the bucket did not give all of them.
        """
        metas = (meta for meta in self._list() if is_object_name(meta["path"]))
        return sorted(meta["path"] for meta in metas if before is None or meta["last_modified"] < before)

    def sweep_unfinished(self) -> int:
        """Remove the markers of uploads that ended with their process. Leaves alone what may still be written.

        Parts that were sent before such an end are the bucket's to forget: by a rule of its own, see docs/operator.md.

        Returns:
            How many markers were removed.

        Raises:
            Unavailable: the bucket did not answer.
        """
        left_before = self._now() - ABANDONED_AFTER
        left = [
            meta["path"]
            for meta in self._list()
            if meta["path"].endswith(UNFINISHED_SUFFIX)
            and is_object_name(meta["path"].removesuffix(UNFINISHED_SUFFIX))
            and meta["last_modified"] < left_before
        ]
        for path in left:
            self._remove(path)
        return len(left)

    def claim(self, owner: str, *, known: Collection[str] = ()) -> None:
        """Say whose documents lie here, and make sure that nobody else's do.

        Whoever serves removes objects that no record of theirs knows. With the records of another service, that would
        be every document.

        Args:
            owner: What tells one service from all others, in ASCII.
            known: Names of objects of which at least one must lie in a place that nobody has claimed yet; none, where
                it may be a new one.

        Raises:
            Broken: they belong to another service, or nothing of what is known lies there.
            Unavailable: the bucket refused, or did not answer.
        """
        if known and self._find(OWNER_NAME) is None:
            demand_some(known, self.names())
        try:
            self._create(OWNER_NAME, owner.encode("ascii"), _new_attempt(), "")
        except Conflict:
            with BucketSource(self._bucket, OWNER_NAME, self._meta(OWNER_NAME)) as source:
                demand_owner(source.read_at(0, WHOLE_BYTES), owner)

    def _create(self, name: str, content: bytes, attempt: str, taken: str) -> None:
        """Store a small object by one request that is refused where the name is taken.

        A refusal may be the answer to a request that was repeated because the first answer was lost, and silence may
        come after the deed. So what lies there is asked whose it is.
        """
        try:
            with answering("stored", AlreadyExistsError):
                obstore.put(
                    self._bucket, name, content, mode="create", use_multipart=False, attributes={_ATTEMPT: attempt}
                )
        except AlreadyExistsError:
            if not self._is_of(name, attempt, len(content)):
                raise Conflict(taken, code=Code.ALREADY_EXISTS) from None
        except FileNotFoundError as error:
            raise unavailable("stored", error) from None
        except Unavailable:
            if not self._landed(name, attempt, len(content)):
                raise

    @contextmanager
    def _marked(self, name: str, attempt: str) -> Iterator[None]:
        """Keep a name for as long as its object is sent: of two who send, one has the marker."""
        marker = name + UNFINISHED_SUFFIX
        self._create(marker, b"", attempt, "An object of this name is being stored.")
        try:
            yield
        finally:
            with suppress(Unavailable):  # swept, if it stays
                self._remove(marker)

    def _send_parts(self, name: str, chunks: Iterable[bytes], attempt: str) -> int:
        total_bytes = 0

        def counted() -> Iterator[bytes]:
            nonlocal total_bytes
            for chunk in chunks:
                yield chunk
                total_bytes += len(chunk)

        def take(pieces: Iterable[bytes]) -> None:
            with _storing():
                obstore.put(
                    self._bucket,
                    name,
                    pieces,
                    use_multipart=True,
                    chunk_size=SMALL_BYTES,
                    max_concurrency=PARTS_AT_ONCE,
                    attributes={_ATTEMPT: attempt},
                )

        try:
            hand_through(counted(), take)
        except Unavailable:
            if not self._landed(name, attempt, total_bytes):
                raise
        if not self._is_of(name, attempt, total_bytes):
            raise Unavailable("The stored object could not be stored: the bucket took it and has something else.")
        return total_bytes

    def _is_of(self, name: str, attempt: str, size_bytes: int) -> bool:
        """Say whether what lies there is what this attempt stored, whole."""
        found = self._find(name)
        return found is not None and (found.attributes.get(_ATTEMPT), found.meta["size"]) == (attempt, size_bytes)

    def _landed(self, name: str, attempt: str, size_bytes: int) -> bool:
        """Say whether it was stored after all; False when nobody answers that either."""
        try:
            return self._is_of(name, attempt, size_bytes)
        except Unavailable:
            return False

    def _find(self, name: str) -> obstore.GetResult | None:
        try:
            with answering("found"):
                return obstore.get(self._bucket, name, options={"head": True})
        except FileNotFoundError:
            return None

    def _meta(self, name: str) -> ObjectMeta:
        found = self._find(name)
        if found is None:
            self._demand_bucket()
            raise SealBroken("The sealed file is missing.", stage="missing")
        return found.meta

    def _demand_bucket(self) -> None:
        """Make sure that it is the object that is missing and not the bucket: a head without a body says neither."""
        for _ in self._list():
            return

    def _remove(self, path: str) -> None:
        with suppress(FileNotFoundError), answering("removed"):
            obstore.delete(self._bucket, path)

    def _list(self) -> Iterator[ObjectMeta]:
        with _storing("listed"):
            for page in obstore.list(self._bucket, chunk_size=1000):
                yield from page


@contextmanager
def _storing(what: str = "stored") -> Iterator[None]:
    """As ``answering``, where nothing that is missing can be an answer."""
    try:
        with answering(what):
            yield
    except FileNotFoundError as error:
        raise unavailable(what, error) from None


def _new_attempt() -> str:
    """Name one attempt at storing. It lies with the object, so that a lost answer can be told from a refusal."""
    return secrets.token_hex(8)


def _start_of(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes] | None]:
    """Give the first bytes of a stream, and the rest of it; None when there is none."""
    rest = iter(chunks)
    held = bytearray()
    for chunk in rest:
        held += chunk
        if len(held) > SMALL_BYTES:
            return bytes(held), rest
    return bytes(held), None
