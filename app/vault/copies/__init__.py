"""What a recipient gets: a marked copy, encrypted for them, with the passphrase apart."""

from __future__ import annotations

from enum import StrEnum

from app.rules.errors import Code, Malformed
from app.rules.marking import PLAIN
from app.vault.copies.marks import README_NAMES


class CopyFormat(StrEnum):
    """How a copy is made, and what it is locked with."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ZIP = "zip"
    AGE = "age"


class Inside(StrEnum):
    """The formats in which a document itself carries the mark."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"


MEDIA_TYPES = {
    CopyFormat.PDF: "application/pdf",
    CopyFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    CopyFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CopyFormat.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    CopyFormat.ZIP: "application/zip",
    CopyFormat.AGE: "application/octet-stream",
}
"""What a copy is served as."""

OPEN_DOCUMENTS = frozenset((Inside.ODT, Inside.ODS, Inside.ODP))
"""Those that go into a ZIP to be locked, since few programs open them under their own lock."""

_NAME_LIMIT_BYTES = 200


def marked_inside(media_type: str, file_name: str) -> Inside | None:
    """Say in which format a document carries the mark itself; None where the notice beside it carries it.

    Args:
        media_type: As declared at upload, with or without parameters.
        file_name: As uploaded.

    Returns:
        ``PDF`` when either of the two says so; an Office or OpenDocument format when the name ends so, since programs
        that open such files go by the name too. What claims to be one of them is checked to be one at upload. Templates
        are not marked inside; macro-enabled, binary and older Office files are not taken.
    """
    essence = media_type.partition(";")[0].strip().lower()
    extension = file_name.lower().rpartition(".")[2]
    if essence == "application/pdf" or file_name.lower().endswith(".pdf"):
        return Inside.PDF
    return next((made_as for made_as in Inside if extension == made_as.value != file_name.lower()), None)


def copy_format(media_type: str, file_name: str) -> CopyFormat:
    """Say how a copy of a document is made: what can be locked in its own format is, everything else in a ZIP.

    Args:
        media_type: As declared at upload, with or without parameters.
        file_name: As uploaded.
    """
    inside = marked_inside(media_type, file_name)
    return CopyFormat.ZIP if inside is None or inside in OPEN_DOCUMENTS else CopyFormat(inside.value)


def copy_name(file_name: str, made_as: CopyFormat, *, label: str = PLAIN, number: str = "") -> str:
    """Name a copy so that its file name alone says that it is restricted.

    Args:
        file_name: The document's own, already checked by ``check_file_name``.
        made_as: From ``copy_format``.
        label: How the statistics are marked.
        number: Of the opening.

    Returns:
        Label, number and name, with ``.zip`` behind it for a ZIP, and ``.pdf`` for a PDF that was named otherwise.
    """
    suffix = f".{made_as.value}"
    named = made_as not in (CopyFormat.ZIP, CopyFormat.AGE) and file_name.lower().endswith(suffix)
    marked = " ".join(part for part in (label, number, file_name) if part)
    return f"{marked}{'' if named else suffix}"


def check_file_name(file_name: str) -> None:
    """Refuse a file name that would not be a plain name on a recipient's machine.

    Args:
        file_name: As uploaded, without a folder.

    Raises:
        Malformed: empty, over 200 bytes of UTF-8, a dot at either end, a blank at either end, or a character that
            names a folder, is reserved on Windows, or is invisible; or a name that Windows or our own notice has taken
            (code ``file_name_not_valid``).
    """
    try:
        size_bytes = len(file_name.encode("utf-8"))
    except UnicodeEncodeError:
        raise _not_a_name("it holds half a character") from None
    if not 1 <= size_bytes <= _NAME_LIMIT_BYTES:
        raise _not_a_name(f"it must have 1 to {_NAME_LIMIT_BYTES} bytes")
    if file_name != file_name.strip(" ."):
        raise _not_a_name("it begins or ends with a dot or a blank")
    if any(letter in '\\/:*?"<>|' for letter in file_name):
        raise _not_a_name("it holds a character that file names cannot have")
    if not file_name.isprintable():  # control, format (bidirectional overrides among them) and unassigned characters
        raise _not_a_name("it holds an invisible character")
    if file_name.partition(".")[0].upper() in _RESERVED:
        raise _not_a_name("Windows reserves that name")
    if file_name.casefold() in README_NAMES:
        raise _not_a_name("the notice beside a ZIP copy has that name")


_RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)}


def _not_a_name(why: str) -> Malformed:
    return Malformed(f"The file name cannot be used: {why}.", code=Code.FILE_NAME_NOT_VALID)
