"""Copies as PDF: a visible mark on every page, under AES-256. All in memory; no plaintext touches the disk."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

import pikepdf
from pikepdf import settings

from app.rules.errors import Code, Malformed
from app.vault.copies.marks import NUMBER_PROPERTY, SPECIMEN, XMP_SPACE, Mark
from app.vault.copies.notice_page import notice_pages
from app.vault.copies.stamp import stamp

OBJECT_LIMIT = 150_000
"""More objects than any statistical bulletin has; bounds the work of looking at each."""
SMALLEST_SIDE_POINTS = 72
"""A page smaller than an inch cannot show the mark."""

# Process-wide limits of the PDF library, set before anything is read: a few kilobytes must not unpack to gigabytes.
settings.set_qpdf_limits(flate_max_memory=64 * 1024 * 1024, run_length_max_memory=64 * 1024 * 1024, doc_max_warnings=50)

_ACTIONS = frozenset(
    ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMediaExecute")
)
_ANNOTATIONS = frozenset(("/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"))
_KEYS = {
    "/JS": "JavaScript",
    "/EF": "an embedded file",
    "/EmbeddedFiles": "embedded files",
    "/XFA": "an XFA form",
}
_FORBIDDEN_WORD = re.compile(
    b"|".join(re.escape(word.encode()) for word in sorted({*_ACTIONS, *_ANNOTATIONS, *_KEYS, "/Crypt"}))
)
_DECLARED_OBJECTS = re.compile(rb"/Size\s+(\d{1,12})(?!\d)")
_STATE_WORD = re.compile(rb"(?:^|[\s\])>])([qQ])(?=[\s\[(</]|$)")
_UNREADABLE = (pikepdf.PikepdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
"""What the PDF library raises on files that are not what they claim to be."""

CONTENT_LIMIT_BYTES = 128 * 1024 * 1024
"""More than all pages of any bulletin unpack to; bounds the work of looking at what each of them draws."""
STATE_WORD_LIMIT = 500_000
"""How often one page may save and restore the graphics state."""


def check_pdf(data: bytes, page_limit: int, *, marked: bool = True) -> int:
    """Check at upload that a PDF is whole, inert, and can be marked; a copy is made once to be sure.

    Args:
        data: The whole file.
        page_limit: The most pages accepted.
        marked: Copies will carry a mark on each page, so one is made to be sure.

    Returns:
        How many pages it has.

    Raises:
        Malformed: says what is wrong (code ``document_unreadable``): broken, encrypted already, no pages or too many,
            a page too small, or something that acts or hides: JavaScript, launch and other actions, embedded files,
            media, XFA forms.
    """
    if any(int(found) > OBJECT_LIMIT for found in _DECLARED_OBJECTS.findall(data)):  # before the library makes them all
        raise _unreadable(f"it has more than {OBJECT_LIMIT} objects")
    with _opened(data) as pdf:
        if len(pdf.objects) > OBJECT_LIMIT:
            raise _unreadable(f"it has more than {OBJECT_LIMIT} objects")
        pages = len(pdf.pages)
        if pages > page_limit:
            raise _unreadable(f"it has {pages} pages, and at most {page_limit} are accepted")
        for found in _suspects(pdf):
            _demand_inert(found)
        if marked:
            _put_mark(pdf, SPECIMEN)
            _written(pdf, "specimen")
    return pages


def marked_pdf(data: bytes, mark: Mark, passphrase: str | None) -> bytes:
    """Make a PDF copy: a notice in front, the mark on every page, AES-256, the opening number in what describes it.

    What the holder may do with it (print, copy out, read aloud) is not restricted by permission bits: readers are
    free to ignore those, and screen readers suffer by them.

    Args:
        data: The whole file, accepted by ``check_pdf``.
        mark: What to stamp.
        passphrase: ASCII, at most 127 bytes; opens the copy. The owner's passphrase is random and forgotten.
            None for a copy that is locked afterwards.

    Returns:
        The copy, encrypted under the passphrase if there is one.

    Raises:
        Malformed: the file cannot be read (code ``document_unreadable``).

    Source:
        ISO 32000-2 7.6.4
    """
    with _opened(data) as pdf:
        _put_mark(pdf, mark)
        return _written(pdf, passphrase)


def specimen_pdf() -> bytes:
    """Give a page with nothing but a mark on it, for trying things out."""
    return stamp(SPECIMEN, 595, 842)


@contextmanager
def _opened(data: bytes) -> Iterator[pikepdf.Pdf]:
    """Open a PDF without repairing it, and turn whatever goes wrong with it inside the block into one clear answer."""
    try:
        with pikepdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise _unreadable("it is encrypted already; upload it without a password")
            yield pdf
    except pikepdf.PasswordError:
        raise _unreadable("it is encrypted already; upload it without a password") from None
    except _UNREADABLE as error:
        empty = "no pages found" in str(error)  # the library's own words; any others get the general answer
        raise _unreadable("it has no pages" if empty else "it is broken; save it again and try once more") from error


def _written(pdf: pikepdf.Pdf, passphrase: str | None) -> bytes:
    out = BytesIO()
    locked = None if passphrase is None else pikepdf.Encryption(owner=secrets.token_urlsafe(32), user=passphrase, R=6)
    pdf.save(
        out,
        encryption=locked,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
    )
    return out.getvalue()


# ── inert ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _suspects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary | pikepdf.Stream]:
    """Give every dictionary of each object in whose text a forbidden word stands: far faster than looking at all."""
    for held in pdf.objects:
        if isinstance(held, pikepdf.Stream):
            text = held.stream_dict.unparse(resolved=True)
        elif isinstance(held, (pikepdf.Dictionary, pikepdf.Array)):
            text = held.unparse(resolved=True)
        else:
            continue
        if _FORBIDDEN_WORD.search(text):
            yield from _directly_held(held)


def _directly_held(held: pikepdf.Object) -> Iterator[pikepdf.Dictionary | pikepdf.Stream]:
    """Give the dictionaries of one object, outermost first; what it only points at is an object of its own."""
    stack: list[object] = [held]  # numbers and the like come as plain Python values
    while stack:
        found = stack.pop()
        if isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
            yield found
            within: list[object] = [child for _, child in found.items()]
        elif isinstance(found, pikepdf.Array):
            within = list(found)
        else:
            continue
        stack.extend(child for child in within if isinstance(child, pikepdf.Object) and not child.is_indirect)


def _demand_inert(found: pikepdf.Dictionary | pikepdf.Stream) -> None:
    keys = set(found.keys())
    for key in keys & _KEYS.keys():
        raise _unreadable(f"it holds {_KEYS[key]}, which a document for release must not")
    if "/S" in keys and str(found["/S"]) in _ACTIONS:
        raise _unreadable(f"it holds an action of the kind {str(found['/S'])[1:]}, which a document must not")
    if "/Subtype" in keys and str(found["/Subtype"]) in _ANNOTATIONS:
        raise _unreadable(f"it holds an annotation of the kind {str(found['/Subtype'])[1:]}, which a document must not")
    if "/Filter" in keys and "/Crypt" in str(found["/Filter"]):
        raise _unreadable("a part of it chooses its own encryption")


# ── the mark ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _put_mark(pdf: pikepdf.Pdf, mark: Mark) -> None:
    _stamp_pages(pdf, mark)
    _put_notice(pdf, mark)
    pdf.docinfo[f"/{NUMBER_PROPERTY}"] = mark.opening_number
    # What is no XMP any program could read is written anew, as whoever saves such a file does.
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False, strict=False) as described:
        described[f"{{{XMP_SPACE}}}{NUMBER_PROPERTY}"] = mark.opening_number


def _put_notice(pdf: pikepdf.Pdf, mark: Mark) -> None:
    """Put the notice in front. The document's own pages keep the numbers that readers show for them."""
    with pikepdf.open(BytesIO(notice_pages(mark))) as notice:
        added = len(notice.pages)
        for place, page in enumerate(notice.pages):
            pdf.pages.insert(place, page)
    numbers = pikepdf.Array()
    labels: list[tuple[int, pikepdf.Object]] = [(0, pikepdf.Dictionary(P=pikepdf.String("Notice")))]
    if "/PageLabels" in pdf.Root:
        labels += [(at + added, label) for at, label in pikepdf.NumberTree(pdf.Root["/PageLabels"]).items()]
    else:
        labels.append((added, pikepdf.Dictionary(S=pikepdf.Name.D)))
    for at, label in labels:
        numbers.append(at)
        numbers.append(label)
    pdf.Root["/PageLabels"] = pdf.make_indirect(pikepdf.Dictionary(Nums=numbers))


def _stamp_pages(pdf: pikepdf.Pdf, mark: Mark) -> None:
    stamps: dict[tuple[float, float], pikepdf.Object] = {}  # one for each page size, shared by its pages
    drawn_bytes = 0
    for number, page in enumerate(pdf.pages, start=1):
        visible = _visible_part(page, number)
        size = (visible.width, visible.height)
        if _rotation(page, number) % 180:
            size = (visible.height, visible.width)
        if size not in stamps:
            with pikepdf.open(BytesIO(stamp(mark, *size))) as drawn:
                stamps[size] = pdf.copy_foreign(drawn.pages[0].as_form_xobject())
        drawn_bytes += _balance(pdf, page)
        if drawn_bytes > CONTENT_LIMIT_BYTES:
            raise _too_much_drawn()
        page.add_overlay(stamps[size], visible)


def _balance(pdf: pikepdf.Pdf, page: pikepdf.Page) -> int:
    """Make a page end in the graphics state it began in, or what is drawn over it could land anywhere, or nowhere.

    Gives how many bytes the page's content unpacks to.
    """
    contents = _contents(page)
    lowest, depth = _depths(found[1].decode() for found in _STATE_WORD.finditer(contents))
    if (lowest, depth) == (0, 0):
        return len(contents)
    # The quick look cannot tell an operator from a letter in a string, so the parser decides before anything is mended.
    lowest, depth = _depths(str(found.operator) for found in pikepdf.parse_content_stream(page, operators="q Q"))
    if lowest < 0:
        page.contents_add(pdf.make_stream(b"q " * -lowest), prepend=True)
    if depth > lowest:
        page.contents_add(pdf.make_stream(b"\n" + b"Q " * (depth - lowest)))
    return len(contents)


def _depths(words: Iterable[str]) -> tuple[int, int]:
    """Give the lowest depth that saving (q) and restoring (Q) the graphics state comes to, and the last."""
    depth = lowest = 0
    for count, word in enumerate(words):
        if count == STATE_WORD_LIMIT:
            raise _too_much_drawn()
        depth += 1 if word == "q" else -1
        lowest = min(lowest, depth)
    return lowest, depth


def _contents(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents")
    if contents is None:
        return b""
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(stream.read_bytes() for stream in streams)


def _visible_part(page: pikepdf.Page, number: int) -> pikepdf.Rectangle:
    """Give the part of the page that is shown: its crop box as far as it lies on the medium."""
    crop, medium = _box(page.cropbox), _box(page.mediabox)
    left, bottom = max(crop[0], medium[0]), max(crop[1], medium[1])
    right, top = min(crop[2], medium[2]), min(crop[3], medium[3])
    if right - left < SMALLEST_SIDE_POINTS or top - bottom < SMALLEST_SIDE_POINTS:
        raise _unreadable(f"page {number} is too small to carry the mark")
    return pikepdf.Rectangle(left, bottom, right, top)


def _box(corners: pikepdf.Object) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(corner) for corner in corners)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _rotation(page: pikepdf.Page, number: int) -> int:
    """Give the page's rotation in degrees, its own or inherited."""
    node: pikepdf.Object = page.obj
    for _ in range(100):
        if "/Rotate" in node:
            return int(node["/Rotate"])
        if "/Parent" not in node:
            return 0
        node = node["/Parent"]
    raise _unreadable(f"page {number} has no place in the document")


def _too_much_drawn() -> Malformed:
    return Malformed(
        "What the pages of the PDF draw is more than can be looked through. Save it in a simpler form.",
        code=Code.DOCUMENT_TOO_COMPLEX,
    )


def _unreadable(why: str) -> Malformed:
    return Malformed(f"The PDF cannot be accepted: {why}.", code=Code.DOCUMENT_UNREADABLE)
