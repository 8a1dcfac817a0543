"""What is to be done because of an incident: by whom, until when, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, StringConstraints

from app.actions import correcting
from app.actions.correcting import CorrectiveAction
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.incident_schemas import IncidentId, PersonId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, MomentOut, Out, Paragraphs
from app.rules.facts import london_date

router = APIRouter(prefix="/api/v1", tags=["incidents"])

CorrectiveActionId = Annotated[str, StringConstraints(pattern=r"^cac_[0-9a-f]{24}$")]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 404, 422, 500, 503, *statuses)}


class ActionIn(In):
    """What is to be done, by whom and until when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "what": "Two people check the schedule on the day before",
                    "owner": "Head of publishing",
                    "due_on": "2026-06-30",
                    "long_term": True,
                }
            ]
        }
    )

    what: Line
    owner: Line = Field(description="A post or a role.")
    due_on: Annotated[date, Field(strict=False, description="London day, not before today.")]
    long_term: bool = Field(description="It changes something for good, rather than putting this right.")
    owner_id: PersonId | None = Field(
        None,
        description="The person who does it, if the service knows them: they are written to about its day. A "
        "statistician, lead official, head of profession or publisher of the producer; for an incident of the service "
        "as a whole, an administrator.",
    )


class ActionEndIn(In):
    """What became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "done", "how": "The rota is in force."}]})

    outcome: Literal["done", "dropped"]
    how: Annotated[Paragraphs, Field(min_length=1)] = Field(description="How it was done, or why it was dropped.")


class ActionConfirmationIn(In):
    """How a second person knows that something is done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"how": "I saw the rota, signed by both teams."}]})

    how: Annotated[Paragraphs, Field(min_length=1)]


class ActionOut(Out):
    """One action, open or ended."""

    corrective_action_id: str = Field(examples=["cac_0a1b2c3d4e5f60718293a4b5"])
    incident_id: str = Field(examples=["inc_5f0c1d2e3a4b59687786f5e4"])
    what: str = Field(examples=["Two people check the schedule on the day before"])
    owner: str = Field(examples=["Head of publishing"])
    due_on: date = Field(examples=["2026-06-30"])
    long_term: bool
    owner_id: str | None = Field(examples=["per_2b3c4d5e6f708192a3b4c5d6"])
    overdue: bool = Field(description="Its day has passed and it is still open.")
    added_at: MomentOut
    added_by: str = Field(examples=["per_0a1b2c3d4e5f60718293a4b5"])
    outcome: Literal["done", "dropped"] | None
    ended_at: MomentOut | None
    ended_by: str | None = Field(examples=[None])
    how: str = Field(description="How it was done, or why it was dropped; empty while it is open.", examples=[""])
    confirmed_at: MomentOut | None = Field(description="When a second person confirmed that it is done.")
    confirmed_by: str | None = Field(examples=[None])
    confirmed_how: str = Field(description="How they know; empty until then.", examples=[""])


class ActionsOut(Out):
    """What is to be done because of one incident, the first due first."""

    results: list[ActionOut]


@router.post(
    "/incidents/{incident_id}/corrective-actions",
    operation_id="add_corrective_action",
    summary="Put on record what is to be done because of an incident",
    status_code=201,
    response_model=ActionOut,
    responses=_answers(403, 409),
)
def add_corrective_action(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    incident_id: IncidentId,
    body: ActionIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """It stands in the report from then on, in the place of what the service proposes."""

    def act(bound: Any) -> ActionOut:
        action = correcting.add_action(
            bound,
            actor,
            incident_id,
            what=body.what,
            owner=body.owner,
            due_on=body.due_on,
            long_term=body.long_term,
            owner_id=body.owner_id,
        )
        return _out(action, london_date(action.added_at))

    return create_once(request, tools, actor, idempotency_key, body, act)


@router.get(
    "/incidents/{incident_id}/corrective-actions",
    operation_id="list_corrective_actions",
    summary="What is to be done because of an incident, and what is overdue",
    responses=_answers(),
)
def list_corrective_actions(tools: ToolsHere, actor: ActorHere, incident_id: IncidentId) -> ActionsOut:
    """The incident can be completed when none of them is open any more."""
    found, today = correcting.list_actions(tools, actor, incident_id)
    return ActionsOut(results=[_out(one, today) for one in found])


@router.post(
    "/corrective-actions/{corrective_action_id}/end",
    operation_id="end_corrective_action",
    summary="Say that something was done, or is not to be done any more",
    responses=_answers(403, 409),
)
def end_corrective_action(
    tools: ToolsHere, actor: ActorHere, corrective_action_id: CorrectiveActionId, body: ActionEndIn
) -> ActionOut:
    """By a lead official or the head of profession, with how or why."""
    action, today = correcting.end_action(
        tools, actor, corrective_action_id, dropped=body.outcome == "dropped", how=body.how
    )
    return _out(action, today)


@router.post(
    "/corrective-actions/{corrective_action_id}/confirmation",
    operation_id="confirm_corrective_action",
    summary="Confirm, as a second person, that something is done",
    responses=_answers(403, 409),
)
def confirm_corrective_action(
    tools: ToolsHere, actor: ActorHere, corrective_action_id: CorrectiveActionId, body: ActionConfirmationIn
) -> ActionOut:
    """By a lead official or the head of profession who neither owns it nor said that it is done.

    A suspension that names it as a condition cannot end before that.
    """
    action, today = correcting.confirm_action(tools, actor, corrective_action_id, how=body.how)
    return _out(action, today)


def _out(one: CorrectiveAction, today: date) -> ActionOut:
    return ActionOut(
        corrective_action_id=one.corrective_action_id,
        incident_id=one.incident_id,
        what=one.what,
        owner=one.owner,
        due_on=one.due_on,
        long_term=one.long_term,
        owner_id=one.owner_id,
        overdue=one.ended_at is None and one.due_on < today,
        added_at=one.added_at,
        added_by=one.added_by,
        outcome=one.outcome or None,
        ended_at=one.ended_at,
        ended_by=one.ended_by,
        how=one.ended_how,
        confirmed_at=one.confirmed_at,
        confirmed_by=one.confirmed_by,
        confirmed_how=one.confirmed_how,
    )
