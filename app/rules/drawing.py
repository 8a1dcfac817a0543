"""A picture as shapes, before anybody writes it as SVG: what stands where, in black, white and greys alone.

Nothing depends on colour: each sign has a form of its own, so that a picture printed in black and white says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ink(StrEnum):
    """The few tones of a picture."""

    BLACK = "#0b0c0c"
    DARK = "#505a5f"
    GREY = "#8d9194"
    LIGHT = "#d5d8da"
    PALE = "#f0f1f1"
    WHITE = "#ffffff"


class Form(StrEnum):
    """The form of a sign."""

    DISC = "disc"
    HALF = "half"
    RING = "ring"
    CROSS = "cross"
    DIAMOND = "diamond"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; ``says`` is told to whoever points at it, or has it read out."""

    x: float
    y: float
    width: float
    height: float
    fill: Ink
    edge: Ink | None = None
    dashed: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line; ``dashes`` as lengths of line and gap, empty where it is unbroken."""

    x1: float
    y1: float
    x2: float
    y2: float
    ink: Ink = Ink.BLACK
    thick: float = 1
    dashes: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text, by its baseline; ``anchor`` is start, middle or end."""

    x: float
    y: float
    text: str
    size: float = 13
    anchor: str = "start"
    bold: bool = False
    ink: Ink = Ink.BLACK


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign about its middle."""

    x: float
    y: float
    form: Form
    says: str = ""
    reach: float = 5


Shape = Box | Stroke | Words | Sign


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture.

    Attributes:
        title: What it is, in a line.
        described: What it shows, in whole sentences, for whoever cannot see it.
        shapes: Those behind come first.
    """

    width: float
    height: float
    title: str
    described: str
    shapes: tuple[Shape, ...]


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Guess how wide a line of text is; a little too wide rather than too narrow, as fonts differ.

    Args:
        text: The line.
        size: Of its letters.
        bold: Whether they are bold.
    """
    wide = sum(1.35 if letter in "MWmw@%" else 0.55 if letter in "iljtfI.,:;'|! ()" else 1 for letter in text)
    return wide * size * (0.7 if bold else 0.62)


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """Break a text into lines that fit; what does not fit into the last ends with dots.

    Args:
        text: What is to be broken, at its blanks.
        size: Of its letters.
        width: How wide a line may be.
        lines: How many there may be, at least one.
    """
    made: list[str] = []
    left = text.split()
    while left and len(made) < lines:
        line = left.pop(0)
        while left and width_of(f"{line} {left[0]}", size) <= width:
            line = f"{line} {left.pop(0)}"
        made.append(line)
    if not made:
        return [""]
    if left or width_of(made[-1], size) > width:
        last = made[-1]
        while last and width_of(f"{last}…", size) > width:
            last = last[:-1]
        made[-1] = f"{last.rstrip(' ,')}…"
    return made
