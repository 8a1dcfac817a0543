"""The freeze of a release's list on a page: since when it holds, made by hand before the window, and taken back."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import freezing
from app.actions.tools import Actor, Tools
from app.api.list_schemas import DecisionIn
from app.api.places import ReleaseId
from app.rules.errors import Conflict, Malformed
from app.rules.facts import ReleaseState, Role
from app.rules.listlife import frozen_since, list_is_frozen
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.producing import revision_of, staffed
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_SHORTER = "Shorten this to 5,000 characters"
_WHY = "Say why the freeze is taken back, in up to 5,000 characters"
_CHANGED = "The release has changed since you looked at it. This is how it stands now. Nothing was done."


@router.get("/producer/releases/{release_id}/freeze")
def freeze_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show since when the list is frozen, or from when it will be, and what can be done about that."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/freeze")
def freeze(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Freeze the list before its window opens."""
    staffed(tools, person, release_id)
    try:
        given = checked(DecisionIn, {"reason": form["freeze_reason"]}, {})
        freezing.freeze_list(tools, person, release_id, revision=revision_of(form), reason=given.reason)
    except FaultyForm:
        freezing.demand_freezable(tools, person, release_id)  # else there is no field to write in
        return _shown(request, tools, person, release_id, form, faults={"freeze_reason": _SHORTER})
    except Conflict:
        return _shown(request, tools, person, release_id, form, notice=_CHANGED)
    return go_to(f"/producer/releases/{release_id}/freeze")


@router.post("/producer/releases/{release_id}/thaw")
def thaw(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Take a freeze back that a person made, while the window has not opened."""
    staffed(tools, person, release_id)
    try:
        given = checked(DecisionIn, {"reason": form["thaw_reason"]}, {})
        freezing.unfreeze_list(tools, person, release_id, revision=revision_of(form), reason=given.reason)
    except (FaultyForm, Malformed):
        freezing.demand_thawable(tools, person, release_id)
        return _shown(request, tools, person, release_id, form, faults={"thaw_reason": _WHY})
    except Conflict:
        return _shown(request, tools, person, release_id, form, notice=_CHANGED)
    return go_to(f"/producer/releases/{release_id}/freeze")


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    notice: str = "",
) -> Response:
    view = staffed(tools, person, release_id)
    release, at = view.row.release, tools.clock.now()
    window = frozen_since(replace(release, list_frozen_at=None))
    over, opened = release.state in _OVER, window is not None and window <= at
    decides = person.has(view.row.organisation_id, Role.HEAD_OF_PROFESSION) and not over
    frozen = list_is_frozen(release, at) is not None
    return page(
        request,
        "freeze.html",
        status=422 if faults else 200,
        release=release,
        revision=view.row.revision,
        since=frozen_since(release),
        frozen=frozen,
        window=window,
        over=over,
        decides=decides,
        freezes=decides and not frozen,
        thaws=decides and release.list_frozen_at is not None and not opened,
        opened=opened,
        form=form,
        faults=faults or {},
        notice=notice,
    )
