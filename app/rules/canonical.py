"""One way to write a JSON value as bytes, so that what is signed or logged can be made again exactly.

The subset of RFC 8785 that we need: objects, arrays, strings, integers, booleans and null. Floating-point numbers are
refused, because their printed form is where implementations differ.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Write a JSON value in its one canonical form.

    Args:
        value: dict with string keys, list or tuple, str, int, bool or None, nested as deep as wanted.

    Returns:
        UTF-8 bytes without insignificant white space, object members sorted by name.

    Raises:
        TypeError: A float, or anything else that has no canonical form, is inside.

    Source:
        RFC 8785 (for member names in the Basic Multilingual Plane, which ours always are)
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256_hex(content: bytes) -> str:
    """Give the SHA-256 of some bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _check(value: Any) -> None:
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
            _check(member)
        return
    raise TypeError(f"{type(value).__name__} has no canonical form here")
