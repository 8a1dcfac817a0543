"""Documents made up by the service for a rehearsal: a PDF and a CSV that say so, and hold no figure."""

from __future__ import annotations

from dataclasses import dataclass

from app.rules.rehearsals import HEADING

LINES = (
    "This file was made up by the service for a rehearsal.",
    "It holds no statistics. If you were looking for some, tell the producer.",
)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One made-up document, whole."""

    file_name: str
    media_type: str
    content: bytes


def made_up(bulletin: bytes) -> tuple[MadeUp, ...]:
    """Make the documents of a rehearsal; the same bytes each time.

    Args:
        bulletin: The PDF, from the workshop: the service itself loads no library for PDFs.
    """
    return (
        MadeUp("rehearsal-bulletin.pdf", "application/pdf", bulletin),
        MadeUp("rehearsal-tables.csv", "text/csv", _csv()),
    )


def _csv() -> bytes:
    return "".join(f'"{HEADING}","{line}"\r\n' for line in LINES).encode("ascii")
