"""Public keys as JSON: what we publish, and what a person may register.

Only P-256 keys for ES256 are taken. Each has one normal form, and one name that follows from it (its thumbprint), so
the same key sent twice is recognised and a key can never be published under another's name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers

from app.keys.compact import CompactRefused, base64url_decode
from app.rules.errors import Code, Malformed

COORDINATE_BYTES = 32
_REQUIRED = frozenset({"kty", "crv", "x", "y"})
# What browsers and JOSE libraries add when they export a public key; anything else is not a plain public key.
_FIXED: Mapping[str, tuple[Any, ...]] = {
    "alg": ("ES256",),
    "use": ("sig",),
    "key_ops": (["verify"],),
    "ext": (True, False),
}


def base64url(octets: bytes) -> str:
    """Write bytes as base64url without padding. Source: RFC 7515 section 2."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def thumbprint(required_members: Mapping[str, str]) -> str:
    """Name a public key by its content.

    Args:
        required_members: The members that the key's type requires, and no others.

    Returns:
        43 characters of base64url: SHA-256 over the members in lexical order without white space.

    Source:
        RFC 7638 section 3 (and RFC 8037 section 2 for Ed25519)
    """
    canonical = json.dumps(dict(required_members), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode("utf-8")).digest())


def public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    """Give a P-256 public key in its normal form.

    Args:
        key: On the curve P-256.

    Returns:
        Members ``kty``, ``crv``, ``x``, ``y``, ``alg``, ``use`` and ``kid``, the last being the thumbprint.

    Source:
        RFC 7518 section 6.2.1
    """
    numbers = key.public_numbers()
    members = {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url(numbers.x.to_bytes(COORDINATE_BYTES, "big")),
        "y": base64url(numbers.y.to_bytes(COORDINATE_BYTES, "big")),
    }
    return members | {"alg": "ES256", "use": "sig", "kid": thumbprint(members)}


def check_public_jwk(jwk: Mapping[str, Any]) -> dict[str, str]:
    """Take a public key that a person sends, or say why not.

    A ``kid`` the person chose is dropped: the thumbprint takes its place. A private key is refused, and its owner told
    to throw it away, because it has now travelled.

    Args:
        jwk: The JSON object as received.

    Returns:
        The normal form: ``kty``, ``crv``, ``x``, ``y``, ``alg``, ``use``, ``kid`` (the RFC 7638 thumbprint).

    Raises:
        Malformed: It is not a public key for ES256 on the curve P-256; code ``key_not_valid``.

    Source:
        RFC 7517 section 4; RFC 7518 section 6.2.1; NIST SP 800-56A rev. 3 section 5.6.2.3.3 (point validation)
    """
    return public_jwk(public_key_from(jwk))


def public_key_from(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    """Turn a JSON public key into a key object after every check of `check_public_jwk`.

    Args:
        jwk: The JSON object as received.

    Returns:
        A public key on P-256.

    Raises:
        Malformed: As `check_public_jwk`.
    """
    _demand_members(jwk)
    x, y = (_coordinate(jwk, member) for member in ("x", "y"))
    try:
        return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError:
        raise _not_taken("Its point does not lie on the curve P-256.") from None


def _demand_members(jwk: Mapping[str, Any]) -> None:
    if not isinstance(jwk, Mapping):
        raise _not_taken("It must be a JSON object.")
    if "d" in jwk:
        raise _not_taken("This is a private key. Never send it; make a new pair and send the public half.")
    if missing := sorted(_REQUIRED - jwk.keys()):
        raise _not_taken(f"Missing members: {', '.join(missing)}.")
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise _not_taken("Only EC keys on the curve P-256 are taken.")
    for member in jwk.keys() - _REQUIRED:
        _demand_optional(member, jwk[member])


def _demand_optional(member: Any, value: Any) -> None:
    if member == "kid":
        if not isinstance(value, str) or len(value) > 255:
            raise _not_taken("Its kid must be a text of at most 255 characters.")
        return
    if member not in _FIXED:
        raise _not_taken("It has members that a plain public key for ES256 does not have.")
    if not any(type(value) is type(allowed) and value == allowed for allowed in _FIXED[member]):
        raise _not_taken(f"Its member {member} does not say that it verifies ES256 signatures.")


def _coordinate(jwk: Mapping[str, Any], member: str) -> int:
    try:
        octets = base64url_decode(jwk[member])
    except CompactRefused:
        raise _not_taken(f"Its {member} is not base64url without padding.") from None
    if len(octets) != COORDINATE_BYTES:
        raise _not_taken(f"Its {member} must be exactly {COORDINATE_BYTES} bytes.")
    return int.from_bytes(octets, "big")


def _not_taken(why: str) -> Malformed:
    return Malformed(f"The public key cannot be taken. {why}", code=Code.KEY_NOT_VALID)
