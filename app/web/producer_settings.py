"""What a producer sets for all its releases: one page that leads to each, and what the pages behind it share."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import calendar, producer_settings, retention
from app.api.organisations import ProducerId
from app.rules.errors import NotFound
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Done = Annotated[str, Query(max_length=30)]
"""What was done just now, as the address says it to which a page leads afterwards."""


@router.get("/producer/settings")
def producers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show whose settings this person may see; where it is one producer, show those."""
    found = calendar.list_calendars(tools, person)
    if not found:
        raise NotFound("")
    if len(found) == 1:
        return go_to(f"/producer/settings/{found[0][0]}")
    return page(request, "producer_settings_of.html", producers=found)


@router.get("/producer/settings/{producer_id}")
def settings_page(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId) -> Response:
    """Show what a producer sets for all its releases, and what of it waits for a second person."""
    view = producer_settings.see_settings(tools, person, producer_id)
    return page(
        request,
        "producer_settings.html",
        view=view,
        keeps=person.has(view.producer.organisation_id, *retention.READING),
    )
