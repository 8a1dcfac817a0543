"""Somebody between us and a server on the loopback, who passes everything on, and now and then does it wrong."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PASS_LIMIT_SECONDS = 30
_NOT_PASSED_ON = {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}


@dataclass(frozen=True)
class Asked:
    """One request. ``number`` counts those that came before it."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered. Of the body only ``sent_bytes`` are sent, if that is less, and then the line goes dead."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent_bytes: int | None = None

    def saying(self, body: bytes) -> Answer:
        return replace(self, body=body)


PassOn = Callable[["Asked"], "Answer"]
Manner = Callable[["Asked", PassOn], "Answer | None"]
"""Given a request and a way to pass it on, gives what is answered; None hangs up without a word."""


class Between:
    """Whoever stands between. ``manner`` may be changed at any time."""

    def __init__(self, server_address: str) -> None:
        self.manner: Manner = as_it_is
        self.over = threading.Event()
        self.asked: list[Asked] = []
        self.address = ""
        self._place = urlsplit(server_address)

    def pass_on(self, asked: Asked) -> Answer:
        assert self._place.hostname
        line = http.client.HTTPConnection(self._place.hostname, self._place.port, timeout=PASS_LIMIT_SECONDS)
        with closing(line):
            line.request(asked.method, asked.path, body=asked.body, headers=asked.headers)
            answer = line.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _NOT_PASSED_ON}
            size = answer.getheader("Content-Length")
            if asked.method == "HEAD" and size is not None:
                kept["Content-Length"] = size
            return Answer(answer.status, kept, answer.read())

    def hang(self) -> None:
        """Say nothing until all is over."""
        self.over.wait(PASS_LIMIT_SECONDS)


def as_it_is(asked: Asked, pass_on: PassOn) -> Answer:
    """Do nothing wrong."""
    return pass_on(asked)


@contextmanager
def between(server_address: str) -> Iterator[Between]:
    """Stand between us and a server, on a port of the loopback."""
    someone = Between(server_address)
    lock = threading.Lock()

    class Attending(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _attend(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                asked = Asked(len(someone.asked), self.command, self.path, dict(self.headers.items()), body)
                someone.asked.append(asked)
            answer = someone.manner(asked, someone.pass_on)
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[: answer.sent_bytes])
            if answer.sent_bytes is not None:
                self.close_connection = True

        def handle(self) -> None:
            with suppress(ConnectionError, BrokenPipeError):
                super().handle()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        setattr(Attending, f"do_{method}", Attending._attend)
    with ThreadingHTTPServer(("127.0.0.1", 0), Attending) as server:
        server.daemon_threads = True
        someone.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield someone
        finally:
            someone.over.set()
            server.shutdown()
