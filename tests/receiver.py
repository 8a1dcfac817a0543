"""A department's own system that is sent messages, by HTTPS on the loopback: quick, slow, failing, leading elsewhere.

It checks signatures with Debian's ``openssl``, by what the Standard Webhooks specification says and nothing of ours.
"""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from app.outside.webhook_post import WebhookPost
from tests.publisher import ADDRESSES, HOST, _authority, _resolve, _server_context


@dataclass
class Reply:
    """What the receiver answers. ``drip_seconds`` passes before each byte."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip_seconds: float = 0.0


@dataclass
class Received:
    """One message as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def ident(self) -> str:
        return self.headers["webhook-id"]

    @property
    def kind(self) -> str:
        return str(self.told["type"])

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def signed_by(self, secret: str) -> bool:
        """Say whether one of its signatures is by this secret, as openssl reckons it."""
        key = base64.b64decode(secret.removeprefix("whsec_")).hex()
        signed = f"{self.ident}.{self.headers['webhook-timestamp']}.".encode() + self.body
        command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key}", "-binary"]
        wanted = subprocess.run(command, input=signed, capture_output=True, check=True).stdout
        return f"v1,{base64.b64encode(wanted).decode()}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    """One system. ``reply`` says what it answers now; ``on_message`` is called before that."""

    def __init__(self, *, trusted: bool = True) -> None:
        self.reply = Reply()
        self.on_message: Callable[[Received], None] = lambda _: None
        self.received: list[Received] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Hook", (_Hook,), {"receiver": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.server.socket = _server_context(trusted).wrap_socket(self.server.socket, server_side=True)
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def url(self, path: str = "/pra?key=a.b", host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"

    def post(self, **other: Any) -> WebhookPost:
        """Give what carries messages here; everything else about it is as in service."""
        how: dict[str, Any] = {
            "may_connect": lambda address: address == "127.0.0.1",
            "tls": ssl.create_default_context(cadata=_authority()[0]),
            "resolve": _resolve,
            **other,
        }
        return WebhookPost(**how)

    @property
    def kinds(self) -> list[str]:
        return [one.kind for one in self.received]


def authority_text() -> str:
    """The certificate of the authority that the receiver's own is from, for a process elsewhere."""
    return _authority()[0]


@contextmanager
def receiving(**how: Any) -> Iterator[Receiver]:
    """Have a receiver for as long as the block lasts."""
    assert HOST in ADDRESSES
    made = Receiver(**how)
    made._thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


class _Hook(BaseHTTPRequestHandler):
    receiver: ClassVar[Receiver]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = Received({name.lower(): value for name, value in self.headers.items()}, body)
        self.receiver.received.append(message)
        self.receiver.on_message(message)
        reply = self.receiver.reply
        head = f"HTTP/1.1 {reply.status} Answer\r\n".encode()
        headers = {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}
        head += b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items()) + b"\r\n"
        with contextlib.suppress(OSError):  # whoever sent it may have gone
            if not reply.drip_seconds:
                self.wfile.write(head + reply.body)
            else:
                for place in range(len(head)):
                    self.wfile.write(head[place : place + 1])
                    self.wfile.flush()
                    time.sleep(reply.drip_seconds)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
