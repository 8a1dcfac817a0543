"""The register of production access of a release: who works on the figures, and the restriction that binds them.

Proposed here, accepted by the person or in writing, permitted by a second person, ended, and taken away as a sheet.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import production, registers
from app.actions.importing import SheetKind
from app.actions.production import DECIDING
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.api.production import ProductionAccessId, ProductionAccessIn, ProductionEndIn, WrittenAcceptanceIn
from app.api.sheets import MEDIA_TYPES
from app.rules.errors import Conflict, Malformed, OutOfOrder
from app.rules.facts import PRODUCING, ReleaseState
from app.rules.production import ProductionState, Purpose
from app.web.addressed import whoever_has
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, sent_day
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producing import revision_of, staffed, staffed_by
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
STATES = {
    ProductionState.PROPOSED: ("Restriction not accepted yet", "govuk-tag--yellow"),
    ProductionState.ACCEPTED: ("Not permitted yet", "govuk-tag--yellow"),
    ProductionState.PERMITTED: ("Permitted", "govuk-tag--green"),
    ProductionState.ENDED: ("Ended", "govuk-tag--grey"),
}
PURPOSES = {
    Purpose.PRODUCTION: "Producing the statistics and their publication",
    Purpose.QUALITY_ASSURANCE: "Assuring their quality",
    Purpose.PUBLISHING: "Publishing them, electronically or in print",
    Purpose.OPERATIONAL: "Running what their production rests on",
}
_WORDS = {
    "purpose": "Choose for what they have the figures",
    "why": "Say what they do for this release, in up to 5,000 characters",
    "from_on": "Enter the first day, like 2 3 2026",
    "until_on": "Enter the last day, like 9 3 2026, or leave it empty",
    "how": "Say how it was accepted and where the writing is kept, on one line of up to 200 characters",
    "reason": "Say why it ends, in up to 5,000 characters",
}
_AS_IT_STANDS = "This cannot be done to it as it stands now, which is shown here. Nothing was done."
_FIELDS = {"from_on": "from_on-day", "until_on": "until_on-day"}


@router.get("/producer/releases/{release_id}/production-access")
def register_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    after: Annotated[ProductionAccessId | None, Query()] = None,
) -> Response:
    """Show the register of a release, and propose somebody for it."""
    return _register(request, tools, person, release_id, Form(), after=after)


@router.post("/producer/releases/{release_id}/production-access")
def propose(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Propose somebody."""
    staffed_by(tools, person, release_id, *PRODUCING)
    try:
        given = _proposal(form)

        def act(once: Tools) -> str:
            said = given.model_dump(include={"why", "from_on", "until_on"})
            production.demand_proposable(once, person, release_id, **said)
            said = given.model_dump(exclude={"person_id"})
            who = whoever_has(tools, person, form)  # with tools that leave the form's key to the proposal
            made = production.propose_access(once, person, release_id, person_id=who, **said)
            return _place(release_id, made.row.production_access_id)

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        faults = {_FIELDS.get(name, name): said for name, said in error.faults.items()}
    except Malformed as error:
        wrong = [str(one["where"]).removeprefix("body.") for one in error.extra.get("errors", ())]
        faults = {_FIELDS.get(wrong[0], wrong[0]) if wrong else "why": error.detail}
    except Conflict as error:
        if "once" not in form.fields or "has such access" not in error.detail:
            raise
        faults = {"email": error.detail}
    return _register(request, tools, person, release_id, form, faults=faults)


@router.get("/producer/releases/{release_id}/production-access/sheets/{kind}")
def register_file(tools: ToolsHere, person: PersonHere, release_id: ReleaseId, kind: SheetKind) -> Response:
    """Give the register as a sheet. That it was taken is on record."""
    staffed(tools, person, release_id)
    sheet = registers.export_register(tools, person, release_id, kind)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{sheet.file_name}"'}
    return Response(sheet.content, 200, headers, MEDIA_TYPES[kind] + ("; charset=utf-8" if kind == "csv" else ""))


@router.get("/producer/releases/{release_id}/production-access/{production_access_id}")
def row_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
) -> Response:
    """Show one row of the register, with the words of its restriction and what comes next."""
    return _row(request, tools, person, release_id, production_access_id, Form())


@router.post("/producer/releases/{release_id}/production-access/{production_access_id}/acceptance")
def record_acceptance(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    form: FormHere,
) -> Response:
    """Record that the restriction was accepted in writing elsewhere."""
    staffed_by(tools, person, release_id, *PRODUCING)
    try:
        given = checked(WrittenAcceptanceIn, {"how": form["how"]}, _WORDS)
        production.record_acceptance(
            tools, person, release_id, production_access_id, how=given.how, revision=revision_of(form)
        )
    except FaultyForm as error:
        return _row(request, tools, person, release_id, production_access_id, form, faults=error.faults)
    except (Conflict, OutOfOrder) as error:
        return _row(request, tools, person, release_id, production_access_id, form, changed=error.detail)
    return go_to(_place(release_id, production_access_id))


@router.post("/producer/releases/{release_id}/production-access/{production_access_id}/permission")
def permit(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    form: FormHere,
) -> Response:
    """Permit, as a second person, that the figures are shared."""
    staffed(tools, person, release_id)
    try:
        production.permit_access(tools, person, release_id, production_access_id, revision=revision_of(form))
    except (Conflict, OutOfOrder) as error:
        return _row(request, tools, person, release_id, production_access_id, form, changed=error.detail)
    return go_to(_place(release_id, production_access_id))


@router.post("/producer/releases/{release_id}/production-access/{production_access_id}/end")
def end(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    production_access_id: ProductionAccessId,
    form: FormHere,
) -> Response:
    """End an access, or a proposal."""
    staffed_by(tools, person, release_id, *PRODUCING)
    try:
        given = checked(ProductionEndIn, {"reason": form["reason"]}, _WORDS)
        production.end_access(
            tools, person, release_id, production_access_id, reason=given.reason, revision=revision_of(form)
        )
    except FaultyForm as error:
        return _row(request, tools, person, release_id, production_access_id, form, faults=error.faults)
    except Malformed:
        faults = {"reason": _WORDS["reason"]}
        return _row(request, tools, person, release_id, production_access_id, form, faults=faults)
    except (Conflict, OutOfOrder) as error:
        return _row(request, tools, person, release_id, production_access_id, form, changed=error.detail)
    return go_to(_place(release_id, production_access_id))


def _place(release_id: str, production_access_id: str) -> str:
    return f"/producer/releases/{release_id}/production-access/{production_access_id}"


def _proposal(form: Form) -> ProductionAccessIn:
    """Read a proposal, but for whom it is: they are found, or added, once it is known that the rest can be taken.

    Raises:
        FaultyForm: Something is missing, or is none of what is asked for; by field.
    """
    sent: dict[str, object] = {"person_id": "per_" + "0" * 24}
    sent |= {name: form[name] for name in ("purpose", "why")} | {name: sent_day(form, name) for name in _FIELDS}
    faults = {} if form["why"] else {"why": _WORDS["why"]}
    try:
        given = checked(ProductionAccessIn, sent, _WORDS)
    except FaultyForm as error:
        faults = {name: _WORDS[name] for name in _WORDS if name in error.faults or name in faults}
    if faults:
        raise FaultyForm(faults if form["email"] else {"email": "Enter their work e-mail address", **faults})
    return given


def _register(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    view = staffed(tools, person, release_id)
    found = registers.list_access(tools, person, release_id, limit=ON_A_PAGE + 1, after=after)
    shown = found[:ON_A_PAGE]
    return page(
        request,
        "production.html",
        status=422 if faults else 200,
        release=view.row.release,
        found=shown,
        next=shown[-1].row.production_access_id if len(found) > ON_A_PAGE else None,
        states=STATES,
        purposes=PURPOSES,
        choices=[{"value": purpose.value, "text": words} for purpose, words in PURPOSES.items()],
        proposes=person.has(view.row.organisation_id, *PRODUCING) and view.row.release.state not in _OVER,
        over=view.row.release.state in _OVER,
        form=form,
        faults=faults or {},
        once=fresh_key(tools),
    )


def _row(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    production_access_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    changed: str = "",
) -> Response:
    release = staffed(tools, person, release_id)
    seen = registers.see_access(tools, person, release_id, production_access_id)
    row, producer = seen.view.row, release.row.organisation_id
    works, own = person.has(producer, *PRODUCING), row.person.person_id == person.person_id
    shown: dict[str, Any] = {
        "records": works and not own,
        "decides": person.has(producer, *DECIDING),
        "own": own,
        "proposed_it": row.added_by == person.actor_id,
        "recorded_it": row.accepted_by == person.actor_id and not own,
        "ends": works and row.ended_at is None and seen.view.state is not ProductionState.ENDED,
    }
    there = {"how": shown["records"] and seen.view.state is ProductionState.PROPOSED, "reason": shown["ends"]}
    if faults and not any(there[name] for name in faults):  # the form that lacks something is on the page no more
        faults, changed = None, _AS_IT_STANDS
    return page(
        request,
        "production_row.html",
        status=422 if faults else 409 if changed else 200,
        release=release.row.release,
        view=seen.view,
        row=row,
        names=seen.names,
        states=STATES,
        purposes=PURPOSES,
        form=form,
        faults=faults or {},
        changed=changed,
        **shown,
    )
