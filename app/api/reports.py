"""The draft report of an incident, in every format it is wanted in, and its exhibits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.actions import breaches, exhibits, incident_accounts
from app.api import timelines
from app.api.asking import ActorHere, ToolsHere
from app.api.incident_schemas import AccountOut, IncidentId, NumberedLineOut, ReportOut
from app.api.reports_rendering import CONTENT, ReportFormat, rendered
from app.api.schemas import PROBLEM_RESPONSES
from app.rules.reportparts import receipt_address

router = APIRouter(prefix="/api/v1", tags=["incidents"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 404, 422, 500, 503, *statuses)}


@router.get(
    "/incidents/{incident_id}/report",
    operation_id="draft_report",
    summary="The draft report of an incident, from the log",
    response_class=Response,
    responses={
        200: {
            "model": ReportOut,
            "description": "The draft, as JSON, Markdown, HTML, ODT, DOCX or PDF",
            "content": CONTENT,
        },
        **_answers(),
    },
)
def draft_report(
    tools: ToolsHere,
    actor: ActorHere,
    incident_id: IncidentId,
    form: Annotated[
        Literal["2018", "2009", "free"] | None,
        Query(description="Left out: the form in force when the incident occurred."),
    ] = None,
    fmt: Annotated[ReportFormat, Query(alias="format")] = "json",
) -> Response:
    """Roles rather than names; what no log can know is left in square brackets. Nothing is submitted by the service.

    The PDF is PDF/A-2a and PDF/UA-1: for keeping, and for screen readers.
    """
    report = breaches.draft_report(tools, actor, incident_id, form, fmt=fmt)
    return rendered(tools, report, fmt, report.as_record())


@router.get(
    "/incidents/{incident_id}/account",
    operation_id="get_incident_account",
    summary="An incident minute by minute, from the log",
    responses=_answers(),
)
def get_incident_account(tools: ToolsHere, actor: ActorHere, incident_id: IncidentId) -> AccountOut:
    """Roles and posts rather than names. Each line names the entry that bears it out; that it was read is logged."""
    told = incident_accounts.read_account(tools, actor, incident_id)
    lines = [
        NumberedLineOut(
            **line.as_record(), number=told.numbers.get(line.entry_id), receipt=receipt_address(line.entry_id)
        )
        for line in told.lines
    ]
    return AccountOut(results=lines, left_off=told.left_off)


@router.get(
    "/incidents/{incident_id}/report/exhibits",
    operation_id="get_report_exhibits",
    summary="The exhibits of a report, with the proofs that the log holds them",
    response_class=Response,
    responses={
        200: {
            "description": "A ZIP: entries, receipts, checkpoint, public keys, the timeline as SVG, and a manifest",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **_answers(),
    },
)
def get_report_exhibits(tools: ToolsHere, actor: ActorHere, incident_id: IncidentId) -> Response:
    """Each receipt is accepted by `pra audit verify-receipt`. What an entry keeps sealed is left out."""
    content = exhibits.archive(tools, actor, incident_id, timelines.picture)
    name = f"exhibits-{incident_id}.zip"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, "application/zip")
