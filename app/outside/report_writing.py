"""Reports that people send on: pages in, ODT, DOCX or PDF out.

What stands in a report is text, never markup of the format: nobody's title or sentence can run, link or hide anything.
The libraries are loaded when the first report is written: most processes never write one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Literal

from app.rules.reportpages import Asked, Chapter, Exhibit, Pages, Passage

ReportKind = Literal["odt", "docx", "pdf"]

# Marks that turn the direction of what follows: they could show a sentence differently from how it is stored. The
# letters of a script that runs from right to left need none of them.
_TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Control characters, half characters, private ones and what is no character: no format has a way to write them.
_UNWRITABLE = {"Cc", "Cs", "Co", "Cn"}


def write_report(pages: Pages, *, kind: ReportKind) -> bytes:
    """Write a report as a document.

    Args:
        pages: What stands in it.
        kind: ``odt``, ``docx``, or ``pdf`` (PDF/A-2a and PDF/UA-1: for keeping, and for screen readers).

    Returns:
        The file's bytes.
    """
    clean = _clean(pages)
    if kind == "odt":
        from app.outside.report_odt import odt_bytes  # noqa: PLC0415  # slow: only for a report

        return odt_bytes(clean)
    if kind == "docx":
        from app.outside.report_docx import docx_bytes  # noqa: PLC0415  # slow: only for a report

        return docx_bytes(clean)
    from app.outside.report_pdf import pdf_bytes  # noqa: PLC0415  # slow: only for a report

    return pdf_bytes(clean)


def _clean(pages: Pages) -> Pages:
    return replace(
        pages,
        title=_text(pages.title),
        standing=tuple(map(_text, pages.standing)),
        running=_text(pages.running),
        opening_words=_text(pages.opening_words),
        chapters=tuple(Chapter(_text(one.heading), tuple(map(_asked, one.asked))) for one in pages.chapters),
        annex=tuple(Exhibit(e.number, _text(e.uk_time), _text(e.text), _text(e.entry_id)) for e in pages.annex),
    )


def _asked(one: Asked) -> Asked:
    return Asked(_text(one.question), tuple(Passage(_text(p.text), p.waiting) for p in one.passages))


def _text(text: str) -> str:
    spaced = "".join(" " if c in "\t\r\n\v\f\u0085\u2028\u2029" else c for c in text)
    return "".join(c for c in spaced if c not in _TURNING and unicodedata.category(c) not in _UNWRITABLE)
