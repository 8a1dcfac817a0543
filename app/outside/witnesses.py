"""Asks a witness for its cosignature, over HTTP. It never raises; it tells.

Trust line: a witness, and whoever sits on the way to it, can withhold cosignatures, and can say that the log
contradicts itself. They cannot make us wait without end, read without end, go elsewhere, or take a cosignature that is
none.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit, urlunsplit

import httpx2

from app.rules.witnesses import WitnessFault

ASK_SECONDS = 5.0
ANSWER_LIMIT_BYTES = 16 * 1024
_HEADERS = {
    "User-Agent": "pra-gatekeeper (asks for a cosignature)",
    "Content-Type": "text/plain; charset=utf-8",
    "Accept-Encoding": "identity",
}
_ADDRESSES_TRIED = 2
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What came back. Either ``fault`` is set, or ``status``."""

    status: int = 0
    kind: str = ""
    body: bytes = b""
    fault: WitnessFault | None = None


def resolve(host: str, port: int) -> list[str]:
    """Give the addresses of a host, as the machine's resolver says.

    Args:
        host: Its name.
        port: Which port is wanted.

    Raises:
        OSError: It has none, or nobody answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@cache
def _resolver_of(host: str) -> ThreadPoolExecutor:
    """Give where the addresses of a host are looked up: each in a place of its own, so that none waits for another.

    And outside the event loop's own, which would be waited for, however long a name server takes.
    """
    return ThreadPoolExecutor(1, thread_name_prefix=f"pra-resolver-{host}")


def is_usable(url: str) -> bool:
    """Say whether an address may be that of a witness: HTTPS, or HTTP on this machine; no query, nobody's name in it.

    Args:
        url: As an operator wrote it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and (host == "localhost" or _is_loopback(host))
    named = bool(host) and parts.username is None and not parts.query and not parts.fragment
    return named and (parts.scheme == "https" or plain)


@dataclass(frozen=True)
class WitnessPost:
    """Carries submissions to witnesses.

    Attributes:
        seconds: How long one may take, all in all.
        tls: What is accepted as a server's certificate; the machine's trusted authorities by default.
        resolve: Gives the addresses of a host.
    """

    seconds: float = ASK_SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    resolve: Callable[[str, int], list[str]] = resolve

    def submit(self, url: str, body: bytes) -> WitnessAnswer:
        """Send one submission and give what came back.

        Args:
            url: The witness's submission prefix.
            body: What is sent.
        """
        return asyncio.run(self._submit(url, body))

    async def _submit(self, url: str, body: bytes) -> WitnessAnswer:
        try:
            async with asyncio.timeout(self.seconds):  # all in all: each byte of a slow answer may come in time
                return await self._ask(url, body)
        except (TimeoutError, httpx2.TimeoutException):
            return WitnessAnswer(fault=WitnessFault.TOO_SLOW)
        except httpx2.ConnectError as error:
            return WitnessAnswer(fault=WitnessFault.TLS_NOT_TRUSTED if _is_tls(error) else WitnessFault.NO_ANSWER)
        except (OSError, httpx2.TransportError):
            return WitnessAnswer(fault=WitnessFault.NO_ANSWER)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            return WitnessAnswer(fault=WitnessFault.UNREADABLE)

    async def _ask(self, url: str, body: bytes) -> WitnessAnswer:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        addresses = await asyncio.get_running_loop().run_in_executor(_resolver_of(host), self.resolve, host, port)
        tried = addresses[:_ADDRESSES_TRIED]
        for number, address in enumerate(tried, 1):
            try:
                return await self._ask_at(address, url, body)
            except httpx2.ConnectError as error:
                if _is_tls(error) or number == len(tried):
                    raise
        return WitnessAnswer(fault=WitnessFault.NO_ANSWER)

    async def _ask_at(self, address: str, url: str, body: bytes) -> WitnessAnswer:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        target = urlunsplit((parts.scheme, where, f"{parts.path.rstrip('/')}/add-checkpoint", "", ""))
        named = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
        async with (
            httpx2.AsyncClient(
                verify=self.tls, trust_env=False, follow_redirects=False, timeout=self.seconds, headers=_HEADERS
            ) as client,
            client.stream(
                "POST", target, content=body, headers={"Host": named}, extensions={"sni_hostname": host}
            ) as answer,
        ):
            return await _read(answer)


async def _read(answer: httpx2.Response) -> WitnessAnswer:
    kept = bytearray()
    async for piece in answer.aiter_raw():
        kept += piece
        if len(kept) > ANSWER_LIMIT_BYTES:
            return WitnessAnswer(fault=WitnessFault.UNREADABLE)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return WitnessAnswer(answer.status_code, kind, bytes(kept))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
