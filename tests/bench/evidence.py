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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from app.actions import auditing, searching
from app.actions.tools import Tools
from app.audit import labels, reading
from app.audit import search as looking
from app.audit.asked import Place, Scope, Search, Tenure
from app.audit.entries import Entry, EntryKind, Outcome, commitment, leaf_bytes
from app.audit.verify import verify_log
from app.records import tables
from tests.bench.figures import BenchFailed, Figure, Missing, Site, milliseconds, rank, rate, table
from tests.bench.log import append_and_watch
from tests.bench.world import World, a_world
from tests.postgres import Cluster

DATABASE = "evidence"
_AT_ONCE = 20_000
_PER_RELEASE = 500
_PRODUCERS = 20
_PEOPLE = 3_000
_NETWORKS = 500
_BEGUN = datetime(2021, 1, 4, tzinfo=UTC)
_SPAN = timedelta(days=5 * 365)
_PAGE = 50
KINDS: tuple[tuple[EntryKind, Outcome, int], ...] = (
    (EntryKind.ACCESS_DECIDED, Outcome.PERMITTED, 22),
    (EntryKind.ACCESS_DECIDED, Outcome.REFUSED, 6),
    (EntryKind.COPY_STARTED, Outcome.DONE, 12),
    (EntryKind.COPY_OUTCOME, Outcome.COMPLETED, 11),
    (EntryKind.COPY_OUTCOME, Outcome.UNKNOWN, 1),
    (EntryKind.DECLARATION_SIGNED, Outcome.DONE, 8),
    (EntryKind.NOTICE_QUEUED, Outcome.DONE, 10),
    (EntryKind.NOTICE_SENT, Outcome.DONE, 10),
    (EntryKind.PAGE_PROBED, Outcome.DONE, 12),
    (EntryKind.LOG_READ, Outcome.DONE, 7),
    (EntryKind.STATEMENT_GIVEN, Outcome.DONE, 1),
)
REASONS = (("window_not_open", "SI 2008/2998 Sch. para 4"), ("not_on_list", "SI 2008/2998 Sch. para 3"))


def measure(site: Site) -> list[Figure]:
    """Build the log on each database, and ask of it what an auditor asks."""
    figures = _on(site, "SQLite", site.folder / "sqlite", "", lambda: None)
    print(table(figures), flush=True)  # they took long, and what follows may fail
    with a_cluster() as cluster:
        url = cluster.url(DATABASE)
        return figures + _on(site, "PostgreSQL", site.folder / "postgresql", url, lambda: analyse(cluster))


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL with an empty database of this part's own."""
    folder = Path(tempfile.mkdtemp(prefix="pra-bench-postgres-"))
    try:
        try:
            cluster = Cluster(folder)
        except pytest.skip.Exception as missing:
            raise Missing(str(missing)) from None
        cluster.start()
        try:
            cluster.sql(f"CREATE DATABASE {DATABASE}")
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def analyse(cluster: Cluster) -> None:
    """Let the server look at what it holds, as it does by itself after a while."""
    server = ("-h", str(cluster.folder), "-p", str(cluster.port), "-U", "postgres", "-d", DATABASE)
    cluster.run("psql", "-X", "-q", *server, "-c", "ANALYZE")


def _on(site: Site, name: str, folder: Path, url: str, look: Callable[[], None]) -> list[Figure]:
    with a_world(folder, recipients=1, database_url=url) as world:
        tools, made = world.tools, _Making(site.entries)
        begun = time.perf_counter()
        sequenced = _built(tools, made)
        building = time.perf_counter() - begun
        look()
        how = f"{site.entries:,} entries, built in {building:.0f} s"
        figures = [_sequencing(tools, made, name, how, sequenced)]
        figures += [_search(tools, made, name, what, ask, how) for what, ask in _SEARCHES.items()]
        figures.append(_whole_action(tools, made, name, how))
        figures.append(_proof(world, name, how))
        figures.append(append_and_watch(site, tools, f"{name}: "))
        figures.append(_whole_check(site, tools, name, how))
        return figures


# -- the log ----------------------------------------------------------------------------------------------------------


@dataclass
class _Making:
    """Entries as they would come, the same on each database."""

    count: int

    def __post_init__(self) -> None:
        self.chance = Random(2026)
        self.releases = max(1, self.count // _PER_RELEASE)
        kinds = [(kind, outcome) for kind, outcome, weight in KINDS for _ in range(weight)]
        self.kinds = kinds

    def release(self, number: int) -> str:
        return f"rel_{number:024x}"

    def document(self, number: int) -> str:
        return f"doc_{number:024x}"

    def person(self, number: int) -> str:
        return f"per_{number:024x}"

    def producer(self, number: int) -> str:
        return f"prd_{number:024x}"

    def network(self, number: int) -> str:
        return f"{number:064x}"

    def at(self, number: int) -> datetime:
        return _BEGUN + _SPAN * (number / self.count)

    def entry(self, number: int) -> Entry:
        chance, release = self.chance, number // _PER_RELEASE
        kind, outcome = chance.choice(self.kinds)
        of_service = kind is EntryKind.LOG_READ
        person = (release * 37 + chance.randrange(40)) % _PEOPLE
        by_rule = kind in (EntryKind.NOTICE_QUEUED, EntryKind.NOTICE_SENT, EntryKind.PAGE_PROBED)
        about = not of_service and kind is not EntryKind.PAGE_PROBED
        said: dict[str, Any] = {"act": "open", "list_version": 1, "number": f"{number:09d}"}
        if outcome is Outcome.REFUSED:
            code, source = REASONS[chance.randrange(20) == 0]
            said["reasons"] = [{"code": code, "source": source}]
        decided = kind is EntryKind.ACCESS_DECIDED
        return Entry(
            kind,
            self.at(number),
            outcome,
            actor_id="rule" if by_rule else self.person(person),
            person_id=self.person(person) if about else None,
            producer_id=None if of_service else self.producer(release % _PRODUCERS),
            release_id=None if of_service else self.release(release),
            document_id=self.document(release) if decided else None,
            said=said,
            sealed={"network": self.network(chance.randrange(_NETWORKS))} if decided else {},
        )


def _built(tools: Tools, made: _Making) -> tuple[int, float]:
    """Add and sequence; gives how many of the last entries were sequenced in how many seconds."""
    auditing.sequence(tools)
    last = (0, 1.0)
    for first in range(0, made.count, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, made.count))
        add_many(tools, numbers, made.entry)
        begun = time.perf_counter()
        given = auditing.sequence(tools)
        last = (given, time.perf_counter() - begun)
        if given < len(numbers):
            raise BenchFailed(f"{given} of {len(numbers)} entries were sequenced")
    return last


def add_many(tools: Tools, numbers: Sequence[int], entry_of: Callable[[int], Entry]) -> None:
    """Add entries as ``log.append`` would, many to a statement."""
    rows, behind, beside, entries = [], [], [], []
    chance = Random(numbers[0])
    with tools.reading() as connection:
        arrival = looking.newest(connection)
    for number in numbers:
        entry = entry_of(number)
        arrival += 1
        entry_id = f"ent_{chance.randbytes(12).hex()}"
        clear = {"actor": entry.actor_id, **({"person": entry.person_id} if entry.person_id else {}), **entry.sealed}
        salts = {name: chance.randbytes(16) for name in clear}
        leaf = leaf_bytes(entry_id, entry, {name: commitment(salts[name], value) for name, value in clear.items()})
        columns = ("producer_id", "release_id", "document_id", "person_id", "at")
        rows.append(
            {
                **{name: getattr(entry, name) for name in columns},
                "arrival": arrival,
                "entry_id": entry_id,
                "leaf": leaf,
                "labelled": True,
                "kind": entry.kind.value,
                "outcome": entry.outcome.value,
            }
        )
        behind += [
            {"entry_id": entry_id, "name": name, "salt": salts[name], "clear_value": value}
            for name, value in clear.items()
        ]
        beside += [
            {"name": name, "value": value, "at": entry.at, "arrival": arrival}
            for name, value in labels.labels_of(entry.said, clear)
        ]
        entries.append(entry)
    with tools.transaction() as tx:
        for table, many in ((tables.entries, rows), (tables.disclosures, behind), (tables.entry_labels, beside)):
            for start in range(0, len(many), 2_000):  # so that no statement takes longer than one may
                tx.connection.execute(insert(table), many[start : start + 2_000])
        if not tools.database.is_sqlite:
            tx.connection.execute(
                text("SELECT setval(pg_get_serial_sequence('entries', 'arrival'), :to)"), {"to": arrival}
            )


# -- searches ---------------------------------------------------------------------------------------------------------

Ask = Callable[[_Making, Random], tuple[Search, Scope]]


def _tenures(made: _Making, chance: Random, count: int) -> tuple[Tenure, ...]:
    return tuple(
        Tenure(made.person(chance.randrange(_PEOPLE)), _BEGUN, _BEGUN + _SPAN * chance.random()) for _ in range(count)
    )


def _span(made: _Making, chance: Random) -> dict[str, datetime]:
    since = made.at(chance.randrange(made.count))
    return {"from_at": since, "until_at": since + timedelta(days=30)}


def _one_producer(made: _Making, chance: Random) -> Scope:
    return Scope(frozenset({made.producer(chance.randrange(_PRODUCERS))}))


_SEARCHES: dict[str, Ask] = {
    "everything": lambda _made, _chance: (Search(), Scope()),
    "span of time": lambda made, chance: (Search(**_span(made, chance)), Scope()),
    "release": lambda made, chance: (Search(release_id=made.release(chance.randrange(made.releases))), Scope()),
    "document": lambda made, chance: (Search(document_id=made.document(chance.randrange(made.releases))), Scope()),
    "person": lambda made, chance: (Search(person_id=made.person(chance.randrange(_PEOPLE))), Scope()),
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
    "actor": lambda made, chance: (Search(actor_id=made.person(chance.randrange(_PEOPLE))), Scope()),
    "the service itself as actor": lambda _made, _chance: (Search(actor_id="rule"), Scope()),
    "network": lambda made, chance: (Search(network=made.network(chance.randrange(_NETWORKS))), Scope()),
    "one producer": lambda made, chance: (Search(), _one_producer(made, chance)),
    "one producer, kind": lambda made, chance: (Search(kind="statement_given"), _one_producer(made, chance)),
    "one producer, outcome": lambda made, chance: (Search(outcome="unknown"), _one_producer(made, chance)),
    "person, kind, outcome, span": lambda made, chance: (
        Search(
            person_id=made.person(chance.randrange(_PEOPLE)),
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
            actor_id=made.person(chance.randrange(_PEOPLE)),
        ),
        Scope(),
    ),
}


def _search(tools: Tools, made: _Making, name: str, what: str, ask: Ask, how: str) -> Figure:
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


def _whole_action(tools: Tools, made: _Making, name: str, how: str) -> Figure:
    chance, spans = Random(7), []
    for _ in range(60):
        search = Search(person_id=made.person(chance.randrange(_PEOPLE)), outcome="refused")
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


def _sequencing(tools: Tools, made: _Making, name: str, how: str, sequenced: tuple[int, float]) -> Figure:
    given, seconds = sequenced
    bare = _bare_inserts(tools, made, given)
    ours, theirs = given / seconds, given / bare
    how = (
        f"the last {given:,} of {how}: indexed, hashed, tiles, signed, durable. Against: bare inserts of the same rows"
    )
    numbers = {"per_second": round(ours), "against_per_second": round(theirs)}
    return Figure(f"{name}: sequencer", f"{ours:,.0f} entries/s", f"{theirs:,.0f} rows/s", ours / theirs, how, numbers)


def _bare_inserts(tools: Tools, made: _Making, count: int) -> float:
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


def _proof(world: World, name: str, how: str) -> Figure:
    tools, auditor = world.tools, world.auditor.actor
    auditing.sequence(tools)
    chance, spans, most = Random(5), [], 0
    with tools.reading() as connection:
        newest = looking.newest(connection)
        some = [chance.randrange(1, newest) for _ in range(300)]
        ids = [one.entry_id for one in reading.by_arrival(connection, some)]
    for entry_id in ids:
        begun = time.perf_counter()
        receipt = auditing.receipt(tools, auditor, entry_id)
        spans.append(time.perf_counter() - begun)
        most = max(most, len(receipt["inclusion"]))
    numbers = {**milliseconds(spans), **_p50_p95(spans)}
    how = f"{len(ids)} receipts, at most {most} hashes; {how}"
    return Figure(f"{name}: inclusion proof", _text(numbers), how=how, numbers=numbers)


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
