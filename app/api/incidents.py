"""Incidents: report one, see them, take them further."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app.actions import breaches, concerns, incident_clock
from app.actions.breaches import IncidentCard
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag, network_of
from app.api.incident_schemas import (
    AcknowledgementOut,
    ClockOut,
    ConcernIn,
    HeadToldIn,
    IncidentChangeIn,
    IncidentId,
    IncidentOut,
    IncidentPageOut,
    ReceivedOut,
    ReleaseId,
    ReportIn,
)
from app.api.organisations import ProducerId
from app.api.schemas import PROBLEM_RESPONSES
from app.rules.errors import Malformed
from app.rules.headclock import HeadClock
from app.rules.incidents import IncidentKind, IncidentState

router = APIRouter(prefix="/api/v1", tags=["incidents"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 422, 500, 503, *statuses)}


@router.post(
    "/incidents",
    operation_id="report_concern",
    summary="Report something that should not have happened",
    status_code=201,
    response_model=AcknowledgementOut,
    responses=_answers(403, 404, 409, 429),
)
def report_concern(
    request: Request, tools: ToolsHere, actor: ActorHere, body: ReportIn, idempotency_key: IdempotencyKey = None
) -> JSONResponse:
    """The producer is told at once. “I should not have this” stops your own access to that release."""

    def act(bound: Any) -> AcknowledgementOut:
        made = concerns.report_concern(
            bound,
            actor,
            kind=IncidentKind(body.kind),
            text=body.statement,
            release_id=body.release_id,
            mark_number=body.mark_number,
            occurred_at=body.occurred_at,
        )
        return AcknowledgementOut(
            incident_id=made.incident_id,
            number=made.number,
            reported_at=made.reported_at,
            access_stopped=made.access_stopped,
        )

    return create_once(request, tools, actor, idempotency_key, body, act)


@router.post(
    "/concerns",
    operation_id="report_wrongful_release",
    summary="Report a wrongful release, without signing in",
    status_code=202,
    responses={status: PROBLEM_RESPONSES[status] for status in (422, 429, 500, 503)},
)
def report_wrongful_release(request: Request, tools: ToolsHere, body: ConcernIn) -> ReceivedOut:
    """Whatever is reported, the answer is the same."""
    concerns.report_wrongful_release(
        tools, text=body.statement, contact=body.contact or "", network=network_of(request)
    )
    return ReceivedOut()


@router.get("/incidents", operation_id="list_incidents", summary="The incidents you may see", responses=_answers())
def list_incidents(
    tools: ToolsHere,
    actor: ActorHere,
    near_miss: Annotated[bool | None, Query(description="Near misses only, or all others only.")] = None,
    state: Annotated[IncidentState | None, Query()] = None,
    release_id: Annotated[ReleaseId | None, Query()] = None,
    kind: Annotated[IncidentKind | None, Query()] = None,
    producer_id: Annotated[ProducerId | None, Query()] = None,
    unfinished: Annotated[bool, Query(description="Only those that are neither reported nor closed.")] = False,
    after: Annotated[str | None, Query(max_length=60, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> IncidentPageOut:
    """Newest first. Producers see their own; auditors those of their producer, or all."""
    found = breaches.list_incidents(
        tools,
        actor,
        near_miss=near_miss,
        state=state,
        release_id=release_id,
        kind=kind,
        producer_id=producer_id,
        unfinished=unfinished,
        before=incident_place(after),
        limit=limit,
    )
    running = incident_clock.clocks(tools, found.incidents)
    return IncidentPageOut(
        results=[_out(card, running.get(card.incident_id)) for card in found.incidents],
        next=incident_cursor(found.next_before) if found.next_before else None,
    )


@router.get("/incidents/{incident_id}", operation_id="get_incident", summary="One incident", responses=_answers(404))
def get_incident(tools: ToolsHere, actor: ActorHere, response: Response, incident_id: IncidentId) -> IncidentOut:
    """Its ETag is needed to change it."""
    card = breaches.get_incident(tools, actor, incident_id)
    etag(response, card.revision)
    return _told(tools, card)


@router.patch(
    "/incidents/{incident_id}",
    operation_id="change_incident",
    summary="Take an incident further, or correct it",
    responses=_answers(403, 404, 409, 412, 428),
)
def change_incident(
    tools: ToolsHere,
    actor: ActorHere,
    response: Response,
    incident_id: IncidentId,
    revision: RevisionHere,
    body: IncidentChangeIn,
) -> IncidentOut:
    """For lead officials and heads of profession: open → under review → reported → actions tracked → completed.

    Whoever it is about can take it under review, and decides nothing else.
    """
    card = breaches.change_incident(
        tools,
        actor,
        incident_id,
        revision=revision,
        state=body.state,
        kind=body.kind,
        near_miss=body.near_miss,
        practices=body.practices,
        causes=body.causes,
        caused_by=body.caused_by,
        note=body.note,
    )
    etag(response, card.revision)
    return _told(tools, card)


@router.post(
    "/incidents/{incident_id}/telling",
    operation_id="record_head_told",
    summary="Put on record that the head of profession was told",
    responses=_answers(403, 404, 409),
)
def record_head_told(
    tools: ToolsHere, actor: ActorHere, response: Response, incident_id: IncidentId, body: HeadToldIn
) -> IncidentOut:
    """For lead officials and heads of profession. Where somebody else says so, the head hears of it and puts it right.

    A head of profession who changes the incident, or reported it, knows of it: that is put on record by itself.
    """
    card = incident_clock.record_told(tools, actor, incident_id, told_at=body.told_at, how=body.how)
    etag(response, card.revision)
    return _told(tools, card)


def _told(tools: Tools, card: IncidentCard) -> IncidentOut:
    return _out(card, incident_clock.clocks(tools, (card,)).get(card.incident_id))


def _clock_out(card: IncidentCard, clock: HeadClock) -> ClockOut:
    return ClockOut(
        known_at=clock.known_at,
        head_told_at=clock.told_at,
        head_told_how=card.head_told_how,
        head_told_by=card.head_told_by,
        minutes_to_head=clock.minutes_to_head,
        waits_for_head=clock.waits_for_head,
        reported_at=clock.reported_at,
        minutes_to_report=clock.minutes_to_report,
        waits_for_report=clock.waits_for_report,
        at_once=clock.at_once,
    )


def _out(card: IncidentCard, clock: HeadClock | None) -> IncidentOut:
    return IncidentOut(
        incident_id=card.incident_id,
        number=card.number,
        kind=card.kind,
        near_miss=card.near_miss,
        state=card.state,
        release_id=card.release_id,
        producer_id=card.producer_id,
        opened_at=card.opened_at,
        occurred_at=card.occurred_at,
        opened_by_rule=card.opened_by is None,
        summary=card.summary,
        facts=dict(card.facts),
        practices=None if card.practices is None else list(card.practices),
        note=card.note,
        causes=list(card.causes),
        caused_by=list(card.caused_by),
        revision=card.revision,
        clock=None if clock is None else _clock_out(card, clock),
    )


def incident_cursor(number: int) -> str:
    """Write the place at which a list of incidents goes on.

    Args:
        number: Of the last incident of the page before.
    """
    return base64.urlsafe_b64encode(f"incidents:{number}".encode()).decode().rstrip("=")


def incident_place(cursor: str | None) -> int | None:
    """Read a place that ``incident_cursor`` wrote.

    Args:
        cursor: What it wrote; None for the beginning.

    Returns:
        The number of the last incident of the page before, or None for the beginning.

    Raises:
        Malformed: It is none of ours.
    """
    if cursor is None:
        return None
    try:
        name, _, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(":")
        if name == "incidents" and number.isdecimal() and len(number) < 10:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise Malformed("`after` is not a place this service gave.", errors=[{"where": "query.after", "what": "not ours"}])
