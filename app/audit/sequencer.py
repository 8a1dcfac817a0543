"""Gives entries their dense indexes, in batches, and publishes the tree: tiles and signed checkpoints.

The order is what makes it safe to be killed at any instant. First one transaction gives the indexes and stores the new
checkpoint beside them; only when that stands are tiles and checkpoint written to the folder outside the database. So
the folder is never ahead of the database. A folder that *is* ahead means that the database lost something, and the
service refuses to go on. No entry but the first has an index before a checkpoint is published: so a tree of more than
one entry without a checkpoint means that the folder was lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, table, update
from sqlalchemy.sql import column

from app.audit import beside, merkle, places
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote
from app.audit.tiles import TILE_LEVELS, TILE_WIDTH, TileFolder
from app.database import Database
from app.rules.errors import LogDamaged, Unavailable

BATCH = 2000
PART = 64  # bundles that one turn of the running check goes through

_ENTRIES = table("entries", column("arrival"), column("leaf"), column("leaf_index"))
_STATE = table("log_state", *map(column, ("only", "size", "root", "frontier", "checkpoint")))

SignNote = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class TreeState:
    """The tree as the database knows it."""

    size: int
    root: bytes
    frontier: merkle.Frontier
    checkpoint: str


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries from one place on: their leaves, and the hashes of these."""

    start: int
    leaves: list[bytes]
    hashes: list[bytes]


@dataclass
class Sequencer:
    """Sequences one database's entries into one folder of tiles.

    Attributes:
        origin: The log's name in its checkpoints.
        sign_note: Signs a checkpoint's text into a C2SP signed note.
    """

    database: Database
    tiles: TileFolder
    origin: str
    sign_note: SignNote

    def begin(self, connection: Connection) -> None:
        """Begin an empty log, inside the caller's transaction. Done once, by ``pra init``.

        Raises:
            LogDamaged: A log has been begun already, in the database or in the folder.
        """
        if connection.execute(select(func.count()).select_from(_STATE)).scalar_one():
            raise LogDamaged("the log has been begun already")
        if self.tiles.read_checkpoint() is not None:
            raise LogDamaged("the folder of the log holds a checkpoint, but the database holds no log")
        frontier = merkle.Frontier()
        connection.execute(insert(_STATE), _state_row(frontier, self._signed(frontier)))

    def integrate(self, limit: int = BATCH) -> int:
        """Give the waiting entries their indexes and publish the new tree.

        Args:
            limit: At most so many entries.

        Returns:
            How many entries were given an index.

        Raises:
            LogDamaged: The stored tree and the published one contradict each other; nothing is signed.
            Unavailable: The folder cannot be written, for example because the disk is full; it is made up for later.
        """
        given = self._publish_first() + self._number(limit)
        self._publish_alone()
        return given

    def integrate_all(self) -> int:
        """Give every entry that is waiting now its index, and publish the tree.

        What comes meanwhile waits for the next time, so that this ends however much comes. Of a long queue, what has
        its indexes is published while the next batch is given its own: the one is work of the database, the other of
        this process and the disk. Publishing is never more than one batch behind.

        Returns:
            How many entries were given an index.

        Raises:
            LogDamaged: The stored tree and the published one contradict each other; nothing further is published.
            Unavailable: The folder cannot be written, for example because the disk is full; it is made up for later.
        """
        first, batch = self._publish_first(), self._number(BATCH)
        given = first + batch
        if batch == BATCH:
            with ThreadPoolExecutor(1, thread_name_prefix="pra-publish") as beside:
                while batch == BATCH:
                    publishing = beside.submit(self._publish_alone)
                    batch = self._number(BATCH)
                    publishing.result()
                    given += batch
        self._publish_alone()
        return given

    def _publish_first(self) -> int:
        """Where nothing is published yet, publish the log's first entry alone."""
        if self.published() is not None:
            return 0
        given = self._number(1)
        self._publish_alone()
        return given

    def _number(self, limit: int) -> int:
        with self.database.write() as (connection, _):
            return self._give_indexes(connection, limit)

    def _publish_alone(self) -> None:
        try:
            with self.tiles.alone():
                self._publish()
        except OSError as error:
            raise Unavailable("the folder of the published log cannot be written") from error

    def check(self, *, counting: bool = True) -> TreeState:
        """Check that database and folder agree, as far as that can be seen without reading every entry.

        Args:
            counting: Count the entries too, which takes a while in a log of millions.

        Returns:
            The tree as the database knows it.

        Raises:
            LogDamaged: A restored backup, a shortened table, a damaged state, or a missing or foreign checkpoint.
        """
        published = self.published()  # before the database is asked, which so has all that it covers
        with self.database.read(apart=True) as connection:
            state = _state(connection)
            highest = places.highest(connection)
            indexed = places.counted(connection, state.size) if counting else state.size
        if indexed != state.size or (state.size and highest != state.size - 1):
            raise LogDamaged(f"the table of entries holds {indexed} indexed entries, the tree {state.size}")
        # The log's first entry may still be on its way, and the first checkpoint may have come in the meantime.
        if published is None and state.size > 1 and self.published() is None:
            raise _unpublished(state)
        if published is not None:
            self._check_published(state, published)
        return state

    def check_entries(self, turn: int) -> None:
        """Check published entries and their tiles against the database, a part at a time, and always the newest.

        Args:
            turn: Counts up with each call: a log of many parts is gone through in as many turns.

        Raises:
            LogDamaged: An entry, or its hash in a tile, is not the same in both; or what auditors search by is not what
                the entry says.
        """
        published = self.published()
        if published is None or published.size == 0:
            return
        bundles = -(-published.size // TILE_WIDTH)
        parts = -(-bundles // PART)
        with self.database.read(apart=True) as connection:
            for part in sorted({turn % parts, parts - 1}):
                for bundle in range(part * PART, min((part + 1) * PART, bundles)):
                    self._check_bundle(connection, bundle, published.size)

    def published(self) -> Checkpoint | None:
        """Give the checkpoint that lies in the folder, outside the database; None before the first."""
        try:
            note = self.tiles.read_checkpoint()
            return None if note is None else Checkpoint.parse(SignedNote.parse(note).text)
        except (CheckpointMalformed, OSError) as error:
            raise LogDamaged(f"the published checkpoint cannot be read: {error}") from error

    def _give_indexes(self, connection: Connection, limit: int) -> int:
        state = _state(connection, lock=not self.database.is_sqlite)
        if state.size < 2 and self.published() is None:
            limit = min(limit, 1 - state.size)
        waiting = places.oldest_waiting(connection, limit)
        if not waiting:
            return 0
        frontier = state.frontier
        frontier.extend(merkle.leaf_hash(leaf) for _, leaf in waiting)
        places.give(connection, [arrival for arrival, _ in waiting], state.size)
        connection.execute(update(_STATE), _state_row(frontier, self._signed(frontier)))
        return len(waiting)

    def _publish(self) -> None:
        with self.database.read(apart=True) as connection:
            state = _state(connection)
            published = self.published()
            if published is None and state.size > 1:
                raise _unpublished(state)
            behind = published.size if published else 0
            self._check_published(state, published) if published else None
            if published is not None and behind == state.size:
                return
            once = state.size - behind <= BATCH  # nearly always: then they are read once for both
            kept = list(_batches(connection, behind, state.size)) if once else None
            self._demand_continued(kept or _batches(connection, behind, state.size), behind, state)
            for batch in kept or _batches(connection, behind, state.size):
                self.tiles.write_range(batch.start, batch.hashes, batch.leaves)
        if self._folder_root(state.size) != state.root:
            raise LogDamaged("the tiles do not give the root that the database holds")
        self.tiles.write_checkpoint(state.checkpoint)
        self.tiles.remove_outgrown(state.size, since=behind)

    def _check_bundle(self, connection: Connection, bundle: int, size: int) -> None:
        start = bundle * TILE_WIDTH
        width = min(TILE_WIDTH, size - start)
        leaves = _leaves(connection, start, start + width)
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        try:
            same = self.tiles.read_bundle(bundle, width) == leaves
            same = same and self.tiles.read_tile(0, bundle, width) == b"".join(hashes)
            same = same and (width < TILE_WIDTH or self.tiles.node(TILE_LEVELS, bundle) == merkle.root_of(hashes))
        except OSError as error:
            raise LogDamaged(f"the tiles from entry {start} on cannot be read") from error
        if not same:
            raise LogDamaged(
                f"entries {start} to {start + width - 1} are not the same in the database and in the tiles"
            )
        beside.demand_all_same(connection, start, start + width)

    def _check_published(self, state: TreeState, published: Checkpoint) -> None:
        if published.origin != self.origin:
            raise LogDamaged("the published checkpoint belongs to another log")
        if published.size > state.size:
            raise LogDamaged(
                f"the published checkpoint covers {published.size} entries, the database only {state.size}: "
                "the database has lost entries, or an old backup was restored"
            )
        if published.size == state.size and published.root != state.root:
            raise LogDamaged("the published checkpoint and the database disagree about the same tree")
        if self._folder_root(published.size) != published.root:
            raise LogDamaged("the tiles do not give the root of the published checkpoint")

    def _demand_continued(self, batches: Iterable[_Batch], behind: int, state: TreeState) -> None:
        """Stop, before anything is written, unless the new entries behind the published ones make the stored tree.

        Of a database that lost entries and was given others, tiles would be written that nothing could ever take back.
        """
        frontier = merkle.Frontier.of_tree(behind, self.tiles.node)  # they were just found to be as published
        for batch in batches:
            frontier.extend(batch.hashes)
        if frontier.root() != state.root:
            raise LogDamaged(
                f"the published log of {behind} entries is not how the {state.size} entries of the database begin: the "
                "database has lost entries and was given others, or an entry was altered"
            )

    def _folder_root(self, size: int) -> bytes:
        try:
            return merkle.root_from(size, self.tiles.node)
        except (merkle.ProofFailed, OSError) as error:
            raise LogDamaged(f"the tiles of the first {size} entries cannot be read: {error}") from error

    def _signed(self, frontier: merkle.Frontier) -> str:
        return self.sign_note(Checkpoint(self.origin, frontier.size, frontier.root()).to_text())


def _state(connection: Connection, *, lock: bool = False) -> TreeState:
    query = select(_STATE)
    row: Row[Any] | None = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise LogDamaged("no log has been begun in this database; `pra init` begins one")
    try:
        frontier = merkle.Frontier.restored(row.size, [bytes.fromhex(node) for node in json.loads(row.frontier)])
    except ValueError as error:
        raise LogDamaged("the stored state of the tree cannot be read") from error
    if frontier.root() != bytes(row.root):
        raise LogDamaged("the stored state of the tree contradicts itself")
    return TreeState(row.size, bytes(row.root), frontier, row.checkpoint)


def _state_row(frontier: merkle.Frontier, checkpoint: str) -> dict[str, Any]:
    return {
        "only": 1,
        "size": frontier.size,
        "root": frontier.root(),
        "frontier": json.dumps([node.hex() for node in frontier.hashes()]),
        "checkpoint": checkpoint,
    }


def _unpublished(state: TreeState) -> LogDamaged:
    return LogDamaged(f"the database holds a tree of {state.size} entries, but no checkpoint is published")


def _batches(connection: Connection, start: int, end: int) -> Iterator[_Batch]:
    for first in range(start, end, BATCH):
        leaves = _leaves(connection, first, min(first + BATCH, end))
        yield _Batch(first, leaves, [merkle.leaf_hash(leaf) for leaf in leaves])


def _leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    rows = connection.execute(places.between(_ENTRIES, start, end, ["leaf"])).all()
    if len(rows) != end - start:
        raise LogDamaged(f"entries between index {start} and {end} are missing from the table")
    return [bytes(row.leaf) for row in rows]
