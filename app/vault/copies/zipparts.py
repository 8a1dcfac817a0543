"""The parts of a ZIP file that every copy in one shares: what stands before each member, and the directory behind all.

Members are stored, not compressed, so every place is known before the first byte is made.

Source:
    PKWARE APPNOTE 6.3
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from struct import Struct
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
_REGULAR_OWNER_ONLY = 0o600 << 16
_AROUND_BYTES = 16 + 2 + 10  # salt, verifier and authentication code of AE-2 with AES-256

# PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.14, 4.3.15, 4.3.16 and 4.5.3. Lengths and places stand in the ZIP64 fields alone,
# however small: one form for every size. The AES field as in the AE-2 specification, which wants a CRC of 0.
_LOCAL = Struct("<4sHHHHHIIIHH")
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL_64 = Struct("<HHQQ")
_CENTRAL_64 = Struct("<HHQQQ")
_AES_FIELD = Struct("<HHH2sBH").pack(0x9901, 7, 2, b"AE", 3, 0)
_END_64 = Struct("<4sQHHIIQQQQ")
_LOCATOR = Struct("<4sIQI")
_END = Struct("<4sHHHHIIH")
_VERSION_64, _NAMES_IN_UTF_8, _ENCRYPTED, _METHOD_AES, _STORED, _MADE_ON_UNIX = 45, 0x0800, 1, 99, 0, 3 << 8
_ELSEWHERE_16, _ELSEWHERE_32 = 0xFFFF, 0xFFFFFFFF


class Member:
    """One file in the ZIP: its headers, and how much room it takes.

    Args:
        name: In UTF-8.
        plain_bytes: How long it is.
        dated: From ``dos_time``.
        at: Where its header lies in the ZIP.
        crc32: Of a member that is stored as it is; None for one under AES-256.
    """

    def __init__(
        self, name: bytes, plain_bytes: int, dated: tuple[int, int], *, at: int, crc32: int | None = None
    ) -> None:
        self._name, self._plain_bytes, self._dated, self._at, self._crc32 = name, plain_bytes, dated, at, crc32
        self._held_bytes = plain_bytes + (_AROUND_BYTES if crc32 is None else 0)
        self._aes_field = _AES_FIELD if crc32 is None else b""
        self.length_bytes = len(self.local_header()) + self._held_bytes

    def local_header(self) -> bytes:
        """Give what stands before it."""
        extra = _LOCAL_64.pack(1, 16, self._plain_bytes, self._held_bytes) + self._aes_field
        told = (_VERSION_64, *self._shared(), len(self._name), len(extra))
        return _LOCAL.pack(b"PK\x03\x04", *told) + self._name + extra

    def directory_entry(self) -> bytes:
        """Give its line in the directory."""
        extra = _CENTRAL_64.pack(1, 24, self._plain_bytes, self._held_bytes, self._at) + self._aes_field
        told = (_MADE_ON_UNIX | _VERSION_64, _VERSION_64, *self._shared(), len(self._name), len(extra))
        rest = (0, 0, 0, _REGULAR_OWNER_ONLY, _ELSEWHERE_32)
        return _CENTRAL.pack(b"PK\x01\x02", *told, *rest) + self._name + extra

    def _shared(self) -> tuple[int, ...]:
        flags, method = (
            (_NAMES_IN_UTF_8 | _ENCRYPTED, _METHOD_AES) if self._crc32 is None else (_NAMES_IN_UTF_8, _STORED)
        )
        return flags, method, *self._dated, self._crc32 or 0, _ELSEWHERE_32, _ELSEWHERE_32


def directory(members: Sequence[Member]) -> bytes:
    """Give the central directory and what closes the file."""
    entries = b"".join(member.directory_entry() for member in members)
    start = sum(member.length_bytes for member in members)
    count, size = len(members), len(entries)
    end_64 = _END_64.pack(b"PK\x06\x06", 44, _VERSION_64, _VERSION_64, 0, 0, count, count, size, start)
    locator = _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
    told_above = (_ELSEWHERE_16,) * 4 + (_ELSEWHERE_32,) * 2
    return entries + end_64 + locator + _END.pack(b"PK\x05\x06", *told_above, 0)


def dos_time(at: datetime) -> tuple[int, int]:
    """Write an instant as ZIP does: London wall-clock time and date, to two seconds.

    Raises:
        ValueError: It is naive.
    """
    if at.tzinfo is None:
        raise ValueError("an instant must be aware")
    local = at.astimezone(_LONDON)
    return local.second // 2 | local.minute << 5 | local.hour << 11, local.day | local.month << 5 | (
        local.year - 1980
    ) << 9
