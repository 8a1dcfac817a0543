"""GOV.UK's components are written once for each shape, and what is said in them is put in each time.

A component looks its parameters through for everything that might have been asked of it, which takes most of a page's
time where a page has many. Two buttons differ in their words alone. So a component is written with a mark in place of
each text it is given, and kept as that: without a word of what anybody said, whom it names or what was typed.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup, escape

MOST_LETTERS = 400_000  # of each component, places for texts counted as a hundred; a choice among 600 has some 140,000
_PLACE_LETTERS = 100
# What a component chooses by; a template of ours writes each of these out, as a code and not as words.
_CHOSEN_BY = frozenset(
    {
        "classes", "type", "element", "inputmode", "pattern", "autocomplete", "spellcheck", "rows", "headingLevel",
        "menuButtonText", "menuButtonLabel",
    }
)  # fmt: skip
_CODE = re.compile(r"[A-Za-z0-9_ !:.*\[\]-]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NUMBERS = range(-1, 10_000)  # counts and sizes; a larger one may be somebody's
# A mark shows whether it was escaped, or changed in any other way, and stands in no text: such a text is refused.
_OPENS, _SHUTS = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPENS}(?:<Mk([0-9]+)>|&lt;Mk([0-9]+)&gt;){_SHUTS}")
_REST_OF_A_MARK = re.compile(f"[{_OPENS}{_SHUTS}]|mk[0-9]", re.IGNORECASE)


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
        if any(map(_REST_OF_A_MARK.search, self._between)):
            raise _Unalike
        # Which text comes next, and whether it is escaped: one number each, as there may be thousands.
        self._places = [2 * int(one[1] or one[2]) + (one[1] is None) for one in found]
        self.letters = len(written) + _PLACE_LETTERS * len(found)

    def filled(self, texts: list[str]) -> Markup:
        """Put texts in, each escaped where the component escapes it."""
        parts = [self._between[0]]
        for place, between in zip(self._places, self._between[1:], strict=True):
            number, is_escaped = divmod(place, 2)
            text = texts[number]
            parts.append(escape(str(text)) if is_escaped else text)
            parts.append(between)
        return Markup("".join(parts))  # noqa: S704  # deliberate: as the component wrote it


class Kept:
    """A component of GOV.UK's that is written once for each shape of its parameters."""

    def __init__(self, macro: Callable[..., str]) -> None:
        """Take the component's macro."""
        self._macro = macro
        self._skeletons: OrderedDict[bytes, Skeleton | None] = OrderedDict()
        self._letters = 0
        self._lock = threading.Lock()

    def __call__(self, *given: Any, **called: Any) -> Markup:
        """Write the component."""
        numbers: dict[str, int] = {}
        try:
            if called or len(given) != 1:
                raise _Unalike
            skeleton = self._skeleton(shape_of(given[0], numbers), given[0], numbers)
        except _Unalike:
            skeleton = None
        if skeleton is None:
            return Markup(self._macro(*given, **called))  # noqa: S704  # deliberate: it is one already
        return skeleton.filled(list(numbers))

    def _skeleton(self, shape: bytes, params: Any, numbers: dict[str, int]) -> Skeleton | None:
        with self._lock:
            if shape in self._skeletons:
                self._skeletons.move_to_end(shape)
                return self._skeletons[shape]
        try:
            made = Skeleton(str(self._macro(_marked(params, numbers))))
        except _Unalike:
            made = None
        with self._lock:
            if shape not in self._skeletons:
                self._letters += _letters(made)
            self._skeletons[shape] = made
            while self._letters > MOST_LETTERS and len(self._skeletons) > 1:
                self._letters -= _letters(self._skeletons.popitem(last=False)[1])
        return made


def _letters(skeleton: Skeleton | None) -> int:
    return _PLACE_LETTERS + (skeleton.letters if skeleton else 0)


def shape_of(params: Any, numbers: dict[str, int]) -> bytes:
    """Name what of some parameters decides how a component is written, and number their texts.

    Texts that are the same have the same number, so that whatever compares them finds the same.

    Args:
        params: What the component is given.
        numbers: By text the number it has; added to.

    Returns:
        A digest: the same for the same shape.

    Raises:
        _Unalike: Of a kind, or a text, that may be written in a way of its own.
    """
    told: list[str] = []
    _tell(params, numbers, told)
    return blake2b("\n".join(told).encode(), digest_size=16).digest()


def _tell(given: Any, numbers: dict[str, int], told: list[str]) -> None:
    kind = type(given)
    if kind is str or kind is Markup:
        told.append(f"{'text' if kind is str else 'html'} {_number(given, numbers)}")
    elif kind is dict:
        told.append("{")
        for name, one in given.items():
            if type(name) is not str or _NAME.fullmatch(name) is None:
                raise _Unalike
            told.append(name)
            if name in _CHOSEN_BY and isinstance(one, str):
                told.append(_code(one))
            else:
                _tell(one, numbers, told)
        told.append("}")
    elif kind is list or kind is tuple:
        told.append("[" if kind is list else "(")
        for one in given:
            _tell(one, numbers, told)
        told.append("]")
    elif given is None or kind is bool or (kind is int and given in _NUMBERS):
        told.append(repr(given))
    elif isinstance(given, Undefined):
        told.append("undefined")
    else:
        raise _Unalike


def _code(given: str) -> str:
    if type(given) is not str or _CODE.fullmatch(given) is None:
        raise _Unalike
    return f"code {given}"


def _number(text: str, numbers: dict[str, int]) -> int:
    if not text:
        return -1
    if text not in numbers:
        if _OPENS in text or _SHUTS in text or text != text.strip() or len(text.splitlines()) > 1:
            raise _Unalike  # components take blanks off at the ends, and indent lines
        numbers[text] = len(numbers)
    return numbers[text]


def _marked(given: Any, numbers: dict[str, int]) -> Any:
    kind = type(given)
    if kind is str or kind is Markup:
        return kind(f"{_OPENS}<Mk{numbers[given]}>{_SHUTS}") if given else given
    if kind is dict:
        return {
            name: one if name in _CHOSEN_BY and isinstance(one, str) else _marked(one, numbers)
            for name, one in given.items()
        }
    if kind is list or kind is tuple:
        return kind(_marked(one, numbers) for one in given)
    return given
