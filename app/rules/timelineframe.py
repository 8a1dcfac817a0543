"""What a timeline's picture stands on: its span of time, the hours along it, and the lines that cross every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.drawing import Ink, Shape, Stroke, Words, width_of
from app.rules.facts import Grant, ReleaseState
from app.rules.limits import opens_at_for
from app.rules.reasons import utc
from app.rules.timeaxis import Axis, short_text
from app.rules.timeline import Timeline
from app.rules.timelinemarks import ASIDE
from app.rules.timeliness import LATE_FROM

LABELS = 300
WIDTH = 1000
LEVEL = 16
_LEFT, _RIGHT = LABELS + ASIDE + 8, WIDTH - ASIDE - 12
_DAY = timedelta(hours=24)
_SIZE = 12
_BOLD_FROM = 2  # a line thicker than this has its words in bold
_WITHOUT_TIME = (ReleaseState.POSTPONED, ReleaseState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A line across every row: where, its words, and how it is drawn. ``level`` is the height of its words."""

    x: float
    text: str
    dashes: str
    thick: float
    level: int


def frame_of(told: Timeline) -> Axis:
    """Give the span that is drawn: every window from its beginning to its end, and the time set.

    What happened long before or after is told beside it, so that the window itself keeps its room.
    """
    release = told.release
    points = [at for row in told.rows for span in row.spans for at in (span.from_at, span.until_at)]
    if release.state not in _WITHOUT_TIME:
        opens = opens_at_for(release, Grant("", "", ""))
        points += [utc(release.publishes_at), *([opens] if opens else [])]
    if release.published_at is not None:
        points.append(utc(release.published_at))
    points = points or [utc(release.publishes_at)]
    first, last = min(points), max(points)
    if last - first < timedelta(minutes=10):
        first = last - _DAY
    margin = (last - first) / 25
    return Axis(first - margin, last + margin, _LEFT, _RIGHT)


def crossings(told: Timeline, axis: Axis) -> tuple[Crossing, ...]:
    """Give the lines across every row, their words on as many heights as it takes for none to lie on another."""
    taken: list[float] = []
    made = []
    for at, text, dashes, thick in sorted(_lines(told), key=lambda one: one[0]):
        if not axis.holds(at):
            continue
        x, wide = axis.place(at), width_of(text, _SIZE, bold=thick > _BOLD_FROM)
        begins = x - _shift(x, wide)
        level = next((one for one, until in enumerate(taken) if until + 8 <= begins), len(taken))
        taken[level : level + 1] = [begins + wide]
        made.append(Crossing(x, text, dashes, thick, level))
    return tuple(made)


def _lines(told: Timeline) -> list[tuple[datetime, str, str, float]]:
    release = told.release
    found: list[tuple[datetime, str, str, float]] = []
    if told.opens_at is not None:
        found.append((told.opens_at, f"First window opened {short_text(told.opens_at)}", "2 3", 1.2))
    recalled = next((one.at for one in told.happened if one.kind == "recall_begun"), None)
    if recalled is not None:
        found.append((recalled, f"Recall begun {short_text(recalled)}", "9 3 2 3", 1.2))
    published = None if release.published_at is None else utc(release.published_at)
    in_time = published is not None and release.publishes_at <= published < release.publishes_at + LATE_FROM
    if not in_time and release.state not in _WITHOUT_TIME:
        found.append((utc(release.publishes_at), f"Set for {short_text(release.publishes_at)}", "6 4", 1.4))
    if published is not None:
        found.append((published, f"Published {short_text(published)}", "", 2.5))
    elif release.state not in _WITHOUT_TIME:
        found.append((told.at, f"Now, {short_text(told.at)}", "1 3", 2))
    return found


def _shift(x: float, wide: float) -> float:
    """Give how far left of its line a text begins: in the middle of it, but inside the picture."""
    return max(x + wide - (WIDTH - 6), min(wide / 2, x - LABELS))


def drawn_lines(lines: Sequence[Crossing], top: float, bottom: float) -> tuple[list[Shape], list[Shape]]:
    """Draw the lines, and apart from them their words, which stand above the axis.

    Args:
        lines: From ``crossings``.
        top: The height of the first words.
        bottom: Where the lines end.
    """
    strokes: list[Shape] = []
    words: list[Shape] = []
    for one in lines:
        y = top + one.level * LEVEL
        strokes.append(Stroke(one.x, y + 4, one.x, bottom, Ink.BLACK, one.thick, one.dashes))
        bold = one.thick > _BOLD_FROM
        begins = round(one.x - _shift(one.x, width_of(one.text, _SIZE, bold=bold)), 1)
        words.append(Words(begins, y, one.text, _SIZE, bold=bold))
    return strokes, words


def drawn_axis(axis: Axis, y: float, bottom: float) -> list[Shape]:
    """Draw the hours and days along the axis, with a faint line down from each.

    Args:
        axis: The span.
        y: The height of the axis.
        bottom: Where the faint lines end.
    """
    made: list[Shape] = [
        Words(axis.left - ASIDE / 2 - 2, y - 5, "before", 11, "middle", ink=Ink.DARK),
        Words(axis.right + ASIDE / 2 + 2, y - 5, "after", 11, "middle", ink=Ink.DARK),
        Stroke(axis.left, y, axis.right, y, Ink.BLACK, 1.2),
        *(Stroke(x, y - 10, x, bottom, Ink.GREY) for x in (axis.left, axis.right)),
    ]
    for tick in axis.ticks():
        x = axis.place(tick.at)
        made += [Stroke(x, y - 4, x, y, Ink.BLACK), Stroke(x, y, x, bottom, Ink.LIGHT, 0.7)]
        made += [Words(x, y - 7, tick.hour or tick.day, 11, "middle")]
        if tick.hour and tick.day:
            made.append(Words(x, y - 20, tick.day, 11, "middle", bold=True))
    return made
