"""Copies that are made whole, in memory: functions of bytes, that the workshop's processes run under limits."""

from __future__ import annotations

from app.vault.copies import OPEN_DOCUMENTS, Inside
from app.vault.copies.marks import Mark
from app.vault.copies.odf import check_open_document, marked_open_document
from app.vault.copies.office import check_office, marked, marked_office
from app.vault.copies.pdf import check_pdf, marked_pdf


def check_whole(data: bytes, made_as: Inside, page_limit: int) -> None:
    """Check at upload that a document is what it claims to be, and that it can be marked.

    Args:
        data: The whole file.
        made_as: In which format.
        page_limit: The most pages of a PDF.

    Raises:
        Malformed: Says what is wrong (code ``document_unreadable``).
    """
    if made_as is Inside.PDF:
        check_pdf(data, page_limit)
    elif made_as in OPEN_DOCUMENTS:
        check_open_document(data, made_as.value)
    else:
        check_office(data, made_as.value)


def whole_copy(data: bytes, made_as: Inside, mark: Mark, passphrase: str | None) -> bytes:
    """Make a copy: marked, and encrypted under the passphrase if there is one.

    Args:
        data: The whole file, accepted by ``check_whole``.
        made_as: In which format.
        mark: What to put into it.
        passphrase: ASCII, from ``new_passphrase``; None for a copy that is locked afterwards, as every OpenDocument is.

    Raises:
        Malformed: The file cannot be read (code ``document_unreadable``).
    """
    if made_as is Inside.PDF:
        return marked_pdf(data, mark, passphrase)
    if made_as in OPEN_DOCUMENTS:
        return marked_open_document(data, made_as.value, mark)
    if passphrase is None:
        return marked(data, made_as.value, mark)
    return marked_office(data, made_as.value, mark, passphrase)
