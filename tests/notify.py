"""GOV.UK Notify on the loopback: real HTTP, tokens checked as Notify checks them, and every way it can fail.

Written from Notify's published documentation, and tried once with its own Python client.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from app.outside.clock import SystemClock

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"pra_live-{SERVICE}-{SECRET}"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
LEEWAY_SECONDS = 30
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Notify:
    """What it has taken, and what it does next.

    Attributes:
        now: Its own clock, which tokens must agree with.
        taken: Every letter it has, the oldest first, as it gives them.
        faults: What it does with the next letters: ``500`` and the like answer so without taking it; ``cut`` takes it
            and breaks the line; ``silent`` takes it and says nothing; ``garbled`` takes it and answers no JSON;
            ``cut-before`` breaks the line without taking it; ``endless`` answers without end.
        asked: Method and path of every request that had a good token.
        refused: Why requests had none.
        trial: The service there is in trial mode, and sends to nobody outside its team.
    """

    now: Callable[[], datetime] = SystemClock().now
    taken: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    subject: str = "((subject))"
    body: str = "((body))"
    kind: str = "email"
    trial: bool = False
    placeholders: frozenset[str] = frozenset({"subject", "body"})
    on_taken: Callable[[], None] = lambda: None
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def to(self, address: str) -> list[dict[str, Any]]:
        return [one for one in self.taken if one["email_address"] == address]

    def becomes(self, reference: str, status: str) -> None:
        """Let the letters of one reference have become something."""
        found = [one for one in self.taken if one["reference"] == reference]
        assert found, reference
        for one in found:
            one["status"] = status

    def token_lacks(self, header: str) -> str:
        """Say what is wrong with an Authorization header; empty where nothing is."""
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or token.count(".") != 2:
            return "Unauthorized: authentication token must be provided"
        head, claims, seal = token.split(".")
        if json.loads(_part(head)) != {"typ": "JWT", "alg": "HS256"}:
            return "Invalid token: algorithm used is not HS256"
        said = json.loads(_part(claims))
        if said.get("iss") != SERVICE:
            return "Invalid token: service not found"
        right = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(_part(seal), right):
            return "Invalid token: API key not found"
        if type(said.get("iat")) is not int or abs(self.now().timestamp() - said["iat"]) > LEEWAY_SECONDS:
            return "Error: Your system clock must be accurate to within 30 seconds"
        return ""

    def takes(self, sent: dict[str, Any]) -> tuple[int, Any]:
        """Take one letter, or say what is wrong with it."""
        if unknown := sent.keys() - {"email_address", "template_id", "personalisation", "reference"}:
            return 400, _error("ValidationError", f"Additional properties are not allowed ({sorted(unknown)[0]})")
        if not _ADDRESS.fullmatch(str(sent.get("email_address"))):
            return 400, _error("ValidationError", f"email_address {sent.get('email_address')} is not valid")
        if sent.get("template_id") != TEMPLATE:
            return 400, _error("BadRequestError", "Template not found")
        if not self.placeholders <= set(sent.get("personalisation", {})):
            return 400, _error("BadRequestError", "Missing personalisation")
        if self.trial:
            return 400, _error("BadRequestError", f"Can't send to {sent['email_address']} in trial mode")
        kept = {
            "id": str(uuid4()),
            "reference": sent.get("reference"),
            "email_address": sent["email_address"],
            "type": "email",
            "status": "sending",
            "subject": self.subject.replace("((subject))", sent["personalisation"]["subject"]),
            "body": self.body.replace("((body))", sent["personalisation"]["body"]),
            "created_at": self.now().isoformat(),
        }
        self.taken.append(kept)
        content = {"subject": kept["subject"], "body": kept["body"], "from_email": "x@notifications.service.gov.uk"}
        return 201, {"id": kept["id"], "reference": kept["reference"], "content": content, "uri": "", "template": {}}


def _error(sort: str, message: str) -> dict[str, Any]:
    return {"status_code": 0, "errors": [{"error": sort, "message": message}]}


_SORTS = {429: "RateLimitError", 500: "Exception", 400: "ValidationError", 403: "AuthError"}


class _Door(BaseHTTPRequestHandler):
    notify: Notify

    def do_GET(self) -> None:
        if not self._allowed():
            return
        parts = urlsplit(self.path)
        if parts.path == f"/v2/template/{TEMPLATE}":
            about = {"id": TEMPLATE, "type": self.notify.kind, "version": 3}
            self._answer(200, {**about, "subject": self.notify.subject, "body": self.notify.body})
        elif parts.path == "/v2/notifications":
            wanted = parse_qs(parts.query)["reference"][0]
            found = [one for one in reversed(self.notify.taken) if one["reference"] == wanted]
            self._answer(200, {"notifications": found, "links": {}})
        else:
            self._answer(404, _error("NoResultFound", "No result found"))

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._allowed():
            return
        fault = self.notify.faults.pop(0) if self.notify.faults else ""
        if fault.isdecimal():
            self._answer(int(fault), _error(_SORTS[int(fault)], f"to {sent['email_address']}: not now"))
        elif fault == "cut-before":
            self.connection.close()
        else:
            status, told = self.notify.takes(sent)
            self.notify.on_taken()
            self._end(fault, status, told)

    def _end(self, fault: str, status: int, told: Any) -> None:
        if fault == "cut":
            self.connection.close()
        elif fault == "silent":
            self.notify.over.wait()
            self.connection.close()
        elif fault == "garbled":
            self._send(status, b"<html>busy</html>")
        elif fault == "endless":
            self._send(status, b" " * 2 * 1024**2)
        else:
            self._answer(status, told)

    def _allowed(self) -> bool:
        lacks = self.notify.token_lacks(self.headers.get("Authorization", ""))
        if lacks:
            self.notify.refused.append(lacks)
            self._answer(403, _error("AuthError", lacks))
            return False
        self.notify.asked.append(f"{self.command} {urlsplit(self.path).path}")
        return True

    def _answer(self, status: int, told: Any) -> None:
        self._send(status, json.dumps(told).encode())

    def _send(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked has gone

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(notify: Notify) -> Iterator[Notify]:
    """Serve it on a port of the loopback."""
    door = type("Door", (_Door,), {"notify": notify})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    notify.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield notify
    finally:
        notify.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
