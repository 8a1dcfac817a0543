"""One XML part of a packed document, read as the program that will open it reads it. In the child process alone.

What a part says is judged by its elements, attributes and text after the parser has read them: no spelling of a letter
as a number, no prefix, no split and no other alphabet hides them. So only UTF-8 is read, and no document type.
"""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from app.rules.errors import Code, Malformed
from app.vault.inspecting.kinds import not_inert

_DEPTH_LIMIT = 512
_ENCODINGS = ("utf-8", "utf8", "us-ascii", "ascii")
_BOM = b"\xef\xbb\xbf"
_XML_SUFFIXES = (".xml", ".rels", ".rdf", ".vml")
_HIDDEN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "another file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a program"),
    (b"{\\rtf", "another file"),
)


class Reader(Protocol):
    """What judges a part while it is read. Names come without their prefix."""

    plain: frozenset[str]
    """Elements that need no look, by their names as written without a prefix: the cells of a large table."""

    def begin(self, name: str, attributes: dict[str, str]) -> bool:
        """Take the beginning of an element; True when its text is wanted."""
        ...

    def text(self, name: str, said: str) -> None:
        """Take all the text in an element whose text was wanted."""
        ...


class Unread(Exception):  # not an error: whoever asked decides whether it is one
    """It is not well-formed."""


def local(name: str) -> str:
    """Give a name without its prefix."""
    return name.rpartition(":")[2]


def looks_like_xml(name: str, content: bytes) -> bool:
    """Say whether some program might read a part as XML: by its ending, or by how it begins."""
    head = content[:256].removeprefix(_BOM).lstrip()
    return name.lower().endswith(_XML_SUFFIXES) or head.startswith(b"<") or _in_wide_letters(content)


def must_be_xml(name: str, declared: str) -> bool:
    """Say whether a part is XML by its ending, or by what it is declared as."""
    return name.lower().endswith(_XML_SUFFIXES) or declared.lower().endswith(("+xml", "/xml", ".vmldrawing"))


def read_part(name: str, content: bytes, reader: Reader, *, demanded: bool) -> None:
    """Read a part.

    Args:
        name: Of the part.
        content: All of it.
        reader: Is shown each element, and may raise what it finds.
        demanded: It must be XML. Where it only begins like some and is none, nothing is read and nothing is wrong.

    Raises:
        Malformed: Code ``document_not_inert`` where it defines entities or is written in other letters than UTF-8;
            ``document_unreadable`` where it is damaged; and what the reader raises.
    """
    if not content:  # LibreOffice leaves a part for settings empty
        return
    if _in_wide_letters(content):
        if "DataMashup".encode("utf-16-le") in content[:4096]:
            raise not_inert(
                "The Excel workbook holds queries (Power Query), which fetch data. Remove them (Data, Queries and "
                "connections) and keep the values."
            )
        if demanded or b"<\0" in content[:8] or b"\0<" in content[:8]:
            raise _other_letters()
        return
    try:
        _Reading(reader).read(content)
    except Unread:
        if demanded:
            raise Malformed(
                f"The file cannot be accepted: a part of it is damaged ({short(name)}); save it again.",
                code=Code.DOCUMENT_UNREADABLE,
            ) from None


def demand_nothing_hidden(said: str, content: bytes) -> None:
    """Stop where a part that is no XML is a program or another document, whatever its name.

    Args:
        said: What the whole document is, in words.
        content: The part.

    Raises:
        Malformed: Code ``document_not_inert``.
    """
    for beginning, what in _HIDDEN:
        if content.startswith(beginning):
            raise not_inert(f"The {said} holds {what} inside it. Take it out, or put a picture of it there instead.")


def short(name: str) -> str:
    """Give the last piece of a part's name, for a message."""
    return name.rpartition("/")[2][:60]


def _in_wide_letters(content: bytes) -> bool:
    return content[:2] in (b"\xff\xfe", b"\xfe\xff") or (b"<" in content[:8] and b"\0" in content[:4])


def _other_letters() -> Malformed:
    return not_inert("A part of the document is not written in UTF-8, as Office programs write it. Save it anew.")


class _Reading:
    """One pass of the parser over one part."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._plain = reader.plain
        self._depth = 0
        self._wanted: list[tuple[int, str, list[str]]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, content: bytes) -> None:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError:
            raise Unread from None

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if name in self._plain:
            return
        if self._depth > _DEPTH_LIMIT:
            raise Malformed(
                "The file cannot be accepted: its parts are nested too deeply. Save it again.",
                code=Code.DOCUMENT_TOO_COMPLEX,
            )
        if self._reader.begin(local(name), attributes):
            self._wanted.append((self._depth, local(name), []))
            self._parser.CharacterDataHandler = self._text

    def _text(self, said: str) -> None:
        for _, _, held in self._wanted:
            held.append(said)

    def _end(self, _name: str) -> None:
        if self._wanted and self._wanted[-1][0] == self._depth:
            _, name, held = self._wanted.pop()
            if not self._wanted:
                self._parser.CharacterDataHandler = None
            self._reader.text(name, "".join(held))
        self._depth -= 1

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise _other_letters()

    def _doctype(self, *_: object) -> None:
        raise not_inert("The document defines words that unpack into others, as no Office program does. Save it anew.")
