"""Charts as shapes: bars beside their labels, in parts that differ in black and white as well, each with its figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.rules.drawing import Box, Drawing, Ink, Shape, Stroke, Words, width_of, wrapped
from app.rules.statistics import Statistics

_WIDTH = 900
_LABELS = 330
_STEP = 30
_TONES = (Ink.DARK, Ink.LIGHT, Ink.WHITE)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its parts from the left, and the figure that stands behind it."""

    label: str
    parts: tuple[float, ...]
    shown: str


def bars(title: str, described: str, rows: Sequence[Bar], key: Sequence[str] = ()) -> Drawing:
    """Draw bars.

    Args:
        title: What they show, in a line.
        described: The same in whole sentences.
        rows: One for each bar; their lengths are compared with the longest.
        key: What the parts are, where there is more than one.
    """
    longest = max((sum(row.parts) for row in rows), default=0) or 1
    room = _WIDTH - _LABELS - 14 - max((width_of(row.shown, 12) for row in rows), default=0)
    shapes: list[Shape] = [Words(8, 24, wrapped(title, 16, _WIDTH - 16, 1)[0], 16, bold=True)]
    y = 44.0
    if key:
        shapes += _key(key, y)
        y += 26
    top = y
    for row in rows:
        shapes += _bar(row, y, room / longest)
        y += _STEP
    if not rows:
        shapes.append(Words(8, y + 16, "There are no cases.", 13))
        y += _STEP
    else:
        shapes.append(Stroke(_LABELS, top, _LABELS, y, Ink.BLACK, 1.2))
    return Drawing(_WIDTH, y + 10, title, described, (Box(0, 0, _WIDTH, y + 10, Ink.WHITE), *shapes))


def _key(key: Sequence[str], y: float) -> list[Shape]:
    made: list[Shape] = []
    x: float = _LABELS
    for place, text in enumerate(key):
        made += [Box(x, y - 2, 14, 14, _TONES[place], Ink.BLACK), Words(x + 20, y + 10, text, 13)]
        x += 44 + width_of(text, 13)
    return made


def _bar(row: Bar, y: float, scale: float) -> list[Shape]:
    label = wrapped(row.label, 12, _LABELS - 20, 2)
    begins = y + (19 if len(label) == 1 else 12)
    made: list[Shape] = [Words(_LABELS - 8, begins + place * 13, line, 12, "end") for place, line in enumerate(label)]
    x = float(_LABELS)
    for place, part in enumerate(row.parts):
        wide = round(part * scale, 1)
        if wide > 0:
            made.append(Box(x, y + 5, wide, 19, _TONES[place], Ink.BLACK, says=f"{row.label}: {row.shown}"))
        x = round(x + wide, 1)
    return [*made, Words(x + 6, y + 19, row.shown, 12)]


def charts_of(told: Statistics) -> tuple[Drawing, ...]:
    """Draw the charts of a period's statistics.

    Returns:
        Recipients and readers by month, grants by class, publication, breaches by kind and by cause; in this order.
    """
    return (_recipients(told), *(_counts(told, *one) for one in _COUNTED))


def _recipients(told: Statistics) -> Drawing:
    listed = [one for one in told.parts if one.listed is not None and one.opened is not None]
    rows = [
        Bar(
            f"{one.words} ({_releases(one.releases)})",
            (one.opened or 0, (one.listed or 0) - (one.opened or 0)),
            f"{one.listed:g} listed, {one.opened:g} opened",
        )
        for one in listed
    ]
    said = "; ".join(f"{row.label}: {row.shown}" for row in rows) or "No release had recipients"
    title = f"Recipients of a release on average, {told.period.words}"
    return bars(title, f"{said}.", rows, ("opened something", "opened nothing"))


def _releases(number: int) -> str:
    return f"{number} release{'' if number == 1 else 's'}"


_COUNTED = (
    ("Grants by class", ("grants.class",)),
    (
        "Publication, by the record",
        ("publication.on_time", "publication.early", "publication.late", "publication.not_yet"),
    ),
    ("Breaches by kind", ("incidents.kind",)),
    ("Breaches by cause", ("incidents.cause",)),
)


def _counts(told: Statistics, name: str, keys: tuple[str, ...]) -> Drawing:
    figures = [one for key in keys for one in told.of(key)]
    cases = [one for one in figures if one.of is None or one.of > 0]
    rows = [Bar(one.words.partition(": ")[2] or one.words, (one.value or 0,), one.shown) for one in cases]
    said = "; ".join(f"{row.label}: {row.shown}" for row in rows) or "There are no cases"
    return bars(f"{name}, {told.period.words}", f"{said}.", rows)
