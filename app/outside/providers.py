"""Asks organisations' sign-in providers, over HTTPS: what they publish, and for the token behind a code.

Trust line: whoever runs a provider, or sits on the way to it, can keep its people from signing in. They cannot make us
connect to a machine inside, be sent elsewhere, read without end or wait without end.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode, urlsplit, urlunsplit

import httpx2

from app.outside.addresses import is_public

ASK_SECONDS = 5.0
ANSWER_LIMIT_BYTES = 256 * 1024
ADDRESS_LIMIT = 500
_HEADERS = {
    "User-Agent": "pra-gatekeeper (signs people in)",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
_ADDRESSES_TRIED = 2
_PORTS = {"https": 443, "http": 80}
# Outside the event loop's own: that would be waited for, however long a name server takes.
_RESOLVERS = ThreadPoolExecutor(4, thread_name_prefix="pra-provider-resolver")


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What came back. Either ``fault`` says in words what stood in the way, or there is a status."""

    status: int = 0
    body: bytes = b""
    fault: str = ""


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


@dataclass(frozen=True)
class ProviderPost:
    """Carries requests to providers.

    Attributes:
        may_connect: Says of each resolved address whether it may be connected to. In service: those of the public
            Internet. There is no setting for it.
        schemes: Of addresses that may be asked. In service: HTTPS alone.
        seconds: How long one request may take, all in all.
        tls: What is accepted as a server's certificate; the machine's trusted authorities by default.
        resolve: Gives the addresses of a host.
    """

    may_connect: Callable[[str], bool] = is_public
    schemes: frozenset[str] = frozenset({"https"})
    seconds: float = ASK_SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    resolve: Callable[[str, int], list[str]] = resolve

    def is_usable(self, url: str) -> bool:
        """Say whether an address may be asked: HTTPS, ASCII, nobody's name in it, no fragment.

        Args:
            url: As an operator, or the provider itself, wrote it.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= ADDRESS_LIMIT
        return plain and parts.scheme in self.schemes and bool(host) and "@" not in parts.netloc and "#" not in url

    def get(self, url: str, *, bearer: str = "") -> ProviderAnswer:
        """Fetch something; never raises, but tells what stood in the way.

        Args:
            url: Where.
            bearer: An access token that is shown; empty shows none.
        """
        return asyncio.run(self._send("GET", url, {"Authorization": f"Bearer {bearer}"} if bearer else {}, None))

    def post_form(self, url: str, fields: Mapping[str, str], *, client: tuple[str, str] | None) -> ProviderAnswer:
        """Send a form; never raises, but tells what stood in the way.

        Args:
            url: Where.
            fields: The form's.
            client: Who we are and our secret, shown as HTTP Basic; None shows nothing.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if client is not None:
            shown = ":".join(map(quote_plus, client)).encode("ascii")  # RFC 6749 section 2.3.1: each encoded first
            headers["Authorization"] = f"Basic {base64.b64encode(shown).decode('ascii')}"
        return asyncio.run(self._send("POST", url, headers, urlencode(fields).encode("ascii")))

    async def _send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> ProviderAnswer:
        try:
            async with asyncio.timeout(self.seconds):  # all in all: each byte of a slow answer may come in time
                return await self._ask(method, url, headers, body)
        except (TimeoutError, httpx2.TimeoutException):
            return ProviderAnswer(fault="it did not answer in time")
        except httpx2.ConnectError as error:
            return ProviderAnswer(fault="its certificate is not trusted" if _is_tls(error) else "it does not answer")
        except (OSError, UnicodeError, httpx2.TransportError):
            return ProviderAnswer(fault="it does not answer")
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            return ProviderAnswer(fault="what it answers cannot be read")

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> ProviderAnswer:
        if not self.is_usable(url):
            return ProviderAnswer(fault="its address may not be asked")
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        addresses = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, self.resolve, host, port)
        if not addresses or not all(map(self.may_connect, addresses)):
            return ProviderAnswer(fault="its address does not lie on the public Internet")
        tried = addresses[:_ADDRESSES_TRIED]
        for number, address in enumerate(tried, 1):
            try:
                return await self._ask_at(address, method, url, headers, body)
            except httpx2.ConnectError as error:
                if _is_tls(error) or number == len(tried):
                    raise
        return ProviderAnswer(fault="it does not answer")

    async def _ask_at(
        self, address: str, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> ProviderAnswer:
        """Ask at the address that was checked: nobody is asked for the name again."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        named = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
        async with (
            httpx2.AsyncClient(
                verify=self.tls, trust_env=False, follow_redirects=False, timeout=self.seconds, headers=_HEADERS
            ) as client,
            client.stream(
                method,
                urlunsplit((parts.scheme, where, parts.path or "/", parts.query, "")),
                content=body,
                headers={**headers, "Host": named},
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            return await _read(answer)


async def _read(answer: httpx2.Response) -> ProviderAnswer:
    kept = bytearray()
    async for piece in answer.aiter_raw():
        kept += piece
        if len(kept) > ANSWER_LIMIT_BYTES:
            return ProviderAnswer(fault="what it answers is too large")
    return ProviderAnswer(answer.status_code, bytes(kept))


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
