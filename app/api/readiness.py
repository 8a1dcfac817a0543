"""How ready releases are, and the publishing team's word that a page is scheduled."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import page_confirmations, readiness
from app.actions.page_confirmations import PageView
from app.actions.readiness import Readiness
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.places import AfterHere, LimitHere, ReleaseId, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, MomentOut, Out, Paragraphs
from app.rules.errors import Malformed
from app.rules.facts import ReleaseState
from app.rules.pageconfirmations import Ended, PageConfirmation
from app.rules.readiness import Line as ReadinessLine
from app.rules.readinessfacts import Light, Need, Standing
from app.rules.rungs import Stage

router = APIRouter(prefix="/api/v1", tags=["readiness"])

PageConfirmationId = Annotated[str, StringConstraints(pattern=r"^pgc_[0-9a-f]{24}$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[!-~]+$")]
_PAGE = "https://statistics.gov.example/labour-market/march-2026"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class ReadinessLineOut(Out):
    """One thing that must be there before a release."""

    need: Need
    stage: Stage = Field(description="Its day: a week, two working days or one working day before, or the day itself.")
    standing: Standing = Field(
        description="`not_yet`: its owner has not been asked. `missing`: asked for, not due. `late`: due and not there."
    )
    due_at: MomentOut = Field(description="From when it is late.")
    owed_by: str = Field(examples=["the publishing team"])
    detail: str = Field(examples=["Nobody has confirmed that the page is scheduled."])
    remedy: str = Field(description="Empty when it is done.", examples=["Have the page scheduled, and confirm it."])
    source: str = Field(examples=["Producer policy: readiness"])


class PageConfirmationOut(Out):
    """Somebody's word that the page of a release is scheduled."""

    page_confirmation_id: str = Field(examples=["pgc_0a1b2c3d4e5f60718293a4b5"])
    release_id: str = Field(examples=[_RELEASE])
    publishes_at: MomentOut = Field(description="For which instant it is scheduled.")
    page_url: str = Field(examples=[_PAGE])
    scheduled_by: str = Field(examples=["Duty web editor"])
    seen: str = Field(examples=["Looked at the entry in the publishing system: scheduled, 9:30am, 24 March."])
    confirmed_at: MomentOut
    confirmed_by: str = Field(examples=[_PERSON])
    ended_at: MomentOut | None
    ended_by: str | None = Field(description="Null also where the service itself ended it.", examples=[None])
    ended_because: Ended | None = Field(examples=[None])
    reason: str = Field(examples=[""])


class ReadinessOut(Out):
    """How ready a release is. Empty `lines`: it is over, or has no time."""

    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=["Labour market, March 2026"])
    state: ReleaseState
    publishes_at: MomentOut
    rehearsal: bool
    light: Light
    lines: list[ReadinessLineOut]


class ReadinessPageOut(Out):
    """Releases by the time set, each with how ready it is."""

    results: list[ReadinessOut]
    next: str | None = Field(description="Send it as `after` for the next page; null on the last.", examples=[None])


class PageOut(Out):
    """The page of a release: whether it is confirmed as scheduled, and every word given on it, the newest first."""

    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=["Labour market, March 2026"])
    publishes_at: MomentOut = Field(description="The time set for the release, for which the page must be scheduled.")
    stands: bool = Field(description="The newest word is about this time and these documents.")
    fallen: Ended | None = Field(description="Why the newest word stands no more.", examples=[None])
    results: list[PageConfirmationOut]
    next: str | None = Field(None, description="Always null: there are few.")


class PageConfirmationIn(In):
    """That a page is scheduled, as whoever sends it has seen."""

    publishes_at: Moment = Field(
        description="For which instant the page is scheduled: refused unless it is the release's own.",
        examples=["2026-03-24T09:30:00Z"],
    )
    page_url: Address = Field(description="Where it will stand.", examples=[_PAGE])
    scheduled_by: Line = Field(
        description="The post or team that scheduled it; no name is needed.", examples=["Duty web editor"]
    )
    seen: Paragraphs = Field(
        min_length=1,
        description="How you saw it.",
        examples=["Looked at the entry in the publishing system: scheduled, 9:30am, 24 March."],
    )


class WithdrawalIn(In):
    """Why it is taken back."""

    reason: Paragraphs = Field(examples=["The entry was found to be a draft."])


@router.get(
    "/releases/{release_id}/readiness",
    operation_id="get_readiness",
    summary="See what must be there before a release",
    responses=_answers(),
)
def get_readiness(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> ReadinessOut:
    """By when, who owes it, and what puts it right. For those who work for its producer, and for auditors."""
    return _readiness(readiness.read_readiness(tools, actor, release_id))


@router.get(
    "/producers/{producer_id}/readiness",
    operation_id="list_readiness",
    summary="See which releases are behind",
    responses=_answers(),
)
def list_readiness(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    due_from: Annotated[Moment | None, Query(description="First time set that is wanted; left out: now.")] = None,
    due_to: Annotated[Moment | None, Query(description="Last time set that is wanted, included.")] = None,
    limit: LimitHere = 50,
    after: AfterHere = None,
) -> ReadinessPageOut:
    """A producer's releases by the time set. For those who work for it, and for auditors."""
    if due_from is not None and due_to is not None and due_from > due_to:
        what = "`due_from` lies after `due_to`, so nothing could be found."
        raise Malformed(what, errors=[{"where": "query.due_from", "what": what}])
    found = readiness.list_readiness(
        tools, actor, producer_id, due_from=due_from, due_to=due_to, after=read_place(after), limit=limit + 1
    )
    last = found[limit - 1].row.release if len(found) > limit else None
    return ReadinessPageOut(
        results=[_readiness(one) for one in found[:limit]],
        next=place_of(last.publishes_at, last.release_id) if last else None,
    )


@router.get(
    "/releases/{release_id}/page-confirmations",
    operation_id="get_page_confirmations",
    summary="See whether the page is confirmed as scheduled",
    responses=_answers(),
)
def get_page_confirmations(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> PageOut:
    """For the publishing team too: nothing of the list or the documents is in it."""
    return _page(page_confirmations.read_page(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/page-confirmations",
    operation_id="confirm_page",
    summary="Confirm that the page is scheduled",
    status_code=201,
    response_model=PageConfirmationOut,
    responses=_answers(409),
)
def confirm_page(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: PageConfirmationIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """By a named person of the publishing team, or who prepares the release. It falls with a move or new documents."""

    def act(once: Any) -> PageConfirmationOut:
        said = page_confirmations.confirm_page(
            once,
            actor,
            release_id,
            publishes_at=body.publishes_at,
            page_url=body.page_url,
            scheduled_by=body.scheduled_by,
            seen=body.seen,
        )
        return _said(said)

    return create_once(request, tools, actor, key, body, act)


@router.post(
    "/page-confirmations/{page_confirmation_id}/withdrawal",
    operation_id="withdraw_page_confirmation",
    summary="Take back that the page is scheduled",
    responses=_answers(409),
)
def withdraw_page_confirmation(
    tools: ToolsHere, actor: ActorHere, page_confirmation_id: PageConfirmationId, body: WithdrawalIn
) -> PageConfirmationOut:
    """By whoever may confirm one, with a reason. The publishing team and the lead official are told at once."""
    return _said(page_confirmations.withdraw_page(tools, actor, page_confirmation_id, reason=body.reason))


def _readiness(one: Readiness) -> ReadinessOut:
    release = one.row.release
    return ReadinessOut(
        release_id=release.release_id,
        title=release.title,
        state=release.state,
        publishes_at=release.publishes_at,
        rehearsal=release.rehearsal,
        light=one.light,
        lines=[_line(line) for line in one.lines],
    )


def _line(line: ReadinessLine) -> ReadinessLineOut:
    return ReadinessLineOut(**{name: getattr(line, name) for name in ReadinessLineOut.model_fields})


def _page(view: PageView) -> PageOut:
    release = view.row.release
    return PageOut(
        release_id=release.release_id,
        title=release.title,
        publishes_at=release.publishes_at,
        stands=view.standing is not None,
        fallen=view.fallen,
        results=[_said(one) for one in view.said],
    )


def _said(said: PageConfirmation) -> PageConfirmationOut:
    return PageConfirmationOut(
        page_confirmation_id=said.confirmation_id,
        release_id=said.release_id,
        publishes_at=said.publishes_at,
        page_url=said.page_url,
        scheduled_by=said.scheduled_by,
        seen=said.seen,
        confirmed_at=said.confirmed_at,
        confirmed_by=said.confirmed_by,
        ended_at=said.ended_at,
        ended_by=said.ended_by,
        ended_because=said.ended_because,
        reason=said.reason,
    )
