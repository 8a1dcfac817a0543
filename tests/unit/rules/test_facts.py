"""The nouns: London days, instants in words, and what cannot be made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.rules.facts import london_date, london_text
from tests.build import a_release, london


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime(2026, 6, 15, 22, 59, 59, tzinfo=UTC), date(2026, 6, 15)),
        (datetime(2026, 6, 15, 23, 0, tzinfo=UTC), date(2026, 6, 16)),
        (datetime(2026, 12, 15, 23, 59, 59, tzinfo=UTC), date(2026, 12, 15)),
        (datetime(2026, 12, 16, 0, 0, tzinfo=UTC), date(2026, 12, 16)),
    ],
)
def test_london_day_begins_at_midnight_by_the_london_clock(at: datetime, on: date) -> None:
    assert london_date(at) == on


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (london(2026, 3, 10, 9, 30), "Tuesday 10 March 2026, 9:30am (UK time)"),
        (london(2026, 6, 16, 9, 30), "Tuesday 16 June 2026, 9:30am (UK time)"),
        (london(2026, 6, 16), "Tuesday 16 June 2026, 12:00am (UK time)"),
        (london(2026, 6, 16, 12), "Tuesday 16 June 2026, 12:00pm (UK time)"),
        (london(2026, 6, 16, 13, 5, 7), "Tuesday 16 June 2026, 1:05:07pm (UK time)"),
        (london(2026, 6, 16, 9, 30) + timedelta(milliseconds=1), "Tuesday 16 June 2026, 9:30:00am (UK time)"),
        (london(2026, 10, 25, 0, 59), "Sunday 25 October 2026, 12:59am (UK time)"),
        (london(2026, 10, 25, 1, 1), "Sunday 25 October 2026, 1:01am (BST)"),
        (london(2026, 10, 25, 1, 1, fold=1), "Sunday 25 October 2026, 1:01am (GMT)"),
        (london(2026, 10, 25, 2), "Sunday 25 October 2026, 2:00am (UK time)"),
        (london(2026, 3, 29, 2), "Sunday 29 March 2026, 2:00am (UK time)"),
    ],
)
def test_instant_in_words_is_the_london_clock_and_says_which_of_two_hours(at: datetime, text: str) -> None:
    assert london_text(at) == text


@pytest.mark.parametrize("field", ["publishes_at", "published_at"])
def test_release_with_a_naive_instant_cannot_be_made(field: str) -> None:
    with pytest.raises(ValueError, match="naive"):
        a_release(**{field: datetime(2026, 6, 16, 9, 30)})
