"""The sequencer: dense indexes, a published tree that follows, and refusal to go on when anything was lost."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.actions import auditing
from app.audit import sequencer, verify
from app.audit.entries import Entry, EntryKind
from app.audit.tiles import TileFolder
from app.database import Database
from app.rules.errors import LogDamaged, Unavailable, UnrecordedChange
from tests.service import Service

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path, NOON)


def append(service: Service, count: int) -> None:
    for number in range(count):
        with service.tools.transaction() as tx:
            tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON, said={"number": number}))


def change(service: Service, statement: str) -> None:
    """Change the database behind the service's back, as an attacker with its password would."""
    with service.tools.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_sequencing_many_batches_gives_dense_indexes_and_a_log_that_verifies(service: Service, tmp_path: Path) -> None:
    for count in (1, 3, 300, 0, 5):
        append(service, count)
        auditing.sequence(service.tools)
    with service.tools.reading() as connection:
        indexes = connection.execute(text("SELECT leaf_index FROM entry_places ORDER BY leaf_index")).scalars().all()
    assert indexes == list(range(310))
    size = auditing.export_log(service.tools, "operator", tmp_path / "out")
    vkey = auditing.log_vkeys(service.tools)[0]
    assert verify.main([str(tmp_path / "out"), "--key", vkey]) == 0
    assert size == 311


def test_sequencing_over_gaps_in_the_order_of_arrival_leaves_none_in_the_indexes(service: Service) -> None:
    append(service, 7)  # as transactions that were rolled back leave them on PostgreSQL
    for after in (6, 3, 2):
        for table in ("entries", "entries_waiting"):
            change(service, f"UPDATE {table} SET arrival = arrival + 100 WHERE arrival > {after}")
    assert auditing.sequence(service.tools) == 7
    with service.tools.reading() as connection:
        rows = connection.execute(text("SELECT arrival, leaf_index FROM entry_places ORDER BY arrival")).all()
    assert [tuple(row) for row in rows] == [(1, 0), (2, 1), (103, 2), (204, 3), (205, 4), (206, 5), (307, 6), (308, 7)]
    assert auditing.sequencer(service.tools).check().size == 8


def test_sequencing_a_long_queue_batch_by_batch_leaves_one_dense_log(
    tmp_path: Path, any_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 40)
    service = Service(tmp_path, NOON, database_url=any_database_url)
    append(service, 290)
    assert auditing.sequence(service.tools) == 290
    append(service, 80)
    assert auditing.sequence(service.tools) == 80  # two batches, and nothing left for a third
    with service.tools.reading() as connection:
        rows = connection.execute(text("SELECT leaf_index FROM entry_places ORDER BY arrival")).scalars().all()
    assert rows == list(range(371))
    assert auditing.sequencer(service.tools).check().size == 371
    auditing.export_log(service.tools, "operator", tmp_path / "out")
    verified = verify.verify_log(tmp_path / "out", auditing.log_vkeys(service.tools)[0])
    service.close()
    assert verified.checkpoint.size == 372


class NotWritten(TileFolder):
    """A real folder on a disk that takes nothing."""

    def write_range(self, old_size: int, new_leaf_hashes: Sequence[bytes], new_entries: Sequence[bytes]) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")


class NoCheckpoint(TileFolder):
    """A real folder; the process dies before the checkpoint is written."""

    def write_checkpoint(self, note: str) -> None:
        raise OSError(errno.EIO, "gone")


@pytest.mark.parametrize("fault", [NotWritten, NoCheckpoint])
def test_log_whose_first_checkpoint_could_not_be_published_starts_once_the_folder_is_right(
    tmp_path: Path, any_database_url: str, fault: type[TileFolder]
) -> None:
    service = Service(tmp_path, NOON, database_url=any_database_url)
    shutil.rmtree(tmp_path / "log")  # as `pra init` leaves it whose folder cannot be written
    faulty = replace(service.tools, tiles=fault(tmp_path / "log"))
    for _ in range(3):  # each start checks, appends what it found of the clock, and sequences
        with pytest.raises(Unavailable, match="cannot be written"):
            auditing.check_before_serving(faulty)
    auditing.check_before_serving(service.tools)
    checked = auditing.sequencer(service.tools).check()
    published = auditing.sequencer(service.tools).published()
    service.close()
    assert published is not None
    assert (checked.size, published.size) == (5, 5)


def test_log_whose_first_entry_has_no_index_yet_is_begun_with_it_alone(service: Service, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "log")
    change(service, "INSERT INTO entries_waiting SELECT arrival FROM entry_places")
    change(service, "DELETE FROM entry_places")
    keeper = auditing.sequencer(service.tools)
    with service.tools.database.write() as (connection, _):
        connection.execute(text("DELETE FROM log_state"))
        keeper.begin(connection)
    append(service, 3)
    faulty = replace(service.tools, tiles=NoCheckpoint(tmp_path / "log"))
    with pytest.raises(Unavailable):
        auditing.sequence(faulty)
    assert keeper.check().size == 1
    assert auditing.sequence(service.tools) == 3
    assert keeper.check().size == 4


def test_folder_that_is_lost_is_never_published_anew(service: Service, tmp_path: Path) -> None:
    append(service, 3)
    auditing.sequence(service.tools)
    shutil.rmtree(tmp_path / "log")
    append(service, 3)
    for act in (auditing.sequence, auditing.check_before_serving, auditing.sequence):
        with pytest.raises(LogDamaged, match="no checkpoint is published"):
            act(service.tools)
    assert not (tmp_path / "log" / "checkpoint").exists()
    assert not (tmp_path / "log" / "tile").exists()


def test_database_that_lost_entries_and_was_given_others_writes_no_tile_that_would_stay(
    service: Service, tmp_path: Path
) -> None:
    append(service, 97)
    auditing.sequence(service.tools)
    files = (sqlite3.connect(tmp_path / name) for name in ("records.sqlite3", "standby.sqlite3"))
    with closing(next(files)) as whole, closing(next(files)) as copy:
        whole.backup(copy)
    append(service, 2)
    auditing.sequence(service.tools)
    standby = replace(service.tools, database=Database(f"sqlite:///{tmp_path / 'standby.sqlite3'}"))
    for _ in range(5):  # more than it lost, within one tick
        with standby.transaction() as tx:
            tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON))
    for _ in range(2):
        with pytest.raises(LogDamaged, match="published log of 100 entries is not how the 103 entries"):
            auditing.sequence(standby)
    standby.database.close()
    append(service, 3)  # the right database is put back
    assert auditing.sequence(service.tools) == 3
    auditing.check_published(service.tools)
    assert auditing.sequencer(service.tools).check().size == 103


class BusyTiles(TileFolder):
    """A real folder; each time a checkpoint was published, another entry has come."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.tools.tiles.folder)
        self.service = service
        self.published = 0

    def remove_outgrown(self, size: int, since: int = 0) -> None:
        super().remove_outgrown(size, since)
        self.published += 1
        assert self.published < 20, "it never ends"
        append(self.service, 1)


def test_sequencing_ends_although_entries_keep_coming(service: Service) -> None:
    append(service, 3)
    busy = replace(service.tools, tiles=BusyTiles(service))
    assert [auditing.sequence(busy) for _ in range(3)] == [3, 1, 1]


class FullDisk(TileFolder):
    """A real folder on a disk that is full from the second time on."""

    writes = 0

    def write_range(self, old_size: int, new_leaf_hashes: Sequence[bytes], new_entries: Sequence[bytes]) -> int:
        self.writes += 1
        if self.writes > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write_range(old_size, new_leaf_hashes, new_entries)


def test_sequencing_a_long_queue_on_a_full_disk_is_made_up_for_later(
    tmp_path: Path, any_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 40)
    service = Service(tmp_path, NOON, database_url=any_database_url)
    append(service, 290)
    full = replace(service.tools, tiles=FullDisk(service.tools.tiles.folder))
    with pytest.raises(Unavailable, match="cannot be written"):
        auditing.sequence(full)
    auditing.sequence(service.tools)
    size = auditing.sequencer(service.tools).check().size
    published = auditing.sequencer(service.tools).published()
    service.close()
    assert published is not None
    assert (size, published.size) == (291, 291)


def test_sequencing_from_many_threads_at_once_loses_nothing(service: Service) -> None:
    def work() -> None:
        append(service, 20)
        auditing.sequence(service.tools)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    auditing.sequence(service.tools)
    assert auditing.sequencer(service.tools).check().size == 121


def test_publishing_cut_off_after_the_commit_is_made_up_at_the_next_run(service: Service, tmp_path: Path) -> None:
    append(service, 260)
    keeper = auditing.sequencer(service.tools)
    with service.tools.database.write() as (connection, _):
        keeper._give_indexes(connection, 1000)
    published = keeper.published()
    assert published is not None
    assert published.size == 1
    auditing.sequence(service.tools)
    keeper.integrate()
    published = keeper.published()
    assert published is not None
    assert published.size == 261
    keeper.check()


def test_restored_backup_is_refused_at_start(service: Service, tmp_path: Path) -> None:
    append(service, 3)
    auditing.sequence(service.tools)
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(tmp_path / "records.sqlite3", backup)
    for name in ("records.sqlite3-wal",):
        shutil.copy(tmp_path / name, tmp_path / "backup.sqlite3-wal")
    append(service, 3)
    auditing.sequence(service.tools)
    service.close()
    for leftover in tmp_path.glob("records.sqlite3*"):
        leftover.unlink()
    shutil.copy(backup, tmp_path / "records.sqlite3")
    shutil.copy(tmp_path / "backup.sqlite3-wal", tmp_path / "records.sqlite3-wal")
    with pytest.raises(LogDamaged, match="lost entries, or an old backup"):
        auditing.check_before_serving(service.tools)


def test_shortened_table_is_refused_at_start(service: Service) -> None:
    append(service, 3)
    auditing.sequence(service.tools)
    change(service, "DELETE FROM entries WHERE arrival = 3")
    with pytest.raises(LogDamaged, match="3 entries in the table, 4 places in the tree and 0 that wait"):
        auditing.check_before_serving(service.tools)


def test_missing_tile_is_noticed_while_running(service: Service, tmp_path: Path) -> None:
    append(service, 3)
    auditing.sequence(service.tools)
    shutil.rmtree(tmp_path / "log" / "tile" / "0")
    with pytest.raises(LogDamaged):
        auditing.check_published(service.tools)


def test_t42_altered_entry_in_the_database_is_named_and_exported_only_with_a_warning(
    service: Service, tmp_path: Path
) -> None:
    append(service, 3)
    auditing.sequence(service.tools)
    change(
        service,
        "UPDATE entries SET leaf = CAST(REPLACE(CAST(leaf AS TEXT), '2026', '2025') AS BLOB) WHERE arrival = 3",
    )
    with pytest.raises(LogDamaged, match=r"entry 2 \(ent_"):
        auditing.export_log(service.tools, "operator", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    auditing.export_log(service.tools, "operator", tmp_path / "out", despite_damage=True)
    assert (tmp_path / "out" / "WARNING.txt").read_text().startswith("This log is damaged: entry 2 (ent_")


def test_log_is_begun_once(service: Service) -> None:
    with pytest.raises(LogDamaged, match="begun already"):
        auditing.begin_log(service.tools)


def test_transaction_that_changes_and_logs_nothing_is_rolled_back(service: Service) -> None:
    for statement in (
        "INSERT INTO organisations (organisation_id, name) VALUES ('org_x', 'X')",
        ["UPDATE log_state SET size = size", "UPDATE people SET name = 'x'"][1],
        "DELETE FROM people",
        "WITH gone AS (SELECT 1) DELETE FROM people",
    ):
        with pytest.raises(UnrecordedChange, match="changed without an entry"), service.tools.transaction() as tx:
            tx.connection.execute(text(statement))


def test_reading_transaction_cannot_write(service: Service) -> None:
    with pytest.raises(UnrecordedChange, match="reading transaction"), service.tools.reading() as connection:
        connection.execute(text("DELETE FROM people"))
