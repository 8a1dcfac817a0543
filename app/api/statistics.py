"""A producer's statistics of a period: as JSON, as a sheet to take away, or as a page with charts and tables."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict, Field

from app.actions import statistics
from app.actions.statistics import NEVER_IN, Told
from app.api import drawings
from app.api.asking import ActorHere, ToolsHere
from app.api.duties import ProducerId
from app.api.public_pages import TableShown, page
from app.api.schemas import PROBLEM_RESPONSES, MomentOut, Out
from app.api.series import SeriesId
from app.api.sheets import MEDIA_TYPES, SHEETS
from app.rules import periods
from app.rules.charts import charts_of
from app.rules.facts import london_text
from app.rules.figures import Figure, Sort
from app.rules.statisticswords import sheet_of, title

router = APIRouter(prefix="/api/v1", tags=["audit"])

PART_HEADINGS = ("Part", "Releases with recipients", "Recipients, mean", "Opened, mean")
SHOWN_HEADINGS = ("Figure", "Value", "Cases", "Left out")
_EXAMPLE: dict[str, Any] = {
    "section": "reading",
    "key": "opened.share",
    "words": "Recipients who opened something",
    "sort": "share",
    "value": 18,
    "of": 24,
    "share": 0.75,
    "unit": "",
    "left_out": 0,
}


class FigureOut(Out):
    """One figure. What it counts and what it leaves out stands in the manual, by its key."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    section: str
    key: str
    words: str
    sort: Sort
    value: float | None = Field(description="Null where there are no cases, as apart from 0.")
    of: float | None = Field(description="Of a share what it is a share of; of a mean and the like how many cases.")
    share: float | None = Field(description="Value over `of`; null where that is 0, and where it is no share.")
    unit: str
    left_out: int = Field(description="How many could not be counted, for want of what it is counted from.")


class PartOut(Out):
    """One month of the period, or one year of a long one."""

    words: str = Field(examples=["March 2026"])
    releases: int = Field(description="Releases with recipients.", examples=[4])
    listed: float | None = Field(description="Recipients on average; null without a release.", examples=[24.5])
    opened: float | None = Field(description="How many of them opened something.", examples=[18.0])


class StatisticsOut(Out):
    """The statistics of one producer, or of one of its series, over one period. Counts only; nobody is named."""

    producer: str = Field(examples=["Office for Example Statistics"])
    series: str | None = Field(examples=[None])
    from_on: date = Field(examples=["2026-01-01"])
    until_on: date = Field(examples=["2026-12-31"])
    at: MomentOut = Field(description="As of when.")
    figures: list[FigureOut]
    parts: list[PartOut]


@router.get(
    "/producers/{producer_id}/statistics",
    operation_id="get_statistics",
    summary="Statistics of a period: lists, reading, grants, publication, incidents, records",
    response_class=Response,
    responses={
        200: {
            "model": StatisticsOut,
            "description": "The figures, as JSON, CSV, XLSX, ODS or HTML with charts",
            "content": {**SHEETS, "text/html": {"schema": {"type": "string"}}},
        },
        **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 422, 500, 503)},
    },
)
def get_statistics(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="The year; of a financial one, its first.")] = None,
    financial: Annotated[bool, Query(description="The financial year from 1 April, not the calendar year.")] = False,
    from_on: Annotated[date | None, Query(description="First London day, in place of a year.")] = None,
    until_on: Annotated[date | None, Query(description="Last London day.")] = None,
    series_id: Annotated[SeriesId | None, Query(description="Of this series alone.")] = None,
    never_in: Annotated[int, Query(ge=1, le=100, description="Listed so often to count as never opening.")] = NEVER_IN,
    fmt: Annotated[Literal["json", "csv", "xlsx", "ods", "html"], Query(alias="format")] = "json",
) -> Response:
    """For those who prepare releases and for auditors. Counts only; small numbers are not suppressed."""
    period = periods.asked_for(year, financial, from_on, until_on)
    found = statistics.read_statistics(tools, actor, producer_id, period, series_id=series_id, never_in=never_in)
    headers = {"Cache-Control": "no-store"}
    if fmt == "json":
        return JSONResponse(_out(found).model_dump(mode="json"), 200, headers)
    if fmt == "html":
        return Response(_page(found), 200, headers, "text/html; charset=utf-8")
    sheet = sheet_of(found.told, found.producer_name, found.series.get(found.series_id or ""))
    content = tools.write_sheet(sheet, kind=fmt, title="Statistics")
    headers["Content-Disposition"] = f'attachment; filename="statistics.{fmt}"'
    return Response(content, 200, headers, MEDIA_TYPES[fmt] + ("; charset=utf-8" if fmt == "csv" else ""))


def title_of(found: Told) -> str:
    """Give what the statistics are of, in a line."""
    return title(found.told, found.producer_name, found.series.get(found.series_id or ""))


def paragraphs_of(found: Told) -> list[str]:
    """Give what stands above the figures."""
    counted = (
        "Releases count by the day set for them, once that has passed; rehearsals and what was cancelled or postponed"
    )
    apart = "“No cases” is not 0: there was nothing to count. “Left out” is what could not be counted."
    return [
        f"As of {london_text(found.told.at)}. {counted} do not. Nobody is named.",
        f"{apart} Numbers are small and are not suppressed: do not publish them as they are.",
    ]


def tables_of(found: Told) -> list[TableShown]:
    """Give the tables of a page: the course of the period, then the figures section by section."""
    told = found.told
    course = [[one.words, str(one.releases), _or_none(one.listed), _or_none(one.opened)] for one in told.parts]
    sections = dict.fromkeys(one.section for one in told.figures)
    return [
        TableShown("The course of the period", PART_HEADINGS, course),
        *(
            TableShown(name.capitalize(), SHOWN_HEADINGS, [_shown(one) for one in told.figures if one.section == name])
            for name in sections
        ),
    ]


def _shown(one: Figure) -> list[str]:
    cases = "" if one.of is None else f"{one.of:g}"
    return [one.words, one.shown, cases, str(one.left_out) if one.left_out else ""]


def _or_none(value: float | None) -> str:
    return "no cases" if value is None else f"{value:g}"


def _page(found: Told) -> str:
    pictures = [drawings.written(one, f"chart-{place}") for place, one in enumerate(charts_of(found.told), 1)]
    return page(title_of(found), paragraphs_of(found), tables_of(found), pictures=pictures)


def _out(found: Told) -> StatisticsOut:
    told = found.told
    return StatisticsOut(
        producer=found.producer_name,
        series=found.series.get(found.series_id or ""),
        from_on=told.period.from_on,
        until_on=told.period.until_on,
        at=told.at,
        figures=[FigureOut(**_members(one), share=one.share) for one in told.figures],
        parts=[PartOut(**_members(one)) for one in told.parts],
    )


def _members(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__slots__}
