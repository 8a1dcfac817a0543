"""How long records are kept, and their destruction."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import erasing, retention
from app.actions.erasing import ErasureRow
from app.actions.retention import ReleaseKept
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import PersonId
from app.api.places import ErasureId, ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs, ReasonOut
from app.rules.facts import Order
from app.rules.retention import LEAST_YEARS, destroyed_from, kept_by

router = APIRouter(prefix="/api/v1", tags=["records"])

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
    """That records were destroyed, or are proposed to be, and how many of each kind; never what they were."""

    erasure_id: str = Field(examples=["era_8c7d6e5f4a3b2c1d0e9f8a7b"])
    release_id: str | None = Field(examples=[_RELEASE])
    person_id: str | None = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    cause: str = Field(examples=["retention"])
    reason: str = Field(examples=["Seven years have passed; nothing holds them."])
    counts: dict[str, int] = Field(examples=[{"grants": 31, "documents": 2}])
    at: Moment
    state: str = Field(
        description="`proposed`, `withdrawn` or `done`; `lapsed` where nobody approved it within 30 days. What a "
        "person asked for themselves is `asked`, then `taken_up` by a proposal, or `refused`; `asked` again once that "
        "proposal is withdrawn or has lapsed, and `done` with it.",
        examples=["done"],
    )
    release_ids: list[str] = Field(description="Of a proposal: what it would destroy.", examples=[[]])
    proposed_by: str | None = Field(examples=["per_1a2b3c4d5e6f708192a3b4c5"])
    approved_by: str | None = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    decided_at: Moment | None


class ErasuresOut(Out):
    """What was destroyed, or is proposed to be, the newest first."""

    results: list[ErasureOut]


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
    operation_id="propose_erasure",
    summary="Propose to destroy the records of releases whose time is over",
    status_code=201,
    response_model=ErasureOut,
    responses=_answers(409),
)
def propose_erasure(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: ErasuresIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For lead officials and the head of profession, signed in just now. Nothing goes until a second approves."""
    ids = tuple(body.release_ids)

    def act(once: Tools) -> ErasureOut:
        return erasure_out(erasing.propose_erasure(once, actor, producer_id, release_ids=ids, reason=body.reason))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/producers/{producer_id}/erasures",
    operation_id="list_erasures",
    summary="See what a producer has destroyed",
    responses=_answers(),
)
def list_erasures(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> ErasuresOut:
    """When and why, and how many of each; never what it was."""
    return ErasuresOut(results=[erasure_out(row) for row in erasing.list_erasures(tools, actor, producer_id)])


@router.post(
    "/people/{person_id}/erasure",
    operation_id="propose_person_erasure",
    summary="Propose to erase one person's details on request",
    status_code=201,
    response_model=ErasureOut,
    responses=_answers(409),
)
def propose_person_erasure(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    person_id: PersonId,
    body: ErasureIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For administrators, signed in just now. Refused, with clause and date, while records that name them are kept."""

    def act(once: Tools) -> ErasureOut:
        return erasure_out(erasing.propose_person_erasure(once, actor, person_id, reason=body.reason))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/erasures",
    operation_id="list_person_erasures",
    summary="See whose details were erased, or are proposed to be",
    responses=_answers(),
)
def list_person_erasures(tools: ToolsHere, actor: ActorHere) -> ErasuresOut:
    """For administrators and auditors of the whole service."""
    return ErasuresOut(results=[erasure_out(row) for row in erasing.list_person_erasures(tools, actor)])


@router.post(
    "/erasures/{erasure_id}/approval",
    operation_id="approve_erasure",
    summary="Approve, as the second person, and destroy",
    responses=_answers(409),
)
def approve_erasure(tools: ToolsHere, actor: ActorHere, erasure_id: ErasureId) -> ErasuresOut:
    """For the head of profession; for a person's details, an administrator or an auditor of the whole service.

    Never for whoever proposed it. Signed in just now. Everything is checked anew. Cannot be undone; the log still
    verifies afterwards.
    """
    return ErasuresOut(results=[erasure_out(row) for row in erasing.approve_erasure(tools, actor, erasure_id)])


@router.post(
    "/erasures/{erasure_id}/withdrawal",
    operation_id="withdraw_erasure",
    summary="Withdraw a proposal to destroy records",
    responses=_answers(409),
)
def withdraw_erasure(tools: ToolsHere, actor: ActorHere, erasure_id: ErasureId) -> ErasureOut:
    """For whoever may propose or approve one."""
    return erasure_out(erasing.withdraw_erasure(tools, actor, erasure_id))


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


def erasure_out(row: ErasureRow) -> ErasureOut:
    """Give an erasure as it is told."""
    return ErasureOut(
        erasure_id=row.erasure_id,
        release_id=row.release_id,
        person_id=row.person_id,
        cause=row.cause,
        reason=row.reason,
        counts=row.counts,
        at=row.at,
        state=row.state,
        release_ids=list(row.release_ids),
        proposed_by=row.proposed_by,
        approved_by=row.approved_by,
        decided_at=row.decided_at,
    )
