"""The ID tokens of organisations' sign-in providers: whether a provider's published key made this one.

What a token says is judged elsewhere (``rules/idtokens.py``). Trust line: whoever holds a provider's private key can
sign in as anybody whose address that provider answers for, and as nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from app.keys.compact import MAX_COMPACT_BYTES, CompactRefused, base64url_decode, read_object
from app.keys.publickeys import COORDINATE_BYTES
from app.keys.tokens import signature_holds
from app.rules.idtokens import ProviderKeyNotKnown, ProviderRefused

KEYS_AT_MOST = 50
RSA_BITS = range(2048, 8193)
_RSA_EXPONENTS = range(3, 2**32)
_KEY_TYPES = {"ES256": "EC", "PS256": "RSA", "RS256": "RSA"}
# Members that point to a key, or that must be understood, are refused by not being here; x5t only names a certificate.
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})


def read_id_token(token: str, jwk_set: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an ID token claims, once its signature holds under one of the provider's published keys.

    The token chooses neither key nor algorithm: it names them, and both must be ones that the set has for signing.

    Args:
        token: A compact JWS.
        jwk_set: The provider's JWK set, as it was fetched.

    Raises:
        ProviderKeyNotKnown: None of the keys is the one that the token names.
        ProviderRefused: Any other departure, named in its text.

    Source:
        OpenID Connect Core 1.0 section 3.1.3.7; RFC 7515 section 5.2; RFC 8725 sections 3.1 and 3.8
    """
    try:
        return _read(token, jwk_set)
    except CompactRefused as why:
        raise ProviderRefused(str(why)) from None


def read_json(octets: bytes) -> dict[str, Any]:
    """Read what a provider answers: a JSON object in which no name occurs twice.

    Raises:
        ProviderRefused: It is no JSON object, or repeats a name.
    """
    try:
        return read_object(octets)
    except CompactRefused as why:
        raise ProviderRefused(str(why)) from None


def _read(token: str, jwk_set: Mapping[str, Any]) -> dict[str, Any]:
    if len(token) > MAX_COMPACT_BYTES or token.count(".") != 2:
        raise CompactRefused("not a compact JWS of at most 16 KiB")
    header, payload, signature = (base64url_decode(segment) for segment in token.split("."))
    algorithm, kid = _header(read_object(header))
    key = _chosen(jwk_set, algorithm, kid)
    if algorithm == "PS256":  # python-jose does not know it
        _demand_pss(key, signature, token.rpartition(".")[0].encode("ascii"))
    elif not signature_holds(token, payload, key, algorithm):
        raise CompactRefused("the signature does not verify")
    return read_object(payload)


def _header(header: dict[str, Any]) -> tuple[str, str | None]:
    if unknown := sorted(header.keys() - _HEADER_MEMBERS):
        raise CompactRefused(f"header member not allowed: {unknown[0][:40]!r}")
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in _KEY_TYPES:
        raise CompactRefused("header alg is none of ES256, PS256, RS256")
    if not isinstance(typ, str) or typ.upper() != "JWT":
        raise CompactRefused("header typ is not JWT")
    if kid is not None and not (isinstance(kid, str) and kid):
        raise CompactRefused("header kid is no text")
    return algorithm, kid


def _chosen(jwk_set: Mapping[str, Any], algorithm: str, kid: str | None) -> EllipticCurvePublicKey | RSAPublicKey:
    """Give the one key that the token may have been signed with."""
    keys = jwk_set.get("keys")
    if not isinstance(keys, list) or len(keys) > KEYS_AT_MOST or not all(isinstance(jwk, dict) for jwk in keys):
        raise CompactRefused("the published keys are no JWK set of at most 50 keys")
    usable = [jwk for jwk in keys if _may_verify(jwk, algorithm)]
    named = usable if kid is None else [jwk for jwk in usable if jwk.get("kid") == kid]
    if not named:
        raise ProviderKeyNotKnown("none of the published keys is the one it names")
    if len(named) > 1:
        raise CompactRefused("several published keys may be the one that signed it")
    return _rsa(named[0]) if _KEY_TYPES[algorithm] == "RSA" else _p256(named[0])


def _may_verify(jwk: Mapping[str, Any], algorithm: str) -> bool:
    of_curve = algorithm != "ES256" or jwk.get("crv") == "P-256"
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("kty") == _KEY_TYPES[algorithm]
        and of_curve
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
    )


def _p256(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    x, y = (base64url_decode(jwk.get(member)) for member in ("x", "y"))
    if len(x) != COORDINATE_BYTES or len(y) != COORDINATE_BYTES:
        raise CompactRefused("a published key's coordinates are not of 32 bytes")
    numbers = EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1())
    try:
        return numbers.public_key()
    except ValueError:
        raise CompactRefused("a published key's point does not lie on its curve") from None


def _rsa(jwk: Mapping[str, Any]) -> RSAPublicKey:
    modulus, exponent = (int.from_bytes(base64url_decode(jwk.get(member)), "big") for member in ("n", "e"))
    if modulus.bit_length() not in RSA_BITS or exponent not in _RSA_EXPONENTS:
        raise CompactRefused("a published RSA key is not of 2048 to 8192 bits, or its exponent is out of range")
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise CompactRefused("a published RSA key cannot be used") from None


def _demand_pss(key: EllipticCurvePublicKey | RSAPublicKey, signature: bytes, signed: bytes) -> None:
    if not isinstance(key, RSAPublicKey):
        raise CompactRefused("PS256 needs an RSA key")
    try:
        key.verify(signature, signed, padding.PSS(padding.MGF1(SHA256()), salt_length=32), SHA256())
    except InvalidSignature:
        raise CompactRefused("the signature does not verify") from None
