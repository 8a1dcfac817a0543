"""Copies of a 50-page PDF: marked on every page and encrypted. P8."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from app.vault.copies.marks import Mark
from app.vault.copies.passphrases import new_passphrase
from app.vault.copies.pdf import marked_pdf
from tests.bench.figures import BenchFailed, Figure, Site, rate

_PAGES = 50
_LINES = 45


def measure(site: Site) -> list[Figure]:
    """Make copies on one core, beside the same file only encrypted by the same library."""
    data = _bulletin()
    mark = Mark(
        "Example Recipient",
        "Private Secretary",
        "Ministry of Examples",
        "publication, set for Tuesday 3 November 2026, 9:30am (UK time)",
        "K7F3-9QXM",
        "Treat as Official Sensitive until published. Do not share it, nor any hint of what it shows.",
    )
    count = site.sizes.pdf_copies
    _demand_marked(marked_pdf(data, mark, "specimen"))
    ours = _per_second(lambda: marked_pdf(data, mark, new_passphrase()), count)
    theirs = _per_second(lambda: _only_encrypted(data), count)
    how = (
        f"{count} copies of a {_PAGES}-page, {len(data) // 1024} KiB PDF, one after the other on one core. Against: "
        "the same file opened and saved with AES-256 by pikepdf, without a mark"
    )
    numbers = {"per_second": ours, "against_per_second": theirs}
    return [Figure("PDF copies a second a core", f"{ours}/s", f"{theirs}/s", ours / theirs, how, numbers)]


def _per_second(make: Callable[[], bytes], count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        make()
    return rate(count, time.perf_counter() - begun)


def _only_encrypted(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="holder", R=6))
    return out.getvalue()


def _demand_marked(copy: bytes) -> None:
    with pikepdf.open(io.BytesIO(copy), password="specimen") as pdf:
        _, *pages = pdf.pages  # behind the notice
        if len(pages) != _PAGES or not all("/XObject" in page.resources for page in pages):
            raise BenchFailed("a copy lacks pages, or marks on them")


def _bulletin() -> bytes:
    """Draw pages full of figures, as a statistical bulletin has them."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(_PAGES):
        for line in range(_LINES):
            numbers = "   ".join(
                f"{(page * 7919 + line * 104_729 + column * 1_299_709) % 999_983:>9,}" for column in range(6)
            )
            canvas.drawString(50, 780 - 16 * line, f"Region {line:02d}   {numbers}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()
