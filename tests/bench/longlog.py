"""Entries of a long log, as a service of twenty producers would leave them, added many at a time.

Another process makes the next ones while these are added and sequenced.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from app.actions.tools import Tools
from app.audit import labels
from app.audit import search as looking
from app.audit.entries import Entry, EntryKind, Outcome, commitment, leaf_bytes
from app.records import tables
from tests.bench.copying import put

AT_ONCE = 20_000
PRODUCERS = 20
PEOPLE = 3_000
NETWORKS = 500
BEGUN = datetime(2021, 1, 4, tzinfo=UTC)
SPAN = timedelta(days=5 * 365)
_PER_RELEASE = 500
_AHEAD = 2  # batches that wait to be added
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
_ABOUT = ("producer_id", "release_id", "document_id", "person_id", "at")
_COLUMNS = (
    (tables.entries, ("arrival", "entry_id", "leaf", "labelled", "kind", "outcome", *_ABOUT)),
    (tables.disclosures, ("entry_id", "name", "salt", "clear_value")),
    (tables.entry_labels, ("name", "value", "at", "arrival")),
)


@dataclass
class Making:
    """Entries as they would come, the same on each database."""

    count: int
    first: int = 0

    def __post_init__(self) -> None:
        self.chance = Random(2026 + self.first)
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
        return BEGUN + SPAN * (number / self.count)

    def entry(self, number: int) -> Entry:
        chance, release = self.chance, number // _PER_RELEASE
        kind, outcome = chance.choice(self.kinds)
        of_service = kind is EntryKind.LOG_READ
        person = (release * 37 + chance.randrange(40)) % PEOPLE
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
            producer_id=None if of_service else self.producer(release % PRODUCERS),
            release_id=None if of_service else self.release(release),
            document_id=self.document(release) if decided else None,
            said=said,
            sealed={"network": self.network(chance.randrange(NETWORKS))} if decided else {},
        )


@dataclass
class Rows:
    """Rows of the log's tables that go together, with the columns of ``_COLUMNS``."""

    entries: list[tuple[Any, ...]]
    disclosures: list[tuple[Any, ...]]
    labels: list[tuple[Any, ...]]
    newest: int = 0  # order of arrival of the last of them


def made_ahead(made: Making, arrival: int) -> Iterator[Rows]:
    """Give all entries in batches, each made by another process while the one before is added.

    Args:
        arrival: Of the newest entry that is there.
    """
    batches = [range(first, min(first + AT_ONCE, made.count)) for first in range(0, made.count, AT_ONCE)]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        coming = [beside.submit(_batch, made.count, one, arrival + one.start) for one in batches[:_AHEAD]]
        for one in [*batches[_AHEAD:], *[None] * min(_AHEAD, len(batches))]:
            rows = coming.pop(0).result()
            if one is not None:
                coming.append(beside.submit(_batch, made.count, one, arrival + one.start))
            yield rows


def _batch(count: int, numbers: range, arrival: int) -> Rows:
    return rows_of(numbers, Making(count, numbers.start).entry, arrival)


def rows_of(numbers: Sequence[int], entry_of: Callable[[int], Entry], arrival: int) -> Rows:
    """Give the rows that ``log.append`` would add.

    Args:
        arrival: Of the newest entry before them.
    """
    rows = Rows([], [], [])
    chance = Random(numbers[0])
    for number in numbers:
        entry = entry_of(number)
        arrival += 1
        entry_id = f"ent_{chance.randbytes(12).hex()}"
        clear = {"actor": entry.actor_id, **({"person": entry.person_id} if entry.person_id else {}), **entry.sealed}
        salts = {name: chance.randbytes(16) for name in clear}
        leaf = leaf_bytes(entry_id, entry, {name: commitment(salts[name], value) for name, value in clear.items()})
        about = (entry.producer_id, entry.release_id, entry.document_id, entry.person_id, entry.at)
        rows.entries.append((arrival, entry_id, leaf, True, entry.kind.value, entry.outcome.value, *about))
        rows.disclosures += [(entry_id, name, salts[name], value) for name, value in clear.items()]
        rows.labels += [(name, value, entry.at, arrival) for name, value in labels.labels_of(entry.said, clear)]
    rows.newest = arrival
    return rows


def add_many(tools: Tools, numbers: Sequence[int], entry_of: Callable[[int], Entry]) -> None:
    """Add entries as ``log.append`` would, many to a statement."""
    with tools.reading() as connection:
        arrival = looking.newest(connection)
    add_rows(tools, rows_of(numbers, entry_of, arrival))


def add_rows(tools: Tools, rows: Rows) -> None:
    """Add rows in one transaction."""
    with tools.transaction() as tx:
        for (table, names), some in zip(_COLUMNS, (rows.entries, rows.disclosures, rows.labels), strict=True):
            put(tx.connection, table, names, some)
        if not tools.database.is_sqlite:
            tx.connection.execute(
                text("SELECT setval(pg_get_serial_sequence('entries', 'arrival'), :to)"), {"to": rows.newest}
            )
