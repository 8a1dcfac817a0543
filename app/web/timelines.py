"""The timeline of a window on a page: the picture in parts that fit on paper, and the tables behind it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from app.actions import timelines
from app.api import drawings
from app.api.places import ReleaseId
from app.api.timelines import HAPPENED_HEADS, happened_cells
from app.rules import timelinelayout
from app.rules.timelinewords import described, heading, table_of
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.producing import staffed
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/producer/releases/{release_id}/timeline")
def timeline_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    names: Annotated[bool, Query()] = False,
) -> Response:
    """Show who opened what within which window, and what happened to the release meanwhile."""
    view = staffed(tools, person, release_id)
    told = timelines.read_timeline(tools, person, release_id, fmt="page", with_names=names)
    # The pictures' every text is escaped where they are written; nothing else goes into them.
    shown = [
        Markup(drawings.written(one, f"timeline-{place}"))  # noqa: S704  # deliberate: see above
        for place, one in enumerate(timelinelayout.pages(told), 1)
    ]
    heads, rows = table_of(told)
    return page(
        request,
        "timeline.html",
        release=view.row.release,
        heading=heading(told),
        described=described(told),
        pictures=shown,
        names=names,
        heads=heads,
        rows=rows,
        happened_heads=HAPPENED_HEADS,
        happened=happened_cells(told),
    )
