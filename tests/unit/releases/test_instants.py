"""Which times can be set for publication."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.rules.errors import Code, Malformed
from app.rules.publication import check_instant, check_published
from tests.build import london

NOW = london(2026, 3, 1, 12)


def refused(publishes_at: datetime, **changes: str) -> Code:
    with pytest.raises(Malformed) as caught:
        check_instant(publishes_at, NOW, **changes)
    assert caught.value.extra["errors"][0]["where"] == "publishes_at"
    return caught.value.code


@pytest.mark.parametrize(
    "at",
    [london(2026, 3, 10, 9, 30), london(2026, 3, 30, 9, 30), london(2026, 10, 26, 9, 30), london(2026, 4, 6, 9, 30)],
)
def test_half_past_nine_on_a_weekday_can_be_set_in_winter_in_summer_and_on_a_bank_holiday(at: datetime) -> None:
    assert check_instant(at, NOW) == at


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW, Code.IN_THE_PAST),
        (NOW - timedelta(days=4), Code.IN_THE_PAST),
        (london(2026, 3, 10, 9, 30) + timedelta(seconds=1), Code.INVALID_INSTANT),
        (london(2026, 3, 10, 9, 30) + timedelta(microseconds=1), Code.INVALID_INSTANT),
        (london(2026, 3, 10, 7, 0), Code.INVALID_INSTANT),
        (london(2026, 3, 14, 9, 30), Code.INVALID_INSTANT),
        (datetime(2026, 3, 30, 9, 30, tzinfo=UTC), Code.INVALID_INSTANT),
        (london(2028, 3, 6, 9, 30), Code.INVALID_INSTANT),
    ],
)
def test_other_times_are_refused_with_their_code(at: datetime, code: Code) -> None:
    assert refused(at) is code


def test_t07_another_time_needs_its_exemption_on_record() -> None:
    seven = london(2026, 3, 30, 7)
    assert refused(seven) is Code.INVALID_INSTANT
    assert refused(seven, time_exemption="  ") is Code.INVALID_INSTANT
    assert check_instant(seven, NOW, time_exemption="OSR letter of 25 March 2020") == seven


def test_exemption_excuses_neither_the_past_nor_seconds() -> None:
    assert refused(NOW - timedelta(days=1), time_exemption="x") is Code.IN_THE_PAST
    assert refused(NOW + timedelta(days=1, seconds=1), time_exemption="x") is Code.INVALID_INSTANT


def test_naive_time_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="naive"):
        check_instant(datetime(2026, 3, 10, 9, 30), NOW)


def test_publication_cannot_have_happened_in_the_future() -> None:
    assert check_published(NOW, NOW) == NOW
    with pytest.raises(Malformed) as caught:
        check_published(NOW + timedelta(microseconds=1), NOW)
    assert caught.value.code is Code.INVALID_INSTANT


def test_publication_cannot_have_happened_before_the_release_was_signed_off() -> None:
    signed_off_at = NOW - timedelta(hours=1)
    assert check_published(signed_off_at, NOW, final_from=signed_off_at) == signed_off_at
    with pytest.raises(Malformed, match="signed off") as caught:
        check_published(signed_off_at - timedelta(microseconds=1), NOW, final_from=signed_off_at)
    assert caught.value.code is Code.INVALID_INSTANT
