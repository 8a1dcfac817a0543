"""While I am away: asking that a colleague stand in for one release, and taking it back."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import deputies, releases
from app.actions.deputies import Proposal
from app.actions.tools import Actor, Tools
from app.api.deputies import DeputyId, DeputyIn
from app.api.places import ReleaseId
from app.rules.errors import Malformed
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {
    "name": to_translate("Enter your colleague's name"),
    "email": to_translate("Enter their own work e-mail address"),
    "post_title": to_translate("Enter the post that they hold themselves"),
    "organisation": to_translate("Enter your own organisation, as it stands on the list"),
    "held_from_on": to_translate("Enter the day on which they began in that post, like 5 1 2026"),
    "reason": to_translate("Say why somebody is to stand in"),
}
_FIELDS = ("name", "email", "post_title", "organisation", "reason")


@router.get("/releases/{release_id}/deputy")
def deputy_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show who was asked to stand in for this person, and ask for somebody."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/releases/{release_id}/deputy")
def ask_for_deputy(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere
) -> Response:
    """Ask. The head of profession decides; nothing changes before."""
    try:
        deputies.ask_for_deputy(tools, person, release_id, proposal_of(form))
    except FaultyForm as error:
        return _shown(request, tools, person, release_id, form, faults=error.faults)
    except Malformed as error:
        field = next((str(fault["where"]).removeprefix("body.") for fault in error.extra.get("errors", ())), "name")
        return _shown(request, tools, person, release_id, form, faults={field: error.detail})
    return go_to(f"/releases/{release_id}/deputy")


@router.post("/deputies/{deputy_id}/withdrawal")
def withdraw(tools: ToolsHere, person: PersonHere, deputy_id: DeputyId, _form: FormHere) -> Response:
    """Take a request back while it is not decided."""
    row = deputies.read_deputy(tools, person, deputy_id)
    deputies.withdraw_deputy(tools, person, deputy_id)
    return go_to(f"/releases/{row.release_id}/deputy")


def proposal_of(form: Form) -> Proposal:
    """Read who is to stand in, and why.

    Raises:
        FaultyForm: Something is missing, or cannot be read; by field.
    """
    sent: dict[str, object] = {name: form[name] for name in _FIELDS}
    faults = {name: _WORDS[name] for name in _FIELDS if not form[name]}
    try:
        day = (form[f"held_from_on-{part}"] for part in ("year", "month", "day"))
        sent["held_from_on"] = date(*(int(part) for part in day)).isoformat()
    except (ValueError, OverflowError):
        faults["held_from_on"] = _WORDS["held_from_on"]
    if faults:
        raise FaultyForm(faults)
    given = checked(DeputyIn, sent, _WORDS)
    return Proposal(**{name: getattr(given, name) for name in (*_FIELDS, "held_from_on")})


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    view = releases.read_release(tools, person, release_id)
    asked = [row for row in deputies.list_deputies(tools, person, release_id) if row.for_person_id == person.person_id]
    shown = {"view": view, "release": view.row.release, "asked": asked, "form": form, "faults": faults or {}}
    return page(request, "deputy.html", status=422 if faults else 200, **shown)
