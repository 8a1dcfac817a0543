"""ZIP archives, and the documents that are ones, looked through before they are kept. In the child process alone.

A name in an archive is never used for a path, and nothing is unpacked to anywhere: entries are read as a stream,
counted against what they declare, and looked at.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from app.rules.errors import Code, Malformed
from app.vault.inspecting.kinds import not_inert

ENTRIES_LIMIT = 5_000
UNPACKED_LIMIT_BYTES = 256 * 1024 * 1024
RATIO_LIMIT = 200
"""Sheets of figures pack to a thirtieth or so; what packs to less than this fraction was made to."""
RATIO_FROM_BYTES = 4 * 1024 * 1024
_LOCAL_HEADER_BYTES = 30
_READABLE = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
_PIECE_BYTES = 256 * 1024
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    LookupError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


class Archive:
    """An archive whose directory holds together.

    Attributes:
        unpacked_bytes: What all its entries declare.
    """

    def __init__(self, data: bytes) -> None:
        """Read the directory of an archive.

        Raises:
            Malformed: Code ``document_unreadable``, ``document_too_complex`` or ``document_not_inert``.
        """
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _BROKEN:
            raise _broken("it is damaged") from None
        self.entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        self._by_name = {entry.filename: entry for entry in self.entries}
        self.unpacked_bytes = sum(entry.file_size for entry in self.entries)
        _demand_bounded(self._zip.infolist(), self.unpacked_bytes, len(data))
        _demand_plain_names(self._zip.infolist())
        _demand_apart(self._zip.infolist(), self._zip.start_dir)

    def names(self) -> frozenset[str]:
        """Give the names of all entries."""
        return frozenset(entry.filename for entry in self.entries)

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Give each entry's name and its bytes, one at a time; each is read to its end.

        Raises:
            Malformed: Code ``document_unreadable``: one is not what it declares.
        """
        for entry in self.entries:
            yield entry.filename, self._content(entry)

    def content(self, name: str) -> bytes:
        """Give the bytes of one entry; raises as ``contents``."""
        return self._content(self._by_name[name])

    def _content(self, entry: zipfile.ZipInfo) -> bytes:
        try:
            with self._zip.open(entry) as opened:
                held = bytearray()
                while piece := opened.read(_PIECE_BYTES):
                    held += piece
        except _BROKEN:
            raise _broken("a part of it is damaged") from None
        if len(held) != entry.file_size:
            raise _broken("a part of it is shorter than it says")
        return bytes(held)


def _demand_bounded(entries: list[zipfile.ZipInfo], unpacked_bytes: int, packed_bytes: int) -> None:
    if len(entries) > ENTRIES_LIMIT:
        raise _too_complex(f"it has {len(entries)} parts, and at most {ENTRIES_LIMIT} are looked through")
    if unpacked_bytes > UNPACKED_LIMIT_BYTES:
        raise _too_complex(f"it unpacks to more than {UNPACKED_LIMIT_BYTES // 1024**2} MiB")
    if unpacked_bytes > RATIO_FROM_BYTES and unpacked_bytes > RATIO_LIMIT * packed_bytes:
        raise _too_complex(f"it unpacks to more than {RATIO_LIMIT} times its size")


def _demand_plain_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        parts = name.rstrip("/").split("/")
        if "\0" in name or "\\" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
            raise not_inert("The file holds a part whose name leads out of its folder. Make the archive anew.")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise not_inert("The file holds a link instead of a file. Make the archive anew with the files themselves.")
        if name.casefold() in seen:
            raise not_inert("The file holds two parts of one name, so that two programs could read two things in it.")
        seen.add(name.casefold())
        if entry.flag_bits & 0x1:
            raise _broken("a part of it has a password; save it without")
        if entry.compress_type not in _READABLE:
            raise _broken("a part of it is packed in a way that few programs read; make the archive anew")


def _demand_apart(entries: list[zipfile.ZipInfo], directory_at: int) -> None:
    """Stop when two entries share bytes: so a few kilobytes become terabytes, each of them declared truly."""
    ends_at = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < ends_at:
            raise not_inert("Parts of the file lie over one another, as in a file made to exhaust a machine.")
        ends_at = entry.header_offset + _LOCAL_HEADER_BYTES + len(entry.orig_filename) + entry.compress_size
    if ends_at > directory_at:
        raise _broken("a part of it runs into its end")


def _broken(why: str) -> Malformed:
    return Malformed(f"The file cannot be accepted: {why}.", code=Code.DOCUMENT_UNREADABLE)


def _too_complex(why: str) -> Malformed:
    return Malformed(f"The file cannot be accepted: {why}. Split it.", code=Code.DOCUMENT_TOO_COMPLEX)
