"""A producer's statistics on a page: charts, the tables behind them, and the sheets to take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from app.actions import statistics
from app.api import drawings
from app.api.duties import ProducerId
from app.api.statistics import paragraphs_of, tables_of, title_of
from app.rules import periods
from app.rules.charts import charts_of
from app.rules.errors import NotFound
from app.rules.facts import london_date
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_YEARS_SHOWN = 5


@router.get("/producer/statistics")
def producers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show the producers whose statistics this person may see."""
    found = statistics.producers_to_count(tools, person)
    if not found:
        raise NotFound("")
    return page(request, "statistics_of.html", producers=found)


@router.get("/producer/statistics/{producer_id}")
def statistics_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    financial: Annotated[bool, Query()] = False,
    series_id: Annotated[str, Query(pattern=r"^(ser_[0-9a-f]{24})?$")] = "",
) -> Response:
    """Show the statistics of one year, this one unless another is asked for."""
    today = london_date(tools.clock.now())
    asked = year or (today.year - 1 if financial and today.month < 4 else today.year)
    period = periods.asked_for(asked, financial, None, None)
    found = statistics.read_statistics(tools, person, producer_id, period, series_id=series_id or None)
    # The charts' every text is escaped where they are written; nothing else goes into them.
    charts = [
        (one.title, Markup(drawings.written(one, f"chart-{place}")))  # noqa: S704  # deliberate: see above
        for place, one in enumerate(charts_of(found.told), 1)
    ]
    return page(
        request,
        "statistics.html",
        found=found,
        heading=title_of(found),
        paragraphs=paragraphs_of(found),
        charts=charts,
        tables=tables_of(found),
        year=asked,
        years=range(today.year, today.year - _YEARS_SHOWN, -1),
        financial=financial,
    )
