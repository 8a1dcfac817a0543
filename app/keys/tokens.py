"""Machine tokens and declarations: the one wrapper round python-jose.

The library makes and checks ES256 signatures, and that is all it is asked to do: it takes tokens without an expiry,
with an expiry written as text, with critical extensions it does not know, with names that occur twice. So every other
decision is made here, on one strict reading of the bytes (`compact.py`), with a key that we chose by its name and gave
as an object. No other file may import the library; a test reads the syntax trees to make sure.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jose import jwk as jose_jwk
from jose import jws
from jose.exceptions import JOSEError

from app.keys.compact import ALGORITHM, MAX_COMPACT_BYTES, CompactRefused, read_compact, read_object
from app.keys.generations import Generations, RingKey
from app.keys.publickeys import public_jwk, public_key_from
from app.rules.errors import Broken, Code, KeyMissing, Malformed, NotSignedIn

TOKEN_TYPE = "pra-token+jwt"
DECLARATION_TYPE = "pra-declaration+jws"
STATEMENT_TYPE = "pra-statement+jws"
MAX_LIFETIME = timedelta(minutes=10)
MAX_LEEWAY_SECONDS = 30
MAX_NAME_CHARACTERS = 255
BACKEND = "jose.backends.cryptography_backend"
_TEXT_CLAIMS = ("iss", "sub", "aud", "jti")
_INSTANT_CLAIMS = ("iat", "nbf", "exp")
_LAST_SECOND = 253_402_300_799  # the last instant of the year 9999, the last that a datetime can hold


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a verified machine token says. No permission is among it: each request asks the records.

    Attributes:
        subject: Which program, by the id of its credential.
        audience: For whom the token was made.
        issuer: Who made it.
        token_id: Its own random name.
        issued_at: Aware UTC, whole seconds.
        not_before_at: Aware UTC, whole seconds; not before issued_at.
        expires_at: Aware UTC, whole seconds; the first instant at which it no longer counts.
    """

    subject: str
    audience: str
    issuer: str
    token_id: str
    issued_at: datetime
    not_before_at: datetime
    expires_at: datetime


def assert_backend() -> None:
    """Make sure at start-up that signatures go through `cryptography` and no other library.

    Raises:
        Broken: python-jose would use another implementation, such as the pure Python one that leaks by its timing.
    """
    chosen = [jose_jwk.get_key(algorithm) for algorithm in (ALGORITHM, "RS256")]
    if any(one is None or one.__module__ != BACKEND for one in chosen):
        raise Broken("python-jose does not use the cryptography package. Install python-jose[cryptography].")


def issue_token(
    keys: Generations[EllipticCurvePrivateKey],
    *,
    subject: str,
    audience: str,
    issuer: str,
    at: datetime,
    lifetime: timedelta = MAX_LIFETIME,
) -> str:
    """Make a machine token.

    Args:
        keys: The ring's keys for tokens; the current one signs.
        subject: Which program; 1 to 255 printable characters, as audience and issuer.
        audience: For whom.
        issuer: Who we are.
        at: Now. Aware.
        lifetime: More than 0, at most 10 minutes, whole seconds.

    Returns:
        A compact JWS, type ``pra-token+jwt``.

    Raises:
        ValueError: A naive instant, a lifetime outside its limits, or a name that could not be verified again.

    Source:
        RFC 7519 section 4.1; RFC 8725 section 3.11 (explicit typing)
    """
    if not timedelta(0) < lifetime <= MAX_LIFETIME or lifetime.microseconds:
        raise ValueError("a token lives for whole seconds, more than 0 and at most 10 minutes")
    issued = int(_aware(at).timestamp())
    names = {"iss": issuer, "sub": subject, "aud": audience, "jti": secrets.token_urlsafe(16)}
    if not all(_is_name(name) for name in names.values()):
        raise ValueError("subject, audience and issuer have 1 to 255 printable characters")
    instants = {"iat": issued, "nbf": issued, "exp": issued + int(lifetime.total_seconds())}
    return _sign(json.dumps(names | instants, separators=(",", ":")).encode("ascii"), keys.current, TOKEN_TYPE)


def verify_token(
    keys: Generations[EllipticCurvePrivateKey],
    token: str,
    *,
    audience: str,
    issuer: str,
    at: datetime,
    leeway_seconds: int = 0,
) -> TokenClaims:
    """Say who a machine token speaks for, or refuse it.

    Args:
        keys: The ring's keys for tokens, current and retired.
        token: As received.
        audience: Who we are, as the one audience that is accepted.
        issuer: The one issuer that is accepted.
        at: The instant by which it is judged, not the machine's clock. Aware.
        leeway_seconds: How far clocks may differ, 0 to 30; 0 where issuer and verifier share a clock, as ours do.

    Returns:
        The claims, each checked.

    Raises:
        NotSignedIn: For whatever cause, with the same words each time; the precise cause is in ``log_reason``.
        ValueError: A naive instant, or a leeway outside its limits.

    Source:
        RFC 7519 sections 4 and 7.2; RFC 8725 sections 3.1, 3.8, 3.9 and 3.11
    """
    if not 0 <= leeway_seconds <= MAX_LEEWAY_SECONDS:
        raise ValueError("leeway is 0 to 30 seconds")
    at = _aware(at)
    try:
        compact = read_compact(token, typ=TOKEN_TYPE)
        public = keys.get(compact.kid).key.public_key()
        claims = _checked_claims(read_object(_verified(token, compact.payload, public)))
        _demand_addressed(claims, audience, issuer)
        _demand_current(claims, at, timedelta(seconds=leeway_seconds))
    except KeyMissing:
        raise _not_accepted("unknown kid") from None
    except CompactRefused as why:
        raise _not_accepted(str(why)) from None
    return claims


def sign_declaration(keys: Generations[EllipticCurvePrivateKey], payload: bytes, *, typ: str = DECLARATION_TYPE) -> str:
    """Seal a declaration, or what a person states, in the name of the service.

    Args:
        keys: The ring's keys for declarations; the current one signs.
        payload: The canonical bytes, not empty; together with header and signature at most 16 KiB of text.
        typ: What is signed; what is signed as one type never verifies as another.

    Returns:
        A compact JWS of that type, whose kid is the RFC 7638 thumbprint of the published key.

    Raises:
        ValueError: The payload is empty or too long.

    Source:
        RFC 7515 section 3.1
    """
    signed = _sign(payload, keys.current, typ)
    if not payload or len(signed) > MAX_COMPACT_BYTES:
        raise ValueError("a declaration has at least one byte, and at most 16 KiB when signed")
    return signed


def verify_declaration(declaration: str, public_keys: Mapping[str, Any], *, typ: str = DECLARATION_TYPE) -> bytes:
    """Check a declaration, or a statement, and give the exact bytes that were signed.

    Args:
        declaration: A compact JWS whose header has exactly alg, kid and typ.
        public_keys: A JWK set (with ``keys``), or one person's registered JWK. The header's kid must be the RFC 7638
            thumbprint of the key that signed.
        typ: What it must have been signed as.

    Returns:
        The payload.

    Raises:
        Malformed: It does not verify, code ``declaration_not_valid``; or a given key is no public key for ES256, code
            ``key_not_valid``.

    Source:
        RFC 7515 section 5.2; RFC 7638 section 3
    """
    offered = [public_key_from(jwk) for jwk in public_keys.get("keys", [public_keys])]
    known = {public_jwk(key)["kid"]: key for key in offered}
    try:
        compact = read_compact(declaration, typ=typ)
        if compact.kid not in known:
            raise CompactRefused("its kid names none of the keys it may be signed with")
        return _verified(declaration, compact.payload, known[compact.kid])
    except CompactRefused as why:
        raise Malformed(f"The declaration does not verify: {why}.", code=Code.DECLARATION_NOT_VALID) from None


def jwk_set(keys: Generations[EllipticCurvePrivateKey]) -> dict[str, list[dict[str, str]]]:
    """Give the public halves of the keys of one purpose, for publication.

    Args:
        keys: Current and retired keys of one purpose.

    Returns:
        A JWK set, the current key first.

    Source:
        RFC 7517 section 5
    """
    return {"keys": [public_jwk(known.key.public_key()) for known in keys.every()]}


def signature_holds(
    compact: str, payload: bytes, public: EllipticCurvePublicKey | RSAPublicKey, algorithm: str
) -> bool:
    """Say whether a compact JWS, read strictly already, was signed with one key by one algorithm.

    Args:
        compact: As received.
        payload: What our own reading found between its dots.
        public: The key that was chosen for it.
        algorithm: ES256 or RS256, chosen for it too.

    Source:
        RFC 7515 section 5.2
    """
    try:
        # A key object, never bytes, and one algorithm: the token cannot choose how its own signature is read.
        return bool(jws.verify(compact, jose_jwk.construct(public, algorithm), [algorithm]) == payload)
    except JOSEError:
        return False


def _sign(payload: bytes, signer: RingKey[EllipticCurvePrivateKey], typ: str) -> str:
    signed: str = jws.sign(
        payload, jose_jwk.construct(signer.key, ALGORITHM), {"kid": signer.kid, "typ": typ}, ALGORITHM
    )
    return signed


def _verified(compact: str, payload: bytes, public: EllipticCurvePublicKey) -> bytes:
    try:
        # A key object, never bytes, and one algorithm: the token cannot choose how its own signature is read.
        seen = jws.verify(compact, jose_jwk.construct(public, ALGORITHM), [ALGORITHM])
    except JOSEError:
        raise CompactRefused("the signature does not verify") from None
    if seen != payload:
        raise CompactRefused("two readings of the payload differ")
    return payload


def _checked_claims(claims: dict[str, Any]) -> TokenClaims:
    if claims.keys() != {*_TEXT_CLAIMS, *_INSTANT_CLAIMS}:
        unlike = sorted(claims.keys() ^ {*_TEXT_CLAIMS, *_INSTANT_CLAIMS})
        raise CompactRefused(f"claims missing or unknown: {unlike[0][:40]!r}")
    for claim in _TEXT_CLAIMS:
        if not _is_name(claims[claim]):
            raise CompactRefused(f"claim {claim} is not a text of 1 to 255 printable characters")
    issued_at, not_before_at, expires_at = (_instant(claim, claims[claim]) for claim in _INSTANT_CLAIMS)
    if not issued_at <= not_before_at < expires_at:
        raise CompactRefused("iat, nbf and exp are out of order")
    if expires_at - issued_at > MAX_LIFETIME:
        raise CompactRefused("lives longer than 10 minutes")
    return TokenClaims(
        subject=claims["sub"],
        audience=claims["aud"],
        issuer=claims["iss"],
        token_id=claims["jti"],
        issued_at=issued_at,
        not_before_at=not_before_at,
        expires_at=expires_at,
    )


def _demand_addressed(claims: TokenClaims, audience: str, issuer: str) -> None:
    if claims.audience != audience:
        raise CompactRefused("made for another audience")
    if claims.issuer != issuer:
        raise CompactRefused("made by another issuer")


def _demand_current(claims: TokenClaims, at: datetime, leeway: timedelta) -> None:
    if claims.issued_at > at + leeway:
        raise CompactRefused("issued in the future")
    if claims.not_before_at > at + leeway:
        raise CompactRefused("not yet in force")
    if claims.expires_at <= at - leeway:
        raise CompactRefused("expired")


def _is_name(claim: Any) -> bool:
    return isinstance(claim, str) and 1 <= len(claim) <= MAX_NAME_CHARACTERS and claim.isprintable()


def _instant(claim: str, seconds: Any) -> datetime:
    # Not isinstance: True is an int to Python, and no instant.
    if type(seconds) is not int or not 0 <= seconds <= _LAST_SECOND:
        raise CompactRefused(f"claim {claim} is not a whole number of seconds")
    return datetime.fromtimestamp(seconds, UTC)


def _not_accepted(log_reason: str) -> NotSignedIn:
    refused = NotSignedIn("The access token was not accepted. Ask for a new one.")
    refused.log_reason = log_reason
    return refused


def _aware(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("an instant must be aware")
    return at
