"""The register of access for production, quality assurance and publishing. Nothing opens a document by it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import production, registers
from app.actions.importing import SheetKind
from app.actions.production import ProductionView
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.people import Day, Name, PersonId
from app.api.places import LimitHere, ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.api.sheets import MEDIA_TYPES, SHEETS
from app.rules.production import ProductionState, Purpose

router = APIRouter(prefix="/api/v1", tags=["production access"])

ProductionAccessId = Annotated[str, StringConstraints(pattern=r"^pac_[0-9a-f]{24}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Purposes = Annotated[Purpose, Field(strict=False)]
_ROW = "pac_877665544a5b4b3c2d1e0f98"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_WHY = "Checks the seasonal adjustment before sign-off."
_WARNING = "This person is named on the eligibility list of the same release."
_CHANGES = (403, 404, 409, 412, 428)


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class ProductionAccessIn(In):
    """Who, for what, why, and from when to when."""

    person_id: PersonId = Field(examples=[_PERSON])
    purpose: Purposes = Field(examples=["quality_assurance"])
    why: Paragraphs = Field(description="What they do for this release.", examples=[_WHY])
    from_on: Day = Field(description="First London day; not before today.")
    until_on: Day | None = Field(None, description="Last London day, where one is set.")


class AcceptanceIn(In):
    """That you accept the restriction, as its words stand."""

    restriction_sha256: Sha256 = Field(description="Of the words that were shown.", examples=[_SHA256])
    typed_name: Name = Field(description="Your own name.", examples=["Ana Example"])
    agreed: bool = Field(description="The box was ticked.")


class WrittenAcceptanceIn(In):
    """How it was accepted in writing, and where that is kept."""

    how: Annotated[Line, StringConstraints(max_length=200)] = Field(
        examples=["Signed on paper on 2 March; kept in the release folder."]
    )


class ProductionEndIn(In):
    """Why it ends."""

    reason: Paragraphs = Field(examples=["The checks are done."])


class ProductionAccessOut(Out):
    """One row of the register."""

    production_access_id: str = Field(examples=[_ROW])
    release_id: str = Field(examples=[_RELEASE])
    release_title: str = Field(examples=["Claimant count"])
    person_id: str = Field(examples=[_PERSON])
    name: str = Field(examples=["Ana Example"])
    purpose: Purpose
    why: str = Field(examples=[_WHY])
    state: ProductionState
    from_on: date = Field(examples=["2026-03-01"])
    until_on: date | None = Field(examples=["2026-03-10"])
    shared_from_on: date | None = Field(
        description="From when anything could be shared: never before it was permitted.", examples=["2026-03-02"]
    )
    restriction_text: str = Field(examples=["I use the figures for that and for nothing else."])
    restriction_sha256: str = Field(examples=[_SHA256])
    accepted_at: Moment | None
    accepted_how: str = Field(examples=["read in the service, name typed, on a fresh sign-in"])
    accepted_by: str | None = Field(examples=[_PERSON])
    permitted_at: Moment | None
    permitted_by: str | None = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    ended_at: Moment | None
    end_reason: str = Field(examples=[""])
    warnings: list[str] = Field(description="What whoever keeps the register should look at.", examples=[[_WARNING]])
    added_at: Moment
    added_by: str = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    revision: int = Field(description="Send it as If-Match with a change.", examples=[1])


class ProductionAccessesOut(Out):
    """One page of a register, the first proposed first."""

    results: list[ProductionAccessOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


@router.post(
    "/releases/{release_id}/production-access",
    operation_id="propose_production_access",
    summary="Propose somebody for the register of production access",
    status_code=201,
    response_model=ProductionAccessOut,
    responses=_answers(403, 404, 409),
)
def propose_production_access(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: ProductionAccessIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For those who prepare the release. The person gets the restriction to be accepted before anything is shared."""

    def act(once: Any) -> ProductionAccessOut:
        return _row(production.propose_access(once, actor, release_id, **body.model_dump()))

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.get(
    "/releases/{release_id}/production-access",
    operation_id="list_production_access",
    summary="See the register of production access of a release",
    responses=_answers(403, 404),
)
def list_production_access(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    limit: LimitHere = 50,
    after: Annotated[ProductionAccessId | None, Query(description="`next` of the page before.")] = None,
) -> ProductionAccessesOut:
    """For those who prepare the release and for auditors; ended rows too. Never part of the published list."""
    page = registers.list_access(tools, actor, release_id, limit=limit + 1, after=after)
    more = page[limit - 1].row.production_access_id if len(page) > limit else None
    return ProductionAccessesOut(results=[_row(view) for view in page[:limit]], next=more)


@router.get(
    "/releases/{release_id}/production-access/export",
    operation_id="export_production_access",
    summary="Take the register of production access away as a sheet",
    response_class=Response,
    responses={200: {"description": "The sheet; CSV is UTF-8 with its mark", "content": SHEETS}, **_answers(403, 404)},
)
def export_production_access(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    kind: Annotated[SheetKind, Query(alias="format", description="csv, xlsx or ods")] = "csv",
) -> Response:
    """For those who prepare the release and for auditors. That it was taken is logged."""
    sheet = registers.export_register(tools, actor, release_id, kind)
    headers = {"Content-Disposition": f'attachment; filename="{sheet.file_name}"'}
    media_type = MEDIA_TYPES[kind] + ("; charset=utf-8" if kind == "csv" else "")
    return Response(sheet.content, media_type=media_type, headers=headers)


@router.get(
    "/releases/{release_id}/production-access/{production_access_id}",
    operation_id="get_production_access",
    summary="See one row of the register of production access",
    responses=_answers(403, 404),
)
def get_production_access(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    response: Response,
) -> ProductionAccessOut:
    """For those who prepare the release and for auditors."""
    view = registers.read_access(tools, actor, release_id, production_access_id)
    etag(response, view.row.revision)
    return _row(view)


@router.post(
    "/releases/{release_id}/production-access/{production_access_id}/acceptance",
    operation_id="record_written_acceptance",
    summary="Record that somebody accepted the restriction in writing",
    responses=_answers(*_CHANGES),
)
def record_written_acceptance(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    body: WrittenAcceptanceIn,
    revision: RevisionHere,
    response: Response,
) -> ProductionAccessOut:
    """For those who prepare the release, where the person cannot accept it here. Say how, and where it is kept."""
    view = production.record_acceptance(tools, actor, release_id, production_access_id, how=body.how, revision=revision)
    etag(response, view.row.revision)
    return _row(view)


@router.post(
    "/releases/{release_id}/production-access/{production_access_id}/permission",
    operation_id="permit_production_access",
    summary="Permit that the figures are shared",
    responses=_answers(*_CHANGES),
)
def permit_production_access(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    revision: RevisionHere,
    response: Response,
) -> ProductionAccessOut:
    """For a lead official or the head of profession who neither proposed it nor recorded its acceptance."""
    view = production.permit_access(tools, actor, release_id, production_access_id, revision=revision)
    etag(response, view.row.revision)
    return _row(view)


@router.post(
    "/releases/{release_id}/production-access/{production_access_id}/end",
    operation_id="end_production_access",
    summary="End somebody's production access, or a proposal",
    responses=_answers(*_CHANGES),
)
def end_production_access(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    body: ProductionEndIn,
    revision: RevisionHere,
    response: Response,
) -> ProductionAccessOut:
    """For those who prepare the release. The row stays on the register."""
    view = production.end_access(tools, actor, release_id, production_access_id, reason=body.reason, revision=revision)
    etag(response, view.row.revision)
    return _row(view)


@router.get(
    "/me/production-access",
    operation_id="own_production_access",
    summary="See your own production access, with the words of each restriction",
    responses=_answers(),
)
def own_production_access(tools: ToolsHere, actor: ActorHere) -> ProductionAccessesOut:
    """On every register, ended rows too, the latest first."""
    return ProductionAccessesOut(results=[_row(view) for view in registers.own_access(tools, actor)])


@router.post(
    "/me/production-access/{production_access_id}/acceptance",
    operation_id="accept_restriction",
    summary="Accept the restriction on your production access",
    responses=_answers(403, 404, 409),
)
def accept_restriction(
    tools: ToolsHere, actor: ActorHere, production_access_id: ProductionAccessId, body: AcceptanceIn
) -> ProductionAccessOut:
    """By typing your name under the words, on a fresh sign-in. Nothing may be shared before it is permitted as well."""
    return _row(production.accept_restriction(tools, actor, production_access_id, **body.model_dump()))


def _row(view: ProductionView) -> ProductionAccessOut:
    row = view.row
    return ProductionAccessOut(
        production_access_id=row.production_access_id,
        release_id=row.release_id,
        release_title=row.release_title,
        person_id=row.person.person_id,
        name=row.person.name,
        purpose=row.purpose,
        why=row.why,
        state=view.state,
        from_on=row.from_on,
        until_on=row.until_on,
        shared_from_on=view.shared_from_on,
        restriction_text=row.restriction.text,
        restriction_sha256=row.restriction.sha256,
        accepted_at=row.accepted_at,
        accepted_how=row.accepted_how,
        accepted_by=row.accepted_by,
        permitted_at=row.permitted_at,
        permitted_by=row.permitted_by,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        warnings=list(view.warnings),
        added_at=row.added_at,
        added_by=row.added_by,
        revision=row.revision,
    )
