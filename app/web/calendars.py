"""A producer's calendar on a page: what is due, where notice is too short, what twelve months lack; and its import.

A calendar file is looked at line by line before anything is done, and imported as it was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import calendar, calendar_imports, releases
from app.actions.calendar_imports import CalendarKind
from app.actions.releases import PREPARERS
from app.actions.tools import Actor, Tools
from app.api.organisations import ProducerId
from app.api.places import place_of, read_place
from app.api.schemas import In, Line
from app.rules.calendar_lines import LineDefaults
from app.rules.calendar_planned import plan_sha256
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import Order, Sensitivity
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, not_ours
from app.web.carrying import carried, is_another, kind_of, read_file, uncarried
from app.web.files import FileForm, FileFormHere
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.registering import CLASSES, ORDERS
from app.web.releases import After
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
FACTS = {
    "state": "State",
    "publishes_at": "Day and time",
    "title": "Title",
    "series": "Series",
    "order": "Order",
    "sensitivity": "Class",
    "lead_official": "Who answers for it",
    "public_url": "Public page",
    "time_exemption": "What allows another time",
}
_KINDS: dict[str, CalendarKind] = {"csv": "csv", "xlsx": "xlsx", "ods": "ods", "ics": "ics"}
_CHANGED = (
    "Somebody changed the calendar meanwhile, or another file was chosen. This is what it would do now. Look at it "
    "again. Nothing was done."
)
_WORDS = {
    "order": "Choose an Order from the list, or leave it open",
    "sensitivity": "Choose a class from the list, or leave it open",
    "series": "Name the series on one line of up to 300 letters, or leave it empty",
}


class _DefaultsIn(In):
    order: Order | None = None
    sensitivity: Sensitivity | None = None
    series: Line | None = None


@dataclass(frozen=True, slots=True)
class _File:
    """A calendar as it was chosen, and what holds for its lines."""

    content: bytes
    kind: CalendarKind
    defaults: LineDefaults


@router.get("/producer/calendars")
def calendars_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show whose calendars this person may see; where it is one, show that."""
    found = calendar.list_calendars(tools, person)
    if not found:
        raise NotFound("")
    if len(found) == 1:
        return go_to(f"/producer/calendars/{found[0][0]}")
    return page(request, "producer_calendars.html", producers=found)


@router.get("/producer/calendars/{producer_id}")
def calendar_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, after: After = None
) -> Response:
    """Show what is still to come of a producer, and what the next twelve months lack."""
    view = calendar.read_calendar(tools, person, producer_id, after=read_place(after), limit=ON_A_PAGE + 1)
    last = view.dated[ON_A_PAGE - 1].row.release if len(view.dated) > ON_A_PAGE else None
    return page(
        request,
        "producer_calendar.html",
        view=view,
        dated=view.dated[:ON_A_PAGE],
        next=place_of(last.publishes_at, last.release_id) if last else None,
        imported=calendar.read_last_import(tools, person, producer_id),
        imports=person.has(view.producer.organisation_id, *PREPARERS),
    )


@router.get("/producer/calendars/{producer_id}/import")
def importing_page(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId) -> Response:
    """Ask for a calendar file."""
    return _asked(request, tools, person, producer_id, Form())


@router.post("/producer/calendars/{producer_id}/file")
async def try_file(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FileFormHere
) -> Response:
    """Show what a calendar would do, line by line. Nothing is done, unless it is the one that was looked at before."""
    content = await read_file(form, tools.policy.sheet_limit_bytes)
    act = partial(_tried, request, tools, person, producer_id, form, content)
    return await anyio.to_thread.run_sync(act)


@router.post("/producer/calendars/{producer_id}/import")
def import_file(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Import the calendar that was looked at, once for each page that showed it."""
    try:
        file = _File(uncarried(form), _KINDS[form["kind"]], _defaults(form))
    except (KeyError, FaultyForm):  # nothing that a page of ours would send
        raise not_ours() from None
    try:
        return _go(request, tools, person, producer_id, form, file)
    except Malformed as error:  # it cannot be read, so there is nothing to keep of it
        return _asked(request, tools, person, producer_id, form, {"file": error.detail})


def _tried(request: Request, tools: Tools, person: Actor, producer_id: str, sent: FileForm, content: bytes) -> Response:
    form, kind = sent.form, _KINDS.get(kind_of(sent))
    try:
        if kind is None:
            what = "Choose a file whose name ends in .csv, .xlsx, .ods or .ics" if sent.name else "Choose a file"
            raise FaultyForm({"file": what})
        file = _File(content, kind, _defaults(form))
        if not form["looked_at"]:
            return _planned(request, tools, person, producer_id, file)
        if is_another(form, content):
            return _planned(request, tools, person, producer_id, file, notice=_CHANGED)
        return _go(request, tools, person, producer_id, form, file)
    except FaultyForm as error:
        return _asked(request, tools, person, producer_id, form, error.faults)
    except Malformed as error:
        return _asked(request, tools, person, producer_id, form, {"file": error.detail})


def _go(request: Request, tools: Tools, person: Actor, producer_id: str, form: Form, file: _File) -> Response:
    """Import it, unless it would do something else by now than the page showed."""
    notice = _CHANGED

    def act(once: Tools) -> str:
        _import(once, person, producer_id, file, dry_run=False, shown=form["shown"])
        return f"/producer/calendars/{producer_id}"

    try:
        return go_once(tools, person, form, f"/producer/calendars/{producer_id}/import", act)
    except Conflict as error:
        if error.code is not Code.CHANGED_MEANWHILE:
            raise
    except Malformed as error:
        if error.code is not Code.IMPORT_REJECTED:
            notice = error.detail
    return _planned(request, tools, person, producer_id, file, notice=notice)


def _defaults(form: Form) -> LineDefaults:
    """Read what holds for lines that say nothing themselves.

    Raises:
        FaultyForm: It cannot be taken; by field.
    """
    given = checked(_DefaultsIn, {name: form[name] or None for name in _WORDS}, _WORDS)
    return LineDefaults(given.order, given.sensitivity, given.series or "")


def _import(
    tools: Tools, person: Actor, producer_id: str, file: _File, *, dry_run: bool, shown: str | None = None
) -> calendar_imports.ImportedCalendar:
    return calendar_imports.import_calendar(
        tools,
        person,
        producer_id,
        file.content,
        file.kind,
        dry_run=dry_run,
        defaults=file.defaults,
        shown=shown,
    )


def _planned(
    request: Request, tools: Tools, person: Actor, producer_id: str, file: _File, *, notice: str = ""
) -> Response:
    tried = _import(tools, person, producer_id, file, dry_run=True)
    defaults = file.defaults
    shown: dict[str, Any] = {
        "choices": releases.read_choices(tools, person, producer_id),
        "plan": tried.plan,
        "missing": tried.missing,
        "facts": FACTS,
        "notice": notice,
        "kept": {
            "kind": file.kind,
            "order": defaults.order.value if defaults.order else "",
            "sensitivity": defaults.sensitivity.value if defaults.sensitivity else "",
            "series": defaults.series,
            "shown": plan_sha256(tried.plan),
            "once": fresh_key(tools),
        },
    }
    return page(request, "calendar_planned.html", **shown, **carried(file.content))


def _asked(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    return page(
        request,
        "calendar_import.html",
        status=422 if faults else 200,
        choices=releases.read_choices(tools, person, producer_id),
        orders=[_OPEN, *({"value": order.value, "text": words} for order, words in ORDERS.items())],
        classes=[_OPEN, *({"value": one.value, "text": words} for one, (words, _) in CLASSES.items())],
        form=form,
        faults=faults or {},
    )


_OPEN = {"value": "", "text": "None: such lines are errors"}
