"""Files that are whole or not there, and stay when the power goes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(target: Path, content: bytes, writing: Path) -> None:
    """Write a file in one step: temporary file, fsync, rename, fsync of the folder.

    Args:
        target: The file to make or replace; folders above it are made as needed. Readable by the service alone.
        content: All of it.
        writing: A folder on the same disk for the temporary file; made as needed.

    Raises:
        OSError: The disk refused. Nothing of the target has changed, unless its folder's fsync was what failed.
    """
    make_folder(writing)
    make_folder(target.parent)
    descriptor, name = tempfile.mkstemp(dir=writing)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each durable in the one above."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
