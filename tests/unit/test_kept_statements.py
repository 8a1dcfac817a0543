"""PostgreSQL keeps the statements that a connection asks, read and planned, whatever the answers were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app import connections
from app.database import Database
from app.rules.errors import Mistake, NotFound, NotSignedIn, Refused

KEPT = text("SELECT count(*) FROM pg_prepared_statements")


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    found = Database(postgres_url)
    yield found
    found.close()


def ask(connection: Connection, number: int = 1) -> None:
    connection.execute(text(f"SELECT 1 AS as_{number} WHERE :one = 1"), {"one": 1})


def kept(database: Database) -> int:
    """Count what the server keeps for the connection that is given out next."""
    with database.read() as connection:
        return int(connection.execute(KEPT).scalar_one())


def keep_one(database: Database) -> int:
    for _ in range(connections._KEPT_FROM + 1):
        with database.read() as connection:
            ask(connection)
    return kept(database)


def read_and_raise(database: Database, error: Exception) -> None:
    with database.read() as connection:
        ask(connection)
        raise error


def write_and_raise(database: Database, error: Exception) -> None:
    with database.write() as (connection, _):
        connection.execute(text("INSERT INTO sheets VALUES (1)"))
        raise error


def test_a_statement_is_kept_as_it_is_asked_again(database: Database) -> None:
    with database.read() as connection:
        ask(connection)
    before = kept(database)
    assert keep_one(database) > before


def test_whoever_asks_next_finds_the_connection_that_was_used_last(database: Database) -> None:
    with database.read() as first, database.read() as second:
        pids = [one.execute(text("SELECT pg_backend_pid()")).scalar_one() for one in (first, second)]
    seen = set()
    for _ in range(3):
        with database.read() as connection:
            seen.add(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(seen) == 1
    assert seen < set(pids)


@pytest.mark.parametrize("error", [NotFound("none"), Refused("no"), NotSignedIn("who?"), Mistake("odd")])
def test_what_is_kept_outlives_an_answer_that_is_no(database: Database, error: Exception) -> None:
    before = keep_one(database)
    with pytest.raises(type(error)):
        read_and_raise(database, error)
    assert kept(database) >= before > 0


@pytest.mark.parametrize("error", [NotFound("none"), Refused("no"), NotSignedIn("who?"), Mistake("odd")])
def test_writing_that_ends_with_a_no_is_undone(any_database_url: str, error: Exception) -> None:
    database = Database(any_database_url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE sheets (number INTEGER)"))
    with pytest.raises(type(error)):
        write_and_raise(database, error)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sheets")).scalar_one() == 0
    database.close()


def test_an_error_of_the_database_is_rolled_back(database: Database) -> None:
    before = keep_one(database)
    with pytest.raises(ProgrammingError), database.read() as connection:
        connection.execute(text("SELECT number FROM no_such_sheets"))
    assert kept(database) < before  # as the driver does after a ROLLBACK


def test_no_more_are_kept_than_the_server_has_room_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_KEPT_STATEMENTS", 5)
    with database.read() as connection:
        for begun in range(0, 40, 10):
            for number in [*range(begun, begun + 10)] * (connections._KEPT_FROM + 1):
                ask(connection, number)
        # Seen and kept are two lists of five; one goes as another is seen for the first time, the question after.
        assert connection.execute(KEPT).scalar_one() <= 2 * 5 + 1
