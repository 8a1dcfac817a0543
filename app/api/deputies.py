"""Somebody stands in for a recipient on leave: asked for, approved or declined, withdrawn."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import deputies
from app.actions.deputies import DeputyRow, Proposal
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.grant_schemas import OrganisationName
from app.api.people import Day, Name, PersonId
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.api.sign_in import Address
from app.rules.deputies import DeputyState

router = APIRouter(prefix="/api/v1", tags=["lists"])

DeputyId = Annotated[str, StringConstraints(pattern=r"^dep_[0-9a-f]{24}$")]
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_REASON = "On leave from 2 to 13 March."


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class DeputyIn(In):
    """Who is to stand in, in which post of the recipient's own organisation, and why."""

    name: Name = Field(examples=["Bay Example"])
    email: Address = Field(description="Their own work address.", examples=["bay.example@department.gov.example"])
    post_title: Line = Field(description="The post that they hold themselves.", examples=["Deputy Economic Adviser"])
    organisation: OrganisationName = Field(examples=["Department for Examples"])
    held_from_on: Day = Field(description="The first day on which they hold that post.")
    reason: Paragraphs = Field("", examples=[_REASON])
    for_person_id: PersonId | None = Field(
        None, description="The recipient, where the producer asks for them; left out: yourself.", examples=[_PERSON]
    )


class DeputyApprovalIn(In):
    """What must be said where it matters."""

    override_reason: Paragraphs = Field("", description="Needed once the list is frozen.", examples=[_REASON])
    failures_considered: Paragraphs = Field(
        "",
        description="What you took into account of the deputy's past failures, where there are any.",
        examples=["One late report in 2024; trained since."],
    )


class DeputyDecliningIn(In):
    """Why not; told to the recipient."""

    reason: Paragraphs = Field("", examples=["The adviser's own office can brief the minister."])


class DeputyOut(Out):
    """A request that somebody stand in for a recipient, for one release."""

    deputy_id: str = Field(examples=["dep_5f0c1d2e3a4b59687786f5e4"])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    for_person_id: str = Field(examples=[_PERSON])
    for_name: str = Field(examples=["Robin Example"])
    name: str = Field(examples=["Bay Example"])
    email: str = Field(examples=["bay.example@department.gov.example"])
    post_title: str = Field(examples=["Deputy Economic Adviser"])
    organisation: str = Field(examples=["Department for Examples"])
    held_from_on: date = Field(examples=["2026-01-05"])
    reason: str = Field(examples=[_REASON])
    state: DeputyState
    asked_at: Moment
    decided_at: Moment | None
    decision_reason: str = Field(examples=[""])


class DeputiesOut(Out):
    """The requests of one release, the earliest first."""

    results: list[DeputyOut]
    next: str | None = Field(None, description="Always null: a release has few deputies.")


@router.post(
    "/releases/{release_id}/deputies",
    operation_id="ask_for_deputy",
    summary="Ask that somebody stand in for a recipient",
    status_code=201,
    response_model=DeputyOut,
    responses=_answers(403, 409),
)
def ask_for_deputy(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: DeputyIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """By the recipient, or by the producer on their behalf. The head of profession decides; nothing changes before."""
    proposal = Proposal(
        name=body.name,
        email=body.email,
        post_title=body.post_title,
        organisation=body.organisation,
        held_from_on=body.held_from_on,
        reason=body.reason,
    )

    def act(once: Tools) -> DeputyOut:
        row = deputies.ask_for_deputy(once, actor, release_id, proposal, for_person_id=body.for_person_id)
        return _deputy(row)

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/releases/{release_id}/deputies",
    operation_id="list_deputies",
    summary="See who is to stand in for whom",
    responses=_answers(),
)
def list_deputies(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> DeputiesOut:
    """All for those who prepare the release and for auditors; for a recipient, their own."""
    return DeputiesOut(results=[_deputy(row) for row in deputies.list_deputies(tools, actor, release_id)])


@router.get(
    "/deputies/{deputy_id}", operation_id="read_deputy", summary="See one request for a deputy", responses=_answers()
)
def read_deputy(tools: ToolsHere, actor: ActorHere, deputy_id: DeputyId) -> DeputyOut:
    """For the recipient, for those who prepare the release and for auditors."""
    return _deputy(deputies.read_deputy(tools, actor, deputy_id))


@router.post(
    "/deputies/{deputy_id}/approval",
    operation_id="approve_deputy",
    summary="Approve a deputy",
    responses=_answers(403, 409),
)
def approve_deputy(
    tools: ToolsHere, actor: ActorHere, deputy_id: DeputyId, body: DeputyApprovalIn | None = None
) -> DeputyOut:
    """By the head of profession, who is neither of the two and did not ask. Makes a new version of the list."""
    said = body or DeputyApprovalIn()
    row = deputies.approve_deputy(
        tools,
        actor,
        deputy_id,
        override_reason=said.override_reason,
        failures_considered=said.failures_considered,
    )
    return _deputy(row)


@router.post(
    "/deputies/{deputy_id}/refusal",
    operation_id="decline_deputy",
    summary="Decline a deputy",
    responses=_answers(403, 409),
)
def decline_deputy(
    tools: ToolsHere, actor: ActorHere, deputy_id: DeputyId, body: DeputyDecliningIn | None = None
) -> DeputyOut:
    """By the head of profession. The recipient's own access stays as it is, and they are told why."""
    return _deputy(deputies.decline_deputy(tools, actor, deputy_id, reason=body.reason if body else ""))


@router.post(
    "/deputies/{deputy_id}/withdrawal",
    operation_id="withdraw_deputy",
    summary="Take a request for a deputy back",
    responses=_answers(403, 409),
)
def withdraw_deputy(tools: ToolsHere, actor: ActorHere, deputy_id: DeputyId) -> DeputyOut:
    """By the recipient, or by those who prepare the release, while it is not decided."""
    return _deputy(deputies.withdraw_deputy(tools, actor, deputy_id))


def _deputy(row: DeputyRow) -> DeputyOut:
    return DeputyOut(
        deputy_id=row.deputy_id,
        release_id=row.release_id,
        for_person_id=row.for_person_id,
        for_name=row.for_name,
        name=row.name,
        email=row.email,
        post_title=row.post_title,
        organisation=row.organisation,
        held_from_on=row.held_from_on,
        reason=row.reason,
        state=row.state,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )
