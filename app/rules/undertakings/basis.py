"""What the words of an undertaking are put together from. Nothing here depends on the time set for publication."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.rules.facts import DeclarationScope, Grant, GrantClass, Release

UNNAMED = "The producer has not named it."
# What of a grant decides the words, and whether they are asked for. Nothing else does: not whose it is, nor which post.
TERMS = ("grant_class", "ground_letter", "conditions", "place")


@dataclass(frozen=True, slots=True)
class ProducerWords:
    """What a producer adds to the words of an Order.

    Attributes:
        version: 0 for the warning given with the producer's policy, then 1, 2, …; each is kept.
        text: May be empty.
    """

    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything that decides which words one person would have to sign today.

    Attributes:
        grants: Their own, in the order of the list.
        own_words: What the producer adds.
        contact: Where the producer is told of an accident; may be empty.
        scope: One release, or every release of its series.
        series_title: Of the series; needed for that scope.
    """

    release: Release
    grants: tuple[Grant, ...]
    own_words: ProducerWords
    contact: str
    scope: DeclarationScope = DeclarationScope.RELEASE
    series_title: str = ""

    @property
    def told(self) -> str:
        """Where to tell the producer of an accident, on one line."""
        return one_line(self.contact) or "the contact named on its web site"

    @property
    def letters(self) -> tuple[str, ...]:
        """The Order's own grounds that the grants name, each once, by letter."""
        return letters_of(self.grants)


def letters_of(grants: Iterable[Grant]) -> tuple[str, ...]:
    """Give the grounds that grants name, by letter, each once and in order; an empty one where none is named."""
    return tuple(sorted({grant.ground_letter.strip() for grant in grants}))


def conditions_of(grants: Sequence[Grant]) -> tuple[str, ...]:
    """Give the conditions set for a person, each once and on one line, in the order of their grants.

    Args:
        grants: The person's own. A secure place is a condition like any other.
    """
    found: list[str] = []
    for grant in grants:
        if grant.conditions.strip():
            found.append(one_line(grant.conditions))
        if grant.place.strip():
            found.append(f"I read it at this place and nowhere else: {one_line(grant.place)}.")
    return tuple(dict.fromkeys(found))


def ground_of(grant: Grant, words: dict[str, str], support: str) -> str:
    """Say on what ground a grant gives access; empty where the producer has not named one of the Order's own.

    Args:
        grant: The grant.
        words: Of each ground of the Order, by letter.
        support: What is said to somebody who only supports a recipient, and needs no ground of their own.
    """
    letter = grant.ground_letter.strip()
    if letter in words:
        return f"({letter}) {words[letter]}"
    return support if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT else ""


def grounds_lines(grants: Iterable[Grant], words: dict[str, str], support: str) -> str:
    """Write the grounds of access as a list, each once.

    Args:
        grants: The person's own.
        words, support: As for ``ground_of``.
    """
    named = sorted({ground_of(grant, words, support) or UNNAMED for grant in grants})
    return "\n".join(f"   – {ground}" for ground in named)


def conditions_part(number: int, grants: Sequence[Grant], set_by: str) -> tuple[str, ...]:
    """Write the numbered part on the conditions set for a person; nothing where there are none.

    Args:
        number: Of the part.
        grants: The person's own.
        set_by: By what they were set, for the brackets.
    """
    listed = "\n".join(f"   – {condition}" for condition in conditions_of(grants))
    return (f"{number}. I will keep these conditions, which were set for me ({set_by}):\n{listed}",) if listed else ()


def power_to_set(grants: Sequence[Grant], special: dict[GrantClass, str]) -> str:
    """Name the paragraphs by which conditions may be set for these grants.

    Args:
        grants: The person's own.
        special: The paragraph of each class that is granted under a provision of its own.
    """
    named = sorted({special.get(grant.grant_class, "3(1)(f)") for grant in grants} or {"3(1)(f)"}, key=_by_number)
    return f"Schedule, paragraph{'s' if len(named) > 1 else ''} {' and '.join(named)}"


def one_line(text: str) -> str:
    """Put text on one line, so that no title or name can break out of its place in the words."""
    return " ".join(text.split())


def _by_number(paragraph: str) -> int:
    return int(paragraph.partition("(")[0])
