"""A document that is a ZIP of parts (OOXML, ODF): read within limits, and written again with a few parts changed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from types import TracebackType

from app.vault.copies.xmlparts import UnfitXml

MEMBER_LIMIT = 20_000
UNPACKED_LIMIT_BYTES = 1024**3
"""All parts together; each is copied in small pieces."""
PART_LIMIT_BYTES = 128 * 1024**2
"""One part that is changed, and so held in memory whole."""

_PIECE_BYTES = 256 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_BROKEN = "it is broken; save it again and try once more"
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    UnicodeError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What reading a file that is not what it claims to be raises."""


class UnfitPackage(ValueError):
    """A document cannot be marked; the text says why, in words that go after “cannot be accepted:”."""


class Package:
    """An open package. Names are looked up without regard to case, as OPC asks.

    Source:
        ECMA-376 Part 2
    """

    def __init__(self, data: bytes) -> None:
        """Open a package.

        Args:
            data: The whole file.

        Raises:
            UnfitPackage: No ZIP, encrypted, or larger unpacked than any honest document.
        """
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except BROKEN as error:
            raise UnfitPackage(_BROKEN) from error
        self._infos = self._zip.infolist()
        self._by_name = {info.filename.casefold(): info for info in self._infos}
        self._demand_sound()

    def __enter__(self) -> Package:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """Give the names of all parts, as written."""
        return [info.filename for info in self._infos]

    def name(self, name: str) -> str | None:
        """Give a part's name as written, or None where there is no such part."""
        found = self._by_name.get(name.casefold())
        return None if found is None else found.filename

    def read(self, name: str) -> bytes:
        """Read one part whole.

        Raises:
            UnfitPackage: There is none, it is too large, or damaged.
        """
        info = self._by_name.get(name.casefold())
        if info is None:
            raise UnfitPackage(f"its part {name[:100]!r} is missing")
        if info.file_size > PART_LIMIT_BYTES:
            raise UnfitPackage(f"one part of it unpacks to more than {PART_LIMIT_BYTES // 1024**2} MiB")
        try:
            return self._zip.read(info)
        except BROKEN as error:
            raise UnfitPackage(_BROKEN) from error

    def written(self, changed: Mapping[str, bytes], *, stored: str = "") -> bytes:
        """Write the package again: every other part, in its order and with its method, as it was.

        Args:
            changed: Parts by name; those that were not there come last.
            stored: The name of one of them that is not packed.

        Raises:
            UnfitPackage: A part is damaged.
        """
        out = BytesIO()
        left = dict(changed)
        try:
            with zipfile.ZipFile(out, "w", allowZip64=False) as target:
                for info in self._infos:
                    instead = left.pop(info.filename, None)
                    if instead is not None:
                        method = zipfile.ZIP_STORED if info.filename == stored else info.compress_type
                        target.writestr(_header(info.filename, info), instead, method)
                        continue
                    with self._zip.open(info) as source, target.open(_header(info.filename, info), "w") as sink:
                        while piece := source.read(_PIECE_BYTES):
                            sink.write(piece)
                for name, content in left.items():
                    method = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
                    target.writestr(_header(name, None), content, method)
        except BROKEN as error:
            raise UnfitPackage(_BROKEN) from error
        return out.getvalue()

    def _demand_sound(self) -> None:
        if len(self._infos) > MEMBER_LIMIT:
            raise UnfitPackage(f"it has more than {MEMBER_LIMIT} parts")
        if len(self._by_name) != len(self._infos):
            raise UnfitPackage("two parts of it have the same name")
        if any(info.flag_bits & 1 for info in self._infos):
            raise UnfitPackage("it is encrypted already; upload it without a password")
        if any(info.compress_type not in _METHODS for info in self._infos):
            raise UnfitPackage("a part of it is packed in a way that such documents are not")
        if sum(info.file_size for info in self._infos) > UNPACKED_LIMIT_BYTES:
            raise UnfitPackage(f"it unpacks to more than {UNPACKED_LIMIT_BYTES // 1024**2} MiB")


def said_of(error: UnfitXml | UnfitPackage) -> str:
    """Give the words for a document that cannot be marked."""
    return f"a part of it cannot be read: {error}" if isinstance(error, UnfitXml) else str(error)


def _header(name: str, like: zipfile.ZipInfo | None) -> zipfile.ZipInfo:
    header = zipfile.ZipInfo(name, like.date_time if like else _EARLIEST)
    header.compress_type = like.compress_type if like else zipfile.ZIP_DEFLATED
    header.external_attr = like.external_attr if like else 0
    header.file_size = like.file_size if like else 0
    return header
