"""Documents made public here, when something is wrong with one: its store hangs, its seal is broken, memory is full.

None of it holds up another document, and nothing that is not what was fixed is given.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions.kept_public import DAMAGED_SECONDS, SHORT_OF, PublicDesk, sent
from app.api import public_sending
from app.application import build
from app.audit.entries import EntryKind
from app.records import documents
from app.rules.errors import Unavailable
from app.vault import shelf
from tests.story import CHANCELLOR, Story, done
from tests.unit.api.test_public_releases import BODY, DUE, Reader, counted, decide
from tests.unit.api.test_public_releases import looks as looks

SHA256 = hashlib.sha256(BODY).hexdigest()


class Told:
    """A release of three documents, made public here at 9:35; who asks asks for one of them."""

    def __init__(self, folder: Path) -> None:
        self.story = Story(folder, DUE - timedelta(days=8))
        self.story.release(DUE)
        self.story.list_with(CHANCELLOR)
        self.bodies = [BODY + b"%d\n" % n for n in range(3)]
        self.document_ids = [self.story.sealed(body, f"figures-{n}.csv") for n, body in enumerate(self.bodies)]
        self.story.signed_off()
        done(self.story.post(self.story.statistician, f"/releases/{self.story.told.release_id}/public-list"), 201)
        self.story.clock.put(DUE + timedelta(minutes=5))

    def holding(self, held_bytes: int) -> None:
        """Let so many bytes be held in memory."""
        tools = self.story.tools
        self.story.tools = replace(tools, policy=replace(tools.policy, public_held_bytes=held_bytes))

    def path(self, number: int) -> str:
        return f"/published/{self.story.told.release_id}/documents/{self.document_ids[number]}"

    def reader(self, number: int, address: str, **how: Any) -> Reader:
        made = Reader(self.story, address, **how)
        made.asked = self.path(number)
        return made

    def get(self, number: int = 0) -> Any:
        return self.story.ask(None, "GET", self.path(number))

    def sealed_file(self, number: int) -> Path:
        with self.story.tools.reading() as connection:
            row = documents.get(connection, self.document_ids[number])
        (found,) = (self.story.folder / "sealed").rglob(row.object_name)
        return found

    def incidents(self) -> list[str]:
        """The incidents there are, beside the late publication."""
        kinds = [entry["said"]["kind"] for entry in self.story.entries(EntryKind.INCIDENT_OPENED)]
        return [kind for kind in kinds if kind != "late_publication"]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    made = Told(tmp_path)
    yield made
    made.story.service.close()


class Hanging:
    """A store that says nothing of some documents until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *document_ids: str) -> None:
        self.let_go, opening = threading.Event(), shelf.open_document

        def open_document(permit: Any, **named: Any) -> Any:
            if permit.document_id in document_ids:
                assert self.let_go.wait(60)
            return opening(permit, **named)

        monkeypatch.setattr(shelf, "open_document", open_document)


def altered(path: Path) -> Callable[[], None]:
    """Alter the last byte of a file; gives what puts it back."""
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    def repair() -> None:
        path.write_bytes(whole)

    return repair


@pytest.mark.parametrize("held_bytes", [10**8, 1024], ids=["held", "unsealed"])
def test_two_documents_whose_store_hangs_hold_up_no_third(
    told: Told, held_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hanging reads had both places for bringing documents into memory, or all for sending long ones."""
    decide(told.story)
    told.holding(held_bytes)
    hanging = Hanging(monkeypatch, *told.document_ids[:2])
    application = build(told.story.tools)

    async def crowd() -> list[int]:
        networks = [f"192.0.2.{n}" for n in range(1, 7)]
        stuck = [told.reader(number, address) for number in (0, 1) for address in networks]
        asked = [asyncio.create_task(one.reads(application)) for one in stuck]
        third = [told.reader(2, address) for address in networks]
        try:
            for one in third:
                await asyncio.wait_for(one.reads(application), 20)
        finally:
            hanging.let_go.set()
        await asyncio.gather(*asked)
        assert {one.body for one in third} == {told.bodies[2]}
        return [one.status for one in third]

    assert asyncio.run(crowd()) == [200] * 6


def test_documents_in_memory_are_bounded_while_slow_readers_keep_them(told: Told) -> None:
    """What was let go for another document stayed in memory as long as anybody was still being sent it."""
    length = len(told.bodies[0])
    decide(told.story)
    told.holding(2 * length)
    desk, application, most = told.story.tools.public_desk, build(told.story.tools), []

    async def crowd() -> Reader:
        slow = [told.reader(number, f"192.0.2.{number}", slices=1) for number in (0, 1)]
        asked = [asyncio.create_task(one.reads(application)) for one in slow]
        for one in slow:
            await asyncio.wait_for(one.stuck.wait(), 30)
        third = told.reader(2, "192.0.2.9")
        await third.reads(application)
        most.append(desk.bytes_alive())
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        return third

    third = asyncio.run(crowd())
    assert (third.status, third.body == told.bodies[2]) == (200, True)  # unsealed for its reader
    assert most == [2 * length]
    assert told.get(2).status_code == 200  # nobody is being sent the others any more
    assert desk.body(hashlib.sha256(told.bodies[2]).hexdigest()) is not None
    assert desk.bytes_alive() == 2 * length


def test_room_is_made_by_what_nobody_is_sent_and_a_short_document_finds_some_beside_long_ones() -> None:
    desk, limit = PublicDesk(), 80
    for name in ("a", "b"):
        place = desk.room(40, limit)
        assert place is not None
        desk.hold(name, place)
        desk.enter(sent(name), 10)
        del place
    assert desk.room(40, limit) is None
    short = [desk.room(limit // SHORT_OF, limit) for _ in range(SHORT_OF + 1)]
    assert [one is not None for one in short] == [True] * SHORT_OF + [False]
    assert desk.bytes_alive() == 2 * limit
    del short
    desk.leave(sent("a"))
    assert desk.room(40, limit) is not None
    assert [desk.body(name) is not None for name in ("a", "b")] == [False, True]


@pytest.mark.parametrize("held_bytes", [10**8, 1024], ids=["held", "unsealed"])
def test_damaged_document_opens_one_incident_is_refused_and_comes_back_when_it_is_whole(
    told: Told, held_bytes: int, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken seal found here was told to its reader alone, and each reader of a long document had half of it."""
    seconds = [1000.0]
    monkeypatch.setattr(told.story.clock, "monotonic_seconds", lambda: seconds[0])
    decide(told.story)
    told.holding(held_bytes)
    repair = altered(told.sealed_file(0))
    application = build(told.story.tools)
    first = told.reader(0, "192.0.2.1")
    asyncio.run(first.reads(application))
    assert first.body != told.bodies[0]
    assert counted(told.story) == ([({"cut": 1}, True)] if held_bytes == 1024 else [])
    assert told.incidents() == ["seal_broken"]
    (letter,) = [body for subject, body in told.story.letters(told.story.head) if "seal" in subject]
    assert "A sealed document of “Claimant count” was found damaged" in letter
    looks.clear()
    for _ in range(3):
        refused = told.get()
        assert (refused.status_code, refused.json()["code"]) == (500, "seal_broken")
    assert looks.count("vault") == 0  # a crowd does not have it read again and again
    assert told.get(1).content == told.bodies[1]
    seconds[0] += DAMAGED_SECONDS
    again = told.get()
    assert (again.status_code, again.json()["code"]) == (500, "seal_broken")  # before the first byte of it
    assert counted(told.story) == [({"whole": 1}, False)]
    repair()
    assert told.get().status_code == 500
    seconds[0] += DAMAGED_SECONDS
    assert told.get().content == told.bodies[0]
    assert told.incidents() == ["seal_broken"]


def test_damage_that_cannot_be_put_on_record_is_refused_all_the_same_and_said_later(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr(told.story.clock, "monotonic_seconds", lambda: seconds[0])
    decide(told.story)
    altered(told.sealed_file(0))
    assert told.get(1).status_code == 200  # the records are asked, for a second

    def silent(*_: Any, **__: Any) -> Any:
        raise Unavailable("the database does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(public_sending.public_documents.desk, "tell_seal_broken", silent)
        assert (told.get().status_code, told.get().json()["code"]) == (500, "seal_broken")
    assert told.incidents() == []
    seconds[0] += DAMAGED_SECONDS
    assert told.get().status_code == 500
    assert told.incidents() == ["seal_broken"]


def test_damage_found_when_it_is_decided_opens_an_incident_and_nothing_is_released(told: Told) -> None:
    altered(told.sealed_file(1))
    with pytest.raises(AssertionError, match="seal_broken"):
        decide(told.story)
    assert told.incidents() == ["seal_broken"]
    assert [told.get(number).status_code for number in range(3)] == [404] * 3
