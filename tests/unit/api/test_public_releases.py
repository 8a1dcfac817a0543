"""What is made public here is given to a crowd without the database, and to nobody once anything is in doubt."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.actions import public_documents
from app.actions.kept_public import FRESH_SECONDS, PublicDesk, Snapshot
from app.actions.tools import Tools
from app.api import crowds, public_sending
from app.api.headers import ResponseCut
from app.application import build
from app.audit.entries import EntryKind
from app.rules.contingency import CONFIRMATION
from app.rules.errors import ClockWrong, Unavailable
from app.vault import shelf
from tests.build import london
from tests.story import CHANCELLOR, Story, done

DUE = london(2026, 3, 10, 9, 30)
BODY = b"region,claimants\n" + b"".join(b"Place %06d,%06d\n" % (n, n * 7919 % 10**6) for n in range(15_000))
READERS = 60


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """Published here at 9:35, the site being down."""
    told = Story(tmp_path, DUE - timedelta(days=8))
    told.release(DUE)
    told.list_with(CHANCELLOR)
    told.sealed(BODY, "figures.csv")
    told.signed_off()
    done(told.post(told.statistician, f"/releases/{told.told.release_id}/public-list"), 201)
    told.clock.put(DUE + timedelta(minutes=5))
    yield told
    told.service.close()


def decide(story: Story) -> None:
    path = f"/releases/{story.told.release_id}"
    revision = story.get(story.head, path)["revision"]
    body = {"reason": "The site is down.", "confirmation": CONFIRMATION}
    done(story.post(story.head, f"{path}/contingency", json=body, revision=revision), 201)


def file_path(story: Story) -> str:
    return f"/published/{story.told.release_id}/documents/{story.told.document_id}"


def file(story: Story, **headers: str) -> httpx2.Response:
    return story.ask(None, "GET", file_path(story), headers=headers)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time the database is opened, and each time a document is."""
    seen: list[str] = []
    reading, opening = Tools.reading, shelf.open_document

    def noted(tools: Tools) -> Any:
        seen.append("database")
        return reading(tools)

    def opened(*given: Any, **named: Any) -> Any:
        seen.append("vault")
        return opening(*given, **named)

    monkeypatch.setattr(Tools, "reading", noted)
    monkeypatch.setattr(shelf, "open_document", opened)
    return seen


def test_rush_costs_one_look_at_the_database_and_one_unsealing(
    story: Story, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(story)
    monkeypatch.setattr(story.clock, "monotonic_seconds", lambda: 1000.0)
    looks.clear()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: file(story), range(READERS)))
    assert {(answer.status_code, hashlib.sha256(answer.content).hexdigest()) for answer in answers} == {
        (200, hashlib.sha256(BODY).hexdigest())
    }
    # Each client here has an event loop of its own, and so may ask once; in the service there is one for all.
    assert looks.count("database") <= 8
    assert looks.count("vault") <= 8
    looks.clear()
    assert {file(story).status_code for _ in range(20)} == {200}
    assert looks == []


def test_rush_on_one_event_loop_asks_once_for_all(story: Story, looks: list[str]) -> None:
    decide(story)
    looks.clear()
    application = build(story.tools)

    async def crowd() -> list[httpx2.Response]:
        carrier = httpx2.ASGITransport(application)
        async with httpx2.AsyncClient(transport=carrier, base_url="http://stats.example") as client:
            asked = (client.get(f"/api/v1{file_path(story)}") for _ in range(READERS))
            return list(await asyncio.gather(*asked))

    answers = asyncio.run(crowd())
    assert {(one.status_code, one.content == BODY) for one in answers} == {(200, True)}
    assert looks.count("vault") == 1
    assert looks.count("database") <= 3  # once a second, however long the crowd takes
    (entry,) = (public_documents.count_readings(story.tools), story.entries(EntryKind.CONTINGENCY_READ))[1]
    assert entry["said"] == {"counts": {"whole": READERS}, "sent_bytes": READERS * len(BODY)}
    assert public_documents.count_readings(story.tools) == 0


def test_other_process_gives_it_within_a_second_and_never_before_it_is_decided(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr(story.clock, "monotonic_seconds", lambda: seconds[0])
    other = replace(story.tools, public_desk=PublicDesk(), shelf=type(story.tools.shelf)())
    assert public_documents.list_public(other) == ()
    decide(story)
    assert public_documents.list_public(other) == ()  # it asked less than a second ago
    seconds[0] += FRESH_SECONDS
    (shown,) = public_documents.list_public(other)
    assert [one.permit.document_id for one in shown.documents] == [story.told.document_id]
    path = f"/releases/{story.told.release_id}/contingency"
    done(story.post(story.head, f"{path}/withdrawal", json={"reason": "It is back."}, revision=1))
    assert file(story).status_code == 404
    seconds[0] += FRESH_SECONDS
    (left,) = public_documents.list_public(other)
    assert (left.stands, left.documents) == (False, ())


def test_nothing_is_given_while_the_clock_is_in_doubt(story: Story) -> None:
    decide(story)
    assert file(story).status_code == 200
    story.tools.trust.lose("the clock", ClockWrong("it is wrong"))
    assert (file(story).status_code, file(story).json()["code"]) == (503, "clock_wrong")
    story.tools.trust.regain("the clock")
    assert file(story).status_code == 200


def test_nothing_is_given_when_the_records_cannot_be_asked_and_the_crowd_does_not_wear_them_out(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(story)
    assert file(story).status_code == 200
    seconds, asked = [5000.0], []

    def silent(_: Tools) -> Any:
        asked.append("asked")
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(story.clock, "monotonic_seconds", lambda: seconds[0])
    with monkeypatch.context() as broken:
        broken.setattr(Tools, "reading", silent)
        assert {file(story).status_code for _ in range(20)} == {503}
        assert asked == ["asked"]
    seconds[0] += 2
    assert file(story).status_code == 200


def test_document_too_long_for_memory_is_unsealed_for_its_reader(story: Story, looks: list[str]) -> None:
    decide(story)
    story.tools = replace(story.tools, policy=replace(story.tools.policy, public_held_bytes=1024))
    assert file(story).content == BODY
    part = file(story, Range="bytes=100000-199999")
    assert (part.status_code, part.content) == (206, BODY[100_000:200_000])
    assert looks.count("vault") == 2
    assert story.tools.public_desk.body(hashlib.sha256(BODY).hexdigest()) is None


def test_department_behind_one_address_reads_what_is_made_public_beyond_what_else_it_may_ask_for(story: Story) -> None:
    """A network's 600 requests a minute counted the documents too, which hundreds of its readers fetch at once."""
    decide(story)
    policy = story.tools.policy
    assert (policy.public_requests_per_network_per_minute, policy.made_public_requests_per_network_per_minute) == (
        600,
        12_000,
    )
    few = replace(policy, public_requests_per_network_per_minute=1, made_public_requests_per_network_per_minute=6)
    story.tools = replace(story.tools, policy=few)
    assert [story.client.get("/problems").status_code for _ in range(2)] == [200, 429]
    page = f"/published/{story.told.release_id}"
    of_page = [story.client.get(where).status_code for where in (page, f"/api/v1{page}", "/published")]
    of_file = [file(story).status_code for _ in range(4)]
    assert (of_page, of_file) == ([200] * 3, [200, 200, 200, 429])
    assert "More than 6 requests" in file(story).json()["detail"]


def test_reader_beyond_the_last_place_is_told_to_come_again_and_counted(story: Story) -> None:
    decide(story)
    story.tools = replace(story.tools, policy=replace(story.tools.policy, public_downloads_at_once=0))
    busy = file(story)
    assert (busy.status_code, busy.json()["code"], busy.headers["retry-after"]) == (503, "busy", "5")
    public_documents.count_readings(story.tools)
    (entry,) = story.entries(EntryKind.CONTINGENCY_READ)
    assert entry["said"] == {"counts": {"busy": 1}, "sent_bytes": 0}


def test_document_altered_in_the_store_after_the_decision_is_given_to_nobody(story: Story) -> None:
    decide(story)
    (sealed,) = [one for one in (story.folder / "sealed").rglob("*") if one.is_file() and one.suffix != ".escrow"]
    body = bytearray(sealed.read_bytes())
    body[-1] ^= 1
    sealed.chmod(0o600)
    sealed.write_bytes(bytes(body))
    answer = file(story)
    assert (answer.status_code, answer.json()["code"]) == (500, "seal_broken")
    assert BODY[:64] not in answer.content


def test_counts_that_cannot_be_written_are_kept_for_the_next_entry() -> None:
    desk = PublicDesk()
    desk.count("rel", "doc", "whole", 5)
    taken = desk.take()
    desk.count("rel", "doc", "cut", 2)
    desk.put_back(taken)
    (one,) = desk.take()
    assert (dict(one.counts), one.sent_bytes) == ({"cut": 1, "whole": 1}, 7)


def test_bytes_in_memory_are_bounded_and_let_go_when_withdrawn() -> None:
    desk = PublicDesk()
    for name in "abc":
        place = desk.room(40, 100)
        assert place is not None
        desk.hold(name, place)
        del place  # or it would still be in use
    assert [desk.body(name) is not None for name in "abc"] == [False, True, True]
    desk.keep(Snapshot(DUE, 0.0, {}), frozenset({"c"}), desk.mark())
    assert [desk.body(name) is not None for name in "abc"] == [False, False, True]


class Reader:
    """Asks over ASGI as the server does it: what is sent to nobody is taken without a word."""

    def __init__(self, story: Story, address: str, *, slices: int = 10**6, hangs_up: bool = False) -> None:
        """Take so many pieces, then hang up, or read no more."""
        self.asked, self.left, self.hangs_up = file_path(story), slices, hangs_up
        self.address, self.status, self.body = address, 0, b""
        self.gone, self.stuck = asyncio.Event(), asyncio.Event()

    async def reads(self, application: Any) -> None:
        heads = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
        path = f"/api/v1{self.asked}"
        names = {"path": path, "raw_path": path.encode(), "query_string": b"", "root_path": ""}
        net = {"headers": [(b"host", b"stats.example")], "client": (self.address, 1), "server": ("stats.example", 80)}
        with contextlib.suppress(ResponseCut):
            await application({**heads, **names, **net}, self.receive, self.send)

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.gone.is_set():
            return
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        self.left -= bool(message.get("body"))
        if self.left <= 0 and self.hangs_up:
            self.gone.set()
        elif self.left <= 0:
            self.stuck.set()
            await asyncio.Event().wait()


def counted(story: Story) -> list[tuple[dict[str, int], bool]]:
    return [(dict(one.counts), one.sent_bytes < len(BODY)) for one in story.tools.public_desk.take()]


@pytest.mark.parametrize("held_bytes", [10**6, 1024], ids=["held", "unsealed"])
def test_reader_who_hangs_up_is_counted_as_cut_and_nothing_more_is_unsealed(story: Story, held_bytes: int) -> None:
    decide(story)
    story.tools = replace(story.tools, policy=replace(story.tools.policy, public_held_bytes=held_bytes))
    asyncio.run(Reader(story, "192.0.2.1", slices=1, hangs_up=True).reads(build(story.tools)))
    assert counted(story) == [({"cut": 1}, True)]
    whole = Reader(story, "192.0.2.1")
    asyncio.run(whole.reads(build(story.tools)))
    assert (whole.status, whole.body, counted(story)) == (200, BODY, [({"whole": 1}, False)])


@pytest.mark.parametrize("held_bytes", [10**6, 1024], ids=["held", "unsealed"])
def test_reader_who_takes_nothing_gives_the_place_back(
    story: Story, held_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(story)
    policy = replace(story.tools.policy, public_held_bytes=held_bytes, public_downloads_at_once=1)
    story.tools = replace(story.tools, policy=policy)
    monkeypatch.setattr(public_sending, "STALLED_SECONDS", 0.02)
    asyncio.run(asyncio.wait_for(Reader(story, "192.0.2.1", slices=1).reads(build(story.tools)), 30))
    assert counted(story) == [({"cut": 1}, True)]
    monkeypatch.undo()
    assert file(story).content == BODY


def test_network_holds_only_some_of_the_few_places(story: Story) -> None:
    decide(story)
    story.tools = replace(story.tools, policy=replace(story.tools.policy, public_held_bytes=1024))

    async def meeting() -> list[int]:
        application = build(story.tools)
        stuck = [
            Reader(story, "192.0.2.1", slices=1) for _ in range(public_sending.UNSEALED_OF_A_DOCUMENT_FOR_A_NETWORK)
        ]
        asked = [asyncio.create_task(one.reads(application)) for one in stuck]
        for one in stuck:
            await asyncio.wait_for(one.stuck.wait(), 30)
        others = [Reader(story, address) for address in ("192.0.2.1", "192.0.2.2")]
        for one in others:
            await one.reads(application)
        for one in stuck:
            one.gone.set()
        await asyncio.gather(*asked)
        return [one.status for one in others]

    assert asyncio.run(meeting()) == [503, 200]
    assert counted(story) == [({"cut": 2, "busy": 1, "whole": 1}, False)]


def test_reader_of_the_few_places_owes_a_least_rate(story: Story) -> None:
    decide(story)
    (shown,) = public_documents.list_public(story.tools)
    part = (0, len(BODY))
    slow = public_sending.PublicFile(story.tools, shown.documents[0], None, part, 200, {}, "192.0.2.1")
    slow._waited_seconds = 59.0
    assert slow._patience() == 0.0
    slow._gone_bytes = 30 * public_sending.LEAST_BYTES_A_SECOND
    assert slow._patience() == 1.0
    slow._gone_bytes *= 10
    assert slow._patience() == public_sending.STALLED_SECONDS


def test_document_whose_store_hangs_keeps_no_page_waiting(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(story)
    opening, go_on = shelf.open_document, threading.Event()

    def hanging(*given: Any, **named: Any) -> Any:
        assert go_on.wait(30)
        return opening(*given, **named)

    monkeypatch.setattr(shelf, "open_document", hanging)
    application = build(story.tools)

    async def crowd() -> list[int]:
        stuck = [Reader(story, f"192.0.2.{n}") for n in range(1, crowds.AT_ONCE + 3)]
        asked = [asyncio.create_task(one.reads(application)) for one in stuck]
        page = Reader(story, "192.0.2.99")
        page.asked = f"/published/{story.told.release_id}"
        try:
            await asyncio.wait_for(page.reads(application), 20)
        finally:
            go_on.set()
        await asyncio.gather(*asked)
        return [page.status, *(one.status for one in stuck)]

    assert asyncio.run(crowd()) == [200] * (crowds.AT_ONCE + 3)


def test_lock_is_of_one_document_and_goes_with_its_last_user() -> None:
    async def asked() -> tuple[bool, bool]:
        one = public_sending._lock_of_document("a")
        return one is public_sending._lock_of_document("a"), one is public_sending._lock_of_document("b")

    assert asyncio.run(asked()) == (True, False)


def test_crowd_waits_in_line_so_that_others_are_answered_between() -> None:
    inside = most = 0

    async def answering(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await all_begun.wait()  # a slow line, after the answer has begun, keeps nobody waiting

    async def crowd() -> list[int]:
        begun: list[int] = []
        taking = crowds.TakingTurns(answering)

        async def noted(message: Any) -> None:
            begun.append(message["status"])
            if len(begun) == READERS:
                all_begun.set()

        scope = {"type": "http", "path": "/api/v1/published/rel/documents/doc"}
        asked = [asyncio.create_task(taking(scope, None, noted)) for _ in range(READERS)]  # type: ignore[arg-type]  # reason: narrowing
        await asyncio.wait_for(asyncio.gather(*asked), 30)
        return begun

    all_begun = asyncio.Event()
    assert asyncio.run(crowd()) == [200] * READERS
    assert most == crowds.AT_ONCE
