"""Copies that are made whole, in memory: functions of bytes, that the workshop's processes run under limits."""

from __future__ import annotations

from app.vault.copies import CopyFormat
from app.vault.copies.marks import Mark
from app.vault.copies.office import check_office, marked_office
from app.vault.copies.pdf import check_pdf, marked_pdf


def check_whole(data: bytes, made_as: CopyFormat, page_limit: int) -> None:
    """Check at upload that a document is what it claims to be, and that it can be marked.

    Args:
        data: The whole file.
        made_as: One of ``WHOLE``.
        page_limit: The most pages of a PDF.

    Raises:
        Malformed: Says what is wrong (code ``document_unreadable``).
    """
    if made_as is CopyFormat.PDF:
        check_pdf(data, page_limit)
    else:
        check_office(data, made_as.value)


def whole_copy(data: bytes, made_as: CopyFormat, mark: Mark, passphrase: str) -> bytes:
    """Make a copy: marked, and encrypted under the passphrase.

    Args:
        data: The whole file, accepted by ``check_whole``.
        made_as: One of ``WHOLE``.
        mark: What to put into it.
        passphrase: ASCII, from ``new_passphrase``.

    Raises:
        Malformed: The file cannot be read (code ``document_unreadable``).
    """
    if made_as is CopyFormat.PDF:
        return marked_pdf(data, mark, passphrase)
    return marked_office(data, made_as.value, mark, passphrase)
