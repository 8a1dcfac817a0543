"""What happens to parts beside their upload: keys wrapped again, records destroyed, what a killed process left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.actions import custody, rewrapping
from app.audit.entries import Entry, EntryKind
from app.records import custody as places
from app.records import erasing, tables
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
    with Worker(desk.tools).running():
        pass
    alone = desk.tools.database.is_sqlite
    assert desk.asks(row.upload_id, "HEAD").status_code == (200 if alone else 423)
    desk.world.clock.forward(seconds=31)
    assert desk.asks(row.upload_id, "HEAD").status_code == 200
