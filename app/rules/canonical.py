"""One way to write a JSON value as bytes, so that what is signed or logged can be made again exactly.

The subset of RFC 8785 that we need: objects, arrays, strings, integers, booleans and null. Floating-point numbers are
refused, because their printed form is where implementations differ.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_LARGEST = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """Write a JSON value in its one canonical form.

    Args:
        value: dict with string keys, list or tuple, str, int (at most 2^53-1 either way), bool or None, nested as deep
            as wanted.

    Returns:
        UTF-8 bytes without insignificant white space, object members sorted by name.

    Raises:
        TypeError: A float, or anything else that has no canonical form, is inside.
        ValueError: An integer beyond 2^53-1 is inside, a member name outside the Basic Multilingual Plane (they are
            sorted by code point here), or half a surrogate pair.

    Source:
        RFC 8785 sections 3.2.2 and 3.2.3
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256_hex(content: bytes) -> str:
    """Give the SHA-256 of content as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _check(value: Any) -> None:
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError(f"{value} is beyond what every implementation writes alike")
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, list | tuple):
        for member in value:
            _check(member)
        return
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str):
                raise TypeError(f"a member name must be a string, not {type(name).__name__}")
            if name and max(name) > "\uffff":
                raise ValueError(f"the member name {name!a} is outside the Basic Multilingual Plane")
            _check(member)
        return
    raise TypeError(f"{type(value).__name__} has no canonical form here")
