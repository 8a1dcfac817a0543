"""Laws of the canonical form: one value, one text; and nothing in it that others write differently."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.canonical import canonical_json, sha256_hex

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=8)
leaves = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4))

_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def plainly(value: Any) -> str:
    """RFC 8785 written out letter by letter, names sorted as UTF-16."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_SHORT.get(ord(c), f"\\u{ord(c):04x}" if ord(c) < 32 else c) for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(plainly(member) for member in value) + "]"
    ordered = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{plainly(name)}:{plainly(value[name])}" for name in ordered) + "}"


@given(values)
def test_canonical_form_is_what_the_specification_spells(value: Any) -> None:
    assert canonical_json(value) == plainly(value).encode("utf-8")


@given(values)
def test_canonical_form_reads_back_as_the_same_value(value: Any) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


@given(st.dictionaries(names, leaves, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_canonical_form_does_not_depend_on_the_order_of_members(value: dict[str, Any], random: Any) -> None:
    members = list(value.items())
    random.shuffle(members)
    assert canonical_json(dict(members)) == canonical_json(value)


def around(value: Any, path: list[str]) -> Any:
    """The value, wrapped in arrays and objects."""
    for step in path:
        value = [1, value] if step == "array" else {"a": None, "b": value}
    return value


paths = st.lists(st.sampled_from(["array", "object"]), max_size=5)
strange = st.floats() | st.binary() | st.dates() | st.sets(st.integers()) | st.decimals() | st.complex_numbers()


@given(strange, paths)
def test_canonical_form_of_anything_else_is_refused_however_deep(value: Any, path: list[str]) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical_json(around(value, path))


@given(st.integers(2**53) | st.integers(max_value=-(2**53)), paths)
def test_canonical_form_of_an_integer_others_would_round_is_refused(value: int, path: list[str]) -> None:
    with pytest.raises(ValueError, match="beyond"):
        canonical_json(around(value, path))


@given(st.integers() | st.none() | st.booleans(), paths)
def test_canonical_form_of_a_member_without_a_name_in_letters_is_refused(name: Any, path: list[str]) -> None:
    with pytest.raises(TypeError, match="must be a string"):
        canonical_json(around({name: 1}, path))


@given(st.characters(min_codepoint=0x10000), paths)
def test_canonical_form_of_a_member_name_that_sorts_differently_elsewhere_is_refused(
    name: str, path: list[str]
) -> None:
    with pytest.raises(ValueError, match="Basic Multilingual Plane"):
        canonical_json(around({name: 1}, path))


@given(st.characters(categories=["Cs"]), paths)
def test_canonical_form_of_half_a_character_is_refused(half: str, path: list[str]) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        canonical_json(around(half, path))


@given(values, values)
def test_canonical_form_differs_for_different_values(one: Any, other: Any) -> None:
    same = plainly(one) == plainly(other)
    assert (sha256_hex(canonical_json(one)) == sha256_hex(canonical_json(other))) is same
