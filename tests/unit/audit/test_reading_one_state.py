"""What is read in one transaction is of one state, whoever commits meanwhile; so a whole log is never found damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from app.actions import auditing
from app.audit import reading
from app.audit.entries import Entry, EntryKind
from app.audit.reading import Wanted
from app.database import Database
from app.records import erasing, tables
from app.rules.errors import LogDamaged
from tests.meeting import at_once
from tests.service import Service

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
CLEAR_VALUES = r"^SELECT disclosures\.entry_id"


@pytest.fixture
def service(tmp_path: Path, any_database_url: str) -> Iterator[Service]:
    made = Service(tmp_path, NOON, database_url=any_database_url)
    yield made
    made.close()


def somebody(service: Service) -> str:
    """Add a person who did something, and about whom there is an entry."""
    person_id = service.person("Ash Example", "ash@example.gov.example")
    with service.tools.transaction() as tx:
        tx.append(Entry(EntryKind.SIGNED_IN, NOON, actor_id=person_id, person_id=person_id))
    auditing.sequence(service.tools)
    return person_id


def erase(service: Service, person_id: str) -> None:
    with service.tools.transaction() as tx:
        erasing.forget_person(tx.connection, person_id, NOON)
        tx.append(Entry(EntryKind.PERSON_ERASED, NOON))


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(tables.organisations.c.name)).scalars())


def test_reading_beside_a_commit_sees_the_state_of_its_first_statement(service: Service) -> None:
    service.organisation("Ministry of First")
    with service.tools.reading() as connection:
        assert names(connection) == ["Ministry of First"]
        service.organisation("Ministry of Second")
        assert names(connection) == ["Ministry of First"]
    with service.tools.reading() as connection:
        assert sorted(names(connection)) == ["Ministry of First", "Ministry of Second"]


def test_writing_beside_a_commit_on_postgresql_sees_what_was_committed_by_then(
    tmp_path: Path, postgres_url: str
) -> None:
    service = Service(tmp_path, NOON, database_url=postgres_url)
    with service.tools.transaction() as tx:
        assert names(tx.connection) == []
        service.organisation("Ministry of Second")
        assert names(tx.connection) == ["Ministry of Second"]
    service.close()


def test_connection_that_was_read_with_is_written_with_as_ever(postgres_url: str) -> None:
    database = Database(postgres_url, pool_size=1)
    asked = text(
        "SELECT pg_backend_pid(), current_setting('transaction_isolation'), current_setting('transaction_read_only')"
    )
    said: list[tuple[Any, ...]] = []

    def reads() -> None:
        with database.read() as connection:
            said.append(tuple(connection.execute(asked).one()))

    def fails() -> None:
        with database.read() as connection:
            connection.execute(text("SELECT 1 / 0"))

    def writes() -> None:
        with database.write() as (connection, _):
            said.append(tuple(connection.execute(asked).one()))

    reads()
    writes()
    with pytest.raises(DBAPIError, match="division by zero"):
        fails()
    writes()
    reads()
    database.close()
    assert {pid for pid, *_ in said} == {said[0][0]}
    assert [rest for _, *rest in said] == [
        ["repeatable read", "on"],
        ["read committed", "off"],
        ["read committed", "off"],
        ["repeatable read", "on"],
    ]


def test_reading_on_postgresql_that_would_change_something_is_refused_by_the_server_too(
    tmp_path: Path, postgres_url: str
) -> None:
    service = Service(tmp_path, NOON, database_url=postgres_url)
    service.organisation("Ministry of First")

    def unwatched() -> None:
        with service.tools.reading() as connection:
            connection.info.pop("watch")  # it would refuse before the server does
            connection.execute(text("DELETE FROM organisations"))

    with pytest.raises(DBAPIError, match="read-only transaction"):
        unwatched()
    with service.tools.reading() as connection:
        assert names(connection) == ["Ministry of First"]
    service.close()


def test_entry_read_while_the_person_is_erased_is_not_found_damaged(service: Service) -> None:
    person_id = somebody(service)

    def found() -> list[str | None]:
        with service.tools.reading() as connection:
            return [one.person_id for one in reading.page(connection, Wanted(kind="signed_in"), after=0, limit=10)]

    before, _ = at_once(service.tools.database, found, CLEAR_VALUES, lambda: erase(service, person_id))
    assert (before, found()) == ([person_id], [None])


def test_entry_read_in_a_change_while_the_person_is_erased_is_not_found_damaged(service: Service) -> None:
    person_id = somebody(service)

    def found() -> list[str | None]:
        with service.tools.transaction() as tx:
            page = reading.page(tx.connection, Wanted(kind="signed_in"), after=0, limit=10)
            tx.append(Entry(EntryKind.LOG_READ, NOON))
        return [one.person_id for one in page]

    during, _ = at_once(service.tools.database, found, CLEAR_VALUES, lambda: erase(service, person_id))
    # SQLite lets one writer in at a time, so there the erasure waits.
    assert (during, found()) == ([person_id if service.tools.database.is_sqlite else None], [None])


def test_entry_read_in_a_change_that_says_another_person_is_found_damaged(service: Service) -> None:
    somebody(service)
    with service.tools.database.engine.begin() as connection:  # behind the service's back
        connection.execute(text("UPDATE entries SET person_id = 'per_other' WHERE kind = 'signed_in'"))
    with pytest.raises(LogDamaged, match="person_id"), service.tools.transaction() as tx:
        reading.page(tx.connection, Wanted(kind="signed_in"), after=0, limit=10)


@pytest.mark.parametrize(
    ("where", "size"), [("FROM log_state", 4), (r"^SELECT max\(entry_places\.leaf_index\)", 1), (r"^SELECT count", 1)]
)
def test_check_of_the_log_beside_its_sequencer_finds_no_damage(service: Service, where: str, size: int) -> None:
    keeper = auditing.sequencer(service.tools)
    checked, _ = at_once(service.tools.database, keeper.check, where, _grows(service))
    assert (checked.size, keeper.check().size) == (size, 4)


def test_check_of_the_log_while_its_first_checkpoint_comes_finds_no_damage(service: Service, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "log")  # as it is before anything was published
    keeper = auditing.sequencer(service.tools)
    checked, _ = at_once(service.tools.database, keeper.check, "FROM log_state", _grows(service))
    assert (checked.size, keeper.check().size) == (4, 4)


def test_check_of_the_published_entries_while_a_person_is_erased_finds_no_damage(service: Service) -> None:
    person_id = somebody(service)
    keeper = auditing.sequencer(service.tools)
    at_once(service.tools.database, lambda: keeper.check_entries(0), CLEAR_VALUES, lambda: erase(service, person_id))
    keeper.check_entries(0)


def _grows(service: Service) -> Callable[[], None]:
    def grow() -> None:
        for number in range(3):
            with service.tools.transaction() as tx:
                tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON + timedelta(seconds=number)))
        auditing.sequence(service.tools)

    return grow


def test_log_that_grows_while_a_page_is_put_together_is_not_taken_for_one_that_lost_entries(service: Service) -> None:
    tools = service.tools

    def grow() -> None:
        with tools.transaction() as tx:
            tx.append(Entry(EntryKind.LOG_READ, NOON))
        auditing.sequence(tools)

    auditing.sequence(tools)
    with tools.one_state():
        with tools.reading() as connection:
            connection.execute(select(tables.entries.c.arrival)).all()
        with ThreadPoolExecutor(1) as beside:
            beside.submit(grow).result()
        auditing.check_ready(tools)


@pytest.mark.parametrize("many", [1, 2, 3, 1000])
def test_every_entry_is_read_once_however_many_are_read_at_a_time(
    service: Service, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody(service)
    _grows(service)()
    monkeypatch.setattr(reading, "_MANY", many)
    with service.tools.reading() as connection:
        whole = [one.entry_id for one in reading.page(connection, Wanted(), after=0, limit=1000)]
        assert len(whole) > 4
        assert [one.entry_id for one in reading.every(connection, Wanted())] == whole
        assert list(reading.every(connection, Wanted(release_id="rel_" + "f" * 24))) == []
