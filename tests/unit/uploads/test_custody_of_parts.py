"""What happens to parts beside their upload: keys wrapped again, records destroyed, what a killed process left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.actions import custody, rewrapping, storing, uploads
from app.actions.storing import StoreCopied
from app.actions.uploads import Sent
from app.audit.entries import Entry, EntryKind
from app.records import custody as places
from app.records import erasing, tables
from app.vault.store import LocalStore
from app.worker.loop import DUTIES, Worker
from tests.unit.documents.world import World
from tests.unit.uploads.sending import TABLE, Desk, documents_of, kept


@pytest.fixture
def desk(tmp_path: Path, any_database_url: str) -> Iterator[Desk]:
    world = World(tmp_path, database_url=any_database_url)
    yield Desk(world)
    world.service.close()


def test_keys_of_parts_are_wrapped_again_and_the_upload_goes_on(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    before = wrapped(desk)
    custody.rotate_key(desk.tools, "kek")
    rewrapping.rewrap(desk.tools)
    assert (len(wrapped(desk)), wrapped(desk) & before) == (1, set())
    with desk.tools.reading() as connection:
        counted = places.count_by_prefix(connection, 4)
    assert sum(kinds["parts of uploads"] for kinds in counted.values()) == 1
    assert desk.receive(row.upload_id, 500, [TABLE[500:]]).state.value == "complete"


def wrapped(desk: Desk) -> set[bytes]:
    with desk.tools.reading() as connection:
        return {bytes(one) for one in connection.execute(select(tables.upload_parts.c.wrapped_identity)).scalars()}


def test_records_of_a_release_that_are_destroyed_take_what_was_on_its_way_with_them(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    done = desk.start(TABLE)
    desk.receive(done.upload_id, 0, [TABLE])
    (part,) = set(kept(desk)[0]) - documents_objects(desk)
    with desk.tools.transaction() as tx:
        counts, names = erasing.destroy(tx.connection, row.release_id, desk.world.clock.now())
        tx.append(Entry(EntryKind.RECORDS_ERASED, desk.world.clock.now()))
    assert (counts["uploads"], part in names) == (2, True)
    with desk.tools.reading() as connection:
        left = [connection.execute(select(table)).all() for table in (tables.uploads, tables.upload_parts)]
        turns = connection.execute(select(tables.upload_turns)).all()
    assert (left, turns) == ([[], []], [])


def documents_objects(desk: Desk) -> set[str]:
    with desk.tools.reading() as connection:
        names = connection.execute(select(tables.documents.c.object_name)).scalars().all()
    return {*names, *(f"{name}.escrow" for name in names)}


def test_start_of_the_service_sweeps_no_part_that_is_on_record_and_every_other(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    desk.tools.store.put("0" * 32, [b"left by one who was killed"])
    folder = desk.world.service.folder / "sealed"
    finished = (desk.world.clock.now() - timedelta(days=1, seconds=1)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (finished, finished))
    assert custody.sweep_orphans(desk.tools) == 1
    assert desk.receive(row.upload_id, 500, [TABLE[500:]]).state.value == "complete"
    assert len(documents_of(desk)) == 1


def test_start_of_the_service_leaves_the_last_part_of_an_upload_that_is_being_completed_for_two_hours(
    desk: Desk,
) -> None:
    desk.tools.store.put("0" * 32, [b"on record only together with the document it completes"])
    begun = (desk.world.clock.now() - timedelta(hours=2)).timestamp()
    os.utime(desk.world.service.folder / "sealed" / ("0" * 32), (begun, begun))
    assert custody.sweep_orphans(desk.tools) == 0
    assert desk.tools.store.names() == ["0" * 32]


def test_worker_destroys_what_nobody_went_on_with(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    (duty,) = [one for one in DUTIES if one.name == "remove uploads that nobody went on with"]
    duty.act(desk.tools)
    assert kept(desk)[1] == 1
    desk.world.clock.forward(hours=24)
    duty.act(desk.tools)
    assert kept(desk) == ([], 0)


def test_turn_of_a_server_that_was_killed_is_free_at_its_next_start_where_it_is_the_only_one(desk: Desk) -> None:
    row = desk.start(TABLE)
    with desk.tools.transaction() as tx:
        held = tables.upload_turns.update().values(
            held_by="somebody", held_until=desk.world.clock.now() + timedelta(seconds=30), completing=True
        )
        tx.connection.execute(held)
    assert desk.asks(row.upload_id, "HEAD").status_code == 423
    listed = desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"]
    assert [one["state"] for one in listed] == ["completing"]
    with Worker(desk.tools).running():
        pass
    alone = desk.tools.database.is_sqlite
    assert desk.asks(row.upload_id, "HEAD").status_code == (200 if alone else 423)
    desk.world.clock.forward(seconds=31)
    assert desk.asks(row.upload_id, "HEAD").status_code == 200


def test_upload_that_was_begun_before_its_store_was_copied_goes_on_in_the_other(desk: Desk, tmp_path: Path) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    desk.receive(row.upload_id, 500, [TABLE[500:900]])
    other, said = LocalStore(tmp_path / "other"), list[str]()
    assert storing.copy_store(desk.tools, other, said.append) == StoreCopied(0, 0, 0, 0, 0, parts=2, parts_left=0)
    assert (other.names(), said) == (desk.tools.store.names(), [])
    moved = replace(desk.tools, store=other)
    actor = desk.actor
    assert uploads.receive(moved, lambda: actor, row.upload_id, Sent(900, [TABLE[900:]])).state.value == "complete"


def test_copy_of_a_store_that_lost_a_part_says_so_and_counts_it(desk: Desk, tmp_path: Path) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    desk.tools.store.remove(kept(desk)[0][0])
    said = list[str]()
    done = storing.copy_store(desk.tools, LocalStore(tmp_path / "other"), said.append)
    assert (done.parts, done.parts_left) == (0, 1)
    assert said == ["a part of an unfinished upload: The sealed file is missing."]


def test_part_that_is_missing_when_the_document_is_made_ends_nothing_and_counts_once_it_is_back(desk: Desk) -> None:
    row = desk.start(TABLE)
    desk.receive(row.upload_id, 0, [TABLE[:500]])
    folder = desk.world.service.folder / "sealed"
    (part,) = kept(desk)[0]
    away = (folder / part).rename(desk.world.service.folder / "away")
    answer = desk.sends(row.upload_id, 500, TABLE[500:])
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    told = desk.asks(row.upload_id).json()
    assert (told["state"], told["kept_bytes"], kept(desk)) == ("receiving", 500, ([], 1))
    away.rename(folder / part)
    assert desk.sends(row.upload_id, 500, TABLE[500:]).status_code == 204
    assert len(documents_of(desk)) == 1
