"""What is laid over each page of a PDF copy: seen at its head and foot and across it, and unseen in each quarter."""

from __future__ import annotations

from io import BytesIO
from itertools import product

from reportlab.lib.colors import Color
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from app.vault.copies.marks import Mark, western

_RED, _VEIL, _GREY = Color(0.7, 0, 0), Color(1, 1, 1, alpha=0.8), Color(0.4, 0.4, 0.4, alpha=0.12)
_FONT = "Helvetica-Bold"


def stamp(mark: Mark, width: float, height: float) -> bytes:
    """Draw the mark alone on a transparent page: heading on top, holder, law and warning below, the name across.

    Args:
        mark: What it says.
        width: Of the page, in points.
        height: Of the page, in points.

    Returns:
        A PDF of that one page.
    """
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    size = max(5.0, min(12.0, min(width, height) / 66))
    heading, *below = (western(line) for line in mark.lines())
    room = width - 2 * size
    top = simpleSplit(heading, _FONT, size, room)
    bottom = [line for part in below for line in simpleSplit(part, _FONT, size, room)]
    _draw_across(canvas, western(mark.short()), width, height)
    _draw_unseen(canvas, mark.unseen(), width, height)
    _draw_lines(canvas, top, size, height - 1.3 * size * len(top) - 0.5 * size, width)
    _draw_lines(canvas, bottom, size, 0.0, width)
    canvas.save()
    return out.getvalue()


def _draw_lines(canvas: Canvas, lines: list[str], size: float, floor: float, width: float) -> None:
    """Draw lines from the top down, the lowest just above floor, on a veil that keeps them legible over a picture."""
    step = 1.3 * size
    canvas.setFillColor(_VEIL)
    canvas.rect(0, floor, width, step * len(lines) + 0.5 * size, stroke=0, fill=1)
    canvas.setFillColor(_RED)
    canvas.setFont(_FONT, size)
    for place, line in enumerate(reversed(lines)):
        canvas.drawCentredString(width / 2, floor + 0.5 * size + place * step, line)


def _draw_across(canvas: Canvas, text: str, width: float, height: float) -> None:
    canvas.saveState()
    canvas.setFillColor(_GREY)
    size = 1.2 * min(width, height) / max(1.0, canvas.stringWidth(text, _FONT, 1))
    canvas.setFont(_FONT, size)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(45)
    canvas.drawCentredString(0, -size / 3, text)
    canvas.restoreState()


def _draw_unseen(canvas: Canvas, text: str, width: float, height: float) -> None:
    """Write the number into each quarter of the page, to be searched for and not seen: a part cut out keeps it."""
    canvas.saveState()  # or everything drawn afterwards would be unseen too
    for across, up in product((0.1, 0.6), (0.25, 0.75)):
        words = canvas.beginText(width * across, height * up)
        words.setFont(_FONT, 4)
        words.setTextRenderMode(3)
        words.textOut(text)
        canvas.drawText(words)
    canvas.restoreState()
