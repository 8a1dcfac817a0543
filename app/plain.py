"""Rows of an answer as tuples with names.

An attribute of the library's own row is first looked for as what it is not, a member of its class, and found after an
exception: for twenty columns that takes longer than to read the row. Of a named tuple it is there at once.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Row


def plain(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Any]:
    """Give rows as named tuples of the same columns.

    Args:
        rows: Of one answer, in which no two columns have the same name.
    """
    read = list(rows)
    if not read:
        return []
    make = _kind(read[0]._fields)._make
    return [make(row) for row in read]


@lru_cache(maxsize=500)
def _kind(columns: Sequence[str]) -> Any:
    return namedtuple("Plain", columns)
