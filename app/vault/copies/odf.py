"""Copies of OpenDocument files: the mark put into them, and nothing else changed.

The format's own encryption is left alone: only LibreOffice reads all of it. The marked file goes into an encrypted ZIP.

Source:
    ODF 1.3 Part 2; ODF 1.3 Part 3
"""

from __future__ import annotations

from app.rules.errors import Code, Malformed
from app.vault.copies.marks import SPECIMEN, Mark
from app.vault.copies.odfpackage import META, OFFICE, XML_HEAD, OpenDocument
from app.vault.copies.odfpages import mark_pages
from app.vault.copies.odfslides import mark_slides
from app.vault.copies.packages import Package, UnfitPackage, said_of
from app.vault.copies.xmlparts import UnfitXml, put_last, spliced, tags, xml_text, xml_value

_MIMETYPE = "application/vnd.oasis.opendocument"
_KINDS = {
    "odt": ("OpenDocument text", f"{_MIMETYPE}.text", mark_pages),
    "ods": ("OpenDocument spreadsheet", f"{_MIMETYPE}.spreadsheet", mark_pages),
    "odp": ("OpenDocument presentation", f"{_MIMETYPE}.presentation", mark_slides),
}
_SIGNATURES = ("META-INF/documentsignatures.xml", "META-INF/macrosignatures.xml", "META-INF/packagesignatures.xml")


def check_open_document(data: bytes, made_as: str) -> None:
    """Check at upload that a document can be marked; a copy is made once to be sure.

    Args:
        data: The whole file.
        made_as: ``odt``, ``ods`` or ``odp``.

    Raises:
        Malformed: Says what is wrong (code ``document_unreadable``): broken, encrypted already, something else than its
            name says, or signed.
    """
    marked_open_document(data, made_as, SPECIMEN)


def marked_open_document(data: bytes, made_as: str, mark: Mark) -> bytes:
    """Put the mark into a document, without encrypting it. Every part that need not change stays as it is.

    Args:
        data: The whole file.
        made_as: ``odt``, ``ods`` or ``odp``.
        mark: What to put into it.

    Returns:
        The document; the same bytes each time for the same mark.

    Raises:
        Malformed: The file cannot be read or marked (code ``document_unreadable``).
    """
    what, mimetype, put_mark = _KINDS[made_as]
    try:
        with Package(data) as package:
            document = OpenDocument(package, made_as)
            _demand_markable(document, mimetype)
            put_mark(document, mark)
            _put_properties(document, mark)
            return document.written()
    except (UnfitPackage, UnfitXml) as error:
        raise Malformed(f"The {what} cannot be accepted: {said_of(error)}.", code=Code.DOCUMENT_UNREADABLE) from error


def _demand_markable(document: OpenDocument, mimetype: str) -> None:
    package = document.package
    if package.names()[:1] != ["mimetype"] or package.read("mimetype").strip() != mimetype.encode("ascii"):
        raise UnfitPackage(f"it is not what .{document.made_as} says it is")
    if any(package.name(name) for name in _SIGNATURES):
        raise UnfitPackage("it is digitally signed, and the mark would break the signature; upload it unsigned")
    if document.has("META-INF/manifest.xml") and any(
        tag.local == "encryption-data"
        for tag in tags(document.read("META-INF/manifest.xml"), wanted={"encryption-data"})
    ):
        raise UnfitPackage("it is encrypted already; upload it without a password")


def _put_properties(document: OpenDocument, mark: Mark) -> None:
    """Put the mark into the document's own properties (File, Properties, Custom Properties), beside those it has."""
    said = mark.properties()
    empty = b'<o:document-meta xmlns:o="%b" o:version="1.3"><o:meta/></o:document-meta>' % OFFICE
    data = document.read("meta.xml") if document.has("meta.xml") else XML_HEAD + empty
    found = tags(data, depth=2)
    held = next((tag for tag in found if tag.name == f"{OFFICE.decode()} meta" and tag.depth == 1), None)
    if held is None:
        raise UnfitPackage("what describes it is damaged; save it again and try once more")
    mine = {name.casefold() for name in said}
    changes = [
        (tag.start, tag.after, b"")
        for tag in found
        if tag.depth == 2 and tag.attributes.get(f"{META.decode()} name", "").casefold() in mine
    ]
    added = b"".join(
        b'<mp:user-defined xmlns:mp="%b" mp:name=%b mp:value-type="string">%b</mp:user-defined>'
        % (META, xml_value(name), xml_text(text))
        for name, text in said.items()
    )
    document.put("meta.xml", spliced(data, [*changes, put_last(data, held, added)]))
