"""A report as PDF/A-2a and PDF/UA-1, set by Typst from one fixed template. Data goes in as JSON, never as markup."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import typst

from app.rules.errors import Broken, Malformed
from app.rules.facts import london_text
from app.rules.reportpages import Pages

_TEMPLATE = Path(__file__).with_name("report.typ")
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
# What the fonts inside the library have a glyph for, as first and last code point; a test sets every one of them. The
# fonts of the machine are left out of it: the same report is the same file wherever it is made.
SHOWN = (
    (0x20, 0x7E), (0xA0, 0x4FF), (0x531, 0x5FF), (0x621, 0x63A), (0x640, 0x655), (0x1D00, 0x2040), (0x2054, 0x211E),
    (0x2190, 0x23FF),
)  # fmt: skip
# The longest word that fits a line: of a paragraph, where a SHA-256 stays whole, and of a heading or a narrow column.
_LINE, _NARROW = 66, 36
_STRETCH = re.compile(r"(\S{20})(?=\S)")
_LONGEST = 2_000_000  # a long report has a tenth of it
_MAY_BREAK = "\u200b"


def pdf_bytes(pages: Pages) -> bytes:
    """Set a report.

    Args:
        pages: Clean text: no control characters, nothing that turns the direction of writing.

    Raises:
        Broken: The report cannot be set; nothing of it is given.
    """
    try:
        made = typst.compile(
            _template(),
            format="pdf",
            sys_inputs={"report": _demand_short(_members(pages))},
            pdf_standards=_STANDARDS,
            ignore_system_fonts=True,
            timestamp=pages.made_at.replace(microsecond=0),
        )
    except typst.TypstError as error:
        raise Broken(f"the report cannot be set as PDF: {error.message}") from error
    return made


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def _demand_short(members: dict[str, Any]) -> str:
    """Write the members as JSON, unless so many letters had to be named that setting them would take long.

    Raises:
        Malformed: There are.
    """
    written = json.dumps(members)
    if len(written) > _LONGEST:
        raise Malformed(
            "The report holds more letters that a PDF here cannot show than can be named. Take ODT or DOCX."
        )
    return written


def _members(pages: Pages) -> dict[str, Any]:
    return {
        "title": _shown(pages.title),
        "standing": [_shown(one, _LINE) for one in pages.standing],
        "running": _shown(pages.running),
        "opening_words": _shown(pages.opening_words),
        "made": london_text(pages.made_at),
        "chapters": [
            {
                "heading": _shown(chapter.heading),
                "asked": [
                    {
                        "question": _shown(asked.question),
                        "passages": [
                            {"text": _shown(one.text, _LINE), "waiting": one.waiting} for one in asked.passages
                        ],
                    }
                    for asked in chapter.asked
                ],
            }
            for chapter in pages.chapters
        ],
        "annex": [[str(one.number), _shown(one.uk_time), _shown(one.text), one.entry_id] for one in pages.annex],
    }


def _shown(text: str, longest: int = _NARROW) -> str:
    """Give text that the fonts can show: what they cannot is named, and a word too long for a line may break."""
    named = "".join(c if _has_glyph(c) else _named(c) for c in unicodedata.normalize("NFC", text))
    return re.sub(rf"\S{{{longest + 1},}}", lambda word: _STRETCH.sub(rf"\1{_MAY_BREAK}", word[0]), named)


def _has_glyph(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in SHOWN)


def _named(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    return f"[U+{ord(character):04X}{' ' if name else ''}{name}]"
