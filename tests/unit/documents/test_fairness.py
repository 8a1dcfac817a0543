"""Nobody's copy keeps other people's waiting: places are held for bounded work.

From a review: the end of a large copy, asked for by itself, held one of eight places for the whole document; copies
that were slow to begin took the places of those that ran; and a copy that had to wait for others waited without end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from app.actions import copies, documents, openings
from app.actions.copies import Delivery, Wanted
from app.actions.documents import Arriving
from app.actions.tools import Tools
from app.api import openings as openings_door
from app.api import sending
from app.api.sending import CopyResponse
from app.audit.entries import EntryKind
from app.rules.errors import Busy, Refused
from app.rules.facts import Role
from app.vault.copies.zip import CODE_BYTES
from app.vault.shelf import Store, StoredSource
from app.vault.workshop.pool import Workshop
from app.vault.workshop.turns import RETRY_AFTER_SECONDS
from tests.application import client_of
from tests.unit.documents.test_copies import opened
from tests.unit.documents.world import World, a_pdf
from tests.unit.web.browser import Visitor, words

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

Message = MutableMapping[str, Any]
MIB = 1024 * 1024
PATIENCE_SECONDS = 60


class Meter:
    """A real store that counts the sealed bytes that are read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read_bytes = 0

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        return self._store.put(name, chunks)

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        return self._store.replace(name, chunks)

    def remove(self, name: str) -> None:
        self._store.remove(name)

    def open(self, name: str) -> StoredSource:
        return _Metered(self, self._store.open(name))


class _Metered:
    def __init__(self, meter: Meter, source: StoredSource) -> None:
        self._meter, self._source = meter, source
        self.size_bytes = source.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        got = self._source.read_at(offset, length)
        self._meter.read_bytes += len(got)
        return got

    def close(self) -> None:
        self._source.close()


class Line:
    """A recipient's end of the line, who stays to the end; told to somebody with each piece."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told

    async def receive(self) -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(self, message: Message) -> None:
        self._told(len(message.get("body", b"")))


@pytest.fixture
def shop() -> Iterator[Workshop]:
    """A workshop for one at a time, in which one more may wait."""
    made = Workshop(1, turn_seconds=PATIENCE_SECONDS, most_waiting=1)
    yield made
    made.close()


def until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < patience


def figures(world: World, content: bytes = b"North,1\n") -> str:
    return opened(world, world.fixed(content, "figures.bin", "application/octet-stream"))


def bulletin(world: World) -> str:
    return opened(world, world.fixed(a_pdf(), "bulletin.pdf", "application/pdf"))


def tail(world: World, tools: Tools, opening_id: str) -> Delivery:
    """Begin what stands behind the document in its copy: first the code, not worked out yet."""
    actor = world.actor(world.minister.person_id)
    whole = copies.begin(tools, actor, opening_id)
    whole.close(handed_over_whole=False)
    assert whole.planned.layout is not None
    behind = len(whole.planned.layout.directory()) + CODE_BYTES
    return copies.begin(tools, actor, opening_id, Wanted(whole.part.of_bytes - behind, None))


def test_end_of_a_large_copy_is_worked_out_in_bounded_steps(tmp_path: Path) -> None:
    world = World(tmp_path)
    content = os.urandom(16 * MIB)
    meter = Meter(world.tools.store)
    running = tail(world, replace(world.tools, store=meter), figures(world, content))
    steps: list[tuple[int, bool]] = []
    got, before = 0, meter.read_bytes
    while (group := running.next_group()) is not None:
        steps.append((meter.read_bytes - before, bool(group)))
        got, before = got + len(group), meter.read_bytes
    running.close(handed_over_whole=True)
    most = 6 * MIB
    assert (got, sum(ready for _, ready in steps)) == (running.part.length_bytes, 1)
    assert [read for read, _ in steps if read > most] == []
    assert len(steps) > len(content) // most
    (_, ended) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (ended["outcome"], ended["said"]["of_bytes"]) == ("completed", running.part.of_bytes)


def test_end_of_a_large_copy_lets_others_have_its_place_meanwhile(tmp_path: Path) -> None:
    world = World(tmp_path)
    large = tail(world, world.tools, figures(world, os.urandom(32 * MIB)))
    small = copies.begin(world.tools, world.actor(world.minister.person_id), figures(world))
    sent = {"large": 0, "small": 0}

    async def send(delivery: Delivery, name: str) -> int:
        def told(size_bytes: int) -> None:
            sent[name] += size_bytes

        line = Line(told)
        await CopyResponse(delivery)({"type": "http"}, line.receive, line.send)
        return sent["large"]

    async def both() -> int:
        sending.decryptions.set(CapacityLimiter(1))
        async with anyio.create_task_group() as group:
            group.start_soon(send, large, "large")
            await anyio.lowlevel.checkpoint()
            return await send(small, "small")

    assert anyio.run(both) == 0  # when the small one was there, the large one was still being worked out
    assert sent == {"large": large.part.length_bytes, "small": small.part.length_bytes}


def test_copy_begins_while_every_place_of_running_copies_is_taken(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id, actor = figures(world), world.actor(world.minister.person_id)

    async def begin() -> CopyResponse:
        places = sending.limiter_of(sending.decryptions)
        for _ in range(sending.DECRYPTIONS_AT_ONCE):
            await places.acquire_on_behalf_of(object())
        with anyio.fail_after(PATIENCE_SECONDS):
            request = Request({"type": "http", "method": "GET", "headers": []})
            answer = await openings_door.fetch_copy(world.tools, actor, opening_id, request)
            assert isinstance(answer, CopyResponse)
            return answer

    assert anyio.run(begin).status_code == 200


def test_copies_that_wait_to_be_made_keep_neither_running_copies_nor_other_beginnings_waiting(
    tmp_path: Path, shop: Workshop
) -> None:
    world = World(tmp_path)
    made_whole, streamed, also = bulletin(world), figures(world), figures(world)
    tools, actor = replace(world.tools, workshop=shop), world.actor(world.minister.person_id)
    running = copies.begin(tools, actor, streamed)
    got: list[int] = []

    async def all_of_them() -> tuple[int, Response]:
        request = Request({"type": "http", "method": "GET", "headers": []})
        fetch = partial(openings_door.fetch_copy, tools, actor, request=request)
        async with anyio.create_task_group() as group:
            with shop.turn():
                group.start_soon(fetch, made_whole)
                await anyio.to_thread.run_sync(until, lambda: len(shop._turns._waiting) == 1)
                with anyio.fail_after(PATIENCE_SECONDS):
                    line = Line(got.append)
                    await CopyResponse(running)({"type": "http"}, line.receive, line.send)
                    return sum(got), await fetch(also)

    read, answer = anyio.run(all_of_them)
    assert (read, answer.status_code) == (running.part.length_bytes, 200)


def test_copy_whose_turn_does_not_come_is_refused_and_leaves_the_record_clean(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id, actor = bulletin(world), world.actor(world.minister.person_id)
    shop = Workshop(1, turn_seconds=0)
    tools = replace(world.tools, workshop=shop)
    before = world.service.entries()
    try:
        with shop.turn(), pytest.raises(Busy) as caught:
            copies.begin(tools, actor, opening_id)
        assert caught.value.extra == {"retry_after_seconds": RETRY_AFTER_SECONDS}
        assert (world.service.entries(), tools.underway) == (before, {})
        row = openings.get_opening(tools, actor, opening_id)
        assert (row.outcome, row.copy_turn, row.started_at) == ("unfetched", 0, None)
        copies.begin(tools, actor, opening_id).close(handed_over_whole=False)
    finally:
        shop.close()


def test_copy_that_had_to_wait_is_decided_anew(tmp_path: Path, shop: Workshop) -> None:
    world = World(tmp_path)
    opening_id, actor = bulletin(world), world.actor(world.minister.person_id)
    tools = replace(world.tools, workshop=shop)
    with ThreadPoolExecutor(1) as pool:
        with shop.turn():
            waiting = pool.submit(copies.begin, tools, actor, opening_id)
            until(lambda: len(shop._turns._waiting) == 1)
            world.suspend(world.minister.person_id)
        with pytest.raises(Refused):
            waiting.result(PATIENCE_SECONDS)
    assert world.service.entries(EntryKind.COPY_STARTED) == []
    decided = [(entry["outcome"], entry["said"]["act"]) for entry in world.service.entries(EntryKind.ACCESS_DECIDED)]
    assert decided == [("permitted", "open"), ("refused", "fetch")]


def test_busy_service_says_so_in_words_and_when_to_ask_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = bulletin(world)
    shop = Workshop(1, turn_seconds=0)
    client = client_of(replace(world.tools, workshop=shop))
    headers = world.headers(world.minister.person_id)
    person = Visitor(client, headers["Authorization"].partition(" ")[2])
    words_told = (
        "The service is reading documents and making copies as fast as it can, and others asked first. Nothing was "
        f"done, and nothing is lost: try again in {RETRY_AFTER_SECONDS} seconds."
    )
    try:
        person.looks(f"/openings/{opening_id}")
        with shop.turn():
            answer = client.get(f"/api/v1/openings/{opening_id}/content", headers=headers)
            shown = person.sends(f"/openings/{opening_id}/copy")
        told = answer.json()
        assert (answer.status_code, told["code"], told["detail"], told["retry_after_seconds"]) == (
            503,
            "busy",
            words_told,
            RETRY_AFTER_SECONDS,
        )
        assert [one.headers["Retry-After"] for one in (answer, shown)] == [str(RETRY_AFTER_SECONDS)] * 2
        assert (shown.status_code, words(shown).startswith(f"The service is busy {words_told}")) == (503, True)
        refused = [entry["said"]["code"] for entry in world.service.entries(EntryKind.REQUEST_REFUSED)]
        assert refused == ["busy", "busy"]
        assert client.get(f"/api/v1/openings/{opening_id}/content", headers=headers).status_code == 200
    finally:
        shop.close()


def test_upload_whose_turn_does_not_come_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    shop = Workshop(1, turn_seconds=0)
    arriving = Arriving("bulletin.pdf", "application/pdf", [a_pdf()])
    actor = world.staff(Role.STATISTICIAN)
    before = world.service.entries()
    try:
        with shop.turn(), pytest.raises(Busy):
            documents.upload_document(replace(world.tools, workshop=shop), actor, world.release.release_id, arriving)
    finally:
        shop.close()
    assert (list((tmp_path / "sealed").iterdir()), world.service.entries()) == ([], before)
