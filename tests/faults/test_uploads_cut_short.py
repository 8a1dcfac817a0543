"""Uploads in parts, when a write fails or the process dies: what was acknowledged is kept, nothing half-done is served.

Each test ends with the document as it should be, made of what was kept and of what the client sent again.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app.actions import custody, uploads
from app.actions.tools import Tools
from app.actions.uploads import Announced, Sent
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Unavailable
from app.rules.facts import Role
from tests.faults.failing import (
    BEFORE,
    DIES,
    FAULTS,
    FailingDatabase,
    FailingStore,
    anew,
    files_holding,
    killed,
)
from tests.faults.test_writes_failing_twice import DAY, age_by, fails
from tests.live import LiveServer, prepare
from tests.unit.documents.world import World
from tests.unit.uploads.sending import BYTES, LINE, TABLE, TUS, Desk, documents_of, kept, metadata
from tests.world import MEBIBYTE, OpenWorld, large_figures, open_world, staff_of

DONE = [("regions.csv", hashlib.sha256(TABLE).hexdigest(), "draft")]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(world)
    world.service.close()


def sending(desk: Desk, upload_id: str, offset: int, content: bytes) -> Callable[[Tools], object]:
    actor = desk.actor
    return lambda tools: uploads.receive(tools, lambda: actor, upload_id, Sent(offset, [content]))


def goes_on(desk: Desk, upload_id: str) -> None:
    """What a client does: ask where the upload stands, and send the rest; or see that it is done."""
    desk.world.clock.forward(seconds=31)  # the turn of one who died runs out
    desk.headers = desk.world.headers(desk.person_id)
    head = desk.asks(upload_id, "HEAD")
    offset = int(head.headers["upload-offset"])
    if offset < len(TABLE):
        assert desk.sends(upload_id, offset, TABLE[offset:]).status_code == 204
    told = desk.asks(upload_id).json()
    assert (told["state"], told["kept_bytes"]) == ("complete", len(TABLE))


def demand_one_document_and_no_trace(desk: Desk, folder: Path) -> None:
    assert documents_of(desk) == DONE
    age_by(folder / "sealed", desk.world, 2 * DAY)
    custody.sweep_orphans(desk.tools)
    desk.tools.store.sweep_unfinished()
    names, parts = kept(desk)
    assert (len(names), parts) == (2, 0)  # the document, and its escrowed key
    assert files_holding(folder, LINE[:24]) == []
    assert len(desk.world.service.entries(EntryKind.UPLOAD_ENDED)) == 1


@pytest.mark.parametrize("write", ["the turn", "the part"])
@pytest.mark.parametrize("fault", FAULTS)
def test_part_whose_record_fails_is_kept_or_not_and_the_upload_goes_on(
    desk: Desk, tmp_path: Path, fault: str, write: str
) -> None:
    row = desk.start(TABLE)
    act = sending(desk, row.upload_id, 0, TABLE[:500])
    failing = replace(
        desk.tools,
        database=FailingDatabase(desk.tools.database.url, fault, write_number={"the turn": 1, "the part": 2}[write]),
    )
    if fault == DIES:
        desk.tools.database.close()
        assert killed(lambda: act(failing))
    else:
        with pytest.raises(Unavailable):
            act(failing)
    failing.database.close()
    with desk.tools.reading() as connection:
        stands = connection.execute(select(tables.uploads.c.kept_bytes)).scalar_one()
    assert stands == (500 if write == "the part" and fault != BEFORE else 0)
    goes_on(desk, row.upload_id)
    demand_one_document_and_no_trace(desk, tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_part_whose_storing_fails_is_sent_again_under_another_key(desk: Desk, tmp_path: Path, fault: str) -> None:
    row = desk.start(TABLE)
    act = sending(desk, row.upload_id, 0, TABLE[:500])
    failing = FailingStore(desk.tools.store, fault)
    if fault == DIES:
        desk.tools.database.close()
        assert killed(lambda: act(anew(desk.tools, store=failing)))
    else:
        with pytest.raises(Unavailable):
            act(replace(desk.tools, store=failing))
    assert kept(desk)[1] == 0
    goes_on(desk, row.upload_id)
    demand_one_document_and_no_trace(desk, tmp_path)


# Of the request with the last bytes: the last part, the document, its escrowed key.
@pytest.mark.parametrize("at_object", [1, 2, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_completion_whose_storing_fails_leaves_the_upload_where_its_last_part_began(
    desk: Desk, tmp_path: Path, fault: str, at_object: int
) -> None:
    row = desk.start(TABLE)
    sending(desk, row.upload_id, 0, TABLE[:500])(desk.tools)
    act = sending(desk, row.upload_id, 500, TABLE[500:])
    failing = FailingStore(desk.tools.store, fault, at_object)
    if fault == DIES:
        desk.tools.database.close()
        assert killed(lambda: act(anew(desk.tools, store=failing)))
    else:
        with pytest.raises(Unavailable):
            act(replace(desk.tools, store=failing))
    assert documents_of(desk) == []
    desk.world.clock.forward(seconds=31)
    told = desk.asks(row.upload_id).json()
    assert (told["state"], told["kept_bytes"]) == ("receiving", 500)
    goes_on(desk, row.upload_id)
    demand_one_document_and_no_trace(desk, tmp_path)


# Of the request with the last bytes: the turn, that it completes, the document with the end, the turn given up.
@pytest.mark.parametrize("write", [1, 2, 3, 4])
@pytest.mark.parametrize("fault", FAULTS)
def test_completion_whose_record_fails_makes_one_document_and_no_more(
    desk: Desk, tmp_path: Path, fault: str, write: int
) -> None:
    row = desk.start(TABLE)
    sending(desk, row.upload_id, 0, TABLE[:500])(desk.tools)
    act = sending(desk, row.upload_id, 500, TABLE[500:])
    failing = replace(desk.tools, database=FailingDatabase(desk.tools.database.url, fault, write_number=write))
    if fault == DIES:
        desk.tools.database.close()
        assert killed(lambda: act(failing))
    else:
        with contextlib.nullcontext() if write == 4 else pytest.raises(Unavailable):
            act(failing)
    failing.database.close()
    assert documents_of(desk) == (DONE if write == 4 or (write == 3 and fault != BEFORE) else [])
    goes_on(desk, row.upload_id)
    demand_one_document_and_no_trace(desk, tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_beginning_whose_record_fails_holds_nothing_up(desk: Desk, fault: str) -> None:
    actor, announced = desk.actor, Announced("regions.csv", "text/csv", len(TABLE))
    fails(
        desk.world,
        fault,
        lambda tools: uploads.begin_upload(tools, actor, desk.world.release.release_id, announced),
    )
    assert len(uploads.list_uploads(desk.tools, actor)) == (0 if fault == BEFORE else 1)
    assert desk.receive(desk.start(TABLE).upload_id, 0, [TABLE]).state.value == "complete"


def test_scanner_that_does_not_answer_ends_nothing(desk: Desk) -> None:
    policy = replace(desk.tools.policy, scanner_required=True)
    row = desk.start(TABLE)
    sending(desk, row.upload_id, 0, TABLE[:500])(desk.tools)
    from app.outside.clamav import ClamAv

    silent = ClamAv("unix:/nowhere/clamd.sock", limit_seconds=1, limit_bytes=10**6)
    with pytest.raises(Unavailable, match="not scanned"):
        sending(desk, row.upload_id, 500, TABLE[500:])(replace(desk.tools, policy=policy, scanner=silent))
    told = desk.asks(row.upload_id).json()
    assert (told["state"], told["kept_bytes"], documents_of(desk)) == ("receiving", 500, [])
    assert desk.sends(row.upload_id, 500, TABLE[500:]).status_code == 204


# -- a real server, killed ---------------------------------------------------------------------------------------------


class Client:
    """A client on another machine, that knows nothing of the server but what it is told."""

    def __init__(self, server: LiveServer, tools: Tools, world: OpenWorld, content: bytes) -> None:
        self.server, self.content = server, content
        self.headers = staff_of(tools, world.producer, Role.STATISTICIAN).headers
        announced = {
            "Upload-Length": str(len(content)),
            "Upload-Metadata": metadata(
                filename="large.csv", filetype="text/csv", sha256=hashlib.sha256(content).hexdigest()
            ),
        }
        with server.client() as client:
            path = f"/api/v1/releases/{world.release.release_id}/uploads"
            self.address = client.post(path, headers={**self.headers, **TUS, **announced}).headers["location"]

    def offset(self) -> int:
        with self.server.client() as client:
            head = client.head(self.address, headers={**self.headers, **TUS})
        assert head.status_code == 200, head.headers
        return int(head.headers["upload-offset"])

    def told(self) -> dict[str, Any]:
        with self.server.client() as client:
            return dict(client.get(self.address, headers=self.headers).json())

    def sends(self, start: int, stop: int, then: Callable[[int], None] | None = None) -> int:
        """Send bytes, telling how many have gone; gives the status, or 0 where the connection broke."""

        def pieces() -> Iterator[bytes]:
            for at in range(start, stop, 256 * 1024):
                yield self.content[at : min(stop, at + 256 * 1024)]
                if then is not None:
                    then(at - start)

        try:
            with self.server.client() as client:
                headers = {**self.headers, **BYTES, "Upload-Offset": str(start), "Content-Length": str(stop - start)}
                return client.patch(self.address, content=pieces(), headers=headers).status_code
        except httpx2.TransportError:
            return 0


def test_upload_goes_on_after_the_server_was_killed_in_a_part_and_while_it_made_the_document(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "service"
    tools = prepare(folder)
    world = open_world(tools, recipients=1)
    content = b"".join(large_figures(40 * MEBIBYTE))
    with LiveServer(folder) as server:
        client = Client(server, tools, world, content)

        assert client.sends(0, 3 * MEBIBYTE) == 204

        def kill_at(limit_bytes: int) -> Callable[[int], None]:
            return lambda sent_bytes: server.kill() if sent_bytes == limit_bytes else None

        assert client.sends(3 * MEBIBYTE, 38 * MEBIBYTE, kill_at(30 * MEBIBYTE)) == 0  # in the middle of one
        server.start()
        stands = client.offset()
        assert stands == 19 * MEBIBYTE  # what the first part of that request held; nothing acknowledged is lost

        completing = threading.Event()

        def kill_when_completing() -> None:
            while not completing.is_set():
                with contextlib.suppress(httpx2.TransportError):
                    if client.told()["state"] == "completing":
                        completing.set()
            server.kill()

        killer = threading.Thread(target=kill_when_completing)
        killer.start()
        status = client.sends(stands, len(content))
        completing.set()
        killer.join()
        assert status == 0
        server.start()
        stands = client.offset()
        assert stands == 35 * MEBIBYTE
        assert client.sends(stands, len(content)) == 204
        told = client.told()
        assert (told["state"], told["kept_bytes"], client.offset()) == ("complete", len(content), len(content))
        with server.client() as asking:
            document = asking.get(f"/api/v1/documents/{told['document_id']}", headers=client.headers).json()
        assert (document["sha256"], document["plain_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert files_holding(tmp_path, b"North,120455,South") == []
    with tools.reading() as connection:
        assert connection.execute(select(tables.upload_parts)).all() == []
    tools.database.close()
