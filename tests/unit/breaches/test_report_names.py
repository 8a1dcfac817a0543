"""Whose name stands in what somebody wrote: found however it is typed, and not where only its letters stand."""

from __future__ import annotations

import pytest

from app.rules.reportnames import names_in

PEOPLE = [("Ash Alder", "ash.alder@fog.gov.example"), ("Zoë O’Bramble", ""), ("May", "may@fog.gov.example")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ASH  ALDER read it.", ["Ash Alder"]),
        ("It was read (Ash\nAlder).", ["Ash Alder"]),
        ("Ask Ash.Alder@fog.gov.example.", ["Ash Alder"]),
        ("Zoe\u0308 O'Bramble and Ash Alder", ["Ash Alder", "Zoë O’Bramble"]),
        ("Ask may@fog.gov.example", ["May"]),
        ("It may rain.", []),
        ("Trash Alderman of ash, alder and oak", []),
        ("The Head of Profession", []),
    ],
)
def test_name_is_found_however_it_is_typed_and_not_in_other_words(text: str, found: list[str]) -> None:
    assert names_in([text], PEOPLE) == found


def test_name_that_begins_in_one_paragraph_and_ends_in_another_is_none() -> None:
    assert names_in(["gov.example Ash", "Alder trees"], PEOPLE) == []
