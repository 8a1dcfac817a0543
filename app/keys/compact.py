"""Read a compact JWS strictly, before any library sees it.

Libraries are generous: they take padding, repeated names, numbers written as text. Two readers that are generous in
different ways disagree about what was signed. Here there is one form, and anything else is refused. Nothing in this
file checks a signature.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

MAX_COMPACT_BYTES = 16_384
HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})
ALGORITHM = "ES256"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+\Z")


class CompactRefused(ValueError):
    """What was given is not the one form we take. The text is for the log, never for the caller."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A compact JWS taken apart, its signature not yet checked.

    Attributes:
        kid: Which key its header claims; non-empty.
        payload: The exact bytes between the dots, decoded.
    """

    kid: str
    payload: bytes


def read_compact(compact: str, *, typ: str) -> Compact:
    """Take apart a compact JWS of one type and refuse every other shape.

    Args:
        compact: Three segments of canonical base64url, at most 16,384 characters in all.
        typ: The one header type that is accepted, compared exactly.

    Returns:
        The claimed key and the payload bytes.

    Raises:
        CompactRefused: Any departure, named in its text.

    Source:
        RFC 7515 sections 3.1, 4.1.11 and 5.2; RFC 8725 sections 3.1 and 3.11
    """
    if not isinstance(compact, str):
        raise CompactRefused("not a text")
    if len(compact) > MAX_COMPACT_BYTES:
        raise CompactRefused("longer than 16 KiB")
    segments = compact.split(".")
    if len(segments) != 3:
        raise CompactRefused("not exactly three segments")
    header, payload, _ = (base64url_decode(segment) for segment in segments)
    return Compact(kid=_kid(read_object(header), typ), payload=payload)


def base64url_decode(text: Any) -> bytes:
    """Decode base64url that is written in its one canonical way.

    Args:
        text: What should be a non-empty text without padding.

    Returns:
        At least one byte.

    Raises:
        CompactRefused: Other characters, padding, an impossible length, or bits set that carry nothing.

    Source:
        RFC 4648 sections 3.5 and 5; RFC 7515 section 2
    """
    if not isinstance(text, str) or not _BASE64URL.match(text):
        raise CompactRefused("not base64url")
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise CompactRefused("base64url of an impossible length") from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != text.encode("ascii"):
        raise CompactRefused("base64url not in canonical form")
    return octets


def read_object(octets: bytes) -> dict[str, Any]:
    """Read a JSON object in which no name occurs twice, at any depth.

    Args:
        octets: UTF-8 without a byte order mark.

    Returns:
        The members.

    Raises:
        CompactRefused: It is not UTF-8, not JSON, not an object, nested beyond reason, or repeats a name.

    Source:
        RFC 7519 section 4 and RFC 7515 section 4 (names must be unique); RFC 8259 section 6 (no NaN, no infinity)
    """
    try:
        found = json.loads(octets.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except CompactRefused:
        raise
    except (ValueError, RecursionError):
        raise CompactRefused("not JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise CompactRefused("not a JSON object")
    return found


def _kid(header: dict[str, Any], typ: str) -> str:
    # An allow-list: crit, jku, jwk, x5u, x5c and whatever is invented next are all refused by being absent from it.
    if unknown := sorted(header.keys() - HEADER_MEMBERS):
        raise CompactRefused(f"header member not allowed: {unknown[0][:40]!r}")
    if header.get("alg") != ALGORITHM:
        raise CompactRefused("header alg is not ES256")
    if header.get("typ") != typ:
        raise CompactRefused(f"header typ is not {typ}")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise CompactRefused("header kid is missing or no text")
    return kid


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise CompactRefused("a name occurs twice")
    return members


def _no_constant(name: str) -> Any:
    raise CompactRefused(f"{name} is not JSON")
