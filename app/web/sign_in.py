"""Signing in by a one-time code, and out; the sessions one has."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import quote

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.actions import own_sessions, people, provider_sign_in, sign_in
from app.actions.tools import Actor, Tools
from app.api.asking import network_of
from app.api.sign_in import CodeIn, SessionId, SignInIn
from app.rules.errors import Code, Malformed, NotSignedIn
from app.web import cookies
from app.web.asking import PLACE_LETTERS, FaultyForm, FormHere, PersonHere, ToolsHere, VisitorHere, checked, place
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Then = Annotated[str, Query(max_length=PLACE_LETTERS)]
CodeId = Annotated[str, Query(pattern=r"^cod_[0-9a-f]{24}$")]
AttemptId = Annotated[str, Query(pattern=r"^pat_[0-9a-f]{24}$")]
Brought = Annotated[str | None, Query(max_length=4096)]
PROVIDERS_ASKED_AT_ONCE = 8  # each may be waited for; nobody who wants something else waits behind them
_BY_CODE = "code"
_ADDRESS = to_translate("Enter your own work e-mail address, like name@department.gov.uk")
_CODE = to_translate("Enter the eight digits of the code")
_asking: RunVar[CapacityLimiter] = RunVar("sign-in providers asked")


def go_to(where: str) -> RedirectResponse:
    """Send the browser on, to a page that can be looked at again without doing anything twice."""
    return RedirectResponse(where, 303, {"Cache-Control": "no-store"})


@router.get("/sign-in")
def sign_in_page(
    request: Request,
    tools: ToolsHere,
    visitor: VisitorHere,
    then: Then = "/releases",
    by: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Ask for the address that the code goes to, or by which the organisation's own sign-in is found."""
    return page(
        request,
        "sign_in.html",
        email=visitor.email if visitor else "",
        then=place(then),
        again=then != "/releases",
        minutes=tools.policy.code_minutes,
        by=_by(tools, by),
    )


@router.post("/sign-in")
def ask_for_code(request: Request, tools: ToolsHere, form: FormHere, visitor: VisitorHere) -> Response:
    """Have a code sent, or go to the organisation's own sign-in. What follows is the same for all of a domain."""
    try:
        asked = checked(CodeIn, {"email": form["email"]}, {"email": _ADDRESS})
        provider = provider_sign_in.find_for(tools, asked.email)
        if provider is not None and (provider.required or form["by"] != _BY_CODE):
            return _to_provider(request, tools, provider.provider_id, form["then"], fresh=visitor is not None)
        sent = sign_in.ask_for_code(tools, asked.email, network=network_of(request))
    except (FaultyForm, Malformed) as error:
        said = error.detail if isinstance(error, Malformed) and error.detail else _ADDRESS
        then, minutes = place(form["then"]), tools.policy.code_minutes
        return page(
            request,
            "sign_in.html",
            status=422,
            faults={"email": said},
            email=form["email"],
            then=then,
            minutes=minutes,
            by=_by(tools, form["by"]),
        )
    return go_to(f"/sign-in/code?code_id={sent.code_id}&then={quote(place(form['then']), safe='/')}")


@router.get("/sign-in/code")
def code_page(request: Request, code_id: CodeId, then: Then = "/releases") -> Response:
    """Ask for the code that arrived."""
    return page(request, "code.html", code_id=code_id, then=place(then))


@router.post("/sign-in/code")
def begin_session(request: Request, tools: ToolsHere, form: FormHere, visitor: VisitorHere) -> Response:
    """Begin a session with a token of its own; one that this browser had until now ends."""
    sent = {"code_id": form["code_id"], "code": form["code"]}
    try:
        given = checked(SignInIn, sent, {"code": _CODE, "code_id": _CODE})
        begun = sign_in.sign_in(tools, given.code_id, given.code, network=network_of(request))
    except FaultyForm:
        return _code_again(request, sent, form["then"], _CODE)
    except NotSignedIn as error:
        if error.code is not Code.CODE_NOT_ACCEPTED:
            raise
        return _code_again(request, sent, form["then"], sign_in.NOT_ACCEPTED)
    if visitor is not None:
        sign_in.sign_out(tools, visitor)
    answer = go_to(place(form["then"]))
    cookies.begin(answer, begun.token)
    return answer


@router.get("/sign-in/provider")
async def provider_page(request: Request, tools: ToolsHere, attempt: AttemptId) -> Response:
    """Show the way to the organisation's own sign-in. A link, since a form may not lead to another site."""
    return await anyio.to_thread.run_sync(partial(_way_there, request, tools, attempt), limiter=_provider_limiter())


@router.get("/sign-in/from/{provider_id}")
async def come_back(
    request: Request,
    tools: ToolsHere,
    visitor: VisitorHere,
    provider_id: Annotated[str, Path(pattern=r"^idp_[0-9a-f]{24}$")],
    state: Brought = None,
    code: Brought = None,
    iss: Brought = None,
    error: Brought = None,
) -> Response:
    """Begin a session by the word of the organisation's own sign-in; one that this browser had until now ends."""
    # A picture, a frame or a script of another site; where nothing is said of it, an older browser goes there itself.
    if request.headers.get("sec-fetch-dest", "document") != "document":
        raise provider_sign_in.not_accepted()
    brought = {"state": state, "code": code, "iss": iss, "error": error}
    answer = {name: value for name, value in brought.items() if value is not None}
    act = partial(_came_back, request, tools, visitor, provider_id, answer)
    return await anyio.to_thread.run_sync(act, limiter=_provider_limiter())


@router.post("/sign-out")
def sign_out(tools: ToolsHere, person: PersonHere, _form: FormHere) -> Response:
    """End this session, here and everywhere."""
    sign_in.sign_out(tools, person)
    answer = go_to("/")
    cookies.end(answer)
    return answer


@router.get("/account/sessions")
def sessions_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show where this person is signed in."""
    known = people.me(tools, person)
    return page(request, "sessions.html", sessions=own_sessions.my_sessions(tools, person), known=known)


@router.post("/account/sessions/{session_id}/end")
def end_session(tools: ToolsHere, person: PersonHere, session_id: SessionId, _form: FormHere) -> Response:
    """End one of them."""
    own_sessions.end_session(tools, person, session_id)
    answer = go_to("/account/sessions" if session_id != person.session_id else "/")
    if session_id == person.session_id:
        cookies.end(answer)
    return answer


def _provider_limiter() -> CapacityLimiter:
    """Give what bounds how many wait for a provider at once; of the event loop that asks."""
    try:
        return _asking.get()
    except LookupError:
        limiter = CapacityLimiter(PROVIDERS_ASKED_AT_ONCE)
        _asking.set(limiter)
        return limiter


def _way_there(request: Request, tools: Tools, attempt: str) -> Response:
    way = provider_sign_in.way_there(tools, attempt, cookies.provider_secret(request))
    return page(request, "provider.html", way=way)


def _came_back(
    request: Request, tools: Tools, visitor: Actor | None, provider_id: str, brought: dict[str, str]
) -> Response:
    came = provider_sign_in.complete(
        tools, provider_id, brought, browser=cookies.provider_secret(request), network=network_of(request)
    )
    if visitor is not None:
        sign_in.sign_out(tools, visitor)
    answer = go_to(place(came.place))
    cookies.begin(answer, came.session.token)  # what the browser holds ends by itself: another tab may need it yet
    return answer


def _by(tools: ToolsHere, asked: str) -> str:
    """Say by which way the page signs somebody in; empty where that depends on their address."""
    return _BY_CODE if asked == _BY_CODE or not provider_sign_in.is_offered(tools) else ""


def _to_provider(request: Request, tools: ToolsHere, provider_id: str, then: str, *, fresh: bool) -> Response:
    """Begin a sign-in there. Whoever is signed in already is asked to prove anew who they are."""
    held = cookies.provider_secret(request) or cookies.new_provider_secret()
    attempt_id = provider_sign_in.begin(
        tools, provider_id, browser=held, place=place(then), fresh=fresh, network=network_of(request)
    )
    answer = go_to(f"/sign-in/provider?attempt={attempt_id}")
    cookies.hold_provider_secret(answer, held, seconds=tools.policy.code_minutes * 60)
    return answer


def _code_again(request: Request, sent: dict[str, str], then: str, said: str) -> Response:
    shown = {"code_id": sent["code_id"], "then": place(then)}
    return page(request, "code.html", status=422, faults={"code": said}, **shown)
