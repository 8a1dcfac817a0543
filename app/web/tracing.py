"""Where a stray copy came from: by the file that was found, or by the number read off a page."""

from __future__ import annotations

from functools import partial

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import tracing
from app.actions.tools import Actor, Tools
from app.actions.tracing import TRACERS, Trace
from app.api.streams import from_the_loop
from app.api.tracing import NumberIn, trace_limiter
from app.rules.errors import Malformed, NotFound
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.files import FileForm, FileFormHere
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {"number": "Enter the number, like K7F3-9QXM, in up to 40 characters"}


@router.get("/trace")
def trace_page(request: Request, person: PersonHere) -> Response:
    """Show what a copy can be traced by."""
    _demand_tracer(person)
    return page(request, "trace.html", form=Form(), faults={})


@router.post("/trace/number")
def trace_number(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Trace a number that was read off a page, a screen or a photograph."""
    _demand_tracer(person)
    try:
        given = checked(NumberIn, {"number": form["number"], "open_incident": form.ticked("open_incident")}, _WORDS)
        found = tracing.trace_number(tools, person, given.number, open_incident=given.open_incident)
    except FaultyForm as error:
        return page(request, "trace.html", status=422, form=form, faults=error.faults)
    except Malformed as error:
        return page(request, "trace.html", status=422, form=form, faults={"number": error.detail})
    return _found(request, found)


@router.post("/trace/file")
async def trace_file(request: Request, tools: ToolsHere, person: PersonHere, sent: FileFormHere) -> Response:
    """Trace a file; it is looked into and never stored."""
    _demand_tracer(person)
    act = partial(_trace_file, request, tools, person, sent)
    return await anyio.to_thread.run_sync(act, limiter=trace_limiter())


def _trace_file(request: Request, tools: Tools, person: Actor, sent: FileForm) -> Response:
    opens = sent.form.ticked("open_incident")
    if not sent.name:
        return page(
            request, "trace.html", status=422, form=sent.form, faults={"file": "Choose the file that was found"}
        )
    try:
        found = tracing.trace_file(tools, person, sent.name[:200], from_the_loop(sent.chunks), open_incident=opens)
    except Malformed as error:
        return page(request, "trace.html", status=422, form=sent.form, faults={"file": error.detail})
    return _found(request, found)


def _found(request: Request, found: Trace) -> Response:
    return page(request, "traced.html", found=found)


def _demand_tracer(person: Actor) -> None:
    """Stop for whoever traces nowhere: for them there is no such page.

    Raises:
        NotFound: They are neither auditor nor lead official nor head of profession anywhere.
    """
    if not any(held.role in TRACERS for held in person.roles):
        raise NotFound("")
