"""The list of statistics with access before publication: looked at, published, and from then on open to everybody."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field

from app.actions import annual_lists
from app.actions.annual_lists import AnnualList
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.people import Day
from app.api.places import AnnualListId
from app.api.public_answers import PUBLIC_RESPONSES, PublicRoute
from app.api.public_pages import ODS, TableShown, page
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out
from app.rules.annual import CLAUSES
from app.rules.facts import Order

router = APIRouter(prefix="/api/v1", tags=["publishing"])
public = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=PublicRoute)

_BODY = {"schema": {"type": "string", "format": "binary"}}
_COLUMNS = ("Statistic", "Releases", "First published", "Last published")
_NAMES = {
    Order.UK: "the United Kingdom",
    Order.SCOTLAND: "Scotland",
    Order.WALES: "Wales",
    Order.NORTHERN_IRELAND: "Northern Ireland",
}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class AnnualListIn(In):
    """The period, both days included, and the Order whose statistics are listed."""

    order: Order = Field(strict=False, examples=["uk"])
    from_on: Day = Field(examples=["2026-01-01"])
    to_on: Day = Field(examples=["2026-12-31"])


class AnnualRowOut(Out):
    """A statistic to which access was granted: a series, or a release that belongs to none."""

    statistic: str = Field(examples=["Claimant count"])
    releases: int = Field(examples=[12])
    first_on: date = Field(examples=["2026-01-13"])
    last_on: date = Field(examples=["2026-12-15"])


class AnnualListOut(Out):
    """An annual list, as it was published or as it would be."""

    annual_list_id: str | None = Field(
        description="Null while not published.", examples=["ann_1f2e3d4c5b6a79880716253a"]
    )
    producer_id: str = Field(examples=["prd_3e4f5a6b7c8d9e0f1a2b3c4d"])
    producer: str = Field(examples=["Office for Example Statistics"])
    order: Order
    source: str = Field(description="The clause that asks for it; empty where none does.", examples=[CLAUSES[Order.UK]])
    from_on: date = Field(examples=["2026-01-01"])
    to_on: date = Field(examples=["2026-12-31"])
    dated_on: date = Field(description="The date the list bears.", examples=["2027-01-01"])
    sha256: str = Field(
        description="Of the rows as canonical JSON.",
        examples=["b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"],
    )
    published_at: Moment | None = Field(examples=["2027-01-04T09:30:00.000Z"])
    rows: list[AnnualRowOut]


class AnnualListsOut(Out):
    """Every annual list of a producer, the newest first."""

    results: list[AnnualListOut]


@router.get(
    "/producers/{producer_id}/annual-list",
    operation_id="preview_annual_list",
    summary="See what the annual list would be",
    responses=_answers(403),
)
def preview_annual_list(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    order: Annotated[Order, Query(description="The Order whose statistics are listed.")],
    from_on: Annotated[Day, Query(alias="from", description="First day covered.")],
    to_on: Annotated[Day, Query(alias="to", description="Last day covered.")],
) -> AnnualListOut:
    """Computed, never typed. For those who prepare releases and for auditors."""
    found = annual_lists.preview_annual_list(tools, actor, producer_id, order=order, from_on=from_on, to_on=to_on)
    return _out(found)


@router.post(
    "/producers/{producer_id}/annual-lists",
    operation_id="publish_annual_list",
    summary="Publish the annual list",
    status_code=201,
    response_model=AnnualListOut,
    responses=_answers(403, 409),
)
def publish_annual_list(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: AnnualListIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For the head of profession, once the period has ended. Everybody can read it from then on."""

    def act(once: Tools) -> AnnualListOut:
        made = annual_lists.publish_annual_list(
            once, actor, producer_id, order=body.order, from_on=body.from_on, to_on=body.to_on
        )
        return _out(made)

    return create_once(request, tools, actor, key, body, act)


@public.get(
    "/producers/{producer_id}/annual-lists",
    operation_id="list_annual_lists",
    summary="See every annual list a producer has published",
    responses=PUBLIC_RESPONSES,
)
def list_annual_lists(tools: ToolsHere, producer_id: ProducerId) -> AnnualListsOut:
    """Open to everybody. Until the first is published there is nothing here."""
    return AnnualListsOut(results=[_out(found) for found in annual_lists.list_annual_lists(tools, producer_id)])


@public.get(
    "/annual-lists/{annual_list_id}.json",
    operation_id="get_annual_list_json",
    summary="Read a published annual list as JSON",
    responses=PUBLIC_RESPONSES,
)
def get_annual_list_json(tools: ToolsHere, annual_list_id: AnnualListId) -> AnnualListOut:
    """Open to everybody, as it was published."""
    return _out(annual_lists.read_annual_list(tools, annual_list_id))


@public.get(
    "/annual-lists/{annual_list_id}.csv",
    operation_id="get_annual_list_csv",
    summary="Read a published annual list as CSV",
    response_class=Response,
    responses={200: {"description": "UTF-8 with its mark", "content": {"text/csv": _BODY}}, **PUBLIC_RESPONSES},
)
def get_annual_list_csv(tools: ToolsHere, annual_list_id: AnnualListId) -> Response:
    """Open to everybody, as it was published."""
    found = annual_lists.read_annual_list(tools, annual_list_id)
    content = tools.write_sheet(_sheet(found), kind="csv", title=_title(found))
    headers = {"Content-Disposition": 'attachment; filename="statistics-with-access.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@public.get(
    "/annual-lists/{annual_list_id}.ods",
    operation_id="get_annual_list_ods",
    summary="Read a published annual list as ODS",
    response_class=Response,
    responses={200: {"description": "OpenDocument spreadsheet", "content": {ODS: _BODY}}, **PUBLIC_RESPONSES},
)
def get_annual_list_ods(tools: ToolsHere, annual_list_id: AnnualListId) -> Response:
    """Open to everybody, as it was published."""
    found = annual_lists.read_annual_list(tools, annual_list_id)
    content = tools.write_sheet(_sheet(found), kind="ods", title=_title(found))
    headers = {"Content-Disposition": 'attachment; filename="statistics-with-access.ods"'}
    return Response(content, media_type=ODS, headers=headers)


@public.get(
    "/annual-lists/{annual_list_id}.html",
    operation_id="get_annual_list_html",
    summary="Read a published annual list as a page",
    response_class=HTMLResponse,
    responses=PUBLIC_RESPONSES,
)
def get_annual_list_html(tools: ToolsHere, annual_list_id: AnnualListId) -> HTMLResponse:
    """Open to everybody, as it was published."""
    found = annual_lists.read_annual_list(tools, annual_list_id)
    said = [
        f"{found.producer_name} gave access before publication to these statistics for {_NAMES[found.order]}.",
        f"From {_day(found.from_on)} to {_day(found.to_on)}. List of {_day(found.dated_on)}.",
    ]
    rows = [[r.statistic, str(r.releases), _day(r.first_on), _day(r.last_on)] for r in found.rows]
    return HTMLResponse(page(_title(found), said, [TableShown(f"{len(rows)} statistics", _COLUMNS, rows)]))


def _title(found: AnnualList) -> str:
    return f"Statistics with pre-release access: {found.producer_name}"


def _sheet(found: AnnualList) -> list[list[str | int | date | None]]:
    rows: list[list[str | int | date | None]] = [list(_COLUMNS)]
    rows += [[row.statistic, row.releases, row.first_on, row.last_on] for row in found.rows]
    return rows


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _out(found: AnnualList) -> AnnualListOut:
    return AnnualListOut(
        annual_list_id=found.annual_list_id,
        producer_id=found.producer_id,
        producer=found.producer_name,
        order=found.order,
        source=CLAUSES.get(found.order, ""),
        from_on=found.from_on,
        to_on=found.to_on,
        dated_on=found.dated_on,
        sha256=found.sha256,
        published_at=found.published_at,
        rows=[
            AnnualRowOut(statistic=r.statistic, releases=r.releases, first_on=r.first_on, last_on=r.last_on)
            for r in found.rows
        ],
    )
