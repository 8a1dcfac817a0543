"""One suspension: why it was begun, what it waits for, who applied to be let back, and its end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import reapplications, reinstating, suspensions
from app.actions.tools import Actor, Tools
from app.api.suspension_schemas import (
    ReapplicationDecisionIn,
    ReapplicationId,
    SuspensionConditionsIn,
    SuspensionEndIn,
)
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.reinstatement import conditions_text
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SuspensionId = Annotated[str, Path(pattern=r"^sus_[0-9a-f]{24}$")]
_WHY = "Say why, in up to 5,000 characters"


@router.get("/producer/suspensions/{suspension_id}")
def suspension_page(request: Request, tools: ToolsHere, person: PersonHere, suspension_id: SuspensionId) -> Response:
    """Show one suspension."""
    return _shown(request, tools, person, suspension_id, Form())


@router.post("/producer/suspensions/{suspension_id}/end")
def end(
    request: Request, tools: ToolsHere, person: PersonHere, suspension_id: SuspensionId, form: FormHere
) -> Response:
    """End it, once everything it waits for is met."""
    try:
        given = checked(SuspensionEndIn, {"reason": form["end_reason"]}, {"reason": _WHY})
        suspensions.end_suspension(tools, person, suspension_id, reason=given.reason)
    except (FaultyForm, Malformed):
        return _shown(request, tools, person, suspension_id, form, faults={"end_reason": _WHY})
    except Refused as error:
        if error.code is not Code.REINSTATEMENT_REFUSED:
            raise
        # What is missing stands on the page, each with its remedy.
        fault = {"end_reason": "It cannot end yet: what is missing stands under “What is not met yet”"}
        return _shown(request, tools, person, suspension_id, form, faults=fault)
    return go_to(f"/producer/suspensions/{suspension_id}")


@router.post("/producer/suspensions/{suspension_id}/conditions")
def change(
    request: Request, tools: ToolsHere, person: PersonHere, suspension_id: SuspensionId, form: FormHere
) -> Response:
    """Name other corrective actions for which it waits."""
    seen = reinstating.see_suspension(tools, person, suspension_id)
    chosen = [one.corrective_action_id for one in seen.actions if form.ticked(f"action-{one.corrective_action_id}")]
    sent: dict[str, object] = {"corrective_action_ids": chosen, "reason": form["change_reason"]}
    try:
        given = checked(SuspensionConditionsIn, sent, {"reason": _WHY})
        suspensions.change_conditions(
            tools, person, suspension_id, corrective_action_ids=given.corrective_action_ids, reason=given.reason
        )
    except FaultyForm:
        return _shown(request, tools, person, suspension_id, form, faults={"change_reason": _WHY})
    except Malformed as error:
        fault = {"change_reason": error.detail if form["change_reason"] else _WHY}
        return _shown(request, tools, person, suspension_id, form, faults=fault)
    return go_to(f"/producer/suspensions/{suspension_id}")


@router.post("/producer/suspensions/{suspension_id}/reapplications/{reapplication_id}")
def decide(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    suspension_id: SuspensionId,
    reapplication_id: ReapplicationId,
    form: FormHere,
) -> Response:
    """Approve or decline an application to be let back."""
    seen, field = reinstating.see_suspension(tools, person, suspension_id), f"why-{reapplication_id}"
    if reapplication_id not in {one.reapplication_id for one in seen.made}:
        raise NotFound("")
    sent: dict[str, object] = {"decision": form["decision"], "reason": form[field]}
    try:
        given = checked(ReapplicationDecisionIn, sent, {"reason": _WHY, "decision": "Choose approve or decline"})
        approved = given.decision == "approved"
        reapplications.decide_reapplication(tools, person, reapplication_id, approved=approved, reason=given.reason)
    except FaultyForm as error:
        said = next(iter(error.faults.values()))
        return _shown(request, tools, person, suspension_id, form, faults={field: said})
    except Malformed:
        return _shown(request, tools, person, suspension_id, form, faults={field: _WHY})
    except OutOfOrder as error:
        return _shown(request, tools, person, suspension_id, form, faults={field: error.detail})
    return go_to(f"/producer/suspensions/{suspension_id}")


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    suspension_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    seen = reinstating.see_suspension(tools, person, suspension_id)
    return page(
        request,
        "suspension.html",
        status=422 if faults else 200,
        seen=seen,
        row=seen.row,
        one=seen.row.suspension,
        needs=conditions_text(seen.row.suspension),
        waits={action.corrective_action_id for action in seen.row.actions},
        form=form,
        faults=faults or {},
    )
