"""Documents made up by the service for a rehearsal: a PDF and a CSV that say so, and hold no figure."""

from __future__ import annotations

import io
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.rules.rehearsals import HEADING

_LINES = (
    "This file was made up by the service for a rehearsal.",
    "It holds no statistics. If you were looking for some, tell the producer.",
)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One made-up document, whole."""

    file_name: str
    media_type: str
    content: bytes


def made_up() -> tuple[MadeUp, ...]:
    """Make the documents of a rehearsal; the same bytes each time."""
    return (
        MadeUp("rehearsal-bulletin.pdf", "application/pdf", _pdf()),
        MadeUp("rehearsal-tables.csv", "text/csv", _csv()),
    )


def _pdf() -> bytes:
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.setTitle(HEADING)
    canvas.setFont("Helvetica-Bold", 36)
    canvas.drawString(72, 740, HEADING)
    canvas.setFont("Helvetica", 12)
    for number, line in enumerate(_LINES):
        canvas.drawString(72, 700 - 18 * number, line)
    canvas.showPage()
    canvas.save()
    return written.getvalue()


def _csv() -> bytes:
    return "".join(f'"{HEADING}","{line}"\r\n' for line in _LINES).encode("ascii")
