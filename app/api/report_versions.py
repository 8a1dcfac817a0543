"""The report of an incident as people write it: versions, what differs, signing off, and what was sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app.actions import exhibits, report_versions, signing_off
from app.actions.report_versions import VersionView
from app.api import timelines
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.incident_schemas import IncidentId
from app.api.report_schemas import (
    AnswerChangeOut,
    EditIn,
    ReportDifferencesOut,
    ReportVersionId,
    ReportVersionOut,
    ReportVersionsOut,
    SignOffIn,
    SubmissionIn,
    VersionIn,
    WholeReportVersionOut,
    submission_out,
)
from app.api.reports_rendering import CONTENT, ReportFormat, rendered
from app.api.schemas import PROBLEM_RESPONSES
from app.rules.errors import Malformed

router = APIRouter(prefix="/api/v1", tags=["incidents"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 404, 422, 500, 503, *statuses)}


@router.post(
    "/incidents/{incident_id}/report-versions",
    operation_id="begin_report_version",
    summary="Keep a version of the report, drafted from the log",
    status_code=201,
    response_model=ReportVersionOut,
    responses=_answers(403, 409),
)
def begin_report_version(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    incident_id: IncidentId,
    body: VersionIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """The first one, or a fresh one from the log as it stands now; the earlier ones stay."""

    def act(bound: Any) -> ReportVersionOut:
        return _out(
            report_versions.begin_version(
                bound, actor, incident_id, form=body.form, with_names=body.names, note=body.note
            )
        )

    return create_once(request, tools, actor, idempotency_key, body, act)


@router.get(
    "/incidents/{incident_id}/report-versions",
    operation_id="list_report_versions",
    summary="Every version of the report of an incident",
    responses=_answers(),
)
def list_report_versions(tools: ToolsHere, actor: ActorHere, incident_id: IncidentId) -> ReportVersionsOut:
    """Newest first, with who made and who signed each, and what was sent."""
    return ReportVersionsOut(results=list(map(_out, report_versions.list_versions(tools, actor, incident_id))))


@router.get(
    "/report-versions/{report_version_id}",
    operation_id="get_report_version",
    summary="One version of a report, in any format",
    response_class=Response,
    responses={
        200: {
            "model": WholeReportVersionOut,
            "description": "The version, as JSON, Markdown, HTML, ODT, DOCX or PDF",
            "content": CONTENT,
        },
        **_answers(),
    },
)
def get_report_version(
    tools: ToolsHere,
    actor: ActorHere,
    report_version_id: ReportVersionId,
    fmt: Annotated[ReportFormat, Query(alias="format")] = "json",
) -> Response:
    """At its head stands what it is worth: signed off or not, by which role, and its SHA-256."""
    view = report_versions.get_version(tools, actor, report_version_id)
    if fmt == "json":
        said = view.version.content or None
        whole = WholeReportVersionOut.model_validate({**_out(view).model_dump(), "report": said})
        return JSONResponse(whole.model_dump(mode="json"), 200, {"Cache-Control": "no-store"})
    return rendered(tools, view.as_report(), fmt, {})


@router.get(
    "/report-versions/{report_version_id}/exhibits",
    operation_id="get_report_version_exhibits",
    summary="The exhibits of one version, with the proofs that the log holds them",
    response_class=Response,
    responses={
        200: {
            "description": "A ZIP: entries, receipts, checkpoint, public keys, and a manifest of SHA-256",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **_answers(),
    },
)
def get_report_version_exhibits(tools: ToolsHere, actor: ActorHere, report_version_id: ReportVersionId) -> Response:
    """Numbered as in the annex of that version. What an entry keeps sealed is left out."""
    content = exhibits.archive_of_version(tools, actor, report_version_id, timelines.picture)
    disposition = f'attachment; filename="exhibits-{report_version_id}.zip"'
    return Response(content, 200, {"Cache-Control": "no-store", "Content-Disposition": disposition}, "application/zip")


@router.get(
    "/report-versions/{report_version_id}/differences",
    operation_id="get_report_differences",
    summary="How a version differs from an earlier one",
    responses=_answers(409),
)
def get_report_differences(
    tools: ToolsHere,
    actor: ActorHere,
    report_version_id: ReportVersionId,
    earlier_id: Annotated[
        ReportVersionId | None, Query(description="Another version of the same report; left out: the one before.")
    ] = None,
) -> ReportDifferencesOut:
    """Answer by answer, with who made the later one, and when."""
    later, earlier, changes = report_versions.compare(tools, actor, report_version_id, earlier_id)
    return ReportDifferencesOut(
        report_version_id=later.report_version_id,
        number=later.number,
        made_at=later.made_at,
        made_by=later.made_by,
        note=later.note,
        earlier_id=earlier.report_version_id if earlier else None,
        earlier_number=earlier.number if earlier else None,
        changes=[
            AnswerChangeOut(
                heading=one.heading, question=one.question, removed=list(one.removed), added=list(one.added)
            )
            for one in changes
        ],
    )


@router.post(
    "/report-versions/{report_version_id}/edits",
    operation_id="edit_report_version",
    summary="Write one section anew, which makes the next version",
    status_code=201,
    response_model=ReportVersionOut,
    responses=_answers(403, 409, 412),
)
def edit_report_version(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    report_version_id: ReportVersionId,
    body: EditIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Of the newest version only. What was signed off stays as it was; the next version is signed by nobody yet."""
    answers = {one.question: one.paragraphs for one in body.answers}
    if len(answers) != len(body.answers):
        raise Malformed("One question is answered twice.", errors=[{"where": "body.answers", "what": "repeated"}])

    def act(bound: Any) -> ReportVersionOut:
        return _out(
            report_versions.edit_version(
                bound, actor, report_version_id, section=body.section, answers=answers, note=body.note
            )
        )

    return create_once(request, tools, actor, idempotency_key, body, act)


@router.post(
    "/report-versions/{report_version_id}/sign-off",
    operation_id="sign_off_report",
    summary="Sign a version of a report off",
    responses=_answers(403, 409, 412),
)
def sign_off_report(
    tools: ToolsHere, actor: ActorHere, report_version_id: ReportVersionId, body: SignOffIn
) -> ReportVersionOut:
    """By a lead official or the head of profession who signed in freshly, and whom the incident is not about.

    The version's hash goes into the log. Nothing may wait for a person any more.
    """
    return _out(signing_off.sign_off(tools, actor, report_version_id, sha256=body.sha256))


@router.post(
    "/report-versions/{report_version_id}/submissions",
    operation_id="record_report_submission",
    summary="Put on record that a signed version was sent",
    status_code=201,
    response_model=ReportVersionOut,
    responses=_answers(403, 409),
)
def record_report_submission(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    report_version_id: ReportVersionId,
    body: SubmissionIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """You have sent it yourself. An incident that was under review becomes reported."""

    def act(bound: Any) -> ReportVersionOut:
        return _out(
            signing_off.record_submission(
                bound,
                actor,
                report_version_id,
                submitted_at=body.submitted_at,
                submitted_by=body.submitted_by,
                to_whom=body.to,
                how=body.how,
            )
        )

    return create_once(request, tools, actor, idempotency_key, body, act)


def _out(view: VersionView) -> ReportVersionOut:
    one = view.version
    return ReportVersionOut(
        report_version_id=one.report_version_id,
        incident_id=one.incident_id,
        number=one.number,
        form=one.form,
        names=one.with_names,
        sha256=one.sha256,
        note=one.note,
        newest=view.newest,
        waiting=list(view.waiting),
        made_at=one.made_at,
        made_by=one.made_by,
        made_as=one.made_as,
        signed_at=one.signed_at,
        signed_by=one.signed_by,
        signed_as=one.signed_as,
        submissions=list(map(submission_out, view.submissions)),
    )
