"""A publisher's site, by HTTPS on the loopback, under a certificate authority of its own: on time, late, false, broken.

What it does is told by what stands on ``pages``; a cache may stand in front. The prober that looks at it differs from
the real one in three things that are handed in: which addresses it may connect to, whom it trusts, who resolves names.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outside.prober import Prober
from app.rules.watchplans import Target

HOST, OTHER, INSIDE, BOTH = "www.stats.gov.example", "cdn.stats.gov.example", "intranet.gov.example", "both.gov.example"
ADDRESSES = {HOST: ["127.0.0.1"], OTHER: ["127.0.0.1"], INSIDE: ["10.11.12.13"], BOTH: ["127.0.0.1", "10.11.12.13"]}
MARKER = "Claimant count, May 2026, published"
HEADLINE = b"<!doctype html><title>Statistics</title><h1>Claimant  count,\nMay 2026, published</h1>"
NOTHING = b"<!doctype html><title>Statistics</title><h1>Upcoming: Claimant count</h1>"


@dataclass
class Page:
    """What an address answers. ``drip_seconds`` passes between each byte; ``close`` cuts the answer off half way."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    close: bool = False


class Publisher:
    """One site. ``pages`` maps a path to what it answers now; anything else is 404."""

    def __init__(self, *, trusted: bool = True) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.asked_from: list[tuple[str, int]] = []  # each connection has a port of its own at the other end
        self.keeps_connections = False
        self.cache_by: str = ""  # "", "path" or "address": what a cache in front keeps answers by
        self._kept: dict[str, Page] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Site", (_Site,), {"publisher": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.server.socket = _server_context(trusted).wrap_socket(self.server.socket, server_side=True)
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def url(self, path: str, host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"

    def prober(self, **other: Any) -> Prober:
        """Give a prober that may come here; in a story time stands still, so each look takes none."""
        how: dict[str, Any] = {
            "may_connect": lambda address: address == "127.0.0.1",
            "tls": ssl.create_default_context(cadata=_authority()[0]),
            "resolve": _resolve,
            "monotonic_seconds": lambda: 0.0,
            **other,
        }
        return Prober(**how)

    def target(self, path: str = "/claimants", *, marker: str = MARKER, files: tuple[str, ...] = ()) -> Target:
        hosts = frozenset(f"{host}:{self.port}" for host in ADDRESSES)
        return Target(self.url(path), marker, tuple(map(self.url, files)), hosts, 1000)

    def answer(self, address: str) -> Page:
        path = address.partition("?")[0]
        now = self.pages.get(path, Page(b"Not found", 404))
        if not self.cache_by:
            return now
        key = path if self.cache_by == "path" else address
        return self._kept.setdefault(key, now)

    def forget(self) -> None:
        """Let the cache in front forget what it has kept."""
        self._kept.clear()


@contextmanager
def publishing(**how: Any) -> Iterator[Publisher]:
    """Open a site for as long as the block lasts."""
    site = Publisher(**how)
    site._thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()


class _Site(BaseHTTPRequestHandler):
    publisher: ClassVar[Publisher]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.publisher.asked.append((self.headers["Host"], self.path, dict(self.headers)))
        self.publisher.asked_from.append(self.client_address)
        page = self.publisher.answer(self.path)
        with contextlib.suppress(OSError):  # whoever looked may have gone
            self._send(page)
        self.close_connection = not self.publisher.keeps_connections

    @property
    def _staying(self) -> str:
        return "keep-alive" if self.publisher.keeps_connections else "close"

    def _send(self, page: Page) -> None:
        head = f"HTTP/1.1 {page.status} Answer\r\n".encode()
        headers = {"Content-Length": str(len(page.body)), "Connection": self._staying, **page.headers}
        head += b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items() if value) + b"\r\n"
        whole = head + page.body
        if page.close:
            whole = whole[: len(head) + len(page.body) // 2]
        if not page.drip_seconds:
            self.wfile.write(whole)
            return
        for place in range(len(whole)):
            self.wfile.write(whole[place : place + 1])
            self.wfile.flush()
            time.sleep(page.drip_seconds)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _resolve(host: str, _port: int) -> list[str]:
    if host not in ADDRESSES:
        raise OSError("no such name")
    return ADDRESSES[host]


@cache
def _authority() -> tuple[str, Any, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example authority of the tests")])
    made = _certificate(name, name, key, key, lambda one: one.add_extension(x509.BasicConstraints(True, 0), True))
    return made.public_bytes(serialization.Encoding.PEM).decode(), name, key


@cache
def _server_context(trusted: bool) -> ssl.SSLContext:
    _, issuer, issuer_key = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in ADDRESSES])
    signer = (issuer, issuer_key) if trusted else (subject, key)
    made = _certificate(subject, signer[0], key, signer[1], lambda one: one.add_extension(names, False))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(pem)
    return context


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: Any, signer: Any, extend: Callable[[Any], Any]
) -> x509.Certificate:
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    made: x509.Certificate = extend(builder).sign(signer, hashes.SHA256())
    return made
