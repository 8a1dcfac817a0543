"""Sealing a document into a bucket and reading it back, without HTTP of ours, beside the folder on the same bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from typing import Any

from app.vault import age
from app.vault.names import new_name
from app.vault.store import LocalStore
from tests import s3
from tests.bench.figures import MIB, BenchFailed, Figure, Site
from tests.world import large_figures

_MOST_BYTES = 64 * MIB
"""moto goes through all of an object for each part of it that is read; what is larger would measure moto."""


def measure(site: Site) -> list[Figure]:
    """Seal one document into each store, and open it from there to nowhere."""
    size_bytes = min(site.sizes.big_bytes, _MOST_BYTES)
    ours = _spans(s3.a_store(s3.new_bucket(), timeout_seconds=30), size_bytes)
    theirs = _spans(LocalStore(site.folder / "sealed"), size_bytes)
    return [
        _figure("sealing", size_bytes, ours[0], theirs[0]),
        _figure("opening", size_bytes, ours[1], theirs[1]),
    ]


def _spans(store: Any, size_bytes: int) -> tuple[float, float]:
    identity, name = age.new_identity(), new_name()
    plain = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in large_figures(size_bytes):
            plain.update(piece)
            yield piece

    begun = time.perf_counter()
    store.put(name, age.seal([identity.recipient], pieces()))
    sealed = time.perf_counter()
    opened = hashlib.sha256()
    with store.open(name) as source:
        for piece in age.open_sealed([identity], source).read():
            opened.update(piece)
    ended = time.perf_counter()
    store.remove(name)
    if opened.digest() != plain.digest():
        raise BenchFailed("what came back is not what was sealed")
    return sealed - begun, ended - sealed


def _figure(what: str, size_bytes: int, ours: float, theirs: float) -> Figure:
    speeds = [size_bytes / seconds / 1e6 for seconds in (ours, theirs)]
    return Figure(
        f"{what} {size_bytes // MIB} MiB, bucket / folder",
        f"{speeds[0]:.0f} MB/s",
        f"{speeds[1]:.0f} MB/s",
        theirs / ours,
        "one document, hashed on the way; moto on the loopback is the bucket, and slow. Against: a folder, fsync",
        {"megabytes_per_second": round(speeds[0], 1), "against_megabytes_per_second": round(speeds[1], 1)},
    )
