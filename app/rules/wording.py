"""The words on producers' own lists: what a post title, a period or a class says, and what is odd about it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


# One person holds a post; these words, at the end of the head of a title, name many people at once.
_MANY = _each(
    "advisers advisors analysts assistants chiefs clerks consultants coordinators co-ordinators deputies directors "
    "economists editors executives facilitators governors heads journalists leads leaders managers members ministers "
    "nurses officers officials partners researchers secretaries servants spads specialists spokespeople spokespersons "
    "statisticians people persons colleagues"
)
_UNITS = _each(
    "board branch committee communications department desk directorate division funding group office policy "
    "secretariat staff team teams unit"
)
_ONE = frozenset(word.removesuffix("s") for word in _MANY) | _each(
    "secretary deputy servant spokesperson minister chancellor lead counsellor attaché treasurer commissioner"
)
_HEAD_ENDS = re.compile(r"[,(/–—:]| - | of | for | to | in | and their | and his | and her ", re.IGNORECASE)
_HELPERS = re.compile(
    r"\b(and|plus|with|including)\b.{0,20}\b(support|ancillary|private office)\b|\bsupport(ing)? staff\b", re.IGNORECASE
)
_COUNT = re.compile(
    r"^(?P<before>\d{1,3})\s*[x×]\s+(?P<a>.+)$|^(?P<b>.+?)\s*[(\[]?\s*[x×]\s*(?P<after>\d{1,3})\s*[)\]]?$"
)
_WORDS = _each(
    "secretary minister ministerial permanent parliamentary statistician statistics director directorate executive "
    "communications communication department departmental departments official economist spokesperson government "
    "treasury chancellor principal private"
)
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_FORMULA = ("=", "+", "@")
_QUOTED = re.compile(r"'+[=+@\-]")  # a sheet's own mark that what follows is words
_SPAN = re.compile(
    r"(?:up to |max(?:imum)?(?: of)? )?(?P<number>\d{1,4}(?:\.\d{1,4})?)\s*"
    r"(?P<unit>hours?|hrs?|h|minutes?|mins?|(?:working |calendar )?days?)?(?:\s*\(.*\))?",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?|(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Span:
    """What a period on a sheet says.

    Attributes:
        asked: Elapsed time, or None when the text gives no number of hours.
        days: The text counts in days.
    """

    asked: timedelta | None
    days: bool = False


def tidy(text: str) -> str:
    """Bring text to one Unicode form, with single spaces and none at its ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet program would take a cell for a formula rather than for words."""
    return text.startswith(_FORMULA)


def quoted(text: str) -> str:
    """Keep apostrophes that are the text's own apart from the mark that ``unquoted`` takes off."""
    return f"'{text}" if _QUOTED.match(text) else text


def unquoted(text: str) -> str:
    """Take off the apostrophe by which a sheet says that what looks like a formula is words."""
    return text[1:] if _QUOTED.match(text) else text


def has_odd_characters(text: str) -> bool:
    """Say whether text holds control or direction-changing characters."""
    return _ODD.search(text) is not None


def counted(title: str) -> tuple[str, int | None]:
    """Take a count such as ``2x`` or ``x 2`` off a title.

    Returns:
        The title without it, and the count or None when there was none.
    """
    found = _COUNT.match(title)
    if not found:
        return title, None
    return tidy(found["a"] or found["b"]), int(found["before"] or found["after"])


def names_a_group(title: str) -> str | None:
    """Say why a title names several people or a unit at once; None when it names one post.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    if _HELPERS.search(title):
        return "it takes in supporting staff, who need grants of their own"
    words = _HEAD_ENDS.split(title, maxsplit=1)[0].lower().replace("’", "'").split()
    if not words:
        return None
    if words[-1] in _MANY:
        return "its title is a plural"
    if words[-1] in _UNITS and not any(word in _ONE or word in ("governor's", "chief", "head") for word in words):
        return "it names a unit, not a post"
    return None


def misspellings(title: str) -> tuple[str, ...]:
    """Give a sentence for each word of a title that looks misspelt, or is a variant spelling."""
    found = []
    for word in re.findall(r"[A-Za-z]{6,}", title):
        low = word.lower()
        if low in ("advisor", "advisors"):
            found.append(
                f"“{word}” is a variant spelling of “{word[: -3 if low.endswith('s') else -2]}er"
                f"{'s' if low.endswith('s') else ''}”."
            )
            continue
        meant = _meant(low)
        if meant:
            found.append(f"“{word}” looks like a misspelling of “{meant}”.")
    return tuple(found)


def span(text: str) -> Span:
    """Read a period: ``24``, ``24 hours``, ``up to 21 hrs``, ``90 minutes``, ``5 working days``.

    Returns:
        Elapsed time; or a mark that the text counts in days; or neither, when it says something else.
    """
    found = _SPAN.fullmatch(tidy(text))
    if not found:
        return Span(None)
    unit = (found["unit"] or "hours").lower()
    if "day" in unit:
        return Span(None, days=True)
    number = float(found["number"])
    minutes = number if unit.startswith("m") else number * 60
    return Span(timedelta(minutes=round(minutes)))


def day(text: str) -> date | None:
    """Read a day, as ``2026-03-10`` or ``10/03/2026``; None when it is no such day."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, number = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """Read an instant with its offset from UTC, or a day as its first instant in UTC; None when it is neither."""
    only_day = day(text)
    try:
        at = datetime.fromisoformat(f"{only_day.isoformat()}T00:00:00+00:00" if only_day else text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _meant(low: str) -> str | None:
    singular = low.removesuffix("s")
    if low in _WORDS or singular in _WORDS:
        return None
    for word in sorted(_WORDS):
        if SequenceMatcher(None, singular, word).ratio() >= 0.9:
            return word
    return None
