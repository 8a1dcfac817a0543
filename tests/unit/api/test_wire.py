"""Broken HTTP on a real socket: the server answers or hangs up, stays alive, and nothing is left half-done.

What is not even HTTP is answered by the server's own parser, before the application and its safe headers; it says
nothing but that the request was invalid.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actions.tools import Tools
from app.records import tables
from app.rules.facts import Role
from app.vault.names import OWNER_NAME
from tests.live import LiveServer, prepare
from tests.world import OpenWorld, open_world, staff_of

PATIENCE_SECONDS = 20


class Site:
    """A running server and what it keeps."""

    def __init__(self, folder: Path, tools: Tools, server: LiveServer) -> None:
        self.folder, self.tools, self.server = folder, tools, server
        self.world: OpenWorld = open_world(tools, recipients=1)
        self.token = staff_of(tools, self.world.producer, Role.STATISTICIAN).headers["Authorization"]

    def send(self, *pieces: bytes, hang_up: bool) -> bytes:
        """Send raw bytes on one connection, and give everything that comes back until the server closes it.

        Args:
            pieces: What is sent, one after the other.
            hang_up: Whether the sending side is closed then, as when a machine or its network dies.
        """
        with socket.create_connection(("127.0.0.1", self.server.port), PATIENCE_SECONDS) as wire:
            try:
                for piece in pieces:
                    wire.sendall(piece)
                if hang_up:
                    wire.shutdown(socket.SHUT_WR)
            except ConnectionError:
                pass  # it had heard enough
            return read_all(wire)

    def upload(self, *lines: str, body: bytes = b"", hang_up: bool = False) -> bytes:
        """Send an upload with these header lines, then the body."""
        address = f"/api/v1/releases/{self.world.release.release_id}/documents?file_name=figures.csv"
        head = [f"POST {address} HTTP/1.1", "Host: twin.example", f"Authorization: {self.token}", *lines, "", ""]
        return self.send("\r\n".join(head).encode("latin-1"), body, hang_up=hang_up)

    def kept(self) -> tuple[int, int]:
        """How many documents and openings there are."""
        with self.tools.reading() as connection:
            documents = connection.execute(select(func.count()).select_from(tables.documents)).scalar_one()
            openings = connection.execute(select(func.count()).select_from(tables.openings)).scalar_one()
        return documents, openings

    def orphans(self) -> set[str]:
        """Files in the store, finished or not, that belong to no document."""
        with self.tools.reading() as connection:
            owned = set(connection.execute(select(tables.documents.c.object_name)).scalars())
        return self.files() - owned

    def files(self) -> set[str]:
        """All files in the store but the one that says whose it is."""
        return {path.name for path in (self.folder / "sealed").rglob("*") if path.is_file()} - {OWNER_NAME}

    def alive(self) -> bool:
        with self.server.client() as client:
            return client.get("/readyz").json() == {"status": "ready", "malware_scanner": "none", "witnesses": "none"}


def read_all(wire: socket.socket) -> bytes:
    told = b""
    try:
        while piece := wire.recv(65536):
            told += piece
    except ConnectionError:
        pass  # hanging up in the middle is an answer too; a time-out is not, and fails the test
    return told


def statuses(told: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", told)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("wire")
    tools = prepare(folder)
    with LiveServer(folder) as server:
        yield Site(folder, tools, server)
    tools.database.close()


LENGTHS = (["Content-Type: text/csv", "Content-Length: 100000"], ["Transfer-Encoding: chunked"])
CUT = {
    "announced more than came": (LENGTHS[0], b"region,claimants\n" * 10),
    "announced and nothing came": (LENGTHS[0], b""),
    "asked to go on and did not": ([*LENGTHS[0], "Expect: 100-continue"], b""),
    "chunk shorter than it says": (LENGTHS[1], b"40\r\nregion"),
    "chunks without an end": (LENGTHS[1], b"6\r\nregion\r\n"),
    "length of a chunk without its end": (LENGTHS[1], b"6\r\nregion\r\n6"),
}
BROKEN = {
    "chunk without a length": (["Transfer-Encoding: chunked"], b"ZZ\r\nregion\r\n0\r\n\r\n"),
    "chunk longer than it says": (["Transfer-Encoding: chunked"], b"3\r\nregion,claimants\r\n0\r\n\r\n"),
    "length of a chunk beyond every number": (["Transfer-Encoding: chunked"], b"F" * 40 + b"\r\nregion\r\n0\r\n\r\n"),
    "length that is negative": (["Content-Length: -5"], b"region"),
    "length with a sign": (["Content-Length: +6"], b"region"),
    "length that is no number": (["Content-Length: six"], b"region"),
    "length beyond every number": (["Content-Length: " + "9" * 40], b"region"),
    "two lengths": (["Content-Length: 6", "Content-Length: 60"], b"region"),
    "length and chunks": (["Content-Length: 6", "Transfer-Encoding: chunked"], b"6\r\nregion\r\n0\r\n\r\n"),
    "coding that nobody knows": (["Transfer-Encoding: chunked, gzip"], b"6\r\nregion\r\n0\r\n\r\n"),
    "header without a name": ([": nameless", "Content-Length: 6"], b"region"),
    "header with a NUL": (["X-Note: a\x00b", "Content-Length: 6"], b"region"),
    "header that goes on": (["X-Note: a", " b", "Content-Length: 6"], b"region"),
}


@pytest.mark.parametrize("fault", CUT)
def test_upload_that_is_cut_leaves_nothing(site: Site, fault: str) -> None:
    lines, body = CUT[fault]
    before = site.kept()
    told = site.upload(*lines, body=body, hang_up=True)
    assert all(status == 100 or 400 <= status < 500 for status in statuses(told)), told
    assert (site.alive(), site.kept()) == (True, before)


@pytest.mark.parametrize("fault", BROKEN)
def test_upload_that_is_broken_on_the_wire_is_refused_and_leaves_nothing(site: Site, fault: str) -> None:
    lines, body = BROKEN[fault]
    before = site.kept()
    told = site.upload(*lines, body=body)
    assert statuses(told)[:1] == [400], told
    assert (site.alive(), site.kept()) == (True, before)


def test_upload_that_is_whole_is_kept_once(site: Site) -> None:
    before = site.kept()
    body = b"region,claimants\nNorth,1\n"
    told = site.upload("Content-Type: text/csv", f"Content-Length: {len(body)}", "Connection: close", body=body)
    assert statuses(told) == [201]
    assert site.kept() == (before[0] + 1, before[1])


def test_body_longer_than_announced_is_not_taken_for_a_request_of_somebody(site: Site) -> None:
    path = f"/api/v1/documents/{site.world.small.card.document_id}/openings"
    hidden = f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    before = site.kept()
    told = site.upload("Content-Type: text/csv", "Content-Length: 0", body=hidden)
    # What follows an empty body is another request: of nobody, as it carries no token.
    assert statuses(told) == [422, 401], told
    assert site.kept() == before


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  /\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 500_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-Many: a\r\n" * 20_000 + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n" * 100,
        b"",
    ],
    ids=[
        "tls",
        "version",
        "blanks",
        "nul",
        "long-address",
        "long-header",
        "many-headers",
        "http2",
        "empty-lines",
        "nothing",
    ],
)
def test_bytes_that_are_no_request_leave_the_server_alive(site: Site, junk: bytes) -> None:
    told = site.send(junk, hang_up=True)
    assert all(status in (200, *range(400, 500)) for status in statuses(told)), told[:300]
    assert site.alive()


def test_reader_who_hangs_up_leaves_no_opening_without_its_outcome(site: Site) -> None:
    recipient = site.world.recipients[0]
    with site.server.client() as client:
        opened = client.post(
            f"/api/v1/documents/{site.world.large.card.document_id}/openings", headers=recipient.headers
        ).json()
        with client.stream("GET", opened["content"], headers=recipient.headers) as answer:
            assert answer.status_code == 200
            next(answer.iter_raw(1))
        outcome = "running"
        while outcome in ("running", "unfetched"):
            outcome = client.get(f"/api/v1/openings/{opened['opening_id']}", headers=recipient.headers).json()[
                "outcome"
            ]
    assert outcome in ("aborted", "completed")
    assert site.alive()


def test_store_holds_nothing_half_done_after_all_that(site: Site) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while site.orphans() and time.monotonic() < patience:
        time.sleep(0.05)  # a cut request ends a moment after its client
    assert (site.orphans(), site.alive()) == (set(), True)
    assert site.files()
