"""The published log: a step of its writing fails, dies, or is done by two at once; and what lies there is altered."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.actions import auditing, openings
from app.actions.tools import Tools
from app.audit import sequencer
from app.audit.entries import Entry, EntryKind
from app.audit.tiles import TileFolder
from app.records import tables
from app.rules.errors import LogDamaged, Unavailable
from tests.faults.crowd import exported_entries
from tests.faults.extent import extent, stated
from tests.faults.failing import BEFORE, DIES, FAULTS, FailingTiles, anew, begun, killed, waited_for
from tests.service import Service
from tests.unit.documents.world import OPENS_AT, World

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
STEPS = ("write_range", "write_checkpoint", "remove_outgrown")


def append(tools: Tools, count: int) -> None:
    for number in range(count):
        with tools.transaction() as tx:
            tx.append(Entry(EntryKind.SIGNED_IN, AT, said={"number": number}))


def append_at_once(tools: Tools, count: int) -> None:
    with tools.transaction() as tx:
        for number in range(count):
            tx.append(Entry(EntryKind.SIGNED_IN, AT, said={"number": number}))


def indexes(tools: Tools) -> list[int]:
    with tools.reading() as connection:
        found = connection.execute(select(tables.entry_places.c.leaf_index).order_by(tables.entry_places.c.leaf_index))
        return list(found.scalars())


def kept_checkpoint(tools: Tools, path: Path) -> Path:
    path.write_text(tools.tiles.read_checkpoint(), "utf-8")
    return path


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_step_of_publishing_that_fails_is_made_up_for_and_no_entry_is_lost(
    tmp_path: Path, step: str, fault: str
) -> None:
    service = Service(tmp_path, AT)
    append_at_once(service.tools, 300)  # beyond one tile, so that partial ones are outgrown
    earlier = kept_checkpoint(service.tools, tmp_path / "earlier")
    failing = FailingTiles(service.tools.tiles, step, fault)
    if fault == DIES:
        service.tools.database.close()
        assert killed(lambda: auditing.sequence(anew(service.tools, tiles=failing)))
    else:
        with pytest.raises(Unavailable, match="cannot be written"):
            auditing.sequence(anew(service.tools, tiles=failing))
    append(service.tools, 1)  # the entries themselves do not wait for the folder
    auditing.check_before_serving(service.tools)
    assert indexes(service.tools) == list(range(303))  # with the log's beginning and the check of the clock
    entries = exported_entries(service.tools, tmp_path / "export", [earlier])
    assert [entry["said"] for entry in entries[1:301]] == [{"number": number} for number in range(300)]
    service.close()


def test_folder_that_cannot_be_written_stops_no_opening_and_is_made_up_for(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    tools = anew(world.tools, tiles=FailingTiles(world.tools.tiles, "write_range", BEFORE))
    with pytest.raises(Unavailable):
        auditing.sequence(tools)
    opening = openings.open_document(tools, world.actor(world.minister.person_id), document.document_id)
    auditing.sequence(world.tools)
    entries = exported_entries(world.tools, tmp_path / "export")
    permitted = [entry["said"]["opening_id"] for entry in entries if entry["outcome"] == "permitted"]
    assert permitted == [opening.opening_id]
    world.service.close()


def test_r3_sequencer_killed_again_and_again_never_forks_or_skips(tmp_path: Path) -> None:
    kills = extent(30, 500)
    service = Service(tmp_path, AT)
    service.tools.database.close()

    def go_on() -> None:
        own = anew(service.tools)
        while True:
            append_at_once(own, 40)
            auditing.sequence(own)

    kept = []
    for number in range(kills):
        child = begun(go_on)
        _kill_after(child, random.uniform(0.01, 0.12))
        if number % extent(10, 1) == 0:
            kept.append(kept_checkpoint(service.tools, tmp_path / f"kept.{number}"))
    auditing.check_before_serving(service.tools)
    assert indexes(service.tools) == list(range(len(service.entries())))
    entries = exported_entries(service.tools, tmp_path / "export", kept)
    assert len({entry["id"] for entry in entries}) == len(entries)
    stated(f"R3: {kills} kills, {len(entries)} entries, dense; sound before Go against the checkpoint after each kill")
    service.close()


def _kill_after(child: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    assert waited_for(child) == signal.SIGKILL


def test_two_sequencers_at_once_publish_one_log_that_only_grows(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    service.tools.database.close()

    def take_part() -> None:
        own = anew(service.tools)
        for _ in range(25):
            append_at_once(own, 7)
            auditing.sequence(own)

    children = [begun(take_part) for _ in range(3)]
    assert [waited_for(child) for child in children] == [0, 0, 0]
    auditing.check_before_serving(service.tools)
    assert indexes(service.tools) == list(range(2 + 3 * 25 * 7))
    assert len(exported_entries(service.tools, tmp_path / "export")) == 3 + 3 * 25 * 7
    service.close()


def remove_checkpoint(log: Path, _: Path) -> None:
    (log / "checkpoint").unlink()


def cut_checkpoint(log: Path, _: Path) -> None:
    whole = (log / "checkpoint").read_bytes()
    (log / "checkpoint").write_bytes(whole[: len(whole) // 3])


def put_another_logs_checkpoint(log: Path, other: Path) -> None:
    shutil.copy(other / "log" / "checkpoint", log / "checkpoint")


def remove_first_tile(log: Path, _: Path) -> None:
    (log / "tile" / "0" / "000").unlink()


def cut_first_tile(log: Path, _: Path) -> None:
    with (log / "tile" / "0" / "000").open("r+b") as tile:
        tile.truncate(32 * 255)


def flip_one_bit_of_first_tile(log: Path, _: Path) -> None:
    _flip(log / "tile" / "0" / "000")


def flip_one_bit_of_first_entries(log: Path, _: Path) -> None:
    _flip(log / "tile" / "entries" / "000")


def flip_one_bit_of_upper_tile(log: Path, _: Path) -> None:
    _flip(log / "tile" / "1" / "000.p" / "1")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "alter",
    [
        remove_checkpoint,
        cut_checkpoint,
        put_another_logs_checkpoint,
        remove_first_tile,
        cut_first_tile,
        flip_one_bit_of_first_tile,
        flip_one_bit_of_first_entries,
        flip_one_bit_of_upper_tile,
    ],
)
def test_r7_published_log_altered_while_running_is_noticed_and_opens_nothing_until_it_is_right(
    tmp_path: Path, alter: Callable[[Path, Path], None]
) -> None:
    other = Service(_folder(tmp_path / "other"), AT)
    other.close()
    world = World(_folder(tmp_path / "this"), OPENS_AT)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    append_at_once(world.tools, 300)
    auditing.sequence(world.tools)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document.document_id)
    client, headers = world.client(), world.headers(world.minister.person_id)
    log = world.service.folder / "log"
    shutil.copytree(log, tmp_path / "sound")
    alter(log, tmp_path / "other")
    with pytest.raises(LogDamaged):
        auditing.check_published(world.tools)
    made = client.post(f"/api/v1/documents/{document.document_id}/openings", headers=headers)
    copy = client.get(f"/api/v1/openings/{opening.opening_id}/content", headers=headers)
    assert [(made.status_code, made.json()["code"])] * 2 == [
        (500, "log_damaged"),
        (copy.status_code, copy.json()["code"]),
    ]
    with pytest.raises(LogDamaged):
        auditing.check_ready(world.tools)
    shutil.rmtree(log)
    shutil.copytree(tmp_path / "sound", log)
    auditing.check_published(world.tools)
    assert client.get(f"/api/v1/openings/{opening.opening_id}/content", headers=headers).status_code == 200
    assert incident_kinds(world.tools) == ["log_damaged"]
    world.service.close()


def test_entry_altered_in_the_database_between_two_checkpoints_is_noticed_at_the_next_check(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    append(service.tools, 5)
    auditing.sequence(service.tools)
    with service.tools.database.write() as (connection, _):
        altered = tables.entries.update().where(tables.entries.c.arrival == 4)
        connection.execute(altered.values(leaf=b'{"kind":"signed_in","said":{"number":7}}'))
    with pytest.raises(LogDamaged, match="entries 0 to 5 are not the same"):
        auditing.check_published(service.tools)
    assert incident_kinds(service.tools) == ["log_damaged"]
    service.close()


def test_large_log_is_checked_in_turns_that_reach_every_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "PART", 1)  # a large log in small: one bundle a turn
    service = Service(tmp_path, AT)
    append_at_once(service.tools, 3 * 256)
    auditing.sequence(service.tools)
    _flip(tmp_path / "log" / "tile" / "entries" / "001")
    keeper = auditing.sequencer(service.tools)
    found = []
    for turn in range(8):
        try:
            keeper.check_entries(turn)
            found.append("sound")
        except LogDamaged:
            found.append("damaged")
    assert found == ["sound", "damaged", "sound", "sound"] * 2
    service.close()


def incident_kinds(tools: Tools) -> list[str]:
    with tools.reading() as connection:
        return list(connection.execute(select(tables.incidents.c.kind).order_by(tables.incidents.c.number)).scalars())


def _wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.005)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_checkpoint_of_a_sequencer_that_comes_late_never_replaces_a_newer_one(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    append(service.tools, 3)
    service.tools.database.close()
    go, reached = tmp_path / "go", tmp_path / "reached"

    class Late(TileFolder):
        """Before its checkpoint is written, another process sequences and publishes more, if it is let."""

        def write_checkpoint(self, note: str) -> None:
            go.touch()
            _wait_for(reached)
            super().write_checkpoint(note)

    def another() -> None:
        own = anew(service.tools)
        _wait_for(go)
        append(own, 4)
        reached.touch()
        auditing.sequence(own)

    child = begun(another)
    auditing.sequence(anew(service.tools, tiles=Late(tmp_path / "log")))
    assert waited_for(child) == 0
    keeper = auditing.sequencer(service.tools)
    published = keeper.published()
    assert (published.size if published else None, keeper.check().size) == (8, 8)
    service.close()
