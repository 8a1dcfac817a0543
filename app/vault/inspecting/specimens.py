"""The smallest document of each packed kind, for trying out that a child process can look through one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial
from io import BytesIO

from app.vault.inspecting.kinds import OPEN_DOCUMENT, Kind

_MAIN = {
    Kind.DOCX: ("wordprocessingml.document", "word/document.xml", "document", "wordprocessingml"),
    Kind.XLSX: ("spreadsheetml.sheet", "xl/workbook.xml", "workbook", "spreadsheetml"),
    Kind.PPTX: ("presentationml.presentation", "ppt/presentation.xml", "presentation", "presentationml"),
}
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org"


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ONE_SLIDE: dict[str, str | bytes] = {
    "content.xml": (
        f'<o:document-content xmlns:o="{_ODF}:office:1.0" xmlns:d="{_ODF}:drawing:1.0"><o:body><o:presentation>'
        '<d:page d:master-page-name="Default"/></o:presentation></o:body></o:document-content>'
    ),
    "styles.xml": (
        f'<o:document-styles xmlns:o="{_ODF}:office:1.0" xmlns:s="{_ODF}:style:1.0" '
        f'xmlns:f="{_ODF}:xsl-fo-compatible:1.0"><o:automatic-styles><s:page-layout s:name="P">'
        '<s:page-layout-properties f:page-width="28cm" f:page-height="15.75cm"/></s:page-layout></o:automatic-styles>'
        '<o:master-styles><s:master-page s:name="Default" s:page-layout-name="P"/></o:master-styles>'
        "</o:document-styles>"
    ),
}


def open_xml_types(kind: Kind) -> str:
    """Give the list of types that stands in a Word, Excel or PowerPoint document of this kind."""
    said, part, *_ = _MAIN[kind]
    main = f"application/vnd.openxmlformats-officedocument.{said}.main+xml"
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{main}"/></Types>'
    )


def packed(parts: dict[str, str | bytes]) -> bytes:
    """Give an archive of these parts, name by name, compressed but for an OpenDocument's ``mimetype``."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=how)
    return out.getvalue()


def open_xml(kind: Kind, parts: dict[str, str | bytes] | None = None) -> bytes:
    """Give a document of Word, Excel or PowerPoint with these parts beside what each must have."""
    _, part, root, space = _MAIN[kind]
    main = f'<m:{root} xmlns:m="{_OFFICE}/{space}/2006/main"><m:body/></m:{root}>'
    relation = (
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="{part}"/>'
    )
    return packed(
        {
            "[Content_Types].xml": open_xml_types(kind),
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>',
            part: main,
            **(parts or {}),
        }
    )


def open_document(kind: Kind, parts: dict[str, str | bytes] | None = None) -> bytes:
    """Give an OpenDocument with these parts beside what each must have."""
    bare = _ONE_SLIDE if kind is Kind.ODP else {"content.xml": "<content/>"}
    return packed({"mimetype": OPEN_DOCUMENT[kind], **bare, **(parts or {})})


SPECIMENS: dict[Kind, Callable[[], bytes]] = {
    **{kind: partial(open_xml, kind) for kind in _MAIN},
    **{kind: partial(open_document, kind) for kind in OPEN_DOCUMENT},
    Kind.ZIP: partial(packed, {"figures.csv": "a,b\n"}),
}
"""One for each kind that is packed."""
