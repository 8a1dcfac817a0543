"""Wrap and unwrap the keys of documents; hash the secrets that people carry.

A wrapped secret says which key-encryption key wrapped it and is bound to a context, such as the document it belongs to,
so that it cannot be moved to another document. The stored form, byte by byte, is in README.md.
"""

from __future__ import annotations

import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.keys.held import HeldKey
from app.keys.ring import Ring
from app.rules.errors import KeyMissing, SealBroken

MAGIC = b"pra-wrap/1\n"
KID_BYTES = 43
NONCE_BYTES = 12
TAG_BYTES = 16
MAX_SECRET_BYTES = 4_096
TOKEN_BYTES = 32
_PURPOSE = re.compile(r"[a-z][a-z0-9_]*\Z")


def wrap(ring: Ring, secret: bytes, context: str) -> bytes:
    """Encrypt a small secret under the current key-encryption key, bound to a context.

    Args:
        ring: The keys.
        secret: 1 to 4,096 bytes.
        context: What the secret belongs to, such as ``document/<id>``; not empty. The same text is needed to unwrap.

    Returns:
        The stored form: magic, kid, nonce, ciphertext with its tag; 82 bytes longer than the secret.

    Raises:
        ValueError: The secret or the context is empty, or the secret is too long for one.
        KeyMissing, Unavailable: The key lies in a hardware module, which has lost it or does not answer.

    Source:
        NIST SP 800-38D section 8.2.2 (random 96-bit nonces: at most 2^32 wraps with one key)
    """
    if not 1 <= len(secret) <= MAX_SECRET_BYTES:
        raise ValueError("a secret to wrap has 1 to 4096 bytes")
    current = ring.kek.current
    prefix = MAGIC + current.kid.encode("ascii")
    nonce = secrets.token_bytes(NONCE_BYTES)
    return prefix + nonce + _sealed(current.key, nonce, secret, _bound(prefix, context))


def unwrap(ring: Ring, wrapped: bytes, context: str) -> bytes:
    """Decrypt what `wrap` made, in the same context.

    Args:
        ring: The keys, current and retired.
        wrapped: The stored form.
        context: As given to `wrap`.

    Returns:
        The secret.

    Raises:
        SealBroken: It is cut, altered, not in this form, or belongs to another context. Nothing of it is given out.
        KeyMissing: It names a key-encryption key that is not in the ring.
        Unavailable: The key lies in a hardware module, which does not answer.
        ValueError: The context is empty.
    """
    prefix_bytes = len(MAGIC) + KID_BYTES
    if not wrapped.startswith(MAGIC) or len(wrapped) <= prefix_bytes + NONCE_BYTES + TAG_BYTES:
        raise SealBroken("A wrapped key is cut short or not in a form this service knows.")
    prefix, nonce = wrapped[:prefix_bytes], wrapped[prefix_bytes : prefix_bytes + NONCE_BYTES]
    kek = _kek(ring, prefix[len(MAGIC) :].decode("ascii", errors="replace"))
    sealed, bound = wrapped[prefix_bytes + NONCE_BYTES :], _bound(prefix, context)
    if not isinstance(kek, bytes):
        return kek.open(nonce, sealed, bound)
    try:
        return AESGCM(kek).decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise SealBroken("A wrapped key does not authenticate: it was altered or belongs to something else.") from None


def kek_kid_of(wrapped: bytes) -> str:
    """Say which key-encryption key wrapped this, without unwrapping it, so that old generations can be found.

    Args:
        wrapped: The stored form.

    Returns:
        The kid as written, not authenticated.

    Raises:
        SealBroken: It is not in this form.
    """
    if not wrapped.startswith(MAGIC) or len(wrapped) < len(MAGIC) + KID_BYTES:
        raise SealBroken("A wrapped key is cut short or not in a form this service knows.")
    return wrapped[len(MAGIC) : len(MAGIC) + KID_BYTES].decode("ascii", errors="replace")


def keyed_hash(ring: Ring, purpose: str, value: str) -> str:
    """Hash a secret that a person carries, so that a stolen database does not hold it.

    Args:
        ring: The keys.
        purpose: What the value is, such as ``session`` or ``one_time_code``; a value hashes differently for each.
        value: The secret.

    Returns:
        64 hexadecimal digits.

    Raises:
        ValueError: The purpose is not a lower-case name.

    Source:
        RFC 2104; FIPS 180-4
    """
    if not _PURPOSE.match(purpose):
        raise ValueError("the purpose of a keyed hash is a lower-case name")
    # The purpose has no NUL, so purpose and value cannot run into each other.
    return hmac.digest(ring.sessions.current.key, f"{purpose}\0{value}".encode(), "sha256").hex()


def new_secret_token() -> str:
    """Make a secret for a person or program to carry: 256 random bits.

    Returns:
        43 characters of base64url.
    """
    return secrets.token_urlsafe(TOKEN_BYTES)


def _sealed(key: bytes | HeldKey, nonce: bytes, secret: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, secret, bound) if isinstance(key, bytes) else key.seal(nonce, secret, bound)


def _kek(ring: Ring, kid: str) -> bytes | HeldKey:
    try:
        return ring.kek.get(kid).key
    except KeyMissing:
        if not ring.refresh():  # another process may have rotated since we loaded
            raise
        return ring.kek.get(kid).key


def _bound(prefix: bytes, context: str) -> bytes:
    if not context:
        raise ValueError("a wrapped secret is always bound to a context")
    return prefix + context.encode("utf-8")
