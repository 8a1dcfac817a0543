"""The database is watched, busy, full or silent: nothing passes unlogged, nobody waits long, nothing stays broken."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.audit.entries import Entry, EntryKind
from app.changes import tables_written
from app.database import Database
from app.rules.errors import Broken, NotBegun, Unavailable, UnrecordedChange
from tests.faults.crowd import exported_entries
from tests.faults.extent import extent, stated
from tests.live import LiveServer, prepare
from tests.postgres import Cluster
from tests.service import Service
from tests.world import open_world

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT * FROM people", set()),
        ("select 'DELETE FROM people' AS said", set()),
        ("SELECT \"delete from people; --\", 'x' FROM posts -- UPDATE people SET name", set()),
        ("SELECT 1 FROM people FOR UPDATE SKIP LOCKED", set()),
        ("SELECT 1 FROM people FOR NO KEY UPDATE", set()),
        ("WITH found AS (SELECT 1) SELECT * FROM found", set()),
        ("LOCK TABLE incidents IN SHARE ROW EXCLUSIVE MODE", set()),
        ("SAVEPOINT sa_savepoint_1", set()),
        ("INSERT INTO people (name) VALUES ('x') ON CONFLICT (name) DO UPDATE SET name = 'y'", {"people"}),
        ("INSERT OR IGNORE INTO people VALUES (1)", {"people"}),
        ("insert into\n\tpeople(name) values ('into posts')", {"people"}),
        ('INSERT INTO "entries" (leaf) VALUES (1)', {"entries"}),
        ('INSERT INTO "odd; name" (leaf) VALUES (1)', {"quoted"}),
        ('SELECT "update", "into" FROM people', set()),
        ("REPLACE INTO entries VALUES (1)", {"entries", "replace"}),
        ("UPDATE ONLY people SET name = 'x'", {"people"}),
        ("UPDATE OR REPLACE people SET name = 'x'", {"people"}),
        ("DELETE FROM ONLY people", {"people"}),
        ("/* log */ DELETE FROM people", {"people"}),
        ("-- entries\nDELETE FROM people", {"people"}),
        ("WITH entries AS (SELECT 1) DELETE FROM people", {"people"}),
        ("WITH entries AS (SELECT 1)\nDELETE\nFROM people", {"people"}),
        ("WITH gone AS (DELETE FROM people RETURNING *) INSERT INTO entries SELECT * FROM gone", {"people", "entries"}),
        ("SELECT * INTO kept FROM people", {"kept"}),
        ("SELECT 1; DELETE FROM people", {"people"}),
        ("UPDATE public.entries SET leaf = ''", {"public.entries"}),
        ("TRUNCATE people", {"truncate"}),
        ("COPY people FROM STDIN", {"copy"}),
        ("EXPLAIN ANALYZE SELECT 1", {"explain"}),
        ("DO $$ BEGIN PERFORM 1; END $$", {"do", "end"}),
        ("PRAGMA writable_schema=on", {"pragma"}),
    ],
)
def test_watch_that_reads_a_statement_names_every_table_it_changes(statement: str, tables: set[str]) -> None:
    assert tables_written(statement) >= tables
    assert bool(tables_written(statement)) is bool(tables)


def test_change_behind_a_table_of_the_log_is_rolled_back(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    person_id = service.person("Ash Rowan", "ash.rowan@fog.gov.example")
    hidden = "WITH entries AS (SELECT 1)\nUPDATE people SET name = 'Someone else'"
    with pytest.raises(UnrecordedChange, match="people"), service.tools.transaction() as tx:
        tx.connection.execute(text(hidden))
    with pytest.raises(UnrecordedChange, match="reading"), service.tools.reading() as connection:
        connection.execute(text(f"/* only looking */ {hidden}"))
    with service.tools.reading() as connection:
        name = connection.execute(text("SELECT name FROM people WHERE person_id = :id"), {"id": person_id}).scalar_one()
    assert name == "Ash Rowan"
    service.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:kept?mode=memory&uri=true"])
def test_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(Broken, match="in memory"):
        Database(url)


def test_sqlite_with_many_writers_at_once_refuses_none_of_them(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    before = len(service.entries())
    ends: list[str] = []

    def write(number: int) -> None:
        for _ in range(10):
            try:
                with service.tools.transaction() as tx:
                    tx.append(Entry(EntryKind.SIGNED_IN, AT, said={"by": number}))
                ends.append("written")
            except Unavailable as error:
                ends.append(error.detail)

    _together(write, 16)
    assert (set(ends), len(service.entries()) - before) == ({"written"}, 160)
    service.close()


def test_sqlite_held_by_a_slow_writer_refuses_the_others_and_lets_readers_in(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    holds, may_end = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        with service.tools.transaction() as tx:
            tx.append(Entry(EntryKind.SIGNED_IN, AT))
            holds.set()
            may_end.wait()

    holder = threading.Thread(target=hold, args=(0,))
    holder.start()
    holds.wait()
    with pytest.raises(Unavailable, match="busy"), service.tools.transaction():
        raise AssertionError("two writers at once")
    before = service.entries(EntryKind.SIGNED_IN)
    may_end.set()
    holder.join()
    assert (len(before), len(service.entries(EntryKind.SIGNED_IN))) == (0, 1)
    service.close()


def test_sqlite_is_written_in_the_order_in_which_its_writers_came(tmp_path: Path) -> None:
    # 500 recipients opened in the second of a rush, and 32 were passed over until their time was up.
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite3'}")
    wrote: list[int] = []

    def write(number: int) -> None:
        with database.write():
            wrote.append(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    with database.write():
        for came, writer in enumerate(writers, 1):
            writer.start()
            while len(database._line._waiting) < came:
                time.sleep(0.001)
    write(20)  # whoever lets go and comes again is the last
    for writer in writers:
        writer.join()
    assert wrote == list(range(21))
    with database.write() as free:
        assert free is not None
    database.close()


def test_sqlite_held_by_another_process_refuses_and_goes_on_afterwards(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    other = Database(service.tools.database.url)  # its own lock, as another process has
    with other.write(), pytest.raises(NotBegun), service.tools.transaction() as tx:
        tx.append(Entry(EntryKind.SIGNED_IN, AT))
    with service.tools.transaction() as tx:
        tx.append(Entry(EntryKind.SIGNED_IN, AT))
    assert len(service.entries(EntryKind.SIGNED_IN)) == 1
    other.close()
    service.close()


def test_sqlite_that_is_full_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    service = Service(tmp_path, AT)
    engine = service.tools.database.engine
    said = {"long": "x" * 3000}
    for room, expected in ((1, "refused"), (1_000_000, "written")):
        engine.dispose()
        with service.tools.database.engine.connect() as connection:  # the one connection that is used next
            connection.exec_driver_sql(f"PRAGMA max_page_count={room}")
        try:
            for _ in range(20):
                with service.tools.transaction() as tx:
                    tx.append(Entry(EntryKind.SIGNED_IN, AT, said=said))
            end = "written"
        except Unavailable:
            end = "refused"
        assert end == expected
        assert len(service.entries(EntryKind.LOG_BEGUN)) == 1  # reading still works
    service.close()


@contextmanager
def silenced(cluster: Cluster) -> Iterator[None]:
    """Stop every process of a PostgreSQL server: connections stand, and nothing answers."""
    first = int((cluster.folder / "data" / "postmaster.pid").read_text().split("\n")[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    everyone = [first, *(int(child) for child in children)]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everyone:
            os.kill(pid, signal.SIGCONT)


def _together(act: object, count: int) -> None:
    assert callable(act)
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_r6_postgresql_that_falls_silent_answers_503_to_everyone_and_recovers(
    tmp_path: Path, postgres_cluster: Cluster, postgres_url: str
) -> None:
    tools = prepare(tmp_path / "service", postgres_url)
    world = open_world(tools, recipients=2)
    reader = world.recipients[0]
    path = f"/api/v1/documents/{world.small.card.document_id}/openings"
    answers: list[tuple[int, str]] = []
    waited: list[float] = []
    rounds = extent(2, 125)
    with LiveServer(tmp_path / "service", postgres_url) as server, server.client() as client:
        made = client.post(path, headers=reader.headers)
        assert made.status_code == 201, made.text
        content = made.json()["content"]

        def ask(number: int) -> None:
            method, where = ("POST", path) if number % 2 else ("GET", content)
            with server.client() as own:
                begun = time.perf_counter()
                answer = own.request(method, where, headers=reader.headers)  # a hang runs into the client's limit
                waited.append(time.perf_counter() - begun)
            answers.append((answer.status_code, answer.json()["code"]))

        with silenced(postgres_cluster):
            for _ in range(rounds):
                _together(ask, 8)
        while client.get("/readyz").status_code != 200:
            time.sleep(0.1)
        after = client.post(path, headers=reader.headers)
        copy = client.get(content, headers=reader.headers)
    assert answers == [(503, "unavailable")] * 8 * rounds
    assert (201, after.status_code, copy.status_code) == (201, 201, 200)
    entries = exported_entries(tools, tmp_path / "export")
    started = [entry for entry in entries if entry["kind"] == "copy_started"]
    assert [entry["said"]["opening_id"] for entry in started] == [made.json()["opening_id"]]
    stated(f"R6: {len(answers)} requests of a silent PostgreSQL, all 503, the slowest after {max(waited):.2f} s")
    tools.database.close()
