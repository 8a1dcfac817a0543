"""Those who open a document in one second take turns, and nobody keeps a turn without using it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.api import crowds

RECIPIENTS = 500
API, PAGE = "/api/v1/documents/doc_1/openings", "/documents/doc_1/open"


class Door:
    """Stands where the application stands: counts who is inside, reads the request, answers."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.bodies: list[bytes] = []
        self.came = asyncio.Semaphore(0)

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.came.release()
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        self.bodies.append(body)
        await asyncio.sleep(0)
        self.inside -= 1
        await send({"type": "http.response.start", "status": 201, "headers": []})


async def ask(taking: crowds.TakingTurns, path: str, body: list[dict[str, Any]], method: str = "POST") -> list[int]:
    """Ask once; a body that does not end keeps the request on its way for ever."""
    answered: list[int] = []

    async def receive() -> dict[str, Any]:
        if body:
            return body.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        answered.append(message["status"])

    await taking({"type": "http", "method": method, "path": path}, receive, send)
    return answered


def part(content: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


@pytest.mark.parametrize("path", ["/api/v1/documents/doc_{}/openings", "/documents/doc_{}/open"])
@pytest.mark.parametrize(("documents", "most"), [(1, crowds.OF_ONE_DOCUMENT), (50, crowds.AT_ONCE)])
def test_five_hundred_who_open_in_one_second_are_let_in_by_turns_and_all_of_them_are_answered(
    path: str, documents: int, most: int
) -> None:
    door = Door()

    async def crowd() -> list[list[int]]:
        taking = crowds.TakingTurns(door)
        bodies = [[part(b'{"acknow', more=True), part(b'ledged": true}', more=False)] for _ in range(RECIPIENTS)]
        asked = (ask(taking, path.format(number % documents), body) for number, body in enumerate(bodies))
        return await asyncio.wait_for(asyncio.gather(*asked), 60)

    assert asyncio.run(crowd()) == [[201]] * RECIPIENTS
    assert (door.most, set(door.bodies)) == (most, {b'{"acknowledged": true}'})


@pytest.mark.parametrize("sent", [b"", b"{", b" " * crowds.LONGEST_BYTES], ids=["nothing", "a part", "all that may be"])
def test_those_who_never_finish_their_request_take_nobodys_turn(sent: bytes) -> None:
    door = Door()

    async def crowd() -> list[int]:
        taking = crowds.TakingTurns(door)
        slow = [
            asyncio.create_task(ask(taking, API, [part(sent, more=True)] if sent else []))
            for _ in range(3 * crowds.AT_ONCE)
        ]
        await asyncio.sleep(0)
        answered = await asyncio.wait_for(ask(taking, API, [part(b"{}", more=False)]), 30)
        for one in slow:
            one.cancel()
        return answered

    assert asyncio.run(crowd()) == [201]
    assert door.bodies == [b"{}"]


def test_request_longer_than_an_opening_is_waits_for_no_turn_and_has_none() -> None:
    door = Door()

    async def crowd() -> list[int]:
        taking = crowds.TakingTurns(door)
        long = [
            asyncio.create_task(ask(taking, API, [part(b" " * (crowds.LONGEST_BYTES + 1), more=True)]))
            for _ in range(3 * crowds.AT_ONCE)
        ]
        for _ in long:
            await door.came.acquire()
        answered = await asyncio.wait_for(ask(taking, API, [part(b"{}", more=False)]), 30)
        for one in long:
            one.cancel()
        return answered

    assert asyncio.run(crowd()) == [201]


def test_request_in_many_small_pieces_is_kept_as_one() -> None:
    door = Door()
    pieces = [part(b" ", more=True) for _ in range(crowds.LONGEST_BYTES - 1)]

    async def one() -> list[int]:
        return await ask(crowds.TakingTurns(door), API, [*pieces, part(b"}", more=False)])

    assert asyncio.run(one()) == [201]
    assert door.bodies == [b" " * (crowds.LONGEST_BYTES - 1) + b"}"]


def test_whoever_goes_away_before_their_request_is_whole_takes_no_turn() -> None:
    door = Door()

    async def crowd() -> list[int]:
        taking = crowds.TakingTurns(door)
        for _ in range(3 * crowds.AT_ONCE):
            await ask(taking, API, [{"type": "http.disconnect"}])
        return await asyncio.wait_for(ask(taking, API, [part(b"{}", more=False)]), 30)

    assert asyncio.run(crowd()) == [201]


def test_whoever_goes_away_while_they_wait_opens_nothing_and_keeps_no_turn() -> None:
    let, opened = asyncio.Event(), list[str]()

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        opened.append("one")
        await let.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def crowd() -> list[list[int]]:
        taking = crowds.TakingTurns(slow)
        first = [
            asyncio.create_task(ask(taking, API, [part(b"{}", more=False)])) for _ in range(crowds.OF_ONE_DOCUMENT)
        ]
        await asyncio.sleep(0)
        gone = [
            asyncio.create_task(ask(taking, API, [part(b"{}", more=False), {"type": "http.disconnect"}]))
            for _ in range(3 * crowds.AT_ONCE)
        ]
        last = asyncio.create_task(ask(taking, API, [part(b"{}", more=False)]))
        for _ in range(20):
            await asyncio.sleep(0)
        let.set()
        return await asyncio.wait_for(asyncio.gather(*first, *gone, last), 30)

    answered = asyncio.run(crowd())
    served = crowds.OF_ONE_DOCUMENT + 1
    assert (len(opened), answered.count([201]), answered.count([])) == (served, served, 3 * crowds.AT_ONCE)


def test_document_that_has_to_be_waited_for_leaves_turns_to_the_others() -> None:
    async def held(scope: Any, _receive: Any, send: Any) -> None:
        if "doc_held" in scope["path"]:
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def crowd() -> list[int]:
        taking = crowds.TakingTurns(held)
        held_up = [
            asyncio.create_task(ask(taking, API.replace("doc_1", "doc_held"), [part(b"{}", more=False)]))
            for _ in range(200)
        ]
        await asyncio.sleep(0)
        answered = await asyncio.wait_for(ask(taking, API, [part(b"{}", more=False)]), 30)
        for one in held_up:
            one.cancel()
        await asyncio.gather(*held_up, return_exceptions=True)
        assert crowds._turns(crowds._opening_turns)._of == {}  # nothing is kept of those that nobody asks for
        return answered

    assert asyncio.run(crowd()) == [201]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", API),
        ("GET", PAGE),
        ("POST", "/api/v1/documents/doc_1/recall"),
        ("POST", "/api/v1/openings/opn_1/content"),
    ],
)
def test_everything_else_waits_for_no_turn(method: str, path: str) -> None:
    door = Door()

    async def crowd() -> None:
        taking = crowds.TakingTurns(door)
        asked = [asyncio.create_task(ask(taking, path, [], method)) for _ in range(4 * crowds.AT_ONCE)]
        for _ in asked:
            await door.came.acquire()
        for one in asked:
            one.cancel()

    asyncio.run(asyncio.wait_for(crowd(), 30))


def test_public_crowd_keeps_nobody_who_opens_waiting() -> None:
    async def never(scope: Any, _receive: Any, send: Any) -> None:
        if scope["path"].startswith("/published"):
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def crowd() -> list[int]:
        taking = crowds.TakingTurns(never)
        public = [asyncio.create_task(ask(taking, "/published/rel_1", [], "GET")) for _ in range(100)]
        await asyncio.sleep(0)
        answered = await asyncio.wait_for(ask(taking, API, [part(b"{}", more=False)]), 30)
        for one in public:
            one.cancel()
        return answered

    assert asyncio.run(crowd()) == [201]
