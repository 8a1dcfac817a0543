"""How pages say instants, spans, lengths and numbers in Welsh."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.web.language import counted, translated
from app.web.welsh import ahead, clock, day, size, when
from tests.build import london

AT = london(2026, 3, 6, 11, 12)
ONE = "It counts for %(count)s day from when you sign, unless the words change."
MANY = "It counts for %(count)s days from when you sign, unless the words change."


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (london(2026, 3, 10, 9, 30), "9:30yb ddydd Mawrth 10 Mawrth 2026"),
        (london(2026, 7, 1, 0, 1), "12:01yb ddydd Mercher 1 Gorffennaf 2026"),
        (london(2026, 12, 17, 12, 0), "12:00yh ddydd Iau 17 Rhagfyr 2026"),
        (london(2026, 1, 2, 16, 5), "4:05yh ddydd Gwener 2 Ionawr 2026"),
        (london(2026, 5, 30, 9, 0), "9:00yb ddydd Sadwrn 30 Mai 2026"),
        (london(2026, 8, 31, 9, 0), "9:00yb ddydd Llun 31 Awst 2026"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "1:30yb (BST) ddydd Sul 25 Hydref 2026"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "1:30yb (GMT) ddydd Sul 25 Hydref 2026"),
    ],
)
def test_instant_is_said_with_the_day_softened(at: datetime, said: str) -> None:
    assert when(at) == said
    assert said.startswith(clock(at) + " d")


def test_naive_instant_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="naive"):
        when(datetime(2026, 3, 10, 9, 30))


def test_month_of_every_number_has_its_name() -> None:
    assert [day(date(2026, month, 1)).split()[1] for month in range(1, 13)] == [
        *("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin"),
        *("Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"),
    ]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=1), "1 diwrnod"),
        (timedelta(days=2, hours=2, minutes=2), "2 ddiwrnod, 2 awr"),
        (timedelta(days=3, minutes=2), "3 diwrnod, 2 funud"),
        (timedelta(hours=6, minutes=1), "6 awr, 1 munud"),
        (timedelta(seconds=61), "2 funud"),
        (timedelta(minutes=22), "22 munud"),
        (timedelta(0), ""),
        (timedelta(minutes=-3), ""),
    ],
)
def test_time_ahead_has_the_noun_softened_after_two(left: timedelta, said: str) -> None:
    assert ahead(AT + left, AT) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 beit"), (2, "2 feit"), (999, "999 beit"), (204_800, "205 KB"), (3_250_000, "3.2 MB")]
)
def test_length_is_said_for_people(count: int, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(
    ("count", "word"),
    [(0, "diwrnod"), (1, "diwrnod"), (2, "ddiwrnod"), (3, "diwrnod"), (6, "diwrnod"), (365, "diwrnod")],
)
def test_number_takes_the_form_that_welsh_has_for_it(count: int, word: str) -> None:
    assert counted(ONE, MANY, count, "cy").split("%(count)s ")[1].split()[0] == word
    assert counted(ONE, MANY, count, "en") == (ONE if count == 1 else MANY)


def test_words_that_the_catalogue_lacks_stay_as_they_are() -> None:
    assert translated("Sign out", "cy") == "Allgofnodi"
    assert translated("Sign out", "en") == "Sign out"
    assert translated("Nobody ever wrote this.", "cy") == "Nobody ever wrote this."
    assert translated("", "cy") == ""
