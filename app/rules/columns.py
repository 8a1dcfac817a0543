"""Finds the headings of a producer's own sheet, whatever the producer calls its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.rules import wording

# What each column may be called, after case, spacing and punctuation are taken away.
NAMES: dict[str, tuple[str, ...]] = {
    "post": (
        "post",
        "post title",
        "posts",
        "role",
        "role title",
        "job title",
        "job role",
        "title",
        "position",
        "post holder",
        "postholder",
        "recipient post",
    ),
    "organisation": (
        "organisation",
        "organization",
        "organisation name",
        "department",
        "department organisation",
        "org",
        "body",
        "employer",
        "ministry",
    ),
    "period": (
        "period",
        "hours",
        "period hours",
        "period text",
        "access period",
        "period of access",
        "hours before publication",
        "hours before release",
        "length of access",
        "duration",
    ),
    "count": ("count", "number", "no", "number of people", "number of posts", "head count", "headcount", "quantity"),
    "seat": ("seat", "seat number"),
    "unit": ("unit", "business unit", "directorate", "division", "branch", "team"),
    "group": ("group", "section", "block", "category of post"),
    "class": ("class", "access class", "type of access", "access type", "type"),
    "ground": ("ground", "grounds", "reason", "reason for access", "justification", "need"),
    "name": ("name", "full name", "holder", "name of holder", "post holder name", "person"),
    "email": ("email", "e mail", "email address", "e mail address", "mail"),
    "conditions": ("conditions", "condition", "specific conditions"),
    "held_from": ("held from", "in post from", "in post since", "held since", "start date"),
    "exceptional": ("exceptional", "exceptional reasons", "published reasons"),
    "board_informed": ("board informed", "board informed at", "board informed on", "board notice"),
    "ground_letter": ("ground letter", "letter of ground", "order ground", "ground of the order"),
    "supports": ("supports", "on behalf of", "in support of", "passed on by", "stands in for"),
    "place": ("place", "room", "secure place", "lock in room", "location"),
    "agreement": ("agreement", "written agreement", "prior agreement", "agreement in writing"),
}
LIMITS = {
    "post": 300,
    "organisation": 200,
    "period": 100,
    "count": 20,
    "seat": 20,
    "unit": 200,
    "group": 200,
    "class": 100,
    "ground": 5000,
    "name": 200,
    "email": 254,
    "conditions": 5000,
    "held_from": 40,
    "exceptional": 5000,
    "board_informed": 40,
    "ground_letter": 20,
    "supports": 254,
    "place": 300,
    "agreement": 5000,
}
_MAY_STAND_TWICE = ("period",)  # producers give hours in one column and other words in the next
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Header:
    """Which column holds what.

    Attributes:
        places: Column numbers, from 0, by what they hold.
        headings: The sender's own headings, by what they hold.
        unknown: Headings that are not known.
        twice: Headings of columns that hold what another holds already.
    """

    places: dict[str, tuple[int, ...]]
    headings: dict[str, str]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        return name in self.places

    def names(self) -> tuple[str, ...]:
        """Give what the columns hold."""
        return tuple(self.places)

    def heading(self, name: str) -> str:
        """Give the sender's own heading, or our word where there is no such column."""
        return self.headings.get(name, name)

    def cell(self, cells: Sequence[str], name: str) -> str:
        """Give the words of a row's cell, tidied; a lone dash counts as empty."""
        return wording.unquoted(self.written(cells, name))

    def written(self, cells: Sequence[str], name: str) -> str:
        """Give a row's cell as it is written, tidied, with the apostrophe in front of what looks like a formula."""
        for place in self.places.get(name, ()):
            text = wording.tidy(cells[place]) if place < len(cells) else ""
            if text and text not in ("-", "–", "—", "n/a", "N/A"):
                return text
        return ""


def find_header(
    rows: Sequence[Sequence[str]],
    *,
    names: Mapping[str, Sequence[str]] = NAMES,
    needed: Sequence[str] = ("post", "organisation"),
) -> tuple[Header, int] | None:
    """Find the row of headings among the first twenty.

    Args:
        rows: Rows of text.
        names: What each column may be called, in plain lower case, by what it holds.
        needed: What the row must name.

    Returns:
        The header and the row's number from 0; None when no row names all that is needed.
    """
    by_call = {called: name for name, calls in names.items() for called in calls}
    for number, cells in enumerate(rows[:_LOOKED_AT]):
        header = _header(cells, by_call)
        if all(header.has(name) for name in needed):
            return header, number
    return None


def _header(cells: Sequence[str], by_call: Mapping[str, str]) -> Header:
    places: dict[str, tuple[int, ...]] = {}
    headings: dict[str, str] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for place, text in enumerate(cells):
        heading = wording.tidy(text)[:100]
        name = by_call.get(_plain(heading))
        if not heading:
            continue
        if name is None:
            unknown.append(heading)
        elif name in places and name not in _MAY_STAND_TWICE:
            twice.append(heading)
        else:
            places[name] = (*places.get(name, ()), place)
            headings.setdefault(name, heading)
    return Header(places, headings, tuple(unknown), tuple(twice))


def _plain(heading: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", heading.lower().replace("(s)", "s")).split())
