"""The log as a folder of tiles, for the writer: C2SP tlog-tiles, paths and bytes.

Tiles hold 256 hashes of 32 bytes, entry bundles 256 entries, each behind its length in two bytes, most significant
first. The rightmost ones are partial. Nothing written is ever written differently: a file that is already there must
hold the same bytes, or the log is damaged.

The order that makes a crash harmless: indexes durable in the database, then :meth:`TileFolder.write_range`, then
:meth:`TileFolder.write_checkpoint`, then :meth:`TileFolder.remove_outgrown`. Each may be repeated.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.audit import durable
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote
from app.audit.merkle import HASH_BYTES, leaf_hash, root_from, root_of
from app.rules.errors import LogDamaged

TILE_WIDTH = 256
TILE_LEVELS = 8  # a tile spans eight levels of the tree
ENTRY_LIMIT_BYTES = 65_535


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Name the file of a tile, or with level ``"entries"`` of an entry bundle, relative to the log's folder.

    Args:
        level: Tile level, 0 to 63; or the word entries.
        index: Which tile of its level, counted from 0.
        width: 1 to 256; less than 256 names a partial tile.

    Source:
        C2SP tlog-tiles, Merkle Tree, Partial Tiles, Log entries
    """
    name = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03d}/{name}"
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{name}{partial}"


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Name every hash tile of a tree as (level, index, width); level 0 also names the entry bundles."""
    level = 0
    while (count := size >> TILE_LEVELS * level) > 0:
        for start in range(0, count, TILE_WIDTH):
            yield level, start // TILE_WIDTH, min(TILE_WIDTH, count - start)
        level += 1


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Write entries as a bundle.

    Raises:
        ValueError: An entry is longer than two bytes of length can say.

    Source:
        C2SP tlog-tiles, Log entries
    """
    if any(len(entry) > ENTRY_LIMIT_BYTES for entry in entries):
        raise ValueError(f"an entry is longer than {ENTRY_LIMIT_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def bundle_entries(bundle: bytes) -> list[bytes]:
    """Read a bundle's entries back.

    Raises:
        LogDamaged: The bundle ends inside an entry.
    """
    entries = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at + 2 > len(bundle) or end > len(bundle):
            raise LogDamaged("an entry bundle ends inside an entry")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


class TileFolder:
    """A log's tiles and checkpoint on a local disk. One writer at a time; any number of readers."""

    def __init__(self, root: Path) -> None:
        """Take a folder; nothing is read or made until asked.

        Args:
            root: The folder that holds, or will hold, ``checkpoint`` and ``tile/``.
        """
        self._root = root

    @property
    def folder(self) -> Path:
        """Where the log lies."""
        return self._root

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other writer out, those of other processes too, while the block runs.

        Raises:
            OSError: The folder cannot be made or opened.
        """
        durable.make_folder(self._root)
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # let go by the kernel if we die
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def write_range(self, old_size: int, new_leaf_hashes: Sequence[bytes], new_entries: Sequence[bytes]) -> int:
        """Write every tile and bundle, whole and partial, that the grown log needs and the old one did not.

        May be repeated after a crash, with the same entries. When it returns, the files are durable.

        Args:
            old_size: How many entries the folder already holds.
            new_leaf_hashes: Their 32-byte leaf hashes, in order.
            new_entries: The entries themselves, as many.

        Returns:
            The new size.

        Raises:
            LogDamaged: A hash is not that of its entry, an earlier tile is missing, or a file holds other bytes.
        """
        if len(new_leaf_hashes) != len(new_entries):
            raise LogDamaged(f"{len(new_leaf_hashes)} leaf hashes for {len(new_entries)} entries")
        for number, (leaf, entry) in enumerate(zip(new_leaf_hashes, new_entries, strict=True)):
            if leaf_hash(entry) != leaf:
                raise LogDamaged(f"the leaf hash of entry {old_size + number} is not that of its bytes")
        new_size, files = old_size + len(new_entries), dict[str, bytes]()
        for index, start, width in _touched(old_size, new_size):
            known = max(0, old_size - start)
            fresh = slice(start + known - old_size, start + width - old_size)
            entries = [*self.read_bundle(index, known), *new_entries[fresh]]
            files[tile_path("entries", index, width)] = bundle_bytes(entries)
            files[tile_path(0, index, width)] = self.read_tile(0, index, known) + b"".join(new_leaf_hashes[fresh])
        self._write_once(files)
        self._write_higher(old_size, new_size)
        return new_size

    def read_tile(self, level: int, index: int, width: int = TILE_WIDTH) -> bytes:
        """Give the first ``width`` hashes of a tile, joined; of no width, nothing.

        Raises:
            LogDamaged: No tile of at least that width is there, or it is not as long as its name says.
        """
        if width == 0:
            return b""
        found, content = self._read_widest(level, index, width)
        if len(content) != found * HASH_BYTES:
            raise LogDamaged(f"{tile_path(level, index, found)} has {len(content)} bytes")
        return content[: width * HASH_BYTES]

    def read_bundle(self, index: int, width: int = TILE_WIDTH) -> list[bytes]:
        """Give the first ``width`` entries of a bundle.

        Raises:
            LogDamaged: No bundle of at least that width is there, or it holds another number of entries.
        """
        if width == 0:
            return []
        found, content = self._read_widest("entries", index, width)
        entries = bundle_entries(content)
        if len(entries) != found:
            raise LogDamaged(f"{tile_path('entries', index, found)} holds {len(entries)} entries")
        return entries[:width]

    def node(self, level: int, index: int) -> bytes:
        """Give the hash of a complete subtree, for proofs; see :data:`app.audit.merkle.NodeSource`.

        Raises:
            LogDamaged: The tile it is computed from is missing.
        """
        tile_level, rise = divmod(level, TILE_LEVELS)
        tile_index, offset = divmod(index << rise, TILE_WIDTH)
        tile = self.read_tile(tile_level, tile_index, offset + (1 << rise))
        return root_of(_hashes(tile)[offset:])

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Give the entries from start up to, not including, end.

        Raises:
            LogDamaged: One of them is missing.
        """
        for index, first, width in _touched(start, end):
            yield from self.read_bundle(index, width)[max(0, start - first) :]

    def leaf_hashes(self, start: int, end: int) -> Iterator[bytes]:
        """Give the leaf hashes from start up to, not including, end.

        Raises:
            LogDamaged: One of them is missing.
        """
        for index, first, width in _touched(start, end):
            yield from _hashes(self.read_tile(0, index, width))[max(0, start - first) :]

    def root(self, size: int) -> bytes:
        """Give the root of the first ``size`` leaves, from the tiles.

        Raises:
            LogDamaged: A tile is missing.
        """
        return root_from(size, self.node)

    def write_checkpoint(self, note: str) -> None:
        """Put a signed checkpoint in the place of the last one, durably.

        Raises:
            LogDamaged: It is malformed, or of another origin, or smaller than the last one, or of the same size with
                another root.
        """
        new = _checkpoint(note)
        last_note = self.read_checkpoint()
        if last_note is not None:
            last = _checkpoint(last_note)
            if new.origin != last.origin or new.size < last.size or (new.size == last.size and new.root != last.root):
                raise LogDamaged(f"the checkpoint at {new.size} contradicts the last one, at {last.size}")
        durable.write_whole(self._root / "checkpoint", note.encode(), self._root / ".writing")

    def read_checkpoint(self) -> str | None:
        """Give the signed checkpoint, or None before there is one. Its signature is not checked here."""
        try:
            return (self._root / "checkpoint").read_bytes().decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as problem:
            raise LogDamaged("the checkpoint file is not UTF-8") from problem

    def remove_outgrown(self, size: int, since: int = 0) -> None:
        """Remove the partial tiles and bundles of every whole tile of a log of this size.

        Call it when the checkpoint of that size is durable, not before: until then a reader may need them.

        Args:
            size: What the durable checkpoint covers.
            since: The size up to which it has been done before; 0 looks at every tile.

        Raises:
            LogDamaged: A whole tile is missing; its partial ones are left.

        Source:
            C2SP tlog-tiles, Partial Tiles
        """
        level = 0
        while (count := size >> TILE_LEVELS * (level + 1)) > 0:
            for index in range(since >> TILE_LEVELS * (level + 1), count):
                for kind in (level, "entries") if level == 0 else (level,):
                    self._remove_partials(kind, index)
            level += 1

    def export(self, target: Path, note: str) -> None:
        """Copy the log as it stood at a signed checkpoint: exactly that size's tiles, then the checkpoint.

        Args:
            target: A folder that is empty or does not exist.
            note: The signed checkpoint.

        Raises:
            LogDamaged: A tile is missing, or the tiles' root is not the checkpoint's.
        """
        checkpoint = _checkpoint(note)
        if self.root(checkpoint.size) != checkpoint.root:
            raise LogDamaged(f"the tiles' root at {checkpoint.size} is not the checkpoint's")
        copy = TileFolder(target)
        for level, index, width in tiles_of(checkpoint.size):
            files = {tile_path(level, index, width): self.read_tile(level, index, width)}
            if level == 0:
                files[tile_path("entries", index, width)] = bundle_bytes(self.read_bundle(index, width))
            copy._write_once(files)
        copy.write_checkpoint(note)
        (target / ".writing").rmdir()

    def _write_higher(self, old_size: int, new_size: int) -> None:
        """Write the tiles above the leaves. A hash there is the root of a whole tile below."""
        level = 1
        while (new_count := new_size >> TILE_LEVELS * level) > 0:
            old_count = old_size >> TILE_LEVELS * level
            for index, start, width in _touched(old_count, new_count):
                known = max(0, old_count - start)
                below = (self.read_tile(level - 1, start + number) for number in range(known, width))
                fresh = b"".join(root_of(_hashes(tile)) for tile in below)
                self._write_once({tile_path(level, index, width): self.read_tile(level, index, known) + fresh})
            level += 1

    def _read_widest(self, kind: int | str, index: int, width: int) -> tuple[int, bytes]:
        """Read the narrowest file that is wide enough: the partial asked for, a wider one, or the whole tile."""
        partials = self._partials(kind, index)
        for found in [*(wide for wide in partials if wide >= width), TILE_WIDTH]:
            try:
                return found, (self._root / tile_path(kind, index, found)).read_bytes()
            except FileNotFoundError:
                continue  # removed as outgrown since it was listed; a wider one is there
        raise LogDamaged(f"{tile_path(kind, index, width)} is missing")

    def _partials(self, kind: int | str, index: int) -> list[int]:
        try:
            return sorted(int(path.name) for path in (self._root / (tile_path(kind, index) + ".p")).iterdir())
        except FileNotFoundError:
            return []  # never there, or removed as outgrown: the whole tile is there then

    def _remove_partials(self, kind: int | str, index: int) -> None:
        if not (self._root / tile_path(kind, index)).is_file():
            raise LogDamaged(f"{tile_path(kind, index)} is missing")
        for width in self._partials(kind, index):
            (self._root / tile_path(kind, index, width)).unlink(missing_ok=True)
        if (folder := self._root / (tile_path(kind, index) + ".p")).is_dir():
            folder.rmdir()

    def _write_once(self, files: Mapping[str, bytes]) -> None:
        fresh: list[tuple[Path, bytes]] = []
        for path, content in files.items():
            target = self._root / path
            if not target.is_file():
                fresh.append((target, content))
            elif target.read_bytes() != content:
                raise LogDamaged(f"{path} already holds other bytes")
            else:
                durable.sync_folder(target.parent)  # whoever wrote it may have died before its name was durable
        # Not in tile/: what a crash leaves is never taken for a tile.
        durable.write_many(fresh, self._root / ".writing")


def _touched(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Name the tiles that hold positions from start up to end, as (index, first position, width up to end)."""
    if start < end:
        for index in range(start // TILE_WIDTH, (end - 1) // TILE_WIDTH + 1):
            first = index * TILE_WIDTH
            yield index, first, min(TILE_WIDTH, end - first)


def _hashes(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def _checkpoint(note: str) -> Checkpoint:
    try:
        return Checkpoint.parse(SignedNote.parse(note).text)
    except CheckpointMalformed as problem:
        raise LogDamaged(f"the checkpoint is malformed: {problem}") from problem
