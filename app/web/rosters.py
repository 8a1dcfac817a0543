"""Who is called when the time of publication goes wrong: on which minute, who is on leave, and who covers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import alarms
from app.actions.alarms import RosterView
from app.actions.tools import Actor, Tools
from app.api.release_schemas import ProducerId
from app.rules.alarms import LADDER, Away, Contact, Roster
from app.rules.errors import Malformed
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_LEAVE_ONLY = "leave"
_REVISION = re.compile(r"[0-9]{1,9}")
_FAULTS = {
    "person_id": "Choose somebody who works for this producer",
    "from_minute": "Choose from which minute on they are called",
    "away_id": "Choose who is away",
    "first_on": "Enter the first day away, like 9 3 2026",
    "last_on": "Enter the last day away, like 13 3 2026",
    "cover_id": "Choose who is called instead",
}


@router.get("/producer/rosters")
def rosters_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show whose rosters this person may see; where it is one, show that."""
    found = alarms.list_rosters(tools, person)
    if len(found) == 1:
        return go_to(f"/producer/rosters/{found[0][0]}")
    return page(request, "rosters.html", producers=found)


@router.get("/producer/rosters/{producer_id}")
def roster_page(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId) -> Response:
    """Show who is called today, and the roster that says so."""
    return _shown(request, alarms.see_roster(tools, person, producer_id), Form())


@router.post("/producer/rosters/{producer_id}/contacts")
def put_contact(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Put somebody on the roster, or change from which minute on they are called."""
    view = alarms.see_roster(tools, person, producer_id)
    who, minute = form["person_id"], form["from_minute"]
    faults = {} if who in view.staff else {"person_id": _FAULTS["person_id"]}
    if minute not in (_LEAVE_ONLY, *map(str, LADDER)):
        faults["from_minute"] = _FAULTS["from_minute"]
    if faults:
        return _shown(request, view, form, faults)
    known = _contact(view.row.roster, who)
    called_from = None if minute == _LEAVE_ONLY else int(minute)
    return _set(request, tools, person, view, form, replace(known, from_minute=called_from), "person_id")


@router.post("/producer/rosters/{producer_id}/leaves")
def put_leave(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Say that somebody is away, and who is called instead."""
    view = alarms.see_roster(tools, person, producer_id)
    try:
        who, leave = _leave(view, form)
    except FaultyForm as error:
        return _shown(request, view, form, error.faults)
    known = _contact(view.row.roster, who)
    return _set(request, tools, person, view, form, replace(known, away=(*known.away, leave)), "cover_id")


@router.post("/producer/rosters/{producer_id}/removal")
def remove(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere) -> Response:
    """Take somebody off the roster, or one of their leaves."""
    view = alarms.see_roster(tools, person, producer_id)
    known = _contact(view.row.roster, form["person_id"])
    if not form["leave"]:
        return _set(request, tools, person, view, form, known, "person_id", remove=True)
    kept = tuple(one for number, one in enumerate(known.away) if str(number) != form["leave"])
    gone = not kept and known.from_minute is None  # of them only leave was kept
    return _set(request, tools, person, view, form, replace(known, away=kept), "person_id", remove=gone)


def _set(
    request: Request,
    tools: Tools,
    person: Actor,
    view: RosterView,
    form: Form,
    contact: Contact,
    field: str,
    *,
    remove: bool = False,
) -> Response:
    others = [one for one in view.row.roster.contacts if one.person_id != contact.person_id]
    before = [one.person_id for one in view.row.roster.contacts]
    place = before.index(contact.person_id) if contact.person_id in before else len(others)
    contacts = others if remove else [*others[:place], contact, *others[place:]]
    revision = int(form["revision"]) if _REVISION.fullmatch(form["revision"]) else -1
    roster = Roster(tuple(_without_leavers(contacts, view)))
    try:
        alarms.set_roster(tools, person, view.producer_id, roster, revision=revision)
    except Malformed as error:
        said = "; ".join(fault["what"] for fault in error.extra.get("errors", ())) or error.detail
        return _shown(request, view, form, {field: said[:1].upper() + said[1:]})
    return go_to(f"/producer/rosters/{view.producer_id}")


def _without_leavers(contacts: list[Contact], view: RosterView) -> list[Contact]:
    """Leave out whoever works here no more, and leave that they were to cover: nobody can be called by either.

    Otherwise no change at all would be taken once somebody has left.
    """
    kept = []
    for one in contacts:
        away = tuple(leave for leave in one.away if leave.cover_id in view.staff)
        empty = one.from_minute is None and not away and bool(one.away)
        if one.person_id in view.staff and not empty:
            kept.append(replace(one, away=away))
    return kept


def _contact(roster: Roster, person_id: str) -> Contact:
    return next((one for one in roster.contacts if one.person_id == person_id), Contact(person_id))


def _leave(view: RosterView, form: Form) -> tuple[str, Away]:
    """Read a leave.

    Raises:
        FaultyForm: Something is missing, or impossible; by field.
    """
    who, cover = form["away_id"], form["cover_id"]
    faults = {name: _FAULTS[name] for name, given in (("away_id", who), ("cover_id", cover)) if given not in view.staff}
    days = {}
    for name in ("first_on", "last_on"):
        try:
            days[name] = date(*(int(form[f"{name}-{part}"]) for part in ("year", "month", "day")))
        except (ValueError, OverflowError):
            faults[name] = _FAULTS[name]
    if len(days) == 2 and days["last_on"] < days["first_on"]:
        faults["last_on"] = "The last day lies before the first"
    if cover and cover == who:
        faults["cover_id"] = "Choose somebody else than the person who is away"
    if faults:
        raise FaultyForm(faults)
    return who, Away(days["first_on"], days["last_on"], cover)


def _shown(request: Request, view: RosterView, form: Form, faults: dict[str, str] | None = None) -> Response:
    contacts = view.row.roster.contacts
    return page(
        request,
        "roster.html",
        status=422 if faults else 200,
        view=view,
        names={person_id: one.name for person_id, one in view.staff.items()},
        ladder=LADDER,
        leavers=list(contacts) != _without_leavers(list(contacts), view),
        form=form,
        faults=faults or {},
    )
