"""The signs of a timeline: what each row did, where it stands, and what is drawn together where it stands close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.rules.drawing import Box, Form, Ink, Shape, Sign, Words, width_of
from app.rules.happenings import Happening
from app.rules.timeaxis import Axis
from app.rules.timeline import Row
from app.rules.timelinewords import opened_text, refused_text, stated_text

APART = 11
ASIDE = 46
"""How wide the strips are beside the axis, where what was before and after it stands."""
_NAMED_AT_MOST = 8
_SMALL = 10.5
_OF_COPY = {"completed": Form.DISC, "unfetched": Form.RING}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did: when, its sign, and its words."""

    at: datetime
    form: Form
    says: str


def opened_deeds(row: Row) -> list[Deed]:
    """Give the openings of a row as signs: a disc where the copy was sent whole, a ring where it was not fetched."""
    return [Deed(one.at, _OF_COPY.get(one.became, Form.HALF), f"Opened {opened_text(one)}") for one in row.opened]


def other_deeds(row: Row) -> list[Deed]:
    """Give the refusals and statements of a row as signs."""
    refused = [Deed(one.at, Form.CROSS, f"Refused {refused_text(one.at, one.codes)}") for one in row.refused]
    stated = [Deed(one.at, Form.DIAMOND, f"Stated {stated_text(one.at, one.did)}") for one in row.stated]
    return sorted(refused + stated, key=lambda one: one.at)


def signs(deeds: Sequence[Deed], axis: Axis, y: float) -> list[Shape]:
    """Draw deeds on one line. Those of one form that stand close become one sign with their number.

    Signs of different forms are moved apart where they would lie on each other: the table has the instants.

    Args:
        deeds: In any order.
        axis: Where they stand.
        y: The height of their line.
    """
    ordered = sorted(deeds, key=lambda one: one.at)
    before = [one for one in ordered if one.at < axis.from_at]
    after = [one for one in ordered if one.at > axis.until_at]
    inside = [one for one in ordered if axis.holds(one.at)]
    return [
        *_laid(_by_form(before, axis.left - ASIDE + 4), y),
        *_laid(_grouped(inside, axis.place), y),
        *_laid(_by_form(after, axis.right + 12), y),
    ]


def _grouped(deeds: Sequence[Deed], place: Callable[[datetime], float]) -> list[tuple[float, list[Deed]]]:
    groups: list[tuple[float, list[Deed]]] = []
    for one in deeds:
        x = place(one.at)
        near = next((those for at, those in reversed(groups) if x - at < APART and those[0].form is one.form), None)
        if near is not None:
            near.append(one)
        else:
            groups.append((x, [one]))
    return groups


def _by_form(deeds: Sequence[Deed], x: float) -> list[tuple[float, list[Deed]]]:
    forms = list(dict.fromkeys(one.form for one in deeds))
    return [(x, [one for one in deeds if one.form is form]) for form in forms]


def _laid(groups: Sequence[tuple[float, list[Deed]]], y: float) -> list[Shape]:
    made: list[Shape] = []
    free_from = float("-inf")
    for wanted, those in groups:
        x = max(wanted, free_from)
        made.append(Sign(x, y, those[0].form, _told(those)))
        free_from = x + APART
        if len(those) > 1:
            count = f"×{len(those)}"
            made.append(Words(x + 7, y + 3.5, count, _SMALL))
            free_from = x + 9 + width_of(count, _SMALL) + 5
    return made


def _told(those: Sequence[Deed]) -> str:
    more = len(those) - _NAMED_AT_MOST
    return "; ".join([*(one.says for one in those[:_NAMED_AT_MOST]), *([f"and {more} more"] if more > 0 else [])])


def numbered(happened: Sequence[Happening], axis: Axis, y: float) -> list[Shape]:
    """Draw what happened to the release as numbers in squares; those that stand close share one.

    Args:
        happened: Oldest first.
        axis: Where they stand; what was before or after it stands beside it.
        y: The height of their line.
    """
    groups: list[tuple[float, list[Happening]]] = []
    for one in happened:
        x = _beside(one.at, axis)
        # Wider than its number: a square that would lie on the one before joins it.
        if groups and x - groups[-1][0] < _box_width(groups[-1][1]) / 2 + 14:
            groups[-1][1].append(one)
        else:
            groups.append((x, [one]))
    made: list[Shape] = []
    for x, those in groups:
        wide = _box_width(those)
        says = "; ".join(f"{one.number}. {one.text}" for one in those[:_NAMED_AT_MOST])
        made.append(Box(round(x - wide / 2, 1), y - 9, wide, 18, Ink.WHITE, Ink.BLACK, says=says))
        made.append(Words(x, y + 4, _numbers(those), 11, "middle", bold=True))
    return made


def _beside(at: datetime, axis: Axis) -> float:
    if at < axis.from_at:
        return axis.left - ASIDE / 2 - 2
    return axis.right + ASIDE / 2 + 2 if at > axis.until_at else axis.place(at)


def _numbers(those: Sequence[Happening]) -> str:
    first, last = those[0].number, those[-1].number
    return str(first) if first == last else f"{first}–{last}"


def _box_width(those: Sequence[Happening]) -> float:
    return max(18, round(width_of(_numbers(those), 11) + 9, 1))
