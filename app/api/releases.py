"""Releases: register, read, and everything that may be done to one as a whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import moves, releases
from app.actions.releases import ReleaseView
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.people import PersonId
from app.api.places import AfterHere, LimitHere, ReleaseId, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.rules.errors import Malformed
from app.rules.facts import Order, Sensitivity, london_text

router = APIRouter(tags=["releases"])

ProducerId = Annotated[str, StringConstraints(pattern=r"^prd_[0-9a-f]{24}$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[!-~]+$")]
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_PRODUCER = "prd_1a2b3c4d5e6f708192a3b4c5"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_REASON = "The quality assurance of table 4 is not finished."
_CHANGES = (403, 409, 412, 428)


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class ReleaseIn(In):
    """A release to be registered."""

    producer_id: ProducerId = Field(examples=[_PRODUCER])
    title: Line = Field(examples=["UK labour market statistics: March 2026"])
    order: Annotated[Order, Field(strict=False)] = Field(description="The governing Order.", examples=["uk"])
    sensitivity: Annotated[Sensitivity, Field(strict=False)] = Field(examples=["market_sensitive"])
    publishes_at: Moment = Field(description="09:30 in London on a weekday, or another time with its exemption.")
    series: Line | None = Field(None, examples=["UK labour market statistics"])
    public_url: Address | None = Field(None, examples=["https://statistics.gov.example/labour-market/march-2026"])
    time_exemption: Paragraphs = Field("", description="What allows another time than 09:30 on a weekday.")
    lead_official_id: PersonId | None = Field(None, examples=[_PERSON])
    rehearsal: bool = False


class ReasonIn(In):
    """Why; kept in the log and told to everybody listed."""

    reason: Paragraphs = Field("", examples=[_REASON])


class ReschedulingIn(ReasonIn):
    """The new time, and why."""

    publishes_at: Moment
    time_exemption: Paragraphs | None = Field(None, description="Leave out to keep the exemption on record.")


class PublicationIn(ReasonIn):
    """How it is known that the release is public, and since when."""

    reason: Paragraphs = Field("", examples=["Seen live on the public page by two people."])
    published_at: Moment | None = Field(None, description="Leave out for this moment.")


class PreparationOut(Out):
    """What only those with a role with the producer, or with the whole service, see."""

    state: str = Field(examples=["announced"])
    time_exemption: str
    lead_official_id: str | None = Field(examples=[_PERSON])
    prepared_by: str = Field(examples=[_PERSON])
    added_at: Moment


class ReleaseOut(Out):
    """A release. What is in it is told by its documents, and only while they may be read."""

    release_id: str = Field(examples=[_RELEASE])
    producer_id: str = Field(examples=[_PRODUCER])
    producer: str = Field(examples=["Office for Example Statistics"])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    title: str = Field(examples=["UK labour market statistics: March 2026"])
    order: Order
    sensitivity: Sensitivity
    phase: str = Field(
        description="planned, announced, final, open, overdue, published, postponed or cancelled", examples=["open"]
    )
    publishes_at: Moment = Field(description="The time set; for a postponed release, the time it had.")
    publishes_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    opens_at: Moment | None = Field(description="When your own window opens; null when there is none.")
    opens_at_london: str | None = Field(examples=["Monday 9 March 2026, 9:30am (UK time)"])
    published_at: Moment | None
    public_url: str | None
    series_id: str | None = Field(examples=["ser_3c4d5e6f708192a3b4c5d6e7"])
    rehearsal: bool
    preparation: PreparationOut | None
    revision: int = Field(description="Send it as If-Match with a change.", examples=[3])


class ReleasePageOut(Out):
    """Releases by the time set for publication."""

    results: list[ReleaseOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class MoveOut(Out):
    """One thing that was done to a release as a whole."""

    move: str = Field(examples=["reschedule"])
    from_state: str = Field(examples=["final"])
    to_state: str = Field(examples=["final"])
    from_publishes_at: Moment
    to_publishes_at: Moment
    at: Moment
    reason: str = Field(examples=[_REASON])


class HistoryOut(Out):
    """Every move, oldest first."""

    results: list[MoveOut]
    next: str | None = Field(None, description="Always null: a release is moved few times.")


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
        return _out(releases.read_release(once, actor, row.release.release_id))

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
        results=[_out(view) for view in found[:limit]],
        next=place_of(last.publishes_at, last.release_id) if last else None,
    )


@router.get("/releases/{release_id}", operation_id="get_release", summary="See a release", responses=_answers())
def get_release(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, response: Response) -> ReleaseOut:
    """Its phase, its times, and whom to ask. Nothing of what is in it."""
    return _answer(response, releases.read_release(tools, actor, release_id))


@router.get("/releases/{release_id}/history", operation_id="get_history", summary="See its moves", responses=_answers())
def get_history(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> HistoryOut:
    """Who made a move stands in the log; here stands what was moved, when and why."""
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
    return _out(view)


def _out(view: ReleaseView) -> ReleaseOut:
    row, release = view.row, view.row.release
    preparation = PreparationOut(
        state=release.state.value,
        time_exemption=row.time_exemption,
        lead_official_id=row.lead_official_id,
        prepared_by=row.prepared_by,
        added_at=row.added_at,
    )
    return ReleaseOut(
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        producer=release.producer.name,
        contact=row.contact,
        title=release.title,
        order=release.order,
        sensitivity=release.sensitivity,
        phase=view.phase.value,
        publishes_at=release.publishes_at,
        publishes_at_london=london_text(release.publishes_at),
        opens_at=view.opens_at,
        opens_at_london=london_text(view.opens_at) if view.opens_at else None,
        published_at=release.published_at,
        public_url=release.public_url,
        series_id=release.series_id,
        rehearsal=release.rehearsal,
        preparation=preparation if view.staff else None,
        revision=row.revision,
    )
