"""The age v1 file format with X25519 recipients: seal, open, seek.

A sealed file is a short text header, which holds the file key once for each recipient, and a payload of chunks of
64 KiB, each authenticated together with its place and with whether it is the last one. A chunk is given out only
after it has been authenticated, so a cut, swapped, lengthened or altered file yields no byte that was not sealed.

Deliberately not implemented: passphrase (scrypt) recipients, which are refused as "not for this identity", and
ASCII armour. Neither has a use on the shelf.

Source: C2SP age.md
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.rules.errors import Code, Malformed, SealBroken
from app.vault import bech32
from app.vault.header import (
    HEADER_LIMIT_BYTES,
    VERSION_LINE,
    Stanza,
    base64_text,
    broken_seal,
    parse_header,
    unbase64,
)

CHUNK_BYTES = 65_536
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
GROUP_CHUNKS = 16

_FILE_KEY_BYTES = 16
_NONCE_BYTES = 16
_KEY_BYTES = 32
_X25519_INFO = b"age-encryption.org/v1/X25519"
_ZERO_NONCE = bytes(12)  # each wrapping key is used once, so a fixed nonce is what the format asks for


class Source(Protocol):
    """Sealed bytes that can be read from any place: a file, an object, a value in memory."""

    @property
    def size_bytes(self) -> int:
        """How long the sealed file is."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Give the bytes from offset on; fewer than length only at the end of the file."""
        ...


class InMemory:
    """Sealed bytes already held in memory, as a source."""

    def __init__(self, sealed: bytes) -> None:
        self._sealed = sealed

    @property
    def size_bytes(self) -> int:
        """How long the sealed file is."""
        return len(self._sealed)

    def read_at(self, offset: int, length: int) -> bytes:
        """Give the bytes from offset on; fewer than length only at the end."""
        return self._sealed[offset : offset + length]


@dataclass(frozen=True, slots=True)
class Recipient:
    """The public half: who a file can be sealed to. ``public`` is 32 bytes."""

    public: bytes

    @classmethod
    def parse(cls, text: str) -> Recipient:
        """Read ``age1…``.

        Raises:
            Malformed: not a recipient in lower-case Bech32 with 32 bytes (code ``key_not_valid``).
        """
        return cls(_key_bytes(text, prefix="age"))

    def __str__(self) -> str:
        return bech32.encode("age", self.public)


class Identity:
    """The private half. Its secret is given out by ``secret_text`` alone and never by ``repr`` or ``str``."""

    __slots__ = ("_secret", "recipient")

    def __init__(self, secret: bytes) -> None:
        self._secret = X25519PrivateKey.from_private_bytes(secret)
        self.recipient = Recipient(self._secret.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Read ``AGE-SECRET-KEY-1…``.

        Raises:
            Malformed: not an identity in upper-case Bech32 with 32 bytes (code ``key_not_valid``).
        """
        return cls(_key_bytes(text, prefix="AGE-SECRET-KEY-"))

    def secret_text(self) -> str:
        """Give the secret as ``AGE-SECRET-KEY-1…``, the form that ``age -d -i`` reads."""
        return bech32.encode("age-secret-key-", self._secret.private_bytes_raw()).upper()

    def shared_with(self, share: bytes) -> bytes:
        """Give the 32-byte shared secret; ``ValueError`` when the share is of low order."""
        return self._secret.exchange(X25519PublicKey.from_public_bytes(share))

    def __repr__(self) -> str:
        return f"Identity(recipient={self.recipient})"


def new_identity() -> Identity:
    """Make a fresh identity from the system's randomness."""
    return Identity(os.urandom(_KEY_BYTES))


# ── sealing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def seal(recipients: Sequence[Recipient], chunks: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Seal plaintext as it streams in.

    Holds one group of 16 × 64 KiB, however long the input is. Closes ``chunks`` when it ends or is left early.

    Args:
        recipients: At least one. Each can open the file alone.
        chunks: The plaintext, in pieces of any size, empty ones included.

    Yields:
        The sealed file: header and nonce, then a group of chunks at a time.

    Raises:
        Malformed: no recipient, or one whose key is of low order (code ``key_not_valid``).

    Source:
        C2SP age.md
    """
    file_key, nonce = os.urandom(_FILE_KEY_BYTES), os.urandom(_NONCE_BYTES)
    try:
        yield _header(recipients, file_key) + nonce
        cipher = ChaCha20Poly1305(_derive(file_key, salt=nonce, info=b"payload"))
        for first, (group, last) in zip(_chunk_indexes(), _groups(chunks), strict=False):
            yield _seal_group(cipher, first, group, last=last)
    finally:
        _close(chunks)


def seal_small(recipients: Sequence[Recipient], plain: bytes) -> bytes:
    """Seal a few bytes at once, such as a key.

    Args:
        recipients: Whose identities can open it; one or more.
        plain: The bytes.

    Returns:
        A whole sealed file. See ``seal``.
    """
    return b"".join(seal(recipients, [plain]))


def _header(recipients: Sequence[Recipient], file_key: bytes) -> bytes:
    if not recipients:
        raise Malformed("A file must be sealed to at least one recipient.", code=Code.KEY_NOT_VALID)
    stanzas = b"".join(_wrap_file_key(recipient, file_key) for recipient in recipients)
    covered = VERSION_LINE + b"\n" + stanzas + b"---"
    return covered + b" " + base64_text(_header_mac(file_key, covered)) + b"\n"


def _wrap_file_key(recipient: Recipient, file_key: bytes) -> bytes:
    ephemeral = new_identity()
    share = ephemeral.recipient.public
    try:
        shared = ephemeral.shared_with(recipient.public)
    except ValueError:  # all-zero shared secret: anybody could open the file
        raise Malformed("The recipient's key is of low order.", code=Code.KEY_NOT_VALID) from None
    wrapping_key = _derive(shared, salt=share + recipient.public, info=_X25519_INFO)
    body = ChaCha20Poly1305(wrapping_key).encrypt(_ZERO_NONCE, file_key, None)
    return b"-> X25519 " + base64_text(share) + b"\n" + base64_text(body) + b"\n"


def _groups(chunks: Iterable[bytes]) -> Iterator[tuple[memoryview, bool]]:
    """Cut the stream into groups of exactly 1 MiB but for the last, which is marked and may be empty only if alone."""
    held = bytearray()
    for chunk in chunks:
        rest = memoryview(chunk)
        while len(rest):
            if len(held) == GROUP_CHUNKS * CHUNK_BYTES:  # more follows, so the held group is not the last
                yield memoryview(held), False
                held = bytearray()
            taken = rest[: GROUP_CHUNKS * CHUNK_BYTES - len(held)]
            held += taken
            rest = rest[len(taken) :]
    yield memoryview(held), True


def _seal_group(cipher: ChaCha20Poly1305, first: int, group: memoryview, *, last: bool) -> bytes:
    count = max(1, -(-len(group) // CHUNK_BYTES))
    return b"".join(
        cipher.encrypt(
            _chunk_nonce(first + place, last=last and place == count - 1),
            group[place * CHUNK_BYTES : (place + 1) * CHUNK_BYTES],
            None,
        )
        for place in range(count)
    )


def _chunk_indexes() -> Iterator[int]:
    first = 0
    while True:
        yield first
        first += GROUP_CHUNKS


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Sealed:
    """A sealed file whose header has been authenticated. Made by ``open_sealed``.

    Args:
        source: Where the sealed bytes are. Not closed here.
        payload_key: 32 bytes.
        payload_at: Offset of the first chunk in the source.
    """

    def __init__(self, source: Source, payload_key: bytes, payload_at: int) -> None:
        self._source = source
        self._cipher = ChaCha20Poly1305(payload_key)
        self._payload_at = payload_at
        self._payload_bytes = source.size_bytes - payload_at
        self._chunks = max(1, -(-self._payload_bytes // SEALED_CHUNK_BYTES))

    @property
    def plaintext_bytes(self) -> int:
        """How many bytes of plaintext the file claims by its length; believed only once its last chunk is read.

        Raises:
            SealBroken: no sealed file has this length.
        """
        return plaintext_bytes(self._payload_bytes)

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give plaintext, all of it or a part, decrypting only the chunks that hold it.

        For a part that leaves out the end, the last chunk is authenticated first: without it a file cut short, or
        lengthened, could pass for a whole one.

        Args:
            offset: First byte wanted, 0 to ``plaintext_bytes``.
            length: How many bytes; ``None`` for all that follow. Shortened at the end of the file.

        Yields:
            Authenticated plaintext, at most 16 × 64 KiB at a time.

        Raises:
            SealBroken: a chunk does not authenticate; what was yielded before it did. ``extra["stage"]`` is
                ``payload``.
            Malformed: offset or length is negative, or offset lies behind the end.

        Source:
            C2SP age.md
        """
        if offset == 0 and length is None:
            yield from self._read_all()
        else:
            yield from self._read_part(offset, length)

    def _read_all(self) -> Iterator[bytes]:
        for first in range(0, self._chunks, GROUP_CHUNKS):
            yield from self._read_group(first, min(GROUP_CHUNKS, self._chunks - first))

    def _read_part(self, offset: int, length: int | None) -> Iterator[bytes]:
        total = self.plaintext_bytes
        if offset < 0 or offset > total or (length is not None and length < 0):
            raise Malformed(f"The part asked for is not within the {total} bytes of the document.")
        stop = total if length is None else min(total, offset + length)
        if stop < total or offset == stop:
            for _ in self._read_group(self._chunks - 1, 1):
                pass
        first, behind = offset // CHUNK_BYTES, -(-stop // CHUNK_BYTES)
        if offset == stop:
            return
        for group in range(first, behind, GROUP_CHUNKS):
            start = group * CHUNK_BYTES
            for piece in self._read_group(group, min(GROUP_CHUNKS, behind - group)):
                yield piece[max(0, offset - start) : stop - start]

    def _read_group(self, first: int, count: int) -> Iterator[bytes]:
        """Yield one piece of authenticated chunks, then raise if a chunk behind them was broken."""
        sealed = memoryview(
            self._source.read_at(self._payload_at + first * SEALED_CHUNK_BYTES, count * SEALED_CHUNK_BYTES)
        )
        opened: list[bytes] = []
        broken: SealBroken | None = None
        for place in range(count):
            chunk = sealed[place * SEALED_CHUNK_BYTES : (place + 1) * SEALED_CHUNK_BYTES]
            plain, broken = self._open_chunk(first + place, chunk)
            opened.append(plain)
            if broken is not None:
                break
        piece = b"".join(opened)
        if piece:
            yield piece
        if broken is not None:
            raise broken

    def _open_chunk(self, index: int, chunk: memoryview) -> tuple[bytes, SealBroken | None]:
        last = index == self._chunks - 1
        plain = self._decrypt(index, chunk, last=last)
        if plain is None and len(chunk) == SEALED_CHUNK_BYTES:
            plain = self._decrypt(index, chunk, last=not last)  # authentic, yet in a file that was cut or lengthened?
            if plain is not None:
                why = "it ends before its last chunk" if last else f"bytes follow its last chunk, chunk {index}"
                return plain, broken_seal(why, "payload")
        if plain is None:
            return b"", broken_seal(f"chunk {index} of {self._chunks} does not authenticate", "payload")
        if last and index > 0 and not plain:
            return b"", broken_seal("the last chunk is empty", "payload")
        return plain, None

    def _decrypt(self, index: int, chunk: memoryview, *, last: bool) -> bytes | None:
        try:
            return self._cipher.decrypt(_chunk_nonce(index, last=last), chunk, None)
        except InvalidTag:
            return None


def open_sealed(identities: Sequence[Identity], source: Source) -> Sealed:
    """Read and authenticate the header of a sealed file.

    Args:
        identities: Tried in turn on each X25519 stanza.
        source: The sealed bytes.

    Returns:
        A reader for the plaintext. No byte of it has been decrypted yet.

    Raises:
        SealBroken: ``extra["stage"]`` says where: ``header`` (not an age v1 header, to the letter), ``no_match``
            (sealed to none of the identities) or ``hmac`` (the header was altered).

    Source:
        C2SP age.md
    """
    opening = source.read_at(0, min(source.size_bytes, HEADER_LIMIT_BYTES + _NONCE_BYTES))
    header = parse_header(opening)
    file_key = _unwrap_file_key(identities, header.stanzas)
    if not hmac.compare_digest(_header_mac(file_key, opening[: header.covered_bytes]), header.mac):
        raise broken_seal("its header does not authenticate", "hmac")
    payload_at = header.length_bytes + _NONCE_BYTES
    nonce = opening[header.length_bytes : payload_at]
    if len(nonce) != _NONCE_BYTES:
        raise broken_seal("it ends within its nonce", "header")
    return Sealed(source, _derive(file_key, salt=nonce, info=b"payload"), payload_at)


def open_small(identities: Sequence[Identity], sealed: bytes) -> bytes:
    """Open a few sealed bytes at once, such as a key. All or nothing. See ``open_sealed`` for what it raises."""
    return b"".join(open_sealed(identities, InMemory(sealed)).read())


def plaintext_bytes(payload_bytes: int) -> int:
    """Say how much plaintext a payload holds.

    Args:
        payload_bytes: Length of all sealed chunks, without header and nonce.

    Returns:
        Length of the plaintext in bytes.

    Raises:
        SealBroken: no payload has this length.

    Source:
        C2SP age.md
    """
    chunks = max(1, -(-payload_bytes // SEALED_CHUNK_BYTES))
    last_bytes = payload_bytes - (chunks - 1) * SEALED_CHUNK_BYTES - TAG_BYTES
    if last_bytes < (0 if chunks == 1 else 1):
        raise broken_seal(f"no sealed file has a payload of {payload_bytes} bytes", "payload")
    return payload_bytes - chunks * TAG_BYTES


# ── the file key ───────────────────────────────────────────────────────────────────────────────────────────────────


def _unwrap_file_key(identities: Sequence[Identity], stanzas: Sequence[Stanza]) -> bytes:
    ours = [_x25519_share(stanza) for stanza in stanzas if stanza.words[0] == b"X25519"]
    for share, body in ours:
        for identity in identities:
            file_key = _try_unwrap(identity, share, body)
            if file_key is not None:
                return file_key
    raise broken_seal("it is sealed to none of the identities given", "no_match")


def _x25519_share(stanza: Stanza) -> tuple[bytes, bytes]:
    share = unbase64(stanza.words[1]) if len(stanza.words) == 2 else b""
    if len(share) != _KEY_BYTES or len(stanza.body) != _FILE_KEY_BYTES + TAG_BYTES:
        raise broken_seal("an X25519 recipient is not well formed", "header")
    return share, stanza.body


def _try_unwrap(identity: Identity, share: bytes, body: bytes) -> bytes | None:
    try:
        shared = identity.shared_with(share)
    except ValueError:
        raise broken_seal("an X25519 share is of low order", "header") from None
    wrapping_key = _derive(shared, salt=share + identity.recipient.public, info=_X25519_INFO)
    try:
        return ChaCha20Poly1305(wrapping_key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None


# ── small pieces ───────────────────────────────────────────────────────────────────────────────────────────────────


def _header_mac(file_key: bytes, covered: bytes) -> bytes:
    return hmac.digest(_derive(file_key, salt=b"", info=b"header"), covered, hashlib.sha256)


def _derive(secret: bytes, *, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=info).derive(secret)


def _chunk_nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _key_bytes(text: str, *, prefix: str) -> bytes:
    found, key = bech32.decode(text)
    if found != prefix or len(key) != _KEY_BYTES:
        raise Malformed(f"This is not a key of the form {prefix}1….", code=Code.KEY_NOT_VALID)
    return key


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if callable(close):
        close()
