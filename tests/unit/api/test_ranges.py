"""The Range field of RFC 9110: one range of bytes is read, everything else is the whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from app.actions.copies import Wanted
from app.api.ranges import read_wanted
from app.rules.errors import Code, Malformed


def read(*fields: str, if_range: str | None = None) -> Wanted | None:
    raw = [(b"range", field.encode("latin-1")) for field in fields]
    return read_wanted(Headers(raw=raw + ([(b"if-range", if_range.encode())] if if_range is not None else [])))


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("bytes=0-0", Wanted(0, 0)),
        ("bytes=5-", Wanted(5, None)),
        ("bytes=-7", Wanted(None, 7)),
        ("BYTES = 1-2 ,,", Wanted(1, 2)),
        ("bytes=007-0008", Wanted(7, 8)),
        (f"bytes={9**40}-", Wanted(10**19, None)),
        (f"bytes=1-{'9' * 5000}", Wanted(1, 10**19)),
    ],
)
def test_range_of_bytes_is_read(field: str, wanted: Wanted) -> None:
    assert read(field) == wanted


@pytest.mark.parametrize(
    "field",
    ["", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=a-b", "bytes=1", "bytes=0-1,3-4", "bytes=--1", "lines=1-2",
     "bytes=1-2-3", "bytes=+1-2", "bytes=1 -2", "bytes=0x1-2", "bytes=\u00b2-", "bytes=1-2;q=1"],
)  # fmt: skip
def test_range_that_is_none_or_more_than_one_is_ignored(field: str) -> None:
    assert read(field) is None


def test_range_that_stands_twice_or_nowhere_is_ignored() -> None:
    assert (read(), read("bytes=0-1", "bytes=0-1")) == (None, None)


@pytest.mark.parametrize(
    ("field", "only_of"),
    [
        (None, None),
        (f'"{"ab" * 16}"', "ab" * 16),
        (f'W/"{"ab" * 16}"', ""),
        ("Tue, 10 Mar 2026 09:30:00 GMT", ""),
        ("", ""),
        ("abab", ""),
    ],
)
def test_if_range_takes_a_strong_tag_alone_and_anything_else_matches_nothing(
    field: str | None, only_of: str | None
) -> None:
    assert read("bytes=1-", if_range=field) == Wanted(1, None, only_of)


@settings(max_examples=1000)
@given(
    size=st.integers(1, 60),
    first=st.none() | st.integers(0, 80) | st.integers(0, 10**30),
    last=st.none() | st.integers(0, 80) | st.integers(0, 10**30),
)
def test_range_gives_exactly_the_bytes_or_says_that_there_are_none(
    size: int, first: int | None, last: int | None
) -> None:
    whole = bytes(range(size))
    wanted = read(f"bytes={'' if first is None else first}-{'' if last is None else last}")
    if wanted is None:
        assert (first is None and last is None) or (first is not None and last is not None and last < first)
        return
    # What a slice of the whole would be, by another way of counting.
    places = (
        range(max(0, size - (last or 0)), size)
        if first is None
        else range(first, size if last is None else min(last, size) + 1)
    )
    expected = bytes(whole[at] for at in places if 0 <= at < size)
    if not expected:
        with pytest.raises(Malformed) as caught:
            wanted.part_of(size)
        assert (caught.value.code, caught.value.extra) == (Code.RANGE_NOT_SATISFIABLE, {"of_bytes": size})
        return
    part = wanted.part_of(size)
    assert (whole[part.first : part.behind], part.of_bytes) == (expected, size)
