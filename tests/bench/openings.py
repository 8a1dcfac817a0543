"""Openings: the rule asked, the opening and its entry committed, and only then answered. P1.

Against the same rows committed by a loop that does nothing else: same schema, same settings of the database.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from app.database import Database
from app.records import tables
from tests.bench.clients import Answer, Load, Round, drive, request
from tests.bench.figures import BenchFailed, Figure, Missing, Site, milliseconds, p50_p99, rate
from tests.bench.serving import cpu_seconds, our_service
from tests.bench.world import World, a_world
from tests.postgres import Cluster


def measure(site: Site) -> list[Figure]:
    """Open a document over HTTP, on SQLite and on PostgreSQL."""
    figures = _on(site, "SQLite", site.folder / "sqlite", "")
    if site.quick:
        return figures
    try:
        with a_cluster() as url:
            figures += _on(site, "PostgreSQL", site.folder / "postgres", url)
    except Missing as missing:
        figures.append(Figure("openings on PostgreSQL", "left out", how=str(missing)))
    return figures


@contextmanager
def a_cluster() -> Iterator[str]:
    """Run a private PostgreSQL and give the address of an empty database in it.

    Raises:
        Missing: It is not installed.
    """
    folder = Path(tempfile.mkdtemp(prefix="pra-bench-postgres-"))  # where the server's own user may go
    try:
        try:
            cluster = Cluster(folder)
        except pytest.skip.Exception as skipped:
            raise Missing(str(skipped)) from skipped
        cluster.start()
        try:
            cluster.sql("CREATE DATABASE bench")
            yield cluster.url("bench")
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on(site: Site, name: str, folder: Path, url: str) -> list[Figure]:
    sizes = site.sizes
    with a_world(folder, recipients=sizes.recipients, database_url=url) as world:
        document_id = world.add_document([b"region,claimants\nNorth,1204\n"], "claimants.csv")
        before = _counted(world)
        with our_service(folder, url) as served:
            rounds = [opening(document_id, one.headers) for one in world.recipients[: sizes.clients]]
            warm = drive(served.port, rounds, min(1.0, sizes.seconds))
            used = cpu_seconds(served.pid)
            load = drive(served.port, rounds, sizes.seconds)
            used = cpu_seconds(served.pid) - used
        _demand_all_on_record(before, _counted(world), len(warm.spans) + len(load.spans))
        bare = _bare(world, folder, min(3.0, sizes.seconds), clients=1 if not url else sizes.clients)
    spans = milliseconds(load.spans)
    against = milliseconds(bare.spans)
    how = (
        f"POST /documents/…/openings over HTTP, {len(rounds)} keep-alive clients, {load.seconds:.0f} s, list of "
        f"{sizes.recipients}; server used {used / load.seconds:.2f} cores. Against: the same four or five rows, each "
        f"set in its own transaction, by a loop on {'one connection' if not url else f'{sizes.clients} connections'} "
        "without HTTP, sign-in or rule"
    )
    numbers = {"per_second": rate(len(load.spans), load.seconds), **spans, "cores": round(used / load.seconds, 2)}
    numbers |= {"bare_per_second": rate(len(bare.spans), bare.seconds), "bare": against}
    return [
        Figure(
            f"opening + committed entry, {name}",
            f"{load.per_second:.0f}/s {p50_p99(spans)}",
            f"{bare.per_second:.0f}/s {p50_p99(against)}",
            round(load.per_second / bare.per_second, 3),
            how,
            numbers,
        )
    ]


def opening(document_id: str, headers: dict[str, str]) -> Round:
    """Give the round of one recipient: open the document, and be told so."""
    asked = request("POST", f"/api/v1/documents/{document_id}/openings", headers)

    def once() -> Generator[bytes, Answer, None]:
        (yield asked).members(201)

    return once


def _counted(world: World) -> tuple[int, int]:
    permitted = (tables.entries.c.kind == "access_decided") & (tables.entries.c.outcome == "permitted")
    with world.tools.reading() as connection:
        made = connection.execute(select(func.count()).select_from(tables.openings)).scalar_one()
        logged = connection.execute(select(func.count()).select_from(tables.entries).where(permitted)).scalar_one()
    return int(made), int(logged)


def _demand_all_on_record(before: tuple[int, int], after: tuple[int, int], answered: int) -> None:
    """Stop unless every answer had its opening and its entry: a fast server that forgets is not fast."""
    found = (after[0] - before[0], after[1] - before[1])
    if found != (answered, answered):
        raise BenchFailed(f"{answered} openings were answered; openings and entries on record: {found}")


def _bare(world: World, folder: Path, seconds: float, *, clients: int) -> Load:
    """Commit what one opening commits, again and again, with fresh ids."""
    opened, entry, disclosed = _rows_of_one_opening(world)
    address = world.database_url
    if not address:  # another file, so that the log of this one stays what was published
        with world.tools.database.engine.connect() as connection:
            connection.exec_driver_sql(f"VACUUM INTO '{folder / 'bare.sqlite3'}'")
        address = f"sqlite:///{folder / 'bare.sqlite3'}"
    database = Database(address)
    inserts = (insert(tables.openings), insert(tables.entries), insert(tables.disclosures))

    def commit(connection: Connection) -> None:
        opening_id, entry_id = f"opn_{secrets.token_hex(12)}", f"ent_{secrets.token_hex(12)}"
        connection.execute(inserts[0], {**opened, "opening_id": opening_id, "number": secrets.token_hex(4)})
        connection.execute(inserts[1], {**entry, "entry_id": entry_id})
        connection.execute(inserts[2], [{**one, "entry_id": entry_id} for one in disclosed])

    try:
        return _loop(database, commit, seconds, clients)
    finally:
        database.close()


def _loop(database: Database, commit: Callable[[Connection], None], seconds: float, clients: int) -> Load:
    load = Load()

    def run() -> None:
        while time.perf_counter() < begun + seconds:
            before = time.perf_counter()
            with database.write() as (connection, _):
                commit(connection)
            load.spans.append(time.perf_counter() - before)

    begun = time.perf_counter()
    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - begun
    return load


def _rows_of_one_opening(world: World) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    with world.tools.reading() as connection:
        opened = connection.execute(select(tables.openings).limit(1)).mappings().one()
        logged = select(tables.entries).where(tables.entries.c.kind == "access_decided").limit(1)
        entry = connection.execute(logged).mappings().one()
        behind = select(tables.disclosures).where(tables.disclosures.c.entry_id == entry["entry_id"])
        disclosed = [dict(one) for one in connection.execute(behind).mappings()]
    fresh = {name: found for name, found in entry.items() if name not in ("arrival", "leaf_index")}
    return dict(opened), fresh, disclosed
