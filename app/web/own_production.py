"""Somebody's own access for producing, checking or publishing figures: the restriction in full, and accepting it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import people, production, registers
from app.actions.tools import Actor, Tools
from app.api.production import AcceptanceIn, ProductionAccessId
from app.rules.errors import Code, Malformed, OutOfOrder
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.production import PURPOSES, STATES
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_WORDS = {
    "restriction_sha256": "Read the words again: they have changed since you opened this page",
    "typed_name": "Type your name as it stands here",
    "agreed": "Tick the box if you accept the restriction",
}
_FIELDS = {"restriction_sha256": "typed_name"}  # it is no field that anybody sees


@router.get("/account/production-access")
def own_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    after: Annotated[ProductionAccessId | None, Query()] = None,
) -> Response:
    """Show for which releases this person has, had or is to have production access, the latest proposed first."""
    found = registers.list_own_access(tools, person, limit=ON_A_PAGE + 1, after=after)
    shown = found[:ON_A_PAGE]
    return page(
        request,
        "own_production.html",
        found=shown,
        next=shown[-1].row.production_access_id if len(found) > ON_A_PAGE else None,
        states=STATES,
        purposes=PURPOSES,
    )


@router.get("/account/production-access/{production_access_id}")
def restriction_page(
    request: Request, tools: ToolsHere, person: PersonHere, production_access_id: ProductionAccessId
) -> Response:
    """Show the words of one restriction, and accept it."""
    return _shown(request, tools, person, production_access_id, Form())


@router.post("/account/production-access/{production_access_id}")
def accept(
    request: Request, tools: ToolsHere, person: PersonHere, production_access_id: ProductionAccessId, form: FormHere
) -> Response:
    """Accept it by typing one's name and ticking the box."""
    try:
        given = _acceptance(form)
        production.accept_restriction(tools, person, production_access_id, **given.model_dump())
    except FaultyForm as error:
        faults = {_FIELDS.get(name, name): said for name, said in error.faults.items()}
        return _shown(request, tools, person, production_access_id, form, faults)
    except Malformed as error:
        if error.code is not Code.DECLARATION_NOT_VALID:
            raise
        return _shown(request, tools, person, production_access_id, form, {"typed_name": error.detail})
    except OutOfOrder:
        pass  # accepted, or ended, meanwhile: the page says which
    return go_to(f"/account/production-access/{production_access_id}")


def _acceptance(form: Form) -> AcceptanceIn:
    sent = {"restriction_sha256": form["restriction_sha256"], "typed_name": form["typed_name"], "agreed": True}
    if not form.ticked("agreed"):
        typed = {} if form["typed_name"] else {"typed_name": _WORDS["typed_name"]}
        raise FaultyForm({**typed, "agreed": _WORDS["agreed"]})
    return checked(AcceptanceIn, sent, _WORDS)


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    production_access_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view = registers.read_own_access(tools, person, production_access_id)
    return page(
        request,
        "own_restriction.html",
        status=422 if faults else 200,
        view=view,
        row=view.row,
        state=STATES[view.state],
        purposes=PURPOSES,
        known=people.me(tools, person),
        form=form,
        faults=faults or {},
    )
