"""Changing XML without writing it anew: the parser says where things stand, and bytes are put in there.

What is not ours stays as it is to the byte, whatever prefixes, quotes and blanks it is written with. Document types are
refused, so there are no entities to expand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from xml.parsers import expat

_START_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_DEPTH_LIMIT = 512


class UnfitXml(ValueError):
    """A part is no XML that can be marked."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One element and where it stands, in bytes.

    Attributes:
        name: Namespace, a blank, local name; the local name alone where there is no namespace.
        attributes: By names of the same form.
        depth: 0 for the root.
        path: Names from the root to its parent.
        start: Of the start tag.
        inner: After the start tag.
        end: Of the end tag; ``inner`` where the tag ends itself.
        after: After the whole element.
    """

    name: str
    attributes: dict[str, str]
    depth: int
    path: tuple[str, ...]
    start: int
    inner: int
    end: int
    after: int

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition(" ")[2]

    @property
    def space(self) -> str:
        """The namespace."""
        return self.name.rpartition(" ")[0]


def tags(data: bytes, *, depth: int | None = None, wanted: Container[str] = ()) -> list[Tag]:
    """Find elements.

    Args:
        data: One XML document in an encoding that has ASCII in it, such as UTF-8.
        depth: Gives every element down to this depth.
        wanted: Gives elements with these local names too, however deep.

    Returns:
        In the order of their start tags.

    Raises:
        UnfitXml: It is not well-formed, has a document type, or is in UTF-16.
    """
    return _Reading(data, depth, wanted).all()


def spliced(data: bytes, changes: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Put bytes in place of others.

    Args:
        data: What is changed.
        changes: From where, up to where, and what stands there instead; they do not overlap. Several at one place
            come in their given order.
    """
    out: list[bytes] = []
    place = 0
    for start, stop, instead in sorted(changes, key=lambda change: change[:2]):
        if start < place:
            raise ValueError("changes overlap")
        out += (data[place:start], instead)
        place = stop
    return b"".join((*out, data[place:]))


def put_first(data: bytes, tag: Tag, inside: bytes) -> tuple[int, int, bytes]:
    """Give the change that puts something in as the first child of an element."""
    return (tag.inner, tag.inner, inside) if tag.after > tag.inner else _opened(data, tag, inside)


def put_last(data: bytes, tag: Tag, inside: bytes) -> tuple[int, int, bytes]:
    """Give the change that puts something in as the last child of an element."""
    return (tag.end, tag.end, inside) if tag.after > tag.inner else _opened(data, tag, inside)


def refilled(data: bytes, tag: Tag, inside: bytes) -> tuple[int, int, bytes]:
    """Give the change that puts something in the place of all an element holds; its start tag stays as it is."""
    return (tag.inner, tag.end, inside) if tag.after > tag.inner else _opened(data, tag, inside)


def text_in(data: bytes, tag: Tag) -> str:
    """Read the text in an element that holds nothing else."""
    said: list[str] = []
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = said.append
    parser.Parse(b"<t>" + data[tag.inner : tag.end] + b"</t>", True)
    return "".join(said)


def xml_text(text: str) -> bytes:
    """Write text for XML in ASCII, which stands in any encoding."""
    return html.escape(_xml_letters(text), quote=False).encode("ascii", "xmlcharrefreplace")


def xml_value(text: str) -> bytes:
    """Write an attribute's value with its quotes, in ASCII."""
    return b'"' + html.escape(_xml_letters(text)).encode("ascii", "xmlcharrefreplace") + b'"'


def _xml_letters(text: str) -> str:
    return "".join(letter for letter in text if letter in "\t\n\r" or (" " <= letter < "\ufffe" or letter > "\uffff"))


def _opened(data: bytes, tag: Tag, inside: bytes) -> tuple[int, int, bytes]:
    """Turn a tag that ends itself into one with something inside."""
    start_tag = data[tag.start : tag.inner]
    name = re.split(rb"[\s/>]", start_tag[1:], maxsplit=1)[0]
    return tag.start, tag.inner, start_tag[:-2].rstrip() + b">" + inside + b"</" + name + b">"


class _Reading:
    """One pass of the parser."""

    def __init__(self, data: bytes, depth: int | None, wanted: Container[str]) -> None:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]:
            raise UnfitXml("it is not in UTF-8")
        self._data, self._depth, self._wanted = data, -1 if depth is None else depth, wanted
        self._path: list[str] = []
        self._open: list[tuple[int, dict[str, str]] | None] = []
        self._found: list[Tag] = []
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._finish
        parser.StartDoctypeDeclHandler = self._doctype

    def all(self) -> list[Tag]:
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            raise UnfitXml("it is not well-formed") from error
        return sorted(self._found, key=lambda tag: tag.start)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) > _DEPTH_LIMIT:
            raise UnfitXml("its elements are nested too deeply")
        noted = len(self._path) <= self._depth or name.rpartition(" ")[2] in self._wanted
        self._open.append((self._parser.CurrentByteIndex, attributes) if noted else None)
        self._path.append(name)

    def _finish(self, name: str) -> None:
        self._path.pop()
        noted = self._open.pop()
        if noted is None:
            return
        start, attributes = noted
        found = _START_TAG.match(self._data, start)
        if found is None:  # the parser has read a start tag here
            raise UnfitXml("it is not well-formed")
        inner = found.end()
        if self._data[inner - 2 : inner] == b"/>":
            end = after = inner
        else:
            end = self._parser.CurrentByteIndex
            after = self._data.index(b">", end) + 1
        depth = len(self._path)
        self._found.append(Tag(name, attributes, depth, tuple(self._path), start, inner, end, after))

    def _doctype(self, *_: object) -> None:
        raise UnfitXml("it has a document type")
