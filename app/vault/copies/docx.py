"""The mark in a Word document: in the header and the footer of every section, first and even pages too.

Source:
    ECMA-376 Part 1
"""

from __future__ import annotations

from app.vault.copies.marks import Mark
from app.vault.copies.opc import Flavour, Office, free_name, put_properties, relate, relations
from app.vault.copies.packages import UnfitPackage
from app.vault.copies.xmlparts import Tag, put_first, put_last, spliced, tags, xml_text

_KINDS = ("default", "first", "even")
_PLACES = {"header": ("hdr", "header"), "footer": ("ftr", "footer")}
_DECLARED = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}+xml"
_XML_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'


def mark_docx(office: Office, mark: Mark) -> None:
    """Mark a Word document.

    Headers and footers that are there get the mark beside what they say. The first section gets new ones of each kind
    it has none of, and later sections take them over from it, as they would have taken over nothing.

    Args:
        office: The document.
        mark: What to put there.

    Raises:
        UnfitPackage, UnfitXml: It cannot be marked.
    """
    main = office.main()
    data = office.read(main)
    found = tags(data, depth=1, wanted={"sectPr", "headerReference", "footerReference"})
    flavour = office.flavour(found[0])
    space = flavour.main["docx"]
    targets = {relation.relation_id: relation.target for relation in relations(office, main)}
    section = _first_section(found, space)
    lines = {"header": mark.top(), "footer": mark.bottom()}
    added = b""
    for place, (root_name, _) in _PLACES.items():
        paragraphs = _paragraphs(lines[place], space)
        references = [tag for tag in found if tag.name == f"{space} {place}Reference"]
        relation_ids = {tag.attributes.get(f"{flavour.relation} id", "") for tag in references}
        for target in sorted({targets[held] for held in relation_ids if held in targets}):
            _extend(office, target, paragraphs, first=place == "header")
        held = {
            tag.attributes.get(f"{space} type", "default")
            for tag in references
            if section is not None and section.start <= tag.start < section.after
        }
        if set(_KINDS) - held:
            relation_id = _new(office, main, flavour, place, root_name, paragraphs)
            added += b"".join(
                b'<m:%bReference xmlns:m="%b" xmlns:mr="%b" m:type="%b" mr:id="%b"/>'
                % (place.encode(), space.encode(), flavour.relation.encode(), kind.encode(), relation_id.encode())
                for kind in _KINDS
                if kind not in held
            )
    if section is not None:
        change = put_first(data, section, added)
    else:
        change = put_last(data, _body(found, space), b'<m:sectPr xmlns:m="%b">%b</m:sectPr>' % (space.encode(), added))
    office.put(main, spliced(data, [change]))
    put_properties(office, flavour, mark)


def _first_section(found: list[Tag], space: str) -> Tag | None:
    """Give the first section's properties; what they were before a tracked change does not count."""
    sections = (tag for tag in found if tag.name == f"{space} sectPr" and f"{space} sectPrChange" not in tag.path)
    return next(sections, None)


def _body(found: list[Tag], space: str) -> Tag:
    for tag in found:
        if tag.name == f"{space} body" and tag.depth == 1:
            return tag
    raise UnfitPackage("it has no text; save it again and try once more")


def _extend(office: Office, part: str, paragraphs: bytes, *, first: bool) -> None:
    data = office.read(part)
    root = tags(data, depth=0)[0]
    office.put(part, spliced(data, [(put_first if first else put_last)(data, root, paragraphs)]))


def _new(office: Office, main: str, flavour: Flavour, place: str, root: str, paragraphs: bytes) -> str:
    name = free_name(office, f"word/pra_{place}{{}}.xml")
    space = flavour.main["docx"].encode()
    content = b'%b<m:%b xmlns:m="%b">%b</m:%b>' % (_XML_HEAD, root.encode(), space, paragraphs, root.encode())
    office.put(name, content, _DECLARED.format(place))
    return relate(office, main, f"{flavour.relation}/{place}", name)


def _paragraphs(lines: tuple[str, ...], space: str) -> bytes:
    """Write lines small, red, bold and centred, whatever the document's own styles are."""
    return b"".join(
        b'<m:p xmlns:m="%b"><m:pPr><m:spacing m:before="0" m:after="0" m:line="240" m:lineRule="auto"/>'
        b'<m:ind m:left="0" m:right="0" m:firstLine="0"/><m:jc m:val="center"/></m:pPr><m:r><m:rPr>'
        b'<m:rFonts m:ascii="Arial" m:hAnsi="Arial" m:cs="Arial"/><m:b/><m:color m:val="B30000"/><m:sz m:val="16"/>'
        b'</m:rPr><m:t xml:space="preserve">%b</m:t></m:r></m:p>' % (space.encode(), xml_text(line))
        for line in lines
    )
