"""The mark in a presentation: on every slide itself, hidden ones too, in front of whatever stands there.

On the slides and not on their masters: a layout or a slide may hide what its master shows.

Source:
    ECMA-376 Part 1
"""

from __future__ import annotations

from app.vault.copies.marks import Mark
from app.vault.copies.opc import Flavour, Office, put_properties, relations
from app.vault.copies.packages import UnfitPackage
from app.vault.copies.xmlparts import Tag, put_last, spliced, tags, xml_text

_POINT = 12_700
"""English Metric Units in a point."""
_LINE = 1.25
_LETTER = 0.6
"""How wide a bold letter is, in sizes: more than the average, so that a box is never too low for its text."""
_SMALLEST_SIDE = 72 * _POINT


def mark_pptx(office: Office, mark: Mark) -> None:
    """Mark a presentation.

    Args:
        office: The presentation.
        mark: What to put there.

    Raises:
        UnfitPackage, UnfitXml: It cannot be marked.
    """
    main = office.main()
    found = tags(office.read(main), depth=1)
    flavour = office.flavour(found[0])
    width, height = _slide_size(found, flavour)
    slides = [relation.target for relation in relations(office, main) if relation.kind == f"{flavour.relation}/slide"]
    if not slides:
        raise UnfitPackage("it has no slides")
    for slide in slides:
        data = office.read(slide)
        office.put(slide, spliced(data, [_change(data, mark, flavour, width, height)]))
    put_properties(office, flavour, mark)


def _slide_size(found: list[Tag], flavour: Flavour) -> tuple[int, int]:
    for tag in found:
        if tag.name == f"{flavour.main['pptx']} sldSz":
            width, height = int(tag.attributes["cx"]), int(tag.attributes["cy"])
            if min(width, height) < _SMALLEST_SIDE:
                raise UnfitPackage("its slides are too small to carry the mark")
            return width, height
    raise UnfitPackage("it does not say how large its slides are")


def _change(data: bytes, mark: Mark, flavour: Flavour, width: int, height: int) -> tuple[int, int, bytes]:
    """Give the change to a slide that puts a box at its head and one at its foot, in front of all else."""
    space = flavour.main["pptx"]
    found = tags(data, depth=2, wanted={"cNvPr", "extLst"})
    tree = next((tag for tag in found if tag.name == f"{space} spTree" and tag.depth == 2), None)
    if tree is None:
        raise UnfitPackage("a slide of it has no content")
    numbers = [int(number) for tag in found if (number := tag.attributes.get("id", "")).isdecimal()]
    size = max(6.0, min(12.0, min(width, height) / _POINT / 50))
    top_high, bottom_high = (_high(lines, size, width) for lines in (mark.top(), mark.bottom()))
    first = max([1, *numbers]) + 1
    boxes = _box(first, "Marking", mark.top(), flavour, (0, 0, width, top_high), size)
    place = (0, height - bottom_high, width, bottom_high)
    boxes += _box(first + 1, "Warning", mark.bottom(), flavour, place, size)
    behind = next((tag for tag in found if tag.name == f"{space} extLst" and tag.path == (*tree.path, tree.name)), None)
    return put_last(data, tree, boxes) if behind is None else (behind.start, behind.start, boxes)


def _high(lines: tuple[str, ...], size: float, width: int) -> int:
    """Say how high a box must be for its text."""
    letters = max(1, int((width / _POINT - 12) / (size * _LETTER)))
    rows = sum(-(-len(line) // letters) for line in lines)
    return int((rows * size * _LINE + 4) * _POINT)


def _box(
    number: int, name: str, lines: tuple[str, ...], flavour: Flavour, place: tuple[int, int, int, int], size: float
) -> bytes:
    paragraphs = b"".join(
        b'<d:p><d:pPr marL="0" indent="0" algn="ctr"><d:spcBef><d:spcPts val="0"/></d:spcBef><d:buNone/></d:pPr>'
        b'<d:r><d:rPr lang="en-GB" sz="%d" b="1"><d:solidFill><d:srgbClr val="B30000"/></d:solidFill>'
        b'<d:latin typeface="Arial"/></d:rPr><d:t>%b</d:t></d:r></d:p>' % (int(size * 100), xml_text(line))
        for line in lines
    )
    return (
        b'<m:sp xmlns:m="%b" xmlns:d="%b"><m:nvSpPr><m:cNvPr id="%d" name="%b"/><m:cNvSpPr txBox="1"/><m:nvPr/>'
        b'</m:nvSpPr><m:spPr><d:xfrm><d:off x="%d" y="%d"/><d:ext cx="%d" cy="%d"/></d:xfrm>'
        b'<d:prstGeom prst="rect"><d:avLst/></d:prstGeom><d:solidFill><d:srgbClr val="FFFFFF"><d:alpha val="80000"/>'
        b'</d:srgbClr></d:solidFill></m:spPr><m:txBody><d:bodyPr wrap="square" lIns="76200" tIns="25400" rIns="76200" '
        b'bIns="25400" anchor="ctr"><d:noAutofit/></d:bodyPr><d:lstStyle/>%b</m:txBody></m:sp>'
        % (flavour.main["pptx"].encode(), flavour.drawing.encode(), number, name.encode(), *place, paragraphs)
    )
