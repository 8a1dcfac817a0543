"""Laws of a release's life: one total table, and nothing comes back from having been published."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.errors import Code, OutOfOrder
from app.rules.facts import ReleaseState, Role
from app.rules.lifecycle import TABLE, WHO, Move, after

STATES, MOVES = list(ReleaseState), list(Move)


def reached_by(state: ReleaseState, moves: list[Move]) -> list[ReleaseState]:
    """Every state passed through; a move that is not possible leaves the release where it is."""
    passed = [state]
    for move in moves:
        try:
            passed.append(after(passed[-1], move))
        except OutOfOrder:
            continue
    return passed


def test_lifecycle_is_total_and_says_who_for_every_move() -> None:
    assert set(TABLE) == set(product(STATES, MOVES))
    assert set(WHO) == set(MOVES)
    assert all(WHO[move] for move in MOVES)


@given(st.sampled_from(STATES), st.lists(st.sampled_from(MOVES), max_size=30))
def test_lifecycle_is_total_and_never_returns_from_published(state: ReleaseState, moves: list[Move]) -> None:
    passed = reached_by(state, moves)
    for ending in (ReleaseState.PUBLISHED, ReleaseState.CANCELLED):
        if ending in passed:
            assert set(passed[passed.index(ending) :]) == {ending}


@given(st.lists(st.sampled_from(MOVES), max_size=30))
def test_lifecycle_publishes_only_what_was_signed_off_since_its_last_postponement(moves: list[Move]) -> None:
    passed = reached_by(ReleaseState.PLANNED, moves)
    if ReleaseState.PUBLISHED in passed:
        before = passed[: passed.index(ReleaseState.PUBLISHED)]
        assert before[-1] is ReleaseState.FINAL
        since = before[len(before) - before[::-1].index(ReleaseState.ANNOUNCED) :]
        assert set(since) == {ReleaseState.FINAL}, "signed off, or moved while final, and nothing else"


@pytest.mark.parametrize(("state", "move"), list(product(STATES, MOVES)), ids=str)
def test_move_is_made_or_refused_with_those_that_are_possible(state: ReleaseState, move: Move) -> None:
    reached = TABLE[state, move]
    if reached is not None:
        assert after(state, move) is reached
        return
    with pytest.raises(OutOfOrder) as refused:
        after(state, move)
    assert refused.value.code is Code.WRONG_STATE
    assert refused.value.extra == {
        "state": state.value,
        "allowed": [other.value for other in MOVES if TABLE[state, other] is not None],
    }


def test_every_state_is_reached_from_the_first() -> None:
    found, waiting = set(), [ReleaseState.PLANNED]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += [reached for move in MOVES if (reached := TABLE[state, move]) is not None]
    assert found == set(STATES)


def test_change_of_an_announced_date_is_the_head_of_professions_alone() -> None:
    for move in (Move.RESCHEDULE, Move.POSTPONE, Move.CANCEL):
        assert WHO[move] == {Role.HEAD_OF_PROFESSION}


def test_nobody_moves_a_release_by_a_role_that_only_looks_on() -> None:
    for roles in WHO.values():
        assert not roles & {Role.AUDITOR, Role.ADMINISTRATOR, Role.COORDINATOR}
