"""One key: made, written as text, read back, and named by its content.

The name (``kid``) follows from the key, so a file that was swapped for another is noticed when the ring is loaded and
not when the first document fails to open.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.keys.publickeys import base64url, public_jwk, thumbprint
from app.rules.errors import Broken

SECRET_BYTES = 32

Material = Ed25519PrivateKey | EllipticCurvePrivateKey | bytes


class Purpose(StrEnum):
    """What a key is for. A key serves one purpose only."""

    LOG = "log"
    TOKENS = "tokens"
    DECLARATIONS = "declarations"
    KEK = "kek"
    SESSIONS = "sessions"


SYMMETRIC = frozenset({Purpose.KEK, Purpose.SESSIONS})


def make_material(purpose: Purpose) -> Material:
    """Make a fresh key from the operating system's randomness.

    Args:
        purpose: Decides the kind: Ed25519 for the log, P-256 for tokens and declarations, 32 random bytes otherwise.

    Returns:
        The key.
    """
    if purpose in SYMMETRIC:
        return secrets.token_bytes(SECRET_BYTES)
    return Ed25519PrivateKey.generate() if purpose is Purpose.LOG else generate_private_key(SECP256R1())


def kid_of(purpose: Purpose, material: Material) -> str:
    """Name a key by its content.

    A symmetric key is named by a keyed hash under itself, which tells nothing about it.

    Args:
        purpose: What the key is for.
        material: The key.

    Returns:
        43 characters of base64url.

    Source:
        RFC 7638 section 3; RFC 8037 section 2
    """
    if isinstance(material, bytes):
        return base64url(hmac.digest(material, f"pra ring kid {purpose}".encode("ascii"), "sha256"))
    if isinstance(material, Ed25519PrivateKey):
        public = material.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return thumbprint({"crv": "Ed25519", "kty": "OKP", "x": base64url(public)})
    return public_jwk(material.public_key())["kid"]


def file_name(purpose: Purpose, kid: str) -> str:
    """Say under what name a key lies in the ring's folder."""
    return f"{purpose}.{kid}.{'txt' if purpose in SYMMETRIC else 'pem'}"


def write_text(material: Material) -> bytes:
    """Write a key as text: PKCS#8 PEM, or base64 and a newline for a symmetric one.

    Args:
        material: The key.

    Returns:
        ASCII bytes that `read_text` reads back.
    """
    if isinstance(material, bytes):
        return base64.b64encode(material) + b"\n"
    return material.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_text(purpose: Purpose, kid: str, text: bytes) -> Material:
    """Read a key back and make sure that it is the one it is said to be.

    Args:
        purpose: What the key is for; another kind of key is refused.
        kid: The name it must have.
        text: What lay in the file.

    Returns:
        The key.

    Raises:
        Broken: The text is damaged, is another kind of key, or is another key than the named one.
    """
    material = _secret(purpose, text) if purpose in SYMMETRIC else _private_key(purpose, text)
    if kid_of(purpose, material) != kid:
        raise Broken(f"The file {file_name(purpose, kid)} in the key ring holds another key than its name says.")
    return material


def _secret(purpose: Purpose, text: bytes) -> bytes:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise _unreadable(purpose) from None
    if len(secret) != SECRET_BYTES:
        raise _unreadable(purpose)
    return secret


def _private_key(purpose: Purpose, text: bytes) -> Material:
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unreadable(purpose) from None
    if purpose is Purpose.LOG and isinstance(key, Ed25519PrivateKey):
        return key
    if purpose is not Purpose.LOG and isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise _unreadable(purpose)


def _unreadable(purpose: Purpose) -> Broken:
    return Broken(f"A key for {purpose} in the key ring is damaged or of the wrong kind. Restore it from the backup.")
