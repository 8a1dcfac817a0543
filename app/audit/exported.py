"""An exported log, read as somebody else's folder: nothing in it is believed, and nothing besides it is let pass.

The writer has its own way to read and write tiles; this one is separate on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.audit import merkle

WIDTH = 256


class LogRefused(Exception):
    """The log, or the receipt, does not hold.

    Attributes:
        where: The first bad record: an entry by its index, a tile by its path, a line of a file, the checkpoint.
        why: What is wrong with it.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Entries:
    """Reads bundles in order, and keeps the entries if wanted."""

    def __init__(self, keep: bool) -> None:
        """Begin at the first bundle.

        Args:
            keep: Whether to hold on to the entries, in ``kept``.
        """
        self.kept: list[bytes] = []
        self._keep = keep

    def checked(self, folder: Path, index: int, width: int) -> Iterator[bytes]:
        """Give the leaf hashes of one bundle, each compared with the leaf tile before the next is read.

        Args:
            folder: The exported log.
            index: Which bundle, counted from 0.
            width: How many entries it must hold, 1 to 256.

        Raises:
            LogRefused: Names the first entry that is missing, too many, or not what its leaf hash says.
        """
        bundle_path, leaf_path = tile_path("entries", index, width), tile_path(0, index, width)
        first = index * WIDTH
        bundle, tile = read_file(folder, bundle_path), read_tile(folder, leaf_path, width)
        at = 0
        for number in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if end > len(bundle) or at + 2 > len(bundle):
                raise LogRefused(f"entry {first + number}", f"is missing or cut short in {bundle_path}")
            entry, at = bundle[at + 2 : end], end
            leaf = merkle.leaf_hash(entry)
            if leaf != tile[number]:
                raise LogRefused(f"entry {first + number}", f"its bytes in {bundle_path} do not fit {leaf_path}")
            if self._keep:
                self.kept.append(entry)
            yield leaf
        if at != len(bundle):
            raise LogRefused(f"entry {first + width}", f"{bundle_path} holds more than {width} entries")


def check_nothing_besides(folder: Path, size: int) -> None:
    """Refuse any file under tile/ that this size does not need.

    A partial tile left from an earlier checkpoint may stay, if it is the beginning of the tile that took its place.

    Args:
        folder: The exported log.
        size: How many entries its checkpoint covers.

    Raises:
        LogRefused: Names the first file, in the order of paths, that does not belong.
    """
    needed = _needed(size)
    for path in sorted(_files(folder)):
        if path in needed:
            continue
        place, _, width = path.partition(".p/")
        final = next((_path_of(place, wide) for wide in _widths_above(width) if _path_of(place, wide) in needed), None)
        if final is None:
            raise LogRefused(path, f"does not belong to a log of {size} entries")
        earlier, whole = read_file(folder, path), read_file(folder, final)
        if not whole.startswith(earlier) or not _has_width(place, earlier, int(width)):
            raise LogRefused(path, f"is not the beginning of {final}")


def tiles(count: int) -> Iterator[tuple[int, int]]:
    """Name the tiles of one level that holds count hashes, as (index, width)."""
    for start in range(0, count, WIDTH):
        yield start // WIDTH, min(WIDTH, count - start)


def _needed(size: int) -> set[str]:
    needed = {tile_path("entries", index, width) for index, width in tiles(size)}
    level = 0
    while size:
        needed.update(tile_path(level, index, width) for index, width in tiles(size))
        level, size = level + 1, size // WIDTH
    return needed


def tile_path(kind: int | str, index: int, width: int) -> str:
    """Name a hash tile by its level, or an entry bundle by the word entries.

    Source:
        C2SP tlog-tiles, Merkle Tree, Partial Tiles, Log entries
    """
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return _path_of(f"tile/{kind}/" + "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]]), width)


def _path_of(place: str, width: int) -> str:
    return place if width == WIDTH else f"{place}.p/{width}"


def _widths_above(width: str) -> range:
    """Give the widths that can have taken the place of a partial tile; none, if that is no width of one."""
    is_width = width.isascii() and width.isdigit() and str(int(width)) == width and 0 < int(width) < WIDTH
    return range(int(width) + 1, WIDTH + 1) if is_width else range(0)


def _has_width(place: str, content: bytes, width: int) -> bool:
    if not place.startswith("tile/entries/"):
        return len(content) == width * merkle.HASH_BYTES
    count = at = 0
    while at < len(content):
        at += 2 + int.from_bytes(content[at : at + 2], "big")
        count += 1
    return at == len(content) and count == width


def _files(folder: Path) -> Iterator[str]:
    """Name everything under tile/ that is not a plain folder; links are named, not followed."""
    if not (folder / "tile").exists():
        return  # the empty log has no tiles
    for above, folders, files in os.walk(folder / "tile", onerror=_refuse_unreadable):
        links = [name for name in folders if Path(above, name).is_symlink()]
        for name in [*files, *links]:
            yield Path(above, name).relative_to(folder).as_posix()


def _refuse_unreadable(problem: OSError) -> None:
    raise LogRefused(str(problem.filename), f"cannot be read: {problem.strerror}")


def read_file(folder: Path, path: str) -> bytes:
    """Read one file of the folder.

    Raises:
        LogRefused: It is missing, or is no plain file.
    """
    file = folder / path
    if not file.is_file():
        raise LogRefused(path, "is missing")
    try:
        return file.read_bytes()
    except OSError as problem:
        raise LogRefused(path, f"cannot be read: {problem.strerror}") from problem


def read_tile(folder: Path, path: str, width: int) -> list[bytes]:
    """Read the hashes of one tile.

    Raises:
        LogRefused: It is missing, or holds another number of hashes.
    """
    tile = read_file(folder, path)
    if len(tile) != width * merkle.HASH_BYTES:
        raise LogRefused(path, f"has {len(tile)} bytes, not {width * merkle.HASH_BYTES}")
    return [tile[at : at + merkle.HASH_BYTES] for at in range(0, len(tile), merkle.HASH_BYTES)]
