"""What is asked once and given to several parts of a page is of a kind that none of them can change for the others."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any

from app import main
from app.answers import ASKED_ONCE
from tests.house.tree import report

_PLAIN = (str, int, bool, float, bytes, NoneType)


def _is_unchanging(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    if origin in (tuple, frozenset, UnionType, typing.Union):
        return all(_is_unchanging(one) for one in typing.get_args(kind) if one is not Ellipsis)
    if origin is Mapping:  # the checker of types lets nobody change one
        return True
    if dataclasses.is_dataclass(kind):
        fields = typing.get_type_hints(kind)
        return all(map(_is_unchanging, fields.values())) and bool(kind.__dataclass_params__.frozen)  # type: ignore[union-attr]  # untyped: of the standard library
    return kind in _PLAIN or (isinstance(kind, type) and issubclass(kind, (Enum, date, timedelta)))


def test_what_is_asked_once_is_never_changed_by_whoever_is_given_it() -> None:
    assert main.app  # whatever serves is loaded
    assert len(ASKED_ONCE) > 5
    changing = [
        f"{question.__module__}.{question.__name__}"
        for question in ASKED_ONCE
        if not _is_unchanging(typing.get_type_hints(question)["return"])
    ]
    assert not changing, report("These give what could be changed", changing)
