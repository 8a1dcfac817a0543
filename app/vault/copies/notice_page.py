"""The page in front of a PDF copy: how it is marked, whose it is, and what binds whoever holds it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from app.vault.copies.marks import Mark, western

_RED, _BLACK = Color(0.7, 0, 0), Color(0.04, 0.05, 0.05)
_BOLD, _PLAIN = "Helvetica-Bold", "Helvetica"
_EDGE, _TOP, _FOOT = 64, 72, 64
_STEP = 1.4
_WIDTH, _HEIGHT = A4


def notice_pages(mark: Mark) -> bytes:
    """Draw the notice.

    Args:
        mark: What it says.

    Returns:
        A PDF of one A4 page, or more where what binds the holder is long. The opening's number is on each.
    """
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    place = _HEIGHT - _TOP
    _foot(canvas, mark)
    for font, size, colour, space, text in _paragraphs(mark):
        lines = simpleSplit(western(text), font, size, _WIDTH - 2 * _EDGE)
        place -= space
        for line in lines:
            if place < _FOOT:
                canvas.showPage()
                _foot(canvas, mark)
                place = _HEIGHT - _TOP
            canvas.setFillColor(colour)
            canvas.setFont(font, size)
            canvas.drawString(_EDGE, place, line)
            place -= size * _STEP
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _paragraphs(mark: Mark) -> Iterator[tuple[str, float, Color, float, str]]:
    """Give each paragraph: font, size, colour, the space above it, and its words."""
    yield _BOLD, 24, _RED, 0, mark.label
    yield _BOLD, 14, _RED, 8, f"Until {mark.restricted_until_text}"
    yield _PLAIN, 12, _BLACK, 18, f"This copy was made for {mark.recipient_name}"
    yield _PLAIN, 12, _BLACK, 2, f"{mark.post}, {mark.organisation}"
    yield _BOLD, 12, _BLACK, 2, f"Opening {mark.opening_number}"
    yield _PLAIN, 12, _BLACK, 18, "A copy that has gone astray leads back to this opening."
    for line in mark.accompanying:
        yield _PLAIN, 12, _BLACK, 10, line
    yield _BOLD, 12, _BLACK, 18, mark.warning_text
    if mark.binding:
        yield _BOLD, 14, _BLACK, 24, "What binds you"
    for line in mark.binding:
        yield _PLAIN, 12, _BLACK, 8, line


def _foot(canvas: Canvas, mark: Mark) -> None:
    canvas.setFillColor(_RED)
    canvas.setFont(_BOLD, 9)
    canvas.drawCentredString(_WIDTH / 2, 36, western(f"{mark.label} – opening {mark.opening_number}"))
