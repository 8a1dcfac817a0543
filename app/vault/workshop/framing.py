"""How a task and its answer travel through a pipe: two lengths, a header of JSON, and the bytes.

Nothing is ever unpickled, and nothing of a task stands on a command line or in an environment.
"""

from __future__ import annotations

import json
import struct
from typing import Any

LENGTHS = struct.Struct(">IQ")
"""Length of the header and length of the bytes behind it, big-endian, 4 and 8 bytes."""

HEADER_LIMIT_BYTES = 256 * 1024


def packed(header: dict[str, Any], size_bytes: int) -> bytes:
    """Write what stands before the bytes.

    Args:
        header: JSON-ready.
        size_bytes: How many bytes follow.

    Returns:
        Both lengths and the header.
    """
    text = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return LENGTHS.pack(len(text), size_bytes) + text


def unpacked(header: bytes) -> dict[str, Any]:
    """Read a header.

    Raises:
        ValueError: It is not one.
    """
    found = json.loads(header)
    if not isinstance(found, dict):
        raise ValueError("a header is an object")
    return found
