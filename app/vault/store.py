"""The object store: sealed bytes under random names in one directory.

A sealed document is written once and never changed; its escrowed key gives way to another, whole, when it is sealed to
another recipient. An object is there whole and durable, or not at all. Nothing here is trusted to be unaltered: that is
what the seal is for.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from app.rules.errors import Code, Conflict, SealBroken, Unavailable
from app.vault.names import ESCROW_SUFFIX as ESCROW_SUFFIX
from app.vault.names import OWNER_NAME, UNFINISHED_SUFFIX, demand_object_name, demand_owner, demand_some, is_object_name
from app.vault.names import new_name as new_name


class LocalSource:
    """One stored object, open for reading at any place. Close it, or use it in a ``with`` block."""

    def __init__(self, descriptor: int, size_bytes: int) -> None:
        self._descriptor: int | None = descriptor
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """Length of the object when it was opened."""
        return self._size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """Give the bytes from offset on; fewer than length only at the end of the object.

        Raises:
            Unavailable: the disk did not give them, or the source is closed.
        """
        if self._descriptor is None:
            raise Unavailable("The stored object is closed already.")
        pieces: list[bytes] = []
        while length > 0:
            with _answering("read"):
                piece = os.pread(self._descriptor, length, offset)
            if not piece:
                break
            pieces.append(piece)
            offset, length = offset + len(piece), length - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Let go of the file. Closing twice does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> LocalSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class LocalStore:
    """Objects as files in one directory, which is made (for the owner alone) when it is missing.

    Args:
        root: The directory. Nothing else may keep files in it.
    """

    where = "a folder of this machine"

    def __init__(self, root: Path) -> None:
        with _answering("made"):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store an object under a name that is not taken yet.

        The bytes go to an unfinished file beside it, which is flushed to the disk and then renamed; whatever goes
        wrong on the way, in ``chunks`` or on the disk, leaves no object behind.

        Args:
            name: From ``new_name``, perhaps with ``ESCROW_SUFFIX``.
            chunks: The bytes, in pieces of any size.

        Returns:
            How many bytes were stored, durably.

        Raises:
            Conflict: the name is taken (code ``already_exists``).
            Unavailable: the disk refused, for example because it is full.
            SealBroken: not an object name.
        """
        return self._store(name, chunks, replaces=False)

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store an object under a name that may be taken; what was there gives way in one step.

        At each moment, a crash included, either the old object lies there or the new one, whole. After ``Unavailable``
        it may be either.

        Args:
            name: From ``new_name``, perhaps with ``ESCROW_SUFFIX``.
            chunks: The bytes, in pieces of any size.

        Returns:
            How many bytes were stored, durably.

        Raises:
            Conflict: somebody else is storing this very object (code ``already_exists``).
            Unavailable: the disk refused, for example because it is full.
            SealBroken: not an object name.
        """
        with _answering("stored"):
            _remove_if_abandoned(self._unfinished(self._path(name)))  # of one who died on the way
        return self._store(name, chunks, replaces=True)

    def _store(self, name: str, chunks: Iterable[bytes], *, replaces: bool) -> int:
        final = self._path(name)
        unfinished = self._unfinished(final)
        descriptor = self._begin(final, unfinished, replaces=replaces)
        written: Path | None = unfinished
        try:
            stored_bytes = _write_all(descriptor, chunks)
            with _answering("stored"):
                os.fsync(descriptor)
                unfinished.rename(final)
                written = None if replaces else final
                self._sync_directory()
        except BaseException:  # a stopped request (GeneratorExit, KeyboardInterrupt) must leave nothing either
            if written is not None:
                with suppress(OSError):
                    written.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        return stored_bytes

    def open(self, name: str) -> LocalSource:
        """Open an object for reading.

        Returns:
            A source; the caller closes it.

        Raises:
            SealBroken: the object is missing, or the name is not an object name.
            Unavailable: the disk did not answer.
        """
        path = self._path(name)
        try:
            with _answering("opened"):
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                size_bytes = os.fstat(descriptor).st_size
        except Unavailable as error:
            if _number(error) in (errno.ENOENT, errno.ELOOP):
                raise SealBroken("The sealed file is missing.", stage="missing") from None
            raise
        return LocalSource(descriptor, size_bytes)

    def remove(self, name: str) -> None:
        """Remove an object, durably. One that is not there is removed already.

        Raises:
            Unavailable: the disk refused; the object may still be there.
            SealBroken: not an object name.
        """
        with _answering("removed"):
            self._path(name).unlink(missing_ok=True)
            self._sync_directory()

    def names(self, *, before: datetime | None = None) -> list[str]:
        """Give the names of all whole objects, sorted; or of those finished before an instant alone. Aware."""
        with _answering("listed"):
            whole = [path for path in self._root.iterdir() if is_object_name(path.name)]
            if before is not None:
                whole = [path for path in whole if path.stat().st_mtime < before.timestamp()]
        return sorted(path.name for path in whole)

    def sweep_unfinished(self) -> int:
        """Remove what a process that died while storing has left. Leaves alone what is being written right now.

        Returns:
            How many unfinished files were removed.
        """
        swept = 0
        with _answering("swept"):
            for path in sorted(self._root.iterdir()):
                if path.suffix == UNFINISHED_SUFFIX and is_object_name(path.name.removesuffix(UNFINISHED_SUFFIX)):
                    swept += _remove_if_abandoned(path)
        return swept

    def claim(self, owner: str, *, known: Collection[str] = ()) -> None:
        """Say whose documents lie here, and make sure that nobody else's do.

        Whoever serves removes objects that no record of theirs knows. With the records of another service, that would
        be every document.

        Args:
            owner: What tells one service from all others, in ASCII.
            known: Names of objects of which at least one must lie in a place that nobody has claimed yet; none, where
                it may be a new one.

        Raises:
            Broken: they belong to another service, or nothing of what is known lies there.
            Unavailable: the disk refused.
        """
        final = self._root / OWNER_NAME
        with _answering("made"):
            if not final.exists():
                demand_some(known, self.names() if known else ())
                self._say_whose(final, owner)
            found = final.read_bytes()
        demand_owner(found, owner)

    def _say_whose(self, final: Path, owner: str) -> None:
        """Write the owner's file, whole or not at all; the first one to do so is the owner."""
        unfinished = final.with_name(f"{OWNER_NAME}.{new_name()}")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, owner.encode("ascii"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.link(unfinished, final)
            except FileExistsError:
                pass
            except OSError:  # a file system without links; of two who come at the same moment the last is the owner
                unfinished.rename(final)
            self._sync_directory()
        finally:
            unfinished.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._root / demand_object_name(name)

    def _unfinished(self, final: Path) -> Path:
        return final.with_name(final.name + UNFINISHED_SUFFIX)

    def _begin(self, final: Path, unfinished: Path, *, replaces: bool) -> int:
        """Take the name: whoever holds the unfinished file is the only one who may make the final one."""
        try:
            with _answering("stored"):
                descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except Unavailable as error:
            if _number(error) == errno.EEXIST:
                raise Conflict("An object of this name is being stored.", code=Code.ALREADY_EXISTS) from None
            raise
        try:
            with _answering("stored"):
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # let go by the kernel if we die: see sweep_unfinished
            if os.fstat(descriptor).st_nlink == 0:
                raise Unavailable("The unfinished file was swept away at the moment it was made.")
            if not replaces and final.exists():
                raise Conflict("An object of this name is stored already.", code=Code.ALREADY_EXISTS)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        return descriptor

    def _sync_directory(self) -> None:
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, chunks: Iterable[bytes]) -> int:
    total = 0
    for chunk in chunks:  # outside the block below: an error of the chunks is theirs, not the disk's
        rest = memoryview(chunk)
        while len(rest):
            with _answering("stored"):
                rest = rest[os.write(descriptor, rest) :]
        total += len(chunk)
    return total


def _remove_if_abandoned(unfinished: Path) -> int:
    try:
        descriptor = os.open(unfinished, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unfinished.unlink(missing_ok=True)
    except BlockingIOError:
        return 0
    finally:
        os.close(descriptor)
    return 1


@contextmanager
def _answering(what: str) -> Iterator[None]:
    """Turn an error of the disk into ours. The error number alone is passed on: a path is nobody's business."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "no reason given"
        raise Unavailable(f"The stored object could not be {what}: {reason}.") from error


def _number(error: Unavailable) -> int | None:
    return error.__cause__.errno if isinstance(error.__cause__, OSError) else None
