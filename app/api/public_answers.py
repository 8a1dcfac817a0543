"""What everybody may read is given from memory for a few seconds, and not at all to a network that asks without end.

Only for routes that ask nobody who they are: an answer that was made for one caller goes to every other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from math import floor
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from app.actions import public_answers
from app.actions.kept import Kept
from app.actions.tools import Tools
from app.api.asking import network_of
from app.api.schemas import PROBLEM_RESPONSES

PUBLIC_RESPONSES: dict[int | str, dict[str, Any]] = {
    304: {"description": "You have it already: it is what your ETag names"},
    **{status: PROBLEM_RESPONSES[status] for status in (404, 422, 429, 500, 503)},
}
_KEPT_HEADERS = ("content-type", "content-disposition", "content-security-policy")


class PublicRoute(APIRoute):
    """A route for everybody. Its answers carry a strong ETag, and say for how long they may be given again.

    Kept is the one answer to its bare address. What somebody chooses, such as a page, is made for them: there is no end
    to what can be chosen, and whoever tried it all would crowd out of memory what everybody asks for.
    """

    made_public = False
    languages: tuple[str, ...] = ()
    """In which languages, besides its own, ``lang`` in the query has it answer; each is kept as the bare address is."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give what answers a request: from memory where it can, by the route's own function where it must."""
        make = super().get_route_handler()
        asked_by = tuple(parameter.alias for parameter in self.dependant.query_params)

        async def answer(request: Request) -> Response:
            tools: Tools = request.app.state.tools
            # Only what the route reads: whatever else a stranger adds to the address makes no other answer.
            choosing = any(name in request.query_params for name in asked_by)
            public_answers.demand_patience(
                tools, network=network_of(request), made_public=self.made_public, choosing=choosing
            )
            spoken = request.query_params.get("lang")
            key = (request.scope["path"], spoken if spoken in self.languages else None)
            kept = None if choosing else tools.shelf.find(key, tools.clock.monotonic_seconds())
            if kept is None:
                mark = tools.shelf.mark()
                began = tools.clock.monotonic_seconds()
                made = await make(request)
                if made.status_code != 200:
                    return made
                kept = _kept(made, began, began + await run_in_threadpool(public_answers.seconds_fresh, tools))
                if not choosing:
                    tools.shelf.keep(key, kept, mark)
            return _given(request, kept, tools.clock.monotonic_seconds())

        return answer


class MadePublicRoute(PublicRoute):
    """A route for what this service has made public itself, which more people behind one address may ask for."""

    made_public = True


def _kept(made: Response, began: float, until: float) -> Kept:
    body = bytes(made.body)
    headers = tuple((name, made.headers[name]) for name in _KEPT_HEADERS if name in made.headers)
    return Kept(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', headers, began, until)


def _given(request: Request, kept: Kept, seconds: float) -> Response:
    # What others keep ends when what we keep ends, so that nothing is older anywhere than it says.
    headers = {"ETag": kept.tag, "Cache-Control": f"public, max-age={max(0, floor(kept.until - seconds))}"}
    if has_it(request, kept.tag):
        return Response(status_code=304, headers=headers)
    return Response(kept.body, headers={**dict(kept.headers), **headers})


def has_it(request: Request, tag: str) -> bool:
    """Say whether whoever asks has these bytes already.

    Args:
        tag: The ETag of what would be sent, with the quotation marks.

    Source:
        RFC 9110 section 13.1.2
    """
    # Compared weakly, and "*" means whatever there is.
    sent = ",".join(request.headers.getlist("if-none-match"))
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in sent.split(","))
