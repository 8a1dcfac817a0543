"""How long records are kept, legal holds, and the destruction of records."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import erasing, retention
from app.actions.erasing import ErasureRow
from app.actions.retention import HoldRow, ReleaseKept
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import PersonId
from app.api.places import HoldId, ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs, ReasonOut
from app.rules.facts import Order
from app.rules.retention import LEAST_YEARS, destroyed_from, kept_by

router = APIRouter(tags=["records"])

_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
Why = Annotated[Paragraphs, StringConstraints(min_length=1, max_length=2000)]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class RetentionIn(In):
    """The producer's own period, where the governing Order states none."""

    years: int = Field(ge=LEAST_YEARS, le=100, examples=[10])


class RetentionPolicyOut(Out):
    """The producer's own period."""

    producer_id: str = Field(examples=[_PRODUCER])
    years: int = Field(examples=[10])


class KeptOut(Out):
    """A release that is over, and what still forbids destroying its records; nothing when they may be destroyed."""

    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=["Claimant count, March 2019"])
    order: Order
    source: str = Field(description="What keeps its records.", examples=["SSI 2008/399 Sch. para 8(2)"])
    destroyed_from: date | None = Field(
        description="First day on which they may be destroyed, holds apart.", examples=["2026-03-11"]
    )
    reasons: list[ReasonOut]


class RetentionOut(RetentionPolicyOut):
    """The producer's own period, and the releases that are seven years old."""

    releases: list[KeptOut]


class ErasuresIn(In):
    """Whose records to destroy, and why. All of them, or none."""

    release_ids: list[ReleaseId] = Field(min_length=1, max_length=50, examples=[[_RELEASE]])
    reason: Why = Field(description="No names.", examples=["Seven years have passed; nothing holds them."])


class ErasureIn(In):
    """Why one person's details are erased."""

    reason: Why = Field(description="No names.", examples=["Asked for in a letter of 2 March 2034."])


class ErasureOut(Out):
    """That records were destroyed, and how many of each kind; never what they were."""

    erasure_id: str = Field(examples=["era_8c7d6e5f4a3b2c1d0e9f8a7b"])
    release_id: str | None = Field(examples=[_RELEASE])
    person_id: str | None = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    cause: str = Field(examples=["retention"])
    reason: str = Field(examples=["Seven years have passed; nothing holds them."])
    counts: dict[str, int] = Field(examples=[{"grants": 31, "documents": 2}])
    at: Moment


class ErasuresOut(Out):
    """What was destroyed, the newest first."""

    results: list[ErasureOut]


class HoldIn(In):
    """What is held, and why. Without a release: everything of the producer."""

    release_id: ReleaseId | None = Field(None, examples=[_RELEASE])
    reason: Why = Field(
        description="No names.", examples=["An inquiry has asked for everything about these statistics."]
    )


class HoldEndIn(In):
    """Why it ends."""

    reason: Why = Field(examples=["The inquiry has reported."])


class HoldOut(Out):
    """A legal hold: what it keeps is not destroyed while it stands."""

    hold_id: str = Field(examples=["hol_3c2b1a09f8e7d6c5b4a39281"])
    producer_id: str = Field(examples=[_PRODUCER])
    release_id: str | None = Field(examples=[_RELEASE])
    reason: str = Field(examples=["An inquiry has asked for everything about these statistics."])
    from_at: Moment
    ended_at: Moment | None
    end_reason: str = Field(examples=[""])


class HoldsOut(Out):
    """A producer's legal holds, those that stand first."""

    results: list[HoldOut]


@router.put(
    "/producers/{producer_id}/retention",
    operation_id="set_retention",
    summary="Set how long a producer keeps records",
    responses=_answers(),
)
def set_retention(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, body: RetentionIn) -> RetentionPolicyOut:
    """Where the Order states no period. For the head of profession; never less than seven years."""
    years = retention.set_retention(tools, actor, producer_id, years=body.years)
    return RetentionPolicyOut(producer_id=producer_id, years=years)


@router.get(
    "/producers/{producer_id}/retention",
    operation_id="get_retention",
    summary="See whose records may be destroyed, and what forbids it",
    responses=_answers(),
)
def get_retention(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> RetentionOut:
    """The releases that are seven years old or more. Nothing is destroyed by the clock: that is a decision."""
    years, found = retention.read_retention(tools, actor, producer_id)
    return RetentionOut(producer_id=producer_id, years=years, releases=[_kept(one) for one in found])


@router.post(
    "/producers/{producer_id}/erasures",
    operation_id="erase_releases",
    summary="Destroy the records of releases whose time is over",
    responses=_answers(409),
)
def erase_releases(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, body: ErasuresIn) -> ErasuresOut:
    """For the head of profession, signed in just now. Cannot be undone; the log still verifies afterwards."""
    made = erasing.erase_releases(tools, actor, producer_id, release_ids=tuple(body.release_ids), reason=body.reason)
    return ErasuresOut(results=[_erasure(row) for row in made])


@router.get(
    "/producers/{producer_id}/erasures",
    operation_id="list_erasures",
    summary="See what a producer has destroyed",
    responses=_answers(),
)
def list_erasures(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> ErasuresOut:
    """When and why, and how many of each; never what it was."""
    return ErasuresOut(results=[_erasure(row) for row in erasing.list_erasures(tools, actor, producer_id)])


@router.post(
    "/people/{person_id}/erasure",
    operation_id="erase_person",
    summary="Erase one person's details on request",
    responses=_answers(409),
)
def erase_person(tools: ToolsHere, actor: ActorHere, person_id: PersonId, body: ErasureIn) -> ErasureOut:
    """For administrators, signed in just now. Refused, with clause and date, while records that name them are kept."""
    return _erasure(erasing.erase_person(tools, actor, person_id, reason=body.reason))


@router.post(
    "/producers/{producer_id}/legal-holds",
    operation_id="begin_hold",
    summary="Hold records, so that they are not destroyed",
    status_code=201,
    response_model=HoldOut,
    responses=_answers(409),
)
def begin_hold(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: HoldIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For lead officials and the head of profession. It wins over the end of any period."""

    def act(once: Tools) -> HoldOut:
        made = retention.begin_hold(once, actor, producer_id, reason=body.reason, release_id=body.release_id)
        return _hold(made)

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/legal-holds",
    operation_id="list_holds",
    summary="See a producer's legal holds",
    responses=_answers(),
)
def list_holds(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> HoldsOut:
    """Those that stand first."""
    return HoldsOut(results=[_hold(row) for row in retention.list_holds(tools, actor, producer_id)])


@router.post(
    "/legal-holds/{hold_id}/end",
    operation_id="end_hold",
    summary="End a legal hold",
    responses=_answers(409),
)
def end_hold(tools: ToolsHere, actor: ActorHere, hold_id: HoldId, body: HoldEndIn) -> HoldOut:
    """For the head of profession, when its cause is gone."""
    return _hold(retention.end_hold(tools, actor, hold_id, reason=body.reason))


def _kept(found: ReleaseKept) -> KeptOut:
    release = found.kept.release
    return KeptOut(
        release_id=release.release_id,
        title=release.title,
        order=release.order,
        source=kept_by(release.order),
        destroyed_from=destroyed_from(found.kept),
        reasons=[ReasonOut.model_validate(reason.as_record()) for reason in found.reasons],
    )


def _erasure(row: ErasureRow) -> ErasureOut:
    return ErasureOut(
        erasure_id=row.erasure_id,
        release_id=row.release_id,
        person_id=row.person_id,
        cause=row.cause,
        reason=row.reason,
        counts=row.counts,
        at=row.at,
    )


def _hold(row: HoldRow) -> HoldOut:
    return HoldOut(
        hold_id=row.hold_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        reason=row.reason,
        from_at=row.from_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )
