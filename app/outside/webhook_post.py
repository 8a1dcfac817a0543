"""Sends a message to a producer's own system, over HTTPS. It never raises; it tells.

Trust line: whoever owns the receiver, or the names on the way to it, can refuse messages and see what is in them, which
is public. They cannot make us connect to a machine inside, go elsewhere, wait without end, or read what they answer.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx2

from app.outside.addresses import is_public
from app.outside.prober import resolve
from app.rules.probes import Trouble
from app.rules.webhooks import PostAnswer

POST_SECONDS = 15.0
_HTTPS = 443
_ADDRESSES_TRIED = 2
_OURS = {
    "User-Agent": "pra-gatekeeper (webhooks)",
    "Content-Type": "application/json",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
LOOKUPS_AT_ONCE = 64
"""A lookup goes on after whoever wanted it has given up: so many, that one department's dead name servers take few."""


class _Lookups:
    """Names that are being asked for: each by one thread, whose answer all who want it share."""

    def __init__(self) -> None:
        # Outside the event loop's own: that would be waited for, however long a name server takes.
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="pra-webhook-resolver")
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[list[str]]] = {}

    async def addresses(self, resolve: Callable[[str, int], list[str]], host: str, port: int) -> list[str]:
        """Give the addresses of a host.

        Args:
            resolve: Gives them, in its own time.
            host: Its name.
            port: Which port is wanted.

        Raises:
            OSError: It has none, or nobody answers.
        """
        key, mine = (resolve, host, port), Future[list[str]]()
        with self._lock:
            before = self._under_way.get(key)
            asked = before or self._threads.submit(resolve, host, port)
            self._under_way[key] = asked
        if before is None:
            asked.add_done_callback(lambda _: self._end(key))
        asked.add_done_callback(lambda done: _hand_on(done, mine))
        return await asyncio.wrap_future(mine)

    def _end(self, key: Hashable) -> None:
        with self._lock:
            del self._under_way[key]


def _hand_on(done: Future[list[str]], mine: Future[list[str]]) -> None:
    """Give one of those who share a lookup what came of it; whoever has given up is given nothing."""
    if not mine.set_running_or_notify_cancel():
        return
    error = done.exception()
    if error is not None:
        mine.set_exception(error)
    else:
        mine.set_result(done.result())


_LOOKUPS = _Lookups()


@dataclass(frozen=True)
class WebhookPost:
    """Carries messages to webhooks.

    Attributes:
        inside: Hosts, each with ``:port`` where that is not 443, that an operator has named as lying inside: they alone
            may lie elsewhere than on the public Internet.
        may_connect: Says of each resolved address of any other host whether it may be connected to.
        tls: What is accepted as a server's certificate; the machine's trusted authorities by default.
        resolve: Gives the addresses of a host.
        seconds: How long one message may take, all in all.
    """

    inside: frozenset[str] = frozenset()
    may_connect: Callable[[str], bool] = is_public
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    resolve: Callable[[str, int], list[str]] = resolve
    seconds: float = POST_SECONDS

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> PostAnswer:
        """Send one message, and give what came of it. Nothing of the answer's body is read.

        Args:
            url: The receiver's https address.
            body: What is sent.
            headers: The message's own.
        """
        return asyncio.run(self._post(url, body, headers))

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> PostAnswer:
        try:
            async with asyncio.timeout(self.seconds):  # all in all: each byte of a slow answer may come in time
                return await self._ask(url, body, headers)
        except (TimeoutError, httpx2.TimeoutException):
            return PostAnswer(trouble=Trouble.TOO_SLOW)
        except httpx2.ConnectError as error:
            return PostAnswer(trouble=Trouble.TLS_NOT_TRUSTED if _is_tls(error) else Trouble.NO_CONNECTION)
        except (OSError, httpx2.NetworkError):
            return PostAnswer(trouble=Trouble.NO_CONNECTION)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            return PostAnswer(trouble=Trouble.UNREADABLE)

    async def _ask(self, url: str, body: bytes, headers: dict[str, str]) -> PostAnswer:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or _HTTPS
        if parts.scheme != "https" or not host:
            return PostAnswer(trouble=Trouble.NOT_HTTPS)
        named = host if port == _HTTPS else f"{host}:{port}"
        try:
            found = await _LOOKUPS.addresses(self.resolve, host, port)
        except (OSError, UnicodeError):
            return PostAnswer(trouble=Trouble.NAME_NOT_FOUND)
        if named not in self.inside and not all(map(self.may_connect, found)):
            return PostAnswer(trouble=Trouble.ADDRESS_NOT_PUBLIC)
        tried = found[:_ADDRESSES_TRIED]
        for number, address in enumerate(tried, 1):
            try:
                return await self._ask_at(address, url, body, {"Host": named, **headers})
            except httpx2.ConnectError as error:
                if _is_tls(error) or number == len(tried):
                    raise
        return PostAnswer(trouble=Trouble.NAME_NOT_FOUND)

    async def _ask_at(self, address: str, url: str, body: bytes, headers: dict[str, str]) -> PostAnswer:
        """Send to an address that was checked. The connection is made to it: nobody is asked for the name again."""
        parts = urlsplit(url)
        port = parts.port or _HTTPS
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        target = urlunsplit(("https", where, parts.path or "/", parts.query, ""))
        async with (
            httpx2.AsyncClient(
                verify=self.tls, trust_env=False, follow_redirects=False, timeout=self.seconds, headers=_OURS
            ) as client,
            client.stream(
                "POST", target, content=body, headers=headers, extensions={"sni_hostname": parts.hostname or ""}
            ) as answer,
        ):
            asked = answer.headers.get("retry-after", "")
            seconds = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 0
            return PostAnswer(answer.status_code, retry_after_seconds=seconds)


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
