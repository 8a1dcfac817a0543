"""Training: what people have done, and whether a producer asks for it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import training
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import Day, PersonId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.rules.training import counts_until

router = APIRouter(prefix="/api/v1", tags=["training"])

TrainingId = Annotated[str, StringConstraints(pattern=r"^trn_[0-9a-f]{24}$")]
_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_TRAINING = "trn_0f98877665544a5b4b3c2d1e"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class TrainingIn(In):
    """What was done, when, and with which producer it counts."""

    producer_id: ProducerId = Field(examples=[_PRODUCER])
    course: Line = Field(examples=["Pre-release access: what it is and what it forbids"])
    done_on: Day
    valid_until_on: Day | None = Field(None, description="Where the course itself sets an end: the last day.")


class TrainingWithdrawalIn(In):
    """Why it should not be on record."""

    reason: Paragraphs = Field(examples=["Put on record for the wrong person."])


class TrainingOut(Out):
    """One piece of training on record."""

    training_id: str = Field(examples=[_TRAINING])
    person_id: str = Field(examples=[_PERSON])
    producer_id: str = Field(examples=[_PRODUCER])
    producer: str = Field(examples=["Office for Example Statistics"])
    course: str = Field(examples=["Pre-release access: what it is and what it forbids"])
    done_on: date = Field(examples=["2026-03-01"])
    valid_until_on: date | None = Field(description="Where the course itself sets an end.", examples=["2027-03-01"])
    counts_until_on: date | None = Field(
        description="The last day on which it counts with the producer; null where nothing sets an end.",
        examples=["2027-03-01"],
    )
    recorded_at: Moment
    recorded_by: str = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    withdrawn_at: Moment | None


class TrainingsOut(Out):
    """Somebody's training, the latest done first."""

    results: list[TrainingOut]
    next: str | None = Field(None, description="Always null: nobody has much.")


class TrainingPolicyIn(In):
    """For how many days training counts; null asks for none."""

    training_days: int | None = Field(ge=1, le=3660, examples=[365])


class TrainingPolicyOut(Out):
    """A producer's demand for training."""

    producer_id: str = Field(examples=[_PRODUCER])
    training_days: int | None = Field(description="Null where none is asked for.", examples=[365])


@router.put(
    "/producers/{producer_id}/training-policy",
    operation_id="set_training_policy",
    summary="Ask for training for every grant, or stop asking",
    responses=_answers(403, 404),
)
def set_training_policy(
    tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, body: TrainingPolicyIn
) -> TrainingPolicyOut:
    """For the head of profession. It counts from the next request on, also for lists that are in force."""
    card = training.set_training_policy(tools, actor, producer_id, training_days=body.training_days)
    return TrainingPolicyOut(producer_id=card.producer_id, training_days=card.training_days)


@router.post(
    "/people/{person_id}/training",
    operation_id="record_training",
    summary="Put training on record",
    status_code=201,
    response_model=TrainingOut,
    responses=_answers(403, 404, 409),
)
def record_training(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    person_id: PersonId,
    body: TrainingIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For those who prepare the producer's lists, and never for themselves."""

    def act(once: Any) -> TrainingOut:
        return _training(training.record_training(once, actor, person_id, **body.model_dump()))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/people/{person_id}/training",
    operation_id="list_training",
    summary="See somebody's training",
    responses=_answers(404),
)
def list_training(tools: ToolsHere, actor: ActorHere, person_id: PersonId) -> TrainingsOut:
    """What counts with the producers in which you have a role, withdrawn or not, the latest done first."""
    return TrainingsOut(results=[_training(row) for row in training.list_training(tools, actor, person_id)])


@router.post(
    "/people/{person_id}/training/{training_id}/withdrawal",
    operation_id="withdraw_training",
    summary="Withdraw training that should not be on record",
    responses=_answers(403, 404, 409),
)
def withdraw_training(
    tools: ToolsHere, actor: ActorHere, person_id: PersonId, training_id: TrainingId, body: TrainingWithdrawalIn
) -> TrainingOut:
    """For those who prepare the producer's lists. It counts no more from the next request on."""
    return _training(training.withdraw_training(tools, actor, person_id, training_id, reason=body.reason))


@router.get("/me/training", operation_id="own_training", summary="See your own training", responses=_answers())
def own_training(tools: ToolsHere, actor: ActorHere) -> TrainingsOut:
    """With every producer, withdrawn or not, the latest done first."""
    return TrainingsOut(results=[_training(row) for row in training.own_training(tools, actor)])


def _training(row: training.TrainingRow) -> TrainingOut:
    return TrainingOut(
        training_id=row.training_id,
        person_id=row.person_id,
        producer_id=row.producer_id,
        producer=row.producer,
        course=row.course,
        done_on=row.training.done_on,
        valid_until_on=row.training.valid_until_on,
        counts_until_on=counts_until(row.training, row.training_days),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        withdrawn_at=row.withdrawn_at,
    )
