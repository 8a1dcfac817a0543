"""The log as evidence: searches, proofs and the sequencer on a long log, on SQLite and on PostgreSQL.

``--entries`` says how long: 10,000,000 unless told otherwise, which takes an hour and some 30 GB. The entries are
spread as a service of twenty producers would leave them. They are added many at a time, and sequenced by the service's
own sequencer, so that tree, tiles and checkpoint are what they are.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, text

from app.actions import auditing, searching
from app.actions.tools import Tools
from app.audit import export, reading
from app.audit import search as looking
from app.audit.asked import Place, Scope, Search, Tenure
from app.audit.verify import verify_log
from app.records import tables
from tests.bench.copying import copied
from tests.bench.figures import BenchFailed, Figure, Missing, Site, milliseconds, rank, rate, table
from tests.bench.log import append_and_watch
from tests.bench.longlog import BEGUN, KINDS, NETWORKS, PEOPLE, PRODUCERS, REASONS, SPAN, Making, add_rows, made_ahead
from tests.bench.world import World, a_world
from tests.postgres import Cluster

DATABASE = "evidence"
# As PostgreSQL's manual has a server of 16 GiB: a quarter of it for pages, and checkpoints by time rather than by size.
SERVER = (
    "shared_buffers=4GB",
    "effective_cache_size=12GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
    "autovacuum=off",
)
_PAGE = 50


def measure(site: Site) -> list[Figure]:
    """Build the log on each database, and ask of it what an auditor asks."""
    figures: list[Figure] = []
    if "SQLite" in site.databases:
        folder = site.folder / "sqlite"
        figures += _on(site, "SQLite", folder, "", lambda: read_file(folder / "records.sqlite3"))
        print(table(figures), flush=True)  # they took long, and what follows may fail
    if "PostgreSQL" in site.databases:
        with a_cluster() as cluster:
            url = cluster.url(DATABASE)

            def look() -> None:
                analyse(cluster)
                read_indexes(cluster)

            figures += _on(site, "PostgreSQL", site.folder / "postgresql", url, look)
    return figures


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL with an empty database of this part's own."""
    folder = Path(tempfile.mkdtemp(prefix="pra-bench-postgres-"))
    try:
        try:
            cluster = Cluster(folder)
        except pytest.skip.Exception as missing:
            raise Missing(str(missing)) from None
        cluster.start(settings=SERVER)
        try:
            cluster.sql(f"CREATE DATABASE {DATABASE}")
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def analyse(cluster: Cluster) -> None:
    """Let the server look at what it holds and note which pages all may see, as it would by itself from time to time.

    It does not here, so that no figure depends on when.
    """
    cluster.sql("VACUUM (ANALYZE)", DATABASE)


def read_indexes(cluster: Cluster) -> None:
    """Have the indexes of the log in memory, as those of a server are that has run for a day, and as the manual asks.

    A log of this length is built in an hour, and what it wrote last pushes out of memory what it wrote first.
    """
    cluster.sql("CREATE EXTENSION IF NOT EXISTS pg_prewarm", DATABASE)
    cluster.sql(
        "SELECT pg_prewarm(indexrelid, 'read') FROM pg_index"
        " WHERE indrelid IN ('entries'::regclass, 'entry_labels'::regclass, 'disclosures'::regclass)",
        DATABASE,
    )


def read_file(database: Path) -> None:
    """Have SQLite's file in the system's memory, as far as it goes in, for the same reason."""
    with database.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def _on(site: Site, name: str, folder: Path, url: str, look: Callable[[], None]) -> list[Figure]:
    with a_world(folder, recipients=1, database_url=url) as world:
        tools, made = world.tools, Making(site.entries)
        begun = time.perf_counter()
        sequenced = _built(tools, made)
        building = time.perf_counter() - begun
        look()
        how = f"{site.entries:,} entries, built in {building:.0f} s"
        figures = [_sequencing(tools, made, name, how, sequenced)]
        figures += [_search(tools, made, name, what, ask, how) for what, ask in _SEARCHES.items()]
        figures.append(_whole_action(tools, made, name, how))
        figures += _proofs(world, name, how)
        # SQLite has one process; of several, one sequences what all append.
        figures += append_and_watch(site, tools, f"{name}: ", None if tools.database.is_sqlite else world.settings)
        if site.checked:
            print(table(figures), flush=True)
            figures.append(_whole_check(site, tools, name, how))
        return figures


# -- the log ----------------------------------------------------------------------------------------------------------


def _built(tools: Tools, made: Making) -> tuple[int, float]:
    """Add and sequence; gives how many of the last entries were sequenced in how many seconds.

    All but the last are written in haste, with more memory and less care than the service has.
    """
    auditing.sequence(tools)
    with tools.reading() as connection:
        arrival = looking.newest(connection)
    waiting = 0
    with copied(tools.database.engine):
        for rows in made_ahead(made, arrival):
            _sequence(tools, waiting)
            add_rows(tools, rows)
            waiting = len(rows.entries)
    begun = time.perf_counter()
    _sequence(tools, waiting)
    return waiting, time.perf_counter() - begun


def _sequence(tools: Tools, waiting: int) -> None:
    given = auditing.sequence(tools)
    if given < waiting:
        raise BenchFailed(f"{given} of {waiting} entries were sequenced")


# -- searches ---------------------------------------------------------------------------------------------------------

Ask = Callable[[Making, Random], tuple[Search, Scope]]


def _tenures(made: Making, chance: Random, count: int) -> tuple[Tenure, ...]:
    return tuple(
        Tenure(made.person(chance.randrange(PEOPLE)), BEGUN, BEGUN + SPAN * chance.random()) for _ in range(count)
    )


def _span(made: Making, chance: Random) -> dict[str, datetime]:
    since = made.at(chance.randrange(made.count))
    return {"from_at": since, "until_at": since + timedelta(days=30)}


def _one_producer(made: Making, chance: Random) -> Scope:
    return Scope(frozenset({made.producer(chance.randrange(PRODUCERS))}))


_SEARCHES: dict[str, Ask] = {
    "everything": lambda _made, _chance: (Search(), Scope()),
    "span of time": lambda made, chance: (Search(**_span(made, chance)), Scope()),
    "release": lambda made, chance: (Search(release_id=made.release(chance.randrange(made.releases))), Scope()),
    "document": lambda made, chance: (Search(document_id=made.document(chance.randrange(made.releases))), Scope()),
    "person": lambda made, chance: (Search(person_id=made.person(chance.randrange(PEOPLE))), Scope()),
    "person that nobody is": lambda _made, _chance: (Search(person_id="per_" + "f" * 24), Scope()),
    "post": lambda made, chance: (Search(post_id="pst_" + "0" * 24), Scope(post=_tenures(made, chance, 3))),
    "organisation of 150 holders": lambda made, chance: (
        Search(organisation_id="org_" + "0" * 24),
        Scope(organisation=_tenures(made, chance, 150)),
    ),
    "series of 60 releases": lambda made, chance: (
        Search(series_id="ser_" + "0" * 24),
        Scope(series=tuple(made.release(chance.randrange(made.releases)) for _ in range(60))),
    ),
    "kind": lambda _made, chance: (Search(kind=chance.choice(KINDS)[0].value), Scope()),
    "outcome": lambda _made, chance: (Search(outcome=chance.choice(KINDS)[1].value), Scope()),
    "kind and outcome": lambda _made, _chance: (Search(kind="access_decided", outcome="refused"), Scope()),
    "kind that nothing has": lambda _made, _chance: (Search(kind="recall_begun"), Scope()),
    "reason": lambda _made, chance: (Search(reason=chance.choice(REASONS)[0]), Scope()),
    "clause": lambda _made, chance: (Search(source=chance.choice(REASONS)[1]), Scope()),
    "actor": lambda made, chance: (Search(actor_id=made.person(chance.randrange(PEOPLE))), Scope()),
    "the service itself as actor": lambda _made, _chance: (Search(actor_id="rule"), Scope()),
    "network": lambda made, chance: (Search(network=made.network(chance.randrange(NETWORKS))), Scope()),
    "one producer": lambda made, chance: (Search(), _one_producer(made, chance)),
    "one producer, kind": lambda made, chance: (Search(kind="statement_given"), _one_producer(made, chance)),
    "one producer, outcome": lambda made, chance: (Search(outcome="unknown"), _one_producer(made, chance)),
    "person, kind, outcome, span": lambda made, chance: (
        Search(
            person_id=made.person(chance.randrange(PEOPLE)),
            kind="access_decided",
            outcome="refused",
            **_span(made, chance),
        ),
        Scope(),
    ),
    "clause, one producer, span": lambda made, chance: (
        Search(source=REASONS[1][1], **_span(made, chance)),
        _one_producer(made, chance),
    ),
    "release, reason, actor": lambda made, chance: (
        Search(
            release_id=made.release(chance.randrange(made.releases)),
            reason="window_not_open",
            actor_id=made.person(chance.randrange(PEOPLE)),
        ),
        Scope(),
    ),
}


def _search(tools: Tools, made: Making, name: str, what: str, ask: Ask, how: str) -> Figure:
    chance, spans, found = Random(what), [], 0
    for turn in range(60):
        search, scope = ask(made, chance)
        with tools.reading() as connection:
            place = Place(None, 0, looking.newest(connection))
            if turn % 3 == 2:  # a page from the middle
                place = Place(made.at(chance.randrange(made.count)), 0, place.newest)
            begun = time.perf_counter()
            page = looking.page(connection, search, scope, after=place, limit=_PAGE + 1, newest_first=bool(turn % 2))
            spans.append(time.perf_counter() - begun)
        found += len(page)
    numbers = {**_p50_p95(spans), "found": found}
    return Figure(f"{name}: page by {what}", _text(numbers), how=f"60 pages of {_PAGE}; {how}", numbers=numbers)


def _whole_action(tools: Tools, made: Making, name: str, how: str) -> Figure:
    chance, spans = Random(7), []
    for _ in range(60):
        search = Search(person_id=made.person(chance.randrange(PEOPLE)), outcome="refused")
        begun = time.perf_counter()
        searching.search_log(tools, searching.OPERATOR, search, limit=_PAGE)
        spans.append(time.perf_counter() - begun)
    numbers = _p50_p95(spans)
    how = f"by person and outcome, the reading put on record and committed first; {how}"
    return Figure(f"{name}: the whole act of a search", _text(numbers), how=how, numbers=numbers)


def _p50_p95(spans: Sequence[float]) -> dict[str, float]:
    ordered = sorted(spans)
    return {"p50_ms": round(rank(ordered, 0.5) * 1000, 2), "p95_ms": round(rank(ordered, 0.95) * 1000, 2)}


def _text(numbers: dict[str, float]) -> str:
    return f"{numbers['p50_ms']:.1f} ms, p95 {numbers['p95_ms']:.1f} ms"


# -- sequencer, proofs, the whole check -------------------------------------------------------------------------------


def _sequencing(tools: Tools, made: Making, name: str, how: str, sequenced: tuple[int, float]) -> Figure:
    given, seconds = sequenced
    bare = _bare_inserts(tools, made, given)
    ours, theirs = given / seconds, given / bare
    how = (
        f"the last {given:,} of {how}: indexed, hashed, tiles, signed, durable. Against: bare inserts of the same rows"
    )
    numbers = {"per_second": round(ours), "against_per_second": round(theirs)}
    return Figure(f"{name}: sequencer", f"{ours:,.0f} entries/s", f"{theirs:,.0f} rows/s", ours / theirs, how, numbers)


def _bare_inserts(tools: Tools, made: Making, count: int) -> float:
    database = tools.database
    names = "entry_id, kind, outcome, release_id, person_id, leaf"
    with tools.reading() as connection:
        asked = select(tables.entries).order_by(tables.entries.c.arrival.desc()).limit(count)
        rows = [{name: row._mapping[name] for name in names.split(", ")} for row in connection.execute(asked)]
    leaf = "BLOB" if database.is_sqlite else "BYTEA"
    with database.write() as (connection, _):
        columns = "entry_id TEXT PRIMARY KEY, kind TEXT, outcome TEXT, release_id TEXT, person_id TEXT"
        connection.execute(text(f"CREATE TABLE bare ({columns}, leaf {leaf})"))
    begun = time.perf_counter()
    add = text(f"INSERT INTO bare ({names}) VALUES ({', '.join(':' + one for one in names.split(', '))})")
    for start in range(0, len(rows), 2_000):
        with database.write() as (connection, _):
            connection.execute(add, rows[start : start + 2_000])
    seconds = time.perf_counter() - begun
    with database.write() as (connection, _):
        connection.execute(text("DROP TABLE bare"))
    return seconds


def _proofs(world: World, name: str, how: str) -> list[Figure]:
    tools, auditor = world.tools, world.auditor.actor
    auditing.sequence(tools)
    chance, most = Random(5), 0
    spans: list[float] = []
    whole: list[float] = []
    with tools.reading() as connection:
        newest = looking.newest(connection)
        some = reading.by_arrival(connection, [chance.randrange(1, newest) for _ in range(300)])
    for logged in some:
        begun = time.perf_counter()
        proved = export.receipt(tools.tiles, logged)
        spans.append(time.perf_counter() - begun)
        most = max(most, len(proved["inclusion"]))
    for logged in some:
        begun = time.perf_counter()
        auditing.receipt(tools, auditor, logged.entry_id)
        whole.append(time.perf_counter() - begun)
    of = f"{len(some)} entries, at most {most} hashes; {how}"
    return [
        _spans(f"{name}: inclusion proof", spans, f"from the published tiles, with the checkpoint; {of}"),
        _spans(f"{name}: the whole receipt", whole, f"the entry found, and whether the auditor may see it; {of}"),
    ]


def _spans(name: str, spans: Sequence[float], how: str) -> Figure:
    numbers = {**milliseconds(spans), **_p50_p95(spans)}
    return Figure(name, _text(numbers), how=how, numbers=numbers)


def _whole_check(site: Site, tools: Tools, name: str, how: str) -> Figure:
    folder = site.folder / f"exported-{name}"
    begun = time.perf_counter()
    size = auditing.export_log(tools, "operator", folder)
    exporting = time.perf_counter() - begun
    (vkey, *_) = auditing.log_vkeys(tools)
    begun = time.perf_counter()
    verify_log(folder, vkey, keep_entries=False)
    seconds = time.perf_counter() - begun
    shutil.rmtree(folder)
    numbers = {"seconds": round(seconds, 2), "exporting_seconds": round(exporting, 2), "entries": size}
    told = f"by the public key, disclosures too: {rate(size, seconds):,.0f} entries/s; export {exporting:.0f} s; {how}"
    return Figure(f"{name}: verify the whole log", f"{seconds:.1f} s", how=told, numbers=numbers)
