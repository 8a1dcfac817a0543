"""What commonly goes wrong when a passphrase is typed from the screen that showed it once.

Every form is compared in constant time, and all of them are, whatever the first ones gave. Nothing of the true one is
told but that undoing these slips makes the two the same.
"""

from __future__ import annotations

import hmac
import unicodedata
from enum import StrEnum
from itertools import combinations


class Slip(StrEnum):
    """One thing in which what was typed may differ though every letter was meant."""

    LOOKALIKES = "lookalikes"
    BLANKS_AROUND = "blanks_around"
    CASE = "case"
    HYPHENS = "hyphens"


SLIP_WORDS: dict[Slip, str] = {
    Slip.LOOKALIKES: "a character stands for one that looks like it, such as 0 for o or 1 for l (all of them are "
    "letters from a to z, and none is a digit)",
    Slip.BLANKS_AROUND: "there is a blank or a line break before or behind it",
    Slip.CASE: "some letters are capitals (all are small; telephones like to make the first one large)",
    Slip.HYPHENS: "the hyphens between the words are missing, or something else stands in their place (type a plain "
    "hyphen between each two words, and nothing else)",
}
_ALIKE = str.maketrans(
    {"i": "l", "I": "l", "1": "l", "|": "l", "0": "o", "5": "s", "2": "z", "8": "b", "6": "b", "9": "g", "q": "g"}
)


def slips_in(typed: str, true: str) -> tuple[Slip, ...] | None:
    """Say in what alone the typed text differs from the true passphrase.

    Args:
        typed: As typed.
        true: The passphrase.

    Returns:
        The fewest slips that explain it, in the order of ``Slip``; empty when it is right; None when none explain it.
    """
    found: tuple[Slip, ...] | None = None
    for some in _SOME:
        same = hmac.compare_digest(_undone(typed, some), _undone(true, some))
        if same and found is None:
            found = some
    return found


def letters_of(text: str) -> str:
    """Give what is left of a text without blanks, hyphens and other marks, in small letters."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _undone(text: str, slips: tuple[Slip, ...]) -> bytes:
    if Slip.LOOKALIKES in slips:
        text = unicodedata.normalize("NFKC", text).translate(_ALIKE).replace("rn", "m")
    if Slip.BLANKS_AROUND in slips:
        text = text.strip()
    if Slip.CASE in slips:
        text = text.lower()
    if Slip.HYPHENS in slips:
        text = "".join(letter for letter in text if letter.isalnum())
    return text.encode("utf-8", "surrogatepass")


_SOME = tuple(some for count in range(len(Slip) + 1) for some in combinations(Slip, count))
