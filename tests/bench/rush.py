"""9:30 with the producer's site down: everybody asks for the same document in the same second.

Each reader has a connection and, on the loopback, an address of their own, reads all of the document and checks its
hash. In the same second each recipient of another release, whose window is open, opens an embargoed document. Beside
them one recipient goes on asking for something that takes a look at the records. The decision is made by another
process than the one that serves, as with several replicas.
"""

from __future__ import annotations

import asyncio
import hashlib
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select, update

from app.actions import contingency, public_documents, publication
from app.audit.entries import Entry, EntryKind
from app.records import moves, tables
from app.records import releases as release_records
from app.records.moves import MoveRow
from app.rules.contingency import CONFIRMATION
from tests.bench.clients import one_request, request
from tests.bench.figures import BenchFailed, Figure, Site, milliseconds, p50_p99
from tests.bench.serving import MemoryWatch, our_service
from tests.bench.world import World, a_world

_PATIENCE_SECONDS = 60.0
_EVERY_SECONDS = 0.05
_MIB = 1024 * 1024


@dataclass(slots=True)
class Rush:
    """What came of it. Spans in seconds, from the moment at which everybody asks."""

    spans: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    recipient: list[float] = field(default_factory=list)


def measure(site: Site) -> list[Figure]:
    """Send the crowd, and see that every one of it has the whole document; then one after a long document."""
    readers, body = site.sizes.rush_readers, _document(site.sizes.rush_bytes)
    rush, memory, seen_seconds = _sent(site, "world", readers, body, recipients=site.sizes.rush_recipients)
    spans, recipient = milliseconds(rush.spans), milliseconds(rush.recipient)
    openings = milliseconds(rush.openings)
    how = f"{readers} connections at once, each from an address of its own; {len(body) // 1024} KiB, hash checked"
    return [
        Figure(
            f"rush of {readers}: slowest whole answer",
            f"{spans['max_ms']:.0f} ms",
            how=f"{how}; p50 {spans['p50_ms']:.0f} ms; 0 errors",
            numbers={**spans, "errors": 0},
        ),
        Figure(
            f"{len(rush.openings)} openings in that second: the slowest",
            f"{openings['max_ms']:.0f} ms",
            how="POST /documents/…/openings by as many recipients, each on record before its answer; "
            f"p50 {openings['p50_ms']:.0f} ms; 0 errors",
            numbers={**openings, "errors": 0},
        ),
        Figure("rush: a recipient meanwhile", p50_p99(recipient), how="GET /me every 50 ms", numbers=recipient),
        _most_memory("rush: most memory", memory, ""),
        Figure(
            "decision to first reader",
            f"{1000 * seen_seconds:.0f} ms",
            how="decided by another process; the server asks the records once a second",
            numbers={"milliseconds": round(1000 * seen_seconds)},
        ),
        _of_a_long_document(site),
    ]


def _of_a_long_document(site: Site) -> Figure:
    readers, body = site.sizes.long_rush_readers, _document(site.sizes.long_rush_bytes)
    _, memory, _ = _sent(site, "long", readers, body)
    return _most_memory(
        "rush for a long document: most memory", memory, f"{readers} of {len(body) // _MIB} MiB at once; "
    )


def _most_memory(name: str, memory: MemoryWatch, of: str) -> Figure:
    return Figure(
        name,
        f"{memory.most / _MIB:.0f} MiB",
        how=f"{of}resident, looked at every 10 ms; {memory.before / _MIB:.0f} MiB before",
        numbers={"most_mib": round(memory.most / _MIB, 1), "before_mib": round(memory.before / _MIB, 1)},
    )


def _sent(site: Site, name: str, readers: int, body: bytes, *, recipients: int = 0) -> tuple[Rush, MemoryWatch, float]:
    _allow_connections(readers + recipients)
    with a_world(site.folder / name, recipients=1) as world:
        document_id = world.add_document([body], "figures.csv")
        release_id = world.release_id
        _announced(world, release_id)
        _put_overdue(world, release_id)
        openings = _openings(world, recipients)
        path = f"/api/v1/published/{release_id}/documents/{document_id}"
        with our_service(site.folder / name) as served:
            before = one_request(served.port, request("GET", path)).status
            _decide(world, release_id)
            seen_seconds = _until_seen(served.port, path)
            with MemoryWatch(served.pid) as memory:
                mine = request("GET", "/api/v1/me", world.recipients[0].headers)
                public = _Public(path, readers, hashlib.sha256(body).hexdigest())
                rush = asyncio.run(_rush(served.port, public, openings, mine))
        _demand_on_record(world, len(rush.openings))
    if before != 404 or rush.failed:
        raise BenchFailed(f"before the decision {before}; {len(rush.failed)} failed: {Counter(rush.failed)}")
    return rush, memory, seen_seconds


def _document(size_bytes: int) -> bytes:
    line = b"North,120455,South,098812,East,004417,West,551200,Coast,0777001\n"
    return line * max(1, size_bytes // len(line))


def _allow_connections(readers: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # what the server is started with as well
    wanted = readers + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise BenchFailed(f"{wanted} open files are needed, and the machine allows {hard}")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _decide(world: World, release_id: str) -> None:
    head = world.head
    publication.publish_list_of_posts(world.tools, head.actor, release_id)
    with world.tools.reading() as connection:
        revision = release_records.get_row(connection, release_id).revision
    contingency.release_to_everyone(
        world.tools, head.actor, release_id, reason="It is down.", confirmation=CONFIRMATION, revision=revision
    )
    if not public_documents.list_public(world.tools):
        raise BenchFailed("nothing was released")


def _until_seen(port: int, path: str) -> float:
    begun = time.perf_counter()
    while one_request(port, request("GET", path, {"Range": "bytes=0-0"})).status != 206:
        if time.perf_counter() - begun > _PATIENCE_SECONDS:
            raise BenchFailed("the decision was never seen")
        time.sleep(0.01)
    return time.perf_counter() - begun


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class _Public:
    """What the public asks for, how many of it, and what they must get."""

    path: str
    readers: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Line:
    """Everybody connects, says so, and waits for the word."""

    port: int
    ready: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    go: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def connected(
        self, number: int, rush: Rush
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Give a connection from an address of its own, when the word is said; what goes wrong on it is a failure."""
        address = f"127.{1 + number // 60_000}.{number // 250 % 240}.{1 + number % 250}"
        writer = None
        try:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
            finally:
                self.ready.release()
            await self.go.wait()
            yield reader, writer
        except (OSError, asyncio.IncompleteReadError) as error:
            rush.failed.append(repr(error))
        finally:
            if writer is not None:
                writer.close()


async def _rush(port: int, public: _Public, openings: Sequence[bytes], mine: bytes) -> Rush:
    rush, line, over = Rush(), _Line(port), asyncio.Event()
    beside = asyncio.create_task(_recipient(port, mine, over, rush))
    crowd = [asyncio.create_task(_reader(line, public, number, rush)) for number in range(public.readers)]
    crowd += [
        asyncio.create_task(_opener(line, asked, public.readers + number, rush))
        for number, asked in enumerate(openings)
    ]
    for _ in crowd:
        await line.ready.acquire()
    line.go.set()
    await asyncio.wait_for(asyncio.gather(*crowd), _PATIENCE_SECONDS)
    over.set()
    await beside
    return rush


async def _reader(line: _Line, public: _Public, number: int, rush: Rush) -> None:
    async with line.connected(number, rush) as (reader, writer):
        begun = time.perf_counter()
        writer.write(f"GET {public.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        digest = hashlib.sha256()
        while piece := await reader.read(256 * 1024):
            digest.update(piece)
        span = time.perf_counter() - begun
        if not head.startswith(b"HTTP/1.1 200") or digest.hexdigest() != public.sha256:
            rush.failed.append(_status_line(head))
        else:
            rush.spans.append(span)


async def _opener(line: _Line, asked: bytes, number: int, rush: Rush) -> None:
    async with line.connected(number, rush) as (reader, writer):
        begun = time.perf_counter()
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        span = time.perf_counter() - begun
        if not head.startswith(b"HTTP/1.1 201"):
            rush.failed.append(f"an opening was answered {_status_line(head)} {(await reader.read(600)).decode()}")
        else:
            rush.openings.append(span)


def _status_line(head: bytes) -> str:
    return head.partition(b"\r\n")[0].decode("ascii", "replace")


async def _recipient(port: int, mine: bytes, over: asyncio.Event, rush: Rush) -> None:
    while not over.is_set() or not rush.recipient:
        begun = time.perf_counter()
        answer = await asyncio.to_thread(one_request, port, mine)
        rush.recipient.append(time.perf_counter() - begun)
        if answer.status != 200:
            rush.failed.append(f"the recipient was answered {answer.status}")
        await asyncio.sleep(_EVERY_SECONDS)


def _openings(world: World, recipients: int) -> list[bytes]:
    """Give the request of each recipient of another release, whose window is open."""
    if not recipients:
        return []
    other = world.beside(recipients)
    path = f"/api/v1/documents/{other.small.card.document_id}/openings"
    return [request("POST", path, one.headers) for one in other.recipients]


def _demand_on_record(world: World, count: int) -> None:
    with world.tools.reading() as connection:
        made = connection.execute(select(func.count()).select_from(tables.openings)).scalar_one()
    if made != count:
        raise BenchFailed(f"{count} openings were answered, and {made} are on record")


def _announced(world: World, release_id: str) -> None:
    """Put on record that the release was announced: the world has it as it stands, without how it came to that."""
    at, by = world.tools.clock.now(), world.head.actor.actor_id
    with world.tools.transaction() as tx:
        due = release_records.get_row(tx.connection, release_id).release.publishes_at
        made = MoveRow("announce", "planned", "announced", due, due, at - timedelta(days=30), by, "As planned.")
        moves.add(tx.connection, world.tools.new_id("mov"), release_id, made)
        tx.append(Entry(EntryKind.RELEASE_MOVED, at, release_id=release_id))


def _put_overdue(world: World, release_id: str) -> None:
    """Put the time set for a release five minutes back."""
    at = world.tools.clock.now()
    with world.tools.transaction() as tx:
        due = {"publishes_at": at.replace(second=0, microsecond=0) - timedelta(minutes=5)}
        which = tables.releases.c.release_id == release_id
        tx.connection.execute(update(tables.releases).where(which).values(due))
        tx.append(Entry(EntryKind.RELEASE_CHANGED, at, release_id=release_id))
