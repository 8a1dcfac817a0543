"""The mark: what stands on every copy, so that its holder knows what it is and a stray copy leads to its opening."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from app.rules.marking import LABELS, PLAIN


@dataclass(frozen=True, slots=True)
class Mark:
    """What is stamped on one copy. Every part is put on one line and loses its invisible characters when it is made.

    Attributes:
        recipient_name: The person it was made for.
        post: The post they hold.
        organisation: Where they hold it.
        restricted_until_text: For people, in London time, for example ``09:30 on 20 July 2016``.
        opening_number: Leads to the opening in the log.
        warning_text: The producer's wording, one paragraph.
        label: How the statistics are marked, e.g. ``RESTRICTED`` or ``Confidential Statistics``.
        accompanying: What the Order wants to go with them, sentence by sentence.
        binding: What binds the holder, line by line; in the notice alone, since a page has no room for it.
    """

    recipient_name: str
    post: str
    organisation: str
    restricted_until_text: str
    opening_number: str
    warning_text: str
    label: str = PLAIN
    accompanying: tuple[str, ...] = ()
    binding: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.__slots__:
            given = getattr(self, name)
            kept = one_line(given) if isinstance(given, str) else tuple(one_line(line) for line in given)
            object.__setattr__(self, name, kept)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Mark:
        """Read what ``as_record`` gave, after it has travelled as JSON."""
        parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in record.items()}
        return cls(**parts)

    def as_record(self) -> dict[str, Any]:
        """Give every part by its name, JSON-ready."""
        return asdict(self)

    def heading(self) -> str:
        """Give the line that stands at the top."""
        return f"{self.label} until {self.restricted_until_text}"

    def bearer(self) -> str:
        """Say who it was made for, and in which post."""
        return f"{self.recipient_name}, {self.post}, {self.organisation}"

    def holder(self) -> str:
        """Give the line that says whose copy it is."""
        return f"Copy for {self.bearer()} – opening {self.opening_number}"

    def short(self) -> str:
        """Give what stands across a page, large and pale."""
        return f"{self.recipient_name} – {self.opening_number}"

    def unseen(self) -> str:
        """Give what is written over a page without being seen, for whoever looks for it by program."""
        return f"{UNSEEN} {self.opening_number}"

    def top(self) -> tuple[str, ...]:
        """Give what stands at the head of a page in short lines: how it is marked, whose copy it is, and its number."""
        return self.heading(), f"Copy for {self.bearer()}", f"Opening {self.opening_number}"

    def bottom(self) -> tuple[str, ...]:
        """Give what stands at the foot of a page: what accompanies the statistics by law, and the warning."""
        return (*self.accompanying, self.warning_text)

    def least(self) -> str:
        """Give what must fit even where there is room for a few words only."""
        return f"{self.label} – opening {self.opening_number}"

    def properties(self) -> dict[str, str]:
        """Give the mark as a document's own properties, by name; those that have nothing to say are left out."""
        said = {
            NUMBER_PROPERTY: self.opening_number,
            "Marking": self.heading(),
            "CopyFor": self.bearer(),
            "Accompanying": " ".join(self.accompanying),
            "Warning": self.warning_text,
            "BindingYou": " ".join(self.binding),
        }
        return {name: text for name, text in said.items() if text}

    def lines(self) -> tuple[str, ...]:
        """Give the heading, the holder, what accompanies the statistics by law, and the warning, each on one line."""
        return self.heading(), self.holder(), *self.bottom()

    def notice(self) -> bytes:
        """Give the text that goes with a copy that cannot be stamped itself. UTF-8, lines ended as on Windows."""
        return "".join(f"{line}\r\n\r\n" for line in (*self.lines(), *self.binding)).encode("utf-8")


UNSEEN = "pra-opening"
"""Stands before the number where it is written for programs alone."""

XMP_SPACE = "http://ns.adobe.com/pdfx/1.3/"
"""The namespace in which XMP repeats what a PDF's own information says in members of its own."""

NUMBER_PROPERTY = "OpeningNumber"
"""The name of the property that leads to the opening, in every format that has properties."""


def readme_name(label: str) -> str:
    """Name the member of a ZIP copy that carries the mark.

    Args:
        label: How the statistics are marked.
    """
    return f"READ ME FIRST - {label}.txt"


README_NAMES = frozenset(readme_name(label).casefold() for label in LABELS)
"""Those names, which no document may have."""


def one_line(text: str) -> str:
    """Put text on one line: blanks run together, control, format and unassigned characters left out.

    A name with a line break or a bidirectional override in it could otherwise make the mark say something else.

    Returns:
        The text without them; empty where nothing else was in it.
    """
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    return " ".join("".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C").split())


def western(text: str) -> str:
    """Spell text with the letters the standard PDF fonts have (Windows code page 1252).

    An accent they lack is dropped (ŵ becomes w), any other letter becomes a question mark; the opening number, which
    is plain ASCII, still identifies the copy.
    """
    return "".join(_western_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _western_letter(letter: str) -> str:
    if _has(letter):
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return plain if plain and all(_has(part) for part in plain) else "?"


def _has(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


SPECIMEN = Mark("Specimen", "Specimen", "Specimen", "publication", "0", "Specimen.")
"""A mark to try whether a document can carry one."""
