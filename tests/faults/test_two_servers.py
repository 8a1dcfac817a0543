"""Two servers on one PostgreSQL database: neither says of the other's running copy that nobody knows how it ended."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.actions import openings
from app.actions.tools import Tools
from app.database import Database
from app.records import openings as kept
from app.records import presence as presence_room
from app.records.presence import Presence
from app.rules.errors import Unavailable
from tests.faults.crowd import about, exported_entries
from tests.live import LiveServer, prepare
from tests.world import MEBIBYTE, open_world

# Larger than what the two sockets of a loopback connection can swallow, so that it runs until somebody reads it.
LARGE_BYTES = 16 * MEBIBYTE
PATIENCE_SECONDS = 120  # it takes some fifteen seconds on an idle machine


def running(tools: Tools) -> int:
    with tools.reading() as connection:
        return len(kept.running(connection))


def wait_until_none_runs(tools: Tools) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while running(tools):
        assert time.monotonic() < patience, "nobody settled the copy"
        time.sleep(0.1)


def wait_until_gone(presence: Presence, database: Database, owner: int) -> None:
    """The server hears a moment later that a connection was closed."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        with database.read() as connection:
            if owner in presence.gone(connection, [owner]):
                return
        assert time.monotonic() < patience, "the lock is still held"
        time.sleep(0.01)


def test_copy_of_one_server_is_settled_by_another_when_the_first_is_killed_and_not_before(
    postgres_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "service"
    tools = prepare(folder, postgres_url)
    world = open_world(tools, large_bytes=LARGE_BYTES)
    first, second = LiveServer(folder, postgres_url), LiveServer(folder, postgres_url)
    recipient = world.recipients[0]
    with first, first.client() as client:
        made = client.post(
            f"/api/v1/documents/{world.large.card.document_id}/openings", headers=recipient.headers
        ).json()
        with client.stream("GET", made["content"], headers=recipient.headers) as copy:
            pieces = copy.iter_raw()
            next(pieces)
            with second:
                assert running(tools) == 1
                assert openings.settle_unknown(tools) == 0  # as a third server would, when it starts
                assert running(tools) == 1
                first.kill()
                wait_until_none_runs(tools)
    tools.presence.close()
    entries = exported_entries(tools, tmp_path / "export")
    assert about(entries, "copy_outcome", "completed", "aborted", "stopped", "unknown") == [made["opening_id"]]
    assert about(entries, "copy_outcome", "unknown") == [made["opening_id"]]
    tools.database.close()


def test_presence_is_seen_by_others_until_it_is_closed_and_taken_again_when_its_connection_was_ended(
    postgres_url: str,
) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    ours, theirs = Presence(database), Presence(other)
    nobody = Presence(database).owner

    def gone() -> frozenset[int]:
        with other.read() as connection:
            return theirs.gone(connection, [ours.owner, theirs.owner, nobody])

    assert gone() == {ours.owner, nobody}
    ours.keep()
    ours.keep()
    assert gone() == {nobody}
    with other.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' "
            "AND pid <> pg_backend_pid()"
        )
    assert gone() == {ours.owner, nobody}
    with pytest.raises(Unavailable):
        ours.keep()  # finds out
    ours.keep()
    assert gone() == {nobody}
    ours.close()
    wait_until_gone(theirs, other, ours.owner)
    assert gone() == {ours.owner, nobody}
    database.close()
    other.close()


def test_presence_outlasts_an_answer_that_came_too_late(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    monkeypatch.setattr(
        presence_room, "_NOTICE_SILENCE", (*presence_room._NOTICE_SILENCE, "SET statement_timeout = 200")
    )
    ours, theirs = Presence(database), Presence(other)
    ours.keep()
    with monkeypatch.context() as slow:
        asked = text("SELECT count(*) FROM pg_sleep(2) WHERE CAST(:owner AS integer) > 0")
        slow.setattr(presence_room, "_HELD_HERE", asked)
        with pytest.raises(Unavailable):
            ours.keep()
    with other.read() as connection:
        assert theirs.gone(connection, [ours.owner]) == frozenset()  # before it is kept again
    ours.keep()
    with other.read() as connection:
        assert theirs.gone(connection, [ours.owner]) == frozenset()
    ours.close()
    database.close()
    other.close()


def test_process_is_gone_for_long_when_it_was_not_seen_in_two_looks_ten_seconds_apart(postgres_url: str) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    ours, theirs = Presence(database), Presence(other)

    def gone(at_seconds: float) -> list[int]:
        with other.read() as connection:
            return list(theirs.gone_for_long(connection, [ours.owner], at_seconds=at_seconds))

    assert (gone(100.0), gone(105.0), gone(109.9)) == ([], [], [])
    ours.keep()
    assert gone(111.0) == []
    ours.close()  # a second time: what was seen before it came back counts no more
    wait_until_gone(theirs, other, ours.owner)
    assert (gone(112.0), gone(121.9), gone(122.0)) == ([], [], [ours.owner])
    database.close()
    other.close()
