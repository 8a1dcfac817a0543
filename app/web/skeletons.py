"""GOV.UK's components are written once for each shape, and what is said in them is put in each time.

A component looks its parameters through for everything that might have been asked of it, which takes most of a page's
time where a page has many. Two buttons differ in their words alone. So a component is written with a mark in place of
each text it is given, and kept as that: without a word of what anybody said, whom it names or what was typed.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup, escape

_MOST = 400  # shapes of each component; a choice among six hundred takes some 60 KiB
# What a component chooses by, or has no more than a few of; a template of ours writes each of these out.
_CHOSEN_BY = frozenset(
    {
        "classes", "type", "element", "inputmode", "pattern", "autocomplete", "spellcheck", "rows", "headingLevel",
        "menuButtonText", "menuButtonLabel",
    }
)  # fmt: skip
# A mark shows whether it was escaped, or changed in any other way, and stands in no text: such a text is refused.
_OPENS, _SHUTS = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPENS}(?:<Mk([0-9]+)>|&lt;Mk([0-9]+)&gt;){_SHUTS}")

_Piece = tuple[int, bool]  # which text, and whether it is escaped


class _Unalike(Exception):
    """This has no shape that others may have: it is written as it is."""


class Skeleton:
    """A component between whose words there is room for others."""

    def __init__(self, written: str) -> None:
        """Take what was written with marks.

        Raises:
            _Unalike: A mark was changed by more than being escaped.
        """
        found = list(_MARK.finditer(written))
        starts = [0, *(one.end() for one in found)]
        ends = [*(one.start() for one in found), len(written)]
        self._between = [written[start:end] for start, end in zip(starts, ends, strict=True)]
        if any(_OPENS in one or _SHUTS in one for one in self._between):
            raise _Unalike
        self._pieces: list[_Piece] = [(int(one[1] or one[2]), one[1] is None) for one in found]

    def filled(self, texts: list[str]) -> Markup:
        """Put texts in, each escaped where the component escapes it."""
        parts = [self._between[0]]
        for (number, is_escaped), between in zip(self._pieces, self._between[1:], strict=True):
            text = texts[number]
            parts.append(escape(str(text)) if is_escaped else text)
            parts.append(between)
        return Markup("".join(parts))  # noqa: S704  # deliberate: as the component wrote it


class Kept:
    """A component of GOV.UK's that is written once for each shape of its parameters."""

    def __init__(self, macro: Callable[..., str]) -> None:
        """Take the component's macro."""
        self._macro = macro
        self._skeletons: OrderedDict[Hashable, Skeleton | None] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, params: Any = None, **called: Any) -> Markup:
        """Write the component."""
        numbers: dict[str, int] = {}
        try:
            if called:
                raise _Unalike
            shape = shape_of(params, numbers)
        except _Unalike:
            return Markup(self._macro(params, **called))  # noqa: S704  # deliberate: it is one already
        skeleton = self._skeleton(shape, params, numbers)
        if skeleton is None:
            return Markup(self._macro(params))  # noqa: S704  # deliberate: as above
        return skeleton.filled(list(numbers))

    def _skeleton(self, shape: Hashable, params: Any, numbers: dict[str, int]) -> Skeleton | None:
        with self._lock:
            if shape in self._skeletons:
                self._skeletons.move_to_end(shape)
                return self._skeletons[shape]
        try:
            made = Skeleton(str(self._macro(_marked(params, numbers))))
        except _Unalike:
            made = None
        with self._lock:
            self._skeletons[shape] = made
            while len(self._skeletons) > _MOST:
                self._skeletons.popitem(last=False)
        return made


def shape_of(given: Any, numbers: dict[str, int]) -> Hashable:
    """Give what of some parameters decides how a component is written, and number their texts.

    Texts that are the same have the same number, so that whatever compares them finds the same.

    Args:
        given: The parameters, or a part of them.
        numbers: By text the number it has; added to.

    Raises:
        _Unalike: Of a kind, or a text, that may be written in a way of its own.
    """
    kind = type(given)
    if kind is str or kind is Markup:
        if not given:
            return (kind,)
        if given not in numbers:
            if _OPENS in given or _SHUTS in given or given != given.strip() or len(given.splitlines()) > 1:
                raise _Unalike  # components take blanks off at the ends, and indent lines
            numbers[given] = len(numbers)
        return kind, numbers[given]
    if kind is dict:
        return tuple(
            (name, one if name in _CHOSEN_BY and type(one) is str else shape_of(one, numbers))
            for name, one in given.items()
        )
    if kind is list or kind is tuple:
        return kind, *(shape_of(one, numbers) for one in given)
    if given is None or kind is bool or kind is int:
        return kind, given
    if isinstance(given, Undefined):
        return (Undefined,)
    raise _Unalike


def _marked(given: Any, numbers: dict[str, int]) -> Any:
    kind = type(given)
    if kind is str or kind is Markup:
        return kind(f"{_OPENS}<Mk{numbers[given]}>{_SHUTS}") if given else given
    if kind is dict:
        return {
            name: one if name in _CHOSEN_BY and type(one) is str else _marked(one, numbers)
            for name, one in given.items()
        }
    if kind is list or kind is tuple:
        return kind(_marked(one, numbers) for one in given)
    return given
