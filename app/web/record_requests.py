"""Requests for the record of access: a producer's requests, each answered once, and the answer as it was given."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import calendar, owed, producer_settings, record_requests
from app.actions.tools import Actor, Tools
from app.api.organisations import ProducerId
from app.api.places import RecordRequestId, place_of, read_place
from app.api.record_formats import as_markdown, as_rows
from app.api.record_requests import RecordAnswerIn
from app.api.sheets import MEDIA_TYPES
from app.rules.errors import NotFound, OutOfOrder
from app.rules.facts import PRODUCING, Order, london_date
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.incident_people import ORDERS
from app.web.page_route import PageRoute
from app.web.releases import After
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_PEOPLE_BY = "Choose how people are told of"
Kind = Literal["csv", "ods", "md", "json"]


@router.get("/producer/record-requests")
def producers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show whose requests this person may see; where it is one producer, show that."""
    found = calendar.list_calendars(tools, person)
    if not found:
        raise NotFound("")
    if len(found) == 1:
        return go_to(f"/producer/record-requests/{found[0][0]}")
    return page(request, "record_requests_of.html", producers=found)


@router.get("/producer/record-requests/{producer_id}")
def requests_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, after: After = None
) -> Response:
    """Show a producer's requests, the latest taken first."""
    producer = owed.producer_owing(tools, person, producer_id)
    found = record_requests.list_requests(tools, person, producer_id, after=read_place(after), limit=ON_A_PAGE + 1)
    last = found[ON_A_PAGE - 1] if len(found) > ON_A_PAGE else None
    return page(
        request,
        "record_requests.html",
        producer=producer,
        found=found[:ON_A_PAGE],
        next=place_of(last.taken_at, last.record_request_id) if last else None,
        today=london_date(tools.clock.now()),
    )


@router.get("/producer/record-requests/{producer_id}/{record_request_id}")
def request_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, record_request_id: RecordRequestId
) -> Response:
    """Show a request, and answer it."""
    return _shown(request, tools, person, producer_id, record_request_id, Form())


@router.post("/producer/record-requests/{producer_id}/{record_request_id}")
def answer(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    record_request_id: RecordRequestId,
    form: FormHere,
) -> Response:
    """Answer it, once; whoever sends it a second time is shown the answer that was given."""
    seen = record_requests.see_request(tools, person, producer_id, record_request_id)
    producer_settings.demand_role(tools, person, producer_id, *PRODUCING)
    people_by = form["people_by"] if seen.row.order is Order.SCOTLAND else "job_title"
    try:
        given = checked(RecordAnswerIn, {"people_by": people_by}, {"people_by": _PEOPLE_BY})
        record_requests.answer_request(tools, person, record_request_id, people_by=given.people_by)
    except FaultyForm as error:
        return _shown(request, tools, person, producer_id, record_request_id, form, error.faults)
    except OutOfOrder:
        pass
    return go_to(f"/producer/record-requests/{producer_id}/{record_request_id}")


@router.get("/producer/record-requests/{producer_id}/{record_request_id}/answer")
def answer_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, record_request_id: RecordRequestId
) -> Response:
    """Show the answer as it was given. That it was read is on record."""
    seen = record_requests.see_request(tools, person, producer_id, record_request_id)
    given = record_requests.read_answer(tools, person, record_request_id, form="html")
    return page(
        request,
        "record_answer.html",
        row=seen.row,
        here=f"/producer/record-requests/{producer_id}/{record_request_id}",
        record=given,
        as_at=datetime.fromisoformat(given["as_at"]),
    )


@router.get("/producer/record-requests/{producer_id}/{record_request_id}/answer.{kind}")
def answer_file(
    tools: ToolsHere, person: PersonHere, producer_id: ProducerId, record_request_id: RecordRequestId, kind: Kind
) -> Response:
    """Give the answer as a file. That it was taken is on record."""
    record_requests.see_request(tools, person, producer_id, record_request_id)
    given = record_requests.read_answer(tools, person, record_request_id, form=kind)
    if kind == "csv" or kind == "ods":
        content: bytes = tools.write_sheet(as_rows(given), kind=kind, title="Record of access")
        media_type = MEDIA_TYPES[kind] + ("; charset=utf-8" if kind == "csv" else "")
    elif kind == "md":
        content, media_type = as_markdown(given).encode(), "text/markdown; charset=utf-8"
    else:
        content, media_type = json.dumps(given, ensure_ascii=False).encode(), "application/json"
    named = {"Content-Disposition": f'attachment; filename="record-of-access.{kind}"', "Cache-Control": "no-store"}
    return Response(content, 200, named, media_type)


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    record_request_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    seen = record_requests.see_request(tools, person, producer_id, record_request_id)
    return page(
        request,
        "record_request.html",
        status=422 if faults else 200,
        seen=seen,
        row=seen.row,
        producer=seen.producer,
        order=ORDERS[seen.row.order],
        chooses=seen.row.order is Order.SCOTLAND,
        answers=person.has(seen.producer.organisation_id, *PRODUCING),
        form=form,
        faults=faults or {},
    )
