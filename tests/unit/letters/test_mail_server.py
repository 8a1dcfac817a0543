"""A mail server that speaks RFC 3461: it is told to name the letter, and to keep its words to itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.outside.mail import SmtpMail
from app.rules.mailanswers import Bounce, NoAnswer, NotTaken

LETTER = {
    "to": "ana.example@department.gov.example",
    "subject": "A subject",
    "body": "Words.\n",
    "message_id": "<not_0a1b2c3d4e5f60718293a4b5-1@service.gov.example>",
}


class Server:
    """One conversation, word for word; ``recipient`` and ``data`` are what it answers to these, empty cuts the line."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.recipient, self.data = "250 OK", "250 taken"
        self.heard: list[str] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        line, _ = self.listening.accept()
        with line, line.makefile("rwb") as talk:
            answers = {"EHLO": "250-mx.gov.example\r\n250 DSN", "RCPT": self.recipient, "DATA": "354 go on"}
            said = "220 mx.gov.example"
            while said:
                talk.write(f"{said}\r\n".encode())
                talk.flush()
                if said.startswith("354"):
                    while talk.readline() != b".\r\n":
                        pass
                    said = self.data
                    continue
                word = talk.readline().decode().strip()
                if not word or word.upper() == "QUIT":
                    return
                self.heard.append(word)
                said = answers.get(word[:4].upper(), "250 OK")


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.listening.close()


def mail(server: Server) -> SmtpMail:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return SmtpMail("127.0.0.1", server.port, "pra@service.gov.example", starttls=False, now=lambda: at)


def test_server_is_told_to_name_the_letter_and_to_send_no_words_back(server: Server) -> None:
    mail(server).send(**LETTER)
    assert server.heard[1:3] == [
        "mail FROM:<pra@service.gov.example> RET=HDRS ENVID=not_0a1b2c3d4e5f60718293a4b5-1@service.gov.example",
        "rcpt TO:<ana.example@department.gov.example> NOTIFY=FAILURE",
    ]


@pytest.mark.parametrize(
    ("answer", "code", "bounce", "again"),
    [
        ("550 5.1.1 ana.example@department.gov.example: no such mailbox", "smtp 550 5.1.1", Bounce.PERMANENT, False),
        ("550 no such mailbox", "smtp 550", Bounce.PERMANENT, False),
        ("554 5.7.1 relaying denied", "smtp 554 5.7.1", None, True),
        ("450 4.2.0 greylisted", "smtp 450 4.2.0", None, True),
    ],
)
def test_refusal_of_an_address_is_told_by_its_numbers_alone(
    server: Server, answer: str, code: str, bounce: Bounce | None, again: bool
) -> None:
    server.recipient = answer
    with pytest.raises(NotTaken) as refused:
        mail(server).send(**LETTER)
    assert (refused.value.code, refused.value.bounce, refused.value.again) == (code, bounce, again)
    assert "ana.example" not in str(refused.value)


def test_refusal_of_the_words_keeps_no_other_letter_waiting(server: Server) -> None:
    server.data = "554 5.6.0 we do not take this"
    with pytest.raises(NotTaken) as refused:
        mail(server).send(**LETTER)
    assert (refused.value.code, refused.value.bounce, refused.value.again) == ("smtp 554 5.6.0", None, True)


def test_server_that_is_gone_once_it_has_the_letter_may_have_taken_it(server: Server) -> None:
    server.data = ""
    with pytest.raises(NoAnswer):
        mail(server).send(**LETTER)
