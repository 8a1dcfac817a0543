"""What is to be done because of an incident, on a page: added, said done, confirmed by a second person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import breaches, correcting
from app.actions.tools import Actor, Tools
from app.api.corrective_actions import ActionConfirmationIn, ActionEndIn, ActionIn
from app.api.incident_schemas import IncidentId
from app.rules.errors import Malformed
from app.rules.incidents import ENDED
from app.rules.reinstatement import may_confirm
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.incidents import decides, involves
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ActionId = Annotated[str, Path(pattern=r"^cac_[0-9a-f]{24}$")]
_DAY = "due_on-day"
_WORDS = {
    "what": "Say what is to be done, in up to 300 characters",
    "owner": "Name the post that does it",
    "owner_id": "Choose one of the people named, or nobody",
    "due_on": "Enter the day by which it is to be done, like 30 6 2026",
    "long_term": "Choose whether it changes something for good",
    "how": "Say how, in up to 5,000 characters",
    "outcome": "Choose what became of it",
}


@router.get("/producer/incidents/{incident_id}/actions")
def actions_page(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId) -> Response:
    """Show what is to be done, the first due first."""
    return _actions(request, tools, person, incident_id, Form())


@router.post("/producer/incidents/{incident_id}/actions")
def add(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Put on record what is to be done."""
    sent: dict[str, object] = {name: form[name] for name in ("what", "owner")}
    sent["owner_id"] = form["owner_id"] or None
    sent["long_term"] = {"yes": True, "no": False}.get(form["long_term"], form["long_term"])
    try:
        sent["due_on"] = typed_day(form, "due_on")
    except ValueError:
        sent["due_on"] = ""  # the check refuses it beside its field
    try:
        given = checked(ActionIn, sent, _WORDS)
        correcting.add_action(
            tools,
            person,
            incident_id,
            what=given.what,
            owner=given.owner,
            due_on=given.due_on,
            long_term=given.long_term,
            owner_id=given.owner_id,
        )
    except FaultyForm as error:
        faults = {_DAY if name == "due_on" else name: error.faults[name] for name in _WORDS if name in error.faults}
        return _actions(request, tools, person, incident_id, form, faults=faults)
    except Malformed as error:
        named = [str(one["where"]).removeprefix("body.") for one in error.extra.get("errors", [])]
        field = _DAY if "past" in error.detail or named[:1] == ["due_on"] else next(iter(named), "what")
        return _actions(request, tools, person, incident_id, form, faults={field: error.detail})
    return go_to(f"/producer/incidents/{incident_id}/actions")


@router.post("/producer/incidents/{incident_id}/actions/{action_id}/end")
def end(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    incident_id: IncidentId,
    action_id: ActionId,
    form: FormHere,
) -> Response:
    """Put on record that something was done, or is not to be done any more."""
    field = f"how-{action_id}"
    try:
        given = checked(ActionEndIn, {"outcome": form["outcome"], "how": form[field]}, _WORDS)
        correcting.end_action(tools, person, action_id, dropped=given.outcome == "dropped", how=given.how)
    except FaultyForm as error:
        faults = {field: next(iter(error.faults.values()))}
        return _actions(request, tools, person, incident_id, form, faults=faults)
    except Malformed as error:
        return _actions(request, tools, person, incident_id, form, faults={field: error.detail})
    return go_to(f"/producer/incidents/{incident_id}/actions")


@router.post("/producer/incidents/{incident_id}/actions/{action_id}/confirmation")
def confirm(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    incident_id: IncidentId,
    action_id: ActionId,
    form: FormHere,
) -> Response:
    """Confirm, as a second person, that something is done."""
    field = f"how-{action_id}"
    try:
        given = checked(ActionConfirmationIn, {"how": form[field]}, _WORDS)
        correcting.confirm_action(tools, person, action_id, how=given.how)
    except FaultyForm as error:
        return _actions(request, tools, person, incident_id, form, faults={field: error.faults["how"]})
    except Malformed as error:
        return _actions(request, tools, person, incident_id, form, faults={field: error.detail})
    return go_to(f"/producer/incidents/{incident_id}/actions")


def _actions(
    request: Request,
    tools: Tools,
    person: Actor,
    incident_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    card = breaches.get_incident(tools, person, incident_id)
    found, today = correcting.list_actions(tools, person, incident_id)
    may_add = decides(person, card) and card.state not in ENDED
    return page(
        request,
        "incident_actions.html",
        status=422 if faults else 200,
        card=card,
        found=found,
        today=today,
        may_add=may_add,
        owners=correcting.possible_owners(tools, person, incident_id) if may_add else (),
        may_end=decides(person, card) and not involves(person, card),
        second={one.corrective_action_id for one in found if may_confirm(one, person.actor_id)},
        form=form,
        faults=faults or {},
    )
