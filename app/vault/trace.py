"""Which opening a stray copy came from: the numbers that a decrypted copy still carries, and where each was found.

Looks at what a copy was made with: properties, headers, the words on a page and those nobody sees, the notice in a ZIP,
and file names. It opens nothing that is encrypted, and it trusts nothing: what is too large to look at is left out.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pikepdf

from app.rules.opening_numbers import NUMBER_LETTERS
from app.vault.copies.marks import NUMBER_PROPERTY, UNSEEN, XMP_SPACE
from app.vault.copies.packages import BROKEN
from app.vault.found import IN_FILE_NAME, IN_MEMBER_NAME, Looked
from app.vault.found import Found as Found

PART_LIMIT_BYTES = 32 * 1024**2
MEMBER_LIMIT = 20_000
PAGE_LIMIT = 5_000

_LETTER = f"[{NUMBER_LETTERS}]"
_NUMBER = f"{_LETTER}{{4}}-{_LETTER}{{4}}"
_IN_NAME = re.compile(rf"(?<![A-Z0-9-])({_NUMBER})(?![A-Z0-9-])")
_IN_WORDS = re.compile(rf"(?:{UNSEEN}|[Oo]pening)(?:\s|&#160;)+({_NUMBER})(?![A-Z0-9-])".encode("ascii"))
_IN_PROPERTY = re.compile(rf"""name=["']{NUMBER_PROPERTY}["'][^>]*>(?:<[^>]*>)?\s*({_NUMBER})\s*<""".encode("ascii"))
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_UNREADABLE = (
    *(pikepdf.PikepdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(RuntimeError, SyntaxError),
)
"""What the PDF library raises on files that are not what they claim to be."""


def marks_in(data: bytes, name: str = "") -> tuple[Found, ...]:
    """Find the openings' numbers in a file.

    Args:
        data: The whole file, decrypted.
        name: The name it was found under.

    Returns:
        Each number with each place, in a fixed order; nothing where there is none, or where the file is encrypted. A
        number found is a lead and no proof: whoever can write it into a file can point at somebody else.
    """
    return look_through(data, name).found


def look_through(data: bytes, name: str = "") -> Looked:
    """Find the openings' numbers in a file, and say what of it could not be looked into.

    Args:
        data, name: As for ``marks_in``.
    """
    missed: list[str] = []
    found = {Found(number, IN_FILE_NAME) for number in _IN_NAME.findall(name)}
    if data.startswith(b"%PDF-"):
        found |= set(_in_pdf(data, missed, "the PDF"))
    elif data.startswith(b"PK"):
        found |= set(_in_package(data, missed, deep=True))
    else:
        if data.startswith(_OLE):
            missed.append("what Office has encrypted, or an older Office file")
        if len(data) > PART_LIMIT_BYTES:
            missed.append("the text behind its first 32 MiB")
        found |= set(_in_bytes(data[:PART_LIMIT_BYTES], "the file's text"))
    return Looked(tuple(sorted(found)), tuple(missed))


def _in_pdf(data: bytes, missed: list[str], what: str) -> Iterator[Found]:
    place = 0
    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            yield from _in_description(pdf)
            seen: dict[tuple[int, int], tuple[str, ...]] = {}
            for place, page in enumerate(pdf.pages, start=1):
                if place > PAGE_LIMIT:
                    missed.append(f"{what} behind page {PAGE_LIMIT}")
                    return
                for stream in _streams(page):
                    held = seen.get(stream.objgen)
                    if held is None:
                        held = seen[stream.objgen] = tuple(each.number for each in _in_bytes(stream.read_bytes(), ""))
                    yield from (Found(number, f"page {place}") for number in held)
    except pikepdf.PasswordError:
        missed.append(f"{what}, which is encrypted")
    except _UNREADABLE:  # what was found before it broke has been given
        missed.append(f"{what} from page {place} on, where it breaks" if place else f"{what}, which is broken")


def _in_description(pdf: pikepdf.Pdf) -> Iterator[Found]:
    said = str(pdf.docinfo.get(f"/{NUMBER_PROPERTY}", ""))
    yield from (Found(number, "the document's properties") for number in _IN_NAME.findall(said))
    described = str(pdf.open_metadata(set_pikepdf_as_editor=False).get(f"{{{XMP_SPACE}}}{NUMBER_PROPERTY}", ""))
    yield from (Found(number, "the document's XMP") for number in _IN_NAME.findall(described))


def _streams(page: pikepdf.Page) -> Iterator[pikepdf.Stream]:
    """Give what draws a page: its content, and the forms it draws."""
    contents = page.obj.get("/Contents")
    held = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    forms = page.resources.get("/XObject") if "/Resources" in page.obj else None
    drawn = [form for _, form in forms.items()] if isinstance(forms, pikepdf.Dictionary) else []
    for stream in (*held, *drawn):
        if isinstance(stream, pikepdf.Stream) and stream.get("/Subtype") != pikepdf.Name.Image:
            yield stream


def _in_package(data: bytes, missed: list[str], *, deep: bool) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            infos = package.infolist()
            if len(infos) > MEMBER_LIMIT:
                missed.append(f"the parts behind the first {MEMBER_LIMIT}")
            for info in infos[:MEMBER_LIMIT]:
                yield from (Found(number, IN_MEMBER_NAME) for number in _IN_NAME.findall(info.filename))
                if info.flag_bits & 1 or info.file_size > PART_LIMIT_BYTES:
                    missed.append(f"{info.filename}, which is {'encrypted' if info.flag_bits & 1 else 'too large'}")
                    continue
                part = package.read(info)
                yield from _in_bytes(part, f"part {info.filename}")
                if part.startswith((b"PK", b"%PDF-")):
                    yield from _in_part(part, info.filename, missed, deep=deep)
    except BROKEN:
        missed.append("an archive from where it breaks")


def _in_part(part: bytes, name: str, missed: list[str], *, deep: bool) -> Iterator[Found]:
    if not deep:
        missed.append(f"{name}, which lies too deep")
        return
    pdf = part.startswith(b"%PDF-")
    inside = _in_pdf(part, missed, name) if pdf else _in_package(part, missed, deep=False)
    yield from (Found(each.number, f"{name}: {each.where}") for each in inside)


def _in_bytes(data: bytes, where: str) -> Iterator[Found]:
    for pattern in (_IN_WORDS, _IN_PROPERTY):
        yield from (Found(number.decode("ascii"), where) for number in pattern.findall(data))
