"""The mark in an OpenDocument presentation: on every slide itself, hidden ones too, in front of whatever stands there.

On the slides and not on their masters: a slide may hide what its master shows.

Source:
    ODF 1.3 Part 3
"""

from __future__ import annotations

from app.vault.copies.marks import Mark
from app.vault.copies.odfpackage import (
    DRAW,
    FO,
    STYLE,
    SVG,
    OpenDocument,
    automatic_styles,
    free_style,
    paragraph_style,
    paragraphs,
    points,
)
from app.vault.copies.packages import UnfitPackage
from app.vault.copies.xmlparts import Tag, put_last, spliced, tags, xml_value

_CONTENT = "content.xml"
_OWN, _DRAW = STYLE.decode(), DRAW.decode()
_LINE, _LETTER, _SMALLEST_SIDE = 1.25, 0.6, 72
_BEHIND = frozenset(("par", "seq", "animations", "notes"))
"""What stands behind the shapes of a slide."""


def mark_slides(document: OpenDocument, mark: Mark) -> None:
    """Mark a presentation.

    Args:
        document: What is marked.
        mark: What to put there.

    Raises:
        UnfitPackage, UnfitXml: It cannot be marked.
    """
    data = document.read(_CONTENT)
    found = tags(data, depth=1, wanted={"style", "page", *_BEHIND})
    slides = [tag for tag in found if tag.name == f"{_DRAW} page"]
    if not slides:
        raise UnfitPackage("it has no slides")
    sizes = _sizes(document)
    words, box = free_style(found, "PraMark"), free_style(found, "PraBox")
    smallest = min(min(size) for size in sizes.values())
    size = max(6.0, min(12.0, smallest / 50))
    changes = [_change(data, slide, found, _boxes(_size(sizes, slide), mark, size, words, box)) for slide in slides]
    changes.append(automatic_styles(data, found, "body", paragraph_style(words, size) + _box_style(box)))
    document.put(_CONTENT, spliced(data, changes))


def _sizes(document: OpenDocument) -> dict[str, tuple[float, float]]:
    """Give the size of the slides of each master, in points."""
    data = document.read("styles.xml")
    found = tags(data, wanted={"master-page", "page-layout", "page-layout-properties"})
    layouts: dict[str, tuple[float, float]] = {}
    name = ""
    for tag in found:
        if tag.name == f"{_OWN} page-layout":
            name = tag.attributes.get(f"{_OWN} name", "")
        elif tag.name == f"{_OWN} page-layout-properties":
            sides = [points(tag.attributes.get(f"{FO.decode()} page-{side}", "")) for side in ("width", "height")]
            if sides[0] is not None and sides[1] is not None:
                layouts[name] = (sides[0], sides[1])
    sizes = {
        tag.attributes.get(f"{_OWN} name", ""): layouts[layout]
        for tag in found
        if tag.name == f"{_OWN} master-page"
        and (layout := tag.attributes.get(f"{_OWN} page-layout-name", "")) in layouts
    }
    if not sizes:
        raise UnfitPackage("it does not say how large its slides are")
    if min(min(size) for size in sizes.values()) < _SMALLEST_SIDE:
        raise UnfitPackage("its slides are too small to carry the mark")
    return sizes


def _size(sizes: dict[str, tuple[float, float]], slide: Tag) -> tuple[float, float]:
    found = sizes.get(slide.attributes.get(f"{_DRAW} master-page-name", ""))
    if found is None:
        raise UnfitPackage("it does not say how large its slides are")
    return found


def _change(data: bytes, slide: Tag, found: list[Tag], boxes: bytes) -> tuple[int, int, bytes]:
    """Give the change to a slide that puts the boxes in front of all else."""
    for tag in found:
        if slide.start < tag.start < slide.after and tag.depth == slide.depth + 1 and tag.local in _BEHIND:
            return tag.start, tag.start, boxes
    return put_last(data, slide, boxes)


def _boxes(place: tuple[float, float], mark: Mark, size: float, words: str, box: str) -> bytes:
    width, height = place
    top, bottom = (_high(lines, size, width) for lines in (mark.top(), mark.bottom()))
    return _box((0, width, top), paragraphs(mark.top(), words), box) + _box(
        (height - bottom, width, bottom), paragraphs(mark.bottom(), words), box
    )


def _high(lines: tuple[str, ...], size: float, width: float) -> float:
    """Say how high a box must be for its text."""
    letters = max(1, int((width - 12) / (size * _LETTER)))
    return sum(-(-len(line) // letters) for line in lines) * size * _LINE + 4


def _box(place: tuple[float, float, float], words: bytes, style: str) -> bytes:
    at, width, height = place
    return (
        b'<md:frame xmlns:md="%b" xmlns:mv="%b" md:style-name=%b md:layer="layout" mv:x="0pt" mv:y="%.2fpt" '
        b'mv:width="%.2fpt" mv:height="%.2fpt"><md:text-box>%b</md:text-box></md:frame>'
        % (DRAW, SVG, xml_value(style), at, width, height, words)
    )


def _box_style(name: str) -> bytes:
    return (
        b'<ms:style xmlns:ms="%b" xmlns:md="%b" xmlns:mf="%b" ms:name=%b ms:family="graphic">'
        b'<ms:graphic-properties md:stroke="none" md:fill="solid" md:fill-color="#ffffff" md:opacity="80%%" '
        b'md:textarea-vertical-align="middle" md:auto-grow-height="false" mf:wrap-option="wrap" '
        b'mf:padding-top="2pt" mf:padding-bottom="2pt" mf:padding-left="6pt" mf:padding-right="6pt"/></ms:style>'
        % (STYLE, DRAW, FO, xml_value(name))
    )
