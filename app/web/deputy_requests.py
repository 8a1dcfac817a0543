"""Who stands in for whom at one release, as its producer sees it: asked for, approved by a second person, declined."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import deputies, eligibility, people
from app.actions.lists import PREPARERS, GrantRow
from app.actions.releases import ReleaseView
from app.actions.tools import Actor, Tools
from app.api.deputies import DeputyApprovalIn, DeputyDecliningIn, DeputyId
from app.api.places import ReleaseId
from app.rules import deputies as rule
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, Refused, TooManyTries
from app.rules.facts import ReleaseState, Role
from app.rules.listlife import list_is_frozen
from app.rules.reasons import ReasonCode
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.deputies import proposal_of
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producing import staffed
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_STATES = {
    rule.DeputyState.ASKED: ("Waits for a decision", "govuk-tag--yellow"),
    rule.DeputyState.APPROVED: ("Approved", "govuk-tag--green"),
    rule.DeputyState.DECLINED: ("Declined", "govuk-tag--red"),
    rule.DeputyState.WITHDRAWN: ("Taken back", "govuk-tag--grey"),
}
_SHORTER = "Shorten this to 5,000 characters"
_WHY = "Say why, in up to 5,000 characters; the recipient is told"
_WHOM = "Choose for whom somebody is to stand in"


@router.get("/producer/releases/{release_id}/deputies")
def requests_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show who is asked to stand in for whom, and what became of it."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/deputies")
def ask(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Ask on behalf of a recipient."""
    view = staffed(tools, person, release_id)
    if not _prepares(person, view):
        raise NotFound("")
    try:
        proposal, own = _asked(form, _recipients(tools, person, view))

        def act(once: Tools) -> str:
            deputies.ask_for_deputy(once, person, release_id, proposal, for_person_id=own.grant.person_id)
            return f"/producer/releases/{release_id}/deputies"

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        faults = error.faults
    except Malformed as error:
        where = next((str(one["where"]).removeprefix("body.") for one in error.extra.get("errors", ())), "name")
        faults = {where: error.detail}
    except (Conflict, OutOfOrder, TooManyTries) as error:
        if error.code is Code.IDEMPOTENCY_KEY_REUSED:
            raise
        faults = {"for_grant": error.detail}
    return _shown(request, tools, person, release_id, form, faults)


@router.post("/producer/releases/{release_id}/deputies/{deputy_id}/approval")
def approve(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    deputy_id: DeputyId,
    form: FormHere,
) -> Response:
    """Approve a deputy, as a second person: they get a grant of their own, and the recipient's is paused."""
    _of_release(tools, person, release_id, deputy_id)
    override, considered = f"override-{deputy_id}", f"considered-{deputy_id}"
    sent = {"override_reason": form[override], "failures_considered": form[considered]}
    try:
        given = checked(DeputyApprovalIn, sent, {})
        deputies.approve_deputy(tools, person, deputy_id, **given.model_dump())
    except FaultyForm as error:
        names = {"override_reason": override, "failures_considered": considered}
        return _shown(request, tools, person, release_id, form, {names[name]: _SHORTER for name in error.faults})
    except Refused as error:
        return _shown(request, tools, person, release_id, form, _lacking(error, deputy_id))
    return go_to(f"/producer/releases/{release_id}/deputies")


@router.post("/producer/releases/{release_id}/deputies/{deputy_id}/refusal")
def decline(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    deputy_id: DeputyId,
    form: FormHere,
) -> Response:
    """Decline a deputy; the recipient's own access stays as it is."""
    _of_release(tools, person, release_id, deputy_id)
    try:
        given = checked(DeputyDecliningIn, {"reason": form[f"why-{deputy_id}"]}, {})
        deputies.decline_deputy(tools, person, deputy_id, reason=given.reason)
    except (FaultyForm, Malformed):
        return _shown(request, tools, person, release_id, form, {f"why-{deputy_id}": _WHY})
    return go_to(f"/producer/releases/{release_id}/deputies")


@router.post("/producer/releases/{release_id}/deputies/{deputy_id}/withdrawal")
def withdraw(
    tools: ToolsHere, person: PersonHere, release_id: ReleaseId, deputy_id: DeputyId, _form: FormHere
) -> Response:
    """Take a request back while it is not decided."""
    _of_release(tools, person, release_id, deputy_id)
    deputies.withdraw_deputy(tools, person, deputy_id)
    return go_to(f"/producer/releases/{release_id}/deputies")


def _of_release(tools: Tools, person: Actor, release_id: str, deputy_id: str) -> None:
    """Stop where a request is none of this release's, or this person has no role with its producer.

    Raises:
        NotFound: That is so.
    """
    staffed(tools, person, release_id)
    if deputies.read_deputy(tools, person, deputy_id).release_id != release_id:
        raise NotFound("")


def _asked(form: Form, recipients: list[GrantRow]) -> tuple[deputies.Proposal, GrantRow]:
    """Read for whom somebody is to stand in, and who that is; they come from the recipient's own organisation.

    Raises:
        FaultyForm: Something is missing, or cannot be read; by field.
    """
    own = next((one for one in recipients if one.grant.grant_id == form["for_grant"]), None)
    faults = {} if own is not None else {"for_grant": _WHOM}
    organisation = own.grant.organisation if own is not None else "-"
    try:
        proposal = proposal_of(Form({**form.fields, "organisation": organisation}))
    except FaultyForm as error:
        raise FaultyForm({**faults, **error.faults}) from None
    if own is None:
        raise FaultyForm(faults)
    return proposal, own


def _lacking(error: Refused, deputy_id: str) -> dict[str, str]:
    """Say beside which field each thing belongs that an approval lacks.

    Raises:
        Refused: It is refused for something else.
    """
    if error.code not in (Code.LIST_NOT_SOUND, Code.LIST_FROZEN):
        raise error
    fields = {ReasonCode.LIST_FROZEN: "override", ReasonCode.FAILURES_NOT_CONSIDERED: "considered"}
    faults: dict[str, str] = {}
    for reason in error.reasons:
        field = f"{fields.get(reason.code, 'approve')}-{deputy_id}"
        said = f"{reason.detail} {reason.remedy}"
        faults[field] = f"{faults[field]} {said}" if field in faults else said
    return faults


def _prepares(person: Actor, view: ReleaseView) -> bool:
    return person.has(view.row.organisation_id, *PREPARERS) and view.row.release.state not in _OVER


def _recipients(tools: Tools, person: Actor, view: ReleaseView) -> list[GrantRow]:
    """Give the grants on the list in force for whose holders somebody can stand in."""
    listed = eligibility.list_in_force(tools, person, view.row.release.release_id)
    named = [one for one in (listed.rows if listed else ()) if one.grant.person_id]
    return [one for one in named if rule.cannot_have_deputy(view.row.release, one.grant) is None]


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view = staffed(tools, person, release_id)
    asks = _prepares(person, view)
    decides = asks and person.has(view.row.organisation_id, Role.HEAD_OF_PROFESSION)
    shown: dict[str, Any] = {
        "release": view.row.release,
        "requests": deputies.list_deputies(tools, person, release_id),
        "states": _STATES,
        "asks": asks,
        "decides": decides,
        "recipients": _recipients(tools, person, view) if asks else [],
        "frozen": list_is_frozen(view.row.release, tools.clock.now()),
        "mine": (person.actor_id, person.person_id),
        "own_email": known.email.lower() if (known := people.me(tools, person).person) else "",
        "form": form,
        "faults": faults or {},
        "once": fresh_key(tools),
    }
    return page(request, "deputies.html", status=422 if faults else 200, **shown)
