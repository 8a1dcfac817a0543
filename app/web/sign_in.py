"""Signing in by a one-time code, and out; the sessions one has."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.actions import own_sessions, people, sign_in
from app.api.asking import network_of
from app.api.sign_in import CodeIn, SessionId, SignInIn
from app.rules.errors import Code, Malformed, NotSignedIn
from app.web import cookies
from app.web.asking import FaultyForm, FormHere, PersonHere, ToolsHere, VisitorHere, checked, place
from app.web.shell import page

router = APIRouter(include_in_schema=False)

Then = Annotated[str, Query(max_length=300)]
CodeId = Annotated[str, Query(pattern=r"^cod_[0-9a-f]{24}$")]
_ADDRESS = "Enter your own work e-mail address, like name@department.gov.uk"
_CODE = "Enter the eight digits of the code"


def go_to(where: str) -> RedirectResponse:
    """Send the browser on, to a page that can be looked at again without doing anything twice."""
    return RedirectResponse(where, 303, {"Cache-Control": "no-store"})


@router.get("/sign-in")
def sign_in_page(request: Request, tools: ToolsHere, visitor: VisitorHere, then: Then = "/releases") -> Response:
    """Ask for the address that the code goes to."""
    return page(
        request,
        "sign_in.html",
        email=visitor.email if visitor else "",
        then=place(then),
        again=then != "/releases",
        minutes=tools.policy.code_minutes,
    )


@router.post("/sign-in")
def ask_for_code(request: Request, tools: ToolsHere, form: FormHere) -> Response:
    """Have a code sent. What follows is the same for every address, known or not."""
    try:
        asked = checked(CodeIn, {"email": form["email"]}, {"email": _ADDRESS})
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


def _code_again(request: Request, sent: dict[str, str], then: str, said: str) -> Response:
    shown = {"code_id": sent["code_id"], "then": place(then)}
    return page(request, "code.html", status=422, faults={"code": said}, **shown)
