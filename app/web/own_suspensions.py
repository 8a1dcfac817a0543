"""What somebody who is kept away is told of it, and their application to be let back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import own_suspensions, reapplications
from app.actions.tools import Actor, Tools
from app.api.suspension_schemas import ReapplicationIn
from app.rules.errors import Conflict, Malformed, NotFound, OutOfOrder
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SuspensionId = Annotated[str, Path(pattern=r"^sus_[0-9a-f]{24}$")]
_STATEMENT = "Say why access should be given again, in up to 5,000 characters"


@router.get("/account/suspensions")
def suspensions_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show what keeps them away, why, and what became of their applications."""
    return _shown(request, tools, person, Form())


@router.post("/account/suspensions/{suspension_id}/reapplications")
def reapply(
    request: Request, tools: ToolsHere, person: PersonHere, suspension_id: SuspensionId, form: FormHere
) -> Response:
    """Apply to be let back."""
    field = f"statement-{suspension_id}"
    covering = {one.row.suspension.suspension_id for one in own_suspensions.own_suspensions(tools, person)}
    if suspension_id not in covering:
        raise NotFound("")
    try:
        given = checked(ReapplicationIn, {"statement": form[field]}, {"statement": _STATEMENT})
        reapplications.reapply(tools, person, suspension_id, statement=given.statement)
    except (FaultyForm, Malformed):
        return _shown(request, tools, person, form, {field: _STATEMENT})
    except (Conflict, OutOfOrder) as error:
        return _shown(request, tools, person, form, {field: error.detail})
    return go_to("/account/suspensions")


def _shown(request: Request, tools: Tools, person: Actor, form: Form, faults: dict[str, str] | None = None) -> Response:
    found = own_suspensions.own_suspensions(tools, person)
    # Another application can be made once the one before is declined, and none once one is approved.
    shown = [(one, not any(made.decision != "declined" for made in one.reapplications)) for one in found]
    status = 422 if faults else 200
    return page(request, "own_suspensions.html", status=status, found=shown, form=form, faults=faults or {})
