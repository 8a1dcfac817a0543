"""A timeline as a picture: one row for each person on the list, the window as a bar, what was done as signs on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.rules.drawing import Box, Drawing, Form, Ink, Shape, Sign, Stroke, Words, width_of, wrapped
from app.rules.facts import london_text
from app.rules.timeaxis import Axis, short_text
from app.rules.timeline import Row, Timeline
from app.rules.timelineframe import LABELS, LEVEL, WIDTH, crossings, drawn_axis, drawn_lines, frame_of
from app.rules.timelinemarks import numbered, opened_deeds, other_deeds, signs
from app.rules.timelinewords import described, heading, span_text

ROWS_ON_A_PAGE = 25
_LABEL_SIZE = 12
_LABEL_FROM = 34
_LABEL_WIDTH = LABELS - _LABEL_FROM - 8
_LINE = 14
_KEY = (
    (Form.DISC, "Opened, copy sent whole"),
    (Form.HALF, "Opened, copy not sent to its end"),
    (Form.RING, "Opened, copy not fetched"),
    (Form.CROSS, "Refused"),
    (Form.DIAMOND, "Statement about a recall"),
)


@dataclass(frozen=True, slots=True)
class _Laid:
    """One row with the height it takes."""

    row: Row
    label: list[str]

    @property
    def height(self) -> float:
        return 8 + max(1.6, len(self.label)) * _LINE


def pages(told: Timeline, rows_on_a_page: int = ROWS_ON_A_PAGE) -> tuple[Drawing, ...]:
    """Draw a timeline as pictures that each fit on a page; every one has the whole span of time.

    Args:
        told: The timeline.
        rows_on_a_page: How many rows each may have.

    Returns:
        At least one, in the order of the rows.
    """
    rows = [_laid(row) for row in told.every_row]
    parts = [rows[first : first + rows_on_a_page] for first in range(0, len(rows), rows_on_a_page)] or [[]]
    return tuple(_drawn(told, part, _part_words(told, part, len(parts))) for part in parts)


def whole(told: Timeline) -> Drawing:
    """Draw a timeline as one picture, however long, with what happened to the release listed below."""
    return _drawn(told, [_laid(row) for row in told.every_row], "", listed=True)


def _part_words(told: Timeline, part: Sequence[_Laid], parts: int) -> str:
    if parts == 1:
        return ""
    numbers = [one.row.number for one in part if one.row.number]
    rest = " and those on no list" if part and not part[-1].row.number else ""
    return f"Rows {numbers[0]} to {numbers[-1]} of {len(told.rows)}{rest}. " if numbers else "Those on no list. "


def _laid(row: Row) -> _Laid:
    name = f" ({row.name})" if row.name else ""
    gone = "" if row.listed or not row.number else " – no longer on the list"
    return _Laid(row, wrapped(f"{row.post}{name}{gone}", _LABEL_SIZE, _LABEL_WIDTH, 2))


def _drawn(told: Timeline, rows: Sequence[_Laid], part: str, *, listed: bool = False) -> Drawing:
    axis = frame_of(told)
    lines = crossings(told, axis)
    levels = max((one.level for one in lines), default=0) + 1
    first_words = 66
    axis_y = first_words + levels * LEVEL + 24
    release_y = axis_y + 20
    top = axis_y + 40
    bottom = top + sum(one.height for one in rows)
    strokes, words = drawn_lines(lines, first_words, bottom)
    below, height = _below(told, bottom, listed=listed)
    title = heading(told)
    shapes: list[Shape] = [
        Box(0, 0, WIDTH, height, Ink.WHITE),
        *drawn_axis(axis, axis_y, bottom),
        *_bars(rows, axis, top),
        *strokes,
        *words,
        *_titles(told, title, part),
        Words(8, release_y + 4, "The release (numbers: see the list)", _LABEL_SIZE),
        *numbered(told.happened, axis, release_y),
        Stroke(0, top, WIDTH, top, Ink.GREY),
        *_signs(rows, axis, top),
        *below,
    ]
    return Drawing(WIDTH, height, title, f"{part}{described(told)}", tuple(shapes))


def _titles(told: Timeline, title: str, part: str) -> list[Shape]:
    return [
        Words(8, 24, wrapped(title, 17, WIDTH - 16, 1)[0], 17, bold=True),
        Words(8, 44, f"{part}{told.release.producer.name}. As of {london_text(told.at)}. Times are UK time.", 12),
    ]


def _bars(rows: Sequence[_Laid], axis: Axis, top: float) -> list[Shape]:
    made: list[Shape] = []
    y = top
    for one in rows:
        for span in one.row.spans:
            says = f"Window open {span_text(span)}"
            made.append(_bar(axis.place(span.from_at), axis.place(span.until_at), y, one.height, says))
        for span in one.row.shut:
            says = f"Paused or suspended {span_text(span)}"
            bar = _bar(axis.place(span.from_at), axis.place(span.until_at), y, one.height, says)
            made.append(replace(bar, fill=Ink.WHITE, edge=Ink.DARK, dashed=True))
        y += one.height
    return made


def _bar(left: float, right: float, y: float, height: float, says: str) -> Box:
    return Box(left, y + 3, max(2, round(right - left, 1)), height - 6, Ink.LIGHT, Ink.GREY, says=says)


def _signs(rows: Sequence[_Laid], axis: Axis, top: float) -> list[Shape]:
    made: list[Shape] = []
    y = top
    for one in rows:
        if one.row.number:
            made.append(Words(26, y + 16, str(one.row.number), _LABEL_SIZE, "end", ink=Ink.DARK))
        for place, line in enumerate(one.label):
            made.append(Words(_LABEL_FROM, y + 16 + place * _LINE, line, _LABEL_SIZE))
        opened, other = opened_deeds(one.row), other_deeds(one.row)
        middle = y + one.height / 2
        apart = 7 if opened and other else 0
        made += [*signs(opened, axis, middle - apart), *signs(other, axis, middle + apart)]
        y += one.height
        made.append(Stroke(0, y, WIDTH, y, Ink.LIGHT, 0.7))
    return made


def _below(told: Timeline, y: float, *, listed: bool) -> tuple[list[Shape], float]:
    """Draw the key, and where it is asked for what the numbers mean; give also where that ends."""
    made: list[Shape] = []
    x, line = 14.0, y + 24
    for form, text in _KEY:
        made += [Sign(x, line - 4, form), Words(x + 11, line, text, 12)]
        x += 28 + width_of(text, 12)
    line += 22
    made += [Box(8, line - 11, 24, 13, Ink.LIGHT, Ink.GREY), Words(38, line, "Window open", 12)]
    made += [Box(148, line - 11, 24, 13, Ink.WHITE, Ink.DARK, dashed=True)]
    made.append(Words(178, line, "Grant paused, or person suspended", 12))
    made.append(Words(420, line, "A number beside a sign: so many within a short time.", 12))
    line += 16
    if not listed:
        return made, line
    line += 14
    for one in told.happened:
        for place, text in enumerate(wrapped(f"{short_text(one.at)}: {one.text}", 12, WIDTH - 60, 3)):
            made += [Words(26, line, str(one.number), 12, "end", bold=True)] if place == 0 else []
            made.append(Words(_LABEL_FROM, line, text, 12))
            line += 17
    return made, line + 6
