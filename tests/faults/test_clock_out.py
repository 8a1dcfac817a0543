"""The clock is wrong at the start, or goes wrong while the service runs: nothing opens, and the record says why."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from app.actions import auditing, copies, openings
from app.actions.tools import Tools
from app.audit.entries import EntryKind
from app.outside.clock import ASKED_EVERY_SECONDS, SystemClock
from app.records import tables
from app.rules.errors import ClockWrong, Refused
from app.rules.reasons import instant_text
from app.worker.loop import Worker
from tests.live import LiveServer, prepare
from tests.unit.documents.world import INSIDE, OPENS_AT, World

FIVE_MINUTES = timedelta(minutes=5)


def ready(folder: Path, at: datetime = INSIDE) -> tuple[World, str]:
    world = World(folder, at)
    document = world.fixed()
    world.sign(world.minister.person_id)
    return world, document.card.document_id


def clock_incidents(tools: Tools) -> list[tuple[str, datetime, datetime, object]]:
    with tools.reading() as connection:
        rows = connection.execute(select(tables.incidents).order_by(tables.incidents.c.number)).all()
    return [(row.kind, row.opened_at, row.occurred_at, json.loads(row.facts)["difference_ms"]) for row in rows]


@pytest.mark.parametrize("wrong_by", [FIVE_MINUTES, -FIVE_MINUTES])
def test_t27_clock_five_minutes_out_at_the_start_serves_nothing_and_is_an_incident(
    tmp_path: Path, wrong_by: timedelta
) -> None:
    world, _ = ready(tmp_path)
    administrator = world.service.administrator()
    newest = world.clock.now()
    world.clock.put(newest + wrong_by)
    world.clock.wrong_by = wrong_by
    for _ in range(2):
        with pytest.raises(ClockWrong), Worker(world.tools).running():
            raise AssertionError("it serves")
    checks = [entry for entry in world.service.entries(EntryKind.CLOCK_CHECKED) if entry["outcome"] == "refused"]
    assert [entry["at"] for entry in checks] == [instant_text(newest)] * 2  # no instant of a wrong clock is claimed
    assert clock_incidents(world.tools) == [("clock_wrong", newest, newest, round(wrong_by.total_seconds() * 1000))]
    with world.tools.reading() as connection:
        owed = select(tables.notices.c.person_id).where(tables.notices.c.kind == "incident")
        assert connection.execute(owed).scalars().all() == [administrator]
    world.clock.put(newest)
    world.clock.wrong_by = timedelta(0)
    with Worker(world.tools).running():
        assert world.tools.trust.holds()
    world.service.close()


def test_clock_found_wrong_while_running_stops_copies_and_openings_until_it_is_right(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document_id)
    running = copies.begin(world.tools, actor, opening.opening_id)
    client, headers = world.client(), world.headers(world.minister.person_id)
    world.clock.wrong_by = FIVE_MINUTES
    with pytest.raises(ClockWrong):
        auditing.check_clock(world.tools)
    with pytest.raises(ClockWrong):
        running.next_group()
    running.close(handed_over_whole=False)
    answers = [
        client.post(f"/api/v1/documents/{document_id}/openings", headers=headers),
        client.get(f"/api/v1/openings/{opening.opening_id}/content", headers=headers),
        client.post(f"/api/v1/openings/{opening.opening_id}/reveal", headers=headers),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "clock_wrong")] * 3
    assert [entry["said"]["sent_bytes"] for entry in world.service.entries(EntryKind.COPY_OUTCOME)] == [0]
    world.clock.wrong_by = timedelta(0)
    auditing.check_clock(world.tools)
    assert client.get(f"/api/v1/openings/{opening.opening_id}/content", headers=headers).status_code == 200
    world.service.close()


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2), timedelta(seconds=-2)])
def test_clock_that_jumps_while_running_opens_nothing_until_it_has_jumped_back(tmp_path: Path, jump: timedelta) -> None:
    opens_soon = OPENS_AT - timedelta(hours=1)
    world, document_id = ready(tmp_path, OPENS_AT if jump < timedelta(0) else opens_soon)
    actor = world.actor(world.minister.person_id)
    started = time.monotonic()  # the clock goes on with the machine's counter, however slow the machine, until it jumps
    asked: list[datetime] = []

    def source() -> datetime:
        asked.append(world.clock.now() + timedelta(seconds=time.monotonic() - started))
        return asked[-1]

    tools = replace(world.tools, clock=SystemClock(source=source))
    tools.clock.now()
    before = world.clock.now()
    world.clock.put(before + jump)  # forward, the window would be open by it
    if jump > timedelta(0):
        with pytest.raises((Refused, ClockWrong)):  # the first while it counts on from what the clock said before
            openings.open_document(tools, actor, document_id)
        assert [entry["outcome"] for entry in world.service.entries(EntryKind.ACCESS_DECIDED)] in ([], ["refused"])
    refused = len(world.service.entries(EntryKind.ACCESS_DECIDED))
    before_then = len(asked)
    while len(asked) == before_then:  # it counts on for a second at most
        with suppress(ClockWrong):
            tools.clock.now()
    with pytest.raises(ClockWrong, match="against the machine's counter"):
        openings.open_document(tools, actor, document_id)
    with pytest.raises(ClockWrong):
        auditing.check_clock(tools)
    assert len(world.service.entries(EntryKind.ACCESS_DECIDED)) == refused
    assert [kind for kind, *_ in clock_incidents(tools)] == ["clock_wrong"]
    world.clock.put(before)
    auditing.check_clock(tools)
    assert tools.trust.holds()
    world.service.close()


def test_clock_behind_the_newest_entry_is_refused_at_the_start(tmp_path: Path) -> None:
    world, _ = ready(tmp_path)
    behind = replace(world.tools, clock=SystemClock(source=lambda: world.clock.now() - FIVE_MINUTES))
    with pytest.raises(ClockWrong, match="already holds an entry"):
        auditing.check_before_serving(behind)
    world.service.close()


@contextmanager
def time_server(wrong_by: timedelta) -> Iterator[str]:
    """A web server whose Date is wrong; gives its address."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(204)
            self.send_header("Date", format_datetime(SystemClock().now() + wrong_by, usegmt=True))
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_t27_real_server_five_minutes_from_its_reference_ends_and_answers_nobody(tmp_path: Path) -> None:
    tools = prepare(tmp_path / "service")
    with time_server(FIVE_MINUTES) as reference:
        server = LiveServer(tmp_path / "service", PRA_TIME_REFERENCE_URL=reference)
        server.begin()
        ended_with = server.ended_with()
    assert ended_with != 0
    with server.client() as client, pytest.raises(httpx2.ConnectError):
        client.get("/healthz")
    ((kind, _, _, difference_ms),) = clock_incidents(tools)
    assert (kind, isinstance(difference_ms, int) and -302_000 < difference_ms < -298_000) == ("clock_wrong", True)
    tools.database.close()


def test_worker_that_finds_the_clock_wrong_looks_again_soon_and_lets_the_service_go_on(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    with Worker(world.tools, every_seconds=0.005).running():
        world.clock.wrong_by = FIVE_MINUTES
        while world.tools.trust.holds():
            time.sleep(0.01)
        with pytest.raises(ClockWrong):
            openings.open_document(world.tools, actor, document_id)
        world.clock.wrong_by = timedelta(0)
        while not world.tools.trust.holds():
            time.sleep(0.01)
        opening = openings.open_document(world.tools, actor, document_id)
    decided = world.service.entries(EntryKind.ACCESS_DECIDED)
    assert [entry["said"]["opening_id"] for entry in decided] == [opening.opening_id]
    world.service.close()


def test_clock_of_the_database_is_asked_once_a_second_and_never_overtaken() -> None:
    asked: list[datetime] = []

    def source() -> datetime:
        asked.append(OPENS_AT + timedelta(seconds=time.monotonic() - begun))
        return asked[-1]

    begun = time.monotonic()
    clock = SystemClock(source=source)
    given = []
    while len(asked) < 3:
        given.append(clock.now())
        assert given[-1] <= OPENS_AT + timedelta(seconds=time.monotonic() - begun)  # a window never opens early by it
        time.sleep(0.01)
    assert given == sorted(given)
    assert all(later - earlier >= timedelta(seconds=ASKED_EVERY_SECONDS) for earlier, later in pairwise(asked))
    clock.check()
    assert len(asked) == 4  # whoever checks it asks


def test_answer_that_came_late_is_not_counted_on_from_nor_does_it_take_the_clock_back() -> None:
    """A thread waits for the server while others have been answered; what it is told is of before."""
    begun = time.monotonic()
    answers = [timedelta(0), timedelta(seconds=-0.6), timedelta(seconds=-1.5), timedelta(0)]
    clock = SystemClock(source=lambda: OPENS_AT + timedelta(seconds=time.monotonic() - begun) + answers.pop(0))
    first = clock.now()
    clock.check()  # asks, and is told what is behind
    assert clock.now() >= first
    with pytest.raises(ClockWrong):
        clock.check()
    assert clock.now() >= first  # one wrong answer is not kept for those who ask next
