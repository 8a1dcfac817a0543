"""The mark: what stands on every copy, so that its holder knows what it is and a stray copy leads to its opening."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

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

    def heading(self) -> str:
        """Give the line that stands at the top."""
        return f"{self.label} until {self.restricted_until_text}"

    def holder(self) -> str:
        """Give the line that says whose copy it is."""
        return f"Copy for {self.recipient_name}, {self.post}, {self.organisation} – opening {self.opening_number}"

    def short(self) -> str:
        """Give what stands across a page, large and pale."""
        return f"{self.recipient_name} – {self.opening_number}"

    def lines(self) -> tuple[str, ...]:
        """Give the heading, the holder, what accompanies the statistics by law, and the warning, each on one line."""
        return self.heading(), self.holder(), *self.accompanying, self.warning_text

    def notice(self) -> bytes:
        """Give the text that goes with a copy that cannot be stamped itself. UTF-8, lines ended as on Windows."""
        return "".join(f"{line}\r\n\r\n" for line in (*self.lines(), *self.binding)).encode("utf-8")


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
