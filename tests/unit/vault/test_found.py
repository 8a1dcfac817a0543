"""What the process that looks into a stray copy may say of it, and what is not believed."""

from __future__ import annotations

import json
from itertools import islice, product

import pytest

from app.rules.errors import Unavailable
from app.rules.opening_numbers import NUMBER_LETTERS
from app.vault.found import NUMBERS_AT_MOST, PLACES_AT_MOST, Found, Looked, heard, told
from app.vault.workshop.tasks import LIMITS, Task


def test_looked_travels_whole_where_it_is_within_bounds() -> None:
    looked = Looked((Found("K7F3-9QXM", "page 1"), Found("K7F3-9QXM", "page 2")), ("the PDF, which is encrypted",))
    assert heard(told(looked)) == looked


def test_looked_with_more_numbers_than_are_told_says_so_and_stays_short() -> None:
    numbers = ["".join(letters) for letters in islice(product(NUMBER_LETTERS, repeat=4), NUMBERS_AT_MOST + 1)]
    flood = tuple(Found(f"{one}-2222", "\U0001f512" * 500) for one in numbers)
    said = told(Looked(flood))
    assert len(said) <= LIMITS[Task.TRACE].answer_limit(0)
    assert heard(said).missed == (f"all numbers in it but the first {NUMBERS_AT_MOST}",)
    assert len(heard(said).found) == NUMBERS_AT_MOST
    many = told(Looked(tuple(Found("K7F3-9QXM", f"page {place:03}") for place in range(99))))
    assert [one.where for one in heard(many).found] == [f"page {place:03}" for place in range(PLACES_AT_MOST)]


def test_place_that_would_mislead_whoever_reads_it_loses_what_cannot_be_seen() -> None:
    said = told(Looked((Found("K7F3-9QXM", "part a\u202e\nfdp.exe"),)))
    assert heard(said).found == (Found("K7F3-9QXM", "part a fdp.exe"),)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"found": {}}',
        b'{"found": {"K7F3-9QXM": 3}, "missed": []}',
        b'{"found": {"K7F3-9QXM": [3]}, "missed": []}',
        b'{"found": {"K1F3-9QXM": ["page 1"]}, "missed": []}',
        json.dumps({"found": {"K7F3-9QXM": ["x" * 500]}, "missed": []}).encode(),
        json.dumps({"found": {}, "missed": ["x" * 500]}).encode(),
    ],
)
def test_answer_of_another_form_is_not_believed(said: bytes) -> None:
    with pytest.raises(Unavailable):
        heard(said)
