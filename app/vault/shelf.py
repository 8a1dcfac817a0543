"""What is on the shelf: sealed documents, and the one way to read them, which takes a permit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.rules.access import Permit
from app.rules.contingency import PublicPermit
from app.rules.errors import Broken, Malformed, SealBroken
from app.vault import age
from app.vault.store import ESCROW_SUFFIX, new_name
from app.vault.tally import Tally

Wrap = Callable[[bytes, str], bytes]
"""Wrap a secret with the key-encryption key, bound to a context: here the document's id."""
Unwrap = Callable[[bytes, str], bytes]
"""Undo ``Wrap``. Raises ``SealBroken`` or ``KeyMissing``; never gives a wrong secret."""


class StoredSource(age.Source, Protocol):
    """A source that holds something open."""

    def close(self) -> None:
        """Let go of it."""
        ...


class Store(Protocol):
    """Where ciphertext lies, as ``app.vault.store.LocalStore`` and ``app.vault.bucket.BucketStore`` promise."""

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store an object, whole or not at all."""
        ...

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store an object, whole or not at all, in the place of what may be there."""
        ...

    def open(self, name: str) -> StoredSource:
        """Open an object for reading."""
        ...

    def remove(self, name: str) -> None:
        """Remove an object."""
        ...

    def names(self, *, before: datetime | None = None) -> list[str]:
        """Give the names of all whole objects, or of those stored before an instant."""
        ...

    def claim(self, owner: str, *, known: Collection[str] = ()) -> None:
        """Say whose documents lie there, and make sure that nobody else's do."""
        ...


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """What there is to know of a document just sealed.

    Attributes:
        object_name: Where the sealed body lies; the escrowed identity lies at this name and ``.escrow``.
        plain_bytes: Length of the plaintext.
        sha256: Of the plaintext, 64 hexadecimal digits.
        crc32: Of the plaintext, 0 to 2³²−1; ZIP copies need it before their first byte.
        sealed_bytes: Length of the sealed body.
        wrapped_identity: The document's identity, wrapped; to be kept with the records.
        escrowed_identity: The same sealed to the offline recipient, or ``None`` where there is none.
    """

    object_name: str
    plain_bytes: int
    sha256: str
    crc32: int
    sealed_bytes: int
    wrapped_identity: bytes
    escrowed_identity: bytes | None


@dataclass(frozen=True, slots=True)
class ShelfCard:
    """What the records keep of a sealed document; see ``SealedDocument`` for the fields."""

    document_id: str
    object_name: str
    wrapped_identity: bytes
    plain_bytes: int
    sha256: str
    crc32: int


def seal_document(
    store: Store,
    *,
    document_id: str,
    chunks: Iterable[bytes],
    wrap: Wrap,
    escrow_recipient: age.Recipient | None,
    limit_bytes: int,
) -> SealedDocument:
    """Seal a document as it streams in. Its plaintext never touches the disk.

    Args:
        store: Where to put it.
        document_id: Bound to the wrapped identity, so that it opens this document's card alone.
        chunks: The plaintext, in pieces of any size. Closed at the end, whatever happens.
        wrap: From the keys room.
        escrow_recipient: Whose offline identity can open it with the plain age program.
        limit_bytes: The largest plaintext accepted; exactly this many bytes are accepted.

    Returns:
        What to record. Both objects are durable by then.

    Raises:
        Malformed: code ``document_empty`` or ``document_too_large``. Nothing is left in the store.
        Unavailable: the store refused. Nothing is left in it that anything refers to.
        KeyMissing: there is no key to wrap with. Nothing was stored.

    Source:
        C2SP age.md
    """
    tally = Tally(chunks, limit_bytes)
    object_name = new_name()
    try:
        identity = age.new_identity()
        secret = identity.secret_text().encode("ascii")
        wrapped = wrap(secret, document_id)
        escrowed = None if escrow_recipient is None else age.seal_small([escrow_recipient], secret + b"\n")
        sealed_bytes = store.put(object_name, age.seal([identity.recipient], tally))
        if escrowed is not None:
            _put_or_take_back(store, object_name, escrowed)
    finally:
        tally.close()
    return SealedDocument(
        object_name, tally.total_bytes, tally.sha256.hexdigest(), tally.crc32, sealed_bytes, wrapped, escrowed
    )


class Reading:
    """A document being read: an iterator of authenticated plaintext that holds a stored object open.

    Ends of itself, and lets go of the object, when exhausted or broken; ``close`` ends it early. Not for two threads
    at once.
    """

    def __init__(self, pieces: Iterator[bytes], source: StoredSource) -> None:
        self._pieces = pieces
        self._source = source

    def __iter__(self) -> Reading:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:  # the end of the document as much as a broken seal
            self.close()
            raise

    def close(self) -> None:
        """Stop reading and let go of the object. Closing twice does nothing."""
        self._pieces = iter(())
        self._source.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_document(
    permit: Permit | PublicPermit,
    *,
    at: datetime,
    card: ShelfCard,
    store: Store,
    unwrap: Unwrap,
    offset: int = 0,
    length: int | None = None,
) -> Reading:
    """Open a sealed document for the holder of a permit.

    Everything that can be checked before the first byte is checked before this returns: the permit, the wrapped
    identity, the header of the sealed file and its length.

    Args:
        permit: The decision relied on, for one person or for everybody. It must name this document and this instant.
        at: The instant of the act. Aware.
        card: What the records say of the document.
        store: Where it lies.
        unwrap: From the keys room.
        offset: First byte wanted.
        length: How many bytes; ``None`` for all that follow. Shortened at the end of the document.

    Returns:
        The plaintext, at most 1 MiB at a time, each piece authenticated before it is given. The caller closes it.

    Raises:
        Broken: no permit, or one for something else: a mistake of ours, and nothing is opened.
        SealBroken: the sealed file is missing, cut, lengthened, swapped or altered. Raised here, or from the
            iterator at the first place that does not authenticate.
        KeyMissing: the wrapping key is not in the ring.
        Unavailable: the store did not answer.
        Malformed: offset or length does not fit the document.
    """
    _demand(permit, at, card)
    if offset < 0 or offset > card.plain_bytes or (length is not None and length < 0):
        raise Malformed(f"The part asked for is not within the {card.plain_bytes} bytes of the document.")
    identity = _identity(card, unwrap)
    source = store.open(card.object_name)
    try:
        sealed = age.open_sealed([identity], source)
        if sealed.plaintext_bytes != card.plain_bytes:
            raise SealBroken("The sealed file is shorter or longer than the document recorded.", stage="payload")
        whole = offset == 0 and (length is None or length >= card.plain_bytes)
        return Reading(sealed.read() if whole else sealed.read(offset, length), source)
    except BaseException:
        source.close()
        raise


def show_document(card: ShelfCard, store: Store, unwrap: Unwrap, take: Callable[[bytes], None]) -> None:
    """Show a sealed document to a malware scanner; needs no permit, since nobody is given anything of it.

    Args:
        card: What the records say of the document.
        store: Where it lies.
        unwrap: From the keys room.
        take: The scanner's; called with each piece, authenticated before.

    Raises:
        SealBroken: The sealed file is not the document recorded, whole.
        KeyMissing: The wrapping key is not in the ring.
        Unavailable: The store did not answer.
    """
    identity = _identity(card, unwrap)
    source = store.open(card.object_name)
    try:
        digest = hashlib.sha256()
        for piece in age.open_sealed([identity], source).read():
            digest.update(piece)
            take(piece)
    finally:
        source.close()
    if digest.hexdigest() != card.sha256:
        raise SealBroken("The sealed file is not the document recorded.", stage="payload")


def destroy(store: Store, object_name: str) -> None:
    """Remove a document's sealed body and its escrowed identity. Done twice, it does nothing more.

    The caller also forgets the wrapped identity: a body that survives in a backup is then closed for good to all but
    the holder of the escrow identity and of that same backup.

    Args:
        store: Where it lies.
        object_name: From the document's card.

    Raises:
        Unavailable: the store refused; try again.
    """
    store.remove(object_name + ESCROW_SUFFIX)
    store.remove(object_name)


def sealed_body(store: Store, object_name: str, read_bytes: int) -> Iterator[bytes]:
    """Give a sealed body as it lies, for a backup of ciphertext; needs no permit, since nothing is opened.

    Args:
        store: Where it lies.
        object_name: From the document's card.
        read_bytes: How much to give at a time.

    Raises:
        SealBroken: It is missing.
        Unavailable: The store did not answer.
    """
    source = store.open(object_name)
    try:
        offset = 0
        while piece := source.read_at(offset, min(read_bytes, source.size_bytes - offset)):
            yield piece
            offset += len(piece)
    finally:
        source.close()


class Measured:
    """Passes bytes on, and knows their length and SHA-256 once they have passed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._sha256 = hashlib.sha256()
        self.total_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._sha256.update(chunk)
            self.total_bytes += len(chunk)
            yield chunk

    def hexdigest(self) -> str:
        """Give the SHA-256 of what has passed; 64 hexadecimal digits."""
        return self._sha256.hexdigest()


def _put_or_take_back(store: Store, object_name: str, escrowed: bytes) -> None:
    try:
        store.put(object_name + ESCROW_SUFFIX, [escrowed])
    except BaseException:
        store.remove(object_name)
        raise


def _demand(permit: Permit | PublicPermit, at: datetime, card: ShelfCard) -> None:
    """Re-check the permit at the shelf: the rule decided, and here we see to it that this is what it decided on."""
    if not isinstance(permit, Permit | PublicPermit):
        raise Broken("A document was asked for without a permit.")
    if at.tzinfo is None:
        raise Broken("A document was asked for at an instant without a time zone.")
    if permit.document_id != card.document_id:
        raise Broken("The permit is for another document.")
    if permit.at != at:
        raise Broken("The permit is for another instant.")
    if isinstance(permit, PublicPermit) and permit.sha256 != card.sha256:
        raise Broken("The permit is for other bytes.")


def _identity(card: ShelfCard, unwrap: Unwrap) -> age.Identity:
    secret = unwrap(card.wrapped_identity, card.document_id)
    try:
        return age.Identity.parse(secret.decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        raise SealBroken("The document's identity cannot be read.", stage="identity") from None
