"""Private addresses of a producer's calendar, for calendar programs of those who publish."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from app.actions import calendar_links, public_answers
from app.actions.calendar_links import LinkRow
from app.api.asking import ActorHere, ToolsHere, network_of
from app.api.organisations import ProducerId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, MomentOut, Out
from app.api.sheets import BODY

router = APIRouter(prefix="/api/v1", tags=["calendar"])
public = APIRouter(prefix="/api/v1", tags=["calendar"])

LinkId = Annotated[str, StringConstraints(pattern=r"^cln_[0-9a-f]{24}$")]
CalendarToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,100}$")]
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_OPEN: dict[int | str, dict[str, Any]] = {status: PROBLEM_RESPONSES[status] for status in (404, 422, 429, 500, 503)}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class CalendarLinkIn(In):
    """Who is to have the address."""

    name: Line = Field(examples=["Web desk"])


class CalendarLinkOut(Out):
    """A private address of a calendar. What it is, is told once."""

    link_id: str = Field(examples=["cln_0a1b2c3d4e5f60718293a4b5"])
    name: str = Field(examples=["Web desk"])
    made_at: MomentOut
    made_by: str = Field(examples=[_PERSON])
    ended_at: MomentOut | None
    ended_by: str | None = Field(examples=[None])


class NewCalendarLinkOut(CalendarLinkOut):
    """The same, with the addresses: whoever has one needs no sign-in. They are told this once."""

    calendar: str = Field(examples=["https://pra.department.gov.example/api/v1/linked-calendars/…/calendar.ics"])
    sheet: str = Field(examples=["https://pra.department.gov.example/api/v1/linked-calendars/…/calendar.csv"])


class CalendarLinksOut(Out):
    """Private addresses, the newest first."""

    results: list[CalendarLinkOut]
    next: str | None = Field(None, description="Always null: there are few.")


@router.post(
    "/producers/{producer_id}/calendar-links",
    operation_id="make_calendar_link",
    summary="Make a private address of the calendar",
    status_code=201,
    responses=_answers(),
)
def make_calendar_link(
    tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, body: CalendarLinkIn
) -> NewCalendarLinkOut:
    """By a lead official or head of profession. It is told this once, so a repeat makes another."""
    made = calendar_links.make_link(tools, actor, producer_id, name=body.name)
    where = f"{tools.policy.public_address}/api/v1/linked-calendars/{made.token}"
    told = _link(made.link).model_dump()
    return NewCalendarLinkOut(**told, calendar=f"{where}/calendar.ics", sheet=f"{where}/calendar.csv")


@router.get(
    "/producers/{producer_id}/calendar-links",
    operation_id="list_calendar_links",
    summary="See who has a private address of the calendar",
    responses=_answers(),
)
def list_calendar_links(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> CalendarLinksOut:
    """Ended ones too. For those who work for the producer, and for auditors."""
    return CalendarLinksOut(results=[_link(one) for one in calendar_links.list_links(tools, actor, producer_id)])


@router.post(
    "/calendar-links/{link_id}/end",
    operation_id="end_calendar_link",
    summary="End a private address of the calendar",
    responses=_answers(409),
)
def end_calendar_link(tools: ToolsHere, actor: ActorHere, link_id: LinkId) -> CalendarLinkOut:
    """By a lead official or head of profession. It shows nothing from the next request on."""
    return _link(calendar_links.end_link(tools, actor, link_id))


@public.get(
    "/linked-calendars/{calendar_token}/calendar.ics",
    operation_id="get_linked_calendar",
    summary="Follow a producer's dates by a private address",
    response_class=Response,
    responses={200: {"description": "RFC 5545, UTF-8", "content": {"text/calendar": BODY}}, **_OPEN},
)
def get_linked_calendar(request: Request, tools: ToolsHere, calendar_token: CalendarToken) -> Response:
    """Twelve months: title, time and state, planned releases among them. Keep the address as you keep those."""
    public_answers.demand_patience(tools, network=network_of(request))
    content = calendar_links.linked_calendar(tools, calendar_token)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=_headers("calendar.ics"))


@public.get(
    "/linked-calendars/{calendar_token}/calendar.csv",
    operation_id="get_linked_calendar_csv",
    summary="Take a producer's dates away by a private address",
    response_class=Response,
    responses={200: {"description": "UTF-8 with its mark", "content": {"text/csv": BODY}}, **_OPEN},
)
def get_linked_calendar_csv(request: Request, tools: ToolsHere, calendar_token: CalendarToken) -> Response:
    """The same as a sheet; times are UK time."""
    public_answers.demand_patience(tools, network=network_of(request))
    content = calendar_links.linked_sheet(tools, calendar_token)
    return Response(content, media_type="text/csv; charset=utf-8", headers=_headers("calendar.csv"))


def _headers(file_name: str) -> dict[str, str]:
    named = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return {**named, "Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}


def _link(link: LinkRow) -> CalendarLinkOut:
    return CalendarLinkOut(
        link_id=link.link_id,
        name=link.name,
        made_at=link.made_at,
        made_by=link.made_by,
        ended_at=link.ended_at,
        ended_by=link.ended_by,
    )
