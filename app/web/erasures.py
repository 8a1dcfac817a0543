"""Personal details: asking that one's own be erased, and what administrators do about it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import erasing, forgetting, people
from app.actions.tools import Actor, Tools
from app.api.people import PersonId
from app.api.places import ErasureId
from app.rules.errors import Conflict
from app.rules.facts import Role
from app.rules.retention import DAYS_TO_APPROVE, LEAST_YEARS
from app.web.asking import FormHere, PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

STATES = {
    "asked": ("Waits for an administrator", "govuk-tag--yellow"),
    "taken_up": ("Proposed by an administrator", "govuk-tag--grey"),
    "refused": ("Refused for now", "govuk-tag--red"),
    "proposed": ("Waits for a second person", "govuk-tag--yellow"),
    "withdrawn": ("Withdrawn", "govuk-tag--grey"),
    "lapsed": ("Lapsed: nobody approved it", "govuk-tag--grey"),
    "done": ("Erased", "govuk-tag--green"),
}


@router.get("/account/details")
def details_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show what is known of this person, and what became of asking that it be erased."""
    return _details(request, tools, person)


@router.post("/account/details/erasures")
def ask(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Ask that one's own details be erased."""
    if not form.ticked("sure"):
        return _details(request, tools, person, {"sure": "Tick the box if that is what you want"})
    try:
        forgetting.ask_for_erasure(tools, person)
    except Conflict as error:
        return _details(request, tools, person, {"sure": error.detail})
    return go_to("/account/details")


@router.post("/account/details/erasures/{erasure_id}/withdrawal")
def take_back(tools: ToolsHere, person: PersonHere, erasure_id: ErasureId, _form: FormHere) -> Response:
    """Take back what one asked for."""
    forgetting.withdraw_asked(tools, person, erasure_id)
    return go_to("/account/details")


@router.get("/admin/erasures")
def erasures_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show whose details are to be erased, what must be kept, and what was done."""
    found = forgetting.see_erasures(tools, person)
    return page(
        request,
        "admin_erasures.html",
        waiting=[one for one in found if one.row.state in ("asked", "proposed")],
        decided=[one for one in found if one.row.state not in ("asked", "proposed", "taken_up")],
        administers=person.has(None, Role.ADMINISTRATOR),
        states=STATES,
        days=DAYS_TO_APPROVE,
    )


@router.post("/admin/erasures/{erasure_id}/refusal")
def refuse(tools: ToolsHere, person: PersonHere, erasure_id: ErasureId, _form: FormHere) -> Response:
    """Refuse what must be kept; the person is told the clause and the day."""
    forgetting.refuse_erasure(tools, person, erasure_id)
    return go_to("/admin/erasures")


@router.post("/admin/erasures/{erasure_id}/approval")
def approve(tools: ToolsHere, person: PersonHere, erasure_id: ErasureId, _form: FormHere) -> Response:
    """Approve, as the second person, and erase."""
    erasing.approve_erasure(tools, person, erasure_id)
    return go_to("/admin/erasures")


@router.post("/admin/erasures/{erasure_id}/withdrawal")
def withdraw(tools: ToolsHere, person: PersonHere, erasure_id: ErasureId, _form: FormHere) -> Response:
    """Withdraw a proposal."""
    erasing.withdraw_erasure(tools, person, erasure_id)
    return go_to("/admin/erasures")


@router.post("/admin/people/{person_id}/erasure")
def propose(tools: ToolsHere, person: PersonHere, person_id: PersonId, form: FormHere) -> Response:
    """Propose that somebody's details be erased, because they asked for it."""
    # Words are kept for good, so that none are asked for here: they could name somebody.
    how = {"here": forgetting.ASKED_FOR, "letter": "Asked for by the person themselves, in writing."}
    erasing.propose_person_erasure(tools, person, person_id, reason=how.get(form["how"], ""))
    return go_to("/admin/erasures")


def _details(request: Request, tools: Tools, person: Actor, faults: dict[str, str] | None = None) -> Response:
    found = forgetting.own_erasures(tools, person)
    return page(
        request,
        "own_details.html",
        status=422 if faults else 200,
        known=people.me(tools, person),
        found=[one for one in found if one.state != "taken_up"],
        waits=any(one.state in ("asked", "proposed") for one in found),
        states=STATES,
        years=LEAST_YEARS,
        faults=faults or {},
    )
