"""Reasons and instants as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.rules.reasons import Reason, ReasonCode, instant_text, opening_text, utc

AT = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)


def test_reason_as_record_has_every_member() -> None:
    reason = Reason(ReasonCode.WINDOW_NOT_OPEN, "SI 2008/2998 Sch. para 4", "It is shut.", "Wait.", AT)
    assert reason.as_record() == {
        "code": "window_not_open",
        "source": "SI 2008/2998 Sch. para 4",
        "detail": "It is shut.",
        "remedy": "Wait.",
        "until": "2026-03-09T09:30:00.000Z",
    }


def test_reason_that_does_not_end_by_itself_has_no_until() -> None:
    reason = Reason(ReasonCode.NOT_ON_LIST, "SI 2008/2998 Sch. para 3(1)", "No.", "Ask.")
    assert reason.as_record()["until"] is None


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (AT, "2026-03-09T09:30:00.000Z"),
        (AT + timedelta(microseconds=999), "2026-03-09T09:30:00.000Z"),
        (AT.astimezone(timezone(timedelta(hours=5, minutes=45))), "2026-03-09T09:30:00.000Z"),
    ],
)
def test_instant_is_written_in_utc_to_the_millisecond(at: datetime, text: str) -> None:
    assert instant_text(at) == text


def test_opening_is_written_rounded_up_so_that_nobody_comes_too_early() -> None:
    assert opening_text(AT) == "2026-03-09T09:30:00.000Z"
    assert opening_text(AT + timedelta(microseconds=1)) == "2026-03-09T09:30:00.001Z"
    assert opening_text(AT + timedelta(microseconds=999_999)) == "2026-03-09T09:30:01.000Z"


def test_instant_that_is_naive_is_no_instant() -> None:
    with pytest.raises(ValueError, match="a naive datetime is not an instant"):
        utc(datetime(2026, 3, 9, 9, 30))
