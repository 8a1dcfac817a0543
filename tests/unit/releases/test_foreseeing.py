"""What a move would leave of a release: one rule for whoever makes it and for whoever looks first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import ReleaseState
from app.rules.lifecycle import Move
from app.rules.moved import moved, practice_on_changes
from app.rules.publication import is_standard
from tests.build import a_release, london

DUE = london(2026, 3, 10, 9, 30)
NOW = london(2026, 2, 2, 10, 0)


@pytest.mark.parametrize(
    ("at", "standard"),
    [
        (london(2026, 3, 10, 9, 30), True),
        (london(2026, 6, 12, 9, 30), True),  # a Friday in summer time
        (london(2026, 3, 14, 9, 30), False),  # a Saturday
        (london(2026, 3, 10, 9, 31), False),
        (london(2026, 3, 10, 21, 30), False),
    ],
)
def test_standard_time_is_half_past_nine_in_the_uk_on_a_weekday(at: datetime, standard: bool) -> None:
    assert is_standard(at) is standard


@pytest.mark.parametrize(
    ("at", "practice"),
    [
        (london(2017, 3, 10, 9, 30), None),
        (london(2019, 3, 10, 9, 30), "Code 2018 T3.2"),
        (london(2023, 3, 10, 9, 30), "Code 2018 T3.2"),
        (london(2026, 3, 10, 9, 30), "Code 2025 3.2"),
    ],
)
def test_practice_on_changes_is_of_the_edition_in_force(at: datetime, practice: str | None) -> None:
    assert practice_on_changes(at) == practice


def test_only_a_new_time_changes_the_time_and_a_postponed_release_may_have_its_old_one_again() -> None:
    final = a_release(state=ReleaseState.FINAL, publishes_at=DUE)
    assert moved(final, Move.POSTPONE, NOW).publishes_at == DUE
    later = moved(final, Move.RESCHEDULE, NOW, publishes_at=DUE + timedelta(days=7))
    assert (later.state, later.publishes_at) == (ReleaseState.FINAL, DUE + timedelta(days=7))
    with pytest.raises(Malformed) as same:
        moved(final, Move.RESCHEDULE, NOW, publishes_at=DUE)
    assert same.value.code is Code.NO_CHANGE
    postponed = a_release(state=ReleaseState.POSTPONED, publishes_at=DUE)
    assert moved(postponed, Move.RESCHEDULE, NOW, publishes_at=DUE).state is ReleaseState.ANNOUNCED
    with pytest.raises(OutOfOrder):
        moved(a_release(state=ReleaseState.CANCELLED, publishes_at=DUE), Move.POSTPONE, NOW)
    with pytest.raises(Malformed):
        moved(final, Move.RESCHEDULE, NOW, publishes_at=DUE + timedelta(hours=1))
    other = moved(final, Move.RESCHEDULE, NOW, publishes_at=DUE + timedelta(hours=1), time_exemption="Agreed.")
    assert other.publishes_at == DUE + timedelta(hours=1)
