"""The calendar of a producer: imported, read, and given to people's own calendars."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.actions import calendar, calendar_imports
from app.actions.calendar_imports import CalendarKind
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.calendar_schemas import CalendarImportOut, CalendarOut, calendar_out, import_calendar_out
from app.api.organisations import ProducerId
from app.api.places import AfterHere, LimitHere, place_of, read_place
from app.api.public_answers import PUBLIC_RESPONSES, PublicRoute
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment
from app.api.sheets import BODY, SHEET_KINDS, media_type_of, read_sent
from app.rules.calendar_lines import LineDefaults
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Malformed, Mistake
from app.rules.facts import Order, Sensitivity

router = APIRouter(prefix="/api/v1", tags=["calendar"])
public = APIRouter(prefix="/api/v1", tags=["calendar"], route_class=PublicRoute)

_ICS = "text/calendar"
_KINDS: dict[str, CalendarKind] = {_ICS: "ics", **SHEET_KINDS}
_FEED: dict[int | str, dict[str, Any]] = {200: {"description": "RFC 5545, UTF-8", "content": {_ICS: BODY}}}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class _Sent(In):
    # What makes an import the same request again.
    sha256: str


@router.post(
    "/producers/{producer_id}/calendar-imports",
    operation_id="import_calendar",
    summary="Import a calendar of releases, or try what that would do",
    response_model=CalendarImportOut,
    responses={201: {"model": CalendarImportOut, "description": "Imported"}, **_answers(409, 412, 415)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The file itself, not a form: CSV, XLSX, ODS or iCalendar.",
            "content": dict.fromkeys(_KINDS, BODY),
        }
    },
)
async def import_calendar(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    dry_run: Annotated[bool, Query(description="Change nothing; say what would be done.")] = True,
    order: Annotated[Order | None, Query(description="For lines that name none.")] = None,
    sensitivity: Annotated[Sensitivity | None, Query(description="For lines that name none.")] = None,
    series: Annotated[Line | None, Query(description="For lines that name none.")] = None,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """A dry run unless you say otherwise. It adds releases; of one that is there it tells the differences only."""
    kind = _KINDS.get(media_type_of(request))
    if kind is None:
        detail = "Send the calendar as text/csv or text/calendar, or as an XLSX or ODS workbook."
        raise Mistake(detail, code=Code.UNSUPPORTED_MEDIA_TYPE)
    content = await read_sent(request, tools.policy.sheet_limit_bytes)
    act = partial(
        calendar_imports.import_calendar,
        actor=actor,
        producer_id=producer_id,
        content=content,
        kind=kind,
        dry_run=dry_run,
        defaults=LineDefaults(order, sensitivity, series or ""),
    )
    if dry_run:
        tried = await anyio.to_thread.run_sync(partial(act, tools))
        return JSONResponse(import_calendar_out(tried).model_dump(mode="json"))
    sent = _Sent(sha256=sha256_hex(content))
    do: Callable[[], JSONResponse] = partial(
        create_once, request, tools, actor, key, sent, lambda once: import_calendar_out(act(once))
    )
    return await anyio.to_thread.run_sync(do)


@router.get(
    "/producers/{producer_id}/calendar",
    operation_id="get_calendar",
    summary="See a producer's calendar",
    responses=_answers(),
)
def get_calendar(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    due_from: Annotated[Moment | None, Query(description="First time set that is wanted; left out: now.")] = None,
    due_to: Annotated[Moment | None, Query(description="Last time set that is wanted, included.")] = None,
    limit: LimitHere = 50,
    after: AfterHere = None,
) -> CalendarOut:
    """For those who prepare releases, and auditors: where notice is too short, and what twelve months lack."""
    if due_from is not None and due_to is not None and due_from > due_to:
        what = "`due_from` lies after `due_to`, so nothing could be found."
        raise Malformed(what, errors=[{"where": "query.due_from", "what": what}])
    view = calendar.read_calendar(
        tools, actor, producer_id, due_from=due_from, due_to=due_to, after=read_place(after), limit=limit + 1
    )
    last = view.dated[limit - 1].row.release if len(view.dated) > limit else None
    return calendar_out(view, limit, place_of(last.publishes_at, last.release_id) if last else None)


@router.get(
    "/producers/{producer_id}/calendar.csv",
    operation_id="get_calendar_csv",
    summary="Take the next twelve months away as CSV",
    response_class=Response,
    responses={200: {"description": "UTF-8 with its mark", "content": {"text/csv": BODY}}, **_answers()},
)
def get_calendar_csv(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> Response:
    """For those who publish. Planned releases are in it, so keep it as you keep those. It imports again."""
    content = calendar.calendar_sheet(tools, actor, producer_id)
    return Response(content, media_type="text/csv; charset=utf-8", headers=_named("calendar.csv"))


@router.get(
    "/producers/{producer_id}/calendar.ics",
    operation_id="get_calendar_feed",
    summary="Follow every release of a producer, planned ones too",
    response_class=Response,
    responses={**_FEED, **_answers()},
)
def get_calendar_feed(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> Response:
    """For those who prepare releases, and auditors. Planned releases are in it; it imports again."""
    content = calendar.staff_feed(tools, actor, producer_id)
    return Response(content, media_type=f"{_ICS}; charset=utf-8", headers=_named("calendar.ics"))


@public.get(
    "/producers/{producer_id}/public-calendar.ics",
    operation_id="get_public_calendar_feed",
    summary="Follow the announced releases of a producer",
    response_class=Response,
    responses={**_FEED, **PUBLIC_RESPONSES},
)
def get_public_calendar_feed(tools: ToolsHere, producer_id: ProducerId) -> Response:
    """Open to everybody: what is announced, published, postponed or cancelled since. Planned releases are not in it."""
    content = calendar.public_feed(tools, producer_id)
    return Response(content, media_type=f"{_ICS}; charset=utf-8", headers=_named("calendar.ics"))


def _named(file_name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{file_name}"'}
