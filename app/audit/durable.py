"""Files that are whole or not there, and stay when the power goes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
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
    write_many([(target, content)], writing)


def write_many(files: Sequence[tuple[Path, bytes]], writing: Path) -> None:
    """Write several files, each in one step, and wait for the disk as few times as that takes.

    All are written before the first fsync, which so brings most of the others along; all are durable before the first
    gets its name; and each folder is synced once, at the end.

    Args:
        files: What to make or replace, and all that is to be in it.
        writing: As above.

    Raises:
        OSError: The disk refused. Each file is as it was or whole, unless a folder's fsync was what failed.
    """
    make_folder(writing)
    for folder in {target.parent for target, _ in files}:
        make_folder(folder)
    temporaries: list[Path] = []
    descriptors: list[int] = []
    try:
        with ExitStack() as opened:
            for _, content in files:
                descriptor, name = tempfile.mkstemp(dir=writing)
                temporaries.append(Path(name))
                file = opened.enter_context(os.fdopen(descriptor, "wb"))
                file.write(content)
                file.flush()
                descriptors.append(descriptor)
            for descriptor in descriptors:
                os.fsync(descriptor)
        for temporary, (target, _) in zip(temporaries, files, strict=True):
            temporary.replace(target)
    except BaseException:
        for temporary in temporaries:
            temporary.unlink(missing_ok=True)
        raise
    for folder in {target.parent for target, _ in files}:
        sync_folder(folder)


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
