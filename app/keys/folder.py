"""Private files in a private folder: read strictly, written whole or not at all.

The ring trusts what lies in its folder, so nobody but the service's own operating-system identity may look or write
there. A file that others could read is treated as a key already lost, not as a warning.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.rules.errors import Broken, KeyMissing

FOLDER_MODE = 0o700
FILE_MODE = 0o600
MAX_FILE_BYTES = 16_384
_ANYONE_ELSE = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def locked(folder: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold the folder's lock, so that one process at a time changes the ring.

    Args:
        folder: An existing folder.
        exclusive: True to change something, False to read a consistent picture.

    Yields:
        Nothing; the lock is held inside the block and ends with it, or with the process.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def demand_own_folder(folder: Path) -> os.stat_result:
    """Refuse a key folder that is missing, is not a folder of its own, or belongs to someone else.

    Args:
        folder: Where the ring lies or shall lie.

    Returns:
        What the file system says of the folder.

    Raises:
        KeyMissing: There is no such folder.
        Broken: It is a link or a file, or belongs to another identity.
    """
    try:
        found = folder.lstat()
    except FileNotFoundError:
        raise KeyMissing(
            f"There is no key ring at {folder}. Restore it from its backup; "
            "only for a new service does `pra init` make one."
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise Broken(f"The key ring {folder} is not a folder of its own (a link or a file lies there).")
    _demand_owner(folder, found)
    return found


def demand_private_folder(folder: Path) -> None:
    """Refuse a key folder that is missing, is not a folder, or is open to anyone else.

    Args:
        folder: Where the ring should lie.

    Raises:
        KeyMissing: There is no such folder.
        Broken: It is a link or a file, belongs to another identity, or its mode lets others in.
    """
    found = demand_own_folder(folder)
    if found.st_mode & _ANYONE_ELSE:
        raise Broken(f"The key ring {folder} is open to others (mode {_mode(found)}). Run `chmod 700 {folder}`.")


def read_private(path: Path) -> bytes:
    """Read one file that only we may read or write.

    Args:
        path: A file in the ring's folder.

    Returns:
        Its bytes, at most 16,384.

    Raises:
        KeyMissing: There is no such file.
        Broken: It is a link or no plain file, others may read or write it, or it is larger than any key.
    """
    return _read(path, forbidden=_ANYONE_ELSE)


def read_unforgeable(path: Path) -> bytes | None:
    """Read one file that anyone may know but only we may change.

    Args:
        path: A file in the ring's folder.

    Returns:
        Its bytes, at most 16,384, or None when there is no such file.

    Raises:
        Broken: It is a link or no plain file, others may write it, or it is larger than any key.
    """
    try:
        return _read(path, forbidden=_OTHERS_WRITE)
    except KeyMissing:
        return None


def write_private(path: Path, content: bytes) -> None:
    """Write one private file so that after a crash there is either the old one or the new one, whole.

    Args:
        path: Where it shall lie; whatever lay there is replaced.
        content: All its bytes.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    try:
        try:
            os.fchmod(descriptor, FILE_MODE)
            _write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names that were added to, or removed from, the folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, *, forbidden: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeyMissing(f"{path} is missing. Restore it from the backup; `pra init` makes a whole new ring.") from None
    except OSError as why:
        raise Broken(f"{path} cannot be read: {why.strerror}.") from None
    try:
        # Judged by the open file, not by its name, which could be exchanged between the look and the read.
        _demand_closed_to_others(path, os.fstat(descriptor), forbidden)
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_FILE_BYTES:
        raise Broken(f"{path} is larger than any key.")
    return content


def _demand_closed_to_others(path: Path, found: os.stat_result, forbidden: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Broken(f"{path} is not a plain file.")
    _demand_owner(path, found)
    if found.st_mode & forbidden:
        raise Broken(f"{path} is open to others (mode {_mode(found)}). Treat the key as lost, or run `chmod 600`.")


def _demand_owner(path: Path, found: os.stat_result) -> None:
    # Whoever owns a file can loosen its mode at will; root can do so anyway.
    if found.st_uid not in (0, os.geteuid()):
        raise Broken(f"{path} belongs to another identity on this machine (number {found.st_uid}).")


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):04o}"
