"""Witnesses that hang: each is asked once, beside the others, and holds up no other's cosignature."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions.witnessing import HELD_FOR, ROUNDS
from app.audit.checkpoint import Checkpoint, SignedNote
from app.audit.cosigned import read_cosigned
from app.audit.witness_list import read_witnesses
from app.outside import witnesses as outside
from app.outside.witnesses import ASK_SECONDS, WitnessAnswer, WitnessPost, is_usable
from app.rules.errors import Broken
from app.rules.witnesses import AT_MOST, WitnessFault
from app.worker import witnesses as asking
from app.worker.witnesses import Witnessing, ask_all, begin_round
from tests.unit.witness.world import Watched
from tests.unit.witness.world import watched as watched
from tests.witnesses import a_witness_folder

HANGING = "https://hanging.example"
SLOW = 20


class HangingPost:
    """Carries submissions as the real one does, and hangs with every one that is for a certain address."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()
        self._real = WitnessPost()

    def submit(self, url: str, body: bytes) -> WitnessAnswer:
        self.asked.append(url)
        if not url.startswith(HANGING):
            return self._real.submit(url, body)
        self.let_go.wait(60)
        return WitnessAnswer(fault=WitnessFault.TOO_SLOW)


@pytest.fixture
def hanging(watched: Watched) -> Iterator[HangingPost]:
    """One witness that answers among twenty that say nothing; more than a lease holds, one after the other."""
    post = HangingPost()
    slow = [a_witness_folder(watched.folder / f"w{n}", name=f"slow.example/w{n}").to_text() for n in range(SLOW)]
    with watched.serving() as address:
        watched.configure(*((vkey, HANGING) for vkey in slow), (watched.key.to_text(), address))
        watched.service.tools = replace(watched.tools, witness_post=post)
        yield post
        post.let_go.set()


def cosigned_size(watched: Watched) -> int:
    note = read_cosigned(watched.tools.tiles)
    return 0 if note is None else Checkpoint.parse(SignedNote.parse(note).text).size


def published_size(watched: Watched) -> int:
    return Checkpoint.parse(SignedNote.parse(watched.tools.tiles.read_checkpoint() or "").text).size


def until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience, "waited for in vain"
        time.sleep(0.01)


def test_fast_witness_among_many_that_hang_is_heard_round_after_round(watched: Watched, hanging: HangingPost) -> None:
    """A round waited for the slowest of four at a time, and whoever stood behind sixteen lost its lease."""
    with ThreadPoolExecutor(SLOW + 1) as pool:
        begun = begin_round(watched.tools, "one", pool)
        heard, still = wait(begun, 30, FIRST_COMPLETED)
        assert ([one.result() for one in heard], len(still)) == ([True], SLOW)
        assert cosigned_size(watched) == published_size(watched)
        for _ in range(3):
            watched.grow()
            watched.service.clock.forward(seconds=5)
            assert ask_all(watched.tools, "one", pool) == 1  # nobody else has a turn: the others are still being asked
            assert cosigned_size(watched) == published_size(watched)
        assert hanging.asked.count(HANGING) == SLOW
        hanging.let_go.set()
        assert [one.result(30) for one in still] == [False] * SLOW


def test_worker_goes_on_to_the_next_round_while_witnesses_hang(
    watched: Watched, hanging: HangingPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "REST_SECONDS", 0.01)
    monkeypatch.setattr(asking, "TOGETHER_SECONDS", 0.01)
    polls = itertools.count(1)

    def caught_up() -> bool:
        if next(polls) % 50 == 0:  # it was asked just before the log grew: its next turn comes a little later
            watched.service.clock.forward(seconds=3)
        return cosigned_size(watched) == published_size(watched)

    with Witnessing(watched.tools).running():
        for _ in range(2):
            watched.grow()
            watched.service.clock.forward(seconds=3)
            until(caught_up)
        assert hanging.asked.count(HANGING) == SLOW
        hanging.let_go.set()


def test_turn_of_a_witness_is_over_well_within_its_lease() -> None:
    assert timedelta(seconds=ROUNDS * ASK_SECONDS) <= HELD_FOR / 4


def test_name_server_that_is_silent_about_some_holds_up_no_other(watched: Watched) -> None:
    silent = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        if host != "127.0.0.1":
            silent.wait(60)
        return [host]

    with watched.serving() as address, ThreadPoolExecutor(8) as pool:
        post = WitnessPost(seconds=0.2, resolve=resolve)
        lost = [pool.submit(post.submit, f"https://w{n}.silent.example", b"") for n in range(8)]
        assert [one.result(30).fault for one in lost] == [WitnessFault.TOO_SLOW] * 8
        assert WitnessPost(resolve=resolve).submit(address, b"").status == 400  # an answer: nothing is no submission
        silent.set()
    outside._resolver_of.cache_clear()


def test_more_witnesses_than_are_asked_stop_the_start(tmp_path: Path) -> None:
    keys = [a_witness_folder(tmp_path / f"w{n}", name=f"w{n}.example/w").to_text() for n in range(AT_MOST + 1)]
    lines = [f"{vkey} https://w{n}.example\n" for n, vkey in enumerate(keys)]
    (tmp_path / "list").write_text("".join(lines[:AT_MOST]))
    assert len(read_witnesses(tmp_path / "list", is_usable)) == AT_MOST
    (tmp_path / "list").write_text("".join(lines))
    with pytest.raises(Broken, match="names 33 witnesses, and 32 at most are asked"):
        read_witnesses(tmp_path / "list", is_usable)
