"""Gives entries their dense indexes, in batches, and publishes the tree: tiles and signed checkpoints.

The order is what makes it safe to be killed at any instant. First one transaction gives the indexes and stores the new
checkpoint beside them; only when that stands are tiles and checkpoint written to the folder outside the database. So
the folder is never ahead of the database. A folder that *is* ahead means that the database lost something, and the
service refuses to go on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, table, update
from sqlalchemy.sql import column

from app.audit import merkle
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote
from app.audit.tiles import TileFolder
from app.database import Database
from app.rules.errors import LogDamaged

BATCH = 2000

_ENTRIES = table("entries", column("arrival"), column("leaf"), column("leaf_index"), column("entry_id"))
_STATE = table("log_state", *map(column, ("only", "size", "root", "frontier", "checkpoint")))

SignNote = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class TreeState:
    """The tree as the database knows it."""

    size: int
    root: bytes
    frontier: merkle.Frontier
    checkpoint: str


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
    _turn: threading.Lock = field(default_factory=threading.Lock)

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
        """
        with self._turn:
            with self.database.write() as (connection, _):
                given = self._give_indexes(connection, limit)
            self._publish()
            return given

    def check(self) -> TreeState:
        """Check that database and folder agree, as far as that can be seen without reading every entry.

        Returns:
            The tree as the database knows it.

        Raises:
            LogDamaged: A restored backup, a shortened table, a damaged state, or a missing or foreign checkpoint.
        """
        with self.database.read() as connection:
            state = _state(connection)
            indexed, highest = connection.execute(
                select(func.count(_ENTRIES.c.leaf_index), func.max(_ENTRIES.c.leaf_index))
            ).one()
        if indexed != state.size or (state.size and highest != state.size - 1):
            raise LogDamaged(f"the table of entries holds {indexed} indexed entries, the tree {state.size}")
        published = self.published()
        if published is not None:
            self._check_published(state, published)
        return state

    def published(self) -> Checkpoint | None:
        """Give the checkpoint that lies in the folder, outside the database; None before the first."""
        note = self.tiles.read_checkpoint()
        if note is None:
            return None
        try:
            return Checkpoint.parse(SignedNote.parse(note).text)
        except CheckpointMalformed as error:
            raise LogDamaged(f"the published checkpoint cannot be read: {error}") from error

    def _give_indexes(self, connection: Connection, limit: int) -> int:
        state = _state(connection, lock=not self.database.is_sqlite)
        waiting = connection.execute(
            select(_ENTRIES.c.arrival, _ENTRIES.c.leaf)
            .where(_ENTRIES.c.leaf_index.is_(None))
            .order_by(_ENTRIES.c.arrival)
            .limit(limit)
        ).all()
        if not waiting:
            return 0
        frontier = state.frontier
        for row in waiting:
            frontier.append(merkle.leaf_hash(bytes(row.leaf)))
        connection.execute(
            update(_ENTRIES).where(_ENTRIES.c.arrival == bindparam("of")).values(leaf_index=bindparam("gets")),
            [{"of": row.arrival, "gets": state.size + offset} for offset, row in enumerate(waiting)],
        )
        connection.execute(update(_STATE), _state_row(frontier, self._signed(frontier)))
        return len(waiting)

    def _publish(self) -> None:
        with self.database.read() as connection:
            state = _state(connection)
            published = self.published()
            behind = published.size if published else 0
            self._check_published(state, published) if published else None
            if published is not None and behind == state.size:
                return
            for start in range(behind, state.size, BATCH):
                self._write_tiles(start, _leaves(connection, start, min(start + BATCH, state.size)))
        if self._folder_root(state.size) != state.root:
            raise LogDamaged("the tiles do not give the root that the database holds")
        self.tiles.write_checkpoint(state.checkpoint)
        self.tiles.remove_outgrown(state.size, since=behind)

    def _write_tiles(self, start: int, leaves: Sequence[bytes]) -> None:
        self.tiles.write_range(start, [merkle.leaf_hash(leaf) for leaf in leaves], list(leaves))

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


def _leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    rows = connection.execute(
        select(_ENTRIES.c.leaf)
        .where(_ENTRIES.c.leaf_index >= start, _ENTRIES.c.leaf_index < end)
        .order_by(_ENTRIES.c.leaf_index)
    ).all()
    if len(rows) != end - start:
        raise LogDamaged(f"entries between index {start} and {end} are missing from the table")
    return [bytes(row.leaf) for row in rows]
