"""The series of a producer, and the standing list of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import standing
from app.actions.standing import SeriesRow, StandingRow, StandingView
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.grant_schemas import Class, GrantChangeIn, GrantIn, HolderIn, Minutes, minutes_of
from app.api.lists import ListId
from app.api.organisations import ProducerId
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Out, Paragraphs
from app.rules.facts import GrantClass

router = APIRouter(prefix="/api/v1", tags=["series"])

SeriesId = Annotated[str, StringConstraints(pattern=r"^ser_[0-9a-f]{24}$")]
StandingGrantId = Annotated[str, StringConstraints(pattern=r"^stg_[0-9a-f]{24}$")]
_SERIES = "ser_1a2b3c4d5e6f708192a3b4c5"
_LIST = "lst_8899aabbccddeeff00112233"
_CHANGES = (403, 409, 412, 428)


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class StandingIn(In):
    """The list that becomes the standing list."""

    list_id: ListId = Field(description="In force, of a release of this series.", examples=[_LIST])


class StandingChangeIn(In):
    """What of a line is to change; what is left out stays."""

    grant_class: Class | None = Field(None, examples=["adviser"])
    ground: Paragraphs | None = Field(None, examples=["Answers questions on the figures after publication."])
    asked_minutes: Minutes | None = Field(None, examples=[1260])
    conditions: Paragraphs | None = None
    holder: HolderIn | None = Field(None, description="Who holds the post from now on.")


class SeriesOut(Out):
    """What a producer publishes again and again."""

    series_id: str = Field(examples=[_SERIES])
    producer_id: str = Field(examples=["prd_3e4f5a6b7c8d9e0f1a2b3c4d"])
    title: str = Field(examples=["Example retail prices, monthly"])
    standing_from_list_id: str | None = Field(
        description="The list that its standing list was last taken from; null where it has none.", examples=[_LIST]
    )
    revision: int = Field(description="Of its standing list. Send it as If-Match with a change of that.", examples=[3])


class SeriesPageOut(Out):
    """One page of series, by title."""

    results: list[SeriesOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class StandingGrantOut(Out):
    """A line of the standing list. It grants nothing until it stands on an approved list of a release."""

    standing_grant_id: str = Field(examples=["stg_1122334455667788990011aa"])
    row: int = Field(examples=[1])
    post_id: str = Field(examples=["pst_2b3c4d5e6f708192a3b4c5d6"])
    post_title: str = Field(examples=["Chief Economic Adviser"])
    organisation: str = Field(examples=["Department for Examples"])
    seat: int = Field(examples=[1])
    person_id: str | None = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    holder_name: str = Field(examples=["Robin Example"])
    holder_email: str = Field(examples=["robin.example@department.gov.example"])
    grant_class: GrantClass
    ground: str = Field(examples=["Answers questions on the figures after publication."])
    ground_letter: str = Field(examples=[""])
    asked_minutes: int | None
    conditions: str = Field(examples=[""])
    for_person_id: str | None
    place: str = Field(examples=[""])
    is_group: bool


class StandingOut(SeriesOut):
    """A series with its standing list; no grants where it has none."""

    grants: list[StandingGrantOut]


@router.get(
    "/producers/{producer_id}/series",
    operation_id="list_series",
    summary="List the series of a producer",
    responses=_answers(403),
)
def list_series(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    limit: LimitHere = 50,
    after: Annotated[SeriesId | None, Query(description="`next` of the page before.")] = None,
) -> SeriesPageOut:
    """For those who prepare its lists and for auditors."""
    page = standing.list_series(tools, actor, producer_id, limit=limit + 1, after=after)
    more = page[limit - 1].series_id if len(page) > limit else None
    return SeriesPageOut(results=[_series_out(row) for row in page[:limit]], next=more)


@router.get("/series/{series_id}", operation_id="get_series", summary="See a series", responses=_answers(403))
def get_series(tools: ToolsHere, actor: ActorHere, series_id: SeriesId, response: Response) -> SeriesOut:
    """For those who prepare its lists and for auditors. Its ETag is that of the standing list."""
    one = standing.read_standing(tools, actor, series_id).series
    etag(response, one.standing_revision)
    return _series_out(one)


@router.get(
    "/series/{series_id}/standing-list",
    operation_id="get_standing_list",
    summary="See the standing list of a series",
    responses=_answers(403),
)
def get_standing_list(tools: ToolsHere, actor: ActorHere, series_id: SeriesId, response: Response) -> StandingOut:
    """The first draft of each new release is derived from it, and waits for every holder to be confirmed."""
    return _answer(response, standing.read_standing(tools, actor, series_id))


@router.post(
    "/series/{series_id}/standing-list",
    operation_id="take_standing_list",
    summary="Take an approved list as the standing list",
    status_code=201,
    response_model=StandingOut,
    responses=_answers(*_CHANGES),
)
def take_standing_list(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    series_id: SeriesId,
    body: StandingIn,
    revision: RevisionHere,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """By the head of profession. It takes the place of the standing list there was; send that one's ETag, or `"0"`.

    Whoever changes it later has had a hand in each list derived from it, and cannot approve those.
    """

    def act(once: Any) -> StandingOut:
        return _standing_out(standing.take_standing(once, actor, series_id, body.list_id, revision=revision))

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.post(
    "/series/{series_id}/standing-list/grants",
    operation_id="add_standing_grant",
    summary="Add a line to the standing list",
    status_code=201,
    response_model=StandingOut,
    responses=_answers(*_CHANGES),
)
def add_standing_grant(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    series_id: SeriesId,
    body: GrantIn,
    revision: RevisionHere,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For those who prepare its lists. What is exceptional belongs to one release and is not kept here.

    Nor is a deputy, or somebody to whom access was passed on: with such a `grant_class` nothing is done.
    """

    def act(once: Any) -> StandingOut:
        holder = body.holder.holder() if body.holder else None
        made = standing.add_standing_grant(once, actor, series_id, body.grant(), revision=revision, holder=holder)
        return _standing_out(made)

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.patch(
    "/series/{series_id}/standing-list/grants/{standing_grant_id}",
    operation_id="change_standing_grant",
    summary="Change a line of the standing list, or name who holds the post",
    responses=_answers(*_CHANGES),
)
def change_standing_grant(
    tools: ToolsHere,
    actor: ActorHere,
    series_id: SeriesId,
    standing_grant_id: StandingGrantId,
    body: StandingChangeIn,
    revision: RevisionHere,
    response: Response,
) -> StandingOut:
    """For those who prepare its lists. Releases whose lists were derived before stay as they are.

    A `grant_class` that is decided on for one release alone is refused, as for a new line.
    """
    sent = {name: getattr(body, name) for name in body.model_fields_set - {"holder"}}
    changed = standing.change_standing_grant(
        tools,
        actor,
        series_id,
        standing_grant_id,
        GrantChangeIn(**sent).change,
        revision=revision,
        holder=body.holder.holder() if body.holder else None,
    )
    return _answer(response, changed)


@router.delete(
    "/series/{series_id}/standing-list/grants/{standing_grant_id}",
    operation_id="remove_standing_grant",
    summary="Take a line off the standing list",
    responses=_answers(*_CHANGES),
)
def remove_standing_grant(
    tools: ToolsHere,
    actor: ActorHere,
    series_id: SeriesId,
    standing_grant_id: StandingGrantId,
    revision: RevisionHere,
    response: Response,
) -> StandingOut:
    """For those who prepare its lists. Answers with what is left."""
    left = standing.remove_standing_grant(tools, actor, series_id, standing_grant_id, revision=revision)
    return _answer(response, left)


def _answer(response: Response, view: StandingView) -> StandingOut:
    etag(response, view.series.standing_revision)
    return _standing_out(view)


def _series_out(row: SeriesRow) -> SeriesOut:
    return SeriesOut(
        series_id=row.series_id,
        producer_id=row.producer_id,
        title=row.title,
        standing_from_list_id=row.standing_from_list_id,
        revision=row.standing_revision,
    )


def _standing_out(view: StandingView) -> StandingOut:
    return StandingOut(**_series_out(view.series).model_dump(), grants=[_grant_out(row) for row in view.rows])


def _grant_out(row: StandingRow) -> StandingGrantOut:
    grant = row.grant
    return StandingGrantOut(
        standing_grant_id=grant.grant_id,
        row=row.row,
        post_id=row.post_id,
        post_title=grant.post_title,
        organisation=grant.organisation,
        seat=grant.seat,
        person_id=grant.person_id,
        holder_name=row.holder_name,
        holder_email=row.holder_email,
        grant_class=grant.grant_class,
        ground=grant.ground,
        ground_letter=grant.ground_letter,
        asked_minutes=minutes_of(grant.asked),
        conditions=grant.conditions,
        for_person_id=grant.for_person_id,
        place=grant.place,
        is_group=grant.is_group,
    )
