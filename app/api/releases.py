"""Releases: register, read, and everything that may be done to one as a whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.actions import moves, releases
from app.actions.releases import ReleaseView
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.places import AfterHere, LimitHere, ReleaseId, place_of, read_place
from app.api.release_schemas import (
    HistoryOut,
    MoveOut,
    PublicationIn,
    ReasonIn,
    ReleaseIn,
    ReleaseOut,
    ReleasePageOut,
    ReschedulingIn,
    release_out,
)
from app.api.schemas import PROBLEM_RESPONSES, Moment
from app.rules.errors import Malformed

router = APIRouter(prefix="/api/v1", tags=["releases"])

_CHANGES = (403, 409, 412, 428)


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


@router.post(
    "/releases",
    operation_id="register_release",
    summary="Register a release",
    status_code=201,
    response_model=ReleaseOut,
    responses=_answers(403, 409),
)
def register_release(
    request: Request, tools: ToolsHere, actor: ActorHere, body: ReleaseIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For a statistician, lead official or head of profession of the producer."""

    def act(once: Any) -> ReleaseOut:
        row = releases.register_release(once, actor, **{name: getattr(body, name) for name in ReleaseIn.model_fields})
        return release_out(releases.read_release(once, actor, row.release.release_id))

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.get("/releases", operation_id="list_releases", summary="List your releases", responses=_answers())
def list_releases(
    tools: ToolsHere,
    actor: ActorHere,
    due_from: Annotated[Moment | None, Query(description="First time set that is wanted.")] = None,
    due_to: Annotated[Moment | None, Query(description="Last time set that is wanted, included.")] = None,
    limit: LimitHere = 50,
    after: AfterHere = None,
) -> ReleasePageOut:
    """Only those that you are related to: by a role, or because a version of their list names you."""
    if due_from is not None and due_to is not None and due_from > due_to:
        what = "`due_from` lies after `due_to`, so nothing could be found."
        raise Malformed(what, errors=[{"where": "query.due_from", "what": what}])
    found = releases.list_releases(
        tools, actor, due_from=due_from, due_to=due_to, after=read_place(after), limit=limit + 1
    )
    last = found[limit - 1].row.release if len(found) > limit else None
    return ReleasePageOut(
        results=[release_out(view) for view in found[:limit]],
        next=place_of(last.publishes_at, last.release_id) if last else None,
    )


@router.get("/releases/{release_id}", operation_id="get_release", summary="See a release", responses=_answers())
def get_release(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, response: Response) -> ReleaseOut:
    """Its phase, its times, and whom to ask. Nothing of what is in it."""
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.get("/releases/{release_id}/history", operation_id="get_history", summary="See its moves", responses=_answers())
def get_history(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> HistoryOut:
    """Who made a move stands in the log; here stands what was moved, when and why.

    Why is empty for whoever is only a publisher there.
    """
    moved = releases.read_history(tools, actor, release_id)
    return HistoryOut(
        results=[
            MoveOut(
                move=one.move,
                from_state=one.from_state,
                to_state=one.to_state,
                from_publishes_at=one.from_publishes_at,
                to_publishes_at=one.to_publishes_at,
                at=one.at,
                reason=one.reason,
            )
            for one in moved
        ]
    )


@router.post(
    "/releases/{release_id}/announcement",
    operation_id="announce_release",
    summary="Announce a planned release",
    responses=_answers(*_CHANGES),
)
def announce_release(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, revision: RevisionHere, response: Response
) -> ReleaseOut:
    """For those who prepare releases."""
    moves.announce_release(tools, actor, release_id, revision=revision)
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/sign-off",
    operation_id="sign_off_release",
    summary="Sign a release off as final",
    responses=_answers(*_CHANGES),
)
def sign_off_release(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, revision: RevisionHere, response: Response
) -> ReleaseOut:
    """By a lead official or head of profession who did not register it. Needs an approved list and fixed documents."""
    moves.sign_off_release(tools, actor, release_id, revision=revision)
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/reopening",
    operation_id="reopen_release",
    summary="Take the sign-off back",
    responses=_answers(*_CHANGES),
)
def reopen_release(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: ReasonIn,
) -> ReleaseOut:
    """Documents can change again; nobody can open anything meanwhile."""
    moves.reopen_release(tools, actor, release_id, revision=revision, reason=body.reason)
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/rescheduling",
    operation_id="reschedule_release",
    summary="Set another time for publication",
    responses=_answers(*_CHANGES),
)
def reschedule_release(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: ReschedulingIn,
) -> ReleaseOut:
    """By the head of profession, with a reason. Whoever read before the new window opens waits for a decision."""
    moves.reschedule_release(
        tools,
        actor,
        release_id,
        revision=revision,
        publishes_at=body.publishes_at,
        reason=body.reason,
        time_exemption=body.time_exemption,
    )
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/postponement",
    operation_id="postpone_release",
    summary="Take the time of publication back",
    responses=_answers(*_CHANGES),
)
def postpone_release(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: ReasonIn,
) -> ReleaseOut:
    """By the head of profession, with a reason. Access stops at once; everybody listed is told."""
    moves.postpone_release(tools, actor, release_id, revision=revision, reason=body.reason)
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/cancellation",
    operation_id="cancel_release",
    summary="Cancel a release",
    responses=_answers(*_CHANGES),
)
def cancel_release(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: ReasonIn,
) -> ReleaseOut:
    """By the head of profession, with a reason. Access stops for good; what was seen stays restricted."""
    moves.cancel_release(tools, actor, release_id, revision=revision, reason=body.reason)
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.post(
    "/releases/{release_id}/publication",
    operation_id="declare_published",
    summary="Declare that a release has been published",
    responses=_answers(*_CHANGES),
)
def declare_published(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: PublicationIn,
) -> ReleaseOut:
    """By the lead official or head of profession. Blocked until the list of posts is published as it is enforced."""
    moves.declare_published(
        tools, actor, release_id, revision=revision, reason=body.reason, published_at=body.published_at
    )
    return _answer(response, releases.read_release(tools, actor, release_id))


def _answer(response: Response, view: ReleaseView) -> ReleaseOut:
    etag(response, view.row.revision)
    return release_out(view)
