"""The door of a witness: HTTP/1.1 from the standard library, one path, everything bounded.

Trust line: whoever can reach it can waste its time, and make it keep nothing that a followed log did not sign.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from app.audit import durable
from app.audit.witness.protocol import PLAIN, Answer, Witness
from app.audit.witness.state import EVIDENCE_NAME
from app.audit.witness.submission import SUBMISSION_LIMIT_BYTES

CONNECTIONS_LIMIT = 32
WAIT_SECONDS = 10.0
CONNECTION_SECONDS = 60.0
EVIDENCE_LIMIT = 100
_PATH = "/add-checkpoint"


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, place: tuple[str, int], witness: Witness, now_seconds: Callable[[], int]) -> None:
        """Listen.

        Args:
            place: Address and port; port 0 takes a free one.
            witness: What answers.
            now_seconds: Gives seconds since 1970.
        """
        if ":" in place[0]:
            self.address_family = socket.AF_INET6
        self.witness = witness
        self.now_seconds = now_seconds
        self._room = threading.BoundedSemaphore(CONNECTIONS_LIMIT)
        super().__init__(place, Exchange)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, unless there are too many: then it is closed."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end, which comes after a while in any case: each byte of it may come in time."""
        end = threading.Timer(CONNECTION_SECONDS, _cut, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # framework
        """Say in a line that a connection came to grief; nothing of what it sent."""
        failed = sys.exc_info()[0]
        _say(f"a connection ended with {failed.__name__ if failed else 'an error'}")


class Exchange(BaseHTTPRequestHandler):
    """One connection: each request on it is answered, whatever it is."""

    protocol_version = "HTTP/1.1"
    timeout = WAIT_SECONDS
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer a submission."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") is not None or not (length.isascii() and length.isdigit()):
            self._answer(Answer(411, PLAIN, b"send the length of the body\n"), closing=True)
        elif len(length) > 9 or int(length) > SUBMISSION_LIMIT_BYTES:
            self._answer(Answer(413, PLAIN, b"a submission is smaller than that\n"), closing=True)
        elif self.path != _PATH:
            self._answer(Answer(404, PLAIN, b"there is nothing here but add-checkpoint\n"), closing=True)
        else:
            self._submit(self.rfile.read(int(length)), int(length))

    def version_string(self) -> str:
        """Say nothing of the programs here."""
        return "pra-witness"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # framework
        """Write nothing of what strangers send; what was cosigned is said elsewhere."""

    def _submit(self, body: bytes, length: int) -> None:
        if len(body) < length:
            self.close_connection = True
            return
        try:
            answer = self.server.witness.add_checkpoint(body, self.server.now_seconds)
        except OSError as error:
            _say(f"the state could not be written, nothing was cosigned: {error.strerror}")
            answer = Answer(503, PLAIN, b"the state could not be written; nothing was cosigned\n")
        if answer.status in (409, 422, 503):
            _say(f"answered {answer.status}: {answer.body.decode().strip()}")
        self._answer(answer)

    def _answer(self, answer: Answer, *, closing: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        if closing:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(answer.body)


def evidence_keeper(folder: Path) -> Callable[[str, bytes], None]:
    """Give what keeps contradictions in a folder: each once, and not without end.

    Args:
        folder: The witness's.
    """
    place = folder / EVIDENCE_NAME

    def keep(name: str, body: bytes) -> None:
        path = place / f"{name}.txt"
        try:
            if path.exists() or (place.is_dir() and sum(1 for _ in place.iterdir()) >= EVIDENCE_LIMIT):
                return
            durable.write_whole(path, body, folder / ".writing")
        except OSError as error:  # it is not cosigned either way
            _say(f"a contradiction could not be kept: {error.strerror}")
            return
        _say(f"a log signed something that does not continue what it signed before: kept in {path}")

    return keep


def _cut(request: socket.socket) -> None:
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()
