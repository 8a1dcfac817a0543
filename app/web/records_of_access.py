"""The record of access to a release: what was said to the producer, requests for the record, and the whole of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import eligibility, record_requests, representations
from app.actions.record_requests import Wanted
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.api.record_requests import RecordRequestIn, RepresentationIn
from app.rules.errors import Malformed, NotFound
from app.rules.facts import PRODUCING, Role
from app.rules.statutory_record import RECORDS
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, sent_day, typed_instant
from app.web.incident_people import ORDERS
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producing import staffed, staffed_by
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ABOUT = {"format": "Its format", "content": "Its content", "timing": "Its timing"}
_SAID = {
    "by": "Enter who it was, as the record shall say, on one line of up to 300 characters",
    "by_person_id": "Choose somebody from the list, or nobody",
    "about": "Choose what it was about",
    "words": "Enter what was said or written, in up to 5,000 characters",
    "made_at": "Enter the day and the time at which it was said, like 9 3 2026 and 4:00pm",
}
_ASKED = {
    "requester": "Enter who asks, on one line of up to 300 characters",
    "address": "Enter where they can be written to, in up to 5,000 characters",
    "asked_for": "Enter what they ask for, in their words, in up to 5,000 characters",
    "asked_on": "Enter the day on which the request was received, like 9 3 2026",
}
_FIELDS = {"made_at": "made_on-day", "asked_on": "asked_on-day"}


@router.get("/producer/releases/{release_id}/record")
def record_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show what was said about a release, and put more on record, or take a request."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/record/representations")
def record_said(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere
) -> Response:
    """Put on record what somebody said about format, content or timing."""
    staffed_by(tools, person, release_id, *PRODUCING)
    sent: dict[str, object] = {name: form[name] for name in ("by", "about", "words")}
    sent |= {"made_at": typed_instant(form, "made_on", "made_clock"), "by_person_id": form["by_person_id"] or None}
    known = {one for one, _ in _listed(tools, person, release_id)}
    faults = {} if sent["by_person_id"] in {None, *known} else {"by_person_id": _SAID["by_person_id"]}
    try:
        given = checked(RepresentationIn, sent, _SAID)
        if not faults:

            def act(once: Tools) -> str:
                representations.record_representation(once, person, release_id, **dict(given))
                return f"/producer/releases/{release_id}/record"

            return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        faults |= error.faults
    except Malformed as error:
        faults = {"made_at": error.detail}
    return _shown(request, tools, person, release_id, form, faults)


@router.post("/producer/releases/{release_id}/record/requests")
def take_request(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere
) -> Response:
    """Take a request for the record."""
    staffed_by(tools, person, release_id, *PRODUCING)
    sent: dict[str, object] = {name: form[name] for name in ("requester", "address", "asked_for")}
    try:
        given = checked(RecordRequestIn, {**sent, "asked_on": sent_day(form, "asked_on")}, _ASKED)

        def act(once: Tools) -> str:
            taken = record_requests.take_request(once, person, release_id, Wanted(**dict(given)))
            return f"/producer/record-requests/{taken.producer_id}/{taken.record_request_id}"

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        faults = error.faults
    except Malformed as error:
        of_release = any("path.release_id" in str(one["where"]) for one in error.extra.get("errors", ()))
        if of_release:  # the page offers no such form: this Order gives nobody a right to a record
            raise NotFound("") from None
        faults = {"asked_on": error.detail}
    return _shown(request, tools, person, release_id, form, faults)


@router.get("/producer/releases/{release_id}/record/whole")
def whole_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show the whole record, as the governing Order has it kept."""
    view = staffed(tools, person, release_id)
    if not _keeps(view.row.release):
        raise NotFound("")
    found = representations.read_record(tools, person, release_id)
    record = found.as_record()
    return page(request, "record_whole.html", release=view.row.release, record=record, as_at=found.as_at)


def _keeps(release: Any) -> bool:
    return release.order in RECORDS and not release.rehearsal


def _listed(tools: Tools, person: Actor, release_id: str) -> list[tuple[str, str]]:
    """Give id and words of everybody on the list in force, in its order."""
    in_force = eligibility.list_in_force(tools, person, release_id)
    rows = in_force.rows if in_force else ()
    named = {row.grant.person_id: f"{row.holder_name}, {row.grant.post_title}" for row in rows if row.grant.person_id}
    return list(named.items())


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view = staffed(tools, person, release_id)
    release = view.row.release
    wrong = {_FIELDS.get(name, name): said for name, said in (faults or {}).items()}
    return page(
        request,
        "record_of_access.html",
        status=422 if faults else 200,
        release=release,
        source=RECORDS.get(release.order, "") if _keeps(release) else "",
        order=ORDERS[release.order],
        said=representations.list_representations(tools, person, release_id),
        about=ABOUT,
        abouts=[{"value": value, "text": words} for value, words in ABOUT.items()],
        listed=_listed(tools, person, release_id),
        keeps=person.has(view.row.organisation_id, *PRODUCING),
        reads_whole=person.has(view.row.organisation_id, Role.HEAD_OF_PROFESSION, Role.AUDITOR),
        form=form,
        faults=wrong,
        once=fresh_key(tools),
    )
