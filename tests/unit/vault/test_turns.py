"""Turns: in the order in which people came, for a bounded time, and none is ever lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.rules.errors import Busy, Code, Unavailable
from app.vault.workshop.pool import Workshop
from app.vault.workshop.tasks import Task
from app.vault.workshop.turns import RETRY_AFTER_SECONDS, Turns

PATIENCE_SECONDS = 60


def until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < patience


def test_turn_that_is_free_is_taken_without_waiting() -> None:
    turns = Turns(2, most_waiting=0, most_each=8)
    assert [turns.take(0), turns.take(0)] == [False, False]
    turns.give_back()
    assert turns.take(0) is False


def test_turn_goes_to_whoever_has_waited_longest_and_never_to_a_newcomer() -> None:
    turns = Turns(1, most_waiting=3, most_each=8)
    turns.take(0)
    came: list[int] = []

    def wait(number: int) -> None:
        assert turns.take(PATIENCE_SECONDS) is True
        came.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(3)]
    for number, thread in enumerate(threads):
        thread.start()
        until(lambda number=number: len(turns._waiting) == number + 1)
    turns.give_back()
    with pytest.raises(Busy):  # the turn is the first one's, even where it has not woken yet
        turns.take(0)
    until(lambda: len(came) == 1)
    for count in (2, 3):
        turns.give_back()
        until(lambda count=count: len(came) == count)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert came == [0, 1, 2]


def test_turn_that_does_not_come_in_time_is_told_as_busy_and_leaves_no_place_behind() -> None:
    turns = Turns(1, most_waiting=1, most_each=8)
    turns.take(0)
    with pytest.raises(Busy) as caught:
        turns.take(0.01)
    assert (caught.value.code, caught.value.extra) == (Code.BUSY, {"retry_after_seconds": RETRY_AFTER_SECONDS})
    assert f"try again in {RETRY_AFTER_SECONDS} seconds" in caught.value.detail
    turns.give_back()
    assert (turns.take(0), len(turns._waiting)) == (False, 0)


def test_turn_is_refused_at_once_where_too_many_wait() -> None:
    turns = Turns(1, most_waiting=1, most_each=8)
    turns.take(0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(turns.take, PATIENCE_SECONDS)
        until(lambda: len(turns._waiting) == 1)
        with pytest.raises(Busy):
            turns.take(PATIENCE_SECONDS)
        turns.give_back()
        assert waiting.result(PATIENCE_SECONDS) is True


def test_turn_is_refused_at_once_to_whoever_waits_too_often_and_not_to_others() -> None:
    turns = Turns(1, most_waiting=64, most_each=2)
    turns.take(0)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(turns.take, PATIENCE_SECONDS, "one") for _ in range(2)]
        until(lambda: len(turns._waiting) == 2)
        with pytest.raises(Busy):
            turns.take(PATIENCE_SECONDS, "one")
        waiting += [pool.submit(turns.take, PATIENCE_SECONDS, who) for who in ("two", "")]
        until(lambda: len(turns._waiting) == 4)
        for _ in waiting:
            turns.give_back()
        assert [taken.result(PATIENCE_SECONDS) for taken in waiting] == [True] * 4
    assert (list(turns._waiting), turns._whose) == ([], {})


def test_turns_given_and_taken_by_many_at_once_are_all_there_afterwards() -> None:
    turns = Turns(2, most_waiting=64, most_each=8)
    within: list[int] = []
    most = []

    def one(number: int) -> None:
        try:
            turns.take(0.001 * (number % 3))
        except Busy:
            return
        within.append(number)
        most.append(len(within))
        within.remove(number)
        turns.give_back()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(400)))
    assert (turns._free, len(turns._waiting), max(most) <= 2) == (2, 0, True)


def test_workshop_where_no_turn_comes_is_busy_and_starts_no_process() -> None:
    shop = Workshop(1, turn_seconds=0)
    try:
        with shop.turn(), pytest.raises(Busy):
            shop.do(Task.ROLL_CALL, b"", {})
        assert (shop._all, shop.do(Task.ROLL_CALL, b"", {})) == (set(), b"")
    finally:
        shop.close()


def test_workshop_that_closes_lets_whoever_waits_go() -> None:
    shop = Workshop(1)
    with ThreadPoolExecutor(1) as pool:
        with shop.turn():
            waiting = pool.submit(shop.do, Task.ROLL_CALL, b"", {})
            until(lambda: len(shop._turns._waiting) == 1)
            shop.close()
        with pytest.raises(Unavailable):
            waiting.result(PATIENCE_SECONDS)
