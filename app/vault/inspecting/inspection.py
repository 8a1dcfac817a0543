"""One look through a document of any kind that must be held whole, in the child process alone."""

from __future__ import annotations

import struct

from app.rules.errors import Code, Malformed
from app.vault.copies.odf import check_open_document
from app.vault.copies.office import check_office
from app.vault.copies.pdf import check_pdf
from app.vault.inspecting.containers import Archive
from app.vault.inspecting.kinds import OPEN_DOCUMENT, OPEN_XML, Kind, announced_kind, check_beginning, not_inert
from app.vault.inspecting.office import inspect_open_xml
from app.vault.inspecting.opendocument import inspect_open_document

NESTING_LIMIT = 3
PIXEL_LIMIT = 100_000_000
_LARGE_UNPACKED_BYTES = 256 * 1024 * 1024
_PACKED_BEGINNING = b"PK\x03\x04"
_FRAME_MARKERS = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))


def inspect(data: bytes, kind: Kind, *, page_limit: int, marked: bool) -> None:
    """Look through a document before it is kept.

    Args:
        data: The whole file.
        kind: What it is announced as.
        page_limit: The most pages of a PDF.
        marked: Whether copies will carry a mark inside, where the kind allows that; one is made to be sure.

    Raises:
        Malformed: It is not what it says, it is damaged, it acts, hides or fetches, or it is made to exhaust a machine.
    """
    if kind is Kind.PDF:
        check_pdf(data, page_limit, marked=marked)
    elif kind in (Kind.PNG, Kind.JPEG):
        _demand_few_pixels(*(_png_size(data) if kind is Kind.PNG else _jpeg_size(data)))
    else:
        _inspect_packed(data, kind, 1, [0], page_limit)
        if marked and kind in OPEN_XML:
            check_office(data, kind.name.lower())
        elif marked and kind in OPEN_DOCUMENT:
            check_open_document(data, kind.name.lower())


def _inspect_packed(data: bytes, kind: Kind, depth: int, unpacked: list[int], page_limit: int) -> None:
    if depth > NESTING_LIMIT:
        raise Malformed(
            f"Archives lie within archives more than {NESTING_LIMIT} deep. Send the files themselves.",
            code=Code.DOCUMENT_TOO_COMPLEX,
        )
    archive = Archive(data)
    unpacked[0] += archive.unpacked_bytes
    if unpacked[0] > _LARGE_UNPACKED_BYTES:
        raise Malformed("All in all the file unpacks to too much. Split it.", code=Code.DOCUMENT_TOO_COMPLEX)
    if kind in OPEN_XML:
        inspect_open_xml(archive, kind)
    elif kind in OPEN_DOCUMENT:
        inspect_open_document(archive, kind)
    for name, content in archive.contents():
        if kind is Kind.ZIP:
            _inspect_member(name, content, depth, unpacked, page_limit)
        elif content.startswith(_PACKED_BEGINNING):  # the workbook behind a chart
            within = announced_kind(name.rpartition("/")[2], "application/octet-stream")
            if within not in OPEN_XML:
                raise not_inert(f"The {kind.value} holds another file inside it. Put a picture of it there instead.")
            _inspect_packed(content, within, depth + 1, unpacked, page_limit)


def _inspect_member(name: str, content: bytes, depth: int, unpacked: list[int], page_limit: int) -> None:
    """Look through one file of an archive as if it had been sent by itself."""
    kind = announced_kind(name.rpartition("/")[2], "application/octet-stream")
    if not content:
        return
    check_beginning(kind, content[:1024])
    if kind in (Kind.PNG, Kind.JPEG, Kind.PDF):
        inspect(content, kind, page_limit=page_limit, marked=False)
    elif content.startswith(_PACKED_BEGINNING):
        _inspect_packed(content, kind, depth + 1, unpacked, page_limit)


def _demand_few_pixels(width: int, height: int) -> None:
    if not 0 < width * height <= PIXEL_LIMIT:
        raise Malformed(
            f"The picture is {width} by {height} points, and at most {PIXEL_LIMIT // 1_000_000} million points are "
            "accepted. Make it smaller.",
            code=Code.DOCUMENT_TOO_COMPLEX,
        )


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise _broken_picture()
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + max(2, length)
    raise _broken_picture()


def _broken_picture() -> Malformed:
    return Malformed("The picture is damaged; save it again.", code=Code.DOCUMENT_UNREADABLE)
