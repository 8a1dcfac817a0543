"""The list of posts: computed, published by the producer, and from then on open to everybody."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field

from app.actions import publication
from app.actions.publication import ExceptionalShown, PublishedList
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.lists import ListId
from app.api.organisations import ProducerId
from app.api.places import ReleaseId
from app.api.public_answers import PUBLIC_RESPONSES, PublicRoute
from app.api.public_list_formats import as_csv, as_html, as_table
from app.api.public_pages import ODS, TableShown, page
from app.api.schemas import PROBLEM_RESPONSES, Moment, Out
from app.rules.eligibility import PublicRow
from app.rules.facts import Order, london_text

router = APIRouter(prefix="/api/v1", tags=["lists"])
public = APIRouter(prefix="/api/v1", tags=["lists"], route_class=PublicRoute)

_BODY = {"schema": {"type": "string", "format": "binary"}}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class PublicRowOut(Out):
    """A post with access. Never a person."""

    post: str = Field(examples=["Special Adviser"])
    organisation: str = Field(examples=["HM Treasury"])
    count: int = Field(examples=[2])
    access_from: str = Field(examples=["24 hours before the time set for publication"])
    exceptional: bool
    reasons: str = Field(examples=[""])


class PublicListOut(Out):
    """The list of posts as it was published."""

    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    title: str = Field(examples=["UK labour market statistics: March 2026"])
    producer: str = Field(examples=["Office for Example Statistics"])
    publishes_at: Moment
    publishes_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    list_version: int = Field(examples=[1])
    list_published_at: Moment
    sha256: str = Field(
        description="Of the published rows as canonical JSON.",
        examples=["b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"],
    )
    rows: list[PublicRowOut]


class ExceptionalOut(Out):
    """An exceptional grant, by its post; by none where the Order has no list of posts published."""

    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    title: str = Field(examples=["UK labour market statistics: March 2026"])
    producer: str = Field(examples=["Office for Example Statistics"])
    order: Order
    source: str = Field(description="The clause it is published under.", examples=["SI 2008/2998 Sch. para 5(4)(a)"])
    publishes_at: Moment
    publishes_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    post: str = Field(examples=["Permanent Secretary"])
    organisation: str = Field(examples=["HM Treasury"])
    access_from: str = Field(examples=["48 hours before the time set for publication"])
    reasons: str = Field(examples=["A statement to Parliament had to be prepared the day before."])


class ExceptionalListOut(Out):
    """A producer's exceptional grants."""

    results: list[ExceptionalOut]


class PublicRowsOut(Out):
    """What the list of posts would be."""

    rows: list[PublicRowOut]


@router.get(
    "/lists/{list_id}/public-list",
    operation_id="preview_public_list",
    summary="See what the list of posts would be",
    responses=_answers(403),
)
def preview_public_list(tools: ToolsHere, actor: ActorHere, list_id: ListId) -> PublicRowsOut:
    """Computed from the grants, never typed. For those who prepare the list and for auditors."""
    return PublicRowsOut(rows=[_row_out(row) for row in publication.preview_public_list(tools, actor, list_id)])


@router.post(
    "/releases/{release_id}/public-list",
    operation_id="publish_list_of_posts",
    summary="Publish the list of posts",
    status_code=201,
    response_model=PublicListOut,
    responses=_answers(403, 409),
)
def publish_list_of_posts(
    request: Request, tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, key: IdempotencyKey = None
) -> JSONResponse:
    """As it follows from the list in force. Everybody can read it from then on, and so learns of the release."""

    def act(once: Tools) -> PublicListOut:
        return _public_out(publication.publish_list_of_posts(once, actor, release_id))

    return create_once(request, tools, actor, key, None, act)


@public.get(
    "/releases/{release_id}/public-list.json",
    operation_id="get_public_list_json",
    summary="Read the published list of posts as JSON",
    responses=PUBLIC_RESPONSES,
)
def get_public_list_json(tools: ToolsHere, release_id: ReleaseId) -> PublicListOut:
    """Open to everybody once the producer has published it; until then there is nothing here."""
    return _public_out(publication.read_public_list(tools, release_id))


@public.get(
    "/releases/{release_id}/public-list.csv",
    operation_id="get_public_list_csv",
    summary="Read the published list of posts as CSV",
    response_class=Response,
    responses={200: {"description": "UTF-8 with its mark", "content": {"text/csv": _BODY}}, **PUBLIC_RESPONSES},
)
def get_public_list_csv(tools: ToolsHere, release_id: ReleaseId) -> Response:
    """Open to everybody once the producer has published it; until then there is nothing here."""
    content = as_csv(publication.read_public_list(tools, release_id))
    headers = {"Content-Disposition": 'attachment; filename="pre-release-access-list.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@public.get(
    "/releases/{release_id}/public-list.html",
    operation_id="get_public_list_html",
    summary="Read the published list of posts as a page",
    response_class=HTMLResponse,
    responses=PUBLIC_RESPONSES,
)
def get_public_list_html(tools: ToolsHere, release_id: ReleaseId) -> HTMLResponse:
    """Open to everybody once the producer has published it; until then there is nothing here."""
    return HTMLResponse(as_html(publication.read_public_list(tools, release_id)))


@public.get(
    "/releases/{release_id}/public-list.ods",
    operation_id="get_public_list_ods",
    summary="Read the published list of posts as ODS",
    response_class=Response,
    responses={200: {"description": "OpenDocument spreadsheet", "content": {ODS: _BODY}}, **PUBLIC_RESPONSES},
)
def get_public_list_ods(tools: ToolsHere, release_id: ReleaseId) -> Response:
    """Open to everybody once the producer has published it; until then there is nothing here."""
    published = publication.read_public_list(tools, release_id)
    content = tools.write_sheet(as_table(published), kind="ods", title="Pre-release access list")
    headers = {"Content-Disposition": 'attachment; filename="pre-release-access-list.ods"'}
    return Response(content, media_type=ODS, headers=headers)


@public.get(
    "/producers/{producer_id}/exceptional-grants.json",
    operation_id="get_exceptional_json",
    summary="Read a producer's exceptional grants and their reasons as JSON",
    tags=["publishing"],
    responses=PUBLIC_RESPONSES,
)
def get_exceptional_json(tools: ToolsHere, producer_id: ProducerId) -> ExceptionalListOut:
    """Open to everybody. A release stands here only once it, or its list of posts, is published."""
    shown = publication.read_exceptional(tools, producer_id)
    return ExceptionalListOut(results=[_exceptional_out(one) for one in shown])


@public.get(
    "/producers/{producer_id}/exceptional-grants.html",
    operation_id="get_exceptional_html",
    summary="Read a producer's exceptional grants and their reasons as a page",
    tags=["publishing"],
    response_class=HTMLResponse,
    responses=PUBLIC_RESPONSES,
)
def get_exceptional_html(tools: ToolsHere, producer_id: ProducerId) -> HTMLResponse:
    """Open to everybody. A release stands here only once it, or its list of posts, is published."""
    shown = [_exceptional_out(one) for one in publication.read_exceptional(tools, producer_id)]
    columns = (
        "Statistics",
        "Producer",
        "Time set for publication",
        "Post",
        "Organisation",
        "Access from",
        "Ground and reasons",
        "Published under",
    )
    rows = [
        (
            o.title,
            o.producer,
            o.publishes_at_london,
            o.post,
            o.organisation,
            o.access_from,
            o.reasons,
            o.source,
        )
        for o in shown
    ]
    said = ["Access beyond the ordinary rules is exceptional, and its reasons are published here."]
    table = TableShown(f"{len(rows)} exceptional grants", columns, rows)
    return HTMLResponse(page("Exceptional pre-release access", said, [table]))


def _exceptional_out(one: ExceptionalShown) -> ExceptionalOut:
    return ExceptionalOut(
        release_id=one.release.release_id,
        title=one.release.title,
        producer=one.release.producer.name,
        order=one.release.order,
        source=one.source,
        publishes_at=one.release.publishes_at,
        publishes_at_london=london_text(one.release.publishes_at),
        post=one.row.post,
        organisation=one.row.organisation,
        access_from=one.row.from_text,
        reasons=one.row.reasons,
    )


def _row_out(row: PublicRow) -> PublicRowOut:
    return PublicRowOut(
        post=row.post,
        organisation=row.organisation,
        count=row.count,
        access_from=row.from_text,
        exceptional=row.exceptional,
        reasons=row.reasons,
    )


def _public_out(published: PublishedList) -> PublicListOut:
    release = published.release
    return PublicListOut(
        release_id=release.release_id,
        title=release.title,
        producer=release.producer.name,
        publishes_at=release.publishes_at,
        publishes_at_london=london_text(release.publishes_at),
        list_version=published.list_version,
        list_published_at=published.published_at,
        sha256=published.sha256,
        rows=[_row_out(row) for row in published.rows],
    )
