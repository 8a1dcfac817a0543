"""The mark in a workbook: in the header and the footer of every sheet, hidden ones and chart sheets too.

Source:
    ECMA-376 Part 1
"""

from __future__ import annotations

import re

from app.vault.copies.marks import Mark
from app.vault.copies.opc import Office, put_properties, relations
from app.vault.copies.packages import UnfitPackage
from app.vault.copies.xmlparts import Tag, put_last, refilled, spliced, tags, text_in, xml_text

ROOM = 255
"""Letters that Excel gives a header or a footer, its codes included."""

_SHEETS = ("worksheet", "chartsheet", "dialogsheet")
_KINDS = ("odd", "even", "first")
_TRUE = ("1", "true")
_LOOK = '&KB30000&"-,Bold"'
_PIECES = re.compile(r'&&|&"[^"]*"|&[LCR]|.', re.DOTALL)
_BEHIND = {
    "worksheet": frozenset(
        (
            *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"),
            *("drawingHF", "picture", "legacyDrawing", "legacyDrawingHF", "oleObjects", "controls", "webPublishItems"),
            *("tableParts", "extLst", "AlternateContent"),
        )
    ),
    "customSheetView": frozenset(("autoFilter", "extLst")),
}
"""What must stand behind the headers: of a sheet, and of somebody's own view of it."""
_DEEP = frozenset(f"{kind}{place}" for kind in _KINDS for place in ("Header", "Footer")) | {
    "customSheetView",
    "headerFooter",
    *_BEHIND["customSheetView"],
}


def mark_xlsx(office: Office, mark: Mark) -> None:
    """Mark a workbook. Cells, formulas, charts, names and the order of sheets stay as they are.

    Args:
        office: The workbook.
        mark: What to put there.

    Raises:
        UnfitPackage, UnfitXml: It cannot be marked.
    """
    main = office.main()
    flavour = office.flavour(tags(office.read(main), depth=0)[0])
    kinds = {f"{flavour.relation}/{kind}" for kind in _SHEETS}
    sheets = [found.target for found in relations(office, main) if found.kind in kinds]
    if not sheets:
        raise UnfitPackage("it has no sheets")
    for sheet in sheets:
        office.put(sheet, _marked(office.read(sheet), flavour.main["xlsx"], mark))
    put_properties(office, flavour, mark)


def _marked(data: bytes, space: str, mark: Mark) -> bytes:
    found = tags(data, depth=1, wanted=_DEEP)
    root = found[0]
    if root.space != space:
        raise UnfitPackage("a sheet is not of the workbook's own kind")
    views = [tag for tag in found if tag.name == f"{space} customSheetView" and tag.depth == 2]
    return spliced(data, [_change(data, found, within, mark) for within in (root, *views)])


def _change(data: bytes, found: list[Tag], within: Tag, mark: Mark) -> tuple[int, int, bytes]:
    """Give the change to a sheet, or to one of its custom views, that sets its headers and footers."""
    space = within.space
    children = _children(found, within)
    held = next((tag for tag in children if tag.name == f"{space} headerFooter"), None)
    if held is None:
        made = b'<m:headerFooter xmlns:m="%b">%b</m:headerFooter>' % (space.encode(), _texts({}, mark, {"odd"}, space))
        names = _BEHIND.get(within.local, _BEHIND["worksheet"])
        behind = next((tag.start for tag in children if tag.local in names), None)
        return put_last(data, within, made) if behind is None else (behind, behind, made)
    said = {tag.local: text_in(data, tag) for tag in _children(found, held)}
    used = {"odd"}
    used |= {"even"} if held.attributes.get("differentOddEven") in _TRUE else set()
    used |= {"first"} if held.attributes.get("differentFirst") in _TRUE else set()
    return refilled(data, held, _texts(said, mark, used, space))


def _children(found: list[Tag], within: Tag) -> list[Tag]:
    path = (*within.path, within.name)
    return [tag for tag in found if tag.path == path and within.start < tag.start < within.after]


def _texts(said: dict[str, str], mark: Mark, used: set[str], space: str) -> bytes:
    """Write the headers and footers of one sheet, those that are used with the mark in them."""
    out = b""
    for kind in _KINDS:
        for place, lines in (("Header", mark.top()), ("Footer", mark.bottom())):
            name = f"{kind}{place}"
            text = said.get(name)
            if kind in used:
                text = with_mark(text or "", lines, mark.least(), below=place == "Footer")
            if text is not None:
                out += b'<m:%b xmlns:m="%b">%b</m:%b>' % (name.encode(), space.encode(), xml_text(text), name.encode())
    return out


def with_mark(held: str, lines: tuple[str, ...], least: str, *, below: bool = False) -> str:
    """Put the mark into the middle of a header or footer, beside what is there if Excel has room for both.

    Args:
        held: The header with its codes.
        lines: What it should say.
        least: What it must say at the very least.
        below: It is a footer: what is there goes above the mark.

    Returns:
        At most ``ROOM`` letters. Where there is no room for both, the mark stands and the other goes.
    """
    sections = _sections(held)
    said = "\n".join(lines).replace("&", "&&")
    # Sections lie over one another, so what is at the sides moves out of the mark's way; one line more if it wraps.
    away = "\n" * (len(lines) + 1)
    sides = {name: (part + away if below else away + part) if part else "" for name, part in sections.items()}
    centre = _LOOK + said
    if sections["C"]:
        plain = f'&K000000&"-,Regular"{sections["C"]}'
        sides["C"] = f"{plain}\n{centre}" if below else f"{centre}\n{plain}"
    for tried in (sides | {"C": sides["C"] or centre}, sides | {"C": centre}, {"C": centre}):
        text = "".join(f"&{name}{part}" for name, part in tried.items() if part)
        if _letters(text) <= ROOM:
            return text
    return _cut(f"&C{_LOOK}", said, least.replace("&", "&&"))


def _sections(held: str) -> dict[str, str]:
    """Take a header apart into left, centre and right."""
    sections = {"L": "", "C": "", "R": ""}
    at = "C"
    for piece in _PIECES.findall(held):
        if piece[0] == "&" and piece[1:] in sections:
            at = piece[1:]
        else:
            sections[at] += piece
    return sections


def _cut(look: str, said: str, least: str) -> str:
    """Cut a mark down to the room there is; what leads to the opening stands first."""
    room = ROOM - _letters(look) - 1
    text = said if least in said[:room] else f"{least}\n{said}"
    while _letters(text) > room:
        text = text[:-1]
    if (len(text) - len(text.rstrip("&"))) % 2:  # half of an escaped ampersand
        text = text[:-1]
    return f"{look}{text}…"


def _letters(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
