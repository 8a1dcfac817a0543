"""What a page reads in several actions is of one state of the records, and of the state that it left by writing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import ProgrammingError

from app.answers import asked_once
from app.database import Database
from app.rules.errors import Unavailable

COUNT, ADD = text("SELECT count(*) FROM sheets"), text("INSERT INTO sheets VALUES (1)")


@pytest.fixture
def database(any_database_url: str) -> Iterator[Database]:
    found = Database(any_database_url)
    with found.engine.begin() as connection:
        connection.execute(text("CREATE TABLE sheets (number INTEGER)"))
    yield found
    with found.engine.begin() as connection:
        connection.execute(text("DROP TABLE sheets"))
    found.close()


@asked_once
def how_many(connection: Connection, besides: int = 0) -> int:
    return int(connection.execute(COUNT).scalar_one()) + besides


def counted(database: Database) -> tuple[int, Connection]:
    with database.read() as connection:
        return connection.execute(COUNT).scalar_one(), connection


def add_beside(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(ADD)
        connection.commit()


def test_all_that_is_read_meanwhile_is_of_one_state_and_asks_for_one_transaction(database: Database) -> None:
    with database.one_state():
        first = counted(database)
        add_beside(database)
        with database.one_state():
            assert counted(database) == first
        assert counted(database) == first
    number, connection = counted(database)
    assert (number, connection is first[1]) == (1, False)
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # untyped: of the pool that is in use


def test_what_was_written_is_read_afterwards_also_where_it_was_written_while_reading(database: Database) -> None:
    with database.one_state():
        assert counted(database)[0] == 0
        with database.write() as (connection, _):
            connection.execute(ADD)
        assert counted(database)[0] == 1
        with database.read() as reading:
            reading.execute(COUNT)
            with database.write() as (connection, _):
                connection.execute(ADD)
            assert reading.execute(COUNT).scalar_one() == 1
            assert counted(database)[0] == 1  # inside of it, all is still as it began
        assert counted(database)[0] == 2


def test_error_leaves_the_transaction_and_the_next_reading_has_another(database: Database) -> None:
    with database.one_state():
        counted(database)
        with pytest.raises(ProgrammingError if not database.is_sqlite else Unavailable), database.read() as connection:
            connection.execute(text("SELECT number FROM no_such_sheets"))
        assert counted(database)[0] == 0
        with pytest.raises(ZeroDivisionError), database.read():
            raise ZeroDivisionError
        assert counted(database)[0] == 0
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # untyped: of the pool that is in use


def test_another_thread_reads_for_itself(database: Database) -> None:
    with database.one_state(), ThreadPoolExecutor(1) as beside:
        counted(database)
        add_beside(database)
        assert beside.submit(counted, database).result()[0] == 1
        assert counted(database)[0] == 0


def test_what_is_read_beside_a_write_keeps_nothing_of_before_it(database: Database) -> None:
    """The server's clock is read so, in the middle of an action."""
    with database.one_state():
        assert counted(database)[0] == 0
        with database.write() as (connection, _):
            connection.execute(ADD)
            assert counted(database)[0] == 0
        assert counted(database)[0] == 1


def test_what_is_read_apart_is_of_now(database: Database) -> None:
    with database.one_state():
        counted(database)
        add_beside(database)
        with database.read(apart=True) as connection:
            assert connection.execute(COUNT).scalar_one() == 1
        assert counted(database)[0] == 0


def test_page_that_has_read_everything_does_not_fail_as_its_connection_is_lost(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.one_state(), database.read() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with database.engine.begin() as beside:
            beside.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    database.answers()
    database.close()


def test_same_question_is_asked_once_of_one_state_and_each_time_outside_of_it(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))

    def look(*besides: int, apart: bool = False) -> int:
        with database.read(apart=apart) as connection:
            return how_many(connection, *besides)

    with database.one_state():
        assert (look(), look(), look(2), look(2)) == (0, 0, 2, 2)
        assert len([one for one in asked if "count" in one]) == 2
        add_beside(database)
        assert (look(), look(apart=True)) == (0, 1)
        with database.write() as (connection, _):
            assert (how_many(connection), connection.execute(ADD).rowcount, how_many(connection)) == (1, 1, 2)
        assert look() == 2
    add_beside(database)
    assert look() == 3
