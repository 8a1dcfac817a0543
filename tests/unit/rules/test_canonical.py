"""The canonical form by example, the specification's own among them."""

from __future__ import annotations

from enum import StrEnum

import pytest

from app.rules.canonical import canonical_json, sha256_hex


class Colour(StrEnum):
    GREEN = "green"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({}, b"{}"),
        ([], b"[]"),
        ((1, 2), b"[1,2]"),
        ({"b": 1, "a": [True, False, None]}, b'{"a":[true,false,null],"b":1}'),
        ({"é": 1, "z": 2, "Z": 3, "": 4}, '{"":4,"Z":3,"z":2,"é":1}'.encode()),
        ("\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/", b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\u007f\u2028😂", '"\u007f\u2028😂"'.encode()),
        (9_007_199_254_740_991, b"9007199254740991"),
        ({"colour": Colour.GREEN}, b'{"colour":"green"}'),
    ],
    ids=["object", "array", "tuple", "sorted", "names", "escapes", "not escaped", "largest integer", "enum"],
)
def test_canonical_form_is_exactly_these_bytes(value: object, written: bytes) -> None:
    assert canonical_json(value) == written


def test_canonical_form_sorts_names_as_the_specification_does() -> None:
    """The example of RFC 8785 section 3.2.3, but for its one name outside the Basic Multilingual Plane."""
    members = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Dalet",
        "1": "One",
        "\u0080": "C",
        "\u00f6": "o",
    }
    written = canonical_json(members).decode()
    order = [written.index(f'"{value}"') for value in ("Carriage Return", "One", "C", "o", "Euro Sign", "Dalet")]
    assert order == sorted(order)


@pytest.mark.parametrize("value", [1.0, float("nan"), float("inf"), {"a": [0.1]}, b"x", object(), {1: 2}, {None: 1}])
def test_canonical_form_of_what_has_none_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), {"😂": 1}, "\ud800", {"\udfff": 1}])
def test_canonical_form_that_others_would_write_differently_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # deliberate: of two kinds, one raised by the language's own encoder
        canonical_json(value)


def test_hash_is_sha256_in_lower_case() -> None:
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
