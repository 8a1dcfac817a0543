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
    return packed({"mimetype": OPEN_DOCUMENT[kind], "content.xml": "<content/>", **(parts or {})})


SPECIMENS: dict[Kind, Callable[[], bytes]] = {
    **{kind: partial(open_xml, kind) for kind in _MAIN},
    **{kind: partial(open_document, kind) for kind in OPEN_DOCUMENT},
    Kind.ZIP: partial(packed, {"figures.csv": "a,b\n"}),
}
"""One for each kind that is packed."""
