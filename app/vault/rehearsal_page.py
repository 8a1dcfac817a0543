"""The page that stands for a bulletin in a rehearsal. Drawn in the workshop, where the library for it is loaded."""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.rules.rehearsals import HEADING
from app.vault.rehearsal_documents import LINES


def rehearsal_pdf() -> bytes:
    """Draw it; the same bytes each time."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.setTitle(HEADING)
    canvas.setFont("Helvetica-Bold", 36)
    canvas.drawString(72, 740, HEADING)
    canvas.setFont("Helvetica", 12)
    for number, line in enumerate(LINES):
        canvas.drawString(72, 700 - 18 * number, line)
    canvas.showPage()
    canvas.save()
    return written.getvalue()
