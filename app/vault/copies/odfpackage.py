"""What all three OpenDocument formats share: their namespaces, their parts, and the list of those.

Source:
    ODF 1.3 Part 2; ODF 1.3 Part 3
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.vault.copies.packages import Package, UnfitPackage
from app.vault.copies.xmlparts import Tag, put_last, spliced, tags, xml_text, xml_value

_SPACE = b"urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, STYLE, TEXT, TABLE, DRAW, META, FO, SVG = (
    _SPACE + name + b":1.0"
    for name in (b"office", b"style", b"text", b"table", b"drawing", b"meta", b"xsl-fo-compatible", b"svg-compatible")
)
_MANIFEST_SPACE = _SPACE + b"manifest:1.0"
_MANIFEST = "META-INF/manifest.xml"
XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_LENGTH = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)(cm|mm|in|pt|pc)")
_IN_POINTS = {"cm": 72 / 2.54, "mm": 7.2 / 2.54, "in": 72.0, "pt": 1.0, "pc": 12.0}


@dataclass(slots=True)
class OpenDocument:
    """An OpenDocument package that is being marked: what is in it, and what has been changed so far.

    Attributes:
        package: As it came.
        made_as: ``odt``, ``ods`` or ``odp``.
        changed: Parts with their new content, by name as written.
    """

    package: Package
    made_as: str
    changed: dict[str, bytes] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Say whether there is such a part."""
        return name in self.changed or self.package.name(name) is not None

    def read(self, name: str) -> bytes:
        """Give a part as it stands now."""
        written = self.package.name(name) or name
        return self.changed[written] if written in self.changed else self.package.read(name)

    def put(self, name: str, content: bytes) -> None:
        """Change a part, or add one."""
        self.changed[self.package.name(name) or name] = content

    def written(self) -> bytes:
        """List what was added, and give the package."""
        added = [name for name in self.changed if self.package.name(name) is None]
        if added and self.has(_MANIFEST):
            data = self.read(_MANIFEST)
            entries = b"".join(
                b'<mf:file-entry xmlns:mf="%b" mf:full-path=%b mf:media-type="text/xml"/>'
                % (_MANIFEST_SPACE, xml_value(name))
                for name in added
            )
            self.put(_MANIFEST, spliced(data, [put_last(data, tags(data, depth=0)[0], entries)]))
        return self.package.written(self.changed)


def automatic_styles(data: bytes, found: list[Tag], before: str, styles: bytes) -> tuple[int, int, bytes]:
    """Give the change that adds styles to those that a part keeps for itself.

    Args:
        data: The part.
        found: Its elements, at least down to depth 1.
        before: The local name of the element that follows such styles.
        styles: What is added.

    Raises:
        UnfitPackage: The part has neither.
    """
    office = OFFICE.decode()
    for tag in found:
        if tag.depth == 1 and tag.name == f"{office} automatic-styles":
            return put_last(data, tag, styles)
    for tag in found:
        if tag.depth == 1 and tag.name == f"{office} {before}":
            held = b'<ma:automatic-styles xmlns:ma="%b">%b</ma:automatic-styles>' % (OFFICE, styles)
            return tag.start, tag.start, held
    raise UnfitPackage("a part of it is not as OpenDocument has it; save it again and try once more")


def free_style(found: list[Tag], wanted: str) -> str:
    """Name a new style: as wanted, with a number where that is taken."""
    taken = {tag.attributes.get(f"{STYLE.decode()} name", "") for tag in found}
    number = 1
    while (name := wanted if number == 1 else f"{wanted}{number}") in taken:
        number += 1
    return name


def points(length: str) -> float | None:
    """Read a length, for example ``21.0cm``, in points; None where it is none."""
    read = _LENGTH.fullmatch(length.strip())
    return float(read[1]) * _IN_POINTS[read[2]] if read else None


def paragraphs(lines: tuple[str, ...], style: str) -> bytes:
    """Write each line as a paragraph in a style."""
    return b"".join(
        b'<mt:p xmlns:mt="%b" mt:style-name=%b>%b</mt:p>' % (TEXT, xml_value(style), xml_text(line)) for line in lines
    )


def paragraph_style(name: str, size: float) -> bytes:
    """Define a style: small, red, bold and centred, whatever the document's own styles are."""
    return (
        b'<ms:style xmlns:ms="%b" xmlns:mf="%b" ms:name=%b ms:family="paragraph">'
        b'<ms:paragraph-properties mf:text-align="center" mf:margin-top="0cm" mf:margin-bottom="0cm" '
        b'mf:margin-left="0cm" mf:margin-right="0cm" mf:text-indent="0cm"/>'
        b'<ms:text-properties mf:color="#b30000" mf:font-family="Arial" mf:font-size="%.1fpt" mf:font-weight="bold"/>'
        b"</ms:style>" % (STYLE, FO, xml_value(name), size)
    )
