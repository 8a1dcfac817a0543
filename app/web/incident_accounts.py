"""An incident as the log tells it: minute by minute on a page, and the entries that bear it out as a file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import exhibits, incident_accounts
from app.api.incident_schemas import IncidentId
from app.api.log_filters import After, cursor_of, place_in_log
from app.api.timelines import picture
from app.rules.account import LINES_LIMIT
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.shell import archive_response, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

LINES_ON_A_PAGE = 60


@router.get("/producer/incidents/{incident_id}/account")
def account_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    incident_id: IncidentId,
    after: After = None,
) -> Response:
    """Show an incident minute by minute, from the log; so many lines to a page."""
    told = incident_accounts.read_account_page(
        tools, person, incident_id, after=place_in_log(after), limit=LINES_ON_A_PAGE
    )
    more = cursor_of(told.next_after) if told.next_after else None
    return page(
        request,
        "incident_account.html",
        card=told.card,
        told=told,
        is_first=after is None,
        next=more,
        limit=LINES_LIMIT,
    )


@router.get("/producer/incidents/{incident_id}/exhibits")
def exhibits_file(tools: ToolsHere, person: PersonHere, incident_id: IncidentId) -> Response:
    """Give the entries that bear the account out, each with the proof that the log holds it."""
    content = exhibits.archive(tools, person, incident_id, picture)
    return archive_response(content, f"exhibits-{incident_id}.zip")
