"""Who is asking, with which tools, which version they read, and whether they asked before."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from app.actions import people, replays
from app.actions.tools import Actor, Claim, Tools
from app.rules.errors import Code, Malformed, NotSignedIn

# Declared for the OpenAPI document; the reading is done below, where a refusal becomes a problem document.
BEARER = HTTPBearer(auto_error=False, description="A session's token, or a program's short-lived JWT.")

_KEY = re.compile(r"[\x21-\x7e]{8,128}")
_ETAG = re.compile(r'"(\d{1,9})"')


async def the_tools(request: Request) -> Tools:
    """Give the tools this application was built with. Async, since a hop to a thread costs more than this does."""
    return _tools_of(request)


def network_of(request: Request) -> str:
    """Give the network the request came from, as text; only ever stored as a keyed hash.

    Of an IPv6 address it is the first 64 bits: whoever has one address there has all of them.
    """
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.IPv6Network((address, 64), strict=False))


def the_actor(request: Request, _declared: Annotated[Any, Depends(BEARER)] = None) -> Actor:
    """Say who is asking, as the records say at this moment.

    Raises:
        NotSignedIn: Nothing usable was presented.
    """
    actor = people.actor_for_token(_tools_of(request), bearer_of(request), network=network_of(request))
    request.state.actor = actor
    return actor


def asking_again(request: Request, actor: Actor) -> Callable[[], Actor]:
    """Give what says who is asking, as the records say whenever it is called, for a request that takes long.

    The token of a program lives for minutes and was judged when the request began; from then on its credential counts,
    so that what is sent over a slow line is not refused at its end. A person's session must last until then.

    Args:
        request: The request, of which nothing more is read.
        actor: Who asked when it began, from ``the_actor``.

    Returns:
        What raises NotSignedIn when it is called and the credential or the session has ended.

    Raises:
        NotSignedIn: Nothing was presented.
    """
    tools, network = _tools_of(request), network_of(request)
    if actor.how == people.BY_CREDENTIAL:
        return partial(people.actor_of_client, tools, actor.actor_id, network=network)
    return partial(people.actor_for_token, tools, bearer_of(request), network=network)


def bearer_of(request: Request) -> str:
    """Give the token that a request presents.

    Raises:
        NotSignedIn: It presents none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("Sign in first: no session token was presented.")
    return token.strip()


ToolsHere = Annotated[Tools, Depends(the_tools)]
ActorHere = Annotated[Actor, Depends(the_actor)]


async def the_revision(
    if_match: Annotated[str | None, Header(alias="If-Match", description="The ETag of what you read.")] = None,
) -> int:
    """Read the revision that the caller says they are changing.

    Raises:
        Malformed: The header is missing, or is not one of our ETags.
    """
    found = _ETAG.fullmatch(if_match or "")
    if not found:
        raise Malformed("Send the ETag of what you read in an If-Match header.", code=Code.IF_MATCH_REQUIRED)
    return int(found.group(1))


RevisionHere = Annotated[int, Depends(the_revision)]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="A fresh random value; a repeat gives the first answer.")
]


def etag(response: Response, revision: int) -> None:
    """Put a revision on an answer as its ETag."""
    response.headers["ETag"] = f'"{revision}"'


def create_once(
    request: Request,
    tools: Tools,
    actor: Actor,
    key: str | None,
    body: BaseModel | None,
    act: Callable[[Tools], BaseModel],
    *,
    revision_of: Callable[[Any], int] | None = None,
    before_replay: Callable[[], object] | None = None,
) -> JSONResponse:
    """Carry out a creating request; a repeat with the same Idempotency-Key gives the first answer again.

    Args:
        body: The parsed body; part of what makes a request the same.
        act: The action; it must create inside ``tools.transaction(once=True)``.
        revision_of: Reads the revision off the answer, for its ETag.
        before_replay: Raises where the first answer must not be given again, because of what has happened since.

    Returns:
        201 with the action's answer as JSON.

    Raises:
        Conflict: The key was used for another request, or its first use was cut off.
    """
    claim = _claim(request, tools, actor, key, body)
    if claim is not None:
        stored = replays.find_answer(tools, claim)
        if stored is not None:
            if before_replay is not None:
                before_replay()
            kept = json.loads(stored)
            return JSONResponse(kept["answer"], 201, {**kept["headers"], "Idempotency-Replayed": "true"})
    made = act(tools.claiming(claim))
    answer = made.model_dump(mode="json")
    headers = {"Cache-Control": "no-store"}
    if revision_of is not None:
        headers["ETag"] = f'"{revision_of(made)}"'
    if claim is not None:
        replays.keep_answer(tools, claim, json.dumps({"answer": answer, "headers": headers}))
    return JSONResponse(answer, 201, headers)


def _tools_of(request: Request) -> Tools:
    tools: Tools = request.app.state.tools
    return tools


def _claim(request: Request, tools: Tools, actor: Actor, key: str | None, body: BaseModel | None) -> Claim | None:
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Malformed("Use 8 to 128 visible ASCII characters.", code=Code.IDEMPOTENCY_KEY_NOT_VALID)
    asked = f"{request.method} {request.url.path}?{request.url.query}\n{body.model_dump_json() if body else ''}"
    return Claim(
        key_hash=tools.keys.keyed_hash("idempotency", f"{actor.actor_id}\n{key}"),
        request_sha256=hashlib.sha256(asked.encode()).hexdigest(),
    )
