"""What the service holds about somebody: what they opened and signed, what they were refused, what binds them."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.actions import auditing, openings, own_suspensions, people, registers, signatures, training
from app.api.log_filters import cursor_of, place_in_log
from app.api.places import place_of, read_place
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
After = Annotated[str | None, Query(max_length=200)]
EntryId = Annotated[str, Path(pattern=r"^ent_[0-9a-f]{24}$")]


@router.get("/account")
def account_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show who this person is here, and what there is to look at."""
    return page(
        request,
        "account.html",
        known=people.me(tools, person),
        suspended=own_suspensions.own_suspensions(tools, person),
        trained=training.own_training(tools, person),
        to_accept=registers.waits_for_own_acceptance(tools, person),
    )


@router.get("/account/openings")
def openings_page(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show everything they opened, newest first."""
    found = openings.my_openings(tools, person, after=read_place(after), limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    more = place_of(shown[-1].opened_at, shown[-1].opening_id) if len(found) > ON_A_PAGE else None
    return page(request, "opened.html", openings=shown, next=more)


@router.get("/account/declarations")
def declarations_page(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show everything they signed, newest first, and how it stands now."""
    found = signatures.my_declarations(tools, person, after=read_place(after), limit=ON_A_PAGE + 1)
    shown, more = found[:ON_A_PAGE], None
    if len(found) > ON_A_PAGE:
        last = shown[-1].row.declaration
        more = place_of(last.signed_at, last.declaration_id)
    return page(request, "declared.html", told=shown, next=more)


@router.get("/account/log")
def log_page(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show what the log holds about them, oldest first."""
    found = auditing.my_entries(tools, person, after=place_in_log(after), limit=ON_A_PAGE)
    more = cursor_of(found.next_after) if found.next_after else None
    return page(request, "log.html", entries=found.entries, next=more)


@router.get("/account/log/{entry_id}/receipt")
def entry_receipt(tools: ToolsHere, person: PersonHere, entry_id: EntryId) -> Response:
    """Give the entry with its proof, as a file to keep."""
    text = json.dumps(auditing.receipt(tools, person, entry_id), indent=1)
    named = {"Content-Disposition": f'attachment; filename="receipt-{entry_id}.json"', "Cache-Control": "no-store"}
    return Response(text, media_type="application/json", headers=named)
