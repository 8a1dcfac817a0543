"""What was found in a stray copy, and how that is told by the process that looked into it. No library reads here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from app.rules.errors import Unavailable
from app.rules.opening_numbers import is_number
from app.vault.copies.marks import one_line

NUMBERS_AT_MOST = 10_000
PLACES_AT_MOST = 8
_MANY_NUMBERS = 500  # beyond, one place of each: the whole stays within what is believed of the process
_PLACE_LETTERS = 120
IN_FILE_NAME = "the file's name"
IN_MEMBER_NAME = "a name inside it"
NAMES = (IN_FILE_NAME, IN_MEMBER_NAME)
"""Places where anything can look like a number."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """An opening's number, and where it stood.

    Attributes:
        number: For example ``K7F3-9QXM``.
        where: For people, for example ``page 3`` or ``part word/header1.xml``.
    """

    number: str
    where: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking through a file.

    Attributes:
        found: Each number with places where it stood; at most ``PLACES_AT_MOST`` of each.
        missed: What could not be looked into, for people; empty when all was.
    """

    found: tuple[Found, ...]
    missed: tuple[str, ...] = ()


def told(looked: Looked) -> bytes:
    """Write it as bytes, within bounds; what is left out is then told as missed."""
    places: dict[str, list[str]] = {}
    for one in looked.found:
        places.setdefault(one.number, []).append(one.where[:_PLACE_LETTERS])
    missed = list(looked.missed)
    if len(places) > NUMBERS_AT_MOST:
        missed.insert(0, f"all numbers in it but the first {NUMBERS_AT_MOST}")
    each = PLACES_AT_MOST if len(places) <= _MANY_NUMBERS else 1
    kept = {number: where[:each] for number, where in islice(places.items(), NUMBERS_AT_MOST)}
    shown = [line[:_PLACE_LETTERS] for line in missed[:PLACES_AT_MOST]]
    return json.dumps({"found": kept, "missed": shown}, separators=(",", ":")).encode("ascii")


def heard(said: bytes) -> Looked:
    """Read what ``told`` wrote; whoever wrote it has read a stranger's file, so nothing of it is believed unseen.

    Args:
        said: As it came through the pipe.

    Returns:
        What was found, with its places freed of what cannot be seen.

    Raises:
        Unavailable: It is not of that form.
    """
    try:
        record = json.loads(said)
        found = [Found(number, one_line(where)) for number, places in record["found"].items() for where in places]
        missed = tuple(one_line(line) for line in record["missed"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _not_understood() from None
    if not all(is_number(one.number) for one in found) or not _short(one.where for one in found) or not _short(missed):
        raise _not_understood()
    return Looked(tuple(sorted(found)), missed)


def _short(lines: Iterable[str]) -> bool:
    return all(len(line) <= _PLACE_LETTERS for line in lines)


def _not_understood() -> Unavailable:
    return Unavailable("the process that reads documents said something that nobody understands")
