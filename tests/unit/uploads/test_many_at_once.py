"""Several requests at one upload, in one process and in two, on both databases: one has its effect, the others none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from app.actions import uploads
from app.actions.tools import Policy, Tools
from app.actions.uploads import Announced, Sent
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Code, PraError
from tests.faults.failing import anew
from tests.unit.documents.world import World, sha256
from tests.unit.uploads.sending import TABLE, Desk, documents_of, kept

AT_ONCE = 4


@pytest.fixture
def desk(tmp_path: Path, any_database_url: str) -> Iterator[Desk]:
    policy = Policy(uploads_per_person=3, uploads_per_producer=3)
    world = World(tmp_path, database_url=any_database_url, policy=policy)
    yield Desk(world)
    world.service.close()


def replicas(desk: Desk) -> list[Tools]:
    """The service's tools, and those of another process beside it."""
    return [desk.tools, anew(desk.tools)]


def test_requests_for_the_same_bytes_at_once_keep_them_once(desk: Desk) -> None:
    row = desk.start(TABLE)
    actor, together = desk.actor, threading.Barrier(AT_ONCE)
    tools = replicas(desk)

    def sends(number: int) -> str:
        together.wait()
        sent = Sent(0, [TABLE[:250], TABLE[250:500]])
        try:
            return str(uploads.receive(tools[number % 2], lambda: actor, row.upload_id, sent).kept_bytes)
        except PraError as error:
            return error.code.value

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = list(threads.map(sends, range(AT_ONCE)))
    assert told.count("500") == 1
    assert set(told) - {"500"} <= {Code.UPLOAD_IN_USE.value, Code.UPLOAD_OFFSET_DIFFERS.value}
    assert (len(kept(desk)[0]), kept(desk)[1], len(desk.world.service.entries(EntryKind.UPLOAD_PART_KEPT))) == (1, 1, 1)
    tools[1].database.close()


def test_last_bytes_sent_at_once_make_one_document(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    actor, together = desk.actor, threading.Barrier(AT_ONCE)
    tools = replicas(desk)

    def sends(number: int) -> str:
        together.wait()
        try:
            made = uploads.receive(tools[number % 2], lambda: actor, row.upload_id, Sent(500, [TABLE[500:]]))
            return made.state.value
        except PraError as error:
            return error.code.value

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = list(threads.map(sends, range(AT_ONCE)))
    assert told.count("complete") == 1
    assert set(told) - {"complete"} <= {Code.UPLOAD_IN_USE.value, Code.UPLOAD_ENDED.value}
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]
    assert (len(kept(desk)[0]), kept(desk)[1]) == (2, 0)
    tools[1].database.close()


def test_uploads_begun_at_once_are_no_more_than_may_be_unfinished(desk: Desk) -> None:
    actor, together = desk.actor, threading.Barrier(2 * AT_ONCE)
    tools = replicas(desk)

    def begins(number: int) -> str:
        together.wait()
        try:
            uploads.begin_upload(
                tools[number % 2], actor, desk.world.release.release_id, Announced("a.csv", "text/csv", 10)
            )
            return "begun"
        except PraError as error:
            return error.code.value

    with ThreadPoolExecutor(2 * AT_ONCE) as threads:
        told = sorted(threads.map(begins, range(2 * AT_ONCE)))
    assert told == ["begun"] * 3 + [Code.TOO_MANY_UPLOADS.value] * 5
    tools[1].database.close()


def test_upload_taken_back_and_completed_at_once_is_one_or_the_other(desk: Desk) -> None:
    row = desk.start(TABLE)
    actor, together = desk.actor, threading.Barrier(2)
    tools = replicas(desk)

    def takes_back() -> str:
        together.wait()
        uploads.take_back_upload(tools[1], actor, row.upload_id)
        return "taken back"

    def sends() -> str:
        together.wait()
        try:
            return uploads.receive(tools[0], lambda: actor, row.upload_id, Sent(0, [TABLE])).state.value
        except PraError as error:
            return error.code.value

    with ThreadPoolExecutor(2) as threads:
        took, sent = threads.submit(takes_back), threads.submit(sends)
        told = (took.result(), sent.result())
    ends = [entry["outcome"] for entry in desk.world.service.entries(EntryKind.UPLOAD_ENDED)]
    made = sent_whole = ("regions.csv", sha256(TABLE), "draft")
    assert (documents_of(desk), ends) == (([made], ["completed"]) if ends == ["completed"] else ([], ["aborted"]))
    assert told[1] in ("complete", "not_found", Code.UPLOAD_IN_USE.value), sent_whole
    assert kept(desk)[1] == 0
    with desk.tools.reading() as connection:
        assert connection.execute(select(tables.uploads)).all() == []
    tools[1].database.close()


def test_turn_that_is_still_needed_is_renewed_and_given_up_at_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.actions import receiving

    monkeypatch.setattr(receiving, "RENEWED_EVERY_SECONDS", 0.01)
    row = desk.start(TABLE)

    def held_until() -> object:
        with desk.tools.reading() as connection:
            return connection.execute(select(tables.upload_turns.c.held_until)).scalar_one()

    def sent() -> Iterator[bytes]:
        yield TABLE[:500]
        taken = held_until()
        desk.world.clock.forward(seconds=25)
        while held_until() == taken:
            pass
        yield TABLE[500:600]

    assert desk.receive(row.upload_id, 0, sent()).kept_bytes == 600
    assert held_until() is None
