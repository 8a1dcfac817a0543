"""Suspensions from a producer's releases, and applying to be let back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import reapplications, suspensions
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import Unit
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs
from app.rules.errors import Malformed
from app.rules.reinstatement import conditions_text

router = APIRouter(tags=["suspensions"])

SuspensionId = Annotated[str, StringConstraints(pattern=r"^sus_[0-9a-f]{24}$")]
ReapplicationId = Annotated[str, StringConstraints(pattern=r"^rap_[0-9a-f]{24}$")]
SubjectId = Annotated[str, StringConstraints(pattern=r"^(per|pst|org)_[0-9a-f]{24}$")]
IncidentId = Annotated[str, StringConstraints(pattern=r"^inc_[0-9a-f]{24}$")]
SubjectKind = Literal["person", "post", "organisation", "unit"]
_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_SUSPENSION = "sus_5a4b3c2d1e0f98877665544a"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_REAPPLICATION = "rap_4b3c2d1e0f98877665544a5b"
_INCIDENT = "inc_1e0f98877665544a5b4b3c2d"
_STATEMENT = "I have done the training and read the undertaking again. It will not happen again."
_NEEDS = "training done after 2 March 2026; a re-application that a second person has approved"
_KINDS: dict[str, SubjectKind] = {"per": "person", "pst": "post", "org": "organisation"}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class SuspensionIn(In):
    """Whom or what it keeps away, why, and what must be met for it to end."""

    subject_id: SubjectId = Field(
        description="A person, a post or an organisation; for a unit, its organisation.", examples=[_PERSON]
    )
    unit: Unit = Field("", description="Only this unit of the organisation.", examples=[""])
    reason: Paragraphs = Field(
        description="Shown to those it covers.", examples=["The bulletin was passed on before publication."]
    )
    conditions: Paragraphs = Field(
        "", description="What must be met besides, in words.", examples=["A talk with the head of profession."]
    )
    needs_training: bool = Field(False, description="It cannot end before everybody it covers has done training.")
    needs_reapplication: bool = Field(
        False, description="It cannot end before an application to be let back is approved."
    )
    incident_id: IncidentId | None = Field(
        None, description="The incident that led to it, of the same producer.", examples=[_INCIDENT]
    )


class SuspensionEndIn(In):
    """How the conditions were met."""

    reason: Paragraphs = Field(examples=["Training done on 3 March; application approved."])


class BareUnitPostOut(Out):
    """A post that carries no unit, so that no suspension of a unit covers it."""

    post_id: str = Field(examples=["pst_0a1b2c3d4e5f60718293a4b5"])
    title: str = Field(examples=["Private Secretary to the Minister"])


class SuspensionOut(Out):
    """A suspension from one producer's releases."""

    suspension_id: str = Field(examples=[_SUSPENSION])
    producer_id: str = Field(examples=[_PRODUCER])
    subject_kind: SubjectKind
    subject_id: str = Field(examples=[_PERSON])
    unit: str = Field(description="Empty unless a unit is suspended.", examples=[""])
    subject: str = Field(examples=["Ana Example"])
    reason: str = Field(examples=["The bulletin was passed on before publication."])
    conditions: str = Field(examples=["A talk with the head of profession."])
    needs_training: bool
    needs_reapplication: bool
    needs: str = Field(description="Everything that must be met for it to end, in words.", examples=[_NEEDS])
    incident_id: str | None = Field(examples=[_INCIDENT])
    from_at: Moment
    ended_at: Moment | None
    end_reason: str | None
    posts_without_unit: list[BareUnitPostOut] = Field(
        description="When a unit is suspended, in that answer alone: posts of its organisation that it does not cover."
    )


class SuspensionsOut(Out):
    """One page of suspensions, the earliest first."""

    results: list[SuspensionOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class ReapplicationIn(In):
    """Why access should be given again, in the applicant's own words."""

    statement: Paragraphs = Field(examples=[_STATEMENT])


class ReapplicationDecisionIn(In):
    """What is decided of an application, and why."""

    decision: Literal["approved", "declined"]
    reason: Paragraphs = Field(examples=["The training was done, and the statement shows that it was understood."])


class ReapplicationOut(Out):
    """An application to be let back after a suspension."""

    reapplication_id: str = Field(examples=[_REAPPLICATION])
    suspension_id: str = Field(examples=[_SUSPENSION])
    person_id: str = Field(examples=[_PERSON])
    name: str = Field(examples=["Ana Example"])
    statement: str = Field(examples=[_STATEMENT])
    made_at: Moment
    decision: Literal["", "approved", "declined"] = Field(description="Empty while it waits.")
    decided_at: Moment | None
    decided_by: str | None = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    decision_reason: str = Field(examples=["The training was done."])


class ReapplicationsOut(Out):
    """Every application made after one suspension, in the order in which they were made."""

    results: list[ReapplicationOut]
    next: str | None = Field(None, description="Always null: there are few.")


class OwnSuspensionOut(Out):
    """A suspension that covers you."""

    suspension_id: str = Field(examples=[_SUSPENSION])
    producer: str = Field(examples=["Office for Example Statistics"])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    subject_kind: SubjectKind
    subject: str = Field(examples=["Ana Example"])
    reason: str = Field(examples=["The bulletin was passed on before publication."])
    needs: str = Field(description="Everything that must be met for it to end, in words.", examples=[_NEEDS])
    from_at: Moment
    reapplications: list[ReapplicationOut] = Field(description="Your own.")


class OwnSuspensionsOut(Out):
    """The suspensions that cover you now, the earliest first."""

    results: list[OwnSuspensionOut]
    next: str | None = Field(None, description="Always null: there are few.")


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
    """For its lead officials and head of profession. It bites on the next request and on running downloads."""

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
    """For the producer's lead officials and head of profession; nobody ends one that covers themselves.

    It is refused until the conditions that were set are met; the refusal says everything that is missing.
    """
    return _suspension(suspensions.end_suspension(tools, actor, suspension_id, reason=body.reason))


@router.get(
    "/me/suspensions",
    operation_id="own_suspensions",
    summary="See the suspensions that cover you",
    responses=_answers(),
)
def own_suspensions(tools: ToolsHere, actor: ActorHere) -> OwnSuspensionsOut:
    """What is suspended, why, what must be met for it to end, and what became of your applications."""
    return OwnSuspensionsOut(results=[_own(row) for row in suspensions.own_suspensions(tools, actor)])


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
        needs=conditions_text(kept),
        incident_id=row.incident_id,
        from_at=kept.from_at,
        ended_at=kept.ended_at,
        end_reason=row.end_reason,
        posts_without_unit=[BareUnitPostOut(post_id=one, title=title) for one, title in row.posts_without_unit],
    )


def _own(own: suspensions.OwnSuspension) -> OwnSuspensionOut:
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
