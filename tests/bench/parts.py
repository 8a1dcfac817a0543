"""A document of 5 GiB: its copy fetched whole, and entered anywhere. P3 at length, and P4.

The resident memory is watched over the whole download, and again over the ranges, among them one that reaches the
authentication code at the end. Beside it stands age of Debian, which decrypts a file of the same length: about
the work that we do before we encrypt it again.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.bench.clients import download, first_byte, one_request, request
from tests.bench.figures import MIB, BenchFailed, Figure, Missing, Site, milliseconds, p50_p99
from tests.bench.serving import MemoryWatch, Served, nginx, our_service
from tests.bench.world import a_world
from tests.world import Recipient

_PLACES = 200
_TAIL_BYTES = 4 * MIB  # behind the place asked for; the rest of 5 GiB is not waited for


def measure(site: Site) -> list[Figure]:
    """Fetch one long copy whole, then a few MiB from many places of it; the same of the plain file from nginx."""
    size = site.sizes.long_bytes
    plain = site.folder / "files" / "long.bin"
    plain.parent.mkdir()
    with plain.open("wb") as file:
        for piece in _pieces(size):
            file.write(piece)
    with a_world(site.folder / "world", recipients=1) as world:
        document_id = world.add_document(_pieces(size), "long.bin", "application/octet-stream")
        with our_service(site.folder / "world") as served:
            ours = _ours(served, document_id, world.recipients[0], site)
    shutil.rmtree(site.folder / "world")
    seconds, spans, memory = ours
    speed = size / seconds / 1e6
    how = f"one client on loopback, bytes dropped; resident {memory.before / MIB:.0f} MiB before"
    figures = [
        Figure(
            f"{size // MIB} MiB download: most memory",
            f"{memory.most / MIB:.0f} MiB",
            how=how + ", looked at every 10 ms, over the download and the ranges",
            numbers={"most_mib": round(memory.most / MIB, 1)},
        )
    ]
    against: list[tuple[str, float, list[float]]] = []
    with suppress(Missing):
        against.append(("nginx", *_theirs(site, plain)))
    figures += [_speed(size, speed, how, name, took) for name, took, _ in [*against, *_age(site, plain)]]
    figures += [_ranges(spans, name, theirs) for name, _, theirs in against] or [_ranges(spans, "", [])]
    return figures


def _ours(served: Served, document_id: str, recipient: Recipient, site: Site) -> tuple[float, list[float], MemoryWatch]:
    asked = request("POST", f"/api/v1/documents/{document_id}/openings", recipient.headers)
    content = one_request(served.port, asked).members(201)["content"]
    with MemoryWatch(served.pid) as memory:
        got, seconds = download(served.port, request("GET", content, recipient.headers))
        if got < site.sizes.long_bytes:
            raise BenchFailed(f"a copy of {got} bytes of a document of {site.sizes.long_bytes}")
        spans = [
            first_byte(served.port, request("GET", content, {**recipient.headers, "Range": asked_for}))
            for asked_for in _places(got, site)
        ]
    return seconds, spans, memory


def _theirs(site: Site, plain: Path) -> tuple[float, list[float]]:
    with nginx(site.folder, plain.parent) as served:
        _, seconds = download(served.port, request("GET", f"/{plain.name}"))
        spans = [
            first_byte(served.port, request("GET", f"/{plain.name}", {"Range": asked_for}))
            for asked_for in _places(plain.stat().st_size, site)
        ]
    return seconds, spans


def _places(size: int, site: Site) -> list[str]:
    chance = random.Random(5)
    count = 5 if site.quick else _PLACES
    firsts = [chance.randrange(max(1, size - _TAIL_BYTES)) for _ in range(count)]
    return [f"bytes={first}-{first + _TAIL_BYTES - 1}" for first in firsts] + ["bytes=-200"]


def _age(site: Site, plain: Path) -> list[tuple[str, float, list[float]]]:
    age, keygen = shutil.which("age"), shutil.which("age-keygen")
    if age is None or keygen is None:
        return []
    key, sealed = site.folder / "age.key", site.folder / "long.age"
    subprocess.run([keygen, "-o", key], check=True, capture_output=True, timeout=60)
    recipient = subprocess.run([keygen, "-y", key], check=True, capture_output=True, timeout=60, text=True).stdout
    subprocess.run([age, "-r", recipient.strip(), "-o", sealed, plain], check=True, timeout=600)
    begun = time.perf_counter()
    subprocess.run([age, "-d", "-i", key, "-o", os.devnull, sealed], check=True, timeout=600)
    return [("age -d", time.perf_counter() - begun, [])]


def _speed(size: int, speed: float, how: str, name: str, seconds: float) -> Figure:
    theirs = size / seconds / 1e6
    numbers = {"megabytes_per_second": round(speed, 1), "against_megabytes_per_second": round(theirs, 1)}
    what = f"{size // MIB} MiB download / {name}"
    return Figure(what, f"{speed:.0f} MB/s", f"{theirs:.0f} MB/s", speed / theirs, how, numbers)


def _ranges(spans: list[float], name: str, theirs: list[float]) -> Figure:
    ours = milliseconds(spans)
    how = f"{len(spans)} ranges at random places, each a connection of its own: rule, log, unsealed; to the first byte"
    if not theirs:
        return Figure("range: first byte", p50_p99(ours), how=how, numbers=ours)
    against = milliseconds(theirs)
    return Figure(
        f"range: first byte / {name}",
        p50_p99(ours),
        p50_p99(against),
        against["p99_ms"] / ours["p99_ms"],
        how,
        {**ours, "against": against},
    )


def _pieces(size: int) -> Iterator[bytes]:
    piece = os.urandom(4 * MIB)
    for left in range(size, 0, -len(piece)):
        yield piece[:left]
