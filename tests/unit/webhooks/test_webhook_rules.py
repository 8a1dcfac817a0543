"""Signatures as the specification has them, when a message is sent again, and which addresses are taken."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from app.keys.webhooks import new_webhook_secret, secret_text, signature_header
from app.rules.errors import Malformed
from app.rules.probes import Trouble
from app.rules.webhookletters import TROUBLE_WORDS, answer_words, stopped_letter, told_trouble
from app.rules.webhooks import TRIES, PostAnswer, StoppedBecause, again_at, check_address, stops

AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
# The vector that the libraries of Standard Webhooks test themselves with.
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signature_is_the_one_of_the_published_vector() -> None:
    header = signature_header([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert header == SIGNED


def test_signature_of_two_secrets_is_two_signatures_with_a_blank_between() -> None:
    other = b"\1" * 32
    header = signature_header([other, SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    first, second = header.split(" ")
    assert second == SIGNED
    assert first != SIGNED


def test_signature_of_an_id_with_a_full_stop_is_never_made() -> None:
    with pytest.raises(ValueError, match="full stop"):
        signature_header([SECRET], "whd_1.2", 1, b"")


def test_secret_is_long_enough_and_written_as_the_specification_says() -> None:
    secret = new_webhook_secret()
    assert len(secret) == 32
    assert secret_text(secret) == f"whsec_{base64.b64encode(secret).decode()}"
    assert new_webhook_secret() != secret


def test_message_is_sent_again_at_growing_intervals_over_three_days_and_then_given_up() -> None:
    at, waits = AT, []
    for tries in range(1, TRIES):
        due = again_at("whd_000000000000000000000000", tries, PostAnswer(500), at)
        assert due is not None
        waits.append(due - at)
        at = due
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=5)
    assert timedelta(days=3) < at - AT < timedelta(days=3, hours=8)
    assert again_at("whd_000000000000000000000000", TRIES, PostAnswer(500), at) is None


def test_messages_do_not_come_back_all_at_once() -> None:
    first, last = (again_at(f"whd_{end * 24}", 6, PostAnswer(500), AT) for end in "0f")
    assert (first, last) == (AT + timedelta(hours=2), AT + timedelta(hours=2, minutes=12))


@pytest.mark.parametrize(("asked", "waits"), [(1, 5), (120, 120), (86_400, 3600)])
def test_receiver_that_asks_for_time_is_given_it_up_to_an_hour(asked: int, waits: int) -> None:
    answer = PostAnswer(503, retry_after_seconds=asked)
    assert again_at("whd_000000000000000000000000", 1, answer, AT) == AT + timedelta(seconds=waits)


@pytest.mark.parametrize(
    ("days", "answer", "because"),
    [
        (2.9, PostAnswer(500), None),
        (3, PostAnswer(500), StoppedBecause.FAILING),
        (3, PostAnswer(trouble=Trouble.NO_CONNECTION), StoppedBecause.FAILING),
        (0, PostAnswer(410), StoppedBecause.GONE),
    ],
)
def test_webhook_stops_after_three_days_or_when_it_wants_no_more(
    days: float, answer: PostAnswer, because: StoppedBecause | None
) -> None:
    assert stops(AT - timedelta(days=days), answer, AT) is because


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hooks.department.gov.example/pra", "hooks.department.gov.example"),
        ("https://HOOKS.department.gov.example:443", "hooks.department.gov.example"),
        ("https://hooks.department.gov.example:8443/a?b=c", "hooks.department.gov.example:8443"),
    ],
)
def test_address_by_https_and_name_is_taken(url: str, host: str) -> None:
    assert check_address(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.department.gov.example/pra",
        "https://127.0.0.1/pra",
        "https://[::1]/pra",
        "https://localhost/pra",
        "https://2130706433/pra",
        "https://someone:word@hooks.department.gov.example/pra",
        "https://hooks.department.gov.example:99999/pra",
        "https://hooks.department.gov.example/pra#part",
        "https://hooks.department.gov.example\\@elsewhere.example/",
        "ftp://hooks.department.gov.example/pra",
        "",
    ],
)
def test_address_that_is_none_or_names_a_machine_by_number_is_refused(url: str) -> None:
    with pytest.raises(Malformed, match="is not an https address"):
        check_address(url)


def test_letter_that_a_webhook_stopped_says_why_and_what_to_do() -> None:
    subject, body = stopped_letter(
        "Web desk",
        "hooks.department.gov.example",
        StoppedBecause.FAILING,
        AT,
        PostAnswer(trouble=Trouble.NO_CONNECTION),
        "https://pra.example/producer/webhooks/whk_1",
    )
    assert subject == "Webhook stopped: Web desk"
    assert "It has taken nothing since Tuesday 10 March 2026, 9:30am (UK time)" in body
    assert "the last time it could not be reached." in body
    assert "https://pra.example/producer/webhooks/whk_1" in body


def test_every_trouble_has_words() -> None:
    assert set(TROUBLE_WORDS) == set(Trouble)
    told = (Trouble.NO_CONNECTION, Trouble.TLS_NOT_TRUSTED)
    assert {TROUBLE_WORDS[one] for one in told} == {"it could not be reached"}
    assert {told_trouble(one.value) for one in told} == {"no_connection"}
    assert {one for one in Trouble if told_trouble(one.value) != one.value} == {Trouble.TLS_NOT_TRUSTED}
    assert told_trouble("") == ""
    assert answer_words(PostAnswer(503)) == "it answered 503"
    assert "could not be read here" in answer_words(PostAnswer())
