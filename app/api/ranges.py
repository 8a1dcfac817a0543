"""Which part of a copy a request asks for: the Range field, read as RFC 9110 has it.

One range of bytes is served. A unit we do not know, a range that is none, several ranges at once: the field is ignored,
as the RFC allows, and the whole copy is the answer. Several ranges in one answer help nobody whose line broke, and many
small ones are a known way to wear a server out.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers

from app.actions.copies import Wanted

_ONE_RANGE = re.compile(r"(?P<first>[0-9]*)-(?P<last>[0-9]*)", re.ASCII)
_MOST_DIGITS = 19  # more than any file has bytes; whoever asks for more asks for what is behind every end
_STRONG_TAG = re.compile(r'"([0-9a-f]{1,64})"', re.ASCII)


def read_wanted(headers: Headers) -> Wanted | None:
    """Read which part of a copy is wanted.

    Args:
        headers: Of a GET request; the field means nothing on any other.

    Returns:
        The part, or None for the whole. A part that no byte of the copy can satisfy is only found out later.

    Source:
        RFC 9110 section 14, 14.2; RFC 9110 section 13.1.5
    """
    fields = headers.getlist("range")
    if len(fields) != 1:
        return None
    unit, _, ranges = fields[0].partition("=")
    asked = [one.strip(" \t") for one in ranges.split(",")]
    asked = [one for one in asked if one]  # a list may have empty places
    found = _ONE_RANGE.fullmatch(asked[0]) if len(asked) == 1 else None
    if unit.strip(" \t").lower() != "bytes" or found is None:
        return None
    first, last = (_number(found[name]) for name in ("first", "last"))
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        return None
    return Wanted(first, last, _only_of(headers.getlist("if-range")))


def _number(digits: str) -> int | None:
    if not digits:
        return None
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _only_of(fields: list[str]) -> str | None:
    """Give the tag the rest must belong to. A date or a weak tag never matches a copy of ours: it names no bytes."""
    if not fields:
        return None
    found = _STRONG_TAG.fullmatch(fields[0].strip(" \t")) if len(fields) == 1 else None
    return found[1] if found else ""
