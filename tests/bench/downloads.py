"""Downloads: small documents by many at once, and one very large one. P2 and P3.

Ours is the whole act: opening, rule, log, sealed document opened, marked and encrypted again as an AES-256 ZIP for its
recipient. The same bytes plain from nginx, and from the barest application on our own server, stand beside it.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.bench.clients import Answer, Load, Round, download, drive, one_request, request
from tests.bench.figures import MIB, BenchFailed, Figure, Missing, Site, milliseconds, p50_p99, rate
from tests.bench.serving import MemoryWatch, Served, bare_uvicorn, cpu_seconds, nginx, our_service
from tests.bench.world import World, a_world
from tests.world import Recipient

_SMALL_BYTES = 200 * 1024
_SMALL, _BIG = "small.bin", "big.bin"


class _Beside(NamedTuple):
    """The same bytes from somebody else; seconds None where the program is missing."""

    small: Load | None
    big_seconds: float | None


class _Ours(NamedTuple):
    """What our server did, and what it took for that."""

    small: Load
    small_cores: float
    big_bytes: int
    big_seconds: float
    big_cores: float
    memory: MemoryWatch


def measure(site: Site) -> list[Figure]:
    """Fetch 200 KiB again and again, and one file of 1 GiB, from us, from nginx and from a bare application."""
    files = site.folder / "files"
    files.mkdir()
    small = os.urandom(_SMALL_BYTES)
    (files / _SMALL).write_bytes(small)
    _write_big(files / _BIG, site.sizes.big_bytes)
    with a_world(site.folder / "world", recipients=site.sizes.recipients) as world:
        ours = _fetch_ours(site, world, small, files / _BIG)
    bare = _fetch_beside(site, partial(bare_uvicorn, site.folder, files))
    try:
        theirs = _fetch_beside(site, partial(nginx, site.folder, files))
    except Missing:
        theirs = _Beside(None, None)
    return [
        _small_figure(ours, theirs.small, "nginx"),
        _small_figure(ours, bare.small, "bare uvicorn"),
        _big_figure(ours, site.sizes.big_bytes, theirs.big_seconds, "nginx"),
        _big_figure(ours, site.sizes.big_bytes, bare.big_seconds, "bare uvicorn"),
        _memory_figure(ours),
    ]


def _fetch_ours(site: Site, world: World, small: bytes, big: Path) -> _Ours:
    sizes = site.sizes
    small_id = world.add_document([small], "small.bin", "application/octet-stream")
    big_id = world.add_document(_pieces(big), "big.bin", "application/octet-stream")
    with our_service(site.folder / "world") as served:
        rounds = [_open_and_fetch(small_id, one) for one in world.recipients[: sizes.clients]]
        drive(served.port, rounds, min(1.0, sizes.seconds))
        used = cpu_seconds(served.pid)
        load = drive(served.port, rounds, sizes.seconds)
        small_cores = (cpu_seconds(served.pid) - used) / load.seconds
        used = cpu_seconds(served.pid)
        with MemoryWatch(served.pid) as memory:
            got, seconds = _open_and_download(served, big_id, world.recipients[0])
        big_cores = (cpu_seconds(served.pid) - used) / seconds
    if got < sizes.big_bytes:
        raise BenchFailed(f"a copy of {got} bytes of a document of {sizes.big_bytes}")
    return _Ours(load, small_cores, got, seconds, big_cores, memory)


def _open_and_fetch(document_id: str, recipient: Recipient) -> Round:
    asked = request("POST", f"/api/v1/documents/{document_id}/openings", recipient.headers)

    def once() -> Generator[bytes, Answer, None]:
        opened = (yield asked).members(201)
        copy = yield request("GET", opened["content"], recipient.headers)
        if copy.status != 200 or copy.length_bytes < _SMALL_BYTES:
            raise BenchFailed(f"no copy: {copy.status}, {copy.length_bytes} bytes, {copy.body[:300]!r}")

    return once


def _open_and_download(served: Served, document_id: str, recipient: Recipient) -> tuple[int, float]:
    opened = one_request(served.port, request("POST", f"/api/v1/documents/{document_id}/openings", recipient.headers))
    return download(served.port, request("GET", opened.members(201)["content"], recipient.headers))


def _fetch_beside(site: Site, server: partial[object]) -> _Beside:
    def once() -> Generator[bytes, Answer, None]:
        copy = yield request("GET", f"/{_SMALL}")
        if copy.status != 200 or copy.length_bytes != _SMALL_BYTES:
            raise BenchFailed(f"no file: {copy.status}, {copy.length_bytes} bytes")

    with server() as served:  # type: ignore[attr-defined]  # narrowing: each of them gives a context manager
        drive(served.port, [once] * site.sizes.clients, 0.2)
        small = drive(served.port, [once] * site.sizes.clients, min(3.0, site.sizes.seconds))
        seconds = [download(served.port, request("GET", f"/{_BIG}"))[1] for _ in range(2)]
    return _Beside(small, min(seconds))


def _small_figure(ours: _Ours, beside: Load | None, name: str) -> Figure:
    spans = milliseconds(ours.small.spans)
    numbers = {
        "per_second": rate(len(ours.small.spans), ours.small.seconds),
        **spans,
        "cores": round(ours.small_cores, 2),
    }
    how = (
        f"POST opening and GET its copy (two requests), {ours.small.seconds:.0f} s, AES-256 ZIP; server used "
        f"{ours.small_cores:.2f} cores. Against: one GET of the same plain bytes from {name}"
    )
    what = f"200 KiB opened and fetched / {name}"
    text = f"{ours.small.per_second:.0f}/s {p50_p99(spans)}"
    if beside is None:
        return Figure(what, text, how=how + " (not installed)", numbers=numbers)
    against = milliseconds(beside.spans)
    numbers |= {"against_per_second": rate(len(beside.spans), beside.seconds), "against": against}
    return Figure(
        what,
        text,
        f"{beside.per_second:.0f}/s {p50_p99(against)}",
        ours.small.per_second / beside.per_second,
        how,
        numbers,
    )


def _big_figure(ours: _Ours, plain_bytes: int, beside_seconds: float | None, name: str) -> Figure:
    speed = plain_bytes / ours.big_seconds / 1e6
    what = f"{plain_bytes // MIB} MiB download / {name}"
    how = (
        f"one client on loopback, bytes dropped; ours unsealed and encrypted again on the way, {ours.big_cores:.2f} "
        f"cores used. Against: the same plain file from {name}, page cache warm"
    )
    numbers = {"megabytes_per_second": round(speed, 1), "seconds": round(ours.big_seconds, 3)}
    if beside_seconds is None:
        return Figure(what, f"{speed:.0f} MB/s", how=how + " (not installed)", numbers=numbers)
    theirs = plain_bytes / beside_seconds / 1e6
    numbers["against_megabytes_per_second"] = round(theirs, 1)
    return Figure(what, f"{speed:.0f} MB/s", f"{theirs:.0f} MB/s", speed / theirs, how, numbers)


def _memory_figure(ours: _Ours) -> Figure:
    before, most = (found / MIB for found in (ours.memory.before, ours.memory.most))
    return Figure(
        "server memory during that download",
        f"+{most - before:.0f} MiB",
        how=f"resident {before:.0f} MiB before, {most:.0f} MiB at most, looked at every 10 ms",
        numbers={"before_mib": round(before, 1), "most_mib": round(most, 1)},
    )


def _write_big(path: Path, size_bytes: int) -> None:
    piece = os.urandom(4 * MIB)
    with path.open("wb") as file:
        for _ in range(size_bytes // len(piece)):
            file.write(piece)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(MIB):
            yield piece
