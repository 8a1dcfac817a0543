"""How pages say instants, lengths and texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.web.words import ahead, countdown, flowed, size, time_tag, when
from tests.build import london


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (london(2026, 3, 10, 9, 30), "9:30am on Tuesday 10 March 2026"),
        (london(2026, 7, 1, 0, 1), "12:01am on Wednesday 1 July 2026"),
        (london(2026, 12, 15, 12, 0), "12:00pm on Tuesday 15 December 2026"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "1:30am (BST) on Sunday 25 October 2026"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "1:30am (GMT) on Sunday 25 October 2026"),
    ],
)
def test_instant_is_said_as_people_say_it(at: datetime, said: str) -> None:
    assert when(at) == said


def test_instant_stands_in_a_time_element_with_its_offset() -> None:
    at = london(2026, 7, 14, 9, 30)
    assert time_tag(at) == '<time datetime="2026-07-14T08:30:00.000Z">9:30am on Tuesday 14 July 2026</time>'


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2, hours=22, minutes=18), "2 days and 22 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1, minutes=1), "1 hour and 1 minute"),
        (timedelta(seconds=1), "1 minute"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(0), ""),
        (timedelta(minutes=-3), ""),
    ],
)
def test_time_ahead_is_rounded_up(left: timedelta, said: str) -> None:
    at = london(2026, 3, 6, 11, 12)
    assert ahead(at + left, at) == said
    assert str(countdown(at + left, at)) == (
        f'<span data-seconds-left="{int(left.total_seconds())}">in {said}</span>' if said else "now"
    )


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (204_800, "205 KB"), (3_250_000, "3.2 MB")]
)
def test_length_is_said_for_people(count: int, said: str) -> None:
    assert size(count) == said


def test_line_that_was_broken_for_its_length_alone_flows() -> None:
    long = "I understand that this access is given to me by name, because of"
    text = f"Statistics: Claimant count\n{long}\nthe post I hold.\n(a) one;\n(b) two."
    assert flowed(text) == f"Statistics: Claimant count\n{long} the post I hold.\n(a) one;\n(b) two."
