"""Response headers that every answer carries. Plain ASGI, so that streams are not slowed."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}
# As a server sends them: every answer pays for this, so nothing is spelt out twice.
_RAW = tuple((name.lower().encode("ascii"), text.encode("ascii")) for name, text in _ALWAYS.items())


class ResponseCut(Exception):
    """A response had to stop after it had begun. The connection is cut, so that nobody takes it for the whole."""


class SafeHeaders:
    """Adds the headers above, each wherever an answer does not say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(one for one in _RAW if one[0] not in said)]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except ResponseCut:
            # Returning without an end makes the server cut the connection; why is in the log already.
            return
