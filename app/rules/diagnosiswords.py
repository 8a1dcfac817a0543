"""What is said of a copy that does not open: a closed list of findings, and the programs for each kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingCode(StrEnum):
    """Everything that can be found."""

    # about the passphrase
    PASSPHRASE_RIGHT = "passphrase_right"
    PASSPHRASE_SLIPS = "passphrase_slips"
    PASSPHRASE_IS_NUMBER = "passphrase_is_number"
    PASSPHRASE_SHORT = "passphrase_short"
    PASSPHRASE_LONG = "passphrase_long"
    PASSPHRASE_DIFFERS = "passphrase_differs"
    PASSPHRASE_NOT_REVEALED = "passphrase_not_revealed"
    PASSPHRASE_FORGOTTEN = "passphrase_forgotten"
    # about the file
    FILE_COMPLETE = "file_complete"
    FILE_LENGTH_RIGHT = "file_length_right"
    FILE_CUT = "file_cut"
    FILE_LONGER = "file_longer"
    FILE_DIFFERS = "file_differs"
    FILE_NOT_FETCHED = "file_not_fetched"
    FILE_NOT_COMPARABLE = "file_not_comparable"
    # about either
    NOT_COMPARED = "not_compared"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a finding: what is so, and what puts it right."""

    detail: str
    remedy: str


_C = FindingCode
FINDINGS: dict[FindingCode, Said] = {
    _C.PASSPHRASE_RIGHT: Said(
        "What you typed is the passphrase of this copy, letter by letter.",
        "If the program still refuses it, look at the number in the file's name: it must be {number}. If it is, the "
        "program cannot open such a file. {opens}",
    ),
    _C.PASSPHRASE_SLIPS: Said(
        "What you typed is the passphrase of this copy but for this: {slips}.",
        "Put that right, and nothing else. If you do not see what you type, type it into an empty note and copy it.",
    ),
    _C.PASSPHRASE_IS_NUMBER: Said(
        "What you typed is the number of the opening, which stands on the copy and in its name.",
        "Type the passphrase instead, the words that were shown once.",
    ),
    _C.PASSPHRASE_SHORT: Said(
        "What you typed is too short: it has {typed} letters, and the passphrase of every copy has {wanted}.",
        "Type every word. Some old programs cut a passphrase at 32 characters without saying so: use another. {opens}",
    ),
    _C.PASSPHRASE_LONG: Said(
        "What you typed is too long: it has {typed} letters, and the passphrase of every copy has {wanted}.",
        "Type the words alone, once, joined by hyphens.",
    ),
    _C.PASSPHRASE_DIFFERS: Said(
        "What you typed is not the passphrase of this copy, and no common slip explains it.",
        "Each opening has a passphrase of its own: look whether the number in the file's name is {number}, and ask "
        "about the opening with that number. {lost}",
    ),
    _C.PASSPHRASE_NOT_REVEALED: Said(
        "The passphrase of this copy has not been shown yet, so what you typed cannot be it.",
        "Have it shown first; that is done once.",
    ),
    _C.PASSPHRASE_FORGOTTEN: Said(
        "The passphrase of this copy is kept no longer, so nothing can be compared with it.",
        "Ask the producer.",
    ),
    _C.FILE_COMPLETE: Said(
        "The file is the copy that was sent to you, byte by byte.",
        "If it does not open, it is the passphrase or the program. {opens}",
    ),
    _C.FILE_LENGTH_RIGHT: Said(
        "The file has all {of_bytes} bytes of the copy; its content was not compared.",
        "If it does not open, it is the passphrase or the program. {opens} To have the content compared, send its "
        "SHA-256; that is known of a copy that was sent in one piece.",
    ),
    _C.FILE_CUT: Said(
        "The file was cut: it has {size} of the copy's {of_bytes} bytes. No program opens that.", "{fetch}"
    ),
    _C.FILE_LONGER: Said(
        "The file is longer than the copy: it has {size} bytes, and the copy has {of_bytes}.",
        "Parts were joined that do not belong together, or it is another file. {whole}",
    ),
    _C.FILE_DIFFERS: Said(
        "The file is not the copy that was last sent to you with this opening: it was changed, or comes of another "
        "fetch or another opening.",
        "An earlier copy of this opening that came whole has the same passphrase. {whole}",
    ),
    _C.FILE_NOT_FETCHED: Said("No copy has been fetched with this opening yet.", "{whole}"),
    _C.FILE_NOT_COMPARABLE: Said(
        "What was last sent to you with this opening cannot be compared with the file: {lacking}.",
        "{whole}",
    ),
    _C.NOT_COMPARED: Said(
        "This was not compared, because your access is closed: see “window”.",
        "Do what each reason's “remedy” says. What you hold stays restricted.",
    ),
}
"""Each finding's words; what is in braces is put in by ``diagnosis.py``."""

OPENS_WITH: dict[str, str] = {
    "pdf": "A PDF opens with Microsoft Edge, Chrome or Adobe Acrobat Reader, not with old readers that do not know "
    "AES-256.",
    **dict.fromkeys(
        ("docx", "xlsx", "pptx"),
        "An Office file opens with Microsoft Office 2010 or later or LibreOffice, not with the preview in a mail "
        "program, a browser or a telephone.",
    ),
    "zip": "A ZIP opens with 7-Zip or WinZip, not with Windows Explorer by itself (“Extract all”), which does not know "
    "AES.",
}
"""Which programs open a copy, by its format."""
