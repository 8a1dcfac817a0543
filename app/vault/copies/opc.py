"""What all three Office formats share: how parts are declared and related, and a document's own properties.

Source:
    ECMA-376 Part 1; ECMA-376 Part 2
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from app.vault.copies.agile import SMALLEST_BYTES
from app.vault.copies.marks import Mark
from app.vault.copies.packages import Package, UnfitPackage
from app.vault.copies.xmlparts import Tag, put_last, spliced, tags, xml_text, xml_value

CONTENT_TYPES = "[Content_Types].xml"
_TYPES_SPACE = b"http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS_SPACE = b"http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT_ID = b"{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_ACTIVE = ("vbaproject", "macroenabled", "macrosheet", "activex", "vbadata", "vnd.ms-office.vba")
_XML_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'


@dataclass(frozen=True, slots=True)
class Flavour:
    """The namespaces of one of the two editions of OOXML.

    Attributes:
        relation: Begins the types of relationships.
        main: By format, of its main parts.
        custom_space: Of the part with custom properties.
        custom_relation: The type of the relationship to it.
        values: Of the values of properties.
        drawing: Of shapes.
    """

    relation: str
    main: dict[str, str]
    custom_space: str
    custom_relation: str
    values: str
    drawing: str


TRANSITIONAL = Flavour(
    relation="http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    main={
        "docx": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "xlsx": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "pptx": "http://schemas.openxmlformats.org/presentationml/2006/main",
    },
    custom_space="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    custom_relation="http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties",
    values="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
    drawing="http://schemas.openxmlformats.org/drawingml/2006/main",
)
STRICT = Flavour(
    relation="http://purl.oclc.org/ooxml/officeDocument/relationships",
    main={
        "docx": "http://purl.oclc.org/ooxml/wordprocessingml/main",
        "xlsx": "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "pptx": "http://purl.oclc.org/ooxml/presentationml/main",
    },
    custom_space="http://purl.oclc.org/ooxml/officeDocument/customProperties",
    custom_relation="http://purl.oclc.org/ooxml/officeDocument/relationships/customProperties",
    values="http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
    drawing="http://purl.oclc.org/ooxml/drawingml/main",
)


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship of a part, to another part of the package."""

    relation_id: str
    kind: str
    target: str


@dataclass(slots=True)
class Office:
    """An Office package that is being marked: what is in it, and what has been changed so far.

    Attributes:
        package: As it came.
        made_as: ``docx``, ``xlsx`` or ``pptx``.
        changed: Parts with their new content, by name as written.
        declared: New parts and what they are declared as.
        properties: The part that has the mark as properties, by its name as written, once it is there.
    """

    package: Package
    made_as: str
    changed: dict[str, bytes] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    properties: str = ""

    def read(self, name: str) -> bytes:
        """Give a part as it stands now."""
        written = self.package.name(name) or name
        return self.changed[written] if written in self.changed else self.package.read(name)

    def put(self, name: str, content: bytes, declared: str = "") -> None:
        """Change a part, or add one, which is then declared."""
        self.changed[self.package.name(name) or name] = content
        if declared:
            self.declared[f"/{name}"] = declared

    def main(self) -> str:
        """Give the name of the main part.

        Raises:
            UnfitPackage: There is none.
        """
        for found in relations(self, ""):
            if found.kind.endswith("/officeDocument") and self.package.name(found.target):
                return found.target
        raise UnfitPackage("it is no Office document; save it again and try once more")

    def flavour(self, root: Tag) -> Flavour:
        """Say which edition a main part is written in.

        Raises:
            UnfitPackage: Neither, or another format than the file's name says.
        """
        for flavour in (TRANSITIONAL, STRICT):
            if root.space == flavour.main[self.made_as]:
                return flavour
        raise UnfitPackage(f"it is not what .{self.made_as} says it is")

    def written(self) -> bytes:
        """Declare what was added, and give the package; a tiny one is filled up to what can be encrypted."""
        if self.declared:
            data = self.read(CONTENT_TYPES)
            root = tags(data, depth=0)[0]
            overrides = b"".join(
                b"<Override xmlns=%b PartName=%b ContentType=%b/>"
                % (b'"%b"' % _TYPES_SPACE, xml_value(n), xml_value(t))
                for n, t in self.declared.items()
            )
            self.changed[self.package.name(CONTENT_TYPES) or CONTENT_TYPES] = spliced(
                data, [put_last(data, root, overrides)]
            )
        whole = self.package.written(self.changed)
        if len(whole) < SMALLEST_BYTES and self.properties:
            self.changed[self.properties] += b" " * SMALLEST_BYTES
            whole = self.package.written(self.changed, stored=self.properties)
        return whole


def demand_inert(office: Office) -> None:
    """Refuse macros and signatures by how parts are declared.

    Raises:
        UnfitPackage: It holds either.
    """
    for tag in tags(office.read(CONTENT_TYPES), depth=1)[1:]:
        said = tag.attributes.get("ContentType", "").lower()
        if any(word in said for word in _ACTIVE):
            raise UnfitPackage("it holds macros or other active parts, which a document for release must not")
        if "digital-signature" in said:
            raise UnfitPackage("it is digitally signed, and the mark would break the signature; upload it unsigned")


def relations(office: Office, part: str) -> list[Relation]:
    """Give the relationships of a part to other parts; of the package itself where ``part`` is empty."""
    name = _relations_part(part)
    if office.package.name(name) is None:
        return []
    found = []
    for tag in tags(office.read(name), depth=1)[1:]:
        attributes = tag.attributes
        if attributes.get("TargetMode", "Internal") != "External":
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), attributes.get("Target", "")))
            found.append(Relation(attributes.get("Id", ""), attributes.get("Type", ""), target.lstrip("/")))
    return found


def relate(office: Office, part: str, kind: str, target: str) -> str:
    """Add a relationship from a part, or from the package where it is empty.

    Args:
        office: What is marked.
        part: From where.
        kind: Its type.
        target: The name of the part it leads to.

    Returns:
        Its id, new in that part.
    """
    name = _relations_part(part)
    known = office.package.name(name) is not None or name in office.changed
    data = office.read(name) if known else _XML_HEAD + b'<Relationships xmlns="%b"/>' % _RELATIONS_SPACE
    root, *others = tags(data, depth=1)
    taken = {tag.attributes.get("Id", "") for tag in others}
    relation_id = next(made for number in range(1, len(taken) + 2) if (made := f"rIdMark{number}") not in taken)
    relation = b"<Relationship xmlns=%b Id=%b Type=%b Target=%b/>" % (
        b'"%b"' % _RELATIONS_SPACE,
        xml_value(relation_id),
        xml_value(kind),
        xml_value(f"/{target}"),
    )
    office.put(name, spliced(data, [put_last(data, root, relation)]))
    if not known:
        office.declared[f"/{name}"] = _RELATIONS_TYPE
    return relation_id


def free_name(office: Office, pattern: str) -> str:
    """Name a new part.

    Args:
        office: What is marked.
        pattern: With ``{}`` for a number.
    """
    number = 1
    while office.package.name(pattern.format(number)) or pattern.format(number) in office.changed:
        number += 1
    return pattern.format(number)


def put_properties(office: Office, flavour: Flavour, mark: Mark) -> None:
    """Put the mark into the document's own properties (File, Info, Properties, Advanced), beside those it has.

    Args:
        office: What is marked.
        flavour: Its edition.
        mark: What to put there.
    """
    said = mark.properties()
    held = next((found.target for found in relations(office, "") if found.kind == flavour.custom_relation), None)
    if held is None:
        held = free_name(office, "docProps/custom{}.xml") if office.package.name("docProps/custom.xml") else ""
        held = held or "docProps/custom.xml"
        data = _XML_HEAD + b'<Properties xmlns="%b"/>' % flavour.custom_space.encode("ascii")
        relate(office, "", flavour.custom_relation, held)
        declared = _CUSTOM_TYPE
    else:
        data, declared = office.read(held), ""
    root, *others = tags(data, depth=1)
    mine = {name.casefold() for name in said}
    changes = [(tag.start, tag.after, b"") for tag in others if tag.attributes.get("name", "").casefold() in mine]
    numbers = [int(number) for tag in others if (number := tag.attributes.get("pid", "")).isdecimal()]
    first = max([1, *numbers]) + 1
    added = b"".join(
        b'<property xmlns="%b" fmtid="%b" pid="%d" name=%b><vt:lpwstr xmlns:vt="%b">%b</vt:lpwstr></property>'
        % (
            flavour.custom_space.encode("ascii"),
            _FORMAT_ID,
            number,
            xml_value(name),
            flavour.values.encode("ascii"),
            xml_text(text),
        )
        for number, (name, text) in enumerate(said.items(), start=first)
    )
    office.put(held, spliced(data, [*changes, put_last(data, root, added)]), declared)
    office.properties = office.package.name(held) or held


def _relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
