"""Sealing and opening a large file, without HTTP, beside Debian's ``age`` on the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.vault import age
from app.vault.store import LocalSource
from tests.bench.figures import MIB, BenchFailed, Figure, Missing, Site

_PATIENCE_SECONDS = 120


def measure(site: Site) -> list[Figure]:
    """Seal a file to a file, and open it to nowhere, with ours and with theirs; each opens what the other sealed.

    Raises:
        Missing: There is no ``age`` program.
    """
    program = shutil.which("age")
    if program is None:
        raise Missing("the Debian package age is not installed")
    plain, ours, theirs = (site.folder / name for name in ("plain", "ours.age", "theirs.age"))
    size_bytes = site.sizes.big_bytes
    _write(plain, size_bytes)
    identity = age.new_identity()
    key = site.folder / "identity"
    key.touch(0o600)
    key.write_text(identity.secret_text() + "\n", "ascii")
    recipient = str(identity.recipient)
    sealing = _fastest(lambda: _seal(identity.recipient, plain, ours))
    their_sealing = _fastest(lambda: _run(program, "-r", recipient, "-o", str(theirs), str(plain)))
    opening = _fastest(lambda: _open(identity, theirs, size_bytes))
    their_opening = _fastest(lambda: _run(program, "-d", "-i", str(key), "-o", os.devnull, str(ours)))
    return [
        _figure("sealing", size_bytes, sealing, their_sealing, "file to file, no fsync"),
        _figure("opening", size_bytes, opening, their_opening, "a file that the other side sealed, to /dev/null"),
    ]


def _figure(what: str, size_bytes: int, ours: float, theirs: float, how: str) -> Figure:
    speeds = [size_bytes / seconds / 1e6 for seconds in (ours, theirs)]
    return Figure(
        f"{what} {size_bytes // MIB} MiB / age program",
        f"{speeds[0]:.0f} MB/s",
        f"{speeds[1]:.0f} MB/s",
        theirs / ours,
        f"{how}; best of 2, page cache warm. Against: Debian's age, whose start is counted",
        {"megabytes_per_second": round(speeds[0], 1), "against_megabytes_per_second": round(speeds[1], 1)},
    )


def _fastest(act: Callable[[], None]) -> float:
    spans = []
    for _ in range(2):
        begun = time.perf_counter()
        act()
        spans.append(time.perf_counter() - begun)
    return min(spans)


def _seal(recipient: age.Recipient, plain: Path, sealed: Path) -> None:
    with sealed.open("wb", buffering=0) as out:
        for piece in age.seal([recipient], _pieces(plain)):
            out.write(piece)


def _open(identity: age.Identity, sealed: Path, size_bytes: int) -> None:
    got = 0
    with (
        LocalSource(os.open(sealed, os.O_RDONLY), sealed.stat().st_size) as source,
        Path(os.devnull).open("wb", 0) as out,
    ):
        for piece in age.open_sealed([identity], source).read():
            got += out.write(piece)
    if got != size_bytes:
        raise BenchFailed(f"{got} bytes came out of a seal of {size_bytes}")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    if done.returncode:
        raise BenchFailed(f"age: {done.stderr.strip()}")


def _write(path: Path, size_bytes: int) -> None:
    piece = os.urandom(4 * MIB)
    with path.open("wb") as file:
        for _ in range(size_bytes // len(piece)):
            file.write(piece)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(MIB):
            yield piece
