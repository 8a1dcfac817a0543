"""A document that arrives in parts: each is a sealed file of its own, until the whole is sealed as one document.

A part that was not put on record is removed and sent again, and is then sealed afresh: no key ever meets other bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from app.rules.errors import Code, Conflict, Malformed, SealBroken
from app.rules.uploads import PartCard
from app.vault import age
from app.vault.shelf import Store, Unwrap, Wrap
from app.vault.store import new_name


class CutOff(Exception):
    """What was arriving broke off; all that came before has been given."""


def seal_part(store: Store, *, part_id: str, chunks: Iterable[bytes], wrap: Wrap) -> PartCard:
    """Seal a part as it streams in, to a fresh identity. Its plaintext never touches the disk.

    Args:
        store: Where to put it.
        part_id: Its id.
        chunks: The plaintext, in pieces of any size.
        wrap: From the keys room.

    Returns:
        What to record. The object is durable by then.

    Raises:
        Unavailable: The store refused. Nothing is left in it.
        KeyMissing: There is no key to wrap with. Nothing was stored.
    """
    identity = age.new_identity()
    wrapped = wrap(identity.secret_text().encode("ascii"), part_id)
    counted = _Counted(chunks)
    object_name = new_name()
    store.put(object_name, age.seal([identity.recipient], counted))
    return PartCard(part_id, object_name, counted.plain_bytes, wrapped)


def part_chunks(cards: Iterable[PartCard], store: Store, unwrap: Unwrap) -> Generator[bytes]:
    """Give the plaintext of parts, one after the other, to be sealed as one document.

    Needs no permit: what is given passes from one seal into another, and nobody is shown it on the way.

    Args:
        cards: The parts, in order.
        store: Where they lie.
        unwrap: From the keys room.

    Yields:
        Plaintext, at most 1 MiB at a time, each piece authenticated before it is given.

    Raises:
        SealBroken: A part is missing, altered, or not of the length on record.
        KeyMissing: The wrapping key is not in the ring.
        Unavailable: The store did not answer.
    """
    for card in cards:
        secret = unwrap(card.wrapped_identity, card.part_id)
        source = store.open(card.object_name)
        try:
            sealed = age.open_sealed([age.Identity.parse(secret.decode("ascii"))], source)
            if sealed.plaintext_bytes != card.plain_bytes:
                raise SealBroken("A part is shorter or longer than it is on record.", stage="payload")
            yield from sealed.read()
        finally:
            source.close()


def demanding_hash(chunks: Iterable[bytes], sha256: str | None) -> Generator[bytes]:
    """Pass chunks on; before their end is told, see that they are what was announced.

    Args:
        chunks: The plaintext.
        sha256: As it was announced, 64 hexadecimal digits; None where nothing was.

    Yields:
        The chunks as they came.

    Raises:
        Conflict: They are something else (code ``hash_differs``).
    """
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if sha256 is not None and not hmac.compare_digest(digest.hexdigest(), sha256.lower()):
        raise Conflict(
            "What has arrived is not the document whose SHA-256 was announced. Nothing was kept. Look whether the file "
            "was changed while it was sent, then send it again.",
            code=Code.HASH_DIFFERS,
        )


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender says the bytes of one request come to.

    Attributes:
        algorithm: ``sha256``, or ``sha1``, which every client knows; it finds accidents, and guards against nobody.
        digest: As many bytes as that gives.
    """

    algorithm: str
    digest: bytes


CHECKSUM_ALGORITHMS = ("sha1", "sha256")


def demanding_checksum(chunks: Iterable[bytes], checksum: Checksum) -> Generator[bytes]:
    """Pass chunks on; before their end is told, see that they came as they were sent.

    Args:
        chunks: The plaintext of one request.
        checksum: Of all of it.

    Yields:
        The chunks as they came.

    Raises:
        Malformed: They did not (code ``checksum_differs``), or broke off, so that nobody can tell.
    """
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
    try:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
    except CutOff:
        raise Malformed(
            "The upload was cut off, and its checksum covers more than came. Of this request nothing was kept. Send it "
            "again.",
            code=Code.CHECKSUM_DIFFERS,
        ) from None
    if not hmac.compare_digest(digest.digest(), checksum.digest):
        said = base64.b64encode(digest.digest()).decode("ascii")
        raise Malformed(
            "The bytes that arrived do not have the checksum they were sent with. Of this request nothing was kept. "
            "Send it again.",
            code=Code.CHECKSUM_DIFFERS,
            arrived=f"{checksum.algorithm} {said}",
        )


class Cutter:
    """Cuts what arrives into parts.

    Args:
        chunks: The plaintext of one request.
        part_bytes: The longest part.
        limit_bytes: How much may come in all.
    """

    def __init__(self, chunks: Iterable[bytes], *, part_bytes: int, limit_bytes: int) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self._part_bytes = part_bytes
        self._left_bytes = limit_bytes

    def next_part(self) -> Generator[bytes] | None:
        """Give the next part, to be used up before the one after it is asked for; None when nothing more came."""
        return self._part() if self._held or self._fetch() else None

    def _part(self) -> Generator[bytes]:
        wanted_bytes = min(self._part_bytes, self._left_bytes)
        while wanted_bytes and (self._held or self._fetch()):
            piece, self._held = self._held[:wanted_bytes], self._held[wanted_bytes:]
            wanted_bytes -= len(piece)
            self._left_bytes -= len(piece)
            yield piece
        if self._left_bytes == 0 and (self._held or self._fetch()):
            raise Malformed(
                "More bytes came than were announced for the document. The last of them were not kept.",
                code=Code.DOCUMENT_UNREADABLE,
            )

    def _fetch(self) -> bool:
        try:
            self._held = next((chunk for chunk in self._chunks if chunk), b"")
        except CutOff:
            self._chunks = iter(())
        return bool(self._held)


class _Counted:
    """Passes bytes on, and knows how many have passed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.plain_bytes = 0

    def __iter__(self) -> Generator[bytes]:
        for chunk in self._chunks:
            self.plain_bytes += len(chunk)
            yield chunk
