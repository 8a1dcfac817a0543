"""The record of access that the Scottish and Welsh Orders have kept: what goes into it, and requests for it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field, StringConstraints

from app.actions import record_requests, representations
from app.actions.record_requests import RequestRow, Wanted
from app.actions.representations import RepresentationRow
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import Day, PersonId
from app.api.places import AfterHere, LimitHere, RecordRequestId, ReleaseId, place_of, read_place
from app.api.public_pages import ODS
from app.api.record_formats import as_markdown, as_page, as_rows
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.rules.facts import Order

router = APIRouter(prefix="/api/v1", tags=["records"])

_BODY = {"schema": {"type": "string", "format": "binary"}}
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_REQUEST = "rrq_6e5d4c3b2a190817f6e5d4c3"
About = Literal["format", "content", "timing"]
PeopleBy = Literal["job_title", "name"]
Said = Annotated[Paragraphs, StringConstraints(min_length=1)]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class RepresentationIn(In):
    """What somebody said to the producer about the format, the content or the timing of the publication."""

    by: Line = Field(description="Who, as the record shall say.", examples=["Private Secretary to the Minister"])
    by_person_id: PersonId | None = Field(
        None, description="Who, where they are on the list.", examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"]
    )
    about: About = Field(examples=["timing"])
    words: Said = Field(examples=["Asked by telephone whether it could come out a day later. Told that it could not."])
    made_at: Moment


class RepresentationOut(Out):
    """What was said, as it is on record."""

    representation_id: str = Field(examples=["rpn_0d1c2b3a495867768594a3b2"])
    by: str = Field(examples=["Private Secretary to the Minister"])
    by_person_id: str | None = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    about: About
    words: str = Field(examples=["Asked whether it could come out a day later."])
    made_at: Moment
    recorded_at: Moment


class RepresentationsOut(Out):
    """Everything that was said, the earliest first."""

    results: list[RepresentationOut]


class RecordSectionOut(Out):
    """One thing of which the Order has a record kept; the rows are texts, one for each column."""

    letter: str = Field(description="Of its sub-paragraph.", examples=["b"])
    heading: str = Field(examples=["Individuals given access"])
    columns: list[str] = Field(examples=[["Name", "Job title"]])
    rows: list[list[str]] = Field(examples=[[["Ana Example", "Private Secretary"]]])


class RecordOut(Out):
    """The record of access to one release, or what of it is given on request. No exemption is offered in it."""

    order: Order
    source: str = Field(description="The clause it is kept or given under.", examples=["SSI 2008/399 Sch. para 9(1)"])
    statistics: str = Field(examples=["Waiting times, quarter to March 2026"])
    producer: str = Field(examples=["Office for Example Statistics"])
    as_at: Moment
    sections: list[RecordSectionOut]
    notes: list[str] = Field(examples=[["Contact details are left out (WSI 2009/2818 Sch. para 11(2))."]])


class RecordRequestIn(In):
    """A written request: who asks, where they can be written to, what for, and when it was received."""

    requester: Line = Field(examples=["Sam Example"])
    address: Paragraphs = Field(min_length=1, examples=["sam.example@people.example"])
    asked_for: Said = Field(examples=["Who had early access to these statistics, and from when?"])
    asked_on: Day = Field(description="The day on which it was received.", examples=["2026-03-16"])


class RecordAnswerIn(In):
    """How individuals are told of under the Scottish Order, which lets a record be by either."""

    people_by: PeopleBy = Field("job_title", examples=["job_title"])


class RecordRequestOut(Out):
    """A request, and whether it is answered."""

    record_request_id: str = Field(examples=[_REQUEST])
    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=["Waiting times, quarter to March 2026"])
    order: Order
    requester: str = Field(examples=["Sam Example"])
    address: str = Field(examples=["sam.example@people.example"])
    asked_for: str = Field(examples=["Who had early access to these statistics, and from when?"])
    asked_on: date = Field(examples=["2026-03-16"])
    due_on: date | None = Field(description="Null where the Order sets no time.", examples=["2026-04-15"])
    taken_at: Moment
    answered_at: Moment | None
    answer_sha256: str | None = Field(
        description="Of the answer as canonical JSON.",
        examples=["b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"],
    )


class RecordRequestsOut(Out):
    """One page of requests, the latest taken first."""

    results: list[RecordRequestOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


@router.post(
    "/releases/{release_id}/representations",
    operation_id="record_representation",
    summary="Record what was said about format, content or timing",
    status_code=201,
    response_model=RepresentationOut,
    responses=_answers(409),
)
def record_representation(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: RepresentationIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For those who prepare the release. The Scottish and Welsh Orders have it kept as part of the record."""

    def act(once: Tools) -> RepresentationOut:
        return _said(representations.record_representation(once, actor, release_id, **dict(body)))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/releases/{release_id}/representations",
    operation_id="list_representations",
    summary="See what was said about format, content or timing",
    responses=_answers(),
)
def list_representations(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> RepresentationsOut:
    """For those who prepare the release and for auditors."""
    found = representations.list_representations(tools, actor, release_id)
    return RepresentationsOut(results=[_said(row) for row in found])


@router.get(
    "/releases/{release_id}/statutory-record",
    operation_id="get_statutory_record",
    summary="Read the whole record of access to a release",
    responses=_answers(),
)
def get_statutory_record(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> RecordOut:
    """As the Scottish or the Welsh Order has it kept. For the head of profession and for auditors."""
    return RecordOut.model_validate(representations.read_record(tools, actor, release_id).as_record())


@router.post(
    "/releases/{release_id}/record-requests",
    operation_id="take_record_request",
    summary="Take a request for the record of a release",
    status_code=201,
    response_model=RecordRequestOut,
    responses=_answers(409),
)
def take_record_request(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: RecordRequestIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Says by when it must be answered; reminders follow until it is."""

    def act(once: Tools) -> RecordRequestOut:
        return _request_out(record_requests.take_request(once, actor, release_id, Wanted(**dict(body))))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/record-requests",
    operation_id="list_record_requests",
    summary="Leaf through a producer's requests for records",
    responses=_answers(),
)
def list_record_requests(
    tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, limit: LimitHere = 50, after: AfterHere = None
) -> RecordRequestsOut:
    """The latest taken first. For those who prepare releases and for auditors."""
    found = record_requests.list_requests(tools, actor, producer_id, after=read_place(after), limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return RecordRequestsOut(
        results=[_request_out(row) for row in found[:limit]],
        next=place_of(last.taken_at, last.record_request_id) if last else None,
    )


@router.get(
    "/record-requests/{record_request_id}",
    operation_id="get_record_request",
    summary="See a request for a record",
    responses=_answers(),
)
def get_record_request(tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId) -> RecordRequestOut:
    """For those who prepare releases and for auditors."""
    return _request_out(record_requests.read_request(tools, actor, record_request_id))


@router.post(
    "/record-requests/{record_request_id}/answer",
    operation_id="answer_record_request",
    summary="Answer a request for a record",
    responses=_answers(409),
)
def answer_record_request(
    tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId, body: RecordAnswerIn
) -> RecordRequestOut:
    """Puts together what the Order has given, and keeps it with its hash. Nothing can be left out of it."""
    return _request_out(record_requests.answer_request(tools, actor, record_request_id, people_by=body.people_by))


@router.get(
    "/record-requests/{record_request_id}/answer.json",
    operation_id="get_record_answer_json",
    summary="Read the answer to a request as JSON",
    responses=_answers(409),
)
def get_record_answer_json(tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId) -> RecordOut:
    """As it was given."""
    return RecordOut.model_validate(record_requests.read_answer(tools, actor, record_request_id))


@router.get(
    "/record-requests/{record_request_id}/answer.csv",
    operation_id="get_record_answer_csv",
    summary="Read the answer to a request as CSV",
    response_class=Response,
    responses={200: {"description": "UTF-8 with its mark", "content": {"text/csv": _BODY}}, **_answers(409)},
)
def get_record_answer_csv(tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId) -> Response:
    """As it was given."""
    given = record_requests.read_answer(tools, actor, record_request_id, form="csv")
    content = tools.write_sheet(as_rows(given), kind="csv", title="Record of access")
    headers = {"Content-Disposition": 'attachment; filename="record-of-access.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/record-requests/{record_request_id}/answer.ods",
    operation_id="get_record_answer_ods",
    summary="Read the answer to a request as ODS",
    response_class=Response,
    responses={200: {"description": "OpenDocument spreadsheet", "content": {ODS: _BODY}}, **_answers(409)},
)
def get_record_answer_ods(tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId) -> Response:
    """As it was given."""
    given = record_requests.read_answer(tools, actor, record_request_id, form="ods")
    content = tools.write_sheet(as_rows(given), kind="ods", title="Record of access")
    headers = {"Content-Disposition": 'attachment; filename="record-of-access.ods"'}
    return Response(content, media_type=ODS, headers=headers)


@router.get(
    "/record-requests/{record_request_id}/answer.md",
    operation_id="get_record_answer_markdown",
    summary="Read the answer to a request as Markdown",
    response_class=Response,
    responses={200: {"description": "Markdown", "content": {"text/markdown": _BODY}}, **_answers(409)},
)
def get_record_answer_markdown(tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId) -> Response:
    """As it was given."""
    given = record_requests.read_answer(tools, actor, record_request_id, form="md")
    return Response(as_markdown(given), media_type="text/markdown; charset=utf-8")


@router.get(
    "/record-requests/{record_request_id}/answer.html",
    operation_id="get_record_answer_html",
    summary="Read the answer to a request as a page",
    response_class=HTMLResponse,
    responses=_answers(409),
)
def get_record_answer_html(tools: ToolsHere, actor: ActorHere, record_request_id: RecordRequestId) -> HTMLResponse:
    """As it was given."""
    return HTMLResponse(as_page(record_requests.read_answer(tools, actor, record_request_id, form="html")))


def _said(row: RepresentationRow) -> RepresentationOut:
    return RepresentationOut.model_validate(
        {
            "representation_id": row.representation_id,
            "by": row.said.by,
            "by_person_id": row.by_person_id,
            "about": row.said.about,
            "words": row.said.words,
            "made_at": row.said.made_at,
            "recorded_at": row.recorded_at,
        }
    )


def _request_out(row: RequestRow) -> RecordRequestOut:
    return RecordRequestOut(
        record_request_id=row.record_request_id,
        release_id=row.release_id,
        title=row.release_title,
        order=row.order,
        requester=row.requester,
        address=row.address,
        asked_for=row.asked_for,
        asked_on=row.asked_on,
        due_on=row.due_on,
        taken_at=row.taken_at,
        answered_at=row.answered_at,
        answer_sha256=row.answer_sha256,
    )
