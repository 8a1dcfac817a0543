"""Office documents: the kind they say they are inside, and nothing that runs, fetches or hides. In the child alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from app.rules.errors import Code, Malformed
from app.vault.inspecting.containers import Archive
from app.vault.inspecting.kinds import OPEN_DOCUMENT, Kind, not_inert

_TYPES_PART = "[Content_Types].xml"
_MAIN = {
    Kind.DOCX: "wordprocessingml.document.main+xml",
    Kind.XLSX: "spreadsheetml.sheet.main+xml",
    Kind.PPTX: "presentationml.presentation.main+xml",
}
_RUNS_XML = re.compile(
    r"(^|/)(vbaproject.*\.bin|vbadata\.xml|activex[^/]*|macrosheets|dialogsheets|oleobject[^/]*|attachedtoolbars\.bin)(/|$)"
)
_RUNS_DOCUMENT = re.compile(r"^(basic|scripts|dialogs)/|\.(xba|xlb|bas|py|js|jar|class|exe|dll)$")
_DEFINES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FIELD = re.compile(rb"\bDDE(?:AUTO)?\b")
_LINKED = re.compile(
    rb"<(?:[\w.-]+:)?(dde-source|dde-connection-decl|dde-link|table-source|section-source|event-listener|ddeLink|oleLink)"
    rb"[\s/>]"
)
_HIDES = b"application/vnd.sun.star.oleobject"
_XML_SUFFIXES = (".xml", ".rels", ".rdf", ".vml")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def inspect_open_xml(archive: Archive, kind: Kind) -> None:
    """Look through a Word, Excel or PowerPoint document.

    Links that a reader may follow are left; what is fetched or run when the document is opened is not.

    Raises:
        Malformed: Code ``document_type_differs``, ``document_not_inert``, ``document_unreadable``.
    """
    if _TYPES_PART not in archive.names():
        raise Malformed(
            f"The file cannot be accepted: it lacks the list of parts that a {kind.value} has; save it again as one.",
            code=Code.DOCUMENT_UNREADABLE,
        )
    for name in archive.names():
        if _RUNS_XML.search(name.lower()):
            raise not_inert(
                f"The {kind.value} holds macros or other parts that run ({_last(name)}). Save it without macros, as "
                f".{kind.name.lower()}."
            )
        if name.lower().startswith("xl/externallinks/"):
            raise not_inert("The Excel workbook takes figures from other files. Break the links (Data, Edit links).")
    for name, content in archive.contents():
        if not name.lower().endswith(_XML_SUFFIXES):
            continue
        _demand_plain_xml(content)
        if name == _TYPES_PART:
            _demand_main_part(content, kind)
        elif name.lower().endswith(".rels"):
            _demand_nothing_fetched(content, kind)
        elif name.lower().startswith("word/") and b"instr" in content and _FIELD.search(content):
            raise not_inert("The Word document holds a field that starts another program (DDE). Remove the field.")


def inspect_open_document(archive: Archive, kind: Kind) -> None:
    """Look through an OpenDocument text, spreadsheet or presentation.

    Raises:
        Malformed: Code ``document_type_differs``, ``document_not_inert``, ``document_unreadable``.
    """
    first = archive.entries[0].filename if archive.entries else ""
    for name in archive.names():
        if _RUNS_DOCUMENT.search(name.lower()):
            raise not_inert(f"The {kind.value} holds macros ({_last(name)}). Save it without them.")
    for name, content in archive.contents():
        if name == "mimetype" and (first != name or content.decode("latin-1").strip() != OPEN_DOCUMENT[kind]):
            raise _differs(kind)
        if not name.lower().endswith(_XML_SUFFIXES):
            continue
        _demand_plain_xml(content)
        if name.lower().startswith("meta-inf/") and _HIDES in content:
            raise not_inert(f"The {kind.value} holds another file inside it. Put a picture of it there instead.")
        if found := _LINKED.search(content):
            raise not_inert(
                f"The {kind.value} runs or fetches something when it is opened ({found[1].decode()}). Remove macros "
                "and break the links to other files."
            )
    if "mimetype" not in archive.names():
        raise _differs(kind)


def _demand_plain_xml(content: bytes) -> None:
    """Stop at document types and entities, which no Office program writes and which unpack without end."""
    if content.startswith(_UTF_16):
        content = content.replace(b"\0", b"")
    if _DEFINES.search(content):
        raise not_inert("The document defines words that unpack into others, as no Office program does. Save it anew.")


def _demand_main_part(content: bytes, kind: Kind) -> None:
    types = [part.get("ContentType", "") for part in _elements(content)]
    if any("macroenabled" in each.lower() for each in types):
        raise not_inert(f"The {kind.value} is one with macros. Save it without macros, as .{kind.name.lower()}.")
    if not any(each.endswith(_MAIN[kind]) for each in types):
        raise _differs(kind)


def _demand_nothing_fetched(content: bytes, kind: Kind) -> None:
    for link in _elements(content):
        outside = link.get("TargetMode", "").lower() == "external"
        of_kind = link.get("Type", "").rpartition("/")[2]
        if outside and of_kind != "hyperlink":
            raise not_inert(
                f"The {kind.value} fetches something from outside when it is opened ({of_kind[:40]}). Break the link, "
                "and put the thing itself into the document."
            )


def _elements(content: bytes) -> list[ElementTree.Element]:
    try:
        return list(ElementTree.fromstring(content))  # noqa: S314  # deliberate: document types are refused before this
    except ElementTree.ParseError:
        raise Malformed(
            "The file cannot be accepted: a part of it is damaged; save it again.", code=Code.DOCUMENT_UNREADABLE
        ) from None


def _differs(kind: Kind) -> Malformed:
    return Malformed(
        f"The file is named and sent as one of the kind “{kind.value}”, and inside it is none. Save it again as that, "
        "or give it its true name.",
        code=Code.DOCUMENT_TYPE_DIFFERS,
    )


def _last(name: str) -> str:
    return name.rpartition("/")[2][:60]
