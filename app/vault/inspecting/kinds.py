"""What kind of document a file says it is, and what its first bytes say. Only compares; nothing is taken apart here."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import StrEnum

from app.rules.errors import Code, Malformed

HEAD_BYTES = 1024
_UNDECLARED = "application/octet-stream"
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"


class Kind(StrEnum):
    """The kinds that are told apart. ``OTHER`` is taken as it is, unless it looks like one of the rest."""

    PDF = "PDF"
    DOCX = "Word document"
    XLSX = "Excel workbook"
    PPTX = "PowerPoint presentation"
    ODT = "OpenDocument text"
    ODS = "OpenDocument spreadsheet"
    ODP = "OpenDocument presentation"
    ZIP = "ZIP archive"
    PNG = "PNG picture"
    JPEG = "JPEG picture"
    CSV = "CSV table"
    TEXT = "plain text"
    OTHER = "file of another kind"


OPEN_XML = frozenset((Kind.DOCX, Kind.XLSX, Kind.PPTX))
OPEN_DOCUMENT = {Kind.ODT: f"{_OPEN_DOCUMENT}.text", Kind.ODS: f"{_OPEN_DOCUMENT}.spreadsheet"} | {
    Kind.ODP: f"{_OPEN_DOCUMENT}.presentation"
}
PACKED = OPEN_XML | OPEN_DOCUMENT.keys() | {Kind.ZIP}
WHOLE = PACKED | {Kind.PDF, Kind.PNG, Kind.JPEG}
"""The kinds that must be held whole to be looked through."""
WRITTEN = frozenset((Kind.CSV, Kind.TEXT))
"""The kinds that are text, looked at as they pass."""

_EXTENSIONS = {
    "pdf": Kind.PDF,
    "docx": Kind.DOCX,
    "xlsx": Kind.XLSX,
    "pptx": Kind.PPTX,
    "odt": Kind.ODT,
    "ods": Kind.ODS,
    "odp": Kind.ODP,
    "zip": Kind.ZIP,
    "png": Kind.PNG,
    "jpg": Kind.JPEG,
    "jpeg": Kind.JPEG,
    "csv": Kind.CSV,
    "txt": Kind.TEXT,
}
_MACRO_EXTENSIONS = frozenset(("docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppsm", "ppam"))
_OLD_EXTENSIONS = frozenset(("doc", "xls", "ppt", "dot", "xlt", "pot", "pps"))
_RUNNING_EXTENSIONS = frozenset(
    (
        "exe",
        "dll",
        "com",
        "scr",
        "msi",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "hta",
        "jar",
        "lnk",
        "iso",
    )
) | frozenset(("xll", "chm", "reg", "url", "html", "htm", "svg", "mht"))
_MEDIA_TYPES = {
    "application/pdf": Kind.PDF,
    f"{_OPEN_XML}.wordprocessingml.document": Kind.DOCX,
    f"{_OPEN_XML}.spreadsheetml.sheet": Kind.XLSX,
    f"{_OPEN_XML}.presentationml.presentation": Kind.PPTX,
    **{media_type: kind for kind, media_type in OPEN_DOCUMENT.items()},
    "application/zip": Kind.ZIP,
    "application/x-zip-compressed": Kind.ZIP,
    "image/png": Kind.PNG,
    "image/jpeg": Kind.JPEG,
    "text/csv": Kind.CSV,
    "application/csv": Kind.CSV,
    "text/plain": Kind.TEXT,
}
# What some systems send for a table: they know the program that opens it better than the kind.
_ALSO_SENT_AS = {Kind.CSV: frozenset(("text/plain", "application/vnd.ms-excel"))}

_BEGINNINGS = (
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document of before 2007, or one with a password"),
    (b"{\\rtf", "a Rich Text document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"#!", "a script"),
)
_PROGRAM = b"MZ"
_PAGE_WORDS = (b"<!doctype html", b"<html", b"<script", b"<svg")
_EXPECTED = {
    Kind.PNG: "a PNG picture",
    Kind.JPEG: "a JPEG picture",
    Kind.PDF: "a PDF",
    **dict.fromkeys(PACKED, "a ZIP archive or an Office document"),
}


def announced_kind(file_name: str, media_type: str) -> Kind:
    """Say what kind a file is announced as.

    Args:
        file_name: With its extension.
        media_type: As declared, without parameters; ``application/octet-stream`` declares nothing.

    Raises:
        Malformed: Code ``document_type_differs``: name and media type are of different kinds; code
            ``document_not_inert``: a kind that carries macros or is run.
    """
    extension, declared = file_name.rpartition(".")[2].lower(), media_type.lower()
    if extension in _MACRO_EXTENSIONS:
        raise not_inert(f"A file named .{extension} can carry macros. Save it without macros, as .{extension[:3]}x.")
    if extension in _OLD_EXTENSIONS:
        raise not_inert(f"A file named .{extension} can carry macros. Save it as .{extension[:3]}x, or as a PDF.")
    if extension in _RUNNING_EXTENSIONS:
        raise not_inert(f"A file named .{extension} is one that a computer runs. Send figures or a text instead.")
    named, sent_as = _EXTENSIONS.get(extension, Kind.OTHER), _MEDIA_TYPES.get(declared, Kind.OTHER)
    if declared == _UNDECLARED or declared in _ALSO_SENT_AS.get(named, ()) or named is sent_as:
        return named
    raise _differs(
        f"The file is named .{extension}, as {_a(named)} is, and was sent as {declared}. "
        "Give the name and the media type of what it is."
    )


def check_beginning(kind: Kind, head: bytes) -> None:
    """Stop when a file's first bytes are not those of its kind.

    Args:
        kind: What it is announced as.
        head: Its first bytes, at least ``HEAD_BYTES`` of them or all there are.

    Raises:
        Malformed: Code ``document_type_differs``, with what it looks like.
    """
    found, expected = _looks_like(head), _EXPECTED.get(kind)
    if found == expected or (kind is Kind.ZIP and found == "an empty ZIP archive"):
        return
    if kind is Kind.PDF and not found:
        raise Malformed(
            "The PDF cannot be accepted: it is broken; save it again and try once more.", code=Code.DOCUMENT_UNREADABLE
        )
    looks = f"looks like {found}" if found else "does not look like one"
    raise _differs(f"The file was announced as {_a(kind)} and {looks}. Send it under its true name and media type.")


@dataclass
class Passing:
    """Text as it passes: no NUL, and UTF-8 or Windows-1252 to its end."""

    kind: Kind

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._utf_8 = self._western = True

    def look(self, piece: bytes, *, last: bool = False) -> None:
        """Look at the next piece; ``last`` with an empty one at the end.

        Raises:
            Malformed: Code ``document_type_differs``: it is no text.
        """
        try:
            if self._utf_8:
                self._decoder.decode(piece, last)
        except UnicodeDecodeError:
            self._utf_8 = False
        self._western = self._western and not any(byte in piece for byte in b"\x81\x8d\x8f\x90\x9d")
        if b"\0" in piece or not (self._utf_8 or self._western):
            raise _differs(f"The file was announced as {_a(self.kind)} and is not written in UTF-8. Save it as UTF-8.")


def not_inert(detail: str) -> Malformed:
    """Make the error for a file that acts, hides or fetches something."""
    return Malformed(detail, code=Code.DOCUMENT_NOT_INERT)


def _differs(detail: str) -> Malformed:
    return Malformed(detail, code=Code.DOCUMENT_TYPE_DIFFERS)


def _looks_like(head: bytes) -> str | None:
    for beginning, words in _BEGINNINGS:
        if head.startswith(beginning):
            return words
    if b"%PDF-" in head[:HEAD_BYTES]:
        return "a PDF"
    if head.startswith(_PROGRAM) and b"This program" in head[:HEAD_BYTES]:
        return "a program"
    lowered = head[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "a web page" if lowered.startswith(_PAGE_WORDS) else None


def _a(kind: Kind) -> str:
    article = "" if kind is Kind.TEXT else "an " if kind.value[0] in "EO" else "a "
    return article + kind.value
