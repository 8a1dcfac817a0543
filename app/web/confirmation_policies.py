"""How many days before publication a producer's coordinators are asked, on a page; the head of profession sets it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import reminding
from app.actions.tools import Actor, Tools
from app.api.confirmations import ConfirmationPolicyIn
from app.api.release_schemas import ProducerId
from app.rules.errors import Malformed
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_DAYS = "Enter a number of days from 1 to 60"


@router.get("/producer/confirmation-policy/{producer_id}")
def policy_page(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId) -> Response:
    """Show when coordinators are asked by themselves."""
    return _shown(request, tools, person, producer_id, Form())


@router.post("/producer/confirmation-policy/{producer_id}")
def set_policy(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Set it."""
    reminding.read_confirmation_policy(tools, person, producer_id)
    try:
        given = checked(ConfirmationPolicyIn, {"confirm_days": form["confirm_days"]}, {"confirm_days": _DAYS})
        reminding.set_confirmation_policy(tools, person, producer_id, confirm_days=given.confirm_days)
    except FaultyForm as error:
        return _shown(request, tools, person, producer_id, form, error.faults)
    except Malformed as error:
        return _shown(request, tools, person, producer_id, form, {"confirm_days": error.detail})
    return go_to(f"/producer/confirmation-policy/{producer_id}")


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    policy = reminding.read_confirmation_policy(tools, person, producer_id)
    return page(
        request,
        "confirmation_policy.html",
        status=422 if faults else 200,
        policy=policy,
        form=form,
        faults=faults or {},
    )
