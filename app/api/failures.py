"""Past failures to keep to the terms of access, as a producer has them on record."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import failures
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import Day, PersonId
from app.api.places import LimitHere, ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs
from app.api.suspension_schemas import IncidentId
from app.rules.facts import Order

router = APIRouter(prefix="/api/v1", tags=["failures"])

FailureId = Annotated[str, StringConstraints(pattern=r"^fai_[0-9a-f]{24}$")]
_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_RELEASE = "rel_1a2b3c4d5e6f708192a3b4c5"
_INCIDENT = "inc_1e0f98877665544a5b4b3c2d"
_FAILURE = "fai_98877665544a5b4b3c2d1e0f"
_WHAT = "Told a press office the direction of the figures at 9:22am, before publication."


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class FailureIn(In):
    """Who failed to keep to the terms of their access, in what, and when."""

    person_id: PersonId = Field(examples=[_PERSON])
    what: Paragraphs = Field(description="Told to the person, and shown to approvers.", examples=[_WHAT])
    occurred_on: Day
    release_id: ReleaseId | None = Field(None, description="Which of the producer's it concerned.", examples=[_RELEASE])
    incident_id: IncidentId | None = Field(
        None, description="In which it came to light; its release counts where none is given.", examples=[_INCIDENT]
    )
    order: Annotated[Order, Field(strict=False)] | None = Field(
        None, description="Needed only where no release says which Order governed the access.", examples=["uk"]
    )


class FailureWithdrawalIn(In):
    """Why it should not be on record."""

    reason: Paragraphs = Field(examples=["The inquiry found that somebody else had told them."])


class FailureOut(Out):
    """A past failure on record. By itself nothing follows from it: it is shown to whoever decides on a grant."""

    failure_id: str = Field(examples=[_FAILURE])
    producer_id: str = Field(examples=[_PRODUCER])
    person_id: str = Field(examples=[_PERSON])
    name: str = Field(examples=["Ana Example"])
    release_id: str | None = Field(examples=[_RELEASE])
    release_title: str | None = Field(examples=["Claimant count"])
    incident_id: str | None = Field(examples=[_INCIDENT])
    order: Order = Field(description="The Order that governed the access.")
    what: str = Field(examples=[_WHAT])
    occurred_on: date = Field(examples=["2026-03-09"])
    recorded_at: Moment
    recorded_by: str | None = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    withdrawn_at: Moment | None
    withdrawn_reason: str = Field(examples=[""])


class FailuresOut(Out):
    """One page of past failures, the first recorded first."""

    results: list[FailureOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


@router.post(
    "/producers/{producer_id}/failures",
    operation_id="record_failure",
    summary="Put a past failure on record",
    status_code=201,
    response_model=FailureOut,
    responses=_answers(403, 409),
)
def record_failure(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: FailureIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For lead officials and the head of profession. The person gets a notice; the service records none by itself.

    Not for whoever the incident is about, where one is named.
    """

    def act(once: Any) -> FailureOut:
        return _failure(failures.record_failure(once, actor, producer_id, **body.model_dump()))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/failures",
    operation_id="list_failures",
    summary="See a producer's record of past failures",
    responses=_answers(403),
)
def list_failures(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    limit: LimitHere = 50,
    after: Annotated[FailureId | None, Query(description="`next` of the page before.")] = None,
) -> FailuresOut:
    """For those with a role in it; withdrawn ones too, the first recorded first."""
    page = failures.list_failures(tools, actor, producer_id, limit=limit + 1, after=after)
    more = page[limit - 1].failure_id if len(page) > limit else None
    return FailuresOut(results=[_failure(row) for row in page[:limit]], next=more)


@router.post(
    "/failures/{failure_id}/withdrawal",
    operation_id="withdraw_failure",
    summary="Withdraw a past failure that should not be on record",
    responses=_answers(403, 409),
)
def withdraw_failure(
    tools: ToolsHere, actor: ActorHere, failure_id: FailureId, body: FailureWithdrawalIn
) -> FailureOut:
    """For lead officials and the head of profession, unless its incident is about them. The person gets a notice."""
    return _failure(failures.withdraw_failure(tools, actor, failure_id, reason=body.reason))


def _failure(row: failures.FailureRow) -> FailureOut:
    return FailureOut(
        failure_id=row.failure_id,
        producer_id=row.producer_id,
        person_id=row.person_id,
        name=row.person_name,
        release_id=row.release_id,
        release_title=row.release_title,
        incident_id=row.incident_id,
        order=row.order,
        what=row.what,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )
