"""The mark in an OpenDocument text or spreadsheet: in the header and the footer of every page style.

Source:
    ODF 1.3 Part 3
"""

from __future__ import annotations

import re

from app.vault.copies.marks import Mark
from app.vault.copies.odfpackage import (
    FO,
    OFFICE,
    STYLE,
    SVG,
    TABLE,
    XML_HEAD,
    OpenDocument,
    automatic_styles,
    free_style,
    paragraph_style,
    paragraphs,
)
from app.vault.copies.xmlparts import Tag, put_first, put_last, refilled, spliced, tags, xml_value

_STYLES = "styles.xml"
_OWN = STYLE.decode()
_DEFAULT_PAGE = {"odt": "Standard", "ods": "Default"}
_PLACES = ("header", "footer")
_KINDS = ("", "-left", "-first")
_REGIONS = ("region-left", "region-center", "region-right")
_WANTED = frozenset(
    (
        *("style", "master-page", "page-layout", "page-layout-properties", "header-style", "footer-style"),
        *("header-footer-properties", *_REGIONS, *(place + kind for place in _PLACES for kind in _KINDS)),
    )
)
_HIDDEN = re.compile(rb"""\s[\w.-]+:display\s*=\s*(?:"false"|'false')""")
_HEIGHT = re.compile(rb"""\s[\w.-]+:height\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MASTER = re.compile(rb"""\s[\w.-]+:master-page-name\s*=\s*(?:"[^"]*"|'[^']*')""")
_SHEET_STYLE = re.compile(rb"""\s[\w.-]+:style-name\s*=\s*(?:"[^"]*"|'[^']*')""")
_SIZE = 8.0
_ROOM = b'<mh:header-footer-properties xmlns:mh="%b" xmlns:mg="%b" mg:min-height="1cm"/>' % (STYLE, FO)
_Change = tuple[int, int, bytes]


def mark_pages(document: OpenDocument, mark: Mark) -> None:
    """Mark every page style, and make the one that programs take of themselves where it is not there.

    Headers and footers that are there get the mark beside what they say. One that is switched off is switched on with
    the mark alone in it, so that nothing shows that did not.

    Args:
        document: What is marked.
        mark: What to put there.

    Raises:
        UnfitPackage, UnfitXml: It cannot be marked.
    """
    data = document.read(_STYLES) if document.has(_STYLES) else _no_styles()
    found = tags(data, depth=1, wanted=_WANTED)
    name = free_style(found, "PraMark")
    lines = {"header": paragraphs(mark.top(), name), "footer": paragraphs(mark.bottom(), name)}
    pages = [tag for tag in found if tag.name == f"{_OWN} master-page" and tag.depth == 2]
    styles = paragraph_style(name, _SIZE)
    changes = [change for page in pages for change in _of_page(data, page, found, lines)]
    names = {page.attributes.get(f"{_OWN} name", "") for page in pages}
    default = _DEFAULT_PAGE[document.made_as]
    if default not in names:
        layout = free_style(found, "PraPage")
        styles += _layout(layout)
        changes.append(_new_page(data, found, default, layout, lines))
    changes.append(automatic_styles(data, found, "master-styles", styles))
    changes += [change for tag in found if tag.name == f"{_OWN} page-layout" for change in _room(data, tag, found)]
    document.put(_STYLES, spliced(data, changes))
    if document.made_as == "ods":
        _lay_tables_on_pages(document, names | {default}, default)


def _no_styles() -> bytes:
    return XML_HEAD + b'<o:document-styles xmlns:o="%b" o:version="1.3"><o:master-styles/></o:document-styles>' % OFFICE


def _of_page(data: bytes, page: Tag, found: list[Tag], lines: dict[str, bytes]) -> list[_Change]:
    """Give the changes to one page style. A header comes first in it, a footer behind all headers."""
    inside = [tag for tag in found if page.start < tag.start < page.after and tag.space == _OWN]
    changes: list[_Change] = []
    missing = b""
    behind = page.inner
    for place in _PLACES:
        held = [tag for tag in inside if tag.depth == 3 and tag.local in {place + kind for kind in _KINDS}]
        for tag in held:
            changes += _into(data, tag, inside, lines[place], place)
        if any(tag.local == place for tag in held):
            behind = max(tag.after for tag in held)
            continue
        added = b'<ms:%b xmlns:ms="%b">%b</ms:%b>' % (place.encode(), STYLE, lines[place], place.encode())
        if page.after == page.inner:
            missing += added
        else:
            changes.append((behind, behind, added))
    if missing:
        changes.append(put_first(data, page, missing))
    return changes


def _into(data: bytes, part: Tag, inside: list[Tag], lines: bytes, place: str) -> list[_Change]:
    """Put the mark into one header or footer that is there."""
    start_tag = data[part.start : part.inner]
    hidden = _HIDDEN.search(start_tag)
    if hidden and part.local == place:
        shown = start_tag[: hidden.start()] + start_tag[hidden.end() :]
        opened = shown[:-2].rstrip() + b">" if part.after == part.inner else shown
        name = re.split(rb"[\s/>]", start_tag[1:], maxsplit=1)[0]
        return [(part.start, part.after, opened + lines + b"</" + name + b">")]
    if hidden:  # the other pages' own is switched off: they show the one for all pages
        return [refilled(data, part, lines)]
    regions = [tag for tag in inside if tag.path[-1] == part.name and part.start < tag.start < part.after]
    regions = [tag for tag in regions if tag.local in _REGIONS]
    if not regions:
        return [put_first(data, part, lines) if place == "header" else put_last(data, part, lines)]
    for region in regions:
        if region.local == "region-center":
            return [put_first(data, region, lines) if place == "header" else put_last(data, region, lines)]
    centre = b'<ms:region-center xmlns:ms="%b">%b</ms:region-center>' % (STYLE, lines)
    first = regions[0]
    at = first.after if first.local == "region-left" else first.start
    return [(at, at, centre)]


def _new_page(data: bytes, found: list[Tag], name: str, layout: str, lines: dict[str, bytes]) -> _Change:
    """Give the change that adds the page style which programs take where a document names none."""
    page = (
        b'<ms:master-page xmlns:ms="%b" ms:name=%b ms:page-layout-name=%b><ms:header>%b</ms:header>'
        b"<ms:footer>%b</ms:footer></ms:master-page>"
        % (STYLE, xml_value(name), xml_value(layout), lines["header"], lines["footer"])
    )
    for tag in found:
        if tag.depth == 1 and tag.name == f"{OFFICE.decode()} master-styles":
            return put_last(data, tag, page)
    root = found[0]
    return put_last(data, root, b'<mo:master-styles xmlns:mo="%b">%b</mo:master-styles>' % (OFFICE, page))


def _layout(name: str) -> bytes:
    room = _style_of("header", _ROOM) + _style_of("footer", _ROOM)
    return b'<ms:page-layout xmlns:ms="%b" ms:name=%b>%b</ms:page-layout>' % (STYLE, xml_value(name), room)


def _style_of(place: str, inside: bytes) -> bytes:
    name = place.encode()
    return b'<ms:%b-style xmlns:ms="%b">%b</ms:%b-style>' % (name, STYLE, inside, name)


def _room(data: bytes, layout: Tag, found: list[Tag]) -> list[_Change]:
    """Give each page room for a header and a footer, which may grow: without it some programs show neither."""
    inside = [tag for tag in found if layout.start < tag.start < layout.after and tag.space == _OWN]
    held = {tag.local: tag for tag in inside if tag.depth == layout.depth + 1}
    changes = [change for tag in inside if (change := _grows(data, tag))]
    missing = b""
    for place in _PLACES:
        style = held.get(f"{place}-style")
        if style is None:
            missing += _style_of(place, _ROOM)
        elif not any(tag.local == "header-footer-properties" and tag.path[-1] == style.name for tag in inside):
            changes.append(put_first(data, style, _ROOM))
    if missing and "footer-style" in held and "header-style" not in held:
        at = held["footer-style"].start
        changes.append((at, at, missing))
    elif missing:
        changes.append(put_last(data, layout, missing))
    return changes


def _lay_tables_on_pages(document: OpenDocument, pages: set[str], default: str) -> None:
    """See to it that each sheet is printed on one of these page styles: programs give one that names none no header."""
    data = document.read("content.xml")
    found = tags(data, depth=1, wanted={"style", "table"})
    styles = {
        tag.attributes.get(f"{_OWN} name", ""): tag
        for tag in found
        if tag.name == f"{_OWN} style" and tag.attributes.get(f"{_OWN} family") == "table"
    }
    sheets = [tag for tag in found if tag.name == f"{TABLE.decode()} table" and tag.depth == 3]
    used = {sheet.attributes.get(f"{TABLE.decode()} style-name", "") for sheet in sheets}
    changes = [
        _named(data, tag, _MASTER, b' xmlns:mm="%b" mm:master-page-name=%b' % (STYLE, xml_value(default)))
        for name, tag in styles.items()
        if name in used and tag.attributes.get(f"{_OWN} master-page-name") not in pages
    ]
    bare = [sheet for sheet in sheets if sheet.attributes.get(f"{TABLE.decode()} style-name", "") not in styles]
    if bare:
        name = xml_value(free_style(found, "PraSheet"))
        changes += [_named(data, tag, _SHEET_STYLE, b' xmlns:mm="%b" mm:style-name=%b' % (TABLE, name)) for tag in bare]
        page = b'<ms:style xmlns:ms="%b" ms:name=%b ms:family="table" ms:master-page-name=%b/>'
        changes.append(automatic_styles(data, found, "body", page % (STYLE, name, xml_value(default))))
    if changes:
        document.put("content.xml", spliced(data, changes))


def _named(data: bytes, tag: Tag, attribute: re.Pattern[bytes], instead: bytes) -> _Change:
    """Give the change that puts an attribute into a start tag, in the place of one of that name if it has one."""
    held = attribute.search(data, tag.start, tag.inner)
    if held:
        return held.start(), held.end(), instead
    at = tag.inner - (2 if data[tag.inner - 2 : tag.inner] == b"/>" else 1)
    return at, at, instead


def _grows(data: bytes, tag: Tag) -> _Change | None:
    """Let a header or footer of a fixed height grow, since the mark needs room beside what stands in it."""
    height = tag.attributes.get(f"{SVG.decode()} height")
    if tag.name != f"{_OWN} header-footer-properties" or height is None:
        return None
    found = _HEIGHT.search(data, tag.start, tag.inner)
    if found is None:
        return None
    instead = b""
    if f"{FO.decode()} min-height" not in tag.attributes:
        instead = b' xmlns:mg="%b" mg:min-height=%b' % (FO, xml_value(height))
    return found.start(), found.end(), instead
