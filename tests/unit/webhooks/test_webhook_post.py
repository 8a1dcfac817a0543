"""What carries messages to webhooks: where it goes, and what it makes of each answer."""

from __future__ import annotations

import re
import threading

import pytest

from app.actions.webhooks import WEBHOOKS_LIMIT
from app.rules.probes import Trouble
from app.rules.webhooks import PostAnswer
from tests.publisher import BOTH, HOST, INSIDE
from tests.receiver import Receiver, Reply, receiving

HEADERS = {"webhook-id": "whd_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
BODY = '{"type":"webhook.test","name":"Größe"}'.encode()


def sent(receiver: Receiver, url: str = "", **other: object) -> PostAnswer:
    return receiver.post(**other).post(url or receiver.url(), BODY, HEADERS)


def test_message_arrives_as_it_was_written_with_its_headers() -> None:
    with receiving() as receiver:
        assert sent(receiver) == PostAnswer(204)
        (got,) = receiver.received
    assert got.body == BODY
    assert {name: got.headers[name] for name in HEADERS} == HEADERS
    assert got.headers["host"] == f"{HOST}:{receiver.port}"
    assert (got.headers["content-type"], got.headers["accept-encoding"]) == ("application/json", "identity")


@pytest.mark.parametrize("status", [200, 201, 299])
def test_any_2xx_is_taken(status: int) -> None:
    with receiving() as receiver:
        receiver.reply = Reply(status)
        assert sent(receiver).taken


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(500), PostAnswer(500)),
        (Reply(400), PostAnswer(400)),
        (Reply(410), PostAnswer(410)),
        (Reply(302, {"Location": "https://elsewhere.gov.example/"}), PostAnswer(302)),
        (Reply(503, {"Retry-After": "120"}), PostAnswer(503, retry_after_seconds=120)),
        (Reply(503, {"Retry-After": "Tue, 10 Mar 2026 09:30:00 GMT"}), PostAnswer(503)),
        (Reply(429, {"Retry-After": "99999999999"}), PostAnswer(429)),
    ],
)
def test_anything_else_is_told_and_not_taken(reply: Reply, told: PostAnswer) -> None:
    with receiving() as receiver:
        receiver.reply = reply
        answer = sent(receiver)
        assert (answer, answer.taken, len(receiver.received)) == (told, False, 1)  # no redirect is followed


def test_dead_name_servers_of_one_department_keep_no_other_from_its_messages() -> None:
    asked: list[str] = []
    over = threading.Event()

    def dead(host: str, port: int) -> list[str]:
        asked.append(host)
        over.wait()
        return []

    with receiving() as receiver:
        try:
            for number in range(WEBHOOKS_LIMIT):
                url = receiver.url(host=f"dead{number}.gov.example")
                answers = [sent(receiver, url, resolve=dead, seconds=0.05) for _ in range(3)]
                assert answers == [PostAnswer(trouble=Trouble.TOO_SLOW)] * 3
            assert asked == [f"dead{number}.gov.example" for number in range(WEBHOOKS_LIMIT)]  # once each
            assert sent(receiver) == PostAnswer(204)
        finally:
            over.set()
        assert sent(receiver) == PostAnswer(204)


def test_enormous_answer_is_not_read() -> None:
    with receiving() as receiver:
        receiver.reply = Reply(200, {"Content-Length": str(10**12)}, b"x" * 1024)
        assert sent(receiver) == PostAnswer(200)


def test_enormous_headers_are_not_read() -> None:
    with receiving() as receiver:
        receiver.reply = Reply(200, {f"X-Filler-{number}": "x" * 4096 for number in range(1000)})
        assert sent(receiver) == PostAnswer(trouble=Trouble.UNREADABLE)


def test_slow_answer_is_given_up_in_time_all_in_all() -> None:
    with receiving() as receiver:
        receiver.reply = Reply(200, drip_seconds=0.05)  # each byte comes in time
        assert sent(receiver, seconds=0.3) == PostAnswer(trouble=Trouble.TOO_SLOW)


def test_certificate_of_nobody_known_is_not_trusted() -> None:
    with receiving(trusted=False) as receiver:
        assert sent(receiver) == PostAnswer(trouble=Trouble.TLS_NOT_TRUSTED)
        assert receiver.received == []


@pytest.mark.parametrize("host", [INSIDE, BOTH])
def test_name_that_leads_inside_is_not_connected_to(host: str) -> None:
    with receiving() as receiver:
        assert sent(receiver, receiver.url(host=host)) == PostAnswer(trouble=Trouble.ADDRESS_NOT_PUBLIC)
        assert receiver.received == []


def test_this_machine_is_not_connected_to_unless_an_operator_named_the_host() -> None:
    from app.outside.addresses import is_public

    with receiving() as receiver:
        assert sent(receiver, may_connect=is_public) == PostAnswer(trouble=Trouble.ADDRESS_NOT_PUBLIC)
        assert receiver.received == []
        inside = frozenset({f"{HOST}:{receiver.port}"})
        assert sent(receiver, may_connect=is_public, inside=inside) == PostAnswer(204)
        assert sent(receiver, may_connect=is_public, inside=frozenset({HOST})).trouble is Trouble.ADDRESS_NOT_PUBLIC


def test_name_that_nobody_has_is_told() -> None:
    with receiving() as receiver:
        url = receiver.url(host="nobody.gov.example")
        assert sent(receiver, url) == PostAnswer(trouble=Trouble.NAME_NOT_FOUND)


def test_plain_http_is_never_spoken() -> None:
    with receiving() as receiver:
        url = re.sub("^https", "http", receiver.url())
        assert sent(receiver, url) == PostAnswer(trouble=Trouble.NOT_HTTPS)


def test_nobody_listening_is_told() -> None:
    with receiving() as receiver:
        pass
    assert sent(receiver) == PostAnswer(trouble=Trouble.NO_CONNECTION)
