"""Copies as Word, Excel and PowerPoint files: the mark put into them and nothing else changed, under Office's own lock.

All in memory; no plaintext touches the disk.
"""

from __future__ import annotations

from app.rules.errors import Code, Malformed
from app.vault.copies.agile import agile_encrypted
from app.vault.copies.docx import mark_docx
from app.vault.copies.marks import SPECIMEN, Mark
from app.vault.copies.opc import Office, demand_inert
from app.vault.copies.packages import Package, UnfitPackage, said_of
from app.vault.copies.pptx import mark_pptx
from app.vault.copies.xlsx import mark_xlsx
from app.vault.copies.xmlparts import UnfitXml

_KINDS = {"docx": ("Word document", mark_docx), "xlsx": ("workbook", mark_xlsx), "pptx": ("presentation", mark_pptx)}
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")


def check_office(data: bytes, made_as: str) -> None:
    """Check at upload that a document is whole and inert and can be marked; a copy is made once to be sure.

    Args:
        data: The whole file.
        made_as: ``docx``, ``xlsx`` or ``pptx``.

    Raises:
        Malformed: Says what is wrong (code ``document_unreadable``): broken, encrypted already, something else than its
            name says, holds macros, or is signed.
    """
    marked(data, made_as, SPECIMEN)


def marked_office(data: bytes, made_as: str, mark: Mark, passphrase: str) -> bytes:
    """Make a copy in the document's own format.

    Args:
        data: The whole file, accepted by ``check_office``.
        made_as: ``docx``, ``xlsx`` or ``pptx``.
        mark: What to put into it.
        passphrase: At most 255 characters.

    Returns:
        The marked document, encrypted as Office encrypts.

    Raises:
        Malformed: The file cannot be read (code ``document_unreadable``).
    """
    return agile_encrypted(marked(data, made_as, mark), passphrase)


def marked(data: bytes, made_as: str, mark: Mark) -> bytes:
    """Put the mark into a document, without encrypting it. Every part that need not change stays as it is.

    Args:
        data: The whole file.
        made_as: ``docx``, ``xlsx`` or ``pptx``.
        mark: What to put into it.

    Raises:
        Malformed: The file cannot be read (code ``document_unreadable``).
    """
    what, put_mark = _KINDS[made_as]
    try:
        if data.startswith(_COMPOUND_FILE):
            raise UnfitPackage("it is encrypted already, or in the format of Office before 2007")
        with Package(data) as package:
            office = Office(package, made_as)
            demand_inert(office)
            put_mark(office, mark)
            return office.written()
    except (UnfitPackage, UnfitXml) as error:
        raise Malformed(f"The {what} cannot be accepted: {said_of(error)}.", code=Code.DOCUMENT_UNREADABLE) from error
