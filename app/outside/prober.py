"""Looks at a public page from outside, as anybody would: plain, and past the caches. It never raises; it tells.

Trust line: whoever can write to the page, or to the names on the way to it, can pretend that a release is or is not
public. They cannot make us connect to a machine inside, read without end, or wait without end.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import math
import secrets
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import httpx2

from app.outside.addresses import is_public
from app.rules.probes import Look, Probe, Trouble
from app.rules.watchplans import Target

PAGE_LIMIT_BYTES = 2 * 1024**2
PAGE_SECONDS = 5.0
FILE_SECONDS = 60.0
REDIRECTS_LIMIT = 5
_ADDRESSES_TRIED = 2
_EVIDENCE = ("age", "cf-cache-status", "date", "etag", "last-modified", "via", "x-cache")
_EVIDENCE_LIMIT = 200
_PAST_CACHES = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
_OURS = {"User-Agent": "pra-gatekeeper (watches for publication)", "Accept": "*/*", "Accept-Encoding": "identity"}
_PACKED = ("gzip", "x-gzip", "deflate")
_EITHER_PACKING = 32 + zlib.MAX_WBITS  # zlib's own sign for: gzip or zlib, whichever it is
# Outside the event loop's own: that would be waited for, however long a name server takes.
_RESOLVERS = ThreadPoolExecutor(4, thread_name_prefix="pra-resolver")


class _Troubled(Exception):
    """Something stood in the way of a look."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


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
class Prober:
    """Looks at pages.

    Attributes:
        may_connect: Says of each resolved address whether it may be connected to. In service: those of the public
            Internet. There is no setting for it.
        tls: What is accepted as a server's certificate; the machine's trusted authorities by default.
        resolve: Gives the addresses of a host.
        page_seconds, file_seconds: How long one look may take, all in all.
        monotonic_seconds: A counter that never goes back, by which looks are measured.
    """

    may_connect: Callable[[str], bool] = is_public
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    resolve: Callable[[str, int], list[str]] = resolve
    page_seconds: float = PAGE_SECONDS
    file_seconds: float = FILE_SECONDS
    monotonic_seconds: Callable[[], float] = time.monotonic

    def probe(self, target: Target, at: datetime) -> Probe:
        """Look once, at everything at the same time.

        Args:
            target: Where, and for what.
            at: Now, as the probe will say it began. Aware, UTC.
        """
        begun = self.monotonic_seconds()
        looks = asyncio.run(self._looks(target))
        files = len(target.file_urls)
        return Probe(
            at, self.ms_since(begun), looks[0], looks[1], tuple(looks[2 : 2 + files]), tuple(looks[2 + files :])
        )

    def ms_since(self, begun_seconds: float) -> int:
        """Give the milliseconds since the counter stood there, rounded up."""
        return math.ceil((self.monotonic_seconds() - begun_seconds) * 1000)

    async def _looks(self, target: Target) -> list[Look]:
        async with httpx2.AsyncClient(
            verify=self.tls,
            trust_env=False,
            follow_redirects=False,
            headers=_OURS,
            timeout=self.file_seconds,
            # Connections are known by address: one on which a host has shown its certificate would serve another there.
            limits=httpx2.Limits(max_keepalive_connections=0),
        ) as client:
            one = _OneLook(self, client, target)
            return list(
                await asyncio.gather(
                    *(one.page(fresh=fresh) for fresh in (True, False)),
                    *(one.file(url, fresh=fresh) for fresh in (True, False) for url in target.file_urls),
                )
            )


@dataclass(frozen=True)
class _OneLook:
    prober: Prober
    client: httpx2.AsyncClient
    target: Target

    async def page(self, *, fresh: bool) -> Look:
        return await self._timed(self.target.page_url, self.prober.page_seconds, fresh=fresh, is_page=True)

    async def file(self, url: str, *, fresh: bool) -> Look:
        return await self._timed(url, self.prober.file_seconds, fresh=fresh, is_page=False)

    async def _timed(self, url: str, seconds: float, *, fresh: bool, is_page: bool) -> Look:
        begun = self.prober.monotonic_seconds()
        try:
            async with asyncio.timeout(seconds):  # all in all: each byte of a slow answer may come in time
                look = await self._follow(url, fresh=fresh, is_page=is_page)
        except TimeoutError:
            look = Look(url, trouble=Trouble.TOO_SLOW)
        return replace(look, duration_ms=self.prober.ms_since(begun))

    async def _follow(self, url: str, *, fresh: bool, is_page: bool) -> Look:
        for redirects in range(REDIRECTS_LIMIT + 1):
            try:
                look, location = await self._ask(url, fresh=fresh, is_page=is_page)
            except _Troubled as met:
                return Look(url, redirects=redirects, trouble=met.trouble)
            if location is None:
                return replace(look, redirects=redirects)
            try:
                url = urljoin(url, location)
            except ValueError:
                return replace(look, redirects=redirects, trouble=Trouble.UNREADABLE)
        return Look(url, redirects=REDIRECTS_LIMIT, trouble=Trouble.TOO_MANY_REDIRECTS)

    async def _ask(self, url: str, *, fresh: bool, is_page: bool) -> tuple[Look, str | None]:
        """Ask one address; gives what it showed, and where it sends us, if it does."""
        host, port = _place(url, self.target.hosts)
        addresses = await self._addresses(host, port)
        for number, address in enumerate(addresses[:_ADDRESSES_TRIED], 1):
            try:
                async with self.client.stream(
                    "GET",
                    _pinned(url, address, port, fresh=fresh),
                    headers={"Host": host if port == _HTTPS else f"{host}:{port}", **(_PAST_CACHES if fresh else {})},
                    extensions={"sni_hostname": host},
                ) as answer:
                    return await self._read(url, answer, is_page=is_page)
            except httpx2.ConnectError as error:
                if _is_tls(error) or number == min(len(addresses), _ADDRESSES_TRIED):
                    raise _Troubled(Trouble.TLS_NOT_TRUSTED if _is_tls(error) else Trouble.NO_CONNECTION) from error
            except httpx2.TimeoutException as error:
                raise _Troubled(Trouble.TOO_SLOW) from error
            except httpx2.NetworkError as error:
                raise _Troubled(Trouble.NO_CONNECTION) from error
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
                raise _Troubled(Trouble.UNREADABLE) from error
        raise _Troubled(Trouble.NAME_NOT_FOUND)

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Give a host's addresses. The connection is made to one of these: nobody is asked for the name again."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, self.prober.resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise _Troubled(Trouble.NAME_NOT_FOUND) from error
        if not all(map(self.prober.may_connect, found)):
            raise _Troubled(Trouble.ADDRESS_NOT_PUBLIC)
        return found

    async def _read(self, url: str, answer: httpx2.Response, *, is_page: bool) -> tuple[Look, str | None]:
        evidence = tuple((name, answer.headers[name][:_EVIDENCE_LIMIT]) for name in _EVIDENCE if name in answer.headers)
        look = Look(url, answer.status_code, evidence=evidence)
        if answer.has_redirect_location:
            return look, answer.headers["location"]
        if answer.status_code != httpx2.codes.OK:
            return look, None
        limit = PAGE_LIMIT_BYTES if is_page else self.target.file_limit_bytes
        digest, kept = hashlib.sha256(), bytearray()
        try:
            async for piece in _body(answer, limit):
                digest.update(piece)
                if is_page:
                    kept += piece
        except _Troubled as met:
            return replace(look, trouble=met.trouble), None
        marker = self.target.marker
        there = _stands_in(marker, bytes(kept), answer.charset_encoding) if is_page and marker else None
        return replace(look, sha256=digest.hexdigest(), marker_found=there), None


_HTTPS = 443


def _place(url: str, hosts: frozenset[str]) -> tuple[str, int]:
    """Give host and port of an address that may be asked."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port or _HTTPS
    except (ValueError, UnicodeError) as error:
        raise _Troubled(Trouble.UNREADABLE) from error
    if parts.scheme != "https":
        raise _Troubled(Trouble.NOT_HTTPS)
    named = host if port == _HTTPS else f"{host}:{port}"
    if named not in hosts or parts.username is not None:
        raise _Troubled(Trouble.HOST_NOT_ALLOWED)
    return host, port


def _pinned(url: str, address: str, port: int, *, fresh: bool) -> str:
    """Put the address that was checked in place of the host's name; past the caches, with a query nobody has kept."""
    parts = urlsplit(url)
    query = parts.query
    if fresh:
        query = urlencode([*parse_qsl(query, keep_blank_values=True), ("fresh", secrets.token_hex(8))])
    where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return urlunsplit(("https", where, parts.path or "/", query, ""))


async def _body(answer: httpx2.Response, limit_bytes: int) -> AsyncIterator[bytes]:
    """Give a body unpacked, and stop where it grows too large: packed bytes say nothing of how many come out."""
    packing = answer.headers.get("content-encoding", "identity").strip().lower()
    unpacker = zlib.decompressobj(_EITHER_PACKING) if packing in _PACKED else None
    if unpacker is None and packing != "identity":
        raise _Troubled(Trouble.UNREADABLE)
    announced = answer.headers.get("content-length", "")
    if unpacker is None and announced.isdecimal() and int(announced) > limit_bytes:
        raise _Troubled(Trouble.TOO_LARGE)
    left = limit_bytes
    async for raw in answer.aiter_raw():
        try:
            piece = raw if unpacker is None else unpacker.decompress(raw, left + 1)
        except zlib.error as error:
            raise _Troubled(Trouble.UNREADABLE) from error
        left -= len(piece)
        if left < 0:
            raise _Troubled(Trouble.TOO_LARGE)
        yield piece
    if unpacker is not None and not unpacker.eof:
        raise _Troubled(Trouble.UNREADABLE)


_CHARSETS = frozenset(("utf-8", "utf-16", "iso-8859-1", "iso-8859-15", "latin-1", "windows-1252", "us-ascii"))


def _stands_in(marker: str, body: bytes, charset: str | None) -> bool:
    # Only these: the page names its own, and some of those that Python knows take minutes for a few hundred kilobytes.
    named = (charset or "").lower().replace("_", "-")
    text = body.decode(named if named in _CHARSETS else "utf-8", errors="replace")
    return " ".join(marker.split()) in " ".join(html.unescape(text).split())


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
