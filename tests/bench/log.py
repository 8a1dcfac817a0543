"""The log: how soon an entry stands in a signed checkpoint, how fast entries are sequenced, receipts, the whole check.

P5 and P6. The worker that sequences is the service's own, in this process; entries are appended through the actions.
"""

from __future__ import annotations

import itertools
import multiprocessing
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from app import wiring
from app.actions import auditing
from app.actions.tools import Tools
from app.audit import reading
from app.audit.entries import Entry, EntryKind, Outcome, commitment, leaf_bytes
from app.audit.verify import verify_log, verify_receipt
from app.records import tables
from app.settings import Settings
from app.worker.loop import Worker
from tests.bench.figures import BenchFailed, Figure, Site, milliseconds, p50_p99, rate
from tests.bench.world import World, a_world
from tests.verifiers import VerifierRefused, go_accepts

_BATCH = 5_000
_RECEIPTS = 300
_WRITERS = 8
_REPLICAS = 2
_STARTING_SECONDS = 8.0  # until the other processes have loaded the service
# Entries to a commit: an opening with its letters leaves about five. Where the rate asked for is not reached by that,
# more are put together until it is: what is asked is how soon a checkpoint follows at that rate.
_TOGETHER = (5, 20, 60)
_REACHED = 0.95


def measure(site: Site) -> list[Figure]:
    """Append at a bounded rate, then sequence, prove and check a long log."""
    with a_world(site.folder / "world", recipients=1) as world:
        soon = append_and_watch(site, world.tools)
        sequenced = _sequencing(site, world.tools)
        return [*soon, sequenced, *_proofs(world), _whole_check(site, world.tools)]


# -- how soon ---------------------------------------------------------------------------------------------------------


def append_and_watch(site: Site, tools: Tools, name: str = "", replica: Settings | None = None) -> list[Figure]:
    """Append at a bounded rate beside the service's own worker, and see how soon a checkpoint covers each entry.

    Gives one figure for each number of entries to a commit, until the rate was reached.

    Args:
        site: Says the rate.
        tools: Those of the process whose worker sequences.
        name: What the figures' names begin with.
        replica: Two more processes of the service append, with these settings; this one does, if left out.
    """
    figures: list[Figure] = []
    for together in _TOGETHER:
        figures.append(_watched(site, tools, name, together, replica))
        if figures[-1].numbers["per_second"] >= _REACHED * site.sizes.log_rate:
            break
    return figures


def _watched(site: Site, tools: Tools, name: str, together: int, replica: Settings | None) -> Figure:
    load = _Load(site.sizes.log_rate, site.sizes.seconds, together, _WRITERS, time.perf_counter())
    with Worker(tools).running(), _checkpoints(tools) as seen:
        appended = _append_at(tools, load) if replica is None else _append_beside(replica, load)
        first, last = min(at for _, at in appended), max(at for _, at in appended)
        seconds = last - first
        _wait_until_covered(tools, appended[-1][0], seen)
    found = milliseconds(_spans(tools, appended, seen))
    achieved = rate(len(appended), seconds)
    who = f"{_WRITERS} at once" if replica is None else f"{_WRITERS} at once in {_REPLICAS} other processes"
    how = (
        f"{len(appended)} entries by {who}, {together} to a commit, {site.sizes.log_rate}/s asked for; "
        "from its commit until a signed checkpoint that covers it lies in the published folder; the service's own "
        "worker ticks once a second"
    )
    return Figure(
        f"{name}commit → signed checkpoint at {achieved:.0f}/s",
        p50_p99(found),
        how=how,
        numbers={"per_second": achieved, "together": together, **found},
    )


@dataclass(frozen=True, slots=True)
class _Load:
    """How much is appended, for how long, by how many threads, and from which reading of the counter on."""

    per_second: float
    seconds: float
    together: int
    writers: int
    from_counter: float


def _append_at(tools: Tools, load: _Load) -> list[tuple[str, float]]:
    """Append; gives each entry with the moment at which it was committed, by the machine's counter."""
    commits, appended = itertools.count(), list[tuple[str, float]]()

    def write() -> None:
        while (number := next(commits)) < int(load.per_second * load.seconds / load.together):
            wait = load.from_counter + number * load.together / load.per_second - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            elif -wait > load.seconds:  # far behind: the rate that was achieved is what is reported
                return
            with tools.transaction() as tx:
                now = tools.clock.now()  # once, as an action asks for it
                ids = [tx.append(_an_entry(now, number)) for _ in range(load.together)]
            at = time.perf_counter()
            appended.extend((entry_id, at) for entry_id in ids)

    with ThreadPoolExecutor(load.writers) as writers:
        for one in [writers.submit(write) for _ in range(load.writers)]:
            one.result()
    return appended


def _append_beside(replica: Settings, load: _Load) -> list[tuple[str, float]]:
    """Have two other processes append half of it each; the counter is the same in all of them."""
    each = replace(
        load,
        per_second=load.per_second / _REPLICAS,
        writers=load.writers // _REPLICAS,
        from_counter=time.perf_counter() + _STARTING_SECONDS,
    )
    with ProcessPoolExecutor(_REPLICAS, multiprocessing.get_context("spawn")) as beside:
        parts = [beside.submit(_append_as, replica, each) for _ in range(_REPLICAS)]
        return sorted((one for part in parts for one in part.result()), key=lambda one: one[1])


def _append_as(replica: Settings, load: _Load) -> list[tuple[str, float]]:
    tools = wiring.make_tools(replica)
    try:
        return _append_at(tools, load)
    finally:
        tools.database.close()


@contextmanager
def _checkpoints(tools: Tools) -> Iterator[list[tuple[float, int]]]:
    """Watch the published checkpoint; gives each size with the moment at which it was first seen."""
    seen: list[tuple[float, int]] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.002):
            note = tools.tiles.read_checkpoint()
            size = int(note.splitlines()[1]) if note else 0
            if not seen or seen[-1][1] != size:
                seen.append((time.perf_counter(), size))

    thread = threading.Thread(target=look, name="checkpoint-watch")
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _wait_until_covered(tools: Tools, entry_id: str, seen: list[tuple[float, int]]) -> None:
    deadline = time.perf_counter() + 30
    while time.perf_counter() < deadline:
        with tools.reading() as connection:
            logged = reading.find(connection, entry_id)
        if logged is not None and logged.leaf_index is not None and seen and seen[-1][1] > logged.leaf_index:
            return
        time.sleep(0.05)
    raise BenchFailed("the last entry was in no checkpoint after 30 seconds")


def _spans(tools: Tools, appended: list[tuple[str, float]], seen: list[tuple[float, int]]) -> list[float]:
    with tools.reading() as connection:
        newest = (
            select(tables.entries.c.entry_id, tables.entry_places.c.leaf_index)
            .join_from(tables.entry_places, tables.entries, tables.entries.c.arrival == tables.entry_places.c.arrival)
            .order_by(tables.entry_places.c.leaf_index.desc())
        )
        rows = connection.execute(newest.limit(2 * len(appended) + 1000))
        index_of = {row.entry_id: row.leaf_index for row in rows}
    spans, at = [], 0
    for entry_id, committed in sorted(appended, key=lambda one: index_of[one[0]]):  # both run forward
        while seen[at][1] <= index_of[entry_id]:
            at += 1
        spans.append(max(0.0, seen[at][0] - committed))
    return spans


# -- how fast ---------------------------------------------------------------------------------------------------------


def _sequencing(site: Site, tools: Tools) -> Figure:
    with tools.reading() as connection:
        already = reading.newest_instant(connection)
    at = max(already or tools.clock.now(), tools.clock.now())
    auditing.sequence(tools)
    count = site.sizes.log_entries
    for first in range(0, count, _BATCH):
        _add_many(tools, at, range(first, min(first + _BATCH, count)))
    begun = time.perf_counter()
    given = auditing.sequence(tools)
    seconds = time.perf_counter() - begun
    if given != count:
        raise BenchFailed(f"{given} of {count} entries were sequenced")
    bare = _bare_places(site.folder / "bare.sqlite3", tools, count)
    how = (
        f"{count} waiting entries given indexes, hashed, written as tiles, signed, durable, 2,000 at a time. Against: "
        "the same places added to the same table by the same batches, and nothing else"
    )
    ours, theirs = count / seconds, count / bare
    numbers = {"per_second": round(ours), "against_per_second": round(theirs)}
    return Figure("sequencer", f"{ours:,.0f} entries/s", f"{theirs:,.0f} entries/s", ours / theirs, how, numbers)


def _add_many(tools: Tools, at: datetime, numbers: range) -> None:
    """Add entries as ``log.append`` would, many to a statement: what is measured is what follows."""
    rows, behind = [], []
    for number in numbers:
        entry, entry_id = _an_entry(at, number), f"ent_{secrets.token_hex(12)}"
        salt = secrets.token_bytes(16)
        leaf = leaf_bytes(entry_id, entry, {"actor": commitment(salt, entry.actor_id)})
        columns = {"kind": entry.kind.value, "outcome": entry.outcome.value, "at": at, "labelled": True}
        rows.append({"entry_id": entry_id, "leaf": leaf, **columns})
        behind.append({"entry_id": entry_id, "name": "actor", "salt": salt, "clear_value": entry.actor_id})
    with tools.transaction() as tx:
        tx.connection.execute(insert(tables.entries), rows)
        tx.connection.execute(insert(tables.disclosures), behind)


def _bare_places(path: Path, tools: Tools, count: int) -> float:
    with tools.database.engine.connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{path}'")
    engine = type(tools.database)(f"sqlite:///{path}")
    try:
        with engine.write() as (connection, _):
            highest = connection.execute(text("SELECT max(arrival) FROM entries")).scalar_one()
            connection.execute(text("DELETE FROM entry_places"))
        begun = time.perf_counter()
        for first in range(highest - count + 1, highest + 1, 2000):
            with engine.write() as (connection, _):
                batch = [{"of": arrival, "gets": arrival} for arrival in range(first, min(first + 2000, highest + 1))]
                connection.execute(text("INSERT INTO entry_places (leaf_index, arrival) VALUES (:gets, :of)"), batch)
        return time.perf_counter() - begun
    finally:
        engine.close()


# -- receipts, and the whole check ------------------------------------------------------------------------------------


def _proofs(world: World) -> list[Figure]:
    tools, auditor = world.tools, world.auditor.actor
    auditing.sequence(tools)
    with tools.reading() as connection:
        ids = list(connection.execute(select(tables.entries.c.entry_id)).scalars())
    wanted = Random(2016).sample(ids, min(_RECEIPTS, len(ids)))
    (vkey, *_) = auditing.log_vkeys(tools)
    made = [_timed(lambda entry_id=one: auditing.receipt(tools, auditor, entry_id)) for one in wanted]
    checked = [_timed(lambda receipt=receipt: verify_receipt(receipt, vkey)) for receipt, _ in made]
    hashes = sorted(len(receipt["inclusion"]) for receipt, _ in made)

    def read(entry_id: str) -> object:
        with tools.reading() as connection:
            return reading.find(connection, entry_id)

    bare = milliseconds([_timed(lambda entry_id=one: read(entry_id))[1] for one in wanted])
    making, checking = milliseconds([span for _, span in made]), milliseconds([span for _, span in checked])
    size = f"{len(ids):,} entries"
    how = (
        f"{len(made)} receipts with inclusion proofs of at most {hashes[-1]} hashes, from the published tiles. "
        "Against: reading the same entry and its clear values without a proof"
    )
    return [
        Figure(
            f"receipt in a log of {size}",
            p50_p99(making),
            p50_p99(bare),
            bare["p50_ms"] / making["p50_ms"],
            how,
            making,
        ),
        Figure(
            "checking that receipt",
            p50_p99(checking),
            how="the public key alone, with app.audit.verify",
            numbers=checking,
        ),
    ]


def _whole_check(site: Site, tools: Tools) -> Figure:
    folder = site.folder / "exported"
    begun = time.perf_counter()
    size = auditing.export_log(tools, "operator", folder)
    exporting = time.perf_counter() - begun
    (vkey, *_) = auditing.log_vkeys(tools)
    (folder / "disclosures.ndjson").unlink()  # theirs checks the tree alone, so ours does here
    _, seconds = _timed(lambda: verify_log(folder, vkey, keep_entries=False))
    what = f"check a whole log of {size:,} entries"
    how = f"signature, every entry, every tile, the root; exporting it took {exporting:.1f} s. Against: "
    numbers = {"seconds": round(seconds, 3), "exporting_seconds": round(exporting, 3)}
    theirs = _go_seconds(folder, vkey)
    if theirs is None:
        return Figure(what, f"{seconds:.2f} s", how=how + "Go's own packages (not installed)", numbers=numbers)
    numbers["against_seconds"] = round(theirs, 3)
    how += "the program of tests/verifiers, golang.org/x/mod/sumdb"
    return Figure(what, f"{seconds:.2f} s", f"{theirs:.2f} s", theirs / seconds, how, numbers)


def _go_seconds(folder: Path, vkey: str) -> float | None:
    try:
        go_accepts(folder, vkey)  # builds the program
        return _timed(lambda: go_accepts(folder, vkey))[1]
    except pytest.skip.Exception:
        return None
    except VerifierRefused as refused:
        raise BenchFailed(f"the independent verifier refuses our log: {refused}") from refused


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    made = act()
    return made, time.perf_counter() - begun


def _an_entry(at: datetime, number: int) -> Entry:
    said = {"act": "open", "list_version": 1, "opens_at": "2026-03-09T09:30:00.000Z", "number": f"{number:08d}"}
    return Entry(EntryKind.ACCESS_DECIDED, at, Outcome.PERMITTED, actor_id="per_0123456789abcdef01234567", said=said)
