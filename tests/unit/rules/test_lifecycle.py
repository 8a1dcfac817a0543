"""What a reader is told of a release at an instant, and what a wrong move is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.rules.errors import OutOfOrder
from app.rules.facts import Order, ReleaseState, Sensitivity
from app.rules.lifecycle import Move, Phase, after, phase
from tests.build import DAY, MICROSECOND, PUBLISHES_AT, a_release


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (PUBLISHES_AT - DAY - MICROSECOND, Phase.FINAL),
        (PUBLISHES_AT - DAY, Phase.OPEN),
        (PUBLISHES_AT - MICROSECOND, Phase.OPEN),
        (PUBLISHES_AT, Phase.OVERDUE),
        (PUBLISHES_AT + timedelta(days=30), Phase.OVERDUE),
    ],
)
def test_phase_of_a_final_release_follows_the_clock(at: datetime, told: Phase) -> None:
    assert phase(a_release(), at) is told


def test_phase_of_a_release_to_which_no_access_may_be_granted_never_opens() -> None:
    excepted = a_release(order=Order.SCOTLAND, sensitivity=Sensitivity.EXCEPTED)
    assert phase(excepted, PUBLISHES_AT - MICROSECOND) is Phase.FINAL


def test_phase_of_an_unfinished_release_stays_whatever_the_clock_says() -> None:
    assert phase(a_release(state=ReleaseState.ANNOUNCED), PUBLISHES_AT + DAY) is Phase.ANNOUNCED


def test_move_that_is_not_possible_names_those_that_are() -> None:
    with pytest.raises(OutOfOrder) as refused:
        after(ReleaseState.POSTPONED, Move.SIGN_OFF)
    assert refused.value.detail == (
        "A release that is postponed cannot be moved by “sign_off”. Possible now: reschedule, cancel."
    )
    assert refused.value.extra == {"state": "postponed", "allowed": ["reschedule", "cancel"]}


def test_move_of_a_published_release_is_told_what_is_left_to_do() -> None:
    with pytest.raises(OutOfOrder, match=r"Report what was wrong as an incident, which can be done at any time\.$"):
        after(ReleaseState.PUBLISHED, Move.REOPEN)


def test_postponed_release_must_be_signed_off_again() -> None:
    assert after(ReleaseState.POSTPONED, Move.RESCHEDULE) is ReleaseState.ANNOUNCED
