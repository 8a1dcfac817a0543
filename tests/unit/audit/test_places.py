"""Where entries stand in the tree: rows of their own, whatever version appended them and however many give places."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.actions import auditing
from app.actions.tools import Tools
from app.audit import reading, verify
from app.audit.entries import Entry, EntryKind
from app.database import Database
from app.rules.errors import LogDamaged
from tests.house.tree import ROOT
from tests.service import Service

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def service(tmp_path: Path, any_database_url: str) -> Iterator[Service]:
    made = Service(tmp_path, NOON, database_url=any_database_url)
    yield made
    made.close()


def append(tools: Tools, count: int) -> list[str]:
    found = []
    for number in range(count):
        with tools.transaction() as tx:
            found.append(tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON, said={"number": number})))
    return found


def change(service: Service, *statements: str) -> None:
    """Change the database behind the service's back."""
    with service.tools.database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def places(tools: Tools, entry_ids: list[str]) -> list[int | None]:
    with tools.reading() as connection:
        found = [reading.find(connection, entry_id) for entry_id in entry_ids]
    return [None if one is None else one.leaf_index for one in found]


def demand_sound(service: Service, folder: Path, size: int) -> None:
    """Stop unless the log of this size is whole: by the database, and by its export and the public key alone."""
    assert auditing.sequencer(service.tools).check().size == size
    auditing.check_published(service.tools)
    exported = auditing.export_log(service.tools, "operator", folder)
    assert verify.verify_log(folder, auditing.log_vkeys(service.tools)[0]).checkpoint.size == exported


# -- a log that was in use before ------------------------------------------------------------------------------------


def _config(url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = url
    return config


def _migration() -> Script:
    scripts = ScriptDirectory.from_config(_config("")).walk_revisions()
    return next(one for one in scripts if "places_of_entries_apart" in one.path)


def put_back(service: Service) -> None:
    """Leave the log as the version before left it: places in the column, and no triggers."""
    sqlite = service.tools.database.is_sqlite
    for name in ("entries_wait", "entries_keep_place"):
        change(service, f"DROP TRIGGER {name}" + ("" if sqlite else " ON entries"))
        change(service, *([] if sqlite else [f"DROP FUNCTION {name}"]))
    place = "SELECT leaf_index FROM entry_places WHERE entry_places.arrival = entries.arrival"
    change(
        service,
        f"UPDATE entries SET leaf_index = ({place})",
        "DROP TABLE entry_places",
        "DROP TABLE entries_waiting",
        "DROP INDEX ix_entries_apart",
        "CREATE INDEX ix_entries_waiting ON entries (arrival) WHERE leaf_index IS NULL",
    )


def test_log_in_use_goes_on_after_the_migration_with_what_waited(
    service: Service, any_database_url: str, tmp_path: Path
) -> None:
    old = append(service.tools, 5)
    auditing.sequence(service.tools)
    waiting = append(service.tools, 3)
    put_back(service)
    service.tools.database.engine.dispose()
    migration = _migration()
    command.stamp(_config(any_database_url), str(migration.down_revision))
    command.upgrade(_config(any_database_url), migration.revision)
    assert places(service.tools, [*old, *waiting]) == [1, 2, 3, 4, 5, None, None, None]
    with service.tools.reading() as connection:
        assert reading.waiting(connection) == 3
    new = append(service.tools, 2)
    assert auditing.sequence(service.tools) == 5
    assert places(service.tools, [*old, *waiting, *new]) == list(range(1, 11))
    with service.tools.reading() as connection:
        assert connection.execute(text("SELECT max(leaf_index) FROM entries")).scalar_one() == 5
        assert connection.execute(text("SELECT min(leaf_index) FROM entry_places")).scalar_one() == 6
    demand_sound(service, tmp_path / "out", 11)


def _triggers(connection: Connection) -> list[tuple[str, ...]]:
    if connection.dialect.name == "sqlite":
        asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    else:
        asked = (
            "SELECT tgname, pg_get_triggerdef(t.oid), prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid "
            "WHERE NOT tgisinternal ORDER BY tgname"
        )
    return [tuple(row) for row in connection.execute(text(asked))]


def test_triggers_of_the_migrations_are_those_of_the_tables(service: Service, any_database_url: str) -> None:
    with service.tools.reading() as connection:
        of_tables = _triggers(connection)
    put_back(service)
    with service.tools.reading() as connection:
        assert _triggers(connection) == []
    migration = _migration()
    service.tools.database.engine.dispose()
    command.stamp(_config(any_database_url), str(migration.down_revision))
    command.upgrade(_config(any_database_url), migration.revision)
    with service.tools.reading() as connection:
        assert _triggers(connection) == of_tables
    assert [one[0] for one in of_tables] == ["entries_keep_place", "entries_wait"]


# -- a version before that still runs --------------------------------------------------------------------------------


def test_place_given_by_a_version_before_is_refused_by_the_database(service: Service, tmp_path: Path) -> None:
    append(service.tools, 2)
    for values in ("leaf_index = arrival", "leaf_index = NULL"):
        with pytest.raises(DBAPIError, match="entries have their places in entry_places"):
            change(service, f"UPDATE entries SET {values}")
    assert auditing.sequence(service.tools) == 2
    demand_sound(service, tmp_path / "out", 3)


def test_entry_appended_by_a_version_before_waits_like_any_other(service: Service, tmp_path: Path) -> None:
    (model,) = append(service.tools, 1)
    with service.tools.reading() as connection:
        row = connection.execute(text("SELECT leaf FROM entries WHERE entry_id = :id"), {"id": model}).one()
    leaf, entry_id = bytes(row.leaf).replace(model.encode(), b"ent_" + b"f" * 24), "ent_" + "f" * 24
    with service.tools.database.engine.begin() as connection:
        copied = text(
            "INSERT INTO entries (entry_id, kind, at, outcome, leaf) "
            "SELECT :id, kind, at, outcome, :leaf FROM entries WHERE entry_id = :model"
        )
        connection.execute(copied, {"id": entry_id, "leaf": leaf, "model": model})
    assert auditing.sequence(service.tools) == 2
    assert places(service.tools, [model, entry_id]) == [1, 2]
    assert auditing.sequencer(service.tools).check().size == 3


# -- many at once, and what comes late -------------------------------------------------------------------------------


def test_places_given_by_two_processes_at_once_are_dense_and_given_once(tmp_path: Path, postgres_url: str) -> None:
    service = Service(tmp_path, NOON, database_url=postgres_url)
    other = replace(service.tools, database=Database(service.tools.database.url))
    given: list[int] = []

    def work(tools: Tools) -> None:
        for _ in range(8):
            append(tools, 3)
            given.append(auditing.sequence(tools))

    threads = [threading.Thread(target=work, args=(tools,)) for tools in (service.tools, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.database.close()
    with service.tools.reading() as connection:
        rows = connection.execute(text("SELECT leaf_index, arrival FROM entry_places ORDER BY leaf_index")).all()
        assert reading.waiting(connection) == 0
    assert (len(given), sum(given)) == (16, 48)
    assert [row.leaf_index for row in rows] == list(range(49))
    assert len({row.arrival for row in rows}) == 49
    demand_sound(service, tmp_path / "out", 49)
    service.close()


def test_places_given_by_a_process_that_ended_before_it_published_are_published_by_the_next(
    service: Service, tmp_path: Path
) -> None:
    append(service.tools, 3)
    with service.tools.database.write() as (connection, _):
        auditing.sequencer(service.tools)._give_indexes(connection, 1000)
    other = replace(service.tools, database=Database(service.tools.database.url))
    append(other, 2)
    assert auditing.sequence(other) == 2
    other.database.close()
    published = auditing.sequencer(service.tools).published()
    assert published is not None
    assert published.size == 6
    demand_sound(service, tmp_path / "out", 6)


def test_entry_committed_after_later_ones_had_their_places_is_given_the_next(tmp_path: Path, postgres_url: str) -> None:
    service = Service(tmp_path, NOON, database_url=postgres_url)
    with service.tools.transaction() as tx:
        late = tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON))
        early = append(service.tools, 2)
        assert auditing.sequence(service.tools) == 2
        assert places(service.tools, [late, *early]) == [None, 1, 2]
    assert auditing.sequence(service.tools) == 1
    assert places(service.tools, [late, *early]) == [3, 1, 2]
    demand_sound(service, tmp_path / "out", 4)
    service.close()


def test_entry_that_was_rolled_back_waits_for_nothing(service: Service) -> None:
    def fail() -> None:
        with service.tools.transaction() as tx:
            tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with service.tools.reading() as connection:
        assert reading.waiting(connection) == 0
    assert auditing.sequence(service.tools) == 0


# -- what is lost ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "found"),
    [
        (
            "DELETE FROM entry_places WHERE leaf_index = 1",
            "6 entries in the table, 3 places in the tree and 2 that wait",
        ),
        (
            "DELETE FROM entries_waiting WHERE arrival = 5",
            "6 entries in the table, 4 places in the tree and 1 that wait",
        ),
        ("DELETE FROM entries WHERE arrival = 2", "5 entries in the table, 4 places in the tree and 2 that wait"),
        ("UPDATE log_state SET size = 3", "contradicts itself|cannot be read"),
    ],
)
def test_place_or_entry_that_is_lost_is_noticed_at_the_next_check(service: Service, lost: str, found: str) -> None:
    append(service.tools, 3)
    auditing.sequence(service.tools)
    append(service.tools, 2)
    auditing.sequencer(service.tools).check()
    change(service, lost)
    with pytest.raises(LogDamaged, match=found):
        auditing.check_published(service.tools)


def test_entry_that_waited_and_is_lost_stops_the_giving_of_places(service: Service) -> None:
    append(service.tools, 2)
    change(service, "DELETE FROM entries WHERE arrival = 2")
    with pytest.raises(LogDamaged, match="said to wait for its place in the log is missing, or has one"):
        auditing.sequence(service.tools)


def test_entry_that_has_its_place_and_is_said_to_wait_is_given_no_other(service: Service) -> None:
    append(service.tools, 2)
    auditing.sequence(service.tools)
    change(service, "INSERT INTO entries_waiting (arrival) VALUES (2)")
    with pytest.raises(LogDamaged, match="said to wait for its place has one"):
        auditing.sequence(service.tools)
    with pytest.raises(LogDamaged, match="3 entries in the table, 3 places in the tree and 1 that wait"):
        auditing.check_published(service.tools)
