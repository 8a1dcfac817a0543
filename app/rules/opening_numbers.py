"""The number of an opening, as it is written on a copy, and as somebody types it who reads it off a photograph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from app.rules.errors import Malformed

NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What an opening's number is written with: nothing that could be read as something else."""
NUMBER_LENGTH = 8
UNCLEAR_AT_MOST = 2

# Letters that no number has, and those of its letters that somebody may have seen instead.
_SEEN_AS = {"0": "DQ8", "O": "DQ8", "1": "7JT", "I": "7JT", "L": "7JT", "U": "V", "?": NUMBER_LETTERS}
# Letters of numbers that a blurred photograph turns into one another.
_CONFUSED = {"8": "8B", "B": "8B", "5": "5S", "S": "5S", "2": "2Z", "Z": "2Z", "6": "6G", "G": "6G"}
_NUMBER = re.compile(f"[{NUMBER_LETTERS}]{{4}}-[{NUMBER_LETTERS}]{{4}}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")


@dataclass(frozen=True, slots=True)
class Readings:
    """What somebody may have meant who typed a number.

    Attributes:
        typed: What they typed, without blanks and in capitals, e.g. ``K7F3-9QXM``.
        exact: It as it stands, where all its letters are those of a number; otherwise empty.
        look_alike: The numbers it is when each letter that no number has is read as one that looks like it.
        near: Those that differ in one letter, or by letters that are easily taken for one another.
    """

    typed: str
    exact: tuple[str, ...]
    look_alike: tuple[str, ...]
    near: tuple[str, ...]


def is_number(text: str) -> bool:
    """Say whether a text is written as an opening's number is."""
    return _NUMBER.fullmatch(text) is not None


def readings(text: str) -> Readings:
    """Give what a typed number may mean. Capitals or not, with its hyphen or without; ``?`` for a letter unread.

    Args:
        text: As it was typed.

    Raises:
        Malformed: It cannot be a number, or more than two of its letters are unclear.
    """
    letters = _BETWEEN.sub("", text).upper()
    if len(letters) != NUMBER_LENGTH or any(one not in NUMBER_LETTERS and one not in _SEEN_AS for one in letters):
        raise Malformed(
            "An opening's number has eight letters and digits, like K7F3-9QXM. Type it as it stands in the mark, with "
            "? for a letter that cannot be read."
        )
    unclear = [place for place, letter in enumerate(letters) if letter in _SEEN_AS]
    if len(unclear) > UNCLEAR_AT_MOST:
        raise Malformed(
            "Too many letters of this number are unclear: at most two can be. Look for another place where the mark "
            "stands; it is at the head of each page, and across it."
        )
    meant = _spelled(tuple(_SEEN_AS.get(letter, letter) for letter in letters))
    near = set() if "?" in letters else _near(meant) - meant
    exact = set() if unclear else meant
    return Readings(_hyphened(letters), _sorted(exact), _sorted(meant - exact), _sorted(near))


def _near(meant: set[str]) -> set[str]:
    off = {
        number[:place] + letter + number[place + 1 :]
        for number in meant
        for place in range(NUMBER_LENGTH)
        for letter in NUMBER_LETTERS
    }
    return off.union(*(_spelled(tuple(_CONFUSED.get(letter, letter) for letter in number)) for number in meant))


def _spelled(choices: tuple[str, ...]) -> set[str]:
    return {"".join(letters) for letters in product(*choices)}


def _sorted(numbers: set[str]) -> tuple[str, ...]:
    return tuple(_hyphened(number) for number in sorted(numbers))


def _hyphened(letters: str) -> str:
    return f"{letters[:4]}-{letters[4:]}"
