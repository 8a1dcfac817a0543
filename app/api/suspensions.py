"""Suspensions from a producer's releases, and applying to be let back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from app.actions import own_suspensions as kept_away
from app.actions import reapplications, suspensions
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES
from app.api.suspension_schemas import (
    BareUnitPostOut,
    OwnSuspensionOut,
    OwnSuspensionsOut,
    ReapplicationDecisionIn,
    ReapplicationId,
    ReapplicationIn,
    ReapplicationOut,
    ReapplicationsOut,
    SubjectKind,
    SuspensionConditionsIn,
    SuspensionEndIn,
    SuspensionId,
    SuspensionIn,
    SuspensionOut,
    SuspensionsOut,
)
from app.rules.errors import Malformed
from app.rules.reinstatement import conditions_text

router = APIRouter(prefix="/api/v1", tags=["suspensions"])

_KINDS: dict[str, SubjectKind] = {"per": "person", "pst": "post", "org": "organisation"}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


@router.post(
    "/producers/{producer_id}/suspensions",
    operation_id="begin_suspension",
    summary="Suspend a person, a post, a unit or an organisation from your releases",
    status_code=201,
    response_model=SuspensionOut,
    responses=_answers(403, 404, 409),
)
def begin_suspension(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: SuspensionIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For its lead officials and head of profession. It bites on the next request and on running downloads.

    Whoever an incident is about suspends nobody because of it; without `incident_id` they can.
    """

    def act(once: Any) -> SuspensionOut:
        return _suspension(
            suspensions.begin_suspension(once, actor, producer_id, subject_kind=_kind(body), **body.model_dump())
        )

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/suspensions",
    operation_id="list_suspensions",
    summary="See a producer's suspensions",
    responses=_answers(403, 404),
)
def list_suspensions(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    limit: LimitHere = 50,
    after: Annotated[SuspensionId | None, Query(description="`next` of the page before.")] = None,
) -> SuspensionsOut:
    """For those with a role in it; ended or not, the earliest first."""
    page = suspensions.list_suspensions(tools, actor, producer_id, limit=limit + 1, after=after)
    more = page[limit - 1].suspension.suspension_id if len(page) > limit else None
    return SuspensionsOut(results=[_suspension(row) for row in page[:limit]], next=more)


@router.post(
    "/suspensions/{suspension_id}/end",
    operation_id="end_suspension",
    summary="End a suspension",
    responses=_answers(403, 404, 409),
)
def end_suspension(
    tools: ToolsHere, actor: ActorHere, suspension_id: SuspensionId, body: SuspensionEndIn
) -> SuspensionOut:
    """For the producer's lead officials and head of profession; nobody ends one that is about themselves.

    That is one that covers them, or that came of an incident about what they did.
    It is refused until the conditions that were set are met; the refusal says everything that is missing.
    """
    return _suspension(suspensions.end_suspension(tools, actor, suspension_id, reason=body.reason))


@router.put(
    "/suspensions/{suspension_id}/corrective-actions",
    operation_id="change_suspension_conditions",
    summary="Name other corrective actions for which a suspension waits",
    responses=_answers(403, 404, 409),
)
def change_suspension_conditions(
    tools: ToolsHere, actor: ActorHere, suspension_id: SuspensionId, body: SuspensionConditionsIn
) -> SuspensionOut:
    """For the head of profession, unless covered by it: where an action was dropped, so that nobody could meet it.

    Everybody whom the suspension covers is told.
    """
    return _suspension(
        suspensions.change_conditions(
            tools, actor, suspension_id, corrective_action_ids=body.corrective_action_ids, reason=body.reason
        )
    )


@router.get(
    "/me/suspensions",
    operation_id="own_suspensions",
    summary="See the suspensions that cover you",
    responses=_answers(),
)
def own_suspensions(tools: ToolsHere, actor: ActorHere) -> OwnSuspensionsOut:
    """What is suspended, why, what must be met for it to end, and what became of your applications."""
    return OwnSuspensionsOut(results=[_own(row) for row in kept_away.own_suspensions(tools, actor)])


@router.post(
    "/suspensions/{suspension_id}/reapplications",
    operation_id="reapply",
    summary="Apply to be let back",
    status_code=201,
    response_model=ReapplicationOut,
    responses=_answers(404, 409),
)
def reapply(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    suspension_id: SuspensionId,
    body: ReapplicationIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For those whom the suspension covers. One application at a time; once one is declined, another can be made."""

    def act(once: Any) -> ReapplicationOut:
        return _reapplication(reapplications.reapply(once, actor, suspension_id, statement=body.statement))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/suspensions/{suspension_id}/reapplications",
    operation_id="list_reapplications",
    summary="See who applied to be let back",
    responses=_answers(403, 404),
)
def list_reapplications(tools: ToolsHere, actor: ActorHere, suspension_id: SuspensionId) -> ReapplicationsOut:
    """For those with a role in the producer; in the order in which they were made."""
    made = reapplications.list_reapplications(tools, actor, suspension_id)
    return ReapplicationsOut(results=[_reapplication(row) for row in made])


@router.post(
    "/reapplications/{reapplication_id}/decision",
    operation_id="decide_reapplication",
    summary="Approve or decline an application to be let back",
    responses=_answers(403, 404, 409),
)
def decide_reapplication(
    tools: ToolsHere, actor: ActorHere, reapplication_id: ReapplicationId, body: ReapplicationDecisionIn
) -> ReapplicationOut:
    """For a lead official or the head of profession who is neither the applicant nor covered by the suspension.

    Approval alone ends no suspension: it meets one of its conditions.
    """
    approved = body.decision == "approved"
    return _reapplication(
        reapplications.decide_reapplication(tools, actor, reapplication_id, approved=approved, reason=body.reason)
    )


def _kind(body: SuspensionIn) -> SubjectKind:
    kind = _KINDS[body.subject_id[:3]]
    if not body.unit:
        return kind
    if kind != "organisation":
        what = "A unit belongs to an organisation; give the organisation's id as subject_id."
        raise Malformed(what, errors=[{"where": "body.subject_id", "what": what}])
    return "unit"


def _suspension(row: suspensions.SuspensionRow) -> SuspensionOut:
    kept = row.suspension
    return SuspensionOut(
        suspension_id=kept.suspension_id,
        producer_id=row.producer_id,
        subject_kind=cast(SubjectKind, row.subject_kind),
        subject_id=row.subject_id,
        unit=row.unit,
        subject=kept.subject,
        reason=kept.reason,
        conditions=kept.conditions,
        needs_training=kept.needs_training,
        needs_reapplication=kept.needs_reapplication,
        corrective_action_ids=[one.corrective_action_id for one in row.actions],
        needs=conditions_text(kept),
        incident_id=row.incident_id,
        from_at=kept.from_at,
        ended_at=kept.ended_at,
        end_reason=row.end_reason,
        posts_without_unit=[BareUnitPostOut(post_id=one, title=title) for one, title in row.posts_without_unit],
    )


def _own(own: kept_away.OwnSuspension) -> OwnSuspensionOut:
    kept = own.row.suspension
    return OwnSuspensionOut(
        suspension_id=kept.suspension_id,
        producer=own.producer,
        contact=own.contact,
        subject_kind=cast(SubjectKind, own.row.subject_kind),
        subject=kept.subject,
        reason=kept.reason,
        needs=own.needs,
        from_at=kept.from_at,
        reapplications=[_reapplication(row) for row in own.reapplications],
    )


def _reapplication(row: reapplications.ReapplicationRow) -> ReapplicationOut:
    return ReapplicationOut(
        reapplication_id=row.reapplication_id,
        suspension_id=row.suspension_id,
        person_id=row.applicant.person_id,
        name=row.applicant.name,
        statement=row.statement,
        made_at=row.made_at,
        decision=cast(Literal["", "approved", "declined"], row.decision),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
    )
