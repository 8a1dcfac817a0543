"""The server is killed again and again while it opens: nothing acknowledged is lost, nothing goes unlogged."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from app.actions.tools import Tools
from app.records import openings, tables
from tests.faults.crowd import Crowd, Seen, about, exported_entries
from tests.faults.extent import extent, stated
from tests.faults.failing import files_holding
from tests.live import LiveServer, prepare
from tests.world import FIGURES, MEBIBYTE, open_world

# Larger than what the two sockets of a loopback connection can swallow, so that a killed copy is a cut copy.
LARGE_BYTES = 16 * MEBIBYTE


def crowd_on(folder: Path, database_url: str, *, openings_wanted: int, kills: int) -> tuple[Tools, Seen]:
    kept = folder / "service"
    tools = prepare(kept, database_url)
    world = open_world(tools, large_bytes=LARGE_BYTES)
    with LiveServer(kept, database_url) as server:
        seen = Crowd(server, tools, world, openings_wanted=openings_wanted, kills=kills).run()
    return tools, seen


def demand_evidence(tools: Tools, seen: Seen, export: Path) -> None:
    entries = exported_entries(tools, export, seen.checkpoints)
    permitted = about(entries, "access_decided", "permitted")
    started = about(entries, "copy_started", "permitted")
    ended = about(entries, "copy_outcome", "completed", "aborted", "stopped", "unknown")
    assert seen.acknowledged - set(permitted) == set()
    assert set(seen.received_bytes) - set(started) == set()
    assert set(started) - set(permitted) == set()
    assert len(permitted) == len(set(permitted))
    assert sorted(started) == sorted(ended)
    assert seen.whole - set(about(entries, "copy_outcome", "completed", "unknown")) == set()
    with tools.reading() as connection:
        indexes = connection.execute(
            select(tables.entry_places.c.leaf_index).order_by(tables.entry_places.c.leaf_index)
        ).scalars()
        assert list(indexes) == list(range(len(entries)))
        assert openings.running(connection) == ()


def demand_cuts(seen: Seen, entries_unknown: int, kills: int) -> None:
    assert (seen.other_answers, seen.left_running) == ([], [0] * kills)
    assert entries_unknown >= kills  # each kill cut at least the copy in whose middle it came


def test_r1_server_killed_while_it_opens_loses_no_acknowledged_entry(tmp_path: Path) -> None:
    wanted, kills = extent(200, 20_000), extent(5, 200)
    tools, seen = crowd_on(tmp_path, "", openings_wanted=wanted, kills=kills)
    demand_evidence(tools, seen, tmp_path / "export")
    demand_cuts(seen, unknown_ends(tools), kills)
    assert files_holding(tmp_path, FIGURES, b"North,120455,South") == []
    stated(summary("SQLite", tools, seen))
    tools.database.close()


def test_r1_server_on_postgresql_killed_while_it_opens_loses_no_acknowledged_entry(
    tmp_path: Path, postgres_url: str
) -> None:
    wanted, kills = extent(40, 2_000), extent(2, 20)
    tools, seen = crowd_on(tmp_path, postgres_url, openings_wanted=wanted, kills=kills)
    demand_evidence(tools, seen, tmp_path / "export")
    demand_cuts(seen, unknown_ends(tools), kills)
    assert files_holding(tmp_path, FIGURES, b"North,120455,South") == []
    stated(summary("PostgreSQL", tools, seen))
    tools.database.close()


def summary(database: str, tools: Tools, seen: Seen) -> str:
    settled, ready = max(seen.settled_seconds), max(seen.restart_seconds)
    return (
        f"R1 {database}: {len(seen.acknowledged)} openings acknowledged, {len(seen.whole)} copies whole, "
        f"{len(seen.left_running)} kills, {unknown_ends(tools)} copies settled as unknown, none acknowledged lost; "
        f"sound before Go against the checkpoint after each kill; settled in {settled:.1f} s and ready "
        f"in {ready:.1f} s at most"
    )


def unknown_ends(tools: Tools) -> int:
    with tools.reading() as connection:
        query = select(tables.openings.c.opening_id).where(tables.openings.c.outcome == "unknown")
        return len(connection.execute(query).all())
